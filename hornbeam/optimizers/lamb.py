"""Lamb: Adam with steps as long as the weights say."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.adam import moving
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate

_fraction = number(0, 1, open_high=True)


@OPTIMIZERS.add()
class Lamb(Optimizer):
    """Adam whose step has, for each weight array, the length ``rate * |w|``: for very large batches.

    ``u = m / (1 - beta_1**t) / (sqrt(v / (1 - beta_2**t)) + epsilon)`` with Adam's m and v;
    ``w -= rate * |w| / |u| * u``, where the ratio of norms is 1 if either is 0.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the past the mean m keeps, from 0 to below 1.
        beta_2: how much of the past the mean square v keeps, from 0 to below 1.
        epsilon: keeps the quotient finite.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([3.0, 4.0]))
        >>> Lamb(0.1).apply([np.float32([1.0, 0.0])], [w])
        >>> w.numpy().tolist()
        [2.5, 4.0]

    Reference:
        You et al., 2020, Large batch optimization for deep learning, algorithm 2; the decay, as in Keras, apart.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_fraction)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-7, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": zeros(w), "velocity": zeros(w)}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        return (rate, 1 - self.beta_1**count, 1 - self.beta_2**count), scalars

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        rate, first, second = shared
        m = moving(slots["momentum"], g, self.beta_1)
        v = moving(slots["velocity"], jnp.square(g), self.beta_2)
        u = m / first / (jnp.sqrt(v / second) + self.epsilon)
        of_w, of_u = (jnp.sqrt(jnp.sum(jnp.square(x))) for x in (w, u))
        ratio = jnp.where((of_w > 0) & (of_u > 0), of_w / jnp.where(of_u > 0, of_u, 1), 1)
        return w - ratio * rate * u, {"momentum": m, "velocity": v}
