"""Images made larger or smaller: one product with a matrix of weights for each axis."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import array, floats, operation
from hornbeam.ops.pictures import back_to, check_rank, check_size, computing, data_format_of, known, lengths

__all__ = ["resize", "scale_and_translate"]

INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
METHODS = ("linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3", "lanczos5")


# ---- kernels: the weight of a pixel at distance x, in NumPy for constant and in JAX for traced distances


def _triangle(xp: Any, x: Any) -> Any:
    return xp.maximum(0, 1 - x)


def _cubic(xp: Any, x: Any) -> Any:
    """Keys's cubic convolution with a = -1/2."""
    near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return xp.where(x < 1, near, xp.where(x < 2, far, 0))


def _lanczos(radius: int) -> Any:
    """sinc(x) · sinc(x / radius) up to the radius."""
    return lambda xp, x: xp.where(x > radius, 0, xp.sinc(x) * xp.sinc(x / radius))


_KERNELS = {"lanczos3": _lanczos(3), "lanczos5": _lanczos(5)}
_KERNELS |= dict.fromkeys(("linear", "bilinear", "trilinear"), _triangle)
_KERNELS |= dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic)


def resampling_matrix(
    length: int, target: int, method: str, antialias: bool, scale: Any = None, translation: Any = 0.0
) -> Any:
    """The weights that make ``target`` samples along an axis from ``length`` pixels, each row of sum 1.

    Sample i lies at ``(i + 1/2 - translation) / scale - 1/2``; a pixel at distance d from it weighs ``k(d)``, with
    antialias ``k(d · scale)`` where the image becomes smaller. Samples outside the image have weights 0.

    Args:
        length: pixels along the axis.
        target: samples along the axis.
        method: name of the kernel k.
        antialias: whether the kernel widens where the image becomes smaller.
        scale: samples per pixel; ``target / length`` when None. Constants are computed on the host, once.
        translation: shift of the result, in samples.

    Shapes:
        ``(target, length)``

    Example:
        >>> print(resampling_matrix(4, 2, "bilinear", False))
        [[0.5 0.5 0.  0. ]
         [0.  0.  0.5 0.5]]
    """
    traced = isinstance(scale, jax.Array) or isinstance(translation, jax.Array)
    xp: Any = jnp if traced else np
    scale = target / length if scale is None else scale
    kind = scale.dtype if traced else np.float64
    places = (xp.arange(target, dtype=kind) + 0.5 - translation) / scale - 0.5
    distance = xp.abs(places[:, None] - xp.arange(length, dtype=kind)[None, :])
    if antialias:
        distance = distance * xp.minimum(scale, 1.0)
    weights = _KERNELS[method](xp, distance)
    total = weights.sum(1, keepdims=True)
    # a thousand times float32's step: below it a sum of weights is rounding, and dividing by it noise
    weights = xp.where(abs(total) > 1000 * 2.0**-23, weights / xp.where(total == 0, 1, total), 0)
    return xp.where(((places >= -0.5) & (places <= length - 0.5))[:, None], weights, 0)


def along(images: jax.Array, axis: int, matrix: Any) -> jax.Array:
    """The product of a matrix with an axis."""
    product = jax.lax.Precision.HIGHEST  # a GPU would round weights to 10 bits
    letters = "abcdefgh"[: images.ndim]
    new = letters[:axis] + "z" + letters[axis + 1 :]
    return jnp.einsum(
        f"z{letters[axis]},{letters}->{new}", jnp.asarray(matrix, images.dtype), images, precision=product
    )


@operation
def resize(
    images, size, interpolation="bilinear", antialias=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False,
    fill_mode="constant", fill_value=0.0, data_format=None,
):  # fmt: skip
    """Images brought to another size.

    Pixel centres are at halves: sample i of a new axis lies at ``(i + 1/2) · old / new - 1/2`` of the old one.

    Args:
        images: one image or a batch; whole numbers stay so, rounded.
        size: new height and width.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        antialias: average over all old pixels where the image becomes smaller, instead of sampling some.
        crop_to_aspect_ratio: take the largest window in the middle that has the new ratio of height to width.
        pad_to_aspect_ratio: keep the whole image and fill at both sides up to that ratio.
        fill_mode: ``"constant"`` alone.
        fill_value: the number to fill with.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, *size, channels)``; without a batch axis too.

    Example:
        >>> print(resize(jnp.arange(4.0).reshape(1, 4, 1), (1, 2))[0, :, 0])
        [0.5 2.5]

    Reference:
        Keys (1981), Cubic convolution interpolation; Duchon (1979), Lanczos filtering in one and two dimensions.
    """
    images = array(images)
    size, data_format = check_size("resize, size", size), data_format_of("resize", data_format)
    known("resize, interpolation", interpolation, INTERPOLATIONS)
    known("resize, fill_mode", fill_mode, ("constant",))
    check_rank("resize, images", images)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        fix = "Choose one of them."
        raise ArgumentError("resize", "crop_to_aspect_ratio or pad_to_aspect_ratio", "both", fix)
    if crop_to_aspect_ratio:
        images = window(images, size, data_format)
    if pad_to_aspect_ratio:
        images = _filled(images, size, data_format, fill_value)
    first = images.ndim - (3 if data_format == "channels_last" else 2)
    return _resized(images, first, size, interpolation, antialias)


def _resized(images: jax.Array, first: int, size: tuple[int, int], method: str, antialias: bool) -> jax.Array:
    todo = [(first + k, images.shape[first + k], size[k]) for k in (0, 1) if images.shape[first + k] != size[k]]
    todo.sort(key=lambda each: each[2] / each[1])  # what becomes smaller first: less is left for the other
    result = images if method == "nearest" else computing(images)
    for axis, length, target in todo:
        if method == "nearest":
            result = jnp.take(result, (2 * np.arange(target) + 1) * length // (2 * target), axis=axis)
        else:
            result = along(result, axis, resampling_matrix(length, target, method, antialias))
    return back_to(result, images.dtype)


def window(images: jax.Array, size: tuple[int, int], data_format: str) -> jax.Array:
    """The largest window in the middle of images that has the ratio of ``size``."""
    height, width = lengths(images, data_format)
    tall = max(min(height, width * size[0] // size[1]), 1)
    wide = max(min(width, height * size[1] // size[0]), 1)
    return cut(images, (height - tall) // 2, (width - wide) // 2, tall, wide, data_format)


def cut(images: jax.Array, top: Any, left: Any, height: int, width: int, data_format: str) -> jax.Array:
    """A window of images; its corner may be traced."""
    first = images.ndim - (3 if data_format == "channels_last" else 2)
    images = jax.lax.dynamic_slice_in_dim(images, top, height, first)
    return jax.lax.dynamic_slice_in_dim(images, left, width, first + 1)


def _filled(images: jax.Array, size: tuple[int, int], data_format: str, value: Any) -> jax.Array:
    """Images filled at both sides up to the ratio of ``size``."""
    height, width = lengths(images, data_format)
    above = (max(height, width * size[0] // size[1]) - height) // 2
    beside = (max(width, height * size[1] // size[0]) - width) // 2
    sides = [(0, 0)] * images.ndim
    first = images.ndim - (3 if data_format == "channels_last" else 2)
    sides[first], sides[first + 1] = (above, above), (beside, beside)
    return jnp.pad(images, sides, constant_values=jnp.asarray(value, images.dtype))


@operation
def scale_and_translate(images, output_shape, scale, translation, spatial_dims, method, antialias=True):
    """An array scaled and shifted along some of its axes: pixel x goes to ``x · scale + translation``.

    Places are measured from the array's edge, in pixels. What comes from outside is 0.

    Args:
        images: an array of any rank.
        output_shape: the shape of the result.
        scale: one factor for each of ``spatial_dims``.
        translation: one shift for each of them.
        spatial_dims: the axes that are scaled; the others keep their length.
        method: ``"linear"``, ``"cubic"``, ``"lanczos3"`` or ``"lanczos5"`` (``"bilinear"``, ``"bicubic"``, … are the
            same).
        antialias: average over all old pixels where the image becomes smaller.

    Example:
        >>> print(scale_and_translate(jnp.arange(4.0), (4,), [1.0], [1.0], (0,), "linear"))
        [0. 0. 1. 2.]
    """
    images, scale, translation = array(images), floats(scale), floats(translation)
    known("scale_and_translate, method", method, METHODS)
    axes, shape = tuple(spatial_dims), tuple(output_shape)
    kept = [axis for axis in range(images.ndim) if axis not in [each % images.ndim for each in axes]]
    if len(shape) != images.ndim or scale.shape != (len(axes),) or translation.shape != scale.shape:
        expected = f"{images.ndim} lengths, and one scale and translation for each of {len(axes)} axes"
        got = f"output_shape {shape}, scale {scale.shape}, translation {translation.shape}"
        raise ShapeError("scale_and_translate", expected, got, "Write them as lists.")
    if any(shape[axis] != images.shape[axis] for axis in kept):
        expected = f"the lengths of {images.shape} along axes {kept}"
        raise ShapeError("scale_and_translate, output_shape", expected, shape, "Name those axes in spatial_dims.")
    result = computing(images)
    for place, axis in enumerate(axes):
        matrix = resampling_matrix(images.shape[axis], shape[axis], method, antialias, scale[place], translation[place])
        result = along(result, axis % images.ndim, matrix)
    return result.astype(images.dtype) if jnp.issubdtype(images.dtype, jnp.floating) else result


# ---- on the host, for pictures that each have a size of their own: nothing to compile


def _area_matrix(length: int, target: int) -> np.ndarray:
    """The share that each pixel has in each of ``target`` equal parts of an axis: ``(target, length)``."""
    edges = np.arange(target + 1) * (length / target)
    begin, end = edges[:-1, None], edges[1:, None]
    pixel = np.arange(length)
    overlap = np.minimum(end, pixel + 1) - np.maximum(begin, pixel)
    return np.maximum(overlap, 0) * (target / length)


def host_resize(
    image: np.ndarray, size: tuple[int, int], interpolation: str, crop: bool = False, pad: bool = False
) -> np.ndarray:
    """``resize`` of one image ``(height, width, channels)`` by NumPy; ``"area"`` averages what falls together.

    Example:
        >>> print(host_resize(np.arange(4.0, dtype="float32").reshape(1, 4, 1), (1, 2), "area")[0, :, 0])
        [0.5 2.5]
    """
    height, width, _ = image.shape
    if crop:
        tall = max(min(height, width * size[0] // size[1]), 1)
        wide = max(min(width, height * size[1] // size[0]), 1)
        top, left = (height - tall) // 2, (width - wide) // 2
        image = image[top : top + tall, left : left + wide]
    if pad:
        above = (max(height, width * size[0] // size[1]) - height) // 2
        beside = (max(width, height * size[1] // size[0]) - width) // 2
        image = np.pad(image, ((above, above), (beside, beside), (0, 0)))
    if interpolation == "nearest":
        rows, columns = (
            (2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(image.shape, size, strict=False)
        )
        return image[rows[:, None], columns[None, :]]
    matrices = [_host_matrix(old, new, interpolation) for old, new in zip(image.shape, size, strict=False)]
    # of a large picture most pixels have no weight: leave them out first
    rows, columns = (np.flatnonzero(matrix.any(0)) for matrix in matrices)
    used = image[rows[:, None], columns[None, :]]
    down, across = (matrix[:, kept] for matrix, kept in zip(matrices, (rows, columns), strict=True))
    first = np.tensordot(down, used, (1, 0))  # (height, columns, channels)
    return np.ascontiguousarray(np.moveaxis(np.tensordot(across, first, (1, 1)), 0, 1), np.float32)


def _host_matrix(length: int, target: int, interpolation: str) -> np.ndarray:
    if length == target:
        return np.eye(length, dtype=np.float32)
    area = interpolation == "area"
    matrix = _area_matrix(length, target) if area else resampling_matrix(length, target, interpolation, False)
    return matrix.astype(np.float32)
