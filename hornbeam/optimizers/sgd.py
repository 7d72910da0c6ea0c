"""Stochastic gradient descent, with momentum if wanted."""

from __future__ import annotations

from typing import Any

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate


@OPTIMIZERS.add()
class SGD(Optimizer):
    """``w -= rate * g``; with momentum a: ``m = a * m - rate * g`` and ``w += m``, a ball that rolls downhill.

    With nesterov the ball looks ahead: ``w += a * m - rate * g``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        momentum: a, from 0 to 1; 0 keeps nothing.
        nesterov: look ahead.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0, 2.0]))
        >>> SGD(0.5).apply([np.float32([1.0, -1.0])], [w])
        >>> w.numpy().tolist()
        [0.5, 2.5]

    Reference:
        Polyak, 1964 (momentum); Sutskever et al., 2013 (Nesterov's form).
    """

    learning_rate = field(0.01, convert=as_rate, key=False)
    momentum = field(0.0, convert=number(0, 1))
    nesterov = field(False, convert=bool)

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": zeros(w)} if self.momentum else {}

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        step = g * rate
        if not self.momentum:
            return w - step, slots
        m = slots["momentum"] * self.momentum - step
        return w + (m * self.momentum - step if self.nesterov else m), {"momentum": m}
