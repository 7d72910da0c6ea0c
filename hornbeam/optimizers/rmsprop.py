"""RMSprop: each weight's step is divided by the size its gradients had lately."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate


@OPTIMIZERS.add("rmsprop")
class RMSprop(Optimizer):
    """``v = rho * v + (1 - rho) * g**2``, then ``w -= rate * g / sqrt(v + epsilon)``.

    With momentum a the steps are gathered: ``m = a * m + rate * g / sqrt(v + epsilon)`` and ``w -= m``. With centered,
    the mean gradient's square is taken from v: ``u = rho * u + (1 - rho) * g``, ``sqrt(v - u**2 + epsilon)``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        rho: how much of the past v keeps, from 0 to below 1.
        momentum: a, from 0 to 1.
        epsilon: keeps the quotient finite; under the root.
        centered: divide by the standard deviation of the gradients, not by their root mean square.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0, 1.0]))
        >>> RMSprop(0.1, rho=0.75).apply([np.float32([2.0, -0.01])], [w])
        >>> w.numpy().round(3).tolist()
        [0.800000011920929, 1.2000000476837158]

    Reference:
        Hinton, 2012, Neural networks for machine learning, lecture 6e; centered: Graves, 2013, eq. 38-45.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    rho = field(0.9, convert=number(0, 1, open_high=True))
    momentum = field(0.0, convert=number(0, 1))
    epsilon = field(1e-7, convert=number(0))
    centered = field(False, convert=bool)

    _late_slots = ("momentum", "average_gradient")

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        kept = {"velocity": True, "momentum": self.momentum > 0, "average_gradient": self.centered}
        return {name: zeros(w) for name, wanted in kept.items() if wanted}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        v = self.rho * slots["velocity"] + (1 - self.rho) * jnp.square(g)
        slots, spread = {**slots, "velocity": v}, v
        if self.centered:
            u = self.rho * slots["average_gradient"] + (1 - self.rho) * g
            slots["average_gradient"], spread = u, v - jnp.square(u)
        step = rate * g / self._root(spread)
        if self.momentum:
            step = slots["momentum"] = self.momentum * slots["momentum"] + step
        return w - step, slots

    def _root(self, spread: Any) -> Any:
        return jnp.sqrt(spread + self.epsilon)
