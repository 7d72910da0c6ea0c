"""GRU: the gated recurrent unit, with two gates and one state."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.layers.cell import Cell, Kept
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.recurrent import RNN
from hornbeam.ops.gru import gru


@LAYERS.add()
class GRUCell(Cell):
    """One step of ``GRU``.

    The arguments are those of ``GRU``.

    Shapes:
        ``(batch, features), [(batch, units)] -> (batch, units), [(batch, units)]``.

    Example:
        >>> import numpy as np
        >>> output, states = GRUCell(3)(np.ones((2, 4), "float32"), [np.zeros((2, 3), "float32")])
        >>> output.shape, len(states)
        ((2, 3), 1)
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    recurrent_activation = field("sigmoid", convert=activations.get)
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
    reset_after = field(True)
    seed = field(None, convert=integer(optional=True))

    gates = 3

    @property
    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def step(self, x: Any, states: list[Any], kept: Kept) -> tuple[Any, list[Any]]:
        (h,) = states
        kernel, recurrent, bias = self.weights_as_arrays()
        total = self.product(x, kernel, kept.inputs)
        if bias is not None:
            total = total + (bias[:1] if self.reset_after else bias[None])
        z, r, g = jnp.split(total, 3, axis=-1)
        if self.reset_after:
            within = self.product(h, recurrent, kept.states)
            of_z, of_r, of_g = jnp.split(within if bias is None else within + bias[1:], 3, axis=-1)
            z, r = self.recurrent_activation(z + of_z), self.recurrent_activation(r + of_r)
            g = self.activation(g + r * of_g)
        else:
            z, r, g = self._reset_before(h, (z, r, g), recurrent, kept.states)
        h = z * h + (1 - z) * g
        return h, [h]

    def _reset_before(self, h: Any, sums: tuple[Any, Any, Any], recurrent: Any, kept: Any) -> tuple[Any, Any, Any]:
        by_gate = [None] * 3 if kept is None else [kept[gate] for gate in range(3)]
        of_z, of_r, of_g = jnp.split(recurrent, 3, axis=-1)
        z = self.recurrent_activation(sums[0] + self.product(h, of_z, by_gate[0]))
        r = self.recurrent_activation(sums[1] + self.product(h, of_r, by_gate[1]))
        return z, r, self.activation(sums[2] + self.product(r * h, of_g, by_gate[2]))

    @property
    def is_standard(self) -> bool:
        own = type(self).call is Cell.call and type(self).step is GRUCell.step
        return own and self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid

    def whole(self, x: Any, states: list[Any], mask: Any, **how: Any) -> tuple[Any, list[Any]]:
        return gru(x, states, *self.weights_as_arrays(), mask, reset_after=self.reset_after, **how)


@LAYERS.add()
class GRU(RNN):
    """Gated recurrent unit: a state that one gate keeps and another forgets, with fewer weights than an LSTM.

    ``z, r = sigmoid(x[t] · kernel + h · recurrent_kernel + bias)``, the gates of update and reset, each with its own
    columns; ``g = tanh(x[t] · kernel + r · (h · recurrent_kernel + bias))``, or with ``(r · h) · recurrent_kernel``;
    ``h = z · h + (1 - z) · g``, which is the output.

    Args:
        units: number of outputs.
        activation: name or function, for what is written and read.
        recurrent_activation: name or function, for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: share of the inputs that is dropped in training, the same at all steps of a sequence.
        recurrent_dropout: share of the states that is dropped on their way to the next step, likewise; slower.
        seed: makes dropout the same in every run; see ``Dropout``.
        return_sequences: whether to return the output of every step, or only the last.
        return_state: whether to return the last state too.
        go_backwards: whether to begin at the end; the outputs are in the order in which they were made.
        stateful: whether a batch goes on from the states in which the batch before ended; see ``RNN``.
        unroll: whether to write the loop out step by step.
        reset_after: whether r multiplies after the product with the recurrent kernel, as in cuDNN and PyTorch, or
            before it, as in the first paper.
        use_cudnn: accepted for Keras's sake.

    Shapes:
        ``(batch, time, features) -> (batch, units)``, or ``(batch, time, units)`` with ``return_sequences``; kernel
        ``(features, 3 · units)``, recurrent kernel ``(units, 3 · units)``, gates in the order z, r, g; bias
        ``(2, 3 · units)``, that of the input and that of the state, or ``(3 · units,)`` with ``reset_after=False``.

    Example:
        >>> import numpy as np
        >>> GRU(3, return_sequences=True)(np.ones((2, 5, 4), "float32")).shape
        (2, 5, 3)

    Reference:
        Cho et al. (2014), Learning phrase representations using RNN encoder-decoder, section 2.3.
    """

    units = field(convert=integer(1))
    activation = field("tanh", convert=activations.get)
    recurrent_activation = field("sigmoid", convert=activations.get)
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
    seed = field(None, convert=integer(optional=True))
    return_sequences = field(False)
    return_state = field(False)
    go_backwards = field(False)
    stateful = field(False)
    unroll = field(False)
    reset_after = field(True)
    use_cudnn = field("auto", convert=one_of("auto", True, False), config=False, key=False)
    zero_output_for_mask = field(False, kw_only=True)

    cell_class = GRUCell
