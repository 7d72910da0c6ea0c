"""SimpleRNN: the recurrent network whose state is its output."""

from __future__ import annotations

from typing import Any

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.layers.cell import Cell, Kept
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.recurrent import RNN
from hornbeam.ops.simple_rnn import simple_rnn


@LAYERS.add()
class SimpleRNNCell(Cell):
    """One step of ``SimpleRNN``: ``h = activation(x · kernel + h · recurrent_kernel + bias)``.

    The arguments are those of ``SimpleRNN``.

    Shapes:
        ``(batch, features), [(batch, units)] -> (batch, units), [(batch, units)]``.

    Example:
        >>> import numpy as np
        >>> output, states = SimpleRNNCell(3)(np.ones((2, 4), "float32"), [np.zeros((2, 3), "float32")])
        >>> output.shape, len(states)
        ((2, 3), 1)
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    recurrent_initializer = field("orthogonal", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    recurrent_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    recurrent_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    dropout = field(0.0, convert=number(0, 1))
    recurrent_dropout = field(0.0, convert=number(0, 1))
    seed = field(None, convert=integer(optional=True))

    def step(self, x: Any, states: list[Any], kept: Kept) -> tuple[Any, list[Any]]:
        kernel, recurrent, bias = self.weights_as_arrays()
        total = self.product(x, kernel, kept.inputs) + self.product(states[0], recurrent, kept.states)
        h = self.activation(total if bias is None else total + bias[None])
        return h, [h]

    @property
    def is_standard(self) -> bool:
        own = type(self).call is Cell.call and type(self).step is SimpleRNNCell.step
        return own and self.activation is activations.tanh

    def whole(self, x: Any, states: list[Any], mask: Any, **how: Any) -> tuple[Any, list[Any]]:
        return simple_rnn(x, states, *self.weights_as_arrays(), mask, **how)


@LAYERS.add()
class SimpleRNN(RNN):
    """A recurrent network whose output is its state: ``h = activation(x[t] · kernel + h · recurrent_kernel + bias)``.

    Args:
        units: number of outputs.
        activation: name or function.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: share of the inputs that is dropped in training, the same at all steps of a sequence.
        recurrent_dropout: share of the states that is dropped on their way to the next step, likewise.
        return_sequences: whether to return the output of every step, or only the last.
        return_state: whether to return the last state too.
        go_backwards: whether to begin at the end; the outputs are in the order in which they were made.
        stateful: whether a batch goes on from the states in which the batch before ended; see ``RNN``.
        unroll: whether to write the loop out step by step.
        seed: makes dropout the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, time, features) -> (batch, units)``, or ``(batch, time, units)`` with ``return_sequences``; kernel
        ``(features, units)``, recurrent kernel ``(units, units)``, bias ``(units,)``.

    Example:
        >>> import numpy as np
        >>> SimpleRNN(3)(np.ones((2, 5, 4), "float32")).shape
        (2, 3)

    Reference:
        Elman (1990), Finding structure in time.
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    recurrent_initializer = field("orthogonal", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    recurrent_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    activity_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    recurrent_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    dropout = field(0.0, convert=number(0, 1))
    recurrent_dropout = field(0.0, convert=number(0, 1))
    return_sequences = field(False)
    return_state = field(False)
    go_backwards = field(False)
    stateful = field(False)
    unroll = field(False)
    seed = field(None, convert=integer(optional=True))
    zero_output_for_mask = field(False, kw_only=True)

    cell_class = SimpleRNNCell
