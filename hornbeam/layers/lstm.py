"""LSTM: the recurrent network with a cell that gates open and close."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.layers.cell import Cell, Kept
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.recurrent import RNN
from hornbeam.ops.lstm import lstm


@LAYERS.add()
class LSTMCell(Cell):
    """One step of ``LSTM``.

    The arguments are those of ``LSTM``.

    Shapes:
        ``(batch, features), [(batch, units), (batch, units)] -> (batch, units)`` and new states h and c.

    Example:
        >>> zeros = np.zeros((2, 3), "float32")
        >>> output, (h, c) = LSTMCell(3)(np.ones((2, 4), "float32"), [zeros, zeros])
        >>> output.shape, c.shape
        ((2, 3), (2, 3))
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    recurrent_activation = field("sigmoid", convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    recurrent_initializer = field("orthogonal", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    unit_forget_bias = field(True)
    kernel_regularizer = field(None, convert=regularizers.get)
    recurrent_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    recurrent_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    dropout = field(0.0, convert=number(0, 1))
    recurrent_dropout = field(0.0, convert=number(0, 1))
    seed = field(None, convert=integer(optional=True))

    gates = 4
    state_count = 2

    def first_bias(self) -> Any:
        return self._open_at_first if self.unit_forget_bias else self.bias_initializer

    def _open_at_first(self, shape: Any, dtype: Any = None) -> np.ndarray:
        """The bias initializer's numbers, with 1 for the forget gate."""
        units = self.units
        parts = [np.asarray(self.bias_initializer((length,), dtype=dtype)) for length in (units, 2 * units)]
        return np.concatenate([parts[0], np.ones_like(parts[0]), parts[1]])

    def step(self, x: Any, states: list[Any], kept: Kept) -> tuple[Any, list[Any]]:
        h, c = states
        kernel, recurrent, bias = self.weights_as_arrays()
        total = self.product(x, kernel, kept.inputs) + self.product(h, recurrent, kept.states)
        return self.gated(total if bias is None else total + bias[None], c)

    def gated(self, total: Any, c: Any) -> tuple[Any, list[Any]]:
        """The output and the new states, from the sums of all gates and the state c."""
        i, f, g, o = jnp.split(total, 4, axis=-1)
        i, f, o = (self.recurrent_activation(gate) for gate in (i, f, o))
        c = f * c + i * self.activation(g)
        h = o * self.activation(c)
        return h, [h, c]

    @property
    def is_standard(self) -> bool:
        own = type(self).call is Cell.call and type(self).step is LSTMCell.step
        return own and self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid

    def whole(self, x: Any, states: list[Any], mask: Any, **how: Any) -> tuple[Any, list[Any]]:
        return lstm(x, states, *self.weights_as_arrays(), mask, **how)


@LAYERS.add()
class LSTM(RNN):
    """Long short-term memory: a state c that gates add to, keep and read, so that it can remember for long.

    ``i, f, o = sigmoid(x[t] · kernel + h · recurrent_kernel + bias)``, the gates of input, forgetting and output, each
    with its own columns; ``g = tanh(…)`` likewise; ``c = f · c + i · g``; ``h = o · tanh(c)``, which is the output.

    Args:
        units: number of outputs.
        activation: name or function, for what is written and read.
        recurrent_activation: name or function, for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: whether the bias of the forget gate begins at 1, so that it remembers at first.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: share of the inputs that is dropped in training, the same at all steps of a sequence.
        recurrent_dropout: share of the states that is dropped on their way to the next step, likewise; slower.
        seed: makes dropout the same in every run; see ``Dropout``.
        return_sequences: whether to return the output of every step, or only the last.
        return_state: whether to return the last states h and c too.
        go_backwards: whether to begin at the end; the outputs are in the order in which they were made.
        stateful: whether a batch goes on from the states in which the batch before ended; see ``RNN``.
        unroll: whether to write the loop out step by step.
        use_cudnn: accepted for Keras's sake.

    Shapes:
        ``(batch, time, features) -> (batch, units)``, or ``(batch, time, units)`` with ``return_sequences``; kernel
        ``(features, 4 · units)``, recurrent kernel ``(units, 4 · units)``, bias ``(4 · units,)``, gates in the order
        i, f, g, o.

    Example:
        >>> x = np.ones((2, 5, 4), "float32")
        >>> LSTM(3)(x).shape
        (2, 3)
        >>> output, h, c = LSTM(3, return_sequences=True, return_state=True)(x)
        >>> output.shape, h.shape, c.shape
        ((2, 5, 3), (2, 3), (2, 3))

    Reference:
        Hochreiter & Schmidhuber (1997), Long short-term memory; Gers, Schmidhuber & Cummins (2000), Learning to forget;
        a first bias of 1: Jozefowicz, Zaremba & Sutskever (2015).
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    recurrent_activation = field("sigmoid", convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    recurrent_initializer = field("orthogonal", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    unit_forget_bias = field(True)
    kernel_regularizer = field(None, convert=regularizers.get)
    recurrent_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    activity_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    recurrent_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    dropout = field(0.0, convert=number(0, 1))
    recurrent_dropout = field(0.0, convert=number(0, 1))
    seed = field(None, convert=integer(optional=True))
    return_sequences = field(False)
    return_state = field(False)
    go_backwards = field(False)
    stateful = field(False)
    unroll = field(False)
    use_cudnn = field("auto", convert=one_of("auto", True, False), config=False, key=False)
    zero_output_for_mask = field(False, kw_only=True)

    cell_class = LSTMCell
