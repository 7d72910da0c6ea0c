"""Schedule-free AdamW: averages of the weights in place of a falling learning rate."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.adam import moving
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate

_fraction = number(0, 1, open_high=True)


def _between(value: Any) -> Any:
    value = number(0, 1)(value)
    if value == 0:
        raise Refused("a number above 0 and at most 1", "Give for example 0.9.")
    return value


@OPTIMIZERS.add("schedulefreeadamw")
class ScheduleFreeAdamW(Optimizer):
    """Training goes on at a point y between the fast weights z and their running mean x.

    ``v = beta_2 * v + (1 - beta_2) * g**2``; ``z -= rate * g / (sqrt(v / (1 - beta_2**t)) + epsilon)``;
    ``x = (1 - 1/t) * x + z / t``; the weights are ``y = (1 - beta_1) * z + beta_1 * x``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how near y is to the mean, above 0 and at most 1.
        beta_2: how much of the past v keeps, from 0 to below 1.
        epsilon: keeps the quotient finite.
        warmup_steps: in update t the rate is multiplied by ``min(t / warmup_steps, 1)``; 0 for no warmup.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> ScheduleFreeAdamW(warmup_steps=100)
        ScheduleFreeAdamW(warmup_steps=100)

    Reference:
        Defazio et al., 2024, The road less scheduled, algorithm 1.

    Differs:
        From the paper, as in Keras: the model keeps the weights y when training ends, not x, and x is found back
        from y and z instead of being kept.
    """

    learning_rate = field(0.0025, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_between)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-8, convert=number(0))
    warmup_steps = field(0, convert=integer(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": jnp.array(w), "velocity": zeros(w)}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        if self.warmup_steps:
            rate = rate * jnp.minimum(count / self.warmup_steps, 1)
        return (rate, 1 - self.beta_2**count, 1 / count), scalars

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        rate, unbiased, share = shared
        v = moving(slots["velocity"], jnp.square(g), jnp.asarray(self.beta_2, g.dtype))  # Keras's rounding
        x = (w - (1 - self.beta_1) * slots["momentum"]) / self.beta_1
        z = slots["momentum"] - rate * g / (jnp.sqrt(v / unbiased) + self.epsilon)
        x = (1 - share) * x + share * z
        return (1 - self.beta_1) * z + self.beta_1 * x, {"momentum": z, "velocity": v}
