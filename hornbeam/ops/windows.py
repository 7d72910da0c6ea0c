"""Windows that slide along the axes between batch and channels: where they lie, and the slices that they see.

A window of 3 places over 5 steps stands at 3 positions. Place by place, it sees three slices of the input,
``x[0:3]``, ``x[1:4]`` and ``x[2:5]``: convolution and pooling on a CPU are sums, products and maxima of such slices.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

from hornbeam.core.checks import Refused, integers, word
from hornbeam.core.dtypes import image_data_format
from hornbeam.core.engine import target
from hornbeam.core.errors import ArgumentError, ShapeError

# what the axes between batch and channels are called, by their number
AXES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
FORMATS = ("channels_last", "channels_first")


class Window(NamedTuple):
    """A window along one axis.

    Attributes:
        size: places.
        stride: steps from one position to the next.
        dilation: steps from one place to the next.
        low, high: padding before and after the axis.
        positions: how many there are: the length of the output.
    """

    size: int
    stride: int
    dilation: int
    low: int
    high: int
    positions: int

    @property
    def extent(self) -> int:
        """Steps from the first to the last place, both included."""
        return (self.size - 1) * self.dilation + 1

    @property
    def tiles(self) -> bool:
        """Whether the positions lie end to end, without padding."""
        return self.stride == self.size and self.dilation == 1 and not self.low and not self.high


def by_slices() -> bool:
    """Whether windows are taken apart into slices; if not, XLA's own convolution and reduce_window do the work.

    On a CPU, in a compiled training loop, XLA's convolution took 232 ms for a step of a CIFAR network that takes 15 as
    products of slices, and 1,070 against 33 ms for a text network. A GPU has cuDNN behind XLA's own.
    """
    return target() == "cpu"


# ---- arguments


def checked(where: str, convert: Callable[[Any], Any], value: Any) -> Any:
    """An argument as a converter of ``core.checks`` makes it, or its refusal as an ArgumentError."""
    try:
        return convert(value)
    except Refused as refused:
        raise ArgumentError(where, refused.expected, repr(value), refused.fix) from None


def per_axis(where: str, value: Any, rank: int, low: int = 1) -> tuple[int, ...]:
    """One integer for each of ``rank`` axes, from one for all or from several."""
    return checked(where, integers(rank, low), value)


def format_of(where: str, value: Any) -> str:
    """Where the channels are; None takes the default of the configuration."""
    return image_data_format() if value is None else checked(f"{where}, data_format", word(*FORMATS), value)


def layout(rank: int, data_format: str) -> str:
    """The axes in words: ``"(batch, height, width, channels)"``."""
    axes = (*AXES[rank], "channels") if data_format == "channels_last" else ("channels", *AXES[rank])
    return f"({', '.join(('batch', *axes))})"


def check_rank(where: str, shape: Sequence[int | None], rank: int, data_format: str) -> None:
    """Refuses inputs that have not ``rank`` axes between batch and channels."""
    if len(shape) == rank + 2:
        return
    fix = "Use Reshape before it."
    if len(shape) == rank + 1:
        fix = "Write x[..., None] if the axis of the channels is missing, x[None] for a single sample."
    elif len(shape) <= rank:
        fix = "Add the axes that are missing."
    raise ShapeError(where, f"an input with {rank + 2} axes, {layout(rank, data_format)}", f"shape {tuple(shape)}", fix)


def rank_of(where: str, x: Any) -> int:
    """How many axes lie between batch and channels: 1, 2 or 3."""
    if not 3 <= x.ndim <= 5:
        expected = "3, 4 or 5 axes: the batch, one to three that the window slides along, and the channels"
        raise ShapeError(where, expected, f"shape {x.shape}", "Write x[None] for one sample.")
    return x.ndim - 2


def channels_last(x: Any, data_format: str) -> Any:
    """Puts the channels at the end."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, 1, -1)


def as_given(x: Any, data_format: str) -> Any:
    """Puts the channels, which are at the end, where the format has them."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, -1, 1)


# ---- windows


def windows(
    where: str, lengths: Sequence[int], sizes: Sequence[int], strides: Any, padding: str, dilation: Any = 1
) -> tuple[Window, ...]:
    """The windows along axes of the given lengths.

    Args:
        where: for errors.
        lengths: of the axes.
        sizes: places along each axis.
        strides, dilation: one number, or one for each axis.
        padding: ``"valid"``: none; ``"same"``: the output is as long as the input, divided by the stride and rounded
            up; ``"causal"``: at the beginning only, so that no position sees what comes after it.

    Raises:
        ShapeError: a window has no position.
    """
    rank = len(lengths)
    strides, dilation = per_axis(f"{where}, strides", strides, rank), per_axis(f"{where}, dilation", dilation, rank)
    made = tuple(_window(*numbers, padding) for numbers in zip(lengths, sizes, strides, dilation, strict=True))
    if any(window.positions < 1 for window in made):
        extents = tuple(window.extent for window in made)
        small = [(name, *pair) for name, *pair in zip(AXES[rank], extents, lengths, strict=True) if pair[0] > pair[1]]
        if not small:
            raise ShapeError(where, "an input with at least one entry along each axis", tuple(lengths), "Give it more.")
        name, extent, length = small[0]
        raise ShapeError(
            where,
            f"an input of at least {extent} along {name}, where its window needs that much",
            length,
            "Choose a smaller window, padding='same', or fewer layers that shrink the input before it.",
        )
    return made


def _window(length: int, size: int, stride: int, dilation: int, padding: str) -> Window:
    extent = (size - 1) * dilation + 1
    if padding == "same":
        count = -(-length // stride)
        total = max((count - 1) * stride + extent - length, 0)
        return Window(size, stride, dilation, total // 2, total - total // 2, count)
    low = extent - 1 if padding == "causal" else 0
    return Window(size, stride, dilation, low, 0, (length + low - extent) // stride + 1)


def places(wins: Sequence[Window]) -> list[tuple[int, ...]]:
    """The places of a window, the last axis fastest, as steps from its first one."""
    return list(itertools.product(*(range(0, win.extent, win.dilation) for win in wins)))


def padded(x: Any, wins: Sequence[Window], fill: Any = 0) -> Any:
    """The input ``(batch, …, channels)`` with the windows' padding."""
    if not any(win.low or win.high for win in wins):
        return x
    edges = [(0, 0, 0), *((win.low, win.high, 0) for win in wins), (0, 0, 0)]
    return lax.pad(x, jnp.asarray(fill, x.dtype), edges)


def once(x: Any) -> Any:
    """The array itself, computed once on a CPU although many slices are taken of it, and its gradient likewise.

    XLA:CPU copies work that it thinks cheap into each of its consumers: bias, activation and pool into all nine slices
    of a 3x3 window, and on the way back the sum of nine shifted parts into each of a pool's four places.
    ``optimization_barrier`` does not keep it from that. A division counts as dear and is not copied. This one divides
    by 1, which XLA does not see and its code generator does, so nothing is left of it. In a training step of a CIFAR
    network what is not a matrix product took 5.4 ms without it and 3.3 with it.
    """
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return x
    larger_than_nan = lax.stop_gradient(x) > jnp.asarray(jnp.nan, x.dtype)  # nothing is
    return x / jnp.where(larger_than_nan, jnp.asarray(2, x.dtype), jnp.asarray(1, x.dtype))


def slices(x: Any, wins: Sequence[Window], fill: Any = 0) -> list[Any]:
    """What each place of the window sees at all positions.

    Shapes:
        ``(batch, …, channels) ->`` for each place ``(batch, *counts, channels)``

    Example:
        >>> x = jnp.arange(5).reshape(1, 5, 1)
        >>> [each.ravel().tolist() for each in slices(x, windows("example", [5], [2], 2, "valid"))]
        [[0, 2], [1, 3]]
    """
    x = padded(x, wins, fill)
    strides = (1, *(win.stride for win in wins), 1)
    found = []
    for place in places(wins):
        ends = [at + (win.positions - 1) * win.stride + 1 for at, win in zip(place, wins, strict=True)]
        found.append(lax.slice(x, (0, *place, 0), (x.shape[0], *ends, x.shape[-1]), strides))
    return found
