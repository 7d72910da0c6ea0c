"""Wrapper: a layer around another."""

from __future__ import annotations

from typing import Any

from hornbeam.core.checks import Refused
from hornbeam.core.config import field
from hornbeam.layers.layer import LAYERS, Layer


def inner_layer(value: Any) -> Layer:
    """Converter that accepts layers only."""
    if not isinstance(value, Layer):
        raise Refused("a layer", "Write for example TimeDistributed(Dense(10)).")
    return value


@LAYERS.add()
class Wrapper(Layer):
    """Base of layers around another, which is their attribute ``layer``.

    Args:
        layer: the layer within.

    Example:
        >>> from hornbeam.layers import Dense
        >>> class Doubled(Wrapper):
        ...     def call(self, x):
        ...         return 2 * self.layer(x)
        >>> import numpy as np
        >>> Doubled(Dense(3))(np.ones((2, 4), "float32")).shape
        (2, 3)
    """

    layer = field(convert=inner_layer)

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
