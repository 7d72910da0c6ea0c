"""Adagrad and Adadelta: each entry's step shrinks with the gradients that it has seen."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, filled, zeros
from hornbeam.optimizers.rate import as_rate


@OPTIMIZERS.add()
class Adagrad(Optimizer):
    """``a = a + g**2``, then ``w -= rate * g / sqrt(a + epsilon)``: rare features keep large steps.

    Args:
        learning_rate: a number, a schedule, or a function without arguments; the paper's form has 1.
        initial_accumulator_value: the first a, at least 0.
        epsilon: keeps the quotient finite; under the root.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0]))
        >>> Adagrad(1.0, initial_accumulator_value=0.0, epsilon=0.0).apply([np.float32([8.0])], [w])
        >>> w.numpy().tolist()
        [0.0]

    Reference:
        Duchi, Hazan & Singer, 2011, Adaptive subgradient methods, section 1.3.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    initial_accumulator_value = field(0.1, convert=number(0))
    epsilon = field(1e-7, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"accumulator": filled(w, self.initial_accumulator_value)}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        total = slots["accumulator"] + jnp.square(g)
        return w - rate * g / self._root(total), {"accumulator": total}

    def _root(self, total: Any) -> Any:
        return jnp.sqrt(total + self.epsilon)


@OPTIMIZERS.add()
class Adadelta(Optimizer):
    """Adagrad with a fading memory, and with steps measured in earlier steps, so that units cancel.

    ``a = rho * a + (1 - rho) * g**2``; ``d = sqrt(b + epsilon) / sqrt(a + epsilon) * g``;
    ``b = rho * b + (1 - rho) * d**2``; ``w -= rate * d``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments; the paper's form has 1.
        rho: how much of the past a and b keep, from 0 to below 1.
        epsilon: starts the steps and keeps the quotient finite.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> Adadelta(1.0)
        Adadelta(learning_rate=1.0)

    Reference:
        Zeiler, 2012, Adadelta, algorithm 1.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    rho = field(0.95, convert=number(0, 1, open_high=True))
    epsilon = field(1e-7, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"accumulated_grad": zeros(w), "accumulated_delta_var": zeros(w)}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        a = self.rho * slots["accumulated_grad"] + (1 - self.rho) * jnp.square(g)
        b = slots["accumulated_delta_var"]
        d = jnp.sqrt(b + self.epsilon) * g / jnp.sqrt(a + self.epsilon)
        b = self.rho * b + (1 - self.rho) * jnp.square(d)
        return w - rate * d, {"accumulated_grad": a, "accumulated_delta_var": b}
