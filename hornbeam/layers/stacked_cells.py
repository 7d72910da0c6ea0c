"""StackedRNNCells: several cells as one, each on the output of the one below."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import Refused
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.layers.cell import Cell, Kept
from hornbeam.layers.layer import LAYERS, Layer, names_of_arguments


def is_cell(value: Any) -> bool:
    """Whether a value can be called as a cell and says how large its states are."""
    size = getattr(value, "state_size", None)
    sizes = list(size) if isinstance(size, (list, tuple)) else [size]
    known = bool(sizes) and all(isinstance(leaf, int) for leaf in jax.tree.leaves(sizes, is_leaf=lambda x: x is None))
    return known and not isinstance(value, type) and callable(getattr(value, "call", None))


def state_sizes(cell: Any) -> list[Any]:
    """Units of each state, as a list also where there is only one."""
    size = cell.state_size
    return list(size) if isinstance(size, (list, tuple)) else [size]


def output_size(cell: Any) -> int:
    """Units of a cell's output: what it says, else those of its first state."""
    own = getattr(cell, "output_size", None)
    return state_sizes(cell)[0] if own is None else own


def _cells(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)) or not value:
        raise Refused("a list of cells", "Write for example StackedRNNCells([LSTMCell(64), LSTMCell(32)]).")
    wrong = [cell for cell in value if not is_cell(cell)]
    if wrong:
        raise Refused(
            f"cells, with call(inputs, states) and state_size; {type(wrong[0]).__name__} has not both",
            "Use LSTMCell, GRUCell, SimpleRNNCell, or a class of your own with both.",
        )
    return list(value)


@LAYERS.add()
class StackedRNNCells(Layer):
    """Several cells as one: each takes the output of the cell below, and keeps its own states.

    ``RNN(StackedRNNCells([a, b]))`` computes what ``RNN(b)`` does on ``RNN(a, return_sequences=True)``.

    Args:
        cells: the cells, the lowest first.

    Shapes:
        ``(batch, features) -> (batch, units)``; states as a list with the list of states of each cell.

    Example:
        >>> import numpy as np
        >>> from hornbeam.layers import RNN, LSTMCell
        >>> RNN(StackedRNNCells([LSTMCell(4), LSTMCell(3)]))(np.ones((2, 5, 1), "float32")).shape
        (2, 3)
    """

    cells = field(convert=_cells)

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = all(getattr(cell, "rowwise", False) for cell in self.cells)

    @property
    def state_size(self) -> list[Any]:
        """Units of the states, a list for each cell."""
        return [state_sizes(cell) for cell in self.cells]

    @property
    def output_size(self) -> int:
        """Units of the highest cell's output."""
        return output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(shape)
                cell.built = True
            shape = (shape[0], output_size(cell))

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """The states of each cell at the beginning: its own, or zeros."""
        compute = numpy_dtype(self.dtype.compute_dtype)

        def first(cell: Any) -> list[Any]:
            own = getattr(cell, "get_initial_state", None)
            if own is None:
                return [jnp.zeros((batch_size, units), compute) for units in state_sizes(cell)]
            found = own(batch_size=batch_size)
            return list(found) if isinstance(found, (list, tuple)) else [found]

        return [first(cell) for cell in self.cells]

    def call(self, inputs: Any, states: Any, training: Any = False, kept: list[Kept | None] | None = None) -> Any:
        new_states = []
        for cell, own, held in zip(self.cells, states, kept or [None] * len(self.cells), strict=True):
            accepted = names_of_arguments(type(cell).call)
            how = {"training": training} if "training" in accepted else {}
            if held is not None:
                how["kept"] = held
            inputs, new = cell(inputs, own, **how) if callable(cell) else cell.call(inputs, own, **how)
            new_states.append(list(new) if isinstance(new, (list, tuple)) else [new])
        return inputs, new_states

    # -- what RNN asks of cells ----------------------------------------------------------------------

    def draw(self, batch: int, dtype: Any) -> list[Kept | None]:
        """What is dropped in each built-in cell, for one sequence."""
        return [
            cell.draw(batch, dtype)
            if isinstance(cell, Cell) and "kept" in names_of_arguments(type(cell).call)
            else None
            for cell in self.cells
        ]

    @property
    def recurrent_dropout(self) -> float:
        """The largest rate of the cells."""
        return max(getattr(cell, "recurrent_dropout", 0.0) for cell in self.cells)

    @property
    def is_standard(self) -> bool:
        """Whether all cells have functions for whole sequences, and compute in one type."""
        return all(getattr(cell, "is_standard", False) and cell.dtype.name == self.dtype.name for cell in self.cells)

    def over_time(
        self, x: Any, states: list[Any], mask: Any, kept: Any, sequences: bool, backwards: bool
    ) -> tuple[Any, list[Any]]:
        """The sequence through one cell after the other, which gives the same as all cells at each step."""
        held = [Kept()] * len(self.cells) if isinstance(kept, Kept) else kept
        new_states = []
        for number, (cell, own, one) in enumerate(zip(self.cells, states, held, strict=True)):
            highest = number == len(self.cells) - 1
            x, new = cell.over_time(x, own, mask, one, sequences or not highest, backwards and number == 0)
            if backwards and number == 0 and mask is not None:
                mask = jnp.flip(mask, 1)
            new_states.append(new)
        return x, new_states
