"""Ftrl: follow the regularized leader, for wide sparse linear models."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, filled, zeros
from hornbeam.optimizers.rate import as_rate


@OPTIMIZERS.add()
class Ftrl(Optimizer):
    """The weights that would have been best so far, with penalties; l1 makes many of them exactly 0.

    With p = -learning_rate_power, n' the new n, l1, l2 and shrinkage the three penalties:
    ``n' = n + g**2``; ``z += g + 2 * shrinkage * w - (n'**p - n**p) / rate * w``;
    ``w = (clip(z, -l1, l1) - z) / (n'**p / rate + 2 * l2 + beta / rate)``.

    Args:
        learning_rate: a number above 0, a schedule, or a function without arguments.
        learning_rate_power: -p, at most 0; 0 for steps that do not shrink.
        initial_accumulator_value: the first n, at least 0.
        l1_regularization_strength: l1, at least 0.
        l2_regularization_strength: l2, at least 0; keeps steps small.
        l2_shrinkage_regularization_strength: at least 0; pulls the weights to 0 as an L2 penalty in the loss does.
        beta: the paper's beta, at least 0.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([0.0, 0.0]))
        >>> Ftrl(1.0, l1_regularization_strength=1.0).apply([np.float32([0.5, -3.0])], [w])
        >>> w.numpy().round(3).tolist()
        [0.0, 0.6629999876022339]

    Reference:
        McMahan et al., 2013, Ad click prediction: a view from the trenches, algorithm 1.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    learning_rate_power = field(-0.5, convert=number(high=0.0, low=-float("inf")))
    initial_accumulator_value = field(0.1, convert=number(0))
    l1_regularization_strength = field(0.0, convert=number(0))
    l2_regularization_strength = field(0.0, convert=number(0))
    l2_shrinkage_regularization_strength = field(0.0, convert=number(0))
    beta = field(0.0, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"accumulator": filled(w, self.initial_accumulator_value), "linear": zeros(w)}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        n, z, p = slots["accumulator"], slots["linear"], -self.learning_rate_power
        l1, l2, shrinkage = (
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
        )
        n_new = n + jnp.square(g)
        z = z + (g + 2 * shrinkage * w - (n_new**p - n**p) / rate * w)
        w = (jnp.clip(z, -l1, l1) - z) / (n_new**p / rate + 2 * (l2 + self.beta / (2 * rate)))
        return w, {"accumulator": n_new, "linear": z}
