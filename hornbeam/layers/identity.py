"""Layers that hand their input on: Identity and ActivityRegularization."""

from __future__ import annotations

from typing import Any

from hornbeam import regularizers
from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.layers.layer import LAYERS, Layer


@LAYERS.add()
class Identity(Layer):
    """Gives its input back: a place to be filled, or a name for a point of the graph.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> Identity()(np.ones((2, 3), "float32")).shape
        (2, 3)
    """

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return x


@LAYERS.add()
class ActivityRegularization(Layer):
    """Gives its input back and adds ``(l1 · sum |x| + l2 · sum x²) / batch size`` to the loss.

    Args:
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> layer = ActivityRegularization(l1=0.5)
        >>> output = layer(np.ones((2, 3), "float32"))
        >>> float(layer.losses[0])
        1.5
    """

    l1 = field(0.0, convert=number(0))
    l2 = field(0.0, convert=number(0))
    activity_regularizer = field(None, kw_only=True, config=False, key=False)

    supports_masking = True
    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        self.activity_regularizer = regularizers.L1L2(self.l1, self.l2)

    def call(self, x: Any) -> Any:
        return x
