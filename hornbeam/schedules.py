"""Schedules: learning rates that change with the optimizer's step."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import checks
from hornbeam.core import config as specs
from hornbeam.core.config import Spec, field
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import CustomObjectScope, Registry

SCHEDULES = Registry("schedule", "keras.optimizers.schedules")


class LearningRateSchedule(Spec):
    """Base of schedules: a function from the number of steps done to the learning rate of the next.

    Write ``__call__(self, step)``; step is a traced integer during training, so use ``jnp.where``, not ``if``.

    Example:
        >>> class Harmonic(LearningRateSchedule):
        ...     def __init__(self, first):
        ...         self.first = first
        ...     def __call__(self, step):
        ...         return self.first / (step + 1)
        >>> Harmonic(0.5)(1)
        0.25
        >>> Harmonic(0.5).get_config()
        {'first': 0.5}
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate at this step, a float32 scalar."""
        raise NotImplementedError(f"{type(self).__name__}: write __call__(self, step)")


def _duration(value: Any) -> float:
    """Converter to a number of steps above 0; a fraction is allowed, ``epochs * samples / batch_size`` gives one."""
    number = checks.number(0)(value)
    if number == 0 or math.isinf(number):
        raise checks.Refused("a number of steps above 0", "Count optimizer steps: epochs * batches per epoch.")
    return int(number) if number.is_integer() else number


def _float(step: Any) -> jax.Array:
    return jnp.asarray(step, jnp.float32)


@SCHEDULES.add()
class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: after so many steps the rate has been multiplied by ``decay_rate``.
        decay_rate: the factor, between 0 and 1 for a decay.
        staircase: round ``step / decay_steps`` down, so that the rate falls in jumps.
        name: a label.

    Example:
        >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.25
    """

    initial_learning_rate = field(convert=checks.number())
    decay_steps = field(convert=_duration)
    decay_rate = field(convert=checks.number())
    staircase = field(False, convert=bool)
    name = field("ExponentialDecay", key=False)

    def __call__(self, step: Any) -> jax.Array:
        periods = _float(step) / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (jnp.floor(periods) if self.staircase else periods)


@SCHEDULES.add()
class InverseTimeDecay(LearningRateSchedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: the unit in which steps are counted.
        decay_rate: how fast the denominator grows.
        staircase: round ``step / decay_steps`` down, so that the rate falls in jumps.
        name: a label.

    Example:
        >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.5

    Reference:
        With decay_steps=1 it is the ``decay`` argument of Keras 1's and 2's optimizers.
    """

    initial_learning_rate = field(convert=checks.number())
    decay_steps = field(convert=_duration)
    decay_rate = field(convert=checks.number())
    staircase = field(False, convert=bool)
    name = field("InverseTimeDecay", key=False)

    def __call__(self, step: Any) -> jax.Array:
        periods = _float(step) / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (jnp.floor(periods) if self.staircase else periods))


def _numbers(value: Any) -> list[float]:
    if isinstance(value, (str, bytes)) or np.ndim(value) != 1:
        raise checks.Refused("a list of numbers", "Write for example [1000, 2000].")
    return [entry if isinstance(entry, int) else checks.number()(entry) for entry in value]


@SCHEDULES.add()
class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[i]`` for the steps above ``boundaries[i - 1]`` up to and including ``boundaries[i]``.

    Args:
        boundaries: increasing numbers of steps.
        values: the rates, one more than boundaries.
        name: a label.

    Raises:
        ArgumentError: when the lengths do not fit or the boundaries do not increase.

    Example:
        >>> schedule = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.25])
        >>> [float(schedule(step)) for step in (0, 100, 101, 201)]
        [1.0, 1.0, 0.5, 0.25]
    """

    boundaries = field(convert=_numbers)
    values = field(convert=_numbers)
    name = field("PiecewiseConstant", key=False)

    def _ready(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                "PiecewiseConstantDecay, values",
                f"{len(self.boundaries) + 1} values for {len(self.boundaries)} boundaries",
                f"{len(self.values)}",
                "Give one value more than boundaries: the last holds after the last boundary.",
            )
        if any(later <= earlier for earlier, later in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ArgumentError(
                "PiecewiseConstantDecay, boundaries", "increasing numbers", self.boundaries, "Sort them."
            )

    def __call__(self, step: Any) -> jax.Array:
        step = jnp.asarray(step)
        if jnp.issubdtype(step.dtype, jnp.integer):  # compared as integers: float32 ends to count at 2**24
            last = np.iinfo(step.dtype).max
            boundaries = jnp.asarray([min(math.floor(boundary), last) for boundary in self.boundaries], step.dtype)
        else:
            boundaries = jnp.asarray(self.boundaries, step.dtype)
        return jnp.asarray(self.values, jnp.float32)[jnp.sum(step > boundaries)]


@SCHEDULES.add()
class PolynomialDecay(LearningRateSchedule):
    """``(initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power + end_learning_rate``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: from this step on the rate is end_learning_rate.
        end_learning_rate: the last rate.
        power: 1 falls in a straight line.
        cycle: instead of staying at the end, start anew with the smallest multiple of ``decay_steps``
            that is not below ``step`` in its place.
        name: a label.

    Example:
        >>> schedule = PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0)
        >>> [float(schedule(step)) for step in (0, 5, 10, 15)]
        [1.0, 0.5, 0.0, 0.0]
        >>> float(PolynomialDecay(1.0, 10, 0.0, cycle=True)(15))
        0.25
    """

    initial_learning_rate = field(convert=checks.number())
    decay_steps = field(convert=_duration)
    end_learning_rate = field(0.0001, convert=checks.number())
    power = field(1.0, convert=checks.number())
    cycle = field(False, convert=bool)
    name = field("PolynomialDecay", key=False)

    def __call__(self, step: Any) -> jax.Array:
        step = _float(step)
        if self.cycle:
            done = step / (self.decay_steps * jnp.maximum(jnp.ceil(step / self.decay_steps), 1))
        else:
            done = jnp.minimum(step / self.decay_steps, 1)
        return (self.initial_learning_rate - self.end_learning_rate) * (1 - done) ** self.power + self.end_learning_rate


def _half_cosine(done: jax.Array) -> jax.Array:
    """Falls from 1 to 0 while done goes from 0 to 1."""
    return 0.5 * (1 + jnp.cos(math.pi * done))


@SCHEDULES.add()
class CosineDecay(LearningRateSchedule):
    """Half a cosine down from the first rate r to ``alpha * r``, after a straight line up if wanted.

    ``r * ((1 - alpha) * (1 + cos(pi * min(step / decay_steps, 1))) / 2 + alpha)``, r being
    initial_learning_rate. With warmup_target, the rate first goes from initial_learning_rate to
    warmup_target in warmup_steps steps; then r is warmup_target and steps count from there.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how long the cosine takes, without the warmup.
        alpha: the last rate as a fraction of r.
        name: a label.
        warmup_target: the rate at the end of the warmup; None for no warmup.
        warmup_steps: how long the warmup takes.

    Example:
        >>> schedule = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
        >>> [round(float(schedule(step)), 6) for step in (0, 2, 4, 9, 14, 20)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]

    Reference:
        Loshchilov & Hutter, 2017, SGDR, eq. 5; the warmup: Goyal et al., 2017, section 2.2.
    """

    initial_learning_rate = field(convert=checks.number())
    decay_steps = field(convert=_duration)
    alpha = field(0.0, convert=checks.number())
    name = field("CosineDecay", key=False)
    warmup_target = field(None, convert=checks.number(optional=True))
    warmup_steps = field(0, convert=checks.number(0))

    def __call__(self, step: Any) -> jax.Array:
        step = _float(step)
        if self.warmup_target is None:
            return self._decay(self.initial_learning_rate, step)
        rise = (self.warmup_target - self.initial_learning_rate) * step / max(self.warmup_steps, 1)
        after = self._decay(self.warmup_target, step - self.warmup_steps)
        return jnp.where(step < self.warmup_steps, self.initial_learning_rate + rise, after)

    def _decay(self, first: float, step: jax.Array) -> jax.Array:
        done = jnp.minimum(step / self.decay_steps, 1)
        return first * ((1 - self.alpha) * _half_cosine(done) + self.alpha)


@SCHEDULES.add()
class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines that start anew: period i lasts ``first_decay_steps * t_mul**i`` steps.

    ``initial_learning_rate * ((1 - alpha) * m_mul**i * (1 + cos(pi * done)) / 2 + alpha)``, where done goes
    from 0 to 1 within each period.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: length of the first period.
        t_mul: each period is so many times longer than the last, at least 1.
        m_mul: each period starts so many times higher than the last.
        alpha: the rate at the end of a period as a fraction of initial_learning_rate.
        name: a label.

    Example:
        >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10)
        >>> [round(float(schedule(step)), 6) for step in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5, 1.0]

    Reference:
        Loshchilov & Hutter, 2017, SGDR: stochastic gradient descent with warm restarts, eq. 5.

    Differs:
        Keras finds the period by a rounded logarithm and can restart a step late (at step 81910 for 10 first
        steps that double); here restarts are exact when ``t_mul`` is a whole number.
        ``t_mul`` below 1, with which Keras's rate becomes NaN after a while, is refused.
    """

    initial_learning_rate = field(convert=checks.number())
    first_decay_steps = field(convert=_duration)
    t_mul = field(2.0, convert=checks.number(1))
    m_mul = field(1.0, convert=checks.number())
    alpha = field(0.0, convert=checks.number())
    name = field("SGDRDecay", key=False)

    def __call__(self, step: Any) -> jax.Array:
        time = _float(step) / self.first_decay_steps
        period = self._period(time)
        done = (time - self._start(period)) / self.t_mul**period
        height = self.m_mul**period * _half_cosine(done)
        return self.initial_learning_rate * ((1 - self.alpha) * height + self.alpha)

    def _start(self, period: jax.Array) -> jax.Array:
        """When a period starts, in units of the first one: ``1 + t_mul + … + t_mul**(period - 1)``."""
        return period if self.t_mul == 1 else (self.t_mul**period - 1) / (self.t_mul - 1)

    def _period(self, time: jax.Array) -> jax.Array:
        if self.t_mul == 1:
            return jnp.floor(time)
        guess = jnp.floor(jnp.log1p(time * (self.t_mul - 1)) / math.log(self.t_mul))
        # the logarithm's rounding can be one off, either way
        guess = jnp.where(time < self._start(guess), guess - 1, guess)
        return jnp.where(time >= self._start(guess + 1), guess + 1, guess)


def get(identifier: Any) -> Any:
    """The schedule that a config, object or function of the step stands for; None stays None.

    Example:
        >>> get({"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 100}})
        CosineDecay(initial_learning_rate=0.1, decay_steps=100)
    """
    return specs.resolve(identifier, SCHEDULES)


def serialize(learning_rate_schedule: Any) -> Any:
    """A JSON-able description of a schedule."""
    return specs.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
