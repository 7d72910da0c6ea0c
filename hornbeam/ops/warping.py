"""Images sampled at other places: affine and perspective transforms, elastic distortions."""

from __future__ import annotations

import functools
import itertools
import operator
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.filtering import blurred, gaussian
from hornbeam.ops.noise import branch, normal
from hornbeam.ops.operation import array, operation
from hornbeam.ops.pictures import as_given, channels_last, check_rank, computing, data_format_of, known

__all__ = ["affine_transform", "elastic_transform", "map_coordinates", "perspective_transform"]

INTERPOLATIONS = ("nearest", "bilinear")
FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


# ---- sampling


def _mirrored(index: Any, length: int) -> Any:
    """d c b | a b c d | c b a"""
    return abs((index + length - 1) % max(2 * (length - 1), 1) - (length - 1))


def _inside(index: Any, length: int, mode: str) -> Any:
    """The pixel inside the image that a place outside shows."""
    if mode == "wrap":
        return index % length
    if mode == "mirror":
        return _mirrored(index, length)
    if mode == "reflect":  # d c b a | a b c d | d c b a
        return (_mirrored(2 * index + 1, 2 * length + 1) - 1) // 2
    return jnp.clip(index, 0, length - 1)


def _taps(places: jax.Array, length: int, order: int, mode: str) -> list[tuple[Any, Any, Any]]:
    """The pixels that make a sample along one axis: their index, weight, and whether they are inside."""
    if order == 0:  # half pixels away from zero, as SciPy does
        rounded = jnp.where(places >= 0, jnp.floor(places + 0.5), jnp.ceil(places - 0.5))
        ends = [(rounded.astype(jnp.int32), jnp.ones_like(places))]
    else:
        below = jnp.floor(places)
        share = places - below
        ends = [(below.astype(jnp.int32), 1 - share), (below.astype(jnp.int32) + 1, share)]
    inside = mode != "constant"
    return [
        (_inside(index, length, mode), weight, None if inside else (index >= 0) & (index < length))
        for index, weight in ends
    ]


def _mixed(gathered: Any, taps: list[list[tuple]], fill: Any, spread: Any) -> jax.Array:
    """The sum over all corners of weight times pixel, or times the fill value where the pixel is outside."""
    parts = []
    for corner in itertools.product(*taps):
        indices, weights, valid = zip(*corner, strict=True)
        pixel = gathered(*indices)
        if valid[0] is not None:
            pixel = jnp.where(spread(functools.reduce(operator.and_, valid)), pixel, fill)
        parts.append(spread(functools.reduce(operator.mul, weights)).astype(pixel.dtype) * pixel)
    return functools.reduce(operator.add, parts)


def _rounded(values: jax.Array, dtype: Any) -> jax.Array:
    """As a number type; whole numbers are rounded, halves away from zero."""
    if jnp.issubdtype(dtype, jnp.integer):
        values = jnp.where(values >= 0, jnp.floor(values + 0.5), jnp.ceil(values - 0.5))
    return values.astype(dtype)


def sample(images: jax.Array, rows: jax.Array, columns: jax.Array, order: int, mode: str, fill: Any) -> jax.Array:
    """Images at other places: for each of them its own grid of rows and columns.

    All channels of a pixel are fetched together.

    Args:
        images: a batch.
        rows, columns: where in the image each pixel of the result lies, 0 the centre of the first pixel.
        order: 0 takes the nearest pixel, 1 mixes the four around.
        mode: one of ``FILL_MODES``.
        fill: what is outside with ``"constant"``.

    Shapes:
        ``(batch, height, width, channels), (batch, new height, new width) twice -> (batch, new height, new width,
        channels)``
    """
    batch, height, width, channels = images.shape
    flat = computing(images).reshape(batch, height * width, channels)
    grid = rows.shape[1:]

    def gathered(row: Any, column: Any) -> jax.Array:
        index = (row * width + column).reshape(batch, -1, 1)
        return jnp.take_along_axis(flat, index, axis=1).reshape(batch, *grid, channels)

    taps = [_taps(rows, height, order, mode), _taps(columns, width, order, mode)]
    mixed = _mixed(gathered, taps, jnp.asarray(fill, flat.dtype), lambda values: values[..., None])
    return _rounded(mixed, images.dtype)


@operation
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """An array's values at places between its entries.

    Args:
        inputs: an array of any rank.
        coordinates: for each of its axes, where to look.
        order: 0 takes the nearest entry, 1 mixes the neighbours along every axis.
        fill_mode: what lies outside of ``a b c d``: ``"constant"`` the fill value, ``"nearest"`` ``a a | a b c d | d
            d``, ``"wrap"`` ``c d | a b c d | a b``, ``"mirror"`` ``c b | a b c d | c b``, ``"reflect"`` ``b a | a b c
            d | d c``.
        fill_value: a number.

    Shapes:
        ``inputs of rank n, (n, …) -> (…)``

    Example:
        >>> print(map_coordinates(jnp.array([1.0, 3.0]), jnp.array([[0.0, 0.25, 1.0, 2.0]]), 1))
        [1.  1.5 3.  0. ]
    """
    inputs = array(inputs)
    coordinates = jnp.stack([computing(array(each)) for each in coordinates])
    known("map_coordinates, fill_mode", fill_mode, FILL_MODES)
    if order not in (0, 1):
        raise ArgumentError("map_coordinates, order", "0 or 1", repr(order), "Write order=1 for linear mixing.")
    if len(coordinates) != inputs.ndim or coordinates.ndim < 2:
        expected = f"coordinates of shape ({inputs.ndim}, …), one row for each axis"
        raise ShapeError("map_coordinates", expected, f"shape {coordinates.shape}", "Stack them: stack([rows, cols]).")
    values = computing(inputs)
    taps = [_taps(*pair, order, fill_mode) for pair in zip(coordinates, inputs.shape, strict=True)]
    fill = jnp.asarray(fill_value, values.dtype)
    return _rounded(_mixed(lambda *index: values[index], taps, fill, lambda each: each), inputs.dtype)


# ---- transforms of the plane


@operation
def affine_transform(
    images, transform, interpolation="bilinear", fill_mode="constant", fill_value=0, data_format=None
):  # fmt: skip
    """Images seen through a change of places.

    The pixel at column x and row y of the result shows the place ``((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)``
    of the image, with ``k = c0 x + c1 y + 1``.

    Args:
        images: one image or a batch.
        transform: ``[a0, a1, a2, b0, b1, b2, c0, c1]`` for all images, or one such row for each.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_mode: what lies outside, as in ``map_coordinates``.
        fill_value: the number outside with ``"constant"``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels), (batch, 8) -> (batch, height, width, channels)``

    Example:
        >>> image = jnp.arange(4.0).reshape(1, 4, 1)
        >>> print(affine_transform(image, [1.0, 0, -1, 0, 1, 0, 0, 0])[0, :, 0])
        [0. 0. 1. 2.]

    Differs:
        Keras on JAX passes over c0 and c1.
    """
    images, transform = array(images), computing(array(transform))
    data_format = data_format_of("affine_transform", data_format)
    order = INTERPOLATIONS.index(known("affine_transform, interpolation", interpolation, INTERPOLATIONS))
    known("affine_transform, fill_mode", fill_mode, FILL_MODES)
    check_rank("affine_transform, images", images)
    if transform.ndim not in (1, 2) or transform.shape[-1] != 8:
        expected = "8 numbers, or 8 for each image"
        raise ShapeError("affine_transform, transform", expected, f"shape {transform.shape}", "End rows with 0, 0.")
    batch = channels_last(images, data_format)
    moved = transformed(batch, transform.reshape(-1, 8), order, fill_mode, fill_value)
    return as_given(moved, data_format, images.ndim)


def transformed(images: jax.Array, transform: jax.Array, order: int, mode: str, fill: Any) -> jax.Array:
    """``affine_transform`` of a batch ``(batch, height, width, channels)`` by ``(batch or 1, 8)``."""
    batch, height, width, _ = images.shape
    a0, a1, a2, b0, b1, b2, c0, c1 = (transform[:, k, None, None] for k in range(8))
    x = jnp.arange(width, dtype=transform.dtype)[None, None, :]
    y = jnp.arange(height, dtype=transform.dtype)[None, :, None]
    k = c0 * x + c1 * y + 1
    grid = (batch, height, width)
    rows, columns = (b0 * x + b1 * y + b2) / k, (a0 * x + a1 * y + a2) / k
    return sample(images, jnp.broadcast_to(rows, grid), jnp.broadcast_to(columns, grid), order, mode, fill)


def homography(start_points: jax.Array, end_points: jax.Array) -> jax.Array:
    """The transform whose picture shows at each end point what was at its start point: ``(batch, 8)``.

    Eight linear equations, two for each of the four pairs of points: ``start_x · k = a0 end_x + a1 end_y + a2`` with
    ``k = c0 end_x + c1 end_y + 1``, and the same for y.

    Reference:
        Hartley and Zisserman (2004), Multiple view geometry, section 4.1.
    """
    start, end = start_points, end_points
    x, y = end[..., 0], end[..., 1]
    zero, one = jnp.zeros_like(x), jnp.ones_like(x)
    for_x = jnp.stack([x, y, one, zero, zero, zero, -start[..., 0] * x, -start[..., 0] * y], -1)
    for_y = jnp.stack([zero, zero, zero, x, y, one, -start[..., 1] * x, -start[..., 1] * y], -1)
    equations = jnp.concatenate([for_x, for_y], axis=-2)  # (batch, 8, 8)
    wanted = jnp.concatenate([start[..., 0], start[..., 1]], axis=-1)[..., None]
    return jnp.linalg.solve(equations, wanted)[..., 0]


@operation
def perspective_transform(
    images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None
):  # fmt: skip
    """Images pulled by four points: what was at each start point comes to its end point.

    Args:
        images: one image or a batch.
        start_points, end_points: four points ``(x, y)``, for all images or for each.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_value: the number outside of the image.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels), (batch, 4, 2) twice -> (batch, height, width, channels)``

    Example:
        >>> corners = jnp.array([[0.0, 0], [3, 0], [0, 3], [3, 3]])
        >>> image = jnp.arange(16.0).reshape(4, 4, 1)
        >>> moved = perspective_transform(image, corners, corners + jnp.array([[1.0, 0]]))
        >>> print(moved[0, :, 0].round(3) + 0.0)
        [0. 0. 1. 2.]
    """
    images = array(images)
    start, end = (computing(array(each)) for each in (start_points, end_points))
    data_format = data_format_of("perspective_transform", data_format)
    order = INTERPOLATIONS.index(known("perspective_transform, interpolation", interpolation, INTERPOLATIONS))
    check_rank("perspective_transform, images", images)
    if start.shape != end.shape or start.shape[-2:] != (4, 2) or start.ndim not in (2, 3):
        expected = "start_points and end_points of one shape, (4, 2) or (batch, 4, 2)"
        raise ShapeError(
            "perspective_transform", expected, f"{start.shape} and {end.shape}", "Give four points (x, y)."
        )
    batch = channels_last(images, data_format)
    change = homography(start.reshape(-1, 4, 2), end.reshape(-1, 4, 2))
    return as_given(transformed(batch, change, order, "constant", fill_value), data_format, images.ndim)


# ---- elastic distortions


@operation
def elastic_transform(
    images, alpha=20.0, sigma=5.0, interpolation="bilinear", fill_mode="reflect", fill_value=0.0, seed=None,
    data_format=None,
):  # fmt: skip
    """Images distorted as if drawn on rubber: each pixel moves by smoothed noise.

    The shift along each axis is ``alpha · sigma · blur(z)`` with standard normal z for each pixel.

    Args:
        images: one image or a batch.
        alpha: strength of the distortion.
        sigma: width of the smoothing, in pixels.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_mode: what lies outside, as in ``map_coordinates``.
        fill_value: the number outside with ``"constant"``.
        seed: an integer or a key of ``jax.random``; None follows the run.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> elastic_transform(jnp.ones((2, 8, 8, 3)), seed=0).shape
        (2, 8, 8, 3)

    Reference:
        Simard, Steinkraus and Platt (2003), Best practices for convolutional neural networks.

    Differs:
        Keras shifts a pixel by the same amount along both axes, so that everything moves along one diagonal.
    """
    images = array(images)
    data_format = data_format_of("elastic_transform", data_format)
    order = INTERPOLATIONS.index(known("elastic_transform, interpolation", interpolation, INTERPOLATIONS))
    known("elastic_transform, fill_mode", fill_mode, FILL_MODES)
    check_rank("elastic_transform, images", images)
    key = frame.next_key() if seed is None else jax.random.key(seed) if isinstance(seed, int) else seed
    batch = channels_last(images, data_format)
    taps = int(6 * sigma) | 1
    moved = distorted(batch, key, float(alpha), float(sigma), taps, order, fill_mode, fill_value)
    return as_given(moved, data_format, images.ndim)


def distorted(
    images: jax.Array, key: jax.Array, alpha: Any, sigma: Any, taps: int, order: int, mode: str, fill: Any
) -> jax.Array:
    """``elastic_transform`` of a batch; ``alpha`` and ``sigma`` may be traced, ``taps`` is the blur's length."""
    grid = images.shape[:3]
    weights = gaussian(taps, sigma, jnp.float32)

    def shift(key: jax.Array) -> jax.Array:
        noise = normal(key, grid, jnp.float32)
        return alpha * sigma * blurred(noise[..., None], weights, weights)[..., 0]

    rows = jnp.arange(grid[1], dtype=jnp.float32)[None, :, None] + shift(branch(key, 1))
    columns = jnp.arange(grid[2], dtype=jnp.float32)[None, None, :] + shift(branch(key, 2))
    return sample(images, rows, columns, order, mode, fill)
