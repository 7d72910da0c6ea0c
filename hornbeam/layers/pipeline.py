"""Pipeline: layers one after the other, as one layer."""

from __future__ import annotations

from typing import Any

from hornbeam.core.checks import Refused
from hornbeam.core.config import field
from hornbeam.layers.layer import LAYERS, Layer


def _layers(value: Any) -> list[Layer]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(layer, Layer) for layer in value):
        raise Refused("a list of layers", "Write for example Pipeline([Rescaling(1 / 255), RandomFlip()]).")
    return list(value)


@LAYERS.add()
class Pipeline(Layer):
    """Layers one after the other as one layer, for the preparation of data: ``f_n(… f_2(f_1(x)))``.

    Args:
        layers: the layers, the first one first.

    Example:
        >>> import numpy as np
        >>> from hornbeam.layers import Rescaling
        >>> print(Pipeline([Rescaling(2.0), Rescaling(1.0, offset=1.0)])(np.float32([[3.0]])))
        [[7.]]

    Differs:
        Where nobody says whether it trains, Keras's pipeline calls ``Dropout`` and its like as in training. Here only
        layers that augment pictures do so, as they do outside of a pipeline.
    """

    layers = field(convert=_layers)

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = all(layer.rowwise for layer in self.layers)

    def build(self, input_shape: Any) -> None:
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)
                layer.built = True
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, inputs: Any) -> Any:
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs
