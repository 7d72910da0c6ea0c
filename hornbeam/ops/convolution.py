"""Convolutions: windows that slide over the input, each with the same kernel.

All are written for inputs with the channels last. On a CPU they are products of matrices, on other platforms XLA's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.checks import word
from hornbeam.core.errors import ShapeError
from hornbeam.ops.operation import all_floats, operation
from hornbeam.ops.products import product
from hornbeam.ops.windows import (
    Window,
    as_given,
    by_slices,
    channels_last,
    checked,
    format_of,
    once,
    per_axis,
    places,
    rank_of,
    slices,
    windows,
)
from hornbeam.ops.winograd import has_pairs, product_of_pairs

# Bytes that patches may take at a time. A layer of 64 channels on 32 photographs would want 4 GB. Small parts
# stay in the caches: of a training step's processor time, in ms, 9 MB took on a text network 40.2 and 64 MB 42.6,
# on an MNIST network (8 MB) 47.3 and 45.5, and both the same on a CIFAR network.
AT_ONCE = 16 * 2**20

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


# ---- convolution


def convolve(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    dilation: Any = 1,
    groups: int = 1,
    where: str = "convolve",
) -> Any:
    """``y[n, i, f] = sum_{p, c} x[n, i * stride + p * dilation, c] * kernel[p, c, f]``, along one to three axes.

    Args:
        x: the input, channels last.
        kernel: ``(*window, channels / groups, filters)``.
        strides: steps from one position of the window to the next: one number, or one for each axis.
        padding: ``"valid"``, ``"same"`` or ``"causal"``.
        dilation: steps between neighbours in the window.
        groups: how many parts the channels are cut into; each filter sees one of them.
        where: for errors.

    Shapes:
        ``(batch, …, channels), (*window, channels / groups, filters) -> (batch, *positions, filters)``

    Example:
        >>> x, kernel = jnp.array([0.0, 3.0, 4.0, 5.0]), jnp.array([1.0, 2.0])
        >>> print(convolve(x.reshape(1, 4, 1), kernel.reshape(2, 1, 1)).ravel())
        [ 6. 11. 14.]
    """
    wins = windows(where, x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation)
    return (product_of_patches if by_slices() else native)(x, kernel, wins, groups)


def native(x: Any, kernel: Any, wins: Sequence[Window], groups: int = 1) -> Any:
    """Convolution by XLA's own."""
    last = x.ndim - 1
    between = tuple(range(1, last))
    of_input, of_kernel = (0, last, *between), (last, last - 1, *range(last - 1))
    return lax.conv_general_dilated(
        x,
        kernel,
        [win.stride for win in wins],
        [(win.low, win.high) for win in wins],
        rhs_dilation=[win.dilation for win in wins],
        dimension_numbers=lax.ConvDimensionNumbers(of_input, of_kernel, of_input),
        feature_group_count=groups,
    )


def product_of_patches(x: Any, kernel: Any, wins: Sequence[Window], groups: int = 1) -> Any:
    """Convolution as one product: all that a position sees, in a row, times the kernel as a matrix.

    Left to JAX, the gradients are what one would write: of the kernel patchesᵀ · gradient, of the input the gradient
    times kernelᵀ, shifted and added up; for data, whose slope nobody wants, the latter falls away.
    """
    numbers = math.prod(win.positions for win in wins) * len(places(wins)) * x.shape[-1]
    if has_pairs(kernel, wins, groups):
        return in_parts(lambda part: product_of_pairs(part, kernel, wins), x, numbers * 2 // 3)
    return in_parts(lambda part: _product_of_patches(part, kernel, wins, groups), x, numbers)


def _product_of_patches(x: Any, kernel: Any, wins: Sequence[Window], groups: int) -> Any:
    seen = slices(once(x), wins) if len(places(wins)) > 1 else slices(x, wins)
    filters = kernel.shape[-1]
    if groups == 1:
        # (batch, *positions, places · channels)
        return product(jnp.concatenate(seen, -1), kernel.reshape(-1, filters))
    grouped = [each.reshape(*each.shape[:-1], groups, -1) for each in seen]
    patches = jnp.concatenate(grouped, -1)  # (batch, *positions, groups, places · channels / groups)
    matrices = kernel.reshape(-1, groups, filters // groups)
    output = jnp.einsum("...gp,pgf->...gf", patches, matrices)
    return output.reshape(*output.shape[:-2], filters)


def in_parts(function: Callable[[Any], Any], x: Any, numbers: int) -> Any:
    """``function(x)``, part by part of the batch where it would take much memory between.

    Args:
        function: treats each sample alone.
        x: its input, the batch along axis 0.
        numbers: how many numbers it keeps for each sample. Above ``AT_ONCE`` bytes for the whole batch, they are made
            for a part of the batch at a time, and made again on the way back instead of kept.
    """
    batch, most = x.shape[0], AT_ONCE // x.dtype.itemsize
    if batch * numbers <= most:
        return function(x)
    size = max([size for size in range(1, batch + 1) if batch % size == 0 and size * numbers <= most], default=1)
    again = jax.checkpoint(function)
    if size == batch:
        return again(x)
    output = lax.map(again, x.reshape(batch // size, size, *x.shape[1:]))
    return output.reshape(batch, *output.shape[2:])


# ---- one filter, or several, for each channel


def convolve_depthwise(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", dilation: Any = 1, where: str = "convolve_depthwise"
) -> Any:
    """``y[n, i, c * multiplier + m] = sum_p x[n, i * stride + p * dilation, c] * kernel[p, c, m]``.

    Shapes:
        ``(batch, …, channels), (*window, channels, multiplier) -> (batch, *positions, channels · multiplier)``
    """
    wins = windows(where, x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation)
    if by_slices():
        return sum_of_slices(x, kernel, wins)
    channels, multiplier = kernel.shape[-2:]
    return native(x, kernel.reshape(*kernel.shape[:-2], 1, channels * multiplier), wins, channels)


def sum_of_slices(x: Any, kernel: Any, wins: Sequence[Window]) -> Any:
    """Depthwise convolution as a sum of slices, each times its place's numbers."""
    channels, multiplier = kernel.shape[-2:]
    weights = kernel.reshape(-1, *(1,) * len(wins), 1, channels, multiplier)
    total: Any = sum(each[..., None] * weight for each, weight in zip(slices(once(x), wins), weights, strict=True))
    return total.reshape(*total.shape[:-2], channels * multiplier)


# ---- transposed convolution


def convolve_transposed(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    dilation: Any = 1,
    where: str = "convolve_transposed",
) -> Any:
    """Each entry of the input adds its multiple of the kernel to the output, ``stride`` steps from its neighbour's.

    ``y[n, i * stride + p * dilation - cut, f] += sum_c x[n, i, c] * kernel[p, f, c]``: the transpose, as a linear map,
    of the convolution that has this kernel.

    Args:
        x: the input, channels last.
        kernel: ``(*window, filters, channels)``.
        strides: steps between the places that neighbours add to.
        padding: ``"valid"`` keeps all that is added to; ``"same"`` cuts the output to the input's length times stride.
        output_padding: further length at the end; None takes what makes the lengths those of ``padding``.
        dilation: steps between neighbours in the window.
        where: for errors.

    Shapes:
        ``(batch, …, channels), (*window, filters, channels) -> (batch, *longer, filters)``
    """
    rank = x.ndim - 2
    strides, dilation = per_axis(f"{where}, strides", strides, rank), per_axis(f"{where}, dilation", dilation, rank)
    extra = (None,) * rank
    if output_padding is not None:
        extra = per_axis(f"{where}, output_padding", output_padding, rank, low=0)  # type: ignore[assignment]
    wins = tuple(
        _spreading(*each, padding)
        for each in zip(x.shape[1:-1], kernel.shape[:-2], strides, dilation, extra, strict=True)
    )
    if any(win.positions < 1 for win in wins):
        raise ShapeError(
            where,
            "an output of at least one entry along each axis",
            tuple(win.positions for win in wins),
            "Give a longer input, or leave output_padding out.",
        )
    return (spread_products if by_slices() else native_transposed)(x, kernel, wins)


def _spreading(length: int, size: int, stride: int, dilation: int, extra: int | None, padding: str) -> Window:
    """The window along one axis; ``low`` and ``high`` say how much of the full output is cut off."""
    extent = (size - 1) * dilation + 1
    full = (length - 1) * stride + extent
    if padding == "valid":
        count = full + (max(stride - extent, 0) if extra is None else extra)
        return Window(size, stride, dilation, 0, full - count, count)
    count = length * stride if extra is None else (length - 1) * stride + extent % 2 + extra
    # what is cut off is shared by both ends; of an odd number the end has more, and the front never gets more
    cut = full - count
    low = max(cut // 2, 0)
    return Window(size, stride, dilation, low, cut - low, count)


def native_transposed(x: Any, kernel: Any, wins: Sequence[Window]) -> Any:
    """Transposed convolution by XLA's own."""
    last = x.ndim - 1
    between = tuple(range(1, last))
    of_input, of_kernel = (0, last, *between), (last, last - 1, *range(last - 1))
    return lax.conv_transpose(
        x,
        kernel,
        [win.stride for win in wins],
        [(win.extent - 1 - win.low, win.extent - 1 - win.high) for win in wins],
        rhs_dilation=[win.dilation for win in wins],
        dimension_numbers=lax.ConvDimensionNumbers(of_input, of_kernel, of_input),
        transpose_kernel=True,
    )


def spread_products(x: Any, kernel: Any, wins: Sequence[Window]) -> Any:
    """Transposed convolution as one product, whose parts are shifted and added up."""
    filters = kernel.shape[-2]
    number = len(places(wins))

    def spread(x: Any) -> Any:
        products = jnp.matmul(x, kernel.reshape(-1, kernel.shape[-1]).T)  # (batch, *lengths, places · filters)
        parts = jnp.split(products, number, -1)
        return sum(_spread_out(part, place, wins) for part, place in zip(parts, places(wins), strict=True))

    return in_parts(spread, x, math.prod(x.shape[1:-1]) * number * filters)


def _spread_out(part: Any, place: tuple[int, ...], wins: Sequence[Window]) -> Any:
    """One place's products at the places of the output where they belong, 0 elsewhere."""
    edges = [(0, 0, 0)]
    for length, at, win in zip(part.shape[1:-1], place, wins, strict=True):
        before = at - win.low
        after = win.positions - before - (length - 1) * win.stride - 1
        edges.append((before, after, win.stride - 1))
    return lax.pad(part, jnp.zeros((), part.dtype), [*edges, (0, 0, 0)])


# ---- operations in Keras's words


def _prepared(where: str, inputs: Any, kernel: Any, data_format: Any) -> tuple[Any, Any, str]:
    """Input with its channels last and kernel, of one float type, and the format."""
    x, kernel = all_floats(inputs, kernel)
    kind = jnp.promote_types(x.dtype, kernel.dtype)
    x, kernel = x.astype(kind), kernel.astype(kind)
    rank = rank_of(where, x)
    data_format = format_of(where, data_format)
    if kernel.ndim != rank + 2:
        raise ShapeError(
            f"{where}, kernel", f"{rank + 2} axes, as the inputs have", f"shape {kernel.shape}", "Give it that many."
        )
    return channels_last(x, data_format), kernel, data_format


def _check_channels(where: str, x: Any, channels: int) -> None:
    if x.shape[-1] != channels:
        raise ShapeError(
            where, f"{channels} channels, as the kernel has", x.shape[-1], "Check data_format and the kernel's axes."
        )


@operation
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution along one, two or three axes: ``y[n, i, f] = sum_{p, c} x[n, i * stride + p, c] * kernel[p, c, f]``.

    As everywhere in this field the kernel is not turned round: mathematicians call this a correlation.

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        kernel: ``(*window, channels / groups, filters)``; fewer channels than the input has make groups.
        strides: steps from one position to the next: one number, or one for each axis.
        padding: ``"valid"``: none; ``"same"``: zeros on both sides, so that the output is as long as the input divided
            by the stride; ``"causal"``: zeros before the beginning.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window.

    Example:
        >>> print(conv([[[0.0], [3.0], [4.0], [5.0]]], [[[1.0]], [[2.0]]])[0, :, 0])
        [ 6. 11. 14.]
    """
    x, kernel, data_format = _prepared("conv", inputs, kernel, data_format)
    padding = checked("conv, padding", word("valid", "same", "causal"), padding)
    channels, filters = kernel.shape[-2:]
    groups = x.shape[-1] // channels if channels else 0
    if groups == 0 or x.shape[-1] % channels or filters % groups:
        raise ShapeError(
            "conv, kernel",
            f"a kernel whose channels divide the input's {x.shape[-1]}, and filters that the groups so made divide",
            f"{channels} channels and {filters} filters",
            "Write a kernel (*window, channels / groups, filters).",
        )
    return as_given(convolve(x, kernel, strides, padding, dilation_rate, groups, "conv"), data_format)


@operation
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of each channel on its own: ``y[n, i, c * m + j] = sum_p x[n, i * stride + p, c] * kernel[p, c, j]``.

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        kernel: ``(*window, channels, m)``: m filters for each channel.
        strides, padding, data_format, dilation_rate: as in ``conv``.

    Example:
        >>> print(depthwise_conv([[[1.0, 10.0], [2.0, 20.0]]], [[[1.0], [1.0]], [[1.0], [2.0]]])[0])
        [[ 3. 50.]]
    """
    x, kernel, data_format = _prepared("depthwise_conv", inputs, kernel, data_format)
    padding = checked("depthwise_conv, padding", word("valid", "same", "causal"), padding)
    _check_channels("depthwise_conv", x, kernel.shape[-2])
    return as_given(convolve_depthwise(x, kernel, strides, padding, dilation_rate, "depthwise_conv"), data_format)


@operation
def separable_conv(
    inputs, depthwise_kernel, pointwise_kernel, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """A depthwise convolution, and a convolution with a window of one place that mixes the channels.

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        depthwise_kernel: ``(*window, channels, m)``.
        pointwise_kernel: ``(*(1, …), channels · m, filters)``.
        strides, padding, data_format, dilation_rate: of the depthwise convolution, as in ``conv``.

    Example:
        >>> print(separable_conv([[[1.0, 10.0], [2.0, 20.0]]], [[[1.0], [1.0]], [[1.0], [2.0]]], [[[1.0], [1.0]]])[0])
        [[53.]]
    """
    x, kernel, data_format = _prepared("separable_conv", inputs, depthwise_kernel, data_format)
    padding = checked("separable_conv, padding", word("valid", "same", "causal"), padding)
    _check_channels("separable_conv", x, kernel.shape[-2])
    middle = convolve_depthwise(x, kernel, strides, padding, dilation_rate, "separable_conv")
    middle, pointwise, _ = _prepared("separable_conv", middle, pointwise_kernel, "channels_last")
    _check_channels("separable_conv, pointwise_kernel", middle, pointwise.shape[-2])
    return as_given(convolve(middle, pointwise, where="separable_conv, pointwise_kernel"), data_format)


@operation
def conv_transpose(inputs, kernel, strides=1, padding="valid", output_padding=None, data_format=None, dilation_rate=1):
    """The transpose of a convolution, as a linear map: what goes from many entries to few goes back to as many.

    ``y[n, i * stride + p, f] += sum_c x[n, i, c] * kernel[p, f, c]``

    Args:
        inputs: ``(batch, …, channels)``, or ``(batch, channels, …)``.
        kernel: ``(*window, filters, channels)``.
        strides: steps between the places that neighbours add to.
        padding: ``"valid"`` keeps all of the output; ``"same"`` makes it as long as the input times the stride.
        output_padding: further length at the end, below the stride; None takes what ``padding`` says.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window.

    Example:
        >>> print(conv_transpose([[[1.0], [10.0]]], [[[1.0]], [[2.0]]], strides=2)[0, :, 0])
        [ 1.  2. 10. 20.]
    """
    x, kernel, data_format = _prepared("conv_transpose", inputs, kernel, data_format)
    padding = checked("conv_transpose, padding", word("valid", "same"), padding)
    _check_channels("conv_transpose", x, kernel.shape[-1])
    output = convolve_transposed(x, kernel, strides, padding, output_padding, dilation_rate, "conv_transpose")
    return as_given(output, data_format)
