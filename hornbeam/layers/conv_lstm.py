"""ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: LSTMs whose steps are sequences, images or volumes, and whose sums convolve."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, integers, number, word
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format, spread_last
from hornbeam.layers.cell import Kept
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.lstm import LSTMCell
from hornbeam.layers.recurrent import RNN
from hornbeam.layers.spatial import refuse_strides_with_dilation
from hornbeam.ops.convolution import convolve
from hornbeam.ops.windows import as_given, channels_last, layout, windows


class ConvLSTMCell(LSTMCell):
    """One step of ``ConvLSTM1D``, ``ConvLSTM2D`` or ``ConvLSTM3D``: an ``LSTMCell`` whose products are convolutions.

    The layers make it, from arguments that they have checked; ``units`` are their filters. The input's convolution is
    part of the loop: for all steps at once, before the loop, it took more memory, and on a CPU a forward pass of films
    of 10 to 20 images of 16² to 64² took 1.4 to 1.9 times as long, one with gradients 1.1 times.

    Shapes:
        ``(batch, …, channels), [(batch, *positions, units)] * 2 -> (batch, *positions, units)`` and new states h and c.
    """

    kernel_size = field()
    strides = field()
    padding = field()
    data_format = field()
    dilation_rate = field()

    step_shape: tuple[int, ...] = ()  # of one row of a step's input, as given; known when built
    positions: tuple[int, ...]  # lengths of the states between batch and units

    def _ready(self) -> None:
        super()._ready()
        self.window = self.kernel_size

    @property
    def state_shape(self) -> tuple[int, ...]:
        last = self.data_format == "channels_last"
        return (*self.positions, self.units) if last else (self.units, *self.positions)

    def build(self, input_shape: Any) -> None:
        self.step_shape = tuple(int(length) for length in input_shape[1:])
        *lengths, channels = self._lasting(self.step_shape)
        wins = windows(self.where, tuple(lengths), self.window, self.strides, self.padding, self.dilation_rate)
        self.positions = tuple(win.positions for win in wins)
        super().build((input_shape[0], *lengths, channels))

    def _lasting(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a row with its channels last."""
        return shape if self.data_format == "channels_last" else (*shape[1:], shape[0])

    # -- sums, all with the channels last ------------------------------------------------------------

    def convolved(
        self, x: Any, kernel: Any, kept: Any, strides: Any = 1, padding: str = "same", dilation: Any = 1
    ) -> Any:
        """A convolution of ``x · kept``, where each gate has multipliers of its own."""
        groups = 1
        if kept is not None:  # a group of channels for the filters of each gate
            x, groups = jnp.concatenate([x * of_gate for of_gate in kept], axis=-1), self.gates
        return convolve(x, kernel, strides, padding, dilation, groups, self.where)

    def of_input(self, x: Any, kept: Any) -> Any:
        """The input's part of all sums, with the bias."""
        kernel, _, bias = self.weights_as_arrays()
        total = self.convolved(x, kernel, kept, self.strides, self.padding, self.dilation_rate)
        return total if bias is None else total + spread_last(bias, total.ndim)

    def step(self, x: Any, states: list[Any], kept: Kept) -> tuple[Any, list[Any]]:
        x, h, c = (channels_last(each, self.data_format) for each in (x, *states))
        total = self.of_input(x, kept.inputs)
        total = total + self.convolved(h, jnp.asarray(self.recurrent_kernel), kept.states)
        h, c = (as_given(state, self.data_format) for state in self.gated(total, c)[1])
        return h, [h, c]

    def draw(self, batch: int, dtype: Any) -> Kept:
        """Decides what is dropped, for one sequence and each gate, as in Keras."""
        each, state = (self.gates, batch), (*self.positions, self.units)
        inputs = self._multipliers(self.dropout, (*each, *self._lasting(self.step_shape)), dtype)
        return Kept(inputs, self._multipliers(self.recurrent_dropout, (*each, *state), dtype))


def _conv_lstm(dimensions: int) -> Any:
    """The base of the layer of a rank."""

    class ConvLSTM(RNN):
        filters = field(convert=integer(1))
        kernel_size = field(convert=integers(dimensions, 1))
        strides = field(1, convert=integers(dimensions, 1))
        padding = field("valid", convert=word("valid", "same"))
        data_format = field(None, convert=data_format)
        dilation_rate = field(1, convert=integers(dimensions, 1))
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
        unroll = field(False, kw_only=True)
        zero_output_for_mask = field(False, kw_only=True)

        cell_class = ConvLSTMCell

        def _ready(self) -> None:
            super()._ready()
            refuse_strides_with_dilation(self.where, self.strides, self.dilation_rate)

        def _for_cell(self) -> dict[str, Any]:
            return {"units": self.filters}

        def _program_key(self) -> Any:
            return super()._program_key(), self.cell.step_shape

        def _check_rank(self, shape: tuple[Any, ...]) -> None:
            axes = layout(dimensions, self.data_format).replace("(batch, ", "(batch, time, ")
            if len(shape) != dimensions + 3:
                fix = "Take the ConvLSTM for steps of that rank, or bring each step to this one by Reshape."
                if len(shape) == dimensions + 2:
                    fix = "Write x[..., None] if the axis of the channels is missing, x[:, None] if that of time is."
                raise ShapeError(self.where, f"an input with {dimensions + 3} axes, {axes}", f"shape {shape}", fix)
            if None in shape[2:] or 0 in shape[2:]:
                raise ShapeError(
                    self.where,
                    "a known size of the steps along each axis, not 0, as it fixes the state's",
                    f"shape {shape}, {axes}",
                    "Give Input a full shape; only the batch and the time may be open.",
                )

        def _check_features(self, shape: tuple[int, ...]) -> None:
            if shape[2:] != self.cell.step_shape:
                raise ShapeError(
                    self.where,
                    f"steps of shape {self.cell.step_shape}, for which it was built",
                    f"an input of shape {shape}",
                    "Give data of that size (see Resizing for images), or build it anew.",
                )

    return ConvLSTM


_conv_lstm1d: Any = _conv_lstm(1)
_conv_lstm2d: Any = _conv_lstm(2)
_conv_lstm3d: Any = _conv_lstm(3)


@LAYERS.add()
class ConvLSTM1D(_conv_lstm1d):
    """An LSTM over sequences of rows, such as what a line of sensors measures at each time: see ``ConvLSTM2D``.

    Args:
        filters: number of output channels.
        kernel_size: length of the window.
        strides, padding, data_format, dilation_rate: of the input's convolution, as in ``Conv1D``, without
            ``"causal"``; they treat each step alone.
        activation, recurrent_activation, use_bias, …, stateful: as in ``ConvLSTM2D``.

    Shapes:
        ``(batch, time, steps, channels) -> (batch, positions, filters)``, or ``(batch, time, positions, filters)`` with
        ``return_sequences``.

    Example:
        >>> import numpy as np
        >>> ConvLSTM1D(4, 3, padding="same")(np.ones((2, 5, 8, 1), "float32")).shape
        (2, 8, 4)
    """


@LAYERS.add()
class ConvLSTM2D(_conv_lstm2d):
    """An LSTM over sequences of images, such as films or radar: its state is an image, and its gates see neighbours.

    ``i, f, o = sigmoid(x[t] * kernel + h * recurrent_kernel + bias)``, where ``*`` is a convolution; ``g = tanh(…)``
    likewise; ``c = f · c + i · g`` place by place; ``h = o · tanh(c)``, which is the output. The convolution of h has
    strides of 1 and padding ``"same"``.

    Args:
        filters: number of output channels, and of channels of the states h and c.
        kernel_size: height and width of the windows of both convolutions: one number for both, or two.
        strides: steps of the input's window: one number, or two.
        padding: ``"valid"`` or ``"same"``, of the input's convolution.
        data_format: ``"channels_last"`` or ``"channels_first"``, at each step; None takes the default of the
            configuration.
        dilation_rate: steps between neighbours in the input's window; only with ``strides=1``.
        activation: name or function, for what is written and read.
        recurrent_activation: name or function, for the gates.
        use_bias: whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: first values of the weights.
        unit_forget_bias: whether the bias of the forget gate begins at 1, so that it remembers at first.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: applied after each update.
        dropout: share of the inputs that is dropped in training, the same at all steps, another for each gate.
        recurrent_dropout: share of the states that is dropped on their way to the next step, likewise.
        seed: makes dropout the same in every run; see ``Dropout``.
        return_sequences: whether to return the output of every step, or only the last.
        return_state: whether to return the last states h and c too.
        go_backwards: whether to begin at the end; the outputs are in the order in which they were made.
        stateful: whether a batch goes on from the states in which the batch before ended; see ``RNN``.

    Shapes:
        ``(batch, time, height, width, channels) -> (batch, rows, columns, filters)``, or ``(batch, time, rows, columns,
        filters)`` with ``return_sequences``; states ``(batch, rows, columns, filters)``; kernel ``(*kernel_size,
        channels, 4 · filters)``, recurrent kernel ``(*kernel_size, filters, 4 · filters)``, bias ``(4 · filters,)``,
        gates in the order i, f, g, o. With ``"channels_first"`` the channels and filters stand before the height and
        rows. Height, width and channels must be known when it is built.

    Example:
        >>> import numpy as np
        >>> film = np.ones((2, 5, 8, 8, 1), "float32")
        >>> ConvLSTM2D(4, 3)(film).shape
        (2, 6, 6, 4)
        >>> output, h, c = ConvLSTM2D(4, 3, padding="same", return_sequences=True, return_state=True)(film)
        >>> output.shape, h.shape, c.shape
        ((2, 5, 8, 8, 4), (2, 8, 8, 4), (2, 8, 8, 4))

    Reference:
        Shi et al. (2015), Convolutional LSTM network, section 3.1, here without the gates' view of c.

    Differs:
        Keras on JAX fails under a mask, unless the loop is unrolled.
    """


@LAYERS.add()
class ConvLSTM3D(_conv_lstm3d):
    """An LSTM over sequences of volumes: see ``ConvLSTM2D``.

    Args:
        filters: number of output channels.
        kernel_size: depth, height and width of the windows: one number for all, or three.
        strides, padding, data_format, dilation_rate: of the input's convolution, as in ``Conv3D``.
        activation, recurrent_activation, use_bias, …, stateful: as in ``ConvLSTM2D``.

    Shapes:
        ``(batch, time, depth, height, width, channels) -> (batch, planes, rows, columns, filters)``, or ``(batch, time,
        planes, rows, columns, filters)`` with ``return_sequences``.

    Example:
        >>> import numpy as np
        >>> ConvLSTM3D(2, 3, padding="same")(np.ones((1, 2, 4, 5, 6, 1), "float32")).shape
        (1, 4, 5, 6, 2)
    """
