"""Batches that come one after the other, as a source; and epochs of a given number of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.data.source import BLOCK_BYTES, Block, Shuffler, Source, filled

BLOCK_STEPS = 64
GATHER_SECONDS = 0.1


class BatchSource(Source):
    """Anything that gives batches: generators, PyDatasets, DataLoaders.

    Neighbouring batches of equal shapes that arrive within a tenth of a second become one block.

    Args:
        start: gives an iterator over the batches of an epoch, in an order drawn by the generator it gets, or that
            follows from the epoch's number.
        steps: batches in an epoch, None to go on until the iterator ends.
        arrange: turns a batch, as the user gives it, into ``(x, y, weights)``.
        endless: the iterator goes on over the epochs, as Keras's generators do.
        finish: called when an epoch has ended.
        peek: gives the first batch without starting an epoch; None where batches can be had in their turn only.
        where: the method's name, for errors.
    """

    def __init__(
        self,
        start: Callable[[np.random.Generator | None, int], Iterator[Any]],
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
        self._began: int | None = None  # the epoch whose first batch showed the shapes
        self._first: Any = None
        self._usual: Any = None

    def example(self) -> Any:
        if self._peek is not None and self.steps != 0:
            return self._arrange(self._peek())
        if self._first is None:
            self._running, self._began = self._start(None, 0), 0
            raw = next(self._running, None)
            if raw is None:
                raise DataError(
                    f"{self._where}, x", "at least one batch", "an empty iterable", "Check the data set's length."
                )
            self._first = self._arrange(raw)
        return self._first

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        batches = self._batches(None if shuffler is None else shuffler(number), number)
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

    def _batches(self, generator: np.random.Generator | None, number: int) -> Iterator[Any]:
        if self._first is not None and self._running is not None and (self._endless or number == self._began):
            # the batch that showed the shapes was taken from the stream: it comes first
            first, self._first = self._first, None
            yield first
        elif self._running is None or not self._endless:
            self._running, self._began = self._start(generator, number), None
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
    return Block(filled(data, capacity * size), None, None, len(group), size)
