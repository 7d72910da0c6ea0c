"""Layers that move the pixels of images by chance: flips, rotations, zooms, translations, shears."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import (
    FILL_MODE,
    HALF,
    INTERPOLATION,
    RandomImageLayer,
    between,
    each_image,
    name_of,
    scaled,
)
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.warping import INTERPOLATIONS, transformed


@LAYERS.add()
class RandomFlip(RandomImageLayer):
    """Mirrors every second image, drawn by chance, while training.

    Args:
        mode: ``"horizontal"`` exchanges left and right, ``"vertical"`` top and bottom,
            ``"horizontal_and_vertical"`` does each by a chance of its own.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> image = np.arange(3, dtype="float32").reshape(1, 1, 3, 1)
        >>> flipped = RandomFlip("horizontal", seed=1)(np.repeat(image, 4, 0), training=True)
        >>> sorted({tuple(row.ravel().tolist()) for row in np.asarray(flipped)})
        [(0.0, 1.0, 2.0), (2.0, 1.0, 0.0)]

    Differs:
        Keras draws once for both axes, so that an image is turned by half a turn or not at all.
    """

    mode = field(
        "horizontal_and_vertical", convert=name_of("horizontal", "vertical", "horizontal_and_vertical")
    )  # fmt: skip
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 2

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        for place, (word, axis) in enumerate((("horizontal", 2), ("vertical", 1))):
            if word in self.mode:
                images = jnp.where(each_image(numbers[:, place] < HALF, bool), jnp.flip(images, axis), images)
        return images

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self.augment(masks, numbers, key)


class Moved(RandomImageLayer):
    """Base of layers that look at each image through an affine transform of their own."""

    fill_mode: str
    interpolation: str
    fill_value: float

    def transform(self, numbers: jax.Array, height: int, width: int) -> jax.Array:
        """What ``ops.image.affine_transform`` is to do with each image: ``(batch, 8)``."""
        raise NotImplementedError

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self._through(images, numbers, INTERPOLATIONS.index(self.interpolation))

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self._through(masks, numbers, 0)

    def _through(self, images: jax.Array, numbers: jax.Array, order: int) -> jax.Array:
        transform = self.transform(numbers, images.shape[1], images.shape[2])
        return transformed(images, transform, order, self.fill_mode, self.fill_value)


def _rows(a0: Any, a1: Any, a2: Any, b0: Any, b1: Any, b2: Any) -> jax.Array:
    """Transforms ``(batch, 8)`` from their parts, arrays or numbers."""
    parts = jnp.broadcast_arrays(*(jnp.atleast_1d(jnp.asarray(each, jnp.float32)) for each in (a0, a1, a2, b0, b1, b2)))
    return jnp.stack([*parts, jnp.zeros_like(parts[0]), jnp.zeros_like(parts[0])], axis=1)


@LAYERS.add()
class RandomRotation(Moved):
    """Turns each image about its middle by an angle drawn for it, while training.

    Args:
        factor: from which the angle is drawn, in whole turns: ``(-0.1, 0.2)`` is from 36 degrees clockwise to 72
            degrees counter-clockwise; f is ``(-f, f)``.
        fill_mode: what lies outside of ``a b c d``: ``"reflect"`` ``b a | a b c d | d c``, ``"constant"`` the fill
            value, ``"wrap"`` ``c d | a b c d | a b``, ``"nearest"`` ``a a | a b c d | d d``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        seed: makes the draws the same in every run; see ``Dropout``.
        fill_value: the number outside with ``"constant"``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> image = np.float32([[1, 2], [3, 4]])[None, :, :, None]
        >>> print(np.asarray(RandomRotation((0.25, 0.25))(image, training=True)[0, :, :, 0]).round(3))
        [[2. 4.]
         [1. 3.]]
    """

    factor = field(convert=between(-1, 1))
    fill_mode = field("reflect", convert=FILL_MODE)
    interpolation = field("bilinear", convert=INTERPOLATION)
    seed = field(None, convert=integer(optional=True))
    fill_value = field(0.0, convert=number())
    data_format = field(None, convert=data_format)

    def transform(self, numbers: jax.Array, height: int, width: int) -> jax.Array:
        angle = scaled(numbers[:, 0], self.factor) * (2 * math.pi)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return _rows(cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos)


_ZOOM = between(-1, 1, open_low=True)


@LAYERS.add()
class RandomZoom(Moved):
    """Zooms each image by factors drawn for it, while training.

    Args:
        height_factor: from which the zoom along the height is drawn: 0.2 shows 20 % more of the image and -0.2 20 %
            less; f is ``(-f, f)``.
        width_factor: the same along the width; None draws one zoom for both.
        fill_mode: what lies outside; see ``RandomRotation``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        seed: makes the draws the same in every run; see ``Dropout``.
        fill_value: the number outside with ``"constant"``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> image = np.arange(4, dtype="float32").reshape(1, 1, 4, 1)
        >>> print(RandomZoom((0, 0), (-0.5, -0.5))(image, training=True)[0, 0, :, 0])
        [0.75 1.25 1.75 2.25]
    """

    height_factor = field(convert=_ZOOM)
    width_factor = field(None, convert=lambda value: None if value is None else _ZOOM(value))
    fill_mode = field("reflect", convert=FILL_MODE)
    interpolation = field("bilinear", convert=INTERPOLATION)
    seed = field(None, convert=integer(optional=True))
    fill_value = field(0.0, convert=number())
    data_format = field(None, convert=data_format)

    numbers = 2

    def transform(self, numbers: jax.Array, height: int, width: int) -> jax.Array:
        tall = 1 + scaled(numbers[:, 0], self.height_factor)
        wide = tall if self.width_factor is None else 1 + scaled(numbers[:, 1], self.width_factor)
        return _rows(wide, 0, (width - 1) / 2 * (1 - wide), 0, tall, (height - 1) / 2 * (1 - tall))


@LAYERS.add()
class RandomTranslation(Moved):
    """Shifts each image by distances drawn for it, while training.

    Args:
        height_factor: from which the shift is drawn, in heights of the image, down where it is above 0; f is
            ``(-f, f)``.
        width_factor: the same in widths, to the right where it is above 0.
        fill_mode: what lies outside; see ``RandomRotation``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        seed: makes the draws the same in every run; see ``Dropout``.
        fill_value: the number outside with ``"constant"``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> image = np.arange(1, 5, dtype="float32").reshape(1, 1, 4, 1)
        >>> layer = RandomTranslation(0, (0.25, 0.25), fill_mode="constant")
        >>> print(layer(image, training=True)[0, 0, :, 0])
        [0. 1. 2. 3.]
    """

    height_factor = field(convert=between(-1, 1))
    width_factor = field(convert=between(-1, 1))
    fill_mode = field("reflect", convert=FILL_MODE)
    interpolation = field("bilinear", convert=INTERPOLATION)
    seed = field(None, convert=integer(optional=True))
    fill_value = field(0.0, convert=number())
    data_format = field(None, convert=data_format)

    numbers = 2

    def transform(self, numbers: jax.Array, height: int, width: int) -> jax.Array:
        down = scaled(numbers[:, 0], self.height_factor) * height
        right = scaled(numbers[:, 1], self.width_factor) * width
        return _rows(1, 0, -right, 0, 1, -down)


def _shear(value: Any) -> tuple[float, float]:
    """Converter to the two ends of a shear: f stands for ``(-f, f)``, and Keras's config holds both."""
    low, high = between(-1, 1)(value)
    pair = isinstance(value, (tuple, list))
    if (low < 0 and low != -high) if pair else value < 0:
        raise Refused("a number from 0 to 1, or two of them", "Its sign is drawn: write 0.2, or (0.1, 0.2).")
    return low, high


@LAYERS.add()
class RandomShear(Moved):
    """Slants each image by factors drawn for it, while training.

    The pixel at column x and row y shows the place ``(x + s y, y + t x)``; the sign of s and t is drawn too.

    Args:
        x_factor: from which s is drawn, from 0 to 1; f is ``(-f, f)``.
        y_factor: the same for t.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        fill_mode: what lies outside; see ``RandomRotation``.
        fill_value: the number outside with ``"constant"``.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> RandomShear(0.2)(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)
    """

    x_factor = field(0.0, convert=_shear)
    y_factor = field(0.0, convert=_shear)
    interpolation = field("bilinear", convert=INTERPOLATION)
    fill_mode = field("reflect", convert=FILL_MODE)
    fill_value = field(0.0, convert=number())
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    numbers = 3

    def get_config(self) -> dict[str, Any]:
        """Keras, which would refuse the ``(-f, f)`` of its own files, takes f."""
        config = super().get_config()
        for name in ("x_factor", "y_factor"):
            low, high = config[name]
            config[name] = high if low == -high else config[name]
        return config

    def transform(self, numbers: jax.Array, height: int, width: int) -> jax.Array:
        sign = jnp.where(numbers[:, 2] < HALF, -1.0, 1.0)
        s, t = (sign * scaled(numbers[:, k], each) for k, each in enumerate((self.x_factor, self.y_factor)))
        return _rows(1, s, 0, t, 1, 0)
