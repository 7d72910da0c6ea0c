"""Layers that give images another size: Resizing, CenterCrop, RandomCrop."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import ImageLayer, RandomImageLayer, name_of
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.resizing import INTERPOLATIONS, cut, resize


@LAYERS.add()
class Resizing(ImageLayer):
    """Brings images to a fixed size, in training and at inference.

    Args:
        height, width: the new size.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"lanczos3"`` or ``"lanczos5"``.
        crop_to_aspect_ratio: cut images to the new ratio of height to width instead of distorting them.
        pad_to_aspect_ratio: fill them at both sides up to that ratio.
        fill_mode: ``"constant"`` alone.
        fill_value: the number to fill with.
        antialias: average over all old pixels where images become smaller.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, new height, new width, channels)``

    Example:
        >>> import numpy as np
        >>> Resizing(4, 6)(np.ones((2, 8, 8, 3), "float32")).shape
        (2, 4, 6, 3)

    Reference:
        ``hornbeam.ops.image.resize`` has the formula.

    Differs:
        Whole numbers become floats, as in the other layers. Keras rounds.
    """

    height = field(convert=integer(1))
    width = field(convert=integer(1))
    interpolation = field("bilinear", convert=name_of(*INTERPOLATIONS))
    crop_to_aspect_ratio = field(False)
    pad_to_aspect_ratio = field(False)
    fill_mode = field("constant", convert=name_of("constant"))
    fill_value = field(0.0, convert=number())
    antialias = field(False, convert=bool)
    data_format = field(None, convert=data_format)

    def _ready(self) -> None:
        super()._ready()
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            expected = "crop_to_aspect_ratio or pad_to_aspect_ratio"
            raise ArgumentError(self.where, expected, "both", "Choose one of them.")

    def call(self, images: Any) -> Any:
        return self.batched(images, self._resized)

    def _resized(self, images: jax.Array) -> jax.Array:
        return resize(
            images, (self.height, self.width), self.interpolation, self.antialias, self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio, self.fill_mode, self.fill_value, "channels_last",
        )  # fmt: skip


def largest_window(images: jax.Array, height: int, width: int) -> jax.Array:
    """The largest window in the middle that has the wanted ratio, resized."""
    return resize(images, (height, width), crop_to_aspect_ratio=True, data_format="channels_last")


@LAYERS.add()
class CenterCrop(ImageLayer):
    """Cuts the middle out of images, in training and at inference.

    Images that are smaller are resized instead: their largest window of the wanted ratio is brought to the size.

    Args:
        height, width: the size of what is cut out.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, new height, new width, channels)``

    Example:
        >>> import numpy as np
        >>> image = np.arange(16, dtype="float32").reshape(4, 4, 1)
        >>> print(CenterCrop(2, 2)(image)[:, :, 0])
        [[ 5.  6.]
         [ 9. 10.]]
    """

    height = field(convert=integer(1))
    width = field(convert=integer(1))
    data_format = field(None, convert=data_format)

    def call(self, images: Any) -> Any:
        return self.batched(images, self._cropped)

    def _cropped(self, images: jax.Array) -> jax.Array:
        above, beside = images.shape[1] - self.height, images.shape[2] - self.width
        if min(above, beside) < 0:
            return largest_window(images, self.height, self.width)
        return cut(images, above // 2, beside // 2, self.height, self.width, "channels_last")


@LAYERS.add()
class RandomCrop(RandomImageLayer):
    """Cuts a window out of images, at a place drawn for each batch while training.

    At inference, and where images are smaller than the window, their largest window in the middle of the wanted ratio
    is resized.

    Args:
        height, width: the size of what is cut out.
        seed: makes the places the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, new height, new width, channels)``

    Example:
        >>> import numpy as np
        >>> RandomCrop(4, 4)(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 4, 4, 3)

    Differs:
        Keras returns images as they are at inference, in another size than in training. An image as high as the
        window, and wider, is cut at random places too.
    """

    height = field(convert=integer(1))
    width = field(convert=integer(1))
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 2

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        free = images.shape[1] - self.height, images.shape[2] - self.width
        if min(free) < 0:
            return self.at_rest(images)
        # the first image's numbers are the batch's
        top, left = (jnp.floor(numbers[0, k] * (free[k] + 1)).astype(jnp.int32) for k in (0, 1))
        return cut(images, top, left, self.height, self.width, "channels_last")

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        if min(masks.shape[1] - self.height, masks.shape[2] - self.width) < 0:
            return resize(masks, (self.height, self.width), "nearest", False, True, data_format="channels_last")
        return self.augment(masks, numbers, key)

    def at_rest(self, images: jax.Array) -> jax.Array:
        return largest_window(images, self.height, self.width)
