"""Conv1D, Conv2D, Conv3D: windows that slide along sequences, images and volumes, each with the same kernel."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, integers, word
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.spatial import Convolving, each, refuse_strides_with_dilation
from hornbeam.ops.convolution import convolve


def _convolution(dimensions: int) -> Any:
    """The base of the convolution of a rank, with Keras's defaults for it."""
    paddings = ("valid", "same", "causal") if dimensions == 1 else ("valid", "same")

    class Convolution(Convolving):
        filters = field(convert=integer(1))
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field(each(1, dimensions), convert=integers(dimensions, 1))
        padding = field("valid", convert=word(*paddings))
        data_format = field(None, convert=data_format)
        dilation_rate = field(each(1, dimensions), convert=integers(dimensions, 1))
        groups = field(1, convert=integer(1))
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
            if self.filters % self.groups:
                raise ArgumentError(
                    f"{self.where}, groups",
                    f"a number that divides the {self.filters} filters",
                    self.groups,
                    "Choose filters as a multiple of groups.",
                )

        def build(self, input_shape: Any) -> None:
            super().build(input_shape)
            channels = int(input_shape[self.channel_axis])
            if channels % self.groups:
                raise ShapeError(
                    f"{self.where}, groups",
                    f"a number that divides the input's {channels} channels",
                    self.groups,
                    "Choose another number of groups.",
                )
            self.kernel = self.add_kernel((*self.kernel_size, channels // self.groups, self.filters))
            self.add_bias(self.filters)

        def call(self, x: Any) -> Any:
            kernel, windows = jnp.asarray(self.kernel), (self.strides, self.padding, self.dilation_rate, self.groups)
            return self.finished(convolve(self.from_given(x), kernel, *windows, where=self.where))

    return Convolution


_convolution1d: Any = _convolution(1)
_convolution2d: Any = _convolution(2)
_convolution3d: Any = _convolution(3)


@LAYERS.add("Convolution1D")
class Conv1D(_convolution1d):
    """A window slides along sequences; each filter is a weighted sum of what it sees.

    ``output[t, f] = activation(sum_{p, c} input[t · strides + p · dilation_rate, c] · kernel[p, c, f] + bias[f])``

    Args:
        filters: number of output channels.
        kernel_size: length of the window, one number.
        strides: steps from one position of the window to the next.
        padding: ``"valid"``: none, the output is shorter; ``"same"``: zeros at both ends, the output has the input's
            length, divided by ``strides`` and rounded up; ``"causal"``: zeros before the beginning, so that no output
            depends on what comes after it.
        data_format: ``"channels_last"`` or ``"channels_first"``; None takes the default of the configuration.
        dilation_rate: steps between neighbours in the window; only with ``strides=1``.
        groups: into how many parts the channels are cut; each filter sees one of them.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, steps, channels) -> (batch, positions, filters)``; kernel ``(kernel_size, channels / groups,
        filters)``, bias ``(filters,)``. With ``"valid"`` there are ``(steps - kernel_size) // strides + 1`` positions.

    Example:
        >>> import numpy as np
        >>> layer = Conv1D(1, 2)
        >>> layer.build((None, 4, 1))
        >>> layer.set_weights([np.array([[[1.0]], [[2.0]]]), np.zeros(1)])
        >>> print(layer(np.array([[[0.0], [3.0], [4.0], [5.0]]]))[0, :, 0])
        [ 6. 11. 14.]

    Reference:
        LeCun et al. (1989), Backpropagation applied to handwritten zip code recognition; Goodfellow, Bengio,
        Courville (2016), Deep Learning, equation 9.6: as there, the kernel is not turned round.
    """


@LAYERS.add("Convolution2D")
class Conv2D(_convolution2d):
    """A window slides over images; each filter is a weighted sum of what it sees.

    ``output[i, j, f] = activation(sum_{p, q, c} input[i + p, j + q, c] · kernel[p, q, c, f] + bias[f])``, where strides
    and dilation are 1.

    Args:
        filters: number of output channels.
        kernel_size: height and width of the window: one number for both, or two.
        strides: steps from one position of the window to the next: one number, or two.
        padding: ``"valid"``: none, the output is smaller; ``"same"``: zeros around, the output has the input's size,
            divided by ``strides`` and rounded up.
        data_format, dilation_rate, groups, activation, use_bias: as in ``Conv1D``.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, filters)``; kernel ``(*kernel_size,
        channels / groups, filters)``, bias ``(filters,)``. With ``"channels_first"`` the channels and filters stand in
        axis 1; the kernel stays as it is.

    Example:
        >>> import numpy as np
        >>> Conv2D(32, 3, activation="relu")(np.ones((2, 28, 28, 1), "float32")).shape
        (2, 26, 26, 32)

    Reference:
        As for ``Conv1D``.
    """


@LAYERS.add("Convolution3D")
class Conv3D(_convolution3d):
    """A window slides through volumes, or through images and their time.

    Args:
        filters: number of output channels.
        kernel_size: depth, height and width of the window: one number for all, or three.
        strides: steps from one position of the window to the next: one number, or three.
        padding: ``"valid"`` or ``"same"``, as in ``Conv2D``.
        data_format, dilation_rate, groups, activation, use_bias: as in ``Conv1D``.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, depth, height, width, channels) -> (batch, planes, rows, columns, filters)``; kernel ``(*kernel_size,
        channels / groups, filters)``, bias ``(filters,)``.

    Example:
        >>> import numpy as np
        >>> Conv3D(4, 3, padding="same")(np.ones((2, 5, 6, 7, 1), "float32")).shape
        (2, 5, 6, 7, 4)

    Reference:
        As for ``Conv1D``.
    """


# Keras's other names
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
