"""FNetEncoder: places mixed by a Fourier transform instead of attention."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, initializers
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.dense import Dense
from hornbeam.layers.dropout import Dropout
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.normalization import LayerNormalization
from hornbeam.ops.moments import at_least_float32


@LAYERS.add(module="keras_hub.layers")
class FNetEncoder(Layer):
    """A block of FNet: ``y = norm(x + Re(FFT2(x)))``, ``output = norm(y + dense(dense(y)))``.

    The Fourier transform over time and features mixes all places, without a weight. There is nothing to mask: padding
    is mixed in like words, as in the paper.

    Args:
        intermediate_dim: units of the first of the two dense layers; the second has as many as the input has features.
        dropout: the share of the dense layers' output that is dropped while training.
        activation: of the first dense layer.
        layer_norm_epsilon: added to the variance in the normalisations.
        kernel_initializer, bias_initializer: first values of the weights.

    Shapes:
        ``(batch, time, features)``, kept.

    Example:
        >>> import numpy as np
        >>> FNetEncoder(intermediate_dim=32)(np.ones((3, 5, 8), "float32")).shape
        (3, 5, 8)

    Reference:
        Lee-Thorp et al. (2022), FNet: mixing tokens with Fourier transforms, section 3.
    """

    intermediate_dim = field(convert=integer(1))
    dropout = field(0, convert=number(0, 1, open_high=True))
    activation = field("relu", convert=activations.get)
    layer_norm_epsilon = field(1e-5, convert=number(0))
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)

    rowwise = True

    def build(self, inputs_shape: Any) -> None:
        shape = tuple(inputs_shape)
        if len(shape) != 3 or shape[-1] is None:
            raise ShapeError(
                self.where,
                "an input (batch, time, features) with a known number of features",
                f"shape {shape}",
                "Embed whole numbers first, for example with TokenAndPositionEmbedding.",
            )
        norm = {"epsilon": self.layer_norm_epsilon, "dtype": self.dtype}
        dense = {
            "kernel_initializer": self.kernel_initializer,
            "bias_initializer": self.bias_initializer,
            "dtype": self.dtype,
        }
        self._mixing_layer_norm = LayerNormalization(**norm, name="mixing_layer_norm")
        self._output_layer_norm = LayerNormalization(**norm, name="output_layer_norm")
        self._intermediate_dense = Dense(
            self.intermediate_dim, activation=self.activation, **dense, name="intermediate_dense"
        )
        self._output_dense = Dense(int(shape[-1]), **dense, name="output_dense")
        self._output_dropout = Dropout(self.dropout, dtype=self.dtype, name="output_dropout")
        for layer in (self._mixing_layer_norm, self._output_layer_norm, self._intermediate_dense):
            layer.build(shape)
        self._output_dense.build((*shape[:-1], self.intermediate_dim))

    def call(self, inputs: Any, training: Any = None) -> Any:
        mixed = jnp.fft.fft2(at_least_float32(inputs)).real.astype(inputs.dtype)
        x = self._mixing_layer_norm(inputs + mixed)
        thought = self._output_dropout(self._output_dense(self._intermediate_dense(x)))
        return self._output_layer_norm(x + thought)
