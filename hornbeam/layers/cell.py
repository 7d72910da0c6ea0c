"""Cell: what the built-in recurrent cells share: three weights, noise that lasts for a sequence, whole sequences."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ShapeError
from hornbeam.layers.noise import Noisy
from hornbeam.ops.noise import chance


class Kept(NamedTuple):
    """The multipliers of dropout for one sequence: ``1 / (1 - rate)`` or 0, the same at all steps; None without.

    Attributes:
        inputs: ``(batch, features)``, or ``(gates, batch, features)`` with one for each gate.
        states: likewise for the state, with units for features.
    """

    inputs: Any = None
    states: Any = None


class Cell(Noisy):
    """One step of a recurrent network: ``output, new states = cell(input, states)``.

    A subclass declares its fields, says how many ``gates`` and states it has, and computes a step.
    """

    units: int
    use_bias: bool
    dropout: float
    recurrent_dropout: float
    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    recurrent_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    recurrent_constraint: Any
    bias_constraint: Any
    kernel: Any
    recurrent_kernel: Any
    bias: Any = None

    gates: ClassVar[int] = 1
    state_count: ClassVar[int] = 1
    window: tuple[int, ...] = ()  # of cells that convolve: the first axes of their kernels
    supports_masking = False

    @property
    def state_size(self) -> int | list[int]:
        """Units of each state."""
        return self.units if self.state_count == 1 else [self.units] * self.state_count

    @property
    def output_size(self) -> int:
        """Units of the output."""
        return self.units

    @property
    def state_shape(self) -> tuple[int, ...]:
        """Shape of one row of a state."""
        return (self.units,)

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the bias."""
        return (self.gates * self.units,)

    def first_bias(self) -> Any:
        """The initializer of the bias."""
        return self.bias_initializer

    def build(self, input_shape: Any) -> None:
        features = input_shape[-1]
        if features is None:
            raise ShapeError(
                self.where,
                "a known number of features, the last axis",
                f"shape {tuple(input_shape)}",
                "Give Input a full shape.",
            )
        columns = self.gates * self.units
        self.kernel = self.add_weight(
            (*self.window, int(features), columns),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            (*self.window, self.units, columns),
            self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
            name="recurrent_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                self.bias_shape,
                self.first_bias(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zeros for each state."""
        compute = numpy_dtype(self.dtype.compute_dtype)
        return [jnp.zeros((batch_size, *self.state_shape), compute) for _ in range(self.state_count)]

    def call(self, inputs: Any, states: Any, training: Any = False, kept: Kept | None = None) -> Any:
        listed = isinstance(states, (list, tuple))
        if kept is None:
            kept = self.draw(inputs.shape[0], inputs.dtype) if training else Kept()
        output, new = self.step(inputs, list(states) if listed else [states], kept)
        return output, new if listed else new[0]

    def step(self, x: Any, states: list[Any], kept: Kept) -> tuple[Any, list[Any]]:
        """The output and the new states."""
        raise NotImplementedError

    # -- dropout -------------------------------------------------------------------------------------

    def draw(self, batch: int, dtype: Any) -> Kept:
        """Decides what is dropped, for one sequence.

        With recurrent dropout every gate has decisions of its own, as in Keras.
        """
        gates = (self.gates,) if self.recurrent_dropout and self.gates > 1 else ()
        features = self.kernel.shape[0]
        return Kept(
            self._multipliers(self.dropout, (*gates, batch, features), dtype),
            self._multipliers(self.recurrent_dropout, (*gates, batch, self.units), dtype),
        )

    def _multipliers(self, rate: float, shape: tuple[int, ...], dtype: Any) -> Any:
        if rate == 0:
            return None
        if rate == 1:
            return jnp.zeros(shape, dtype)
        return jnp.where(chance(self.next_key(), shape, 1 - rate), jnp.asarray(1 / (1 - rate), dtype), 0)

    def product(self, x: Any, kernel: Any, kept: Any) -> Any:
        """``(x · kept) · kernel``, where each gate may have multipliers of its own."""
        if kept is None or kept.ndim == 2:
            return (x if kept is None else x * kept) @ kernel
        by_gate = kernel.reshape(kernel.shape[0], kept.shape[0], -1)
        return jnp.einsum("gbf,fgu->bgu", x[None] * kept, by_gate).reshape(x.shape[0], -1)

    # -- whole sequences -----------------------------------------------------------------------------

    @property
    def is_standard(self) -> bool:
        """Whether the function for whole sequences computes what the cell does."""
        return False

    def over_time(
        self, x: Any, states: list[Any], mask: Any, kept: Kept, sequences: bool, backwards: bool
    ) -> tuple[Any, list[Any]]:
        """The outputs and last states of a whole sequence, for a standard cell without recurrent dropout."""
        if kept.inputs is not None:
            x = x * kept.inputs[:, None, :]
        return self.whole(x, states, mask, sequences=sequences, backwards=backwards)

    def whole(self, x: Any, states: list[Any], mask: Any, **how: Any) -> tuple[Any, list[Any]]:
        """Calls the function of ``ops.recurrence`` with the weights."""
        raise NotImplementedError

    def weights_as_arrays(self) -> tuple[Any, Any, Any]:
        """kernel, recurrent kernel and bias for the program that runs now."""
        return (
            jnp.asarray(self.kernel),
            jnp.asarray(self.recurrent_kernel),
            None if self.bias is None else jnp.asarray(self.bias),
        )
