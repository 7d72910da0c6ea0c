"""Random initializers that fit their spread to the layer's size, so that signals neither fade nor blow up.

The table of a course on Xavier's and He's rules, for n inputs and m outputs, and what to write:

    logistic, tanh       r = sqrt(6 / (n + m))      GlorotUniform()
                         sigma = sqrt(2 / (n + m))  GlorotNormal()
    ReLU                 r = sqrt(12 / (n + m))     VarianceScaling(2.0, "fan_avg", "uniform")
                         sigma = sqrt(4 / (n + m))  VarianceScaling(2.0, "fan_avg")
    ReLU, in He's paper  r = sqrt(6 / n)            HeUniform()
                         sigma = sqrt(2 / n)        HeNormal()

The two rules for ReLU agree when n = m. He et al. look at the forward pass alone and so count inputs
alone; Glorot & Bengio average over both directions. Keras's and Hornbeam's ``he_…`` follow He's paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core import checks
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.initializers.base import INITIALIZERS, Initializer, as_seed, full_shape
from hornbeam.initializers.chance import normal, truncated_normal, uniform

# standard deviation of a standard normal variable kept between -2 and 2
TRUNCATED_STDDEV = 0.87962566103423978


def fans(
    shape: Sequence[int], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """How many inputs each output has, and how many outputs each input.

    Args:
        shape: of the weight: ``(n,)``, ``(inputs, outputs)``, or a convolution's
            ``(*window, inputs, outputs)``, where each window place counts.
        input_axes: the axes of the inputs, for another layout.
        output_axes: the axes of the outputs, for another layout.

    Example:
        >>> fans((3, 3, 8, 16))
        (72, 144)
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return (math.prod(shape),) * 2
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def _distribution(value: Any) -> Any:
    value = value.lower() if isinstance(value, str) else value
    known = ("truncated_normal", "untruncated_normal", "uniform")
    return checks.one_of(*known)("truncated_normal" if value == "normal" else value)


def _some_axes(value: Any) -> list[int] | None:
    if value is None:
        return None
    return [checks.integer()(axis) for axis in ([value] if isinstance(value, int) else value)]


class FanScaled(Initializer):
    """What all initializers of this file do; subclasses say scale, mode and distribution."""

    scale: float
    mode: str
    distribution: str
    seed: Any
    input_axes: list[int] | None
    output_axes: list[int] | None

    def _ready(self) -> None:
        if (self.input_axes is None) != (self.output_axes is None):
            raise ArgumentError(
                f"{type(self).__name__}, input_axes and output_axes",
                "both or neither",
                f"{self.input_axes} and {self.output_axes}",
                "Give both, for example input_axes=[0], output_axes=[1, 2].",
            )

    def variance(self, shape: Sequence[int]) -> float:
        """The variance that the values of a weight of this shape get."""
        inputs, outputs = fans(shape, self.input_axes, self.output_axes)
        count = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        return self.scale / max(1.0, count)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        where = type(self).__name__
        shape = full_shape(shape, where)
        stddev = math.sqrt(self.variance(shape))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * stddev
            return uniform(shape, -limit, limit, dtype, self.seed, where)
        if self.distribution == "untruncated_normal":
            return normal(shape, 0.0, stddev, dtype, self.seed, where)
        return truncated_normal(shape, 0.0, stddev / TRUNCATED_STDDEV, dtype, self.seed, where)


def _positive(value: Any) -> float:
    value = checks.number(0)(value)
    if value == 0:
        raise checks.Refused("a number above 0", "Write for example scale=1.0.")
    return value


@INITIALIZERS.add()
class VarianceScaling(FanScaled):
    """Values of mean 0 and variance ``scale / n``, where n is counted from the weight's shape.

    Args:
        scale: the factor in the variance, above 0.
        mode: what n is: ``"fan_in"`` the inputs, ``"fan_out"`` the outputs, ``"fan_avg"`` their mean.
        distribution: ``"truncated_normal"`` (also written ``"normal"``), ``"untruncated_normal"`` or
            ``"uniform"``, which lies in ``[-r, r]`` with ``r = sqrt(3 * scale / n)``.
        seed: as in ``RandomNormal``.
        input_axes: axes of the inputs, for weights of a layout that ``fans`` does not know.
        output_axes: axes of the outputs; given together with input_axes.

    Example:
        >>> VarianceScaling(2.0, "fan_avg", "uniform").variance((100, 300))
        0.01

    Reference:
        Glorot & Bengio, 2010; He et al., 2015. The table above says which is which.

    Differs:
        Keras ignores one of input_axes and output_axes given alone; here it is an error.
    """

    scale = field(1.0, convert=_positive)
    mode = field("fan_in", convert=checks.one_of("fan_in", "fan_out", "fan_avg"))
    distribution = field("truncated_normal", convert=_distribution)
    seed = field(None, convert=as_seed)
    input_axes = field(None, convert=_some_axes)
    output_axes = field(None, convert=_some_axes)


class _Rule(FanScaled):
    """Fields of the six rules with a name."""

    seed = field(None, convert=as_seed)
    input_axes = field(None, convert=_some_axes)
    output_axes = field(None, convert=_some_axes)


@INITIALIZERS.add()
class GlorotUniform(_Rule):
    """Uniform in ``[-r, r]`` with ``r = sqrt(6 / (inputs + outputs))``; the default of most kernels.

    Also called Xavier's rule; made for logistic and tanh units.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> values = GlorotUniform(seed=0)((2, 4))
        >>> bool(abs(values).max() <= 1)
        True

    Reference:
        Glorot & Bengio, 2010, Understanding the difficulty of training deep feedforward networks, eq. 16.
    """

    scale, mode, distribution = 1.0, "fan_avg", "uniform"


@INITIALIZERS.add()
class GlorotNormal(_Rule):
    """Truncated normal with ``sigma = sqrt(2 / (inputs + outputs))``.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> GlorotNormal().variance((100, 300))
        0.005

    Reference:
        Glorot & Bengio, 2010, eq. 12.
    """

    scale, mode, distribution = 1.0, "fan_avg", "truncated_normal"


@INITIALIZERS.add()
class HeUniform(_Rule):
    """Uniform in ``[-r, r]`` with ``r = sqrt(6 / inputs)``; for relu units.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> HeUniform().variance((100, 300))
        0.02

    Reference:
        He et al., 2015, Delving deep into rectifiers, eq. 10.
    """

    scale, mode, distribution = 2.0, "fan_in", "uniform"


@INITIALIZERS.add()
class HeNormal(_Rule):
    """Truncated normal with ``sigma = sqrt(2 / inputs)``; for relu units.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> HeNormal().variance((100, 300))
        0.02

    Reference:
        He et al., 2015, Delving deep into rectifiers, eq. 10. Courses that write ``inputs + outputs`` in
        its place mean ``VarianceScaling(2.0, "fan_avg")``.
    """

    scale, mode, distribution = 2.0, "fan_in", "truncated_normal"


@INITIALIZERS.add()
class LecunUniform(_Rule):
    """Uniform in ``[-r, r]`` with ``r = sqrt(3 / inputs)``.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> LecunUniform().variance((100, 300))
        0.01

    Reference:
        LeCun et al., 1998, Efficient backprop, section 4.6.
    """

    scale, mode, distribution = 1.0, "fan_in", "uniform"


@INITIALIZERS.add()
class LecunNormal(_Rule):
    """Truncated normal with ``sigma = sqrt(1 / inputs)``; for selu units.

    Args:
        seed: as in ``RandomNormal``.
        input_axes: as in ``VarianceScaling``.
        output_axes: as in ``VarianceScaling``.

    Example:
        >>> LecunNormal().variance((100, 300))
        0.01

    Reference:
        LeCun et al., 1998, Efficient backprop, section 4.6; Klambauer et al., 2017.
    """

    scale, mode, distribution = 1.0, "fan_in", "truncated_normal"
