"""Images filtered: Gaussian blur, Sobel's edges, and the structural similarity of two."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import array, operation
from hornbeam.ops.pictures import as_given, channels_last, check_rank, computing, data_format_of

__all__ = ["gaussian_blur", "sobel_edges", "ssim"]


def gaussian(length: int, sigma: Any, dtype: Any) -> jax.Array:
    """Weights of sum 1, proportional to ``exp(-x² / (2 sigma²))`` around the middle; sigma may be traced."""
    x = jnp.arange(length, dtype=dtype) - (length - 1) / 2
    weights = jnp.exp(-0.5 * jnp.square(x / sigma))
    return weights / weights.sum()


def _slid(images: jax.Array, axis: int, weights: Any) -> jax.Array:
    """``sum_k weights[k] * image[i + k]`` along an axis, where the weights fit into the image.

    Shifted slices, which XLA fuses into one loop; its convolution is many times slower on a CPU.
    """
    length, count = images.shape[axis], len(weights)
    slices = (jax.lax.slice_in_dim(images, k, length - count + 1 + k, axis=axis) for k in range(count))
    return sum(weights[k] * each for k, each in enumerate(slices))  # type: ignore[return-value]


def _padded(images: jax.Array, tall: int, wide: int) -> jax.Array:
    """Zeros around a batch, so that windows of this size keep its height and width."""
    sides = [((length - 1) // 2, length // 2) for length in (tall, wide)]
    return jnp.pad(images, [(0, 0), *sides, (0, 0)])


def blurred(images: jax.Array, down: jax.Array, across: jax.Array) -> jax.Array:
    """A batch ``(batch, height, width, channels)`` weighted along rows and columns, zeros around it."""
    return _slid(_slid(_padded(images, len(down), len(across)), 1, down), 2, across)


@operation
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images blurred by a bell curve; beyond the edge is 0.

    Args:
        images: one image or a batch.
        kernel_size: pixels of the curve along the width and along the height.
        sigma: its widths, in pixels, along the width and along the height.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> image = jnp.zeros((3, 3, 1)).at[1, 1].set(1.0)
        >>> print(np.asarray(gaussian_blur(image)[1, :, 0]).round(2))
        [0.12 0.2  0.12]

    Differs:
        For whole numbers, sums are computed in floats and rounded. Keras takes data_format None for
        ``"channels_first"`` here.
    """
    images = array(images)
    data_format = data_format_of("gaussian_blur", data_format)
    check_rank("gaussian_blur, images", images)
    sizes = tuple(kernel_size)
    if len(sizes) != 2 or not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
        raise ArgumentError("gaussian_blur, kernel_size", "two positive integers", repr(kernel_size), "Write (3, 3).")
    batch = computing(channels_last(images, data_format))
    across, down = (gaussian(int(size), width, batch.dtype) for size, width in zip(sizes, sigma, strict=True))
    result = as_given(blurred(batch, down, across), data_format, images.ndim)
    return (jnp.round(result) if jnp.issubdtype(images.dtype, jnp.integer) else result).astype(images.dtype)


@operation
def sobel_edges(images, data_format=None):
    """How steeply images change from top to bottom and from left to right.

    The kernel is ``[-1, 0, 1]`` along one axis and ``[1, 2, 1]`` along the other; beyond the edge is 0.

    Args:
        images: a batch.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, height, width, channels, 2)``: down, then across.

    Example:
        >>> ramp = jnp.broadcast_to(jnp.arange(4.0)[None, None, :, None], (1, 3, 4, 1))
        >>> print(sobel_edges(ramp)[0, 1, 1, 0])
        [0. 8.]

    Reference:
        Sobel and Feldman (1968), An isotropic 3x3 image gradient operator.
    """
    images = array(images)
    data_format = data_format_of("sobel_edges", data_format)
    if images.ndim != 4:
        expected = "a batch (batch, height, width, channels)"
        raise ShapeError("sobel_edges, images", expected, f"shape {images.shape}", "Write x[None] for one image.")
    batch = _padded(channels_last(images, data_format), 3, 3)
    change, smooth = (-1, 0, 1), (1, 2, 1)
    edges = [_slid(_slid(batch, 1, down), 2, across) for down, across in ((change, smooth), (smooth, change))]
    return jnp.stack([as_given(edge, data_format, 4) for edge in edges], -1)


@operation
def ssim(
    image1, image2, max_val=1.0, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, data_format=None
):  # fmt: skip
    """The structural similarity of images: 1 where they are equal.

    ``(2 m1 m2 + c1) (2 s12 + c2) / ((m1² + m2² + c1) (s1² + s2² + c2))`` with means m, variances s² and covariance s12
    under a bell-shaped window, ``c = (k · max_val)²``; the mean over all windows and channels.

    Args:
        image1, image2: one image each, or a batch each.
        max_val: the largest value that a pixel can have.
        filter_size, filter_sigma: length and width of the window, in pixels.
        k1, k2: small numbers that keep the quotient finite.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) twice -> (batch,)``

    Example:
        >>> image = jnp.linspace(0.0, 1.0, 12 * 12).reshape(12, 12, 1)
        >>> print(ssim(image, image).round(3))
        1.0

    Reference:
        Wang, Bovik, Sheikh and Simoncelli (2004), Image quality assessment, equation 13.
    """
    one, two = array(image1), array(image2)
    data_format = data_format_of("ssim", data_format)
    check_rank("ssim, image1", one)
    batches = [channels_last(computing(each), data_format) for each in (one, two)]
    a, b = batches
    if a.shape != b.shape or min(a.shape[1:3]) < filter_size:
        expected = f"two images of one shape, at least {filter_size} pixels high and wide"
        raise ShapeError("ssim", expected, f"{one.shape} and {two.shape}", "Resize one, or give a smaller filter_size.")
    weights = gaussian(filter_size, filter_sigma, a.dtype)

    def mean(x: jax.Array) -> jax.Array:
        return _slid(_slid(x, 1, weights), 2, weights)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    m1, m2 = mean(a), mean(b)
    v1, v2, both = mean(a * a) - m1 * m1, mean(b * b) - m2 * m2, mean(a * b) - m1 * m2
    similar = (2 * m1 * m2 + c1) * (2 * both + c2) / ((m1 * m1 + m2 * m2 + c1) * (v1 + v2 + c2))
    each = similar.mean((1, 2, 3))
    return each[0] if one.ndim == 3 else each
