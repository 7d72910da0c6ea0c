"""Layers that change how bright images are: brightness, contrast, inversion, fewer shades, even histograms."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import (
    BYTES,
    RandomImageLayer,
    between,
    each_image,
    scaled,
    to_range,
    value_range,
)
from hornbeam.layers.layer import LAYERS


@LAYERS.add()
class RandomBrightness(RandomImageLayer):
    """Makes each image brighter or darker while training: ``output = input + factor · (high - low)``, kept in range.

    Args:
        factor: from which the factor is drawn, from -1 (black) to 1 (white); f is ``(-f, f)``.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomBrightness((0.2, 0.2), value_range=(0, 1))
        >>> print(np.asarray(layer(np.float32([[[0.1], [0.9]]]), training=True)[0, :, 0]).round(2))
        [0.3 1. ]
    """

    factor = field(convert=between(-1, 1))
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format, kw_only=True)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        low, high = self.value_range
        change = scaled(numbers[:, 0], self.factor) * (high - low)
        return jnp.clip(images + each_image(change, images.dtype), low, high)


def _around_one(value: Any) -> tuple[float, float]:
    """Converter to how far below and how far above 1 a factor is drawn; one number stands for both."""
    low, high = between(0, 1)(value)
    # two numbers are the lower and the upper reach, in this order
    return (float(value[0]), float(value[1])) if isinstance(value, (tuple, list)) else (high, high)


@LAYERS.add()
class RandomContrast(RandomImageLayer):
    """Raises or lowers the contrast of each image while training: ``output = (input - mean) · factor + mean``.

    The mean is that of a channel of the image; the output is kept in range.

    Args:
        factor: how far below and above 1 the factor is drawn: ``(lower, upper)`` draws from ``1 - lower`` to ``1 +
            upper``, f is ``(f, f)``; from 0 to 1.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> RandomContrast(0.5)(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)

    Differs:
        Keras 3.15 takes one number f for ``(0, f)``, against its documentation: it never lowers the contrast.
    """

    factor = field(convert=_around_one)
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format, kw_only=True)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        lower, upper = self.factor
        factor = each_image(scaled(numbers[:, 0], (1 - lower, 1 + upper)), images.dtype)
        mean = images.mean((1, 2), keepdims=True)
        return jnp.clip((images - mean) * factor + mean, *self.value_range)


@LAYERS.add()
class RandomInvert(RandomImageLayer):
    """Turns images into their negatives while training: ``output = low + high - input``.

    Args:
        factor: the chance of it, itself drawn for each image from these two ends; f is ``(0, f)``, so that 1.0 inverts
            every second image and ``(1.0, 1.0)`` every one.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> print(RandomInvert((1.0, 1.0))(np.float32([[[0.0], [200.0]]]), training=True)[0, :, 0])
        [255.  55.]

    Differs:
        Keras computes ``high - input``, which leaves a range such as -1 to 1.
    """

    factor = field(1.0, convert=between(0, 1))
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 2

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        chosen = numbers[:, 1] < scaled(numbers[:, 0], self.factor)
        return jnp.where(each_image(chosen, bool), sum(self.value_range) - images, images)


def _bits(value: Any) -> tuple[int, int]:
    """Converter to the fewest and the most bits; one number stands for 1 up to it."""
    low, high = between(1, 8)(value)
    return integer(1)(low), integer(1)(high)


@LAYERS.add()
class RandomPosterization(RandomImageLayer):
    """Keeps only the first bits of each pixel while training, so that few shades are left.

    Args:
        factor: how many bits, drawn for each image from these two whole numbers from 1 to 8, both included; f is
            ``(1, f)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> print(RandomPosterization((1, 1))(np.float32([[[100.0], [200.0]]]), training=True)[0, :, 0])
        [  0. 128.]

    Differs:
        Keras never draws the larger of two different numbers.
    """

    factor = field(convert=_bits)
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        low, high = self.factor
        bits = low + jnp.floor(numbers[:, 0] * (high - low + 1))
        step = each_image(jnp.exp2(8 - bits), images.dtype)
        levels = jnp.floor(jnp.clip(to_range(images, self.value_range, BYTES), *BYTES))
        return to_range(jnp.floor(levels / step) * step, BYTES, self.value_range)


def _share(value: Any) -> tuple[float, float]:
    """Converter to two ends from 0 to 1; f stands for ``(0, f)``."""
    return between(0, 1)(value)


@LAYERS.add()
class Solarization(RandomImageLayer):
    """Turns the bright pixels of each image into their negatives while training.

    ``output = x if x < threshold else high - x`` with ``x = input + addition``, kept in range.

    Args:
        addition_factor: from which the addition is drawn, in widths of the range, 0 to 1; f is ``(0, f)``.
        threshold_factor: the same for the threshold.
        value_range: the least and the largest value of a pixel.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = Solarization(0, (0.5, 0.5))
        >>> print(layer(np.float32([[[100.0], [200.0]]]), training=True)[0, :, 0])
        [100.  55.]

    Differs:
        Of two ends Keras multiplies the upper one alone by 255.
    """

    addition_factor = field(0.0, convert=_share)
    threshold_factor = field(0.0, convert=_share)
    value_range = field((0, 255), convert=value_range)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format, kw_only=True)

    numbers = 2

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        ends = (self.addition_factor, self.threshold_factor)
        addition, threshold = (each_image(255 * scaled(numbers[:, k], ends[k]), images.dtype) for k in (0, 1))
        x = jnp.clip(to_range(images, self.value_range, BYTES) + addition, *BYTES)
        return to_range(jnp.where(x < threshold, x, 255 - x), BYTES, self.value_range)


class Toned(RandomImageLayer):
    """Base of layers that change images while training without a draw."""

    numbers = 0
    seed = None

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self.changed(images)

    def changed(self, images: jax.Array) -> jax.Array:
        """Images of pixels in ``value_range``, changed, in at least float32: bfloat16 does not tell 254 from 255."""
        low, high = self.value_range
        wide = images.astype(jnp.float32 if images.dtype.itemsize < 4 else images.dtype)
        return (self.toned((wide - low) * (255 / (high - low))) * ((high - low) / 255) + low).astype(images.dtype)

    def toned(self, images: jax.Array) -> jax.Array:
        """Images of pixels from 0 to 255, changed."""
        raise NotImplementedError

    def drawn(self, count: int, key: jax.Array) -> jax.Array:
        return jnp.zeros((count, 0), jnp.float32)

    value_range: tuple[float, float]


@LAYERS.add()
class AutoContrast(Toned):
    """Stretches each channel of an image so that it fills the range: ``(x - min) / (max - min) · (high - low) + low``.

    A channel of one value stays as it is. Nothing is drawn, and inference does the same as training.

    Args:
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> print(AutoContrast()(np.float32([[[50.0], [75.0], [100.0]]]))[0, :, 0])
        [  0.  127.5 255. ]
    """

    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format, kw_only=True)

    def at_rest(self, images: jax.Array) -> jax.Array:
        return self.changed(images)

    def toned(self, images: jax.Array) -> jax.Array:
        low, high = images.min((1, 2), keepdims=True), images.max((1, 2), keepdims=True)
        wide = high > low
        return jnp.where(wide, (images - low) * (255 / jnp.where(wide, high - low, 1)), images)


@LAYERS.add()
class Equalization(Toned):
    """Spreads the shades of each channel of an image evenly: every shade becomes its rank among the pixels.

    ``output = 255 · (c(x) - c0) / (n - c0)`` with n pixels, c(x) of them in the bin of x or below, c0 in the lowest
    bin that has any.

    Args:
        value_range: the least and the largest value of a pixel.
        bins: in how many shades the range is cut.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> print(Equalization()(np.float32([[[10.0], [20.0], [200.0]]]), training=True)[0, :, 0])
        [  0. 128. 255.]

    Reference:
        Gonzalez and Woods (2018), Digital image processing, section 3.3.

    Differs:
        Keras counts the pixels of all images of a batch together.
    """

    value_range = field((0, 255), convert=value_range)
    bins = field(256, convert=integer(2))
    data_format = field(None, convert=data_format)

    def toned(self, images: jax.Array) -> jax.Array:
        batch, height, width, channels = images.shape
        place = jnp.clip(images * ((self.bins - 1) / 255), 0, self.bins - 1).astype(jnp.int32)
        planes = jnp.moveaxis(place, -1, 1).reshape(batch * channels, height * width)
        below = jax.vmap(lambda plane: jnp.cumsum(jnp.bincount(plane, length=self.bins)))(planes)
        first = jnp.take_along_axis(below, planes.min(1, keepdims=True), axis=1)
        rest = height * width - first
        shades = jnp.round((below - first) * 255 / jnp.maximum(rest, 1)).clip(0, 255)
        found = jnp.take_along_axis(shades, planes, axis=1).reshape(batch, channels, height, width)
        varied = (rest > 0).reshape(batch, 1, 1, channels)
        return jnp.where(varied, jnp.moveaxis(found, 1, -1).astype(images.dtype), images)
