"""RNN: a cell over the steps of a sequence, and the base of SimpleRNN, LSTM and GRU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import frame
from hornbeam.core.checks import Refused
from hornbeam.core.config import field, own_fields_first
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.registry import snake_case
from hornbeam.core.symbolic import Symbolic
from hornbeam.core.variable import Variable
from hornbeam.layers.cell import Cell, Kept
from hornbeam.layers.layer import LAYERS, Layer, names_of_arguments
from hornbeam.layers.stacked_cells import StackedRNNCells, is_cell, state_sizes
from hornbeam.ops.recurrence import scan_cell


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return StackedRNNCells(value)
    if not is_cell(value):
        raise Refused(
            "a cell: call(inputs, states) and a state_size, an integer or a list of integers",
            "Write for example RNN(LSTMCell(32)), or give your class a state_size.",
        )
    return value


@LAYERS.add()
class RNN(Layer):
    """A recurrent network: a cell that is called at each step with the step's input and the states it left before.

    ``output[t], states = cell(input[t], states)``, beginning with ``initial_state`` or zeros. At a step under the mask
    the states stay, and the output is the one before.

    Args:
        cell: a layer with ``call(inputs, states)`` that returns an output and new states, and with ``state_size``, an
            integer or a list of integers; optionally with ``output_size`` and ``get_initial_state(batch_size)``. A list
            of cells is stacked.
        return_sequences: whether to return the output of every step, or only the last.
        return_state: whether to return the last states too.
        go_backwards: whether to begin at the end; the outputs are in the order in which they were made.
        stateful: whether a batch goes on from the states in which the batch before ended, row by row, until
            ``reset_state()``. The batch size must then be fixed: ``batch_shape=(batch, time, features)``.
        unroll: whether to write the loop out step by step. It compiles longer and runs no faster.
        zero_output_for_mask: whether the output under the mask is zeros instead.

    Called with ``initial_state=[…]`` it begins with those states; ``[x, *states]`` as first argument says the same.

    Shapes:
        ``(batch, time, features) -> (batch, units)``, or ``(batch, time, units)`` with ``return_sequences``; states
        ``(batch, units)``; mask ``(batch, time)``.

    Example:
        >>> class Sum(Layer):
        ...     state_size = 2
        ...     def call(self, inputs, states):
        ...         total = states[0] + inputs
        ...         return total, [total]
        >>> print(RNN(Sum())(np.array([[[1.0, 2.0], [3.0, 4.0]]], "float32")))
        [[4. 6.]]

    Differs:
        Keras on JAX takes the first state for the output before, which is wrong for cells whose output is another; and
        it forgets the mask that a tensor carries where ``initial_state`` is given.
    """

    cell = field(convert=_cell)
    return_sequences = field(False)
    return_state = field(False)
    go_backwards = field(False)
    stateful = field(False)
    unroll = field(False)
    zero_output_for_mask = field(False)

    supports_masking = True
    states: list[Any] | None = None
    cell_class: ClassVar[type[Cell] | None] = None  # of layers that make their cell from their own fields
    _borrowing = ("states",)  # what runs on from batch to batch is neither a weight nor part of a file

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "cell_class" in cls.__dict__:
            del cls._fields["cell"]
            own_fields_first(cls)

    def _ready(self) -> None:
        super()._ready()
        if self.cell_class is not None:
            shared = {name: getattr(self, name) for name in self.cell_class._fields if name in self._fields}
            del shared["name"], shared["activity_regularizer"]
            shared |= self._for_cell()
            self.cell = self.cell_class(**shared, name=snake_case(self.cell_class.__name__))
        self.rowwise = bool(getattr(self.cell, "rowwise", False)) and not self.stateful

    def _for_cell(self) -> dict[str, Any]:
        """Arguments of the cell that are called otherwise here."""
        return {}

    # -- states --------------------------------------------------------------------------------------

    @property
    def state_size(self) -> list[Any]:
        """Units of each state, in lists for stacked cells."""
        return state_sizes(self.cell)

    @property
    def variables(self) -> list[Variable]:
        return [*super().variables, *jax.tree.leaves(self.states, is_leaf=_is_variable)]

    def _program_key(self) -> Any:
        return tuple(variable.shape for variable in jax.tree.leaves(self.states, is_leaf=_is_variable))

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The states at the beginning: the cell's own, or zeros."""
        own = getattr(self.cell, "get_initial_state", None)
        if own is not None:
            found = own(batch_size=batch_size)
            return list(found) if isinstance(found, (list, tuple)) else [found]
        compute = numpy_dtype(self.dtype.compute_dtype)
        return jax.tree.map(lambda units: jnp.zeros((batch_size, units), compute), self.state_size)

    def reset_state(self) -> None:
        """Sets the states of a stateful layer to zero."""
        for variable in jax.tree.leaves(self.states, is_leaf=_is_variable):
            variable.assign(np.zeros(variable.shape, numpy_dtype(variable.dtype)))

    def reset_states(self) -> None:
        """``reset_state`` in older words."""
        self.reset_state()

    # -- building ------------------------------------------------------------------------------------

    def ensure_built(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        sequences = args[0] if args else kwargs["sequences"]
        x = sequences[0] if isinstance(sequences, (list, tuple)) else sequences
        self.build((known_batch(self, x), *x.shape[1:]))

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        if isinstance(sequences_shape, list):
            sequences_shape = sequences_shape[0]
        self._check_rank(tuple(sequences_shape))
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful:
            self._make_states(tuple(sequences_shape))

    def _check_rank(self, shape: tuple[Any, ...]) -> None:
        exact = self.cell_class is not None
        if len(shape) < 3 or (exact and len(shape) > 3):
            raise ShapeError(
                self.where,
                f"an input with {'' if exact else 'at least '}3 axes, (batch, time, features)",
                f"shape {shape}",
                "One number at each step is one feature: write x[..., None]. For words, put an Embedding before it."
                if len(shape) < 3
                else "Bring each step to one vector: TimeDistributed(Flatten()) before it.",
            )

    def _check_features(self, shape: tuple[int, ...]) -> None:
        cell = self.cell.cells[0] if isinstance(self.cell, StackedRNNCells) else self.cell
        if isinstance(cell, Cell) and shape[-1] != cell.kernel.shape[0]:
            raise ShapeError(
                self.where,
                f"{cell.kernel.shape[0]} features, for which it was built",
                f"an input of shape {shape}",
                "Give data of that width, or build it anew.",
            )

    def _make_states(self, shape: Any) -> None:
        batch = shape[0]
        if batch is None:
            raise ShapeError(
                f"{self.where}, stateful",
                "a fixed batch size, as the states of each row are kept",
                f"an input of shape {tuple(shape)}",
                f"Write Input(batch_shape=(batch, time, {'features' if len(shape) == 3 else '…'})) before it, "
                "or give it batch_shape=….",
            )
        with jax.ensure_compile_time_eval():
            first = self.get_initial_state(batch)
        self.states = jax.tree.map(self._state, first)

    def _state(self, first: Any) -> Variable:
        variable = Variable(np.asarray(first), dtype=self.dtype.variable_dtype, trainable=False, name="rnn_state")
        variable.path, variable.lasting = f"{self.name}/rnn_state", True
        return variable

    # -- calling -------------------------------------------------------------------------------------

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        if isinstance(sequences, (list, tuple)):  # [x, *states]
            sequences, *given = sequences
            initial_state = given if initial_state is None and given else initial_state
        x, mask = jnp.asarray(sequences), self._checked_mask(mask, sequences.shape)
        self._check_rank(x.shape)
        self._check_features(x.shape)
        states = self._first_states(initial_state, x.shape)
        output, states = self._over_time(x, states, mask, training)
        compute = numpy_dtype(self.dtype.compute_dtype)
        output, states = jax.tree.map(lambda leaf: leaf.astype(compute), (output, states))
        if self.stateful:
            for variable, state in zip(
                jax.tree.leaves(self.states, is_leaf=_is_variable), jax.tree.leaves(states), strict=True
            ):
                variable.assign(state.astype(numpy_dtype(variable.dtype)))
        return (output, *states) if self.return_state else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = _first_mask(mask) if self.return_sequences else None
        return [mask, *(None for _ in self.state_size)] if self.return_state else mask

    def _checked_mask(self, mask: Any, shape: tuple[int, ...]) -> Any:
        mask = _first_mask(mask)
        if mask is None:
            return None
        mask = jnp.asarray(mask)
        if mask.shape != shape[:2]:
            raise ShapeError(
                f"{self.where}, mask",
                f"shape {shape[:2]}, (batch, time) of the input",
                f"shape {mask.shape}",
                "Give a mask that says of each step whether it counts.",
            )
        return mask.astype(bool)

    def _first_states(self, given: Any, shape: tuple[int, ...]) -> list[Any]:
        batch, compute = shape[0], numpy_dtype(self.dtype.compute_dtype)
        if self.stateful:
            kept = jax.tree.leaves(self.states, is_leaf=_is_variable)
            if kept[0].shape[0] != batch:
                raise ShapeError(
                    f"{self.where}, stateful",
                    f"batches of {kept[0].shape[0]} rows, whose states it keeps",
                    batch,
                    "Give a multiple of that many rows and that batch_size to fit, evaluate and predict.",
                )
        if given is None:
            states = self.states if self.stateful else self.get_initial_state(batch)
            return jax.tree.map(lambda leaf: jnp.asarray(leaf).astype(compute), states, is_leaf=_is_variable)
        wanted = jax.eval_shape(lambda: self.get_initial_state(batch))
        leaves, structure = jax.tree.flatten(wanted)
        arrays = [jnp.asarray(array) for array in jax.tree.leaves(given, is_leaf=_is_variable)]
        shapes = [leaf.shape for leaf in leaves]
        if [array.shape for array in arrays] != shapes:
            raise ShapeError(
                f"{self.where}, initial_state",
                f"{len(shapes)} {'arrays' if len(shapes) > 1 else 'array'} of {', '.join(map(str, shapes))}",
                ", ".join(str(array.shape) for array in arrays) or "none",
                "Give what a layer of as many units returns with return_state=True, without its output.",
            )
        return jax.tree.unflatten(structure, [array.astype(compute) for array in arrays])

    def _over_time(self, x: Any, states: list[Any], mask: Any, training: Any) -> tuple[Any, list[Any]]:
        """The outputs and the last states."""
        cell, dtype = self.cell, getattr(self.cell, "dtype", self.dtype)
        kept = None
        if training and isinstance(cell, (Cell, StackedRNNCells)) and "kept" in names_of_arguments(type(cell).call):
            kept = cell.draw(x.shape[0], x.dtype)
        dropped = training and getattr(cell, "recurrent_dropout", 0)
        if getattr(cell, "is_standard", False) and not (self.unroll or dropped) and dtype.name == self.dtype.name:
            output, states = cell.over_time(x, states, mask, kept or Kept(), self.return_sequences, self.go_backwards)
            if mask is not None and self.zero_output_for_mask:
                output = self._zeroed(output, mask)
            return output, states
        step = self._step(kept, training)
        made = jax.eval_shape(lambda x, states: step(x, states)[0], x[:, 0], states)
        before = jax.tree.leaves(states if not isinstance(states[-1], list) else states[-1])[0]
        if (before.shape, before.dtype) != (made.shape, made.dtype):
            before = jnp.zeros(made.shape, made.dtype)
        return scan_cell(
            step,
            x,
            states,
            before,
            mask,
            sequences=self.return_sequences,
            backwards=self.go_backwards,
            unroll=self.unroll,
            zero_output=self.zero_output_for_mask,
        )

    def _zeroed(self, output: Any, mask: Any) -> Any:
        mask = jnp.flip(mask, 1) if self.go_backwards else mask
        if self.return_sequences:
            return jnp.where(mask[:, :, None], output, 0)
        return jnp.where(mask[:, -1, None], output, 0)

    def _step(self, kept: Any, training: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
        """The cell as a pure function of a step's input and states."""
        cell = self.cell
        accepted = names_of_arguments(type(cell).call)
        how: dict[str, Any] = {}
        if "training" in accepted:
            how["training"] = training
        if kept is not None:
            how["kept"] = kept
        outer = frame.current() or Frame()
        key = outer.branch() if training else None

        def step(x: Any, states: Any) -> tuple[Any, Any]:
            # a frame of its own: what is made inside a loop must not be seen outside
            with Frame(outer.values, training=bool(training), key=key) as inner:
                output, new = cell(x, states, **how) if callable(cell) else cell.call(x, states, **how)
            if inner.written or inner.losses:
                changed = [variable.path for variable in inner.written] or ["the loss"]
                raise ArgumentError(
                    f"{self.where}, cell",
                    "a cell that changes nothing but its states",
                    f"one that changes {changed[0]}",
                    "Keep what changes in its states, and regularise the output of this layer.",
                )
            return output, self._like(states, new)

        return step

    def _like(self, states: Any, new: Any) -> Any:
        """The cell's new states in the structure and types of the old ones."""
        old, structure = jax.tree.flatten(states)
        leaves = [jnp.asarray(leaf) for leaf in jax.tree.leaves(new)]
        if [leaf.shape for leaf in leaves] != [leaf.shape for leaf in old]:
            raise ShapeError(
                f"{self.where}, cell",
                f"new states of the shapes of the old ones, {', '.join(str(leaf.shape) for leaf in old)}",
                ", ".join(str(leaf.shape) for leaf in leaves) or "none",
                "Let its call return (output, [state, …]) with states as state_size says.",
            )
        return jax.tree.unflatten(structure, [a.astype(b.dtype) for a, b in zip(leaves, old, strict=True)])


def known_batch(layer: Layer, x: Any) -> int | None:
    """The batch size for a layer's ``build``: that of ``batch_shape``, of an Input, or of the data in a call by hand.

    Inside a program that infers shapes lengths are stand-ins: there it is unknown.
    """
    declared = layer.__dict__.get("declared_shape")
    if declared is not None and declared[0] is not None:
        return declared[0]
    if isinstance(x, Symbolic):
        return x.shape[0]
    return None if isinstance(x, jax.core.Tracer) or not layer.stateful else x.shape[0]  # type: ignore[attr-defined]


def _is_variable(value: Any) -> bool:
    return isinstance(value, Variable)


def _first_mask(mask: Any) -> Any:
    """The mask of the input, where states came with it."""
    return mask[0] if isinstance(mask, (list, tuple)) else mask
