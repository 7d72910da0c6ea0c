"""LossScaleOptimizer: finds by itself how far a float16 loss must be scaled up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import Spec, field, serialize, spec_key
from hornbeam.core.errors import ArgumentError
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer


def _inner(value: Any) -> Any:
    if not isinstance(value, Optimizer):
        raise Refused("an optimizer", "Write for example LossScaleOptimizer(Adam(0.001)).")
    return value


@OPTIMIZERS.add("lossscaleoptimizer")
class LossScaleOptimizer(Optimizer):
    """The loss times a scale s gives the gradients, which are divided by s before the inner optimizer sees them.

    A step whose gradients are not all finite is left out and halves s; after dynamic_growth_steps good ones s
    doubles. So float16 gradients are as large as they may be.

    Args:
        inner_optimizer: the optimizer that updates the weights.
        initial_scale: the first s.
        dynamic_growth_steps: good steps until s doubles.
        name: how files and errors call it; made from the class's name when None.

    Example:
        >>> from hornbeam.optimizers.sgd import SGD
        >>> optimizer, w = LossScaleOptimizer(SGD(1.0), initial_scale=8.0), Variable(np.float32([1.0]))
        >>> optimizer.apply([np.float32([4.0])], [w])
        >>> optimizer.apply([np.float32([np.inf])], [w])
        >>> w.numpy().tolist(), float(optimizer.dynamic_scale)
        ([0.5], 4.0)

    Reference:
        Micikevicius et al., 2018, Mixed precision training, section 3.2.
    """

    _fields = {}  # the base's options belong to the inner optimizer
    _written_by_user = False

    inner_optimizer = field(convert=_inner)
    initial_scale = field(2.0**15, convert=number(0))
    dynamic_growth_steps = field(2000, convert=integer(1))
    name = field(None, key=False)

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Lets the base's options pass at their defaults, as files of older Keras hold them."""
        options = {name: each for name, each in Optimizer._fields.items() if name not in ("learning_rate", "name")}
        set_here = [name for name in kwargs if name in options and kwargs[name] != options[name].default]
        if set_here:
            raise ArgumentError(
                "LossScaleOptimizer", "no options of the update", ", ".join(set_here), "Give them to inner_optimizer."
            )
        if not kwargs.get("dynamic", True):
            raise ArgumentError(
                "LossScaleOptimizer", "a scale that changes", "dynamic=False",
                "For a fixed scale give loss_scale_factor to the optimizer itself.",
            )  # fmt: skip
        kept = {name: value for name, value in kwargs.items() if name not in options and name != "dynamic"}
        return super()._bind(args, kept)

    def _ready(self) -> None:
        self._rate = Variable(np.float32(0), trainable=False, name="learning_rate")  # as in Keras's files; unused
        super()._ready()
        self.inner_optimizer.loss_scale_factor = None  # the scale is taken out once, here
        self.step_counter, self.dynamic_scale = (
            self._kept(Variable(first, trainable=False, name=name))
            for name, first in (("step_counter", np.int32(0)), ("dynamic_scale", np.float32(self.initial_scale)))
        )

    @property
    def entrywise(self) -> bool:  # type: ignore[override]
        """Whether the inner optimizer takes weights flattened to vectors."""
        return self.inner_optimizer.entrywise

    # -- values --------------------------------------------------------------------------------------

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the inner optimizer's variables."""
        self._trained = list(variables)
        self._positions = {variable: number for number, variable in enumerate(self._trained)}
        self.inner_optimizer.build(self._trained)
        own = {"step_counter": self.step_counter, "dynamic_scale": self.dynamic_scale}
        self._tree = {"iterations": self._iterations, **own, "inner": self.inner_optimizer._tree}
        self.built = True

    def _forget(self) -> None:
        super()._forget()
        if self.inner_optimizer.built:
            self.inner_optimizer._forget()

    @property
    def variables(self) -> list[Variable]:
        """Own variables, then the inner optimizer's, in Keras's order."""
        own = [self._iterations, self._rate, self.step_counter, self.dynamic_scale]
        return [*own, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """How many updates the inner optimizer made."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    def rate(self) -> Any:
        """The inner optimizer's."""
        return self.inner_optimizer.rate()

    # -- the pure side -------------------------------------------------------------------------------

    def init(self, parameters: list[Any], variables: list[Variable] | None = None) -> Any:
        inner = self.inner_optimizer.init(parameters, variables)
        scale = np.float32(self.initial_scale)
        return {"iterations": np.int32(0), "step_counter": np.int32(0), "dynamic_scale": scale, "inner": inner}

    def step(
        self,
        parameters: list[Any],
        gradients: list[Any],
        state: Any,
        learning_rate: Any = None,
        variables: list[Variable] | None = None,
    ) -> tuple[list[Any], Any]:
        scale, counter = jnp.asarray(state["dynamic_scale"]), jnp.asarray(state["step_counter"])
        finite = jnp.stack([jnp.isfinite(g).all() for g in gradients if g is not None]).all()

        def update() -> tuple[list[Any], Any]:
            unscaled = [None if g is None else (g / scale).astype(g.dtype) for g in gradients]
            new, inner = self.inner_optimizer.step(parameters, unscaled, state["inner"], learning_rate, variables)
            grows = counter == self.dynamic_growth_steps - 1
            return new, {
                **state,
                "inner": inner,
                "step_counter": jnp.where(grows, 0, counter + 1),
                "dynamic_scale": jnp.where(grows, scale * 2, scale),
            }

        def leave() -> tuple[list[Any], Any]:
            return list(parameters), {**state, "step_counter": jnp.zeros_like(counter), "dynamic_scale": scale / 2}

        return lax.cond(finite, update, leave)

    def loss_scale(self, state: Any) -> Any:
        """The present scale; the first one where there is no state yet."""
        return self.initial_scale if state is None else state["dynamic_scale"]

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Leaves it to the inner optimizer."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def averages(self) -> list[Any] | None:
        """The inner optimizer's."""
        averages: list[Any] | None = self.inner_optimizer.averages()
        return averages

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Any = None) -> None:
        """Leaves it to the inner optimizer."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def _program_key(self) -> Any:
        return spec_key(self.inner_optimizer)

    def _shown(self, name: str) -> Any:
        return getattr(self, name)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain, JSON-able values."""
        return {name: serialize(getattr(self, name)) for name in self._fields}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossScaleOptimizer:
        """Builds the optimizer that ``get_config`` described."""
        made: LossScaleOptimizer = Spec.from_config.__func__(cls, config)  # type: ignore[attr-defined]
        return made
