"""Arrays in memory as a source: their rows are gathered inside the program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import lax

from hornbeam.data.source import Block, Shuffler, Source, filled, padded

WHOLE_BYTES = 2**20  # up to here several epochs run in one program call
LENT_BYTES = 2**20  # an array of more is lent to the program, a smaller one copied
LINE = 64  # XLA:CPU takes memory without a copy where it begins at a multiple of this many bytes


@jax.tree_util.register_static
@dataclass(frozen=True)
class Same:
    """Stands for a target that is one of the inputs, as an autoencoder's: ``fit(x, x)``."""

    input: int


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True)
class Lent:
    """A large array in the user's memory, which an XLA:CPU program reads without a copy.

    XLA:CPU shares memory only where it begins at a multiple of 64 bytes, and NumPy's large arrays begin 16 bytes after
    one. So the program is lent the array from the next such place on, as a vector, and the rows at the two ends
    apart. A copy of MNIST takes 73 ms and 170 MB; a step gathers its rows from either in the same time.

    Attributes:
        middle: all entries but 64 bytes' worth at the two ends together.
        ends: the first and the last row, ``(2, entries of a row)``.
        skipped: how many entries lie before ``middle``, a number on the device: it compiles nothing.
        shape: the array's shape.
    """

    middle: Any
    ends: Any
    skipped: Any
    shape: tuple[int, ...]

    def tree_flatten(self) -> tuple[Any, Any]:
        return (self.middle, self.ends, self.skipped), self.shape

    @classmethod
    def tree_unflatten(cls, shape: Any, leaves: Any) -> Lent:
        middle, ends, skipped = leaves
        return cls(middle, ends, skipped, shape)

    @classmethod
    def of(cls, array: np.ndarray) -> Lent | None:
        """The array as lent; None when it is small, of narrow rows, or lies in memory in another order."""
        cut = LINE // array.itemsize
        width = array.size // max(1, len(array))
        if array.nbytes < LENT_BYTES or width < cut or array.size >= 2**31 or not array.flags.c_contiguous:
            return None
        flat, skipped = array.reshape(-1), -array.ctypes.data % LINE // array.itemsize
        if array.ctypes.data % array.itemsize:
            return None
        middle = jax.device_put(flat[skipped : skipped + array.size - cut])
        return cls(middle, array[[0, -1]].reshape(2, width), np.int32(skipped), array.shape)

    def take(self, rows: Any) -> jax.Array:
        """The rows of these numbers, all of which exist."""
        # in primitives of lax: functions of jnp are traced one by one, 20 ms of a process's start
        count, width, batch = self.shape[0], self.ends.shape[1], rows.shape[0]
        start = lax.clamp(np.int32(0), rows * np.int32(width) - self.skipped, np.int32(self.middle.shape[0] - width))
        whole_rows = lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(), start_index_map=(0,))
        found = lax.gather(self.middle, start[:, None], whole_rows, (width,), mode="promise_in_bounds")
        for end, number in enumerate((0, count - 1)):
            here = lax.broadcast_in_dim(rows == np.int32(number), (batch, width), (0,))
            found = lax.select(here, lax.broadcast_in_dim(self.ends[end], (batch, width), (1,)), found)
        return found.reshape(batch, *self.shape[1:])


class ArraySource(Source):
    """Arrays that fit into memory: on the device once, and each step gathers its rows there.

    On a CPU the device's memory is the user's: a large array is lent and not copied. Gathering beside the program, by
    a second thread, was the first choice and is slower wherever the program itself uses both cores (softmax 784-10,
    batch 128: 131 µs a step, and 126 like this).

    Args:
        data: ``(x, y, weights)``, nested arrays with equal numbers of rows.
        size: rows in a batch.
        pad: whether the last, smaller batch may be padded; otherwise it becomes a block of its own.
    """

    def __init__(self, data: Any, size: int, pad: bool):
        self._whole, data = data, _with_same(data)
        self._leaves, self._structure = jax.tree.flatten(data)
        self.rows = int(self._leaves[0].shape[0])
        self.size = min(size, self.rows)
        self.full, self.rest = divmod(self.rows, self.size)
        self.steps: int = self.full + (self.rest > 0)
        self.pad = pad and self.rest > 0
        self._resident: Any = None
        even = self.pad or not self.rest
        self.is_small = even and sum(leaf.nbytes for leaf in self._leaves) <= WHOLE_BYTES
        # what is copied is padded, so that data of nearly equal length (folds, splits) share a compiled program
        self._room = _rounded(self.steps if pad or not self.rest else max(1, self.full)) * self.size

    def whole(self) -> Block:
        """All rows in order, padded to whole batches."""
        data = filled(jax.tree.unflatten(self._structure, self._leaves), self._room)
        return Block(data, None, self.rows if self.pad else None, self.steps, self.size)

    def example(self) -> Any:
        return self._whole

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        if self._resident is None:
            placed = [self._placed(leaf) for leaf in self._leaves]
            self._resident = jax.tree.unflatten(self._structure, placed)
        order = np.arange(self.rows) if shuffler is None else shuffler(number).permutation(self.rows)
        order = order.astype(np.int32)
        steps = self.steps if self.pad else self.full
        if steps:
            rows = self.rows if self.pad else None
            cut = self.rows if self.pad else steps * self.size
            yield Block(self._resident, padded(order[:cut], self._room), rows, steps, self.size)
        if self.rest and not self.pad:
            yield Block(self._resident, order[steps * self.size :], None, 1, self.rest)

    def _placed(self, leaf: Any) -> Any:
        lent = Lent.of(leaf) if isinstance(leaf, np.ndarray) and jax.default_backend() == "cpu" else None
        return lent or jax.device_put(padded(leaf, self._room))


def _rounded(count: int) -> int:
    """The count rounded up to four binary digits: at most an eighth more.

    Example:
        >>> [_rounded(count) for count in (7, 16, 17, 100, 422)]
        [7, 16, 18, 104, 448]
    """
    unit = 1 << max(0, count.bit_length() - 4)
    return -(-count // unit) * unit


def _with_same(data: Any) -> Any:
    """``(x, y, weights)`` in which targets that are an input itself are told by its number."""
    x, y, weights = data
    places = {_memory(leaf): number for number, leaf in enumerate(jax.tree.leaves(x))}
    same = [Same(places[_memory(leaf)]) if leaf is not None and _memory(leaf) in places else leaf for leaf in y or []]
    return x, same, weights


def _memory(leaf: Any) -> Any:
    """Equal for views of the same entries."""
    if isinstance(leaf, np.ndarray):
        return leaf.ctypes.data, leaf.shape, leaf.strides, leaf.dtype
    return id(leaf)
