"""Sources: data as blocks of batches, ready for a program."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.data import convert

BLOCK_BYTES = 32 * 2**20
BLOCK_STEPS = 64
GATHER_BYTES = 6 * 2**20  # of a gathered block: small enough that an epoch's first one is there in 2 ms
WHOLE_BYTES = 2**20  # up to here several epochs run in one program call
SMALL_BYTES = 2**18  # below this a thread costs more than the gathering
GATHER_SECONDS = 0.1


class Block(NamedTuple):
    """Rows for one or more steps.

    Attributes:
        data: ``(x, y, weights)`` with rows along axis 0.
        index: order of the rows, padded to a multiple of ``size``; None when they lie in order.
        rows: number of real rows when the last batch is padded, None when all are real.
        steps: number of batches.
        size: rows in a batch.
    """

    data: Any
    index: Any
    rows: int | None
    steps: int
    size: int


class Source:
    """Base of sources: ``epoch(order)`` gives the blocks of one pass."""

    steps: int | None = None  # batches in an epoch, None when unknown

    def epoch(
        self, generator: np.random.Generator | None, upcoming: np.random.Generator | None = None
    ) -> Iterator[Block]:
        """Blocks of one pass; shuffled by the generator, in order when None.

        ``upcoming`` is the next pass's generator, for sources that prepare its beginning during this pass.
        """
        raise NotImplementedError

    def example(self) -> Any:
        """``(x, y, weights)`` with a few rows, from which shapes and types can be read."""
        raise NotImplementedError

    def finish(self) -> None:
        """Called when an epoch has ended."""

    def close(self) -> None:
        """Called when the source is not needed any more."""


class ArraySource(Source):
    """Arrays that fit into memory.

    On an accelerator they are put on the device once, and each step gathers its rows there. On a CPU the rows of a
    few steps are gathered by a second thread while the program works on the ones before: XLA:CPU gathers inside the
    loop at the cost of the program's own thread (softmax 784-10, batch 128: 306 against 213 µs a step).

    Args:
        data: ``(x, y, weights)``, nested arrays with equal numbers of rows.
        size: rows in a batch.
        shuffled: whether the epochs will be shuffled.
        pad: whether the last, smaller batch may be padded; otherwise it becomes a block of its own.
    """

    def __init__(self, data: Any, size: int, shuffled: bool, pad: bool):
        self._leaves, self._structure = jax.tree.flatten(data)
        self.rows = int(self._leaves[0].shape[0])
        self.size = min(size, self.rows)
        self.full, self.rest = divmod(self.rows, self.size)
        self.steps = self.full + (self.rest > 0)
        self.pad = pad and self.rest > 0
        self.gathers = shuffled and jax.default_backend() == "cpu"
        self.resident: Any = None
        if not self.gathers:
            padded = data if shuffled or not self.pad else _filled(data, self.steps * self.size)
            self.resident = jax.device_put(padded)
            return
        self._leaves = [np.asarray(leaf) for leaf in self._leaves]
        step_bytes = max(1, sum(leaf.nbytes for leaf in self._leaves) * self.size // self.rows)
        whole = self.steps if self.pad else max(1, self.full)
        self.capacity = max(1, min(whole, GATHER_BYTES // step_bytes))
        alone = self.capacity == whole and step_bytes * whole < SMALL_BYTES
        self._buffers: list[list[np.ndarray]] = [self._buffer(), self._buffer()]
        self._reader = None if alone else ThreadPoolExecutor(1)
        self._turn = 0
        self._ahead: tuple[np.ndarray, Future[Block]] | None = None

    @property
    def is_small(self) -> bool:
        """Whether whole epochs of it, and several at once, are work for one program call."""
        return self.pad_or_even and sum(leaf.nbytes for leaf in self._leaves) <= WHOLE_BYTES

    @property
    def pad_or_even(self) -> bool:
        """Whether all batches have the same size, by padding or by themselves."""
        return self.pad or not self.rest

    def whole(self) -> Block:
        """All rows in order, padded to whole batches."""
        data = _filled(self.example(), self.steps * self.size)
        return Block(data, None, self.rows if self.pad else None, self.steps, self.size)

    def example(self) -> Any:
        return jax.tree.unflatten(self._structure, self._leaves)

    def close(self) -> None:
        if self.gathers and self._reader is not None:
            self._reader.shutdown()

    def epoch(
        self, generator: np.random.Generator | None, upcoming: np.random.Generator | None = None
    ) -> Iterator[Block]:
        cut = self.rows if self.pad else self.full * self.size
        order: Any = None
        if generator is not None:
            order = self._ahead[0] if self._ahead is not None else generator.permutation(self.rows)
        if cut and self.gathers:
            yield from self._gathered(order, cut, upcoming)
        elif cut:
            yield from self._indexed(order, cut)
        if self.rest and not self.pad:
            chosen = slice(cut, None) if order is None else order[cut:]
            tail = [leaf[chosen] for leaf in self._leaves]
            yield Block(jax.tree.unflatten(self._structure, tail), None, None, 1, self.rest)

    def _indexed(self, order: Any, cut: int) -> Iterator[Block]:
        steps = self.steps if self.pad else self.full
        index = None if order is None else _padded(order[:cut].astype(np.int32), steps * self.size)
        yield Block(self.resident, index, self.rows if self.pad else None, steps, self.size)

    def _gathered(self, order: np.ndarray, cut: int, upcoming: np.random.Generator | None) -> Iterator[Block]:
        rows = self.capacity * self.size
        cuts = [order[start : min(cut, start + rows)] for start in range(0, cut, rows)]
        if self._reader is None:
            yield from (self._gather(rows_of_block) for rows_of_block in cuts)
            return
        coming = self._ahead[1] if self._ahead is not None else self._reader.submit(self._gather, cuts[0])
        self._ahead = None
        for number in range(len(cuts)):
            block = coming.result()
            # the buffer filled next is that of the block before this one: its program has ended, the loop waits
            if number + 1 < len(cuts):
                coming = self._reader.submit(self._gather, cuts[number + 1])
            elif upcoming is not None:
                following = upcoming.permutation(self.rows)
                self._ahead = following, self._reader.submit(self._gather, following[: min(cut, rows)])
            yield block

    def _gather(self, rows: np.ndarray) -> Block:
        self._turn = 1 - self._turn
        buffers = self._buffers[self._turn]
        for leaf, buffer in zip(self._leaves, buffers, strict=True):
            # mode="clip" gathers straight into the buffer, without a checked copy; the rows are in range
            np.take(leaf, rows, axis=0, out=buffer[: len(rows)], mode="clip")
        data = jax.tree.unflatten(self._structure, buffers)
        if self._reader is not None:
            data = jax.device_put(data)
        return Block(data, None, len(rows) if self.pad else None, -(-len(rows) // self.size), self.size)

    def _buffer(self) -> list[np.ndarray]:
        return [aligned_zeros((self.capacity * self.size, *leaf.shape[1:]), leaf.dtype) for leaf in self._leaves]


class ChunkSource(Source):
    """Arrays that stay in files, or sparse: read in chunks of batches, one chunk ahead.

    Args:
        data: ``(x, y, weights)``, nested arrays, memmaps, HDF5 datasets or sparse matrices.
        size: rows in a batch.
        pad: whether the last, smaller batch may be padded.
        first, rows: which rows belong to the source (a validation split is the end of the same file).
    """

    def __init__(self, data: Any, size: int, pad: bool, first: int = 0, rows: int | None = None):
        self._leaves, self._structure = jax.tree.flatten(data, is_leaf=convert.is_sparse)
        self.first = first
        self.rows = int(self._leaves[0].shape[0]) - first if rows is None else rows
        self.size = min(size, self.rows)
        self.pad = pad and self.rows % self.size > 0
        self.steps = -(-self.rows // self.size)
        row_bytes = sum(int(np.prod(leaf.shape[1:])) * 4 for leaf in self._leaves)
        self.block = max(1, min(self.steps, BLOCK_BYTES // max(1, row_bytes * self.size))) * self.size

    def example(self) -> Any:
        return self._read(np.arange(self.first, self.first + min(self.size, self.rows)))

    def epoch(
        self, generator: np.random.Generator | None, upcoming: np.random.Generator | None = None
    ) -> Iterator[Block]:
        order = np.arange(self.rows) if generator is None else generator.permutation(self.rows)
        order = order + self.first
        cuts = [order[start : start + self.block] for start in range(0, self.rows, self.block)]
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._read, cuts[0])
            for number in range(len(cuts)):
                data = coming.result()
                if number + 1 < len(cuts):
                    coming = reader.submit(self._read, cuts[number + 1])
                yield from self._blocks(data, len(cuts[number]))

    def _blocks(self, data: Any, rows: int) -> Iterator[Block]:
        full, rest = divmod(rows, self.size)
        if self.pad:
            yield Block(_filled(data, self.block), None, rows, full + (rest > 0), self.size)
            return
        if full:
            cut = jax.tree.map(lambda leaf: leaf[: full * self.size], data) if rest else data
            yield Block(_filled(cut, self.block), None, None, full, self.size)
        if rest:
            yield Block(jax.tree.map(lambda leaf: leaf[full * self.size :], data), None, None, 1, rest)

    def _read(self, rows: np.ndarray) -> Any:
        """Rows of every leaf; files are read in the order in which they lie, then put in the wanted order."""
        ranks = np.argsort(rows, kind="stable")
        sorted_rows = rows[ranks]
        back = np.empty_like(ranks)
        back[ranks] = np.arange(len(ranks))
        contiguous = len(rows) and sorted_rows[-1] - sorted_rows[0] + 1 == len(rows)
        chosen = slice(int(sorted_rows[0]), int(sorted_rows[-1]) + 1) if contiguous else sorted_rows
        found = []
        for leaf in self._leaves:
            part = leaf[chosen]
            part = part.toarray() if convert.is_sparse(leaf) else np.asarray(part)
            part = convert.narrow(np.asarray(part[back]), "data on disk")
            convert.check_numbers(part, "data on disk")
            found.append(part)
        return jax.tree.unflatten(self._structure, found)


class BatchSource(Source):
    """Anything that gives batches: generators, PyDatasets, DataLoaders.

    Neighbouring batches of equal shapes that arrive within a tenth of a second become one block.

    Args:
        start: gives an iterator over batches; called at the beginning of every epoch.
        steps: batches in an epoch, None to go on until the iterator ends.
        arrange: turns a batch, as the user gives it, into ``(x, y, weights)``.
        endless: the iterator goes on over the epochs, as Keras's generators do.
        finish: called when an epoch has ended.
    """

    def __init__(
        self,
        start: Callable[[np.random.Generator | None], Iterator[Any]],
        steps: int | None,
        arrange: Callable[[Any], Any],
        endless: bool = False,
        finish: Callable[[], None] | None = None,
    ):
        self.steps, self._start, self._arrange, self._endless = steps, start, arrange, endless
        self._finish, self._running, self._first, self._usual = finish, None, None, None

    def example(self) -> Any:
        if self._first is None:
            self._running = self._start(None)
            raw = next(self._running, None)
            if raw is None:
                raise DataError("fit, x", "at least one batch", "an empty iterable", "Check the data set's length.")
            self._first = self._arrange(raw)
        return self._first

    def epoch(
        self, generator: np.random.Generator | None, upcoming: np.random.Generator | None = None
    ) -> Iterator[Block]:
        batches = self._batches(generator)
        if self.steps is not None:
            batches = itertools.islice(batches, self.steps)
        group: list[Any] = []
        began = time.perf_counter()
        for batch in batches:
            if group and (
                _layout(batch) != _layout(group[0])
                or time.perf_counter() - began > GATHER_SECONDS
                or len(group) == self._capacity_of(group[0])
            ):
                yield _stacked(group, self._capacity_of(group[0]))
                group, began = [], time.perf_counter()
            group.append(batch)
        if group:
            yield _stacked(group, self._capacity_of(group[0]))

    def _capacity_of(self, batch: Any) -> int:
        """Batches in a block; 1 for a layout that comes once, as the last, smaller batch does."""
        layout = _layout(batch)
        self._usual = self._usual or layout
        return _capacity(batch, self.steps) if layout == self._usual else 1

    def _batches(self, generator: np.random.Generator | None) -> Iterator[Any]:
        if self._first is not None and self._running is not None:
            # the batch that showed the shapes was taken from the stream: it comes first
            first, self._first = self._first, None
            yield first
        elif self._running is None or not self._endless:
            self._running = self._start(generator)
        for raw in self._running:
            yield self._arrange(raw)
        self._running = None

    def finish(self) -> None:
        if not self._endless:
            self._running = None
        if self._finish is not None:
            self._finish()


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Zeros that begin at a multiple of 64 bytes, which XLA:CPU takes without copying."""
    dtype = np.dtype(dtype)
    length = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(length + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + length].view(dtype).reshape(shape)


def _filled(data: Any, rows: int) -> Any:
    """The block with zero rows appended up to a fixed length, so that one compiled program serves all blocks."""
    return jax.tree.map(lambda leaf: _padded(leaf, rows), data)


def _padded(leaf: Any, length: int) -> Any:
    """The array with zero rows appended up to a length."""
    missing = length - leaf.shape[0]
    if missing <= 0:
        return leaf
    return np.concatenate([np.asarray(leaf), np.zeros((missing, *leaf.shape[1:]), leaf.dtype)])


def _layout(batch: Any) -> Any:
    flat, structure = jax.tree.flatten(batch)
    return tuple((leaf.shape, str(leaf.dtype)) for leaf in flat), structure


def _bytes(batch: Any) -> int:
    return sum(int(leaf.nbytes) for leaf in jax.tree.leaves(batch))


def _capacity(batch: Any, steps: int | None) -> int:
    """How many batches like this one go into a block."""
    return max(1, min(steps or BLOCK_STEPS, BLOCK_STEPS, BLOCK_BYTES // max(1, _bytes(batch))))


def _stacked(group: list[Any], capacity: int) -> Block:
    size = int(jax.tree.leaves(group[0])[0].shape[0])
    if capacity == 1:
        return Block(group[0], None, None, 1, size)
    data = jax.tree.map(lambda *parts: np.concatenate([np.asarray(part) for part in parts]), *group)
    return Block(_filled(data, capacity * size), None, None, len(group), size)
