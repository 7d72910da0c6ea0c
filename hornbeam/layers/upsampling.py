"""UpSampling1D, 2D, 3D: each step, pixel or entry several times, or interpolated."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, integers, word
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Spatial

_METHODS = {
    "nearest": "nearest",
    "bilinear": "linear",
    "bicubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def _repeated(x: Any, times: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """Each entry ``times`` times along each axis."""
    for axis, count in zip(axes, times, strict=True):
        x = jnp.repeat(x, count, axis, total_repeat_length=x.shape[axis] * count)
    return x


@LAYERS.add()
class UpSampling1D(Spatial):
    """Each step ``size`` times, one after the other.

    Args:
        size: how many times.

    Shapes:
        ``(batch, steps, channels) -> (batch, steps · size, channels)``

    Example:
        >>> import numpy as np
        >>> print(UpSampling1D(2)(np.array([[[1.0], [2.0]]]))[0, :, 0])
        [1. 1. 2. 2.]
    """

    size = field(2, convert=integer(1))

    rank = 1

    def call(self, x: Any) -> Any:
        return _repeated(x, (self.size,), self.spatial_axes)


@LAYERS.add()
class UpSampling2D(Spatial):
    """Each pixel as a block of ``size`` pixels, or pixels interpolated between the old ones.

    Args:
        size: how many times higher and wider: one number for both, or two.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        interpolation: ``"nearest"`` repeats pixels; ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` and ``"lanczos5"``
            weigh the old pixels by their distance.

    Shapes:
        ``(batch, height, width, channels) -> (batch, height · size[0], width · size[1], channels)``

    Example:
        >>> import numpy as np
        >>> print(UpSampling2D((1, 2))(np.array([[[[1.0], [2.0]]]]))[0, :, :, 0])
        [[1. 1. 2. 2.]]
        >>> print(UpSampling2D((1, 2), interpolation="bilinear")(np.array([[[[1.0], [2.0]]]]))[0, :, :, 0])
        [[1.   1.25 1.75 2.  ]]

    Reference:
        Keys (1981), Cubic convolution interpolation, for ``"bicubic"``; Duchon (1979), Lanczos filtering in one and two
        dimensions.
    """

    size = field((2, 2), convert=integers(2, 1))
    data_format = field(None, convert=data_format)
    interpolation = field("nearest", convert=word(*_METHODS))

    rank = 2

    def call(self, x: Any) -> Any:
        if self.interpolation == "nearest":
            return _repeated(x, self.size, self.spatial_axes)
        x = self.from_given(x)
        shape = (x.shape[0], x.shape[1] * self.size[0], x.shape[2] * self.size[1], x.shape[3])
        method = _METHODS[self.interpolation]
        return self.to_given(jax.image.resize(x, shape, method, antialias=False, precision="highest"))


@LAYERS.add()
class UpSampling3D(Spatial):
    """Each entry of a volume as a block of ``size`` entries.

    Args:
        size: how many times deeper, higher and wider: one number for all, or three.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, depth · size[0], height · size[1], width · size[2],
        channels)``

    Example:
        >>> import numpy as np
        >>> UpSampling3D()(np.ones((1, 2, 3, 4, 5), "float32")).shape
        (1, 4, 6, 8, 5)
    """

    size = field((2, 2, 2), convert=integers(3, 1))
    data_format = field(None, convert=data_format)

    rank = 3

    def call(self, x: Any) -> Any:
        return _repeated(x, self.size, self.spatial_axes)
