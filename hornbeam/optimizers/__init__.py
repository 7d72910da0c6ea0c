"""Optimizers: how weights follow from gradients. Each is its formula; ``optimizer.py`` has what they share."""

from __future__ import annotations

from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import CustomObjectScope, custom_object
from hornbeam.optimizers import legacy, schedules
from hornbeam.optimizers.adafactor import Adafactor
from hornbeam.optimizers.adagrad import Adadelta, Adagrad
from hornbeam.optimizers.adam import Adam, Adamax, AdamW, Nadam
from hornbeam.optimizers.from_optax import OptaxOptimizer, is_transformation
from hornbeam.optimizers.ftrl import Ftrl
from hornbeam.optimizers.lamb import Lamb
from hornbeam.optimizers.lion import Lion
from hornbeam.optimizers.loss_scale import LossScaleOptimizer
from hornbeam.optimizers.multi import MultiOptimizer, OptimizerMap
from hornbeam.optimizers.muon import Muon
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer
from hornbeam.optimizers.rmsprop import RMSprop
from hornbeam.optimizers.schedule_free import ScheduleFreeAdamW
from hornbeam.optimizers.sgd import SGD

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "OptaxOptimizer",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]


def get(identifier: Any) -> Any:
    """The optimizer that a name, config, class, object or optax transformation stands for; None stays None.

    Args:
        identifier: names in any case: "adam", "Adam", "RMSprop".

    Example:
        >>> get("ADAM")
        Adam()
        >>> get({"class_name": "SGD", "config": {"learning_rate": 0.5}})
        SGD(learning_rate=0.5)
    """
    if is_transformation(identifier):
        return OptaxOptimizer(identifier)
    found = identifier
    if isinstance(identifier, str):
        found = OPTIMIZERS.get(_known(identifier))
    elif specs.is_description(identifier):
        found = specs.deserialize({**identifier, "class_name": _known(str(identifier["class_name"]))}, OPTIMIZERS)
    if isinstance(found, type) and issubclass(found, Optimizer):
        found = found()
    if found is not None and not isinstance(found, Optimizer):
        raise ArgumentError(
            "optimizer", "the name of an optimizer, an optimizer, or an optax transformation", repr(identifier),
            "Write for example 'adam', or Adam(0.001).",
        )  # fmt: skip
    return found


def _known(name: str) -> str:
    """A name as the table has it: as it stands, else in lower case."""
    return name if name in OPTIMIZERS or custom_object(name) or name.lower() not in OPTIMIZERS else name.lower()


def serialize(optimizer: Any) -> Any:
    """A JSON-able description of an optimizer, in Keras's layout."""
    return specs.serialize(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
