"""Layers that put zeros around sequences, images and volumes, or cut their edges off: ZeroPadding and Cropping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from hornbeam.core.checks import Refused, integers
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Spatial

Pairs = tuple[tuple[int, int], ...]


def _pairs(rank: int) -> Callable[[Any], Pairs]:
    """Converter to (before, after) for each axis: from one number, one for each axis, or pairs."""

    def convert(value: Any) -> Pairs:
        try:
            if isinstance(value, (list, tuple)):
                each = [integers(2, 0)(item) for item in value]
            else:
                each = [integers(2, 0)(value)] * rank
        except Refused:
            each = []
        if len(each) != rank:
            raise Refused(
                f"a number of at least 0, {rank} of them, or {rank} pairs (before, after)",
                f"Write for example {((1, 2),) * rank}.",
            )
        return tuple(each)

    return convert


def _pair(value: Any) -> tuple[int, int]:
    """Converter to (before, after), from one number for both or two."""
    if isinstance(value, (list, tuple)) and len(value) != 2:
        raise Refused("a number of at least 0, or a pair (before, after)", "Write for example (1, 2).")
    return integers(2, 0)(value)


class Padding(Spatial):
    """What zero padding computes, in any number of dimensions."""

    padding: Any

    def call(self, x: Any) -> Any:
        pairs = (self.padding,) if self.rank == 1 else self.padding
        edges = [(0, 0)] * x.ndim
        for axis, pair in zip(self.spatial_axes, pairs, strict=True):
            edges[axis] = pair
        return jnp.pad(x, edges)


class Cropping(Spatial):
    """What cropping computes, in any number of dimensions."""

    cropping: Any

    def call(self, x: Any) -> Any:
        pairs = (self.cropping,) if self.rank == 1 else self.cropping
        starts, ends = [0] * x.ndim, list(x.shape)
        for axis, (before, after) in zip(self.spatial_axes, pairs, strict=True):
            starts[axis], ends[axis] = before, x.shape[axis] - after
        if any(starts[axis] >= ends[axis] for axis in self.spatial_axes):
            raise ShapeError(
                f"{self.where}, cropping",
                f"less than the input of shape {x.shape} has along each axis",
                self.cropping,
                "Cut off less.",
            )
        return lax.slice(x, starts, ends)


@LAYERS.add()
class ZeroPadding1D(Padding):
    """Puts zeros before and after each sequence.

    Args:
        padding: how many: one number for both ends, or (before, after).
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, steps, channels) -> (batch, before + steps + after, channels)``

    Example:
        >>> import numpy as np
        >>> print(ZeroPadding1D((1, 2))(np.ones((1, 2, 1)))[0, :, 0])
        [0. 1. 1. 0. 0.]
    """

    padding = field(1, convert=_pair)
    data_format = field(None, convert=data_format)

    rank = 1


@LAYERS.add()
class ZeroPadding2D(Padding):
    """Puts zeros around each image.

    Args:
        padding: how many: one number for all sides, (height, width), or ((top, bottom), (left, right)).
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, height, width, channels) -> (batch, top + height + bottom, left + width + right, channels)``

    Example:
        >>> import numpy as np
        >>> ZeroPadding2D(((1, 0), (2, 3)))(np.ones((1, 2, 2, 1), "float32")).shape
        (1, 3, 7, 1)
    """

    padding = field((1, 1), convert=_pairs(2))
    data_format = field(None, convert=data_format)

    rank = 2


@LAYERS.add()
class ZeroPadding3D(Padding):
    """Puts zeros around each volume.

    Args:
        padding: how many: one number for all sides, one for each axis, or (before, after) for each axis.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, deeper, higher, wider, channels)``

    Example:
        >>> import numpy as np
        >>> ZeroPadding3D(1)(np.ones((1, 2, 3, 4, 1), "float32")).shape
        (1, 4, 5, 6, 1)
    """

    padding = field(((1, 1), (1, 1), (1, 1)), convert=_pairs(3))
    data_format = field(None, convert=data_format)

    rank = 3


@LAYERS.add()
class Cropping1D(Cropping):
    """Cuts steps off both ends of each sequence.

    Args:
        cropping: how many: one number for both ends, or (before, after).

    Shapes:
        ``(batch, steps, channels) -> (batch, steps - before - after, channels)``

    Example:
        >>> import numpy as np
        >>> print(Cropping1D((1, 2))(np.arange(5.0).reshape(1, 5, 1))[0, :, 0])
        [1. 2.]
    """

    cropping = field((1, 1), convert=_pair)

    rank = 1


@LAYERS.add()
class Cropping2D(Cropping):
    """Cuts the edges of each image off.

    Args:
        cropping: how many pixels: one number for all sides, (height, width), or ((top, bottom), (left, right)).
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, height, width, channels) -> (batch, height - top - bottom, width - left - right, channels)``

    Example:
        >>> import numpy as np
        >>> Cropping2D(((1, 0), (2, 3)))(np.ones((1, 8, 8, 1), "float32")).shape
        (1, 7, 3, 1)
    """

    cropping = field(((0, 0), (0, 0)), convert=_pairs(2))
    data_format = field(None, convert=data_format)

    rank = 2


@LAYERS.add()
class Cropping3D(Cropping):
    """Cuts the edges of each volume off.

    Args:
        cropping: how much: one number for all sides, one for each axis, or (before, after) for each axis.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, less deep, less high, less wide, channels)``

    Example:
        >>> import numpy as np
        >>> Cropping3D(1)(np.ones((1, 5, 6, 7, 1), "float32")).shape
        (1, 3, 4, 5, 1)
    """

    cropping = field(((1, 1), (1, 1), (1, 1)), convert=_pairs(3))
    data_format = field(None, convert=data_format)

    rank = 3
