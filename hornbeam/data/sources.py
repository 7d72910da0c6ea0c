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

BLOCK_BYTES = 16 * 2**20  # of what is read from files or comes in batches: about six blocks are in memory at a time
BLOCK_STEPS = 64
GATHER_BYTES = 6 * 2**20  # of a gathered block: small enough that an epoch's first one is there in 2 ms
WHOLE_BYTES = 2**20  # up to here several epochs run in one program call
SMALL_BYTES = 2**18  # below this a thread costs more than the gathering
GATHER_SECONDS = 0.1


Shuffler = Callable[[int], np.random.Generator]  # from an epoch's number to the generator of its order


class Block(NamedTuple):
    """Rows for one or more steps.

    Attributes:
        data: ``(x, y, weights)`` with rows along axis 0.
        index: order of the rows, padded to a multiple of ``size``; None when they lie in order.
        rows: number of real rows when the last batch is padded, None when all are real.
        steps: number of the batch before which the block ends.
        size: rows in a batch.
        first: number of the batch with which it begins.
    """

    data: Any
    index: Any
    rows: int | None
    steps: int
    size: int
    first: int = 0


class Source:
    """Base of sources: ``epoch(number, shuffler)`` gives the blocks of one epoch."""

    steps: int | None = None  # batches in an epoch, None when unknown

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        """Blocks of epoch ``number``, in the order that the shuffler's generator draws; as they lie when None.

        A source may ask for the next epoch's generator too, and prepare its beginning during this one.
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
        self.steps: int = self.full + (self.rest > 0)
        self.pad = pad and self.rest > 0
        self.gathers = shuffled and jax.default_backend() == "cpu"
        self.resident: Any = None
        if not self.gathers:
            if not shuffled:  # the blocks are these rows as they lie: whole batches, by padding or without the rest
                whole = self.steps * self.size if self.pad else self.full * self.size
                data = jax.tree.map(lambda leaf: _padded(leaf[:whole], whole), data)
            self.resident = jax.device_put(data)
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

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        cut = self.rows if self.pad else self.full * self.size
        order: Any = None
        if shuffler is not None:
            order = self._ahead[0] if self._ahead is not None else shuffler(number).permutation(self.rows)
        if cut and self.gathers and shuffler is not None:
            yield from self._gathered(order, cut, shuffler(number + 1))
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

    def _gathered(self, order: np.ndarray, cut: int, upcoming: np.random.Generator) -> Iterator[Block]:
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
            else:
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
        self.steps: int = -(-self.rows // self.size)
        row_bytes = sum(int(np.prod(leaf.shape[1:])) * 4 for leaf in self._leaves)
        self.block = max(1, min(self.steps, BLOCK_BYTES // max(1, row_bytes * self.size))) * self.size

    def example(self) -> Any:
        return self._read(np.arange(self.first, self.first + min(self.size, self.rows)))

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        order = np.arange(self.rows) if shuffler is None else shuffler(number).permutation(self.rows)
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
        contiguous = sorted_rows[-1] - sorted_rows[0] + 1 == len(rows)
        chosen = slice(int(sorted_rows[0]), int(sorted_rows[-1]) + 1) if contiguous else sorted_rows
        back = None if np.array_equal(rows, sorted_rows) else np.argsort(ranks)
        found = []
        for leaf in self._leaves:
            part = leaf[chosen]
            part = part.toarray() if convert.is_sparse(leaf) else part
            if back is not None:
                part = part[back]
            elif isinstance(part, np.memmap):
                part = np.array(part)  # a view would be read by the program's thread, not by this one
            part = convert.narrow(part, "data on disk")
            convert.check_numbers(part, "data on disk")
            found.append(part)
        return jax.tree.unflatten(self._structure, found)


class BatchSource(Source):
    """Anything that gives batches: generators, PyDatasets, DataLoaders.

    Neighbouring batches of equal shapes that arrive within a tenth of a second become one block.

    Args:
        start: gives an iterator over batches, in an order drawn by the generator it gets; called before every epoch.
        steps: batches in an epoch, None to go on until the iterator ends.
        arrange: turns a batch, as the user gives it, into ``(x, y, weights)``.
        endless: the iterator goes on over the epochs, as Keras's generators do.
        finish: called when an epoch has ended.
        peek: gives the first batch without starting an epoch; None where batches can be had in their turn only.
        where: the method's name, for errors.
    """

    def __init__(
        self,
        start: Callable[[np.random.Generator | None], Iterator[Any]],
        steps: int | None,
        arrange: Callable[[Any], Any],
        endless: bool = False,
        finish: Callable[[], None] | None = None,
        peek: Callable[[], Any] | None = None,
        where: str = "fit",
    ):
        self.steps, self._start, self._arrange, self._endless = steps, start, arrange, endless
        self._finish, self._peek, self._where = finish, peek, where
        self._running: Any = None
        self._first: Any = None
        self._usual: Any = None

    def example(self) -> Any:
        if self._peek is not None and self.steps != 0:
            return self._arrange(self._peek())
        if self._first is None:
            self._running = self._start(None)
            raw = next(self._running, None)
            if raw is None:
                raise DataError(
                    f"{self._where}, x", "at least one batch", "an empty iterable", "Check the data set's length."
                )
            self._first = self._arrange(raw)
        return self._first

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        batches = self._batches(None if shuffler is None else shuffler(number))
        if self.steps is not None:
            batches = itertools.islice(batches, self.steps)
        group: list[Any] = []
        count = 0
        began = time.perf_counter()
        for batch in batches:
            count += 1
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
        if self._endless and self.steps is not None and count < self.steps:
            raise DataError(
                f"{self._where}, x",
                f"{self.steps} batches in epoch {number + 1}",
                f"{count}; the iterable ended",
                "Write the generator as an endless loop (while True: …), or ask for fewer steps or epochs.",
            )

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


class SteppedSource(Source):
    """Epochs of a given number of batches, that go through another source again and again.

    Args:
        source: what is gone through; its ``steps`` are the batches of one pass.
        steps: batches in an epoch.
    """

    def __init__(self, source: Source, steps: int):
        self._source, self._passing = source, source.steps or steps
        self.steps: int = steps
        self._flow: Iterator[Block] | None = None
        self._place = 0  # batches given in all epochs so far
        self._left: Block | None = None  # what an epoch's end left of a block

    def example(self) -> Any:
        return self._source.example()

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        if self._flow is None or self._place != number * self.steps:
            self._place, self._left = number * self.steps, None
            self._flow = self._passes(self._place, shuffler)
        wanted = self.steps
        while wanted:
            block = self._left or next(self._flow)
            stop = min(block.steps, block.first + wanted)
            self._left = block._replace(first=stop) if stop < block.steps else None
            wanted -= stop - block.first
            self._place += stop - block.first
            yield block._replace(steps=stop)

    def _passes(self, place: int, shuffler: Shuffler | None) -> Iterator[Block]:
        """The blocks of pass after pass, from the batch at a place on."""
        number, skip = divmod(place, self._passing)
        while True:
            empty = True
            for block in self._source.epoch(number, shuffler):
                empty = False
                if skip < block.steps:
                    yield block._replace(first=skip)
                skip = max(0, skip - block.steps)
            if empty:
                raise DataError("fit, x", "at least one batch", "an empty iterable", "Check the data set's length.")
            number += 1

    def finish(self) -> None:
        self._source.finish()

    def close(self) -> None:
        self._source.close()


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
