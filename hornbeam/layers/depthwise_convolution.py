"""Convolutions of each channel on its own: DepthwiseConv1D and 2D, and SeparableConv1D and 2D, which then mix them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, integers, word
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Convolving, each
from hornbeam.ops.convolution import convolve, convolve_depthwise


def _depthwise(dimensions: int) -> Any:
    """The base of the depthwise convolution of a rank, with Keras's defaults for it."""

    class Depthwise(Convolving):
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field(each(1, dimensions), convert=integers(dimensions, 1))
        padding = field("valid", convert=word("valid", "same"))
        depth_multiplier = field(1, convert=integer(1))
        data_format = field(None, convert=data_format)
        dilation_rate = field(each(1, dimensions), convert=integers(dimensions, 1))
        activation = field(None, convert=activations.get)
        use_bias = field(True)
        depthwise_initializer = field("glorot_uniform", convert=initializers.get, key=False)
        bias_initializer = field("zeros", convert=initializers.get, key=False)
        depthwise_regularizer = field(None, convert=regularizers.get)
        bias_regularizer = field(None, convert=regularizers.get)
        activity_regularizer = field(None, convert=regularizers.get)
        depthwise_constraint = field(None, convert=constraints.get)
        bias_constraint = field(None, convert=constraints.get)

        rank = dimensions
        kernel: Any

        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            channels = int(input_shape[self.channel_axis])
            self.kernel = self.add_kernel((*self.kernel_size, channels, self.depth_multiplier), "depthwise")
            self.add_bias(channels * self.depth_multiplier)

        def call(self, x: Any) -> Any:
            windows, kernel = (self.strides, self.padding, self.dilation_rate), jnp.asarray(self.kernel)
            return self.finished(convolve_depthwise(self.from_given(x), kernel, *windows, where=self.where))

    return Depthwise


_depthwise1d: Any = _depthwise(1)
_depthwise2d: Any = _depthwise(2)


@LAYERS.add()
class DepthwiseConv1D(_depthwise1d):
    """A window slides along each channel of a sequence on its own.

    ``output[t, c · m + j] = activation(sum_p input[t · strides + p · dilation_rate, c] · kernel[p, c, j] + bias[…])``

    Args:
        kernel_size: length of the window.
        strides: steps from one position of the window to the next.
        padding: ``"valid"`` or ``"same"``, as in ``Conv1D``.
        depth_multiplier: m, how many filters each channel has.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        depthwise_initializer, bias_initializer: first values of the weights.
        depthwise_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        depthwise_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, steps, channels) -> (batch, positions, channels · depth_multiplier)``; kernel ``(kernel_size,
        channels, depth_multiplier)``, bias ``(channels · depth_multiplier,)``.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((2, 7, 5), "float32")).shape
        (2, 5, 10)

    Reference:
        Chollet (2017), Xception: deep learning with depthwise separable convolutions, section 2.
    """


@LAYERS.add()
class DepthwiseConv2D(_depthwise2d):
    """A window slides over each channel of an image on its own.

    Args:
        kernel_size: height and width of the window: one number for both, or two.
        strides: steps from one position of the window to the next: one number, or two.
        padding, depth_multiplier, data_format, dilation_rate, activation, use_bias: as in ``DepthwiseConv1D``.
        depthwise_initializer, bias_initializer: first values of the weights.
        depthwise_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        depthwise_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, channels · depth_multiplier)``; kernel
        ``(*kernel_size, channels, depth_multiplier)``, bias ``(channels · depth_multiplier,)``.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv2D(3, padding="same")(np.ones((2, 8, 8, 5), "float32")).shape
        (2, 8, 8, 5)

    Reference:
        Chollet (2017), section 2.
    """


def _separable(dimensions: int) -> Any:
    """The base of the separable convolution of a rank, with Keras's defaults for it."""

    class Separable(Convolving):
        filters = field(convert=integer(1))
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field(each(1, dimensions), convert=integers(dimensions, 1))
        padding = field("valid", convert=word("valid", "same"))
        data_format = field(None, convert=data_format)
        dilation_rate = field(each(1, dimensions), convert=integers(dimensions, 1))
        depth_multiplier = field(1, convert=integer(1))
        activation = field(None, convert=activations.get)
        use_bias = field(True)
        depthwise_initializer = field("glorot_uniform", convert=initializers.get, key=False)
        pointwise_initializer = field("glorot_uniform", convert=initializers.get, key=False)
        bias_initializer = field("zeros", convert=initializers.get, key=False)
        depthwise_regularizer = field(None, convert=regularizers.get)
        pointwise_regularizer = field(None, convert=regularizers.get)
        bias_regularizer = field(None, convert=regularizers.get)
        activity_regularizer = field(None, convert=regularizers.get)
        depthwise_constraint = field(None, convert=constraints.get)
        pointwise_constraint = field(None, convert=constraints.get)
        bias_constraint = field(None, convert=constraints.get)

        rank = dimensions
        depthwise_kernel: Any
        pointwise_kernel: Any

        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            channels, multiplier = int(input_shape[self.channel_axis]), self.depth_multiplier
            self.depthwise_kernel = self.add_kernel(
                (*self.kernel_size, channels, multiplier), "depthwise", "depthwise_kernel"
            )
            self.pointwise_kernel = self.add_kernel(
                (*(1,) * self.rank, channels * multiplier, self.filters), "pointwise", "pointwise_kernel"
            )
            self.add_bias(self.filters)

        def call(self, x: Any) -> Any:
            windows, kernel = (self.strides, self.padding, self.dilation_rate), jnp.asarray(self.depthwise_kernel)
            middle = convolve_depthwise(self.from_given(x), kernel, *windows, where=self.where)
            return self.finished(convolve(middle, jnp.asarray(self.pointwise_kernel), where=self.where))

    return Separable


_separable1d: Any = _separable(1)
_separable2d: Any = _separable(2)


@LAYERS.add("SeparableConvolution1D")
class SeparableConv1D(_separable1d):
    """A window slides along each channel of a sequence on its own; then each filter is a sum over the channels.

    A window of k places takes ``k · channels + channels · filters`` weights so, instead of ``k · channels · filters``.

    Args:
        filters: number of output channels.
        kernel_size: length of the window.
        strides: steps from one position of the window to the next.
        padding: ``"valid"`` or ``"same"``, as in ``Conv1D``.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window.
        depth_multiplier: how many channels each channel of the input becomes in between.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: first values of the weights.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, steps, channels) -> (batch, positions, filters)``; depthwise kernel ``(kernel_size, channels,
        depth_multiplier)``, pointwise kernel ``(1, channels · depth_multiplier, filters)``, bias ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> SeparableConv1D(8, 3)(np.ones((2, 7, 5), "float32")).shape
        (2, 5, 8)

    Reference:
        Chollet (2017), Xception: deep learning with depthwise separable convolutions, section 2.
    """


@LAYERS.add("SeparableConvolution2D")
class SeparableConv2D(_separable2d):
    """A window slides over each channel of an image on its own; then each filter is a sum over the channels.

    Args:
        filters: number of output channels.
        kernel_size: height and width of the window: one number for both, or two.
        strides: steps from one position of the window to the next: one number, or two.
        padding, data_format, dilation_rate, depth_multiplier, activation, use_bias: as in ``SeparableConv1D``.
        depthwise_initializer, pointwise_initializer, bias_initializer: first values of the weights.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        depthwise_constraint, pointwise_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, filters)``; depthwise kernel ``(*kernel_size,
        channels, depth_multiplier)``, pointwise kernel ``(1, 1, channels · depth_multiplier, filters)``, bias
        ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> SeparableConv2D(8, 3, padding="same")(np.ones((2, 6, 6, 3), "float32")).shape
        (2, 6, 6, 8)

    Reference:
        Chollet (2017), section 2.
    """


# Keras's other names
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
