"""Adam and its variants: the mean gradient, divided by the gradients' size."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.variable import Variable
from hornbeam.optimizers.optimizer import OPTIMIZERS, Optimizer, Slots, zeros
from hornbeam.optimizers.rate import as_rate

_fraction = number(0, 1, open_high=True)


def moving(average: Any, value: Any, kept: Any) -> Any:
    """``kept * average + (1 - kept) * value``, written with one multiplication."""
    return average + (value - average) * (1 - kept)


@OPTIMIZERS.add()
class Adam(Optimizer):
    """Steps of about the learning rate in each entry, whatever the gradient's scale.

    ``m = beta_1 * m + (1 - beta_1) * g``; ``v = beta_2 * v + (1 - beta_2) * g**2``; in update number t
    ``w -= rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the past the mean m keeps, from 0 to below 1.
        beta_2: how much of the past the mean square v keeps, from 0 to below 1.
        epsilon: keeps the quotient finite. It is the paper's epsilon-hat, added before v's bias is taken out.
        amsgrad: divide by the largest v so far, so that steps only become smaller.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([1.0, 1.0]))
        >>> Adam(0.1).apply([np.float32([20.0, -0.001])], [w])
        >>> w.numpy().round(3).tolist()
        [0.8999999761581421, 1.100000023841858]

    Reference:
        Kingma & Ba, 2015, Adam, the last formula before section 2.1; amsgrad: Reddi et al., 2018.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_fraction)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-7, convert=number(0))
    amsgrad = field(False, convert=bool)

    _late_slots = ("velocity_hat",)

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        names = ("momentum", "velocity", "velocity_hat") if self.amsgrad else ("momentum", "velocity")
        return {name: zeros(w) for name in names}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        return corrected_rate(rate, count, self.beta_1, self.beta_2), scalars

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        m = moving(slots["momentum"], g, self.beta_1)
        v = moving(slots["velocity"], jnp.square(g), self.beta_2)
        if not self.amsgrad:
            return w - m * rate / (jnp.sqrt(v) + self.epsilon), {"momentum": m, "velocity": v}
        most = jnp.maximum(slots["velocity_hat"], v)
        w = w - m * rate / (jnp.sqrt(most) + self.epsilon)
        return w, {"momentum": m, "velocity": v, "velocity_hat": most}


def corrected_rate(rate: Any, count: Any, beta_1: float, beta_2: float) -> Any:
    """Adam's rate with the bias of both means, which start at 0, taken out."""
    return rate * jnp.sqrt(1 - beta_2**count) / (1 - beta_1**count)


@OPTIMIZERS.add("adamw")
class AdamW(Adam):
    """Adam with weight decay: before each update ``w -= rate * weight_decay * w``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: how fast weights shrink; ``exclude_from_weight_decay`` exempts some.
        beta_1, beta_2, epsilon, amsgrad: those of ``Adam``.
        **options: those of ``Optimizer``: clipnorm, use_ema, …

    Example:
        >>> import numpy as np
        >>> from hornbeam.core.variable import Variable
        >>> w = Variable(np.float32([10.0]))
        >>> AdamW(0.1, weight_decay=0.5).apply([np.float32([0.0])], [w])
        >>> w.numpy().tolist()
        [9.5]

    Reference:
        Loshchilov & Hutter, 2019, Decoupled weight decay regularization, algorithm 2.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    weight_decay = field(0.004, convert=number(0))
    beta_1 = field(0.9, convert=_fraction)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-7, convert=number(0))
    amsgrad = field(False, convert=bool)


@OPTIMIZERS.add()
class Adamax(Optimizer):
    """Adam with the largest gradient in place of the mean square.

    ``m = beta_1 * m + (1 - beta_1) * g``; ``u = max(beta_2 * u, |g|)``;
    ``w -= rate / (1 - beta_1**t) * m / (u + epsilon)``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the past m keeps, from 0 to below 1.
        beta_2: how slowly a large gradient is forgotten, from 0 to below 1.
        epsilon: keeps the quotient finite.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> Adamax(0.002)
        Adamax(learning_rate=0.002)

    Reference:
        Kingma & Ba, 2015, Adam, algorithm 2.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_fraction)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-7, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": zeros(w), "norm": zeros(w)}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        return rate / (1 - self.beta_1**count), scalars

    def update(self, w: Any, g: Any, slots: Slots, rate: Any) -> tuple[Any, Slots]:
        m = moving(slots["momentum"], g, self.beta_1)
        u = jnp.maximum(self.beta_2 * slots["norm"], jnp.abs(g))
        return w - rate * m / (u + self.epsilon), {"momentum": m, "norm": u}


@OPTIMIZERS.add()
class Nadam(Optimizer):
    """Adam that looks ahead as Nesterov's momentum does.

    With ``u_t = beta_1 * (1 - 0.96**t / 2)`` and their products ``p_t = u_1 * … * u_t``:
    ``m_hat = u_(t+1) * m / (1 - p_(t+1)) + (1 - u_t) * g / (1 - p_t)`` and
    ``w -= rate * m_hat / (sqrt(v / (1 - beta_2**t)) + epsilon)``, m and v being Adam's.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: how much of the past the mean m keeps, from 0 to below 1.
        beta_2: how much of the past the mean square v keeps, from 0 to below 1.
        epsilon: keeps the quotient finite.
        **options: those of ``Optimizer``: weight_decay, clipnorm, use_ema, …

    Example:
        >>> Nadam()
        Nadam()

    Reference:
        Dozat, 2015, Incorporating Nesterov momentum into Adam, algorithm 2.
    """

    learning_rate = field(0.001, convert=as_rate, key=False)
    beta_1 = field(0.9, convert=_fraction)
    beta_2 = field(0.999, convert=_fraction)
    epsilon = field(1e-7, convert=number(0))

    def slots(self, w: Any, variable: Variable | None = None) -> Slots:
        return {"momentum": zeros(w), "velocity": zeros(w)}

    def scalars(self) -> Slots:
        return {"u_product": np.float32(1)}

    def prepare(self, rate: Any, count: Any, scalars: Slots) -> tuple[Any, Slots]:
        u, u_next = (self.beta_1 * (1 - 0.5 * self._fading() ** t) for t in (count, count + 1))
        product = scalars["u_product"].astype(u.dtype) * u
        of_mean, of_gradient = u_next / (1 - product * u_next), (1 - u) / (1 - product)
        shared = rate, of_mean, of_gradient, 1 - self.beta_2**count
        return shared, {"u_product": product.astype(scalars["u_product"].dtype)}

    def _fading(self) -> float:
        return 0.96

    def update(self, w: Any, g: Any, slots: Slots, shared: Any) -> tuple[Any, Slots]:
        rate, of_mean, of_gradient, unbiased = shared
        # betas in the weight's type, as Keras has them here and not in Adam: 1 - 0.999 is then 1.3e-5 less
        m = moving(slots["momentum"], g, jnp.asarray(self.beta_1, g.dtype))
        v = moving(slots["velocity"], jnp.square(g), jnp.asarray(self.beta_2, g.dtype))
        ahead = of_mean * m + of_gradient * g
        return w - rate * ahead / (jnp.sqrt(v / unbiased) + self.epsilon), {"momentum": m, "velocity": v}
