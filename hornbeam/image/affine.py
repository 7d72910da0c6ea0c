"""One image on the host, turned, shifted, slanted, zoomed or shaded: the arithmetic of ImageDataGenerator."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.image.files import array_to_img, img_to_array
from hornbeam.ops.pictures import known

FILL_MODES = ("nearest", "constant", "reflect", "wrap")


def affine_matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray:
    """Rotation · shift · shear · zoom, on ``(row, column, 1)`` measured from the middle: ``(3, 3)``.

    Args:
        theta: rotation in degrees.
        tx, ty: how far to the right and further down the result looks, in pixels.
        shear: in degrees.
        zx, zy: how much more of the image is seen along the width and the height.
    """
    turn, slant = np.deg2rad(theta), np.deg2rad(shear)
    # Keras multiplies matrices on (x, y) and exchanges the axes of the product: these are the exchanged ones
    rotation = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    shift = np.array([[1, 0, ty], [0, 1, tx], [0, 0, 1.0]])
    sheared = np.array([[np.cos(slant), 0, 0], [-np.sin(slant), 1, 0], [0, 0, 1]])
    return rotation @ shift @ sheared @ np.diag([zy, zx, 1.0])


def apply_affine_transform(
    x, theta=0, tx=0, ty=0, shear=0, zx=1, zy=1, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0,
    order=1,
):  # fmt: skip
    """One image seen through a rotation, shift, shear and zoom about its middle.

    Args:
        x: the image, of rank 3.
        theta: rotation in degrees.
        tx, ty: how far to the right and further down the result looks, in pixels.
        shear: slant in degrees.
        zx, zy: zoom along the width and the height; above 1 shows more.
        row_axis, col_axis, channel_axis: where rows, columns and channels are.
        fill_mode: what lies outside of ``a b c d``: ``"nearest"`` ``a a | a b c d | d d``, ``"constant"`` ``cval``,
            ``"reflect"`` ``b a | a b c d | d c``, ``"wrap"`` ``c d | a b c d | a b``.
        cval: the number outside with ``"constant"``.
        order: 0 takes the nearest pixel, 1 mixes the four around.

    Example:
        >>> image = np.arange(4.0).reshape(1, 1, 4)
        >>> print(apply_affine_transform(image, tx=1)[0, 0])
        [1. 2. 3. 3.]

    Differs:
        Keras takes half the height for the middle of the width, and the other way round, so that what is not square
        moves when it is turned. With ``"wrap"`` the image is repeated whole; Keras, by SciPy, lays the last pixel over
        the first.
    """
    x = np.asarray(x)
    if x.ndim != 3 or sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2]:
        got = f"shape {x.shape} with axes {row_axis}, {col_axis}, {channel_axis}"
        raise ShapeError("apply_affine_transform, x", "one image with rows, columns and channels", got, "Write x[0].")
    known("apply_affine_transform, fill_mode", fill_mode, FILL_MODES)
    if order not in (0, 1):
        raise ArgumentError("apply_affine_transform, order", "0 or 1", repr(order), "Write interpolation_order=1.")
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    image = x.transpose(row_axis, col_axis, channel_axis)
    matrix = affine_matrix(theta, tx, ty, shear, zx, zy)
    if col_axis < row_axis:
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    moved = _through(image, matrix, fill_mode, cval, order)
    return moved.transpose(np.argsort((row_axis, col_axis, channel_axis)))


def _through(image: np.ndarray, matrix: np.ndarray, mode: str, cval: float, order: int) -> np.ndarray:
    """The image at ``matrix`` times each place, both measured from the middle."""
    height, width, _ = image.shape
    middle = np.array([height / 2 - 0.5, width / 2 - 0.5])
    places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), -1) - middle
    rows, columns = np.moveaxis(places @ matrix[:2, :2].T + matrix[:2, 2] + middle, -1, 0)
    outside = np.zeros(rows.shape, bool)
    if mode == "constant":  # places beyond the outermost pixels are outside entirely
        outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
    if mode in ("constant", "nearest"):
        rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    if order == 0:
        result = image[_inside(np.floor(rows + 0.5), height, mode), _inside(np.floor(columns + 0.5), width, mode)]
        result = result.copy()
    else:
        above, left = np.floor(rows), np.floor(columns)
        down, right = (rows - above)[..., None], (columns - left)[..., None]
        pixel = {
            (i, j): image[_inside(above + i, height, mode), _inside(left + j, width, mode)]
            for i in (0, 1)
            for j in (0, 1)
        }
        upper = (1 - right) * pixel[0, 0] + right * pixel[0, 1]
        lower = (1 - right) * pixel[1, 0] + right * pixel[1, 1]
        result = (1 - down) * upper + down * lower
    result[outside] = cval
    return result.astype(image.dtype)


def _inside(places: np.ndarray, length: int, mode: str) -> np.ndarray:
    """The pixel that a place shows, inside the image."""
    index = places.astype(np.int64)
    if mode == "wrap":
        return index % length
    if mode == "reflect":
        index = index % (2 * length)
        return np.where(index < length, index, 2 * length - 1 - index)
    return np.clip(index, 0, length - 1)


def apply_channel_shift(x, intensity, channel_axis=0):
    """A number added to all channels; the image keeps its least and its largest value.

    Example:
        >>> print(apply_channel_shift(np.array([[[0.0, 100.0, 255.0]]]), 20.0))
        [[[ 20. 120. 255.]]]
    """
    return np.clip(x + intensity, np.min(x), np.max(x)).astype(np.asarray(x).dtype)


def apply_brightness_shift(x, brightness, scale=True):
    """An image made ``brightness`` times as bright, in whole numbers from 0 to 255.

    Args:
        x: one image.
        brightness: 0 is black, 1 changes nothing.
        scale: whether the image is stretched to 0 to 255 first; one with values outside of that is in any case.

    Example:
        >>> print(apply_brightness_shift(np.full((1, 2, 1), 100.0), 1.5, scale=False)[0, :, 0])
        [150. 150.]
    """
    from PIL import ImageEnhance

    low, high = float(np.min(x)), float(np.max(x))
    outside = low < 0 or high > 255
    brighter = ImageEnhance.Brightness(array_to_img(x, scale=outside or scale)).enhance(brightness)
    result = img_to_array(brighter)
    return result / 255 * (high - low) + low if outside and not scale else result


def _drawn(x: Any, arguments: dict[str, Any], more: tuple[Any, ...]) -> np.ndarray:
    row_axis, col_axis, channel_axis, fill_mode, cval, order = more
    return apply_affine_transform(
        x, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=order,
        **arguments,
    )  # fmt: skip


def random_rotation(
    x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):  # fmt: skip
    """One image turned by an angle drawn from ``-rg`` to ``rg`` degrees by NumPy's generator."""
    more = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return _drawn(x, {"theta": np.random.uniform(-rg, rg)}, more)


def random_shift(
    x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):  # fmt: skip
    """One image shifted by shares of its width and height, drawn up to ``wrg`` and ``hrg``."""
    more = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    ty = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    return _drawn(x, {"tx": np.random.uniform(-wrg, wrg) * x.shape[col_axis], "ty": ty}, more)


def random_shear(
    x, intensity, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):  # fmt: skip
    """One image slanted by an angle drawn from ``-intensity`` to ``intensity`` degrees."""
    more = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return _drawn(x, {"shear": np.random.uniform(-intensity, intensity)}, more)


def random_zoom(
    x, zoom_range, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):  # fmt: skip
    """One image zoomed along both axes by factors drawn between the two of ``zoom_range``."""
    more = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return _drawn(x, {"zx": zx, "zy": zy}, more)


def random_channel_shift(x, intensity_range, channel_axis=0):
    """``apply_channel_shift`` by a number drawn up to ``intensity_range``."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def random_brightness(x, brightness_range, scale=True):
    """``apply_brightness_shift`` by a factor drawn between the two of ``brightness_range``."""
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)
