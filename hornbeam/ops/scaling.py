"""Normalisation: numbers scaled to unit length, or to mean 0 and variance 1, and how near two arrays are."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.dtypes import epsilon as default_epsilon
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import array, axes, floats, operation

__all__ = ["batch_normalization", "layer_normalization", "normalize", "psnr", "rms_normalization"]


def _small(epsilon: Any) -> Any:
    return default_epsilon() if epsilon is None else epsilon


def _wide(x: Any) -> jax.Array:
    """At least float32: squares of half precision overflow."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


@operation
def normalize(x, axis=-1, order=2, epsilon=None):
    """Divided by its length along an axis: ``x / max(norm(x), epsilon)``; half precision is computed in float32.

    Args:
        x: an array.
        axis: the axis along which each result has length 1, or several.
        order: p of the length ``sum(|x|**p)**(1 / p)``.
        epsilon: the least divisor, ``hornbeam.config.epsilon()`` when None.

    Example:
        >>> print(normalize([[3.0, 4.0], [0.0, 0.0]]))
        [[0.6 0.8]
         [0.  0. ]]
    """
    if not isinstance(order, int) or order < 1:
        raise ArgumentError("normalize, order", "a positive integer", repr(order), "Write order=2.")
    x = jnp.atleast_1d(floats(x))
    wide, least = _wide(x), _small(epsilon)
    if order == 2:  # not by way of the length, whose slope at 0 is NaN
        squares = jnp.square(wide).sum(axes(axis), keepdims=True)
        return (wide * jax.lax.rsqrt(jnp.maximum(squares, least**2))).astype(x.dtype)
    length = jnp.linalg.norm(wide, order, axes(axis), keepdims=True)
    return (wide / jnp.maximum(length, least)).astype(x.dtype)


@operation
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """``scale * (x - mean) / sqrt(variance + epsilon) + offset``, one number of each for every place along an axis.

    Args:
        x: an array.
        mean, variance: vectors as long as the axis.
        axis: the axis of the features.
        offset, scale: vectors likewise; None leaves them out.
        epsilon: keeps the root above 0.

    Example:
        >>> print(batch_normalization([[1.0, 6.0]], mean=[1.0, 2.0], variance=[1.0, 4.0], axis=-1, epsilon=0.0))
        [[0. 2.]]
    """
    x = floats(x)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    mean, variance = (floats(each).reshape(shape) for each in (mean, variance))
    factor = jax.lax.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * floats(scale).reshape(shape)
    result = (x - mean) * factor
    return result if offset is None else result + floats(offset).reshape(shape)


@operation
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """``gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta``; half precision is computed in float32.

    Args:
        x: an array.
        gamma, beta: arrays shaped like the axes; None leaves them out.
        axis: the axis, or several, over which mean and variance are taken.
        epsilon: keeps the root above 0, ``hornbeam.config.epsilon()`` when None.

    Example:
        >>> print(layer_normalization([[1.0, 3.0]], epsilon=0.0))
        [[-1.  1.]]

    Reference:
        Ba, Kiros & Hinton, 2016, Layer normalization, eq. 3.
    """
    if kwargs:
        fix = "Use rms_normalization for scaling without the mean." if "rms_scaling" in kwargs else "Leave it out."
        raise ArgumentError("layer_normalization", "x, gamma, beta, axis, epsilon", ", ".join(kwargs), fix)
    x = array(x)
    wide, where = _wide(x), _sorted(axis, x.ndim)
    mean = wide.mean(where, keepdims=True)
    result = (wide - mean) * jax.lax.rsqrt(wide.var(where, keepdims=True) + _small(epsilon))
    shape = [length if place in where else 1 for place, length in enumerate(x.shape)]
    result = result if gamma is None else result * floats(gamma).reshape(shape)
    result = result if beta is None else result + floats(beta).reshape(shape)
    return result.astype(x.dtype)


@operation
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """``scale * x / sqrt(mean(x**2) + epsilon)``; half precision is computed in float32.

    Args:
        x: an array.
        scale: an array that broadcasts against x; None leaves it out.
        axis: the axis, or several, over which the mean is taken.
        epsilon: keeps the root above 0, ``hornbeam.config.epsilon()`` when None.

    Example:
        >>> print(rms_normalization([[3.0, 3.0]], epsilon=0.0))
        [[1. 1.]]

    Reference:
        Zhang & Sennrich, 2019, Root mean square layer normalization, eq. 4.
    """
    x = jnp.atleast_1d(array(x))
    wide = _wide(x)
    result = wide * jax.lax.rsqrt(jnp.square(wide).mean(axes(axis), keepdims=True) + _small(epsilon))
    result = result if scale is None else result * floats(scale)
    return result.astype(x.dtype)


def _sorted(axis: Any, ndim: int) -> tuple[int, ...]:
    listed = axis if isinstance(axis, (list, tuple)) else [axis]
    return tuple(sorted(each % ndim for each in listed))


@operation
def psnr(x1, x2, max_val):
    """Peak signal-to-noise ratio in decibels: ``20 * log10(max_val) - 10 * log10(mean((x1 - x2)**2))``.

    Args:
        x1, x2: two images of one shape.
        max_val: the largest value that a pixel can have.

    Example:
        >>> print(f"{psnr([0.0, 1.0], [0.1, 0.9], 1.0):.3f}")
        20.000
    """
    x1, x2 = floats(x1), floats(x2)
    if x1.shape != x2.shape:
        raise ShapeError("psnr", "two arrays of one shape", f"{x1.shape} and {x2.shape}", "Resize one of them.")
    return 20 * jnp.log10(floats(max_val)) - 10 * jnp.log10(jnp.square(x1 - x2).mean())
