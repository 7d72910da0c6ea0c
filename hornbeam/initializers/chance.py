"""Random initializers with a spread that is given: normal, truncated normal, uniform; and orthogonal matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core import checks
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.initializers.base import INITIALIZERS, Initializer, as_seed, drawing_type, draws, full_shape

_PIECE = 2**14  # numbers in 64 kB
_WITHIN_TWO = math.erf(math.sqrt(2))  # chance that a standard normal value lies between -2 and 2
# Giles, 2010, Approximating the erfinv function: single precision, w < 5, highest power first
_ERFINV = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)


def normal(shape: tuple[int, ...], mean: float, stddev: float, dtype: Any, source: Any, where: str) -> np.ndarray:
    """Draws from the normal distribution."""
    kind, target = drawing_type(dtype, where)
    values = draws(source).standard_normal(shape, kind)
    return _scaled(values, stddev, mean).astype(target, copy=False)


def truncated_normal(
    shape: tuple[int, ...], mean: float, stddev: float, dtype: Any, source: Any, where: str
) -> np.ndarray:
    """Draws from the normal distribution between ``mean - 2 * stddev`` and ``mean + 2 * stddev``."""
    kind, target = drawing_type(dtype, where)
    random = draws(source)
    values: np.ndarray = np.empty(math.prod(shape), kind)
    # The inverse of the distribution function, in pieces that stay in the cache: 5 ms for a million values;
    # normal values with those outside drawn anew took 35 ms, scipy.special.ndtri as long.
    for start in range(0, values.size, _PIECE):
        part = values[start : start + _PIECE]
        random.random(out=part, dtype=kind)
        part *= 2 * _WITHIN_TWO
        part -= _WITHIN_TWO
        part *= _erfinv_over_x(part)
    return _scaled(values, math.sqrt(2) * stddev, mean).reshape(shape).astype(target, copy=False)


def _erfinv_over_x(x: np.ndarray) -> np.ndarray:
    """``erfinv(x) / x`` for |x| < 0.99, to seven digits."""
    w = -2.5 - np.log(1 - x * x)
    ratio = np.full_like(w, _ERFINV[0])
    for coefficient in _ERFINV[1:]:
        ratio *= w
        ratio += coefficient
    return ratio


def uniform(shape: tuple[int, ...], low: float, high: float, dtype: Any, source: Any, where: str) -> np.ndarray:
    """Draws evenly between ``low`` and ``high``."""
    kind, target = drawing_type(dtype, where)
    values = draws(source).random(shape, kind)
    return _scaled(values, high - low, low).astype(target, copy=False)


def _scaled(values: np.ndarray, factor: float, shift: float) -> np.ndarray:
    """``values * factor + shift``, in place."""
    values = np.asarray(values)
    values *= values.dtype.type(factor)
    if shift:
        values += values.dtype.type(shift)
    return values


@INITIALIZERS.add("normal")
class RandomNormal(Initializer):
    """Normal distribution: ``mean + stddev * z`` with standard normal z.

    Args:
        mean: centre of the values.
        stddev: their standard deviation.
        seed: an integer gives the same values at each call; None takes the next of the process's
            sequence, which ``set_random_seed`` starts; a SeedGenerator hands out another at each call.

    Example:
        >>> RandomNormal(stddev=0.1, seed=0)((3, 4)).shape
        (3, 4)

    Differs:
        With ``seed=None`` Keras repeats an object's values at each of its calls; here they are new,
        so that two layers given one initializer object do not start equal.
    """

    mean = field(0.0, convert=checks.number())
    stddev = field(0.05, convert=checks.number(0))
    seed = field(None, convert=as_seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return normal(full_shape(shape, "RandomNormal"), self.mean, self.stddev, dtype, self.seed, "RandomNormal")


@INITIALIZERS.add()
class TruncatedNormal(Initializer):
    """Normal distribution without its tails: no value lies beyond two ``stddev`` from ``mean``.

    The values' own standard deviation is therefore ``0.87963 * stddev``.

    Args:
        mean: centre of the values.
        stddev: standard deviation before truncation.
        seed: as in ``RandomNormal``.

    Example:
        >>> values = TruncatedNormal(stddev=0.1, seed=0)((3, 4))
        >>> bool(abs(values).max() <= 0.2)
        True
    """

    mean = field(0.0, convert=checks.number())
    stddev = field(0.05, convert=checks.number(0))
    seed = field(None, convert=as_seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        shape = full_shape(shape, "TruncatedNormal")
        return truncated_normal(shape, self.mean, self.stddev, dtype, self.seed, "TruncatedNormal")


@INITIALIZERS.add("uniform")
class RandomUniform(Initializer):
    """Uniform distribution between ``minval`` and ``maxval``.

    Args:
        minval: the lower bound.
        maxval: the upper bound.
        seed: as in ``RandomNormal``.

    Example:
        >>> values = RandomUniform(seed=0)((3, 4))
        >>> bool(abs(values).max() <= 0.05)
        True
    """

    minval = field(-0.05, convert=checks.number())
    maxval = field(0.05, convert=checks.number())
    seed = field(None, convert=as_seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return uniform(full_shape(shape, "RandomUniform"), self.minval, self.maxval, dtype, self.seed, "RandomUniform")


@INITIALIZERS.add("OrthogonalInitializer")
class Orthogonal(Initializer):
    """A random matrix Q with orthonormal columns, times ``gain``: it keeps lengths, step after step.

    ``Q.T @ Q = I`` when there are at least as many rows as columns, else ``Q @ Q.T = I``. The usual
    first value of recurrent kernels.

    Args:
        gain: factor of the matrix.
        seed: as in ``RandomNormal``.

    Shapes:
        at least two axes; all but the last are taken together as rows.

    Example:
        >>> q = Orthogonal(seed=0)((4, 2))
        >>> print(np.abs(q.T @ q).round(3))
        [[1. 0.]
         [0. 1.]]

    Reference:
        Saxe, McClelland & Ganguli, 2014; the signs as Mezzadri, 2007, section 5, so that every Q is equally likely.
    """

    gain = field(1.0, convert=checks.number())
    seed = field(None, convert=as_seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        shape = full_shape(shape, "Orthogonal")
        if len(shape) < 2:
            fix = "Use another initializer for biases, for example 'zeros'."
            raise ShapeError("Orthogonal", "a shape of at least 2 axes", shape, fix)
        rows, columns = math.prod(shape[:-1]), shape[-1]
        kind, target = drawing_type(dtype, "Orthogonal")
        tall = draws(self.seed).standard_normal((max(rows, columns), min(rows, columns)), kind)
        q, r = np.linalg.qr(tall)
        q *= np.where(np.diag(r) < 0, -self.gain, self.gain).astype(kind)
        return (q.T if rows < columns else q).reshape(shape).astype(target, copy=False)
