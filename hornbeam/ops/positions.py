"""Places in a sequence as numbers that a network can use: waves added to vectors, or angles to turn them by."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def sine_encoding(positions: Any, size: int, max_wavelength: float = 10000) -> jax.Array:
    """Waves of growing length: ``sin(p / w**(2i / size))`` in column 2i, the cosine of the same in column 2i + 1.

    Args:
        positions: the places p.
        size: number of columns.
        max_wavelength: w; the longest wave is nearly ``2π·w`` places long.

    Shapes:
        ``(…, time) -> (…, time, size)``, of at least float32: half precision cannot count beyond 256.

    Example:
        >>> print(sine_encoding(jnp.arange(2), 2).round(3))
        [[0.    1.   ]
         [0.841 0.54 ]]

    Reference:
        Vaswani et al. (2017), Attention is all you need, section 3.5.
    """
    columns = np.arange(size)
    rates = (1 / max_wavelength) ** (2 * (columns // 2) / size)
    angles = _angles(positions, rates)
    return jnp.where(columns.reshape((1,) * (angles.ndim - 1) + (-1,)) % 2 == 0, jnp.sin(angles), jnp.cos(angles))


def rotary_rates(
    size: int,
    max_wavelength: float = 10000,
    scaling_factor: float = 1.0,
    rope_type: str = "linear",
    denominator: float | None = None,
) -> np.ndarray:
    """By how much each pair of numbers turns from one place to the next: ``w**(-2i / size)`` radians.

    Args:
        size: how many numbers are turned, two for each rate.
        max_wavelength: w.
        scaling_factor: s, for texts longer than those of training.
        rope_type: ``"linear"`` divides the rates by s, ``"dynamic"`` by ``s**(size / (size - 2))``.
        denominator: what stands in the exponent's place of size; None for size itself.

    Example:
        >>> print(rotary_rates(4, max_wavelength=100))
        [1.  0.1]
    """
    rates = float(max_wavelength) ** -(np.arange(0, size, 2) / (size if denominator is None else denominator))
    if rope_type == "dynamic":
        return rates / scaling_factor ** (size / max(1, size - 2))
    return rates / scaling_factor


def yarn_rates(
    size: int,
    max_wavelength: float,
    scaling_factor: float,
    beta_fast: float = 32.0,
    beta_slow: float = 1.0,
    length: int = 4096,
    truncate: bool = True,
) -> np.ndarray:
    """``rotary_rates`` stretched by s where waves are long: fast pairs keep their rate, slow ones get ``rate / s``.

    Args:
        size, max_wavelength, scaling_factor: as in ``rotary_rates``.
        beta_fast: pairs that turn at least so many times over ``length`` places keep their rate.
        beta_slow: pairs that turn at most so many times are slowed down in full; in between by a ramp.
        length: number of places of training.
        truncate: whether the ramp begins and ends at whole pairs.

    Reference:
        Peng et al. (2023), YaRN, definition 2 and section 3.2.
    """

    def pair(turns: float) -> float:
        """The pair, counted with a fraction, that turns so often over the length."""
        return size * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(max_wavelength))

    low, high = pair(beta_fast), pair(beta_slow)
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, size - 1)
    slow = np.clip((np.arange(size // 2) - low) / max(high - low, 0.001), 0, 1)
    rates = rotary_rates(size, max_wavelength)
    return rates * (1 - slow) + rates / scaling_factor * slow


def rotate(x: Any, positions: Any, rates: Any, length: float = 1.0) -> jax.Array:
    """Turns each pair ``(x_i, x_{i + size/2})`` by the angle ``position · rate_i``, and makes it ``length`` as long.

    The product of two vectors so turned depends on the distance of their places alone.

    Args:
        x: vectors.
        positions: their places.
        rates: of each pair, from ``rotary_rates`` or ``yarn_rates``.
        length: a factor.

    Shapes:
        ``(batch, time, …, size), (batch or 1, time) -> (batch, time, …, size)``; the rates are ``(size / 2,)``.

    Example:
        >>> print(rotate(jnp.array([[[1.0, 0.0]]]), jnp.array([[math.pi / 2]]), np.ones(1)).round(3))
        [[[-0.  1.]]]

    Reference:
        Su et al. (2021), RoFormer, equation 34.
    """
    angles = _angles(positions, rates)  # (batch, time, size / 2)
    angles = angles.reshape(*angles.shape[:2], *(1 for _ in range(x.ndim - 3)), angles.shape[-1])
    cosine, sine = ((length * wave(angles)).astype(x.dtype) for wave in (jnp.cos, jnp.sin))
    left, right = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


def _angles(positions: Any, rates: Any) -> jax.Array:
    """Every position times every rate, ``(…, time), (rates,) -> (…, time, rates)``."""
    positions = jnp.asarray(positions)
    wide = jnp.float64 if positions.dtype == jnp.float64 else jnp.float32
    positions = positions.astype(wide)[..., None]
    return positions * jnp.asarray(rates, wide).reshape((1,) * (positions.ndim - 1) + (-1,))
