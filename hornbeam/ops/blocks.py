"""Images cut into blocks and put together again, and axes rearranged by a pattern."""

from __future__ import annotations

import math
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import array, operation

__all__ = ["depth_to_space", "fold", "rearrange", "space_to_depth", "unfold"]

_FORMATS = ("channels_last", "channels_first")


def _check(where: str, x: Any, block_size: int, data_format: str) -> None:
    if not isinstance(block_size, int) or block_size < 2:
        raise ArgumentError(f"{where}, block_size", "an integer of at least 2", repr(block_size), "Write block_size=2.")
    if data_format not in _FORMATS:
        raise ArgumentError(f"{where}, data_format", f"one of {_FORMATS}", repr(data_format), "Choose one of them.")
    if x.ndim != 4:
        raise ShapeError(where, "images, (batch, height, width, channels)", x.shape, "Write x[None] for one image.")


@operation
def depth_to_space(x, block_size, data_format="channels_last"):
    """Channels laid out as blocks of pixels: ``y[i * b + di, j * b + dj, c] = x[i, j, (di * b + dj) * channels + c]``.

    Shapes:
        ``(batch, height, width, b * b * channels) -> (batch, b * height, b * width, channels)``; with
        ``"channels_first"`` the channels stand in axis 1, and the new channel is the slowest part of the old.

    Example:
        >>> print(depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0])
        [[1 2]
         [3 4]]
    """
    x = array(x)
    _check("depth_to_space", x, block_size, data_format)
    pattern = {
        "channels_last": "n h w (a b c) -> n (h a) (w b) c",
        "channels_first": "n (c a b) h w -> n c (h a) (w b)",
    }
    return _rearranged(x, pattern[data_format], a=block_size, b=block_size)


@operation
def space_to_depth(x, block_size, data_format="channels_last"):
    """Blocks of pixels laid out as channels: the inverse of ``depth_to_space``.

    Shapes:
        ``(batch, b * height, b * width, channels) -> (batch, height, width, b * b * channels)``

    Example:
        >>> print(space_to_depth([[[[1], [2]], [[3], [4]]]], 2)[0, 0, 0])
        [1 2 3 4]
    """
    x = array(x)
    _check("space_to_depth", x, block_size, data_format)
    pattern = {
        "channels_last": "n (h a) (w b) c -> n h w (a b c)",
        "channels_first": "n c (h a) (w b) -> n (c a b) h w",
    }
    return _rearranged(x, pattern[data_format], a=block_size, b=block_size)


# ---- sliding windows


def _two(value: Any) -> tuple[int, int]:
    first, second = (value, value) if isinstance(value, int) else value
    return first, second


def _starts(length: int, kernel: int, dilation: int, padding: int, stride: int) -> np.ndarray:
    """The places, along one padded axis, that each window covers: ``(windows, kernel)``."""
    last = length + 2 * padding - dilation * (kernel - 1)
    return np.arange(0, last, stride)[:, None] + dilation * np.arange(kernel)


@operation
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """The windows that a convolution sees, each as a column.

    Args:
        x: images with the channels in axis 1.
        kernel_size, dilation, padding, stride: one number, or one for the height and one for the width.

    Shapes:
        ``(batch, channels, height, width) -> (batch, channels * kernel height * kernel width, windows)``

    Example:
        >>> print(unfold([[[[1, 2, 3], [4, 5, 6]]]], 2)[0])
        [[1 2]
         [2 3]
         [4 5]
         [5 6]]
    """
    x = array(x)
    if x.ndim != 4:
        raise ShapeError("unfold", "images, (batch, channels, height, width)", x.shape, "Write x[None] for one image.")
    return _unfolded(x, *(_two(each) for each in (kernel_size, dilation, padding, stride)))


def _unfolded(x: jax.Array, kernel: Any, dilation: Any, padding: Any, stride: Any) -> jax.Array:
    rows, columns = (
        _starts(length, *words) for length, *words in zip(x.shape[2:], kernel, dilation, padding, stride, strict=True)
    )
    x = jnp.pad(x, [(0, 0), (0, 0), (padding[0], padding[0]), (padding[1], padding[1])])
    windows = x[
        :, :, rows[:, None, :, None], columns[None, :, None, :]
    ]  # (batch, channels, down, right, kernel, kernel)
    windows = windows.transpose(0, 1, 4, 5, 2, 3)
    return windows.reshape(x.shape[0], math.prod(windows.shape[1:4]), math.prod(windows.shape[4:]))


@operation
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns put back as windows of images and added where they overlap: the transpose of ``unfold``.

    Args:
        x: columns.
        output_size: height and width of the images, one number or two.
        kernel_size, dilation, padding, stride: those of ``unfold``.

    Shapes:
        ``(batch, channels * kernel height * kernel width, windows) -> (batch, channels, height, width)``

    Example:
        >>> print(fold(unfold([[[[1.0, 2.0, 3.0]]]], (1, 2)), (1, 3), (1, 2))[0, 0])
        [[1. 4. 3.]]
    """
    x = array(x)
    if x.ndim != 3:
        raise ShapeError("fold", "columns, (batch, channels * kernel, windows)", x.shape, "Use what unfold gives.")
    words = [_two(each) for each in (kernel_size, dilation, padding, stride)]
    channels = x.shape[1] // math.prod(words[0])
    images = jax.ShapeDtypeStruct((x.shape[0], channels, *_two(output_size)), x.dtype)
    return jax.linear_transpose(lambda image: _unfolded(image, *words), images)(x)[0]


# ---- patterns


@operation
def rearrange(tensor, pattern, **axes_lengths):
    """Axes named by a pattern and put in another order, split or joined, as einops writes it.

    Args:
        tensor: an array.
        pattern: names of its axes, ``->``, and the names in the result; ``(h w)`` is one axis made of two, h the
            slower one.
        **axes_lengths: lengths of names that the array's shape leaves open.

    Example:
        >>> print(rearrange([[1, 2, 3, 4]], "b (h w) -> b h w", h=2))
        [[[1 2]
          [3 4]]]

    Reference:
        Rogozhnikov, 2022, Einops: clear and reliable tensor manipulations with Einstein-like notation.
    """
    return _rearranged(array(tensor), pattern, **axes_lengths)


def _rearranged(x: jax.Array, pattern: str, **axes_lengths: int) -> jax.Array:
    before, arrow, after = pattern.partition("->")
    sources, targets = _groups(before), _groups(after)
    names = [name for group in sources for name in group]
    wanted = [name for group in targets for name in group]
    if not arrow or len(sources) != x.ndim or sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        expected = f"{x.ndim} axes on the left, and the same names once each on both sides"
        raise ArgumentError("rearrange, pattern", expected, repr(pattern), "Write for example 'b h w c -> b (h w) c'.")
    lengths = dict(axes_lengths)
    for group, length in zip(sources, x.shape, strict=True):
        _fill(lengths, group, length, pattern)
    x = x.reshape([lengths[name] for name in names]).transpose([names.index(name) for name in wanted])
    return x.reshape([math.prod(lengths[name] for name in group) for group in targets])


def _groups(side: str) -> list[list[str]]:
    """``"b (h w)"`` -> ``[["b"], ["h", "w"]]``; ``1`` is an axis without a name."""
    return [[name for name in group.strip("()").split() if name != "1"] for group in re.findall(r"\([^)]*\)|\S+", side)]


def _fill(lengths: dict[str, int], group: list[str], length: int, pattern: str) -> None:
    """Finds the one length of a group that is not known yet, and checks that the group fits."""
    known = math.prod(lengths[name] for name in group if name in lengths)
    unknown = [name for name in group if name not in lengths]
    if len(unknown) == 1 and known and length % known == 0:
        lengths[unknown[0]] = length // known
    elif unknown or known != length:
        expected = f"lengths whose product is {length} for ({' '.join(group)}) in {pattern!r}"
        got = ", ".join(f"{name}={lengths.get(name, '?')}" for name in group)
        raise ShapeError("rearrange", expected, got or 1, "Give all lengths of the group but one, as name=length.")
