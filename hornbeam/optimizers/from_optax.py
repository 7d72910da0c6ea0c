"""OptaxOptimizer: any optax transformation as an optimizer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer


def is_transformation(value: Any) -> bool:
    """Whether a value is an optax transformation: a named tuple of the functions init and update.

    Told by its form, so that optax need not be imported.
    """
    return isinstance(value, tuple) and getattr(value, "_fields", None) == ("init", "update")


def _transformation(value: Any) -> Any:
    if not is_transformation(value):
        raise Refused("an optax transformation", "Write for example optax.adam(0.001).")
    return value


@OPTIMIZERS.add()
class OptaxOptimizer(Optimizer):
    """``w += u`` with the updates u of an optax transformation; its learning rate is inside it.

    ``compile(optimizer=optax.lamb(0.001))`` makes one by itself.

    Args:
        transformation: for example ``optax.chain(optax.clip(1.0), optax.adam(0.001))``.
        **options: those of ``Optimizer`` without learning_rate and weight_decay: clipnorm, use_ema, …

    Example:
        >>> import optax
        >>> optimizer, w = OptaxOptimizer(optax.sgd(0.5)), Variable(np.float32([1.0]))
        >>> optimizer.apply([np.float32([1.0])], [w])
        >>> w.numpy().tolist()
        [0.5]

    Differs:
        A file says only that there was one: functions are not written. Compile the loaded model again.
    """

    _fields = {name: f for name, f in Optimizer._fields.items() if name not in ("learning_rate", "weight_decay")}

    transformation = field(convert=_transformation, config=False)

    entrywise = False

    def _ready(self) -> None:
        self._rate = None
        super()._ready()

    @property
    def learning_rate(self) -> Any:
        """Inside the transformation."""
        raise self._no_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise self._no_rate()

    def _no_rate(self) -> AttributeError:
        return AttributeError(
            f"{self.name} (OptaxOptimizer), learning_rate: expected an optimizer that has one; got an optax "
            "transformation, which keeps its rate inside. Use an optax schedule, or one of keras.optimizers."
        )

    def rate(self) -> Any:
        """None: the rate is inside the transformation."""
        return None

    def _rate_at(self, iterations: Any, given: Any) -> Any:
        return np.float32(0)

    def _first_state(self, parameters: list[Any], variables: list[Variable] | None) -> dict[str, Any]:
        state = super()._first_state(parameters, variables)
        return {**state, "slots": self.transformation.init([jnp.asarray(w) for w in parameters])}

    def _slot_variables(self) -> list[Variable]:
        return jax.tree.leaves(self._tree.get("slots"), is_leaf=lambda node: isinstance(node, Variable))

    def _formula(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any, count: Any
    ) -> tuple[list[Any], Any]:
        given = [jnp.zeros_like(w) if g is None else g for w, g in zip(parameters, gradients, strict=True)]
        updates, slots = self.transformation.update(given, state["slots"], parameters)
        new = [
            w if g is None else (w + u).astype(w.dtype)
            for w, g, u in zip(parameters, gradients, updates, strict=True)
        ]
        return new, {**state, "slots": slots}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OptaxOptimizer:
        """Refuses: the transformation was not written."""
        raise FileError(
            "OptaxOptimizer", "an optimizer that a file can describe", "an optax transformation",
            "Load with compile=False and compile with the transformation.",
        )  # fmt: skip


def from_transformation(value: Any) -> OptaxOptimizer:
    """The optimizer of an optax transformation."""
    if not is_transformation(value):
        raise ArgumentError("optimizer", "an optax transformation", repr(value), "Write for example optax.adam(0.001).")
    return OptaxOptimizer(value)
