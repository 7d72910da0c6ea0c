"""Layers that change the colours of images by chance: grey, hue, saturation, and several together."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import (
    HALF,
    UNIT,
    RandomImageLayer,
    between,
    each_image,
    scaled,
    to_range,
    value_range,
)
from hornbeam.layers.image_light import RandomBrightness, RandomContrast
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.coloring import grey, hsv_to_rgb, rgb_to_hsv
from hornbeam.ops.noise import branch


def _grey(images: jax.Array) -> jax.Array:
    return images if images.shape[-1] == 1 else grey(images, -1).astype(images.dtype)


@LAYERS.add()
class RandomGrayscale(RandomImageLayer):
    """Takes the colour out of images by chance while training: all channels become the brightness.

    Args:
        factor: the chance, from 0 to 1.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> grey = RandomGrayscale(1.0)(np.float32([[[100.0, 0.0, 0.0]]]), training=True)
        >>> print(np.asarray(grey[0, 0]).round(1))
        [29.9 29.9 29.9]

    Reference:
        ``hornbeam.ops.image.rgb_to_grayscale`` has the formula.
    """

    factor = field(0.5, convert=number(0, 1))
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    channels = (1, 3)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        chosen = each_image(numbers[:, 0] < self.factor, bool)
        return jnp.where(chosen, _grey(images), images)


@LAYERS.add()
class RandomColorDegeneration(RandomImageLayer):
    """Mixes each image with its shades of grey while training: ``output = input + factor · (grey - input)``.

    Args:
        factor: from which the factor is drawn; 1 is grey, below 0 is more colourful; f is ``(-f, f)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomColorDegeneration((0.5, 0.5))
        >>> print(np.asarray(layer(np.float32([[[100.0, 0.0, 0.0]]]), training=True)[0, 0]).round(1))
        [64.9 14.9 14.9]
    """

    factor = field(convert=between(-1, 1))
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    channels = (1, 3)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        factor = each_image(scaled(numbers[:, 0], self.factor), images.dtype)
        return jnp.clip(images + factor * (_grey(images) - images), *self.value_range)


class Colored(RandomImageLayer):
    """Base of layers that change hue or saturation."""

    value_range: tuple[float, float]
    channels = (3,)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        hsv = rgb_to_hsv(to_range(images, self.value_range, UNIT), "channels_last")
        hue, saturation, value = jnp.split(hsv, 3, -1)
        changed = self.changed(hue, saturation, value, numbers)
        colors = hsv_to_rgb(jnp.concatenate(changed, -1), "channels_last")
        return to_range(jnp.clip(colors, 0, 1), UNIT, self.value_range)

    def changed(self, hue: jax.Array, saturation: jax.Array, value: jax.Array, numbers: jax.Array) -> list[Any]:
        """The three parts of the new colours, each ``(batch, height, width, 1)``."""
        raise NotImplementedError


@LAYERS.add()
class RandomHue(Colored):
    """Turns the circle of colours for each image while training.

    Args:
        factor: from which the turn is drawn, in halves of the circle, to either side; 0 to 1; f is ``(0, f)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomHue((1.0, 1.0))
        >>> print(layer(np.float32([[[255.0, 0.0, 0.0]]]), training=True)[0, 0].round(1) + 0.0)
        [  0. 255. 255.]
    """

    factor = field(convert=between(0, 1))
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    numbers = 2

    def changed(self, hue: jax.Array, saturation: jax.Array, value: jax.Array, numbers: jax.Array) -> list[Any]:
        turn = scaled(numbers[:, 0], self.factor) * jnp.where(numbers[:, 1] < HALF, -0.5, 0.5)
        return [jnp.mod(hue + each_image(turn, hue.dtype), 1), saturation, value]


@LAYERS.add()
class RandomSaturation(Colored):
    """Makes the colours of each image stronger or weaker while training.

    The saturation is multiplied by ``f / (1 - f)`` and kept below 1: 0 is grey, 0.5 changes nothing.

    Args:
        factor: from which f is drawn, 0 to 1; one number is ``(0, f)``.
        value_range: the least and the largest value of a pixel.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomSaturation((0.0, 0.0))
        >>> print(layer(np.float32([[[200.0, 100.0, 0.0]]]), training=True)[0, 0].round(1))
        [200. 200. 200.]

    Differs:
        Keras keeps the saturation below the largest value of a pixel, and pixels outside their range.
    """

    factor = field(convert=between(0, 1))
    value_range = field((0, 255), convert=value_range)
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    def changed(self, hue: jax.Array, saturation: jax.Array, value: jax.Array, numbers: jax.Array) -> list[Any]:
        f = scaled(numbers[:, 0], self.factor)
        times = each_image(f / (1 - f + 1e-7), saturation.dtype)
        return [hue, jnp.clip(saturation * times, 0, 1), value]


@LAYERS.add()
class RandomColorJitter(RandomImageLayer):
    """Changes brightness, contrast, saturation and hue of each image, one after the other, while training.

    Args:
        value_range: the least and the largest value of a pixel.
        brightness_factor: factor of ``RandomBrightness``; None leaves it out.
        contrast_factor: factor of ``RandomContrast``; None leaves it out.
        saturation_factor: factor of ``RandomSaturation``; None leaves it out.
        hue_factor: factor of ``RandomHue``; None leaves it out.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> layer = RandomColorJitter(brightness_factor=0.2, hue_factor=0.1)
        >>> layer(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)
    """

    value_range = field((0, 255), convert=value_range)
    brightness_factor = field(None)
    contrast_factor = field(None)
    saturation_factor = field(None)
    hue_factor = field(None)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    def _ready(self) -> None:
        super()._ready()
        kinds = (
            (RandomBrightness, self.brightness_factor),
            (RandomContrast, self.contrast_factor),
            (RandomSaturation, self.saturation_factor),
            (RandomHue, self.hue_factor),
        )
        self._steps: list[RandomImageLayer] = [
            kind(factor, value_range=self.value_range, dtype=self.dtype) for kind, factor in kinds if factor is not None
        ]
        colored = self.saturation_factor is not None or self.hue_factor is not None
        self.channels = (3,) if colored else ()

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        for place, step in enumerate(self._steps):
            images = step.randomly(images, branch(key, place))
        return images
