"""Global pooling: one number for each channel, whatever the size of the sample."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Spatial


class GlobalPooling(Spatial):
    """Base: one number for each channel."""

    data_format = field(None, convert=data_format)
    keepdims = field(False)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.check_lengths(input_shape)

    def check_lengths(self, shape: Any) -> None:
        """Refuses an axis without entries, which has neither a largest one nor a mean."""
        if any(shape[axis] == 0 for axis in self.spatial_axes):
            raise ShapeError(
                self.where, "at least one entry along each axis", f"shape {tuple(shape)}", "Give it longer samples."
            )


class GlobalMax(GlobalPooling):
    """What global max pooling computes, in any number of dimensions."""

    def call(self, x: Any) -> Any:
        self.check_lengths(x.shape)
        return jnp.max(x, self.spatial_axes, keepdims=bool(self.keepdims))


class GlobalAverage(GlobalPooling):
    """What global average pooling computes, in any number of dimensions."""

    def call(self, x: Any) -> Any:
        self.check_lengths(x.shape)
        return jnp.mean(x, self.spatial_axes, keepdims=bool(self.keepdims))


@LAYERS.add("GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMax):
    """The largest entry of each channel of a sequence: whether a feature was there at all.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether the axis of the steps stays, with length 1.

    Shapes:
        ``(batch, steps, channels) -> (batch, channels)``

    Example:
        >>> import numpy as np
        >>> print(GlobalMaxPooling1D()(np.array([[[1.0, 9.0], [3.0, 2.0], [2.0, 4.0]]])))
        [[3. 9.]]

    Reference:
        Collobert et al. (2011), Natural language processing (almost) from scratch, section 3.3.
    """

    rank = 1


@LAYERS.add("GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMax):
    """The largest entry of each channel of an image.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether height and width stay, with length 1.

    Shapes:
        ``(batch, height, width, channels) -> (batch, channels)``

    Example:
        >>> import numpy as np
        >>> GlobalMaxPooling2D(keepdims=True)(np.ones((2, 7, 7, 3), "float32")).shape
        (2, 1, 1, 3)
    """

    rank = 2


@LAYERS.add("GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMax):
    """The largest entry of each channel of a volume.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether depth, height and width stay, with length 1.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, channels)``

    Example:
        >>> import numpy as np
        >>> GlobalMaxPooling3D()(np.ones((2, 4, 5, 6, 3), "float32")).shape
        (2, 3)
    """

    rank = 3


@LAYERS.add("GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAverage):
    """The mean of each channel over the steps of a sequence, those under a mask left out.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether the axis of the steps stays, with length 1.

    Shapes:
        ``(batch, steps, channels) -> (batch, channels)``; mask ``(batch, steps)``.

    Example:
        >>> import numpy as np
        >>> x = np.array([[[1.0], [3.0], [100.0]]])
        >>> print(GlobalAveragePooling1D()(x, mask=np.array([[True, True, False]])))
        [[2.]]

    Reference:
        Lin, Chen, Yan (2014), Network in network, section 3.2.

    Differs:
        Keras gives NaN for a sample of which no step is left, Hornbeam 0.
    """

    rank = 1
    supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(x)
        self.check_lengths(x.shape)
        axis, keep = self.spatial_axes[0], bool(self.keepdims)
        mask = jnp.asarray(mask, bool)
        if mask.shape != (x.shape[0], x.shape[axis]):
            raise ShapeError(
                f"{self.where}, mask",
                f"shape {(x.shape[0], x.shape[axis])}, an entry for each sample and step",
                mask.shape,
                "Give a mask (batch, steps).",
            )
        mask = jnp.expand_dims(mask, self.channel_axis)
        count = jnp.maximum(mask.sum(axis, keepdims=keep), 1).astype(x.dtype)
        return jnp.where(mask, x, jnp.zeros((), x.dtype)).sum(axis, keepdims=keep) / count

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


@LAYERS.add("GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAverage):
    """The mean of each channel of an image.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether height and width stay, with length 1.

    Shapes:
        ``(batch, height, width, channels) -> (batch, channels)``

    Example:
        >>> import numpy as np
        >>> GlobalAveragePooling2D()(np.ones((2, 7, 7, 3), "float32")).shape
        (2, 3)

    Reference:
        Lin, Chen, Yan (2014), Network in network, section 3.2.
    """

    rank = 2


@LAYERS.add("GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAverage):
    """The mean of each channel of a volume.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        keepdims: whether depth, height and width stay, with length 1.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, channels)``

    Example:
        >>> import numpy as np
        >>> GlobalAveragePooling3D()(np.ones((2, 4, 5, 6, 3), "float32")).shape
        (2, 3)
    """

    rank = 3


# Keras's other names
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)
