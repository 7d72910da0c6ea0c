"""Parts of images: patches on a grid, windows cut out, borders put around."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import array, operation
from hornbeam.ops.pictures import check_rank, data_format_of, known, lengths

__all__ = ["crop_images", "extract_patches", "extract_patches_3d", "pad_images"]


def _each(where: str, value: Any, count: int) -> tuple[int, ...]:
    """One positive whole number for each axis."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    good = all(hasattr(each, "__index__") and not isinstance(each, bool) and each > 0 for each in values)
    if len(values) != count or not good:
        expected = f"a positive integer, or {count} of them"
        raise ArgumentError(where, expected, repr(value), f"Write for example {(3,) * count}.")
    return tuple(int(each) for each in values)


def _patches(where: str, images: Any, size: Any, strides: Any, dilation: Any, padding: str, data_format: Any) -> Any:
    """Patches along all axes of space; ``size`` says how many those are."""
    images, count = array(images), len(size)
    data_format = data_format_of(where, data_format)
    known(f"{where}, padding", padding, ("valid", "same"))
    if images.ndim not in (count + 1, count + 2):
        axes = "(batch, " + ", ".join(("depth", "height", "width")[-count:]) + ", channels)"
        raise ShapeError(f"{where}, images", axes, f"shape {images.shape}", "The batch axis may be left out.")
    strides = size if strides is None else _each(f"{where}, strides", strides, count)
    dilation = _each(f"{where}, dilation_rate", dilation, count)
    batch = images[None] if images.ndim == count + 1 else images
    batch = jnp.moveaxis(batch, 1, -1) if data_format == "channels_first" else batch
    found = _windows(where, batch, size, strides, dilation, padding == "same")
    found = jnp.moveaxis(found, -1, 1) if data_format == "channels_first" else found
    return found[0] if images.ndim == count + 1 else found


def _windows(where: str, x: jax.Array, size: Any, strides: Any, dilation: Any, same: bool) -> jax.Array:
    """Every window of a batch as one row of channels, one strided slice for each place in a window."""
    covered = [(length - 1) * step + 1 for length, step in zip(size, dilation, strict=True)]
    space = x.shape[1:-1]
    if same:
        counts = [-(-length // stride) for length, stride in zip(space, strides, strict=True)]
        missing = [
            max((count - 1) * stride + cover - length, 0)
            for count, stride, cover, length in zip(counts, strides, covered, space, strict=True)
        ]
        x = jnp.pad(x, [(0, 0), *((each // 2, each - each // 2) for each in missing), (0, 0)])
    elif any(cover > length for cover, length in zip(covered, space, strict=True)):
        fix = "Use smaller patches, or padding='same'."
        raise ShapeError(where, f"images of at least {tuple(covered)} pixels", f"shape {x.shape}", fix)
    ends = [length - cover + 1 for length, cover in zip(x.shape[1:-1], covered, strict=True)]
    parts = []
    for place in itertools.product(*map(range, size)):
        first = [k * step for k, step in zip(place, dilation, strict=True)]
        cut = tuple(slice(a, a + end, stride) for a, end, stride in zip(first, ends, strides, strict=True))
        parts.append(x[(slice(None), *cut)])
    joined = jnp.stack(parts, -2)  # (batch, down, right, place in the window, channels)
    return joined.reshape(*joined.shape[:-2], math.prod(joined.shape[-2:]))


@operation
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """Patches of images on a grid, each as one row: row by row, and in each pixel all channels.

    Args:
        images: one image or a batch; with three lengths in ``size``, volumes.
        size: height and width of a patch, one number or two; three for volumes.
        strides: from one patch to the next; ``size`` when None, so that they do not overlap.
        dilation_rate: take every n-th pixel.
        padding: ``"valid"`` takes patches inside the image, ``"same"`` fills with zeros at the border.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, down, across, patch height * patch width * channels)``

    Example:
        >>> print(extract_patches(jnp.arange(8).reshape(2, 4, 1), 2))
        [[[0 1 4 5]
          [2 3 6 7]]]
    """
    volumes = isinstance(size, (tuple, list)) and len(size) == 3
    size = _each("extract_patches, size", size, 3 if volumes else 2)
    return _patches("extract_patches", images, size, strides, dilation_rate, padding, data_format)


@operation
def extract_patches_3d(volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """``extract_patches`` of volumes ``(batch, depth, height, width, channels)``.

    Example:
        >>> extract_patches_3d(jnp.ones((1, 4, 4, 4, 2)), 2).shape
        (1, 2, 2, 2, 16)
    """
    size = _each("extract_patches_3d, size", size, 3)
    return _patches("extract_patches_3d", volumes, size, strides, dilation_rate, padding, data_format)


# ---- windows and borders


def _two_of_three(where: str, before: Any, after: Any, target: Any, names: tuple[str, str, str]) -> None:
    given = dict(zip(names, (before, after, target), strict=True))
    wrong = {name: value for name, value in given.items() if value is not None and value < 0}
    if list(given.values()).count(None) != 1 or wrong:
        shown = ", ".join(f"{name}={value}" for name, value in given.items())
        raise ArgumentError(where, f"exactly two of {', '.join(names)}, none below 0", shown, "Leave one out.")


@operation
def crop_images(
    images, top_cropping=None, left_cropping=None, bottom_cropping=None, right_cropping=None, target_height=None,
    target_width=None, data_format=None,
):  # fmt: skip
    """A window of images. Of top, bottom and height exactly two are given, and of left, right and width.

    Args:
        images: one image or a batch.
        top_cropping, left_cropping, bottom_cropping, right_cropping: pixels that are cut off at each side.
        target_height, target_width: pixels that are left.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, target_height, target_width, channels)``

    Example:
        >>> image = jnp.arange(12).reshape(3, 4, 1)
        >>> print(crop_images(image, 1, 1, target_height=2, target_width=2)[:, :, 0])
        [[ 5  6]
         [ 9 10]]
    """
    images = array(images)
    data_format = data_format_of("crop_images", data_format)
    check_rank("crop_images, images", images)
    _two_of_three("crop_images", top_cropping, bottom_cropping, target_height,
                  ("top_cropping", "bottom_cropping", "target_height"))  # fmt: skip
    _two_of_three("crop_images", left_cropping, right_cropping, target_width,
                  ("left_cropping", "right_cropping", "target_width"))  # fmt: skip
    height, width = lengths(images, data_format)
    top = height - target_height - bottom_cropping if top_cropping is None else top_cropping
    left = width - target_width - right_cropping if left_cropping is None else left_cropping
    tall = height - bottom_cropping - top if target_height is None else target_height
    wide = width - right_cropping - left if target_width is None else target_width
    if min(top, left, tall, wide) < 0 or top + tall > height or left + wide > width:
        got = f"rows {top} to {top + tall} and columns {left} to {left + wide}"
        raise ShapeError("crop_images", f"a window inside {height} x {width} pixels", got, "Cut off less.")
    first = images.ndim - (3 if data_format == "channels_last" else 2)
    return images[(slice(None),) * first + (slice(top, top + tall), slice(left, left + wide))]


@operation
def pad_images(
    images, top_padding=None, left_padding=None, bottom_padding=None, right_padding=None, target_height=None,
    target_width=None, data_format=None,
):  # fmt: skip
    """Zeros around images. Of top, bottom and height exactly two are given, and of left, right and width.

    Args:
        images: one image or a batch.
        top_padding, left_padding, bottom_padding, right_padding: rows or columns of zeros at each side.
        target_height, target_width: height and width of the result.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, target_height, target_width, channels)``

    Example:
        >>> print(pad_images(jnp.ones((1, 2, 1)), 0, 1, target_height=2, target_width=4)[:, :, 0])
        [[0. 1. 1. 0.]
         [0. 0. 0. 0.]]
    """
    images = array(images)
    data_format = data_format_of("pad_images", data_format)
    check_rank("pad_images, images", images)
    _two_of_three("pad_images", top_padding, bottom_padding, target_height,
                  ("top_padding", "bottom_padding", "target_height"))  # fmt: skip
    _two_of_three("pad_images", left_padding, right_padding, target_width,
                  ("left_padding", "right_padding", "target_width"))  # fmt: skip
    height, width = lengths(images, data_format)
    sides = [
        _sides(top_padding, bottom_padding, target_height, height),
        _sides(left_padding, right_padding, target_width, width),
    ]
    if min(map(min, sides)) < 0:
        got = f"images of {height} x {width}, with borders {sides}"
        raise ShapeError("pad_images", "a target at least as large as the images", got, "Raise the target.")
    first = images.ndim - (3 if data_format == "channels_last" else 2)
    return jnp.pad(images, [(0, 0)] * first + sides + [(0, 0)] * (images.ndim - first - 2))


def _sides(before: Any, after: Any, target: Any, length: int) -> tuple[int, int]:
    before = target - after - length if before is None else before
    return before, target - before - length if after is None else after
