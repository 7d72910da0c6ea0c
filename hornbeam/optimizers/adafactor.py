"""Adafactor: Adam's mean square of a matrix, kept as its rows' and columns' means."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate


@OPTIMIZERS.add()
class Adafactor(Optimizer):
    """Steps relative to the size of the weights, divided by a factored mean square of the gradients.

    With ``b = 1 - t**beta_2_decay`` and ``s = g**2 + epsilon_1``, for an array of two or more axes:
    ``r = b * r + (1 - b) * mean(s, last axis)``; ``c = b * c + (1 - b) * mean(s, axis before)``;
    ``v = r * c / mean(r)``. For a vector ``v = b * v + (1 - b) * s``. Then ``u = g / sqrt(v)``, shortened to
    ``u / max(1, rms(u) / clip_threshold)``, and ``w -= max(epsilon_2, rms(w)) * min(rate, 1 / sqrt(t)) * u``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_2_decay: how the memory b grows with the number of updates t, at most 0.
        epsilon_1: keeps v above 0.
        epsilon_2: the least size that a weight array is taken to have.
        clip_threshold: the largest root mean square of u.
        relative_step: accepted for Keras's sake; the rate is never above ``1 / sqrt(t)`` in either case.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> state = Adafactor().init([np.zeros((2, 3), "float32")])
        >>> {name: array.shape for name, array in state["slots"][0].items()}
        {'r': (2,), 'c': (3,), 'velocity': (2, 3)}

    Reference:
        Shazeer & Stern, 2018, Adafactor, algorithms 4 and 5.

    Differs:
        From the paper: v is kept whole beside r and c, as Keras's files have it.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_2_decay = field(-0.8, convert=number(high=0.0, low=-float("inf")))
    epsilon_1 = field(1e-30, convert=number(0))
    epsilon_2 = field(1e-3, convert=number(0))
    clip_threshold = field(1.0, convert=number(0))
    relative_step = field(True, convert=bool)

    entrywise = False

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        shape = np.shape(w)
        rows, columns = (shape[:-1], shape[:-2] + shape[-1:]) if len(shape) > 1 else ((), ())
        return {"r": np.zeros(rows, w.dtype), "c": np.zeros(columns, w.dtype), "velocity": zeros(w)}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        return (jnp.minimum(rate, 1 / jnp.sqrt(count)), 1 - count**self.beta_2_decay), scalars

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        rate, kept = shared
        squares = jnp.square(g) + self.epsilon_1
        if w.ndim > 1:
            r = kept * slots["r"] + (1 - kept) * jnp.mean(squares, axis=-1)
            c = kept * slots["c"] + (1 - kept) * jnp.mean(squares, axis=-2)
            v = (r / jnp.mean(r, axis=-1, keepdims=True))[..., None] * c[..., None, :]
            slots = {"r": r, "c": c, "velocity": v}
        else:
            v = kept * slots["velocity"] + (1 - kept) * squares
            slots = {**slots, "velocity": v}
        u = g / jnp.sqrt(v)
        u = u / jnp.maximum(1, _rms(u) / self.clip_threshold)
        return w - jnp.maximum(self.epsilon_2, _rms(w)) * rate * u, slots


def _rms(x: Any) -> Any:
    return jnp.sqrt(jnp.mean(jnp.square(x)))
