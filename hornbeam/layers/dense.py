"""Layers of matrix products: Dense and EinsumDense."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer


@LAYERS.add()
class Dense(Layer):
    """A fully connected layer: ``output = activation(input · kernel + bias)``.

    Args:
        units: number of outputs of each sample.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, …, features) -> (batch, …, units)``; kernel ``(features, units)``, bias ``(units,)``.

    Example:
        >>> import numpy as np
        >>> Dense(3)(np.ones((2, 4), "float32")).shape
        (2, 3)

    Reference:
        Rosenblatt (1958), The Perceptron; Goodfellow, Bengio, Courville (2016), Deep Learning, equation 6.36.
    """

    units = field(convert=integer(1))
    activation = field(None, convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    activity_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)

    supports_masking = True
    rowwise = True

    def build(self, input_shape: Any) -> None:
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ShapeError(
                self.where,
                "an input with at least 2 axes and a known number of features, like (batch, features)",
                f"shape {tuple(input_shape)}",
                "For one sample, add a batch axis: x[None, :]." if len(input_shape) < 2 else "Give Input a full shape.",
            )
        features = int(input_shape[-1])
        self.kernel = self.add_weight(
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, x: Any) -> Any:
        output = jnp.matmul(x, self.kernel)
        if self.use_bias:
            output = output + self.bias
        return self.activation(output)
