"""What layers share whose input has axes of space or time between batch and channels."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.axes import spread
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import Layer
from hornbeam.ops.windows import as_given, channels_last, check_rank, layout


def each(number: int, rank: int) -> Any:
    """A default as Keras writes it: ``2`` for sequences, ``(2, 2)`` for images, ``(2, 2, 2)`` for volumes."""
    return number if rank == 1 else (number,) * rank


def refuse_strides_with_dilation(where: str, strides: tuple[int, ...], dilation_rate: tuple[int, ...]) -> None:
    """Refuses steps that jump over places between which the window has gaps, as Keras does."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ArgumentError(
            f"{where}, strides and dilation_rate",
            "one of them to be 1",
            f"{strides} and {dilation_rate}",
            "Leave one of them out.",
        )


class Spatial(Layer):
    """Base: ``rank`` axes between batch and channels, and the channels where ``data_format`` says."""

    rank: int
    data_format = "channels_last"

    rowwise = True

    def build(self, input_shape: Any) -> None:
        check_rank(self.where, input_shape, self.rank, self.data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def channel_axis(self) -> int:
        """Number of the axis of the channels."""
        return 1 if self.data_format == "channels_first" else self.rank + 1

    @property
    def spatial_axes(self) -> tuple[int, ...]:
        """Numbers of the axes between batch and channels."""
        first = 2 if self.data_format == "channels_first" else 1
        return tuple(range(first, first + self.rank))

    def from_given(self, x: Any) -> Any:
        """The input with its channels last."""
        return channels_last(x, self.data_format)

    def to_given(self, x: Any) -> Any:
        """An output, whose channels are last, in the layer's format."""
        return as_given(x, self.data_format)


class Convolving(Spatial):
    """Base of all convolutions: bias, activation, and the checks that they share."""

    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    activation: Any
    use_bias: bool
    bias_initializer: Any
    bias_regularizer: Any
    bias_constraint: Any
    bias: Any = None

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        channels = input_shape[self.channel_axis]
        if channels is None or channels < 1:
            raise ShapeError(
                self.where,
                "an input whose number of channels is known and not 0",
                f"shape {tuple(input_shape)}, {layout(self.rank, self.data_format)}",
                "Give Input a full shape.",
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: int(channels)})

    def add_kernel(self, shape: tuple[int, ...], kind: str = "kernel", name: str = "kernel") -> Any:
        """Makes a kernel by the fields ``<kind>_initializer``, ``<kind>_regularizer`` and ``<kind>_constraint``."""
        initializer, regularizer, constraint = (
            getattr(self, f"{kind}_{part}") for part in ("initializer", "regularizer", "constraint")
        )
        return self.add_weight(shape, initializer, regularizer=regularizer, constraint=constraint, name=name)

    def add_bias(self, filters: int) -> None:
        """Makes the bias, if there is to be one."""
        if self.use_bias:
            self.bias = self.add_weight(
                (filters,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def finished(self, output: Any) -> Any:
        """Bias, format and activation for what the windows gave, channels last."""
        if self.use_bias:
            output = output + spread(jnp.asarray(self.bias), (output.ndim - 1,), output.ndim)
        return self.activation(self.to_given(output))
