"""OptaxOptimizer: any optax transformation as an optimizer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused
from hornbeam.core.config import field
from hornbeam.core.errors import FileError
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

    def __repr__(self) -> str:
        return "OptaxOptimizer(…)"

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
        slots = self.transformation.init([jnp.asarray(w) for w in parameters])
        return {**super()._first_state(parameters, variables), "slots": jax.tree.map(_as_numbers, slots)}

    def _named(self, part: Any, kind: str) -> Any:
        if kind != "slots":
            return super()._named(part, kind)
        return jax.tree.map(lambda value: self._kept(Variable(value, trainable=False)), part)

    def _slot_variables(self) -> list[Variable]:
        return jax.tree.leaves(self._tree.get("slots"), is_leaf=lambda node: isinstance(node, Variable))

    def _formula(
        self, parameters: list[Any], gradients: list[Any], state: Any, rate: Any, count: Any
    ) -> tuple[list[Any], Any]:
        given = [jnp.zeros_like(w) if g is None else g for w, g in zip(parameters, gradients, strict=True)]
        updates, slots = self.transformation.update(given, self._with_keys(parameters, state["slots"]), parameters)
        new = [
            w if g is None else (w + u).astype(w.dtype) for w, g, u in zip(parameters, gradients, updates, strict=True)
        ]
        return new, {**state, "slots": jax.tree.map(_as_numbers, slots)}

    def _with_keys(self, parameters: list[Any], slots: Any) -> Any:
        """The state as optax has it: random keys in the places where its first state has some."""
        kinds: list[Any] = []

        def note(parameters: list[Any]) -> None:
            leaves = jax.tree.leaves(self.transformation.init(parameters))
            kinds.extend(jax.random.key_impl(leaf) if _is_key(leaf) else None for leaf in leaves)

        jax.eval_shape(note, parameters)
        leaves, form = jax.tree.flatten(slots)
        pairs = zip(leaves, kinds, strict=True)
        restored = [leaf if kind is None else jax.random.wrap_key_data(leaf, impl=kind) for leaf, kind in pairs]
        return jax.tree.unflatten(form, restored)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OptaxOptimizer:
        """Refuses: the transformation was not written."""
        raise FileError(
            "OptaxOptimizer", "an optimizer that a file can describe", "an optax transformation",
            "Load with compile=False and compile with the transformation.",
        )  # fmt: skip


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _as_numbers(leaf: Any) -> Any:
    """A random key as the integers that it is made of: variables and files hold numbers."""
    return jax.random.key_data(leaf) if _is_key(leaf) else jnp.asarray(leaf)
