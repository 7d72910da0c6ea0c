"""Lion: steps that are signs."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate


def _above_zero(value: Any) -> Any:
    value = number(0, 1)(value)
    if value == 0:
        raise Refused("a number above 0 and at most 1", "With 0 only the last gradient's sign would count.")
    return value


@OPTIMIZERS.add()
class Lion(Optimizer):
    """Every entry moves by exactly the learning rate, in the direction of a mean gradient's sign.

    ``w -= rate * sign(beta_1 * m + (1 - beta_1) * g)``, then ``m = beta_2 * m + (1 - beta_2) * g``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments; 3 to 10 times less than Adam's.
        beta_1: the weight of the past in the direction, above 0 and at most 1.
        beta_2: how much of the past m keeps, from 0 to 1.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0, 1.0, 1.0]))
        >>> Lion(0.5).apply([np.float32([20.0, -0.001, 0.0])], [w])
        >>> w.numpy().tolist()
        [0.5, 1.5, 1.0]

    Reference:
        Chen et al., 2023, Symbolic discovery of optimization algorithms, program 1.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_above_zero)
    beta_2 = field(0.99, convert=number(0, 1))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": zeros(w)}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        m = slots["momentum"]
        w = w - rate * jnp.sign(m * self.beta_1 + g * (1 - self.beta_1))
        return w, {"momentum": m * self.beta_2 + g * (1 - self.beta_2)}
