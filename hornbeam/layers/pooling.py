"""Max and average pooling: one number for each window and channel."""

from __future__ import annotations

from typing import Any

from hornbeam.core.checks import integers, word
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Spatial
from hornbeam.ops.pooling import highest, mean


def _pooling(dimensions: int, size: Any = None) -> Any:
    """The base of the pooling layers of a rank; ``size`` is the default of ``pool_size``, if it has one."""
    sized = {} if size is None else {"default": size}

    class Pooling(Spatial):
        pool_size = field(convert=integers(dimensions, 1), **sized)
        strides = field(None, convert=integers(dimensions, 1, optional=True))
        padding = field("valid", convert=word("valid", "same"))
        data_format = field(None, convert=data_format)
        name = field(None, key=False)

        rank = dimensions

        def _ready(self) -> None:
            super()._ready()
            self.strides = self.strides or self.pool_size

    return Pooling


class MaxPooling:
    """What max pooling computes, in any number of dimensions."""

    def call(self: Any, x: Any) -> Any:
        return self.to_given(highest(self.from_given(x), self.pool_size, self.strides, self.padding, self.where))


class AveragePooling:
    """What average pooling computes, in any number of dimensions."""

    def call(self: Any, x: Any) -> Any:
        return self.to_given(mean(self.from_given(x), self.pool_size, self.strides, self.padding, self.where))


_max1d: Any = _pooling(1, 2)
_max2d: Any = _pooling(2, (2, 2))
_max3d: Any = _pooling(3, (2, 2, 2))
_average1d: Any = _pooling(1)
_average2d: Any = _pooling(2)
_average3d: Any = _pooling(3)


@LAYERS.add("MaxPool1D")
class MaxPooling1D(MaxPooling, _max1d):
    """The largest entry of each window of a sequence, channel by channel; of equal ones the first gets the gradient.

    Args:
        pool_size: length of the window.
        strides: steps from one window to the next; None takes ``pool_size``, so that windows lie end to end.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over both ends.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, steps, channels) -> (batch, positions, channels)``; with ``"valid"`` there are
        ``(steps - pool_size) // strides + 1`` positions, with ``"same"`` ``steps / strides``, rounded up.

    Example:
        >>> import numpy as np
        >>> print(MaxPooling1D()(np.array([[[1.0], [3.0], [2.0], [0.0], [5.0]]]))[0, :, 0])
        [3. 2.]

    Reference:
        Goodfellow, Bengio, Courville (2016), Deep Learning, section 9.3.
    """


@LAYERS.add("MaxPool2D")
class MaxPooling2D(MaxPooling, _max2d):
    """The largest entry of each window of an image, channel by channel; of equal ones the first gets the gradient.

    Args:
        pool_size: height and width of the window: one number for both, or two.
        strides: steps from one window to the next: one number, or two; None takes ``pool_size``.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over the edges.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, channels)``

    Example:
        >>> import numpy as np
        >>> MaxPooling2D()(np.ones((2, 7, 7, 3), "float32")).shape
        (2, 3, 3, 3)

    Reference:
        Goodfellow, Bengio, Courville (2016), section 9.3.
    """


@LAYERS.add("MaxPool3D")
class MaxPooling3D(MaxPooling, _max3d):
    """The largest entry of each window of a volume, channel by channel; of equal ones the first gets the gradient.

    Args:
        pool_size: depth, height and width of the window: one number for all, or three.
        strides: steps from one window to the next: one number, or three; None takes ``pool_size``.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over the edges.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, planes, rows, columns, channels)``

    Example:
        >>> import numpy as np
        >>> MaxPooling3D()(np.ones((2, 4, 6, 8, 3), "float32")).shape
        (2, 2, 3, 4, 3)

    Reference:
        Goodfellow, Bengio, Courville (2016), section 9.3.
    """


@LAYERS.add("AvgPool1D")
class AveragePooling1D(AveragePooling, _average1d):
    """The mean of each window of a sequence, channel by channel; over the ends, of what is inside.

    Args:
        pool_size: length of the window.
        strides: steps from one window to the next; None takes ``pool_size``, so that windows lie end to end.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over both ends.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, steps, channels) -> (batch, positions, channels)``, as ``MaxPooling1D``.

    Example:
        >>> import numpy as np
        >>> print(AveragePooling1D(2, padding="same")(np.array([[[1.0], [3.0], [2.0], [0.0], [5.0]]]))[0, :, 0])
        [2. 1. 5.]

    Reference:
        LeCun et al. (1998), Gradient-based learning applied to document recognition, section II.B: sub-sampling.
    """


@LAYERS.add("AvgPool2D")
class AveragePooling2D(AveragePooling, _average2d):
    """The mean of each window of an image, channel by channel; over the edges, of what is inside.

    Args:
        pool_size: height and width of the window: one number for both, or two.
        strides: steps from one window to the next: one number, or two; None takes ``pool_size``.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over the edges.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, channels)``

    Example:
        >>> import numpy as np
        >>> AveragePooling2D(3, strides=2, padding="same")(np.ones((2, 7, 7, 3), "float32")).shape
        (2, 4, 4, 3)

    Reference:
        LeCun et al. (1998), section II.B.
    """


@LAYERS.add("AvgPool3D")
class AveragePooling3D(AveragePooling, _average3d):
    """The mean of each window of a volume, channel by channel; over the edges, of what is inside.

    Args:
        pool_size: depth, height and width of the window: one number for all, or three.
        strides: steps from one window to the next: one number, or three; None takes ``pool_size``.
        padding: ``"valid"`` leaves out what fills no whole window; ``"same"`` lets windows reach over the edges.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        name: how summaries, files and errors call it.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, planes, rows, columns, channels)``

    Example:
        >>> import numpy as np
        >>> AveragePooling3D(2)(np.ones((2, 4, 6, 8, 3), "float32")).shape
        (2, 2, 3, 4, 3)

    Reference:
        LeCun et al. (1998), section II.B.
    """


# Keras's other names
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
