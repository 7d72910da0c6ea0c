"""Muon: the mean gradient of a matrix, with all its singular values brought near 1."""

from __future__ import annotations

import re
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.adam import corrected_rate, moving
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate

_fraction = number(0, 1, open_high=True)


def _patterns(value: Any) -> list[str]:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value or ()):
        raise Refused("a list of patterns", "Write for example exclude_layers=['output'].")
    return list(value or ())


@OPTIMIZERS.add()
class Muon(Optimizer):
    """Momentum for matrices, orthogonalized; AdamW for everything else.

    ``m = momentum * m + g``; ``u = g + momentum * m`` with nesterov, else m;
    ``w -= rate * orthogonal(u) * rms_rate * sqrt(max(rows, columns))``.
    Vectors, arrays of three and more axes, embeddings and excluded layers get Adam's update with adam_beta_1,
    adam_beta_2 and epsilon. Exclude the output layer by its name.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        adam_beta_1, adam_beta_2: Adam's beta_1 and beta_2, for the arrays that it updates.
        adam_weight_decay: their weight decay; None for none.
        epsilon: Adam's.
        weight_decay: of the matrices; None for none.
        exclude_layers: patterns, looked for in weights' paths; such weights get Adam.
        exclude_embeddings: weights with "embedding" in their path get Adam.
        muon_a, muon_b, muon_c: coefficients of the polynomial ``a * x + b * x**3 + c * x**5``.
        adam_lr_ratio: Adam's learning rate as a multiple of ``learning_rate``.
        momentum: how much of the past m keeps, from 0 to below 1.
        ns_steps: how often the polynomial is applied.
        nesterov: look ahead.
        rms_rate: size of the steps; 0.2 lets Adam's learning rates be used. None leaves the factor out.
        **options: those of ``Optimizer``: clipnorm, use_ema, …

    Example:
        >>> state = Muon().init([np.zeros((2, 3), "float32"), np.zeros(3, "float32")])
        >>> [list(slots) for slots in state["slots"]]
        [['momentum'], ['momentum', 'velocity']]

    Reference:
        Jordan et al., 2024, Muon; rms_rate: Liu et al., 2025, Muon is scalable for LLM training, eq. 4.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    adam_beta_1 = field(0.9, convert=_fraction)
    adam_beta_2 = field(0.999, convert=_fraction)
    adam_weight_decay = field(0.004, convert=number(0, optional=True))
    epsilon = field(1e-7, convert=number(0))
    weight_decay = field(0.004, convert=number(0, optional=True))
    exclude_layers = field(None, convert=_patterns, kw_only=True)
    exclude_embeddings = field(True, convert=bool, kw_only=True)
    muon_a = field(3.4445, convert=number(), kw_only=True)
    muon_b = field(-4.7750, convert=number(), kw_only=True)
    muon_c = field(2.0315, convert=number(), kw_only=True)
    adam_lr_ratio = field(1, convert=number(0), kw_only=True)
    momentum = field(0.95, convert=_fraction, kw_only=True)
    ns_steps = field(5, convert=integer(0), kw_only=True)
    nesterov = field(True, convert=bool, kw_only=True)
    rms_rate = field(0.2, convert=number(0, optional=True), kw_only=True)

    entrywise = False

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        names = ("momentum", "velocity") if self._is_for_adam(w, variable) else ("momentum",)
        return {name: zeros(w) for name in names}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        adam = corrected_rate(rate * self.adam_lr_ratio, count, self.adam_beta_1, self.adam_beta_2)
        return (rate, adam), scalars

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        rate, adam_rate = shared
        if "velocity" in slots:
            m = moving(slots["momentum"], g, self.adam_beta_1)
            v = moving(slots["velocity"], jnp.square(g), self.adam_beta_2)
            return w - m * adam_rate / (jnp.sqrt(v) + self.epsilon), {"momentum": m, "velocity": v}
        m = slots["momentum"]
        m = m + (g + m * (self.momentum - 1))
        direction = orthogonalized(
            g + self.momentum * m if self.nesterov else m, self.ns_steps, (self.muon_a, self.muon_b, self.muon_c)
        )
        size = 1.0 if self.rms_rate is None else float(np.sqrt(max(w.shape))) * self.rms_rate
        return w - rate * direction * size, {"momentum": m}

    def _is_for_adam(self, w: Any, variable: Variable | None) -> bool:
        if np.ndim(w) != 2:
            return True
        path = "" if variable is None else variable.path
        in_embedding = self.exclude_embeddings and "embedding" in path.lower()
        return in_embedding or any(re.search(pattern, path) for pattern in self.exclude_layers)

    def _decay_of(self, variable: Variable | None, w: Any) -> float | None:
        if self._is_excluded(variable):
            return None
        return self.adam_weight_decay if self._is_for_adam(w, variable) else self.weight_decay

    def _program_key(self) -> Any:
        return super()._program_key(), tuple(self._is_for_adam(variable, variable) for variable in self._trained)


def orthogonalized(x: Any, steps: int, coefficients: tuple[float, float, float]) -> Any:
    """The matrix with the singular vectors of ``x`` and singular values near 1, by a polynomial of ``x``.

    ``x <- a * x + b * (x x') x + c * (x x')**2 x``, beginning at ``x / |x|``, whose singular values are at most 1.

    Args:
        x: a matrix.
        steps: how often; after 5 the values lie between about 0.7 and 1.2.
        coefficients: a, b, c.

    Example:
        >>> orthogonalized(jnp.array([[100.0, 0.0], [0.0, 0.0]]), 5, (3.4445, -4.7750, 2.0315)).round(1).tolist()
        [[0.699999988079071, 0.0], [0.0, 0.0]]
    """
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x  # the products x x' are then the smaller ones
    x = x / (jnp.sqrt(jnp.sum(jnp.square(x))) + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x
