"""More of ``keras.backend``: convolutions, pools, normalisation and small change."""

from __future__ import annotations

from typing import Any

import jax

from hornbeam import config, ops
from hornbeam.core.errors import ArgumentError
from hornbeam.core.symbolic import recordable
from hornbeam.core.variable import Variable
from hornbeam.graph.tensor import SymbolicTensor


def conv2d(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1
) -> Any:
    """Convolution; by their shapes of series, pictures or volumes."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


conv1d = conv3d = conv2d


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None
) -> Any:
    """Convolution turned round; ``output_shape`` must be the shape that follows from the other words."""
    y = ops.conv_transpose(x, kernel, strides, padding, None, data_format)
    if tuple(output_shape)[1:] != tuple(y.shape)[1:]:
        expected, got = f"{tuple(y.shape)[1:]} after the batch axis", tuple(output_shape)[1:]
        raise ArgumentError("K.conv2d_transpose, output_shape", expected, got, "Write this shape, or other strides.")
    return y


conv3d_transpose = conv2d_transpose


def depthwise_conv2d(
    x: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1
) -> Any:
    """Convolution of each channel by itself."""
    return ops.depthwise_conv(x, kernel, strides, padding, data_format, dilation_rate)


def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution of each channel by itself, then across channels."""
    return ops.separable_conv(x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate)


separable_conv1d = separable_conv2d


def pool2d(
    x: Any, pool_size: Any, strides: Any = 1, padding: str = "valid", data_format: Any = None, pool_mode: str = "max"
) -> Any:
    """The largest or the mean (``"avg"``) of each window; windows move by 1 unless strides say more."""
    if pool_mode not in ("max", "avg"):
        raise ArgumentError("K.pool2d, pool_mode", "'max' or 'avg'", repr(pool_mode), "Write 'max'.")
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


pool3d = pool2d


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: Any = None, interpolation: str = "nearest"
) -> Any:
    """Pictures made larger by whole factors."""
    first = (data_format or config.image_data_format()) == "channels_first"
    rows, columns = (2, 3) if first else (1, 2)
    if interpolation == "nearest":
        return ops.repeat(ops.repeat(x, height_factor, rows), width_factor, columns)
    size = (x.shape[rows] * height_factor, x.shape[columns] * width_factor)
    return ops.image.resize(x, size, interpolation, data_format="channels_first" if first else "channels_last")


def resize_volumes(x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: Any = None) -> Any:
    """Volumes made larger by whole factors: every entry several times."""
    first = (data_format or config.image_data_format()) == "channels_first"
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), 2 if first else 1):
        x = ops.repeat(x, factor, axis)
    return x


def spatial_3d_padding(x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: Any = None) -> Any:
    """Zeros around volumes."""
    around = tuple(tuple(side) for side in padding)
    first = (data_format or config.image_data_format()) == "channels_first"
    return ops.pad(x, ((0, 0), (0, 0), *around) if first else ((0, 0), *around, (0, 0)))


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """``gamma · (x - mean) / sqrt(var + epsilon) + beta``; the arrays are as x, with length 1 where they are shared."""
    normal = (x - mean) / ops.sqrt(var + epsilon)
    normal = normal if gamma is None else normal * gamma
    return normal if beta is None else normal + beta


def moving_average_update(x: Variable, value: Any, momentum: float) -> Variable:
    """Moves a Variable towards a value: ``momentum · x + (1 - momentum) · value``; returns it."""
    return x.assign(x.value * momentum + value * (1 - momentum))


def slice(x: Any, start: Any, size: Any) -> Any:
    """The block of entries that begins at a place; a size of -1 goes to the end."""
    return ops.slice(x, start, size)


def identity(x: Any, name: str | None = None) -> Any:
    """x itself."""
    return x


to_dense = identity


@recordable
def print_tensor(x: Any, message: str = "") -> Any:
    """Prints a message and the numbers, in a compiled program whenever it runs; returns x."""
    jax.debug.print("{message} {x}", message=message, x=x)
    return x


def get_variable_shape(x: Any) -> tuple[int, ...]:
    """The shape of a Variable."""
    return tuple(x.shape)


def is_variable(x: Any) -> bool:
    """Whether it is a Variable."""
    return isinstance(x, Variable)


def is_placeholder(x: Any) -> bool:
    """Whether it is a symbolic tensor, whose numbers come later."""
    return isinstance(x, SymbolicTensor)


def is_tensor(x: Any) -> bool:
    """Whether it is a tensor: an array, a Variable or a symbolic one."""
    return isinstance(x, (SymbolicTensor, Variable)) or ops.is_tensor(x)
