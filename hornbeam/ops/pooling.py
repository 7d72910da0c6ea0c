"""Pooling: the largest entry, or the mean, of each window, channel by channel.

All are written for inputs with the channels last. On a CPU they are made of slices, elsewhere of XLA's reduce_window.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import word
from hornbeam.ops.operation import array, floats, operation
from hornbeam.ops.windows import (
    Window,
    as_given,
    by_slices,
    channels_last,
    checked,
    format_of,
    once,
    per_axis,
    rank_of,
    slices,
    windows,
)

__all__ = ["adaptive_average_pool", "adaptive_max_pool", "average_pool", "max_pool"]


# ---- the largest entry


def highest(x: Any, sizes: Any, strides: Any = None, padding: str = "valid", where: str = "highest") -> Any:
    """The largest entry of each window; of equal ones the first, the last axis fastest, gets the gradient.

    Shapes:
        ``(batch, …, channels) -> (batch, *positions, channels)``
    """
    wins = windows(where, x.shape[1:-1], sizes, sizes if strides is None else strides, padding)
    return (highest_of_slices if by_slices() else native_highest)(x, wins)


def native_highest(x: Any, wins: Sequence[Window]) -> Any:
    """The largest entry of each window by XLA's reduce_window."""
    return lax.reduce_window(x, _least(x.dtype), lax.max, *_dimensions(wins))


def _dimensions(wins: Sequence[Window]) -> tuple[Any, Any, Any]:
    """Windows, strides and padding as reduce_window wants them."""
    return (
        (1, *(win.size for win in wins), 1),
        (1, *(win.stride for win in wins), 1),
        ((0, 0), *((win.low, win.high) for win in wins), (0, 0)),
    )


def _least(dtype: Any) -> Any:
    """What is smaller than every number of a type."""
    if jnp.issubdtype(dtype, jnp.floating):
        return np.array(-np.inf, dtype)
    return np.array(False) if np.issubdtype(dtype, np.bool_) else np.array(jnp.iinfo(dtype).min, dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def highest_of_slices(x: Any, wins: Sequence[Window]) -> Any:
    """The largest entry of each window, place by place."""
    return functools.reduce(jnp.maximum, slices(x, wins, _least(x.dtype)))


@highest_of_slices.defjvp
def _of_the_first(wins: Sequence[Window], primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    """Remembers for each window the number of the place of its largest entry, for a single look at it backward.

    Left to JAX the gradient would be shared among equal entries. XLA's own, select_and_scatter, doubles the time of the
    whole step of a CIFAR network.
    """
    (x,), (slope,) = primals, tangents
    seen = slices(x, wins, _least(x.dtype))
    top, chosen = seen[0], jnp.zeros(seen[0].shape, jnp.float32)
    for place, each in enumerate(seen[1:], 1):
        better = (each > top) | (each != each)  # NaN is kept, so that a loss shows it
        top, chosen = jnp.where(better, each, top), jnp.where(better, jnp.float32(place), chosen)
    chosen, zero = once(chosen), jnp.zeros((), slope.dtype)
    if all(win.tiles for win in wins):
        blocks, between = _blocks(slope, wins)
        number = np.zeros((1,) * blocks.ndim, np.float32)
        for axis, win in zip(between, wins, strict=True):
            steps = np.arange(win.size, dtype=np.float32)
            number = number * win.size + steps.reshape([-1 if at == axis else 1 for at in range(blocks.ndim)])
        hit = jnp.expand_dims(chosen, between) == number
        return top, jnp.where(hit, blocks, zero).sum(between)
    slopes = slices(slope, wins)
    return top, sum(jnp.where(chosen == place, each, zero) for place, each in enumerate(slopes))


def _blocks(x: Any, wins: Sequence[Window]) -> tuple[Any, tuple[int, ...]]:
    """Windows that lie end to end, each along an axis of its own, and the numbers of those axes."""
    counts = [(win.positions, win.size) for win in wins]
    whole = lax.slice(x, [0] * x.ndim, [x.shape[0], *(a * b for a, b in counts), x.shape[-1]])
    return whole.reshape(x.shape[0], *itertools.chain(*counts), x.shape[-1]), tuple(range(2, 2 * len(wins) + 1, 2))


# ---- the mean


def mean(x: Any, sizes: Any, strides: Any = None, padding: str = "valid", where: str = "mean") -> Any:
    """The mean of each window; what padding added does not count.

    Shapes:
        ``(batch, …, channels) -> (batch, *positions, channels)``
    """
    wins = windows(where, x.shape[1:-1], sizes, sizes if strides is None else strides, padding)
    return (mean_of_slices if by_slices() else native_mean)(x, wins)


def native_mean(x: Any, wins: Sequence[Window]) -> Any:
    """The mean of each window by XLA's reduce_window."""
    total = lax.reduce_window(x, np.zeros((), x.dtype), lax.add, *_dimensions(wins))
    return total / jnp.asarray(_counted(x.shape, wins), x.dtype)


def mean_of_slices(x: Any, wins: Sequence[Window]) -> Any:
    """The mean of each window, place by place."""
    if all(win.tiles for win in wins):
        blocks, between = _blocks(x, wins)
        return blocks.mean(between)
    total: Any = sum(slices(x, wins))
    return total / jnp.asarray(_counted(x.shape, wins), x.dtype)


def _counted(shape: Sequence[int], wins: Sequence[Window]) -> np.ndarray:
    """How many entries each window holds without the padding: ``(1, *positions, 1)``."""
    counts = np.ones((1,) * len(shape))
    for axis, win in enumerate(wins, 1):
        first = np.arange(win.positions) * win.stride - win.low
        inside = np.minimum(first + win.size, shape[axis]) - np.maximum(first, 0)
        counts = counts * inside.reshape([-1 if at == axis else 1 for at in range(len(shape))])
    return counts


# ---- windows that fit the output


def _spans(length: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """First step and end of each of ``count`` windows that share out ``length`` steps; neighbours may overlap."""
    numbers = np.arange(count)
    return numbers * length // count, -(-(numbers + 1) * length // count)


def adaptive_mean(x: Any, counts: Sequence[int]) -> Any:
    """The mean of windows that share out each axis, as a product with a matrix for each axis.

    Shapes:
        ``(batch, …, channels) -> (batch, *counts, channels)``
    """
    for axis, count in enumerate(counts, 1):
        starts, ends = _spans(x.shape[axis], count)
        steps = np.arange(x.shape[axis])
        inside = (steps >= starts[:, None]) & (steps < ends[:, None])
        weights = jnp.asarray(inside / (ends - starts)[:, None], x.dtype)  # (count, length)
        x = jnp.moveaxis(jnp.tensordot(x, weights, (axis, 1), precision="highest"), -1, axis)
    return x


def adaptive_highest(x: Any, counts: Sequence[int]) -> Any:
    """The largest entry of windows that share out each axis.

    Shapes:
        ``(batch, …, channels) -> (batch, *counts, channels)``
    """
    for axis, count in enumerate(counts, 1):
        starts, ends = _spans(x.shape[axis], count)
        places = range(int((ends - starts).max()))
        # windows that are shorter see their last entry again, which changes no maximum
        seen = [jnp.take(x, np.minimum(starts + place, ends - 1), axis) for place in places]
        x = functools.reduce(lambda top, each: jnp.where((each > top) | (each != each), each, top), seen)
    return x


# ---- operations in Keras's words


def _prepared(where: str, inputs: Any, data_format: Any) -> tuple[Any, int, str]:
    rank = rank_of(where, inputs)
    data_format = format_of(where, data_format)
    return channels_last(inputs, data_format), rank, data_format


@operation
def max_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The largest entry of each window, channel by channel.

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        pool_size: lengths of the window: one number, or one for each axis.
        strides: steps from one window to the next; None takes ``pool_size``, so that windows lie end to end.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over the edges.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Of equal entries the first gets the gradient.

    Example:
        >>> print(max_pool([[[1], [3], [2], [0], [5]]], 2)[0, :, 0])
        [3 2]
    """
    x, rank, data_format = _prepared("max_pool", array(inputs), data_format)
    sizes = per_axis("max_pool, pool_size", pool_size, rank)
    padding = checked("max_pool, padding", word("valid", "same"), padding)
    return as_given(highest(x, sizes, strides, padding, "max_pool"), data_format)


@operation
def average_pool(inputs, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window, channel by channel; where a window reaches over the edge, of what is inside.

    Args:
        inputs, pool_size, strides, padding, data_format: as in ``max_pool``.

    Example:
        >>> print(average_pool([[[1.0], [3.0], [2.0], [0.0], [5.0]]], 2, padding="same")[0, :, 0])
        [2. 1. 5.]
    """
    x, rank, data_format = _prepared("average_pool", floats(inputs), data_format)
    sizes = per_axis("average_pool, pool_size", pool_size, rank)
    padding = checked("average_pool, padding", word("valid", "same"), padding)
    return as_given(mean(x, sizes, strides, padding, "average_pool"), data_format)


@operation
def adaptive_max_pool(inputs, output_size, data_format=None):
    """The largest entry of windows that share out each axis: window i covers ``[floor(i·n/m), ceil((i+1)·n/m))``.

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        output_size: m, how many windows along each axis of n steps: one number, or one for each axis.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Example:
        >>> print(adaptive_max_pool([[[1], [3], [2], [0], [5]]], 2)[0, :, 0])
        [3 5]
    """
    x, rank, data_format = _prepared("adaptive_max_pool", array(inputs), data_format)
    counts = per_axis("adaptive_max_pool, output_size", output_size, rank)
    return as_given(adaptive_highest(x, counts), data_format)


@operation
def adaptive_average_pool(inputs, output_size, data_format=None):
    """The mean of windows that share out each axis: window i covers ``[floor(i·n/m), ceil((i+1)·n/m))``.

    Args:
        inputs, output_size, data_format: as in ``adaptive_max_pool``.

    Example:
        >>> print(adaptive_average_pool([[[1.0], [3.0], [2.0], [0.0], [7.0]]], 2)[0, :, 0])
        [2. 3.]
    """
    x, rank, data_format = _prepared("adaptive_average_pool", floats(inputs), data_format)
    counts = per_axis("adaptive_average_pool, output_size", output_size, rank)
    return as_given(adaptive_mean(x, counts), data_format)
