"""Layers that change the details of images by chance: sharpness, blur, erased boxes, rubber sheets, perspective."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import (
    INTERPOLATION,
    RandomImageLayer,
    between,
    each_image,
    name_of,
    scaled,
    value_range,
)
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.filtering import blurred, gaussian
from hornbeam.ops.noise import branch, normal, uniform
from hornbeam.ops.warping import FILL_MODES, INTERPOLATIONS, distorted, homography, transformed


def by_chance(numbers: jax.Array, factor: tuple[float, float]) -> jax.Array:
    """Which images are changed: ``(batch, 1, 1, 1)``, with a chance itself drawn from two ends."""
    return each_image(numbers[:, 1] < scaled(numbers[:, 0], factor), bool)


@LAYERS.add()
class RandomSharpness(RandomImageLayer):
    """Makes each image smoother or sharper while training: ``output = input + (1 - 2 f) · (smooth - input)``.

    smooth is the mean of a pixel, five times, and its eight neighbours; beyond the edge is 0.

    Args:
        factor: from which f is drawn: 0 is smooth, 0.5 changes nothing, 1 is sharp; one number is ``(0, f)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> image = np.zeros((3, 3, 1), "float32")
        >>> image[1, 1] = 130.0
        >>> print(np.asarray(RandomSharpness((0.0, 0.0))(image, training=True)[1, :, 0]).round(3))
        [10. 50. 10.]
    """

    factor = field(convert=between(0, 1))
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        ones = jnp.ones(3, images.dtype)
        smooth = (blurred(images, ones, ones) + 4 * images) / 13
        weight = each_image(1 - 2 * scaled(numbers[:, 0], self.factor), images.dtype)
        return jnp.clip(images + weight * (smooth - images), *self.value_range)


def _odd(value: Any) -> tuple[int, int]:
    """Converter to two odd lengths, along the width and along the height."""
    kind = "an odd positive integer, or two of them"
    try:
        ends = [integer(1)(each) for each in (value if isinstance(value, (tuple, list)) else (value, value))]
    except Refused:
        raise Refused(kind, "Write kernel_size=3.") from None
    if len(ends) != 2 or any(end % 2 == 0 for end in ends):
        raise Refused(kind, "Write kernel_size=3.")
    return ends[0], ends[1]


@LAYERS.add()
class RandomGaussianBlur(RandomImageLayer):
    """Blurs images by a bell curve while training.

    Args:
        factor: the chance of it, itself drawn for each image from these two ends; f is ``(0, f)``.
        kernel_size: pixels of the curve, an odd number, or two, along the width and along the height.
        sigma: from which its width in pixels is drawn, once along each axis for a batch, 0 to 1; one number is ``(0,
            sigma)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> RandomGaussianBlur()(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)
    """

    factor = field(1.0, convert=between(0, 1))
    kernel_size = field(3, convert=_odd)
    sigma = field(1.0, convert=between(0, 1))
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    numbers = 4

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        wide, tall = scaled(numbers[0, 2:], self.sigma).astype(images.dtype) + 1e-6  # the first image's, for all
        across, down = (gaussian(n, s, images.dtype) for n, s in zip(self.kernel_size, (wide, tall), strict=True))
        changed = jnp.where(by_chance(numbers, self.factor), blurred(images, down, across), images)
        return jnp.clip(changed, *self.value_range)


def _fill(value: Any) -> Any:
    """Converter to what a box is filled with: a number, one for each of three channels, or None."""
    if value is None:
        return None
    try:
        if isinstance(value, (tuple, list)) and len(value) == 3:
            return tuple(number()(each) for each in value)
        return number()(value)
    except Refused:
        raise Refused("a number, three of them, or None for noise", "Write fill_value=0.") from None


@LAYERS.add()
class RandomErasing(RandomImageLayer):
    """Covers a box of each image while training.

    Args:
        factor: the chance of it, itself drawn for each image from these two ends; f is ``(0, f)``.
        scale: from which the box's share of the image is drawn: its height and width are the roots of two draws; one
            number is ``(0, scale)``.
        fill_value: the colour of the box, a number or one for each of three channels; None fills it with noise.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=0)
        >>> print(layer(np.ones((8, 8, 1), "float32"), training=True).sum())
        48.0

    Reference:
        Zhong et al. (2020), Random erasing data augmentation.
    """

    factor = field(1.0, convert=between(0, 1))
    scale = field((0.02, 0.33), convert=between(0, 1))
    fill_value = field(None, convert=_fill)
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 6

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        tall, wide = (jnp.sqrt(scaled(numbers[:, k], self.scale)) for k in (2, 3))
        box = boxes(images.shape, tall, wide, numbers[:, 4:])
        erased = jnp.where(box & by_chance(numbers, self.factor), self._filling(images, key), images)
        return erased

    def _filling(self, images: jax.Array, key: jax.Array) -> jax.Array:
        low, high = self.value_range
        if self.fill_value is None:
            noise = normal(branch(key, 1), images.shape, images.dtype) * high
            return jnp.clip(noise, low, high)
        if isinstance(self.fill_value, tuple) and images.shape[-1] != 3:
            expected = "3 channels, one for each of fill_value"
            raise ShapeError(f"{self.where}, fill_value", expected, images.shape[-1], "Give one number.")
        value = jnp.clip(jnp.asarray(self.fill_value, images.dtype), low, high)
        return jnp.broadcast_to(value.reshape((1, 1, 1, -1)), images.shape)


def boxes(shape: tuple[int, ...], tall: jax.Array, wide: jax.Array, corner: jax.Array) -> jax.Array:
    """Which pixels lie in each image's box: ``(batch, height, width, 1)``.

    Args:
        shape: of the images.
        tall, wide: the box's shares of height and width, ``(batch,)``.
        corner: where it begins, from 0 at the top (left) to 1 so that it ends at the bottom (right), ``(batch, 2)``.
    """
    inside: Any = True
    for axis, length, share in ((1, shape[1], tall), (2, shape[2], wide)):
        start = corner[:, axis - 1] * (length - share * length)
        place = jnp.arange(length, dtype=start.dtype).reshape([-1 if each == axis else 1 for each in range(4)])
        start, end = start[:, None, None, None], (start + share * length)[:, None, None, None]
        inside = inside & (place >= start) & (place < end)
    return inside


@LAYERS.add()
class RandomElasticTransform(RandomImageLayer):
    """Distorts images as if drawn on rubber while training; see ``ops.image.elastic_transform``.

    Args:
        factor: the chance of it, itself drawn for each image from these two ends; f is ``(0, f)``.
        scale: from which the strength s is drawn for a batch, 0 to 1: alpha is ``0.1 s`` of the longer and sigma
            ``0.05 s`` of the shorter side; one number is ``(0, scale)``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_mode: what lies outside; see ``RandomRotation``; ``"mirror"`` is ``c b | a b c d | c b``.
        fill_value: the number outside with ``"constant"``.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> RandomElasticTransform()(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)

    Reference:
        Simard, Steinkraus and Platt (2003), Best practices for convolutional neural networks.

    Differs:
        Keras shifts a pixel by the same amount along both axes.
    """

    factor = field(1.0, convert=between(0, 1))
    scale = field(1.0, convert=between(0, 1))
    interpolation = field("bilinear", convert=INTERPOLATION)
    fill_mode = field("reflect", convert=name_of(*FILL_MODES))
    fill_value = field(0.0, convert=number())
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 2

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        moved = self._distorted(images, numbers, key, INTERPOLATIONS.index(self.interpolation))
        return jnp.clip(moved, *self.value_range)

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self._distorted(masks, numbers, key, 0)

    def _distorted(self, images: jax.Array, numbers: jax.Array, key: jax.Array, order: int) -> jax.Array:
        sides = images.shape[1:3]
        strength = scaled(uniform(branch(key, 3), ()), self.scale)
        taps = int(6 * 0.05 * min(sides) * self.scale[1]) | 1  # as long as the widest curve needs
        alpha, sigma = 0.1 * max(sides) * strength, 0.05 * min(sides) * strength + 1e-6
        moved = distorted(images, key, alpha, sigma, taps, order, self.fill_mode, self.fill_value)
        return jnp.where(by_chance(numbers, self.factor), moved, images)


@LAYERS.add()
class RandomPerspective(RandomImageLayer):
    """Pulls the corners of images while training, as if seen from the side.

    Each corner ``(x, y)`` moves to ``(x + x u, y + y v)`` with u and v between ``-scale / 2`` and ``scale / 2``; the
    origin stays.

    Args:
        factor: the chance of it, itself drawn for each image from these two ends; f is ``(0, f)``.
        scale: how far corners move, from 0 to 1.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_value: the number outside of the image.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> RandomPerspective()(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)
    """

    factor = field(1.0, convert=between(0, 1))
    scale = field(1.0, convert=number(0, 1))
    interpolation = field("bilinear", convert=INTERPOLATION)
    fill_value = field(0.0, convert=number())
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 10

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self._pulled(images, numbers, INTERPOLATIONS.index(self.interpolation))

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self._pulled(masks, numbers, 0)

    def _pulled(self, images: jax.Array, numbers: jax.Array, order: int) -> jax.Array:
        batch, height, width, _ = images.shape
        right, bottom = width - 1.0, height - 1.0
        corners = jnp.asarray([[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]], jnp.float32)
        start = jnp.broadcast_to(corners, (batch, 4, 2))
        end = start * (1 + self.scale * (numbers[:, 2:].reshape(batch, 4, 2) - 0.5))
        moved = transformed(images, homography(start, end), order, "constant", self.fill_value)
        return jnp.where(by_chance(numbers, self.factor), moved, images)
