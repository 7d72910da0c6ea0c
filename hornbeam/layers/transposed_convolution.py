"""Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: a convolution's way back, from few to many."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, integers, word
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Convolving, each, refuse_strides_with_dilation
from hornbeam.ops.convolution import convolve_transposed


def _transposed(dimensions: int) -> Any:
    """The base of the transposed convolution of a rank, with Keras's defaults and order of arguments for it."""

    class Transposed(Convolving):
        filters = field(convert=integer(1))
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field(each(1, dimensions), convert=integers(dimensions, 1))
        padding = field("valid", convert=word("valid", "same"))
        if dimensions == 3:  # Keras has the two in another order there
            data_format = field(None, convert=data_format)
            output_padding = field(None, convert=integers(dimensions, 0, optional=True))
        else:
            output_padding = field(None, convert=integers(dimensions, 0, optional=True))
            data_format = field(None, convert=data_format)
        dilation_rate = field(each(1, dimensions), convert=integers(dimensions, 1))
        activation = field(None, convert=activations.get)
        use_bias = field(True)
        kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
        bias_initializer = field("zeros", convert=initializers.get, key=False)
        kernel_regularizer = field(None, convert=regularizers.get)
        bias_regularizer = field(None, convert=regularizers.get)
        activity_regularizer = field(None, convert=regularizers.get)
        kernel_constraint = field(None, convert=constraints.get)
        bias_constraint = field(None, convert=constraints.get)

        rank = dimensions
        kernel: Any

        def _ready(self) -> None:
            super()._ready()
            refuse_strides_with_dilation(self.where, self.strides, self.dilation_rate)
            if self.output_padding is not None and any(
                extra >= stride for extra, stride in zip(self.output_padding, self.strides, strict=True)
            ):
                raise ArgumentError(
                    f"{self.where}, output_padding",
                    f"less than the strides {self.strides} along each axis",
                    self.output_padding,
                    "Leave it out, and the output has the length that padding says.",
                )

        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            self.kernel = self.add_kernel((*self.kernel_size, self.filters, int(input_shape[self.channel_axis])))
            self.add_bias(self.filters)

        def call(self, x: Any) -> Any:
            windows = self.strides, self.padding, self.output_padding, self.dilation_rate
            kernel = jnp.asarray(self.kernel)
            return self.finished(convolve_transposed(self.from_given(x), kernel, *windows, where=self.where))

    return Transposed


_transposed1d: Any = _transposed(1)
_transposed2d: Any = _transposed(2)
_transposed3d: Any = _transposed(3)


@LAYERS.add("Convolution1DTranspose")
class Conv1DTranspose(_transposed1d):
    """Each step adds its multiple of the kernel to a longer sequence, ``strides`` steps from its neighbour's.

    ``output[t · strides + p, f] += sum_c input[t, c] · kernel[p, f, c]``, then bias and activation. As a linear map it
    is the transpose of the ``Conv1D`` with the same kernel.

    Args:
        filters: number of output channels.
        kernel_size: length of the window.
        strides: steps between the places that neighbours add to: how many times longer the output is.
        padding: ``"valid"`` keeps all that is added to; ``"same"`` makes the output ``strides`` times as long as the
            input.
        output_padding: sets the length instead: ``(steps - 1) · strides + kernel_size + output_padding`` with
            ``"valid"``, and with ``"same"`` the same with 1 or 0 for an odd or even ``kernel_size``. Below ``strides``.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window; only with ``strides=1``.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, steps, channels) -> (batch, more steps, filters)``; kernel ``(kernel_size, filters, channels)``, bias
        ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> Conv1DTranspose(3, 4, strides=2, padding="same")(np.ones((2, 5, 1), "float32")).shape
        (2, 10, 3)

    Reference:
        Dumoulin & Visin (2016), A guide to convolution arithmetic for deep learning, chapter 4.
    """


@LAYERS.add("Convolution2DTranspose")
class Conv2DTranspose(_transposed2d):
    """Each pixel adds its multiple of the kernel to a larger image: the transpose of ``Conv2D`` as a linear map.

    Args:
        filters: number of output channels.
        kernel_size: height and width of the window: one number for both, or two.
        strides: how many times larger the output is: one number, or two.
        padding, output_padding, data_format, dilation_rate, activation, use_bias: as in ``Conv1DTranspose``.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, filters)``; kernel ``(*kernel_size, filters,
        channels)``, bias ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> Conv2DTranspose(16, 3, strides=2, padding="same")(np.ones((2, 7, 7, 4), "float32")).shape
        (2, 14, 14, 16)

    Reference:
        Dumoulin & Visin (2016), chapter 4.
    """


@LAYERS.add("Convolution3DTranspose")
class Conv3DTranspose(_transposed3d):
    """Each entry of a volume adds its multiple of the kernel to a larger one: the transpose of ``Conv3D``.

    Args:
        filters: number of output channels.
        kernel_size: depth, height and width of the window: one number for all, or three.
        strides: how many times larger the output is: one number, or three.
        padding, data_format, output_padding, dilation_rate, activation, use_bias: as in ``Conv1DTranspose``.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, planes, rows, columns, filters)``; kernel ``(*kernel_size,
        filters, channels)``, bias ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> Conv3DTranspose(2, 2, strides=2)(np.ones((1, 2, 3, 4, 5), "float32")).shape
        (1, 4, 6, 8, 2)

    Reference:
        Dumoulin & Visin (2016), chapter 4.
    """


# Keras's other names
Convolution1DTranspose, Convolution2DTranspose, Convolution3DTranspose = (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
