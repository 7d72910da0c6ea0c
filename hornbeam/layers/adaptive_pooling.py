"""Adaptive pooling: as many windows as one wants, whatever the size of the sample."""

from __future__ import annotations

from typing import Any

from hornbeam.core.checks import integers
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Spatial
from hornbeam.ops.pooling import adaptive_highest, adaptive_mean


def _adaptive(dimensions: int) -> Any:
    """The base of the adaptive pooling layers of a rank."""

    class Adaptive(Spatial):
        output_size = field(convert=integers(dimensions, 1))
        data_format = field(None, convert=data_format)

        rank = dimensions

    return Adaptive


class AdaptiveMax:
    """What adaptive max pooling computes, in any number of dimensions."""

    def call(self: Any, x: Any) -> Any:
        return self.to_given(adaptive_highest(self.from_given(x), self.output_size))


class AdaptiveAverage:
    """What adaptive average pooling computes, in any number of dimensions."""

    def call(self: Any, x: Any) -> Any:
        return self.to_given(adaptive_mean(self.from_given(x), self.output_size))


_adaptive1d: Any = _adaptive(1)
_adaptive2d: Any = _adaptive(2)
_adaptive3d: Any = _adaptive(3)


@LAYERS.add()
class AdaptiveMaxPooling1D(AdaptiveMax, _adaptive1d):
    """The largest entries of ``output_size`` windows that share out a sequence.

    Window i of m covers the steps from ``floor(i · n / m)`` to before ``ceil((i + 1) · n / m)``; neighbours may
    overlap.

    Args:
        output_size: m, the number of windows, for sequences of any length n.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, steps, channels) -> (batch, output_size, channels)``

    Example:
        >>> import numpy as np
        >>> print(AdaptiveMaxPooling1D(2)(np.array([[[1.0], [3.0], [2.0], [0.0], [5.0]]]))[0, :, 0])
        [3. 5.]

    Reference:
        He et al. (2014), Spatial pyramid pooling in deep convolutional networks, section 2.3.
    """


@LAYERS.add()
class AdaptiveMaxPooling2D(AdaptiveMax, _adaptive2d):
    """The largest entries of windows that share out an image of any size.

    Args:
        output_size: rows and columns of windows: one number for both, or two.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, height, width, channels) -> (batch, *output_size, channels)``

    Example:
        >>> import numpy as np
        >>> AdaptiveMaxPooling2D((3, 2))(np.ones((2, 7, 9, 4), "float32")).shape
        (2, 3, 2, 4)

    Reference:
        He et al. (2014), section 2.3.
    """


@LAYERS.add()
class AdaptiveMaxPooling3D(AdaptiveMax, _adaptive3d):
    """The largest entries of windows that share out a volume of any size.

    Args:
        output_size: how many windows along depth, height and width: one number for all, or three.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, *output_size, channels)``

    Example:
        >>> import numpy as np
        >>> AdaptiveMaxPooling3D(2)(np.ones((2, 4, 7, 9, 1), "float32")).shape
        (2, 2, 2, 2, 1)

    Reference:
        He et al. (2014), section 2.3.
    """


@LAYERS.add()
class AdaptiveAveragePooling1D(AdaptiveAverage, _adaptive1d):
    """The means of ``output_size`` windows that share out a sequence.

    Window i of m covers the steps from ``floor(i · n / m)`` to before ``ceil((i + 1) · n / m)``; neighbours may
    overlap.

    Args:
        output_size: m, the number of windows, for sequences of any length n.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, steps, channels) -> (batch, output_size, channels)``

    Example:
        >>> import numpy as np
        >>> print(AdaptiveAveragePooling1D(2)(np.array([[[1.0], [3.0], [2.0], [0.0], [7.0]]]))[0, :, 0])
        [2. 3.]

    Reference:
        He et al. (2014), section 2.3.
    """


@LAYERS.add()
class AdaptiveAveragePooling2D(AdaptiveAverage, _adaptive2d):
    """The means of windows that share out an image of any size.

    Args:
        output_size: rows and columns of windows: one number for both, or two.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, height, width, channels) -> (batch, *output_size, channels)``

    Example:
        >>> import numpy as np
        >>> AdaptiveAveragePooling2D(1)(np.ones((2, 7, 9, 4), "float32")).shape
        (2, 1, 1, 4)

    Reference:
        He et al. (2014), section 2.3.
    """


@LAYERS.add()
class AdaptiveAveragePooling3D(AdaptiveAverage, _adaptive3d):
    """The means of windows that share out a volume of any size.

    Args:
        output_size: how many windows along depth, height and width: one number for all, or three.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, *output_size, channels)``

    Example:
        >>> import numpy as np
        >>> AdaptiveAveragePooling3D(2)(np.ones((2, 4, 7, 9, 1), "float32")).shape
        (2, 2, 2, 2, 1)

    Reference:
        He et al. (2014), section 2.3.
    """
