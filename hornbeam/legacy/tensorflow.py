"""``import tensorflow as tf``: the names beside ``tf.keras`` that lessons use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.core.devices import device  # noqa: F401
from hornbeam.core.errors import ArgumentError
from hornbeam.core.naming import name_scope  # noqa: F401
from hornbeam.core.variable import Variable as _Variable
from hornbeam.legacy.chance import set_seed as set_random_seed  # noqa: F401  (a name of TensorFlow 1)
from hornbeam.legacy.modules import TENSORFLOWS
from hornbeam.legacy.tensors import *  # noqa: F403
from hornbeam.legacy.tensors import shown_result

Tensor = jax.Array
newaxis = None
__version__ = TENSORFLOWS["3"]  # in a script that was written anew; old ones are told that of their era
# number types are their names
float16, float32, float64, bfloat16 = "float16", "float32", "float64", "bfloat16"
int8, int16, int32, int64, uint8 = "int8", "int16", "int32", "int64", "uint8"
bool, string = "bool", "string"


def Variable(
    initial_value: Any, trainable: Any = True, dtype: Any = None, name: str | None = None, **unused: Any
) -> _Variable:
    """A Variable with this first value."""
    kind = np.asarray(initial_value).dtype
    small = {"float64": "float32", "int64": "int32"}.get(kind.name, kind.name)
    given = hasattr(initial_value, "dtype")
    return _Variable(np.asarray(initial_value, dtype or (kind if given else small)), trainable=trainable,
                     name=name or "variable")  # fmt: skip


def identity(input: Any, name: Any = None) -> Any:
    """The tensor itself."""
    return shown_result(input)


def function(func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """The function itself: Hornbeam compiles whole programs."""
    return (lambda given: given) if func is None else func


def executing_eagerly() -> Any:
    """True: there are no sessions."""
    return True


def _accepted(*args: Any, **kwargs: Any) -> None:
    """Nothing: what it set does not exist here."""


enable_eager_execution = disable_eager_execution = enable_v2_behavior = disable_v2_behavior = _accepted
reset_default_graph = global_variables_initializer = _accepted


class ConfigProto:
    """Settings of a session that there is not; any attribute can be set.

    Args:
        settings: accepted.
    """

    def __init__(self, **settings: Any):
        self.__dict__.update(settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__dict__[name] = ConfigProto()
        return self.__dict__[name]


GPUOptions = ConfigProto


class Session:
    """A session that there is not: it can be made and handed to ``K.set_session``, but runs nothing.

    Args:
        target, graph, config: accepted.
    """

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None):
        self.graph = graph

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to close."""

    def close(self) -> None:
        """Nothing to close."""

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """Nothing of ``global_variables_initializer()``; all else is refused."""
        if fetches is None:
            return None
        raise ArgumentError(
            "tf.Session.run", "nothing to run", repr(fetches), "There are no sessions: call model.predict(x)."
        )


InteractiveSession = Session
