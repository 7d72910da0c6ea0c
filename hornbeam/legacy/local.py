"""Locally connected layers: windows as of a convolution, but with weights of its own at every place."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, integers, word
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.core.registry import register_keras_serializable
from hornbeam.layers.axes import data_format
from hornbeam.layers.layer import Layer
from hornbeam.ops.windows import as_given, channels_last
from hornbeam.saving.old_words import in_old_files


def _locally_connected(dimensions: int) -> Any:
    class LocallyConnected(Layer):
        filters = field(convert=integer(1))
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field((1,) * dimensions, convert=integers(dimensions, 1))
        padding = field("valid", convert=word("valid"))
        data_format = field(None, convert=data_format)
        activation = field(None, convert=activations.get)
        use_bias = field(True)
        kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
        bias_initializer = field("zeros", convert=initializers.get, key=False)
        kernel_regularizer = field(None, convert=regularizers.get)
        bias_regularizer = field(None, convert=regularizers.get)
        activity_regularizer = field(None, convert=regularizers.get)
        kernel_constraint = field(None, convert=constraints.get)
        bias_constraint = field(None, convert=constraints.get)
        implementation = field(1, config=False, key=False)
        rowwise = True

        def _places(self, lengths: Any) -> list[np.ndarray]:
            """For every axis the entries that each window sees, ``(windows, kernel_size)``."""
            found = []
            for length, size, stride in zip(lengths, _tuple(self.kernel_size), _tuple(self.strides), strict=True):
                if length is None or length < size:
                    raise ShapeError(
                        self.where, f"a known length of at least {size}", length, "Give the input a known shape."
                    )
                starts = np.arange(0, length - size + 1, stride)
                found.append(starts[:, None] + np.arange(size))
            return found

        def build(self, input_shape: Any) -> None:
            first = self.data_format == "channels_first"
            channels, lengths = (input_shape[1], input_shape[2:]) if first else (input_shape[-1], input_shape[1:-1])
            windows = [len(places) for places in self._places(lengths)]
            seen = int(np.prod(_tuple(self.kernel_size))) * channels
            self.kernel = self.add_weight(
                (int(np.prod(windows)), seen, self.filters), self.kernel_initializer,
                regularizer=self.kernel_regularizer, constraint=self.kernel_constraint, name="kernel",
            )  # fmt: skip
            if self.use_bias:
                self.bias = self.add_weight(
                    (*windows, self.filters), self.bias_initializer, regularizer=self.bias_regularizer,
                    constraint=self.bias_constraint, name="bias",
                )  # fmt: skip

        def call(self, x: Any) -> Any:
            x = channels_last(x, self.data_format)
            places = self._places(x.shape[1:-1])
            for axis, seen in enumerate(places):  # (batch, windows, size, windows, size, …, channels)
                x = jnp.take(x, jnp.asarray(seen), axis=1 + 2 * axis)
            order = (0, *range(1, 2 * dimensions, 2), *range(2, 2 * dimensions + 1, 2), 2 * dimensions + 1)
            windows = [len(seen) for seen in places]
            x = x.transpose(order).reshape(x.shape[0], int(np.prod(windows)), -1)
            y = jnp.einsum("bws,wsf->bwf", x, jnp.asarray(self.kernel)).reshape(x.shape[0], *windows, self.filters)
            y = y + jnp.asarray(self.bias)[None] if self.use_bias else y
            y = y if self.activation is None else self.activation(y)
            return as_given(y, self.data_format)

    return LocallyConnected


def _tuple(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


_base1d: Any = _locally_connected(1)
_base2d: Any = _locally_connected(2)


@in_old_files(filter_length="kernel_size", subsample_length="strides")
@register_keras_serializable("hornbeam.legacy")
class LocallyConnected1D(_base1d):
    """``Conv1D`` with a kernel and a bias of its own at every place.

    Args:
        filters: number of outputs at each place.
        kernel_size: length of the window.
        strides: steps from one window to the next.
        padding: ``"valid"``.
        activation, use_bias, kernel_initializer, bias_initializer, …: as of ``Conv1D``.

    Shapes:
        ``(batch, steps, channels) -> (batch, windows, filters)``; kernel ``(windows, kernel_size · channels,
        filters)``, bias ``(windows, filters)``.

    Example:
        >>> LocallyConnected1D(3, 2)(jnp.ones((2, 5, 4))).shape
        (2, 4, 3)
    """


@in_old_files()
@register_keras_serializable("hornbeam.legacy")
class LocallyConnected2D(_base2d):
    """``Conv2D`` with a kernel and a bias of its own at every place.

    Args:
        filters: number of outputs at each place.
        kernel_size: height and width of the window.
        strides: steps from one window to the next.
        padding: ``"valid"``.
        activation, use_bias, kernel_initializer, bias_initializer, …: as of ``Conv2D``.

    Shapes:
        ``(batch, height, width, channels) -> (batch, rows, columns, filters)``; kernel ``(rows · columns,
        size · channels, filters)``, bias ``(rows, columns, filters)``.

    Example:
        >>> LocallyConnected2D(3, 2)(jnp.ones((2, 5, 4, 1))).shape
        (2, 4, 3, 3)
    """
