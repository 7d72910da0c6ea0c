"""Colours: shades of grey, and hue, saturation and value instead of red, green and blue."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import DataError, ShapeError
from hornbeam.ops.operation import array, operation
from hornbeam.ops.pictures import check_rank, computing, data_format_of

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

LUMA = (0.2989, 0.5870, 0.1140)  # ITU-R BT.601, as MATLAB's rgb2gray rounds them


def _checked(where: str, images: Any, data_format: Any, channels: tuple[int, ...]) -> tuple[jax.Array, int]:
    """Images and the axis of their channels, counted from the end."""
    images = array(images)
    axis = -1 if data_format_of(where, data_format) == "channels_last" else -3
    check_rank(f"{where}, images", images)
    if images.shape[axis] not in channels:
        listed = " or ".join(map(str, channels))
        fix = "Load it in color_mode='rgb', or say with data_format where its channels are."
        raise ShapeError(f"{where}, images", f"{listed} channels in axis {axis}", f"shape {images.shape}", fix)
    return images, axis


def _float(where: str, images: jax.Array) -> jax.Array:
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise DataError(f"{where}, images", "floats from 0 to 1", f"type {images.dtype}", "Divide by 255.0.")
    return images


def grey(images: jax.Array, axis: int) -> jax.Array:
    """The brightness of each pixel, with one channel in ``axis``."""
    red, green, blue = jnp.split(images, 3, axis)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


@operation
def rgb_to_grayscale(images, data_format=None):
    """The brightness of colours: ``0.2989 red + 0.587 green + 0.114 blue``.

    Args:
        images: one image or a batch, of 3 channels; those of 1 stay as they are.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3) -> (batch, height, width, 1)``

    Example:
        >>> print(rgb_to_grayscale(jnp.array([[[1.0, 0.0, 0.0]]])))
        [[[0.2989]]]

    Reference:
        ITU-R recommendation BT.601.
    """
    images, axis = _checked("rgb_to_grayscale", images, data_format, (3, 1))
    return images if images.shape[axis] == 1 else grey(computing(images), axis).astype(images.dtype)


@operation
def rgb_to_hsv(images, data_format=None):
    """Colours as hue, saturation and value: which colour, how strong, how bright; each from 0 to 1.

    Args:
        images: one image or a batch of floats, red, green and blue from 0 to 1.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> print(rgb_to_hsv(jnp.array([[[0.0, 0.5, 0.0]]])).round(3))
        [[[0.333 1.    0.5  ]]]

    Reference:
        Smith (1978), Color gamut transform pairs.
    """
    images, axis = _checked("rgb_to_hsv", images, data_format, (3,))
    images = _float("rgb_to_hsv", images)
    # what is 0 but for rounding has no hue
    images = jnp.where(jnp.abs(images) < float(jnp.finfo(images.dtype).eps), 0, images)
    red, green, blue = jnp.split(images, 3, axis)
    value = images.max(axis, keepdims=True)
    spread = value - images.min(axis, keepdims=True)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1), 0)
    sixth = 1 / (6 * jnp.where(spread > 0, spread, 1))
    hue = jnp.where(value == green, sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6)
    hue = jnp.where(value == red, sixth * (green - blue), hue)
    hue = jnp.where(spread > 0, hue, 0)
    return jnp.concatenate([jnp.where(hue < 0, hue + 1, hue), saturation, value], axis)


@operation
def hsv_to_rgb(images, data_format=None):
    """The inverse of ``rgb_to_hsv``.

    Args:
        images: one image or a batch of floats, hue, saturation and value from 0 to 1.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> print(hsv_to_rgb(jnp.array([[[1 / 3, 1.0, 0.5]]])).round(3))
        [[[0.  0.5 0. ]]]

    Reference:
        Smith (1978), Color gamut transform pairs.
    """
    images, axis = _checked("hsv_to_rgb", images, data_format, (3,))
    hue, saturation, value = jnp.split(_float("hsv_to_rgb", images), 3, axis)
    turn = jnp.mod(hue, 1.0) * 6.0  # the circle of colours in six parts
    red = jnp.clip(jnp.abs(turn - 3) - 1, 0, 1)
    green = jnp.clip(2 - jnp.abs(turn - 2), 0, 1)
    blue = jnp.clip(2 - jnp.abs(turn - 4), 0, 1)
    colour = jnp.concatenate([red, green, blue], axis)
    return value * (1 - saturation + saturation * colour)
