"""Batched: batches made when they are asked for, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from hornbeam.core.random import next_seed


class Batched:
    """Batches of numbered samples; every walk through it is an epoch, newly shuffled if it is to be.

    Args:
        read: from an array of samples' numbers to the batch of them.
        count: how many samples there are.
        batch_size: samples in a batch; None gives single ones.
        shuffle: whether each epoch has an order of its own.
        seed: makes the orders repeatable.

    Example:
        >>> squares = Batched(lambda numbers: numbers**2, count=5, batch_size=2)
        >>> [batch.tolist() for batch in squares], len(squares)
        ([[0, 1], [4, 9], [16]], 3)
        >>> [batch.tolist() for batch in squares.map(lambda batch: batch + 1).take(1)]
        [[1, 2]]
    """

    class_names: list[str] | None = None
    file_paths: list[str] | None = None

    def __init__(
        self,
        read: Callable[[np.ndarray], Any],
        count: int,
        batch_size: int | None = 32,
        shuffle: bool = False,
        seed: int | None = None,
    ):
        self._read, self._count, self.batch_size = read, count, batch_size
        self._seed = (next_seed() if seed is None else seed) if shuffle else None
        self._epoch = 0

    def __len__(self) -> int:
        return self._count if self.batch_size is None else -(-self._count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        order = np.arange(self._count)
        if self._seed is not None:
            order = np.random.default_rng((self._seed, self._epoch)).permutation(order)
            self._epoch += 1
        return self._walk(order)

    def _walk(self, order: np.ndarray) -> Iterator[Any]:
        if self.batch_size is None:
            for number in order:
                batch = self._read(np.array([number]))
                yield tuple(part[0] for part in batch) if isinstance(batch, tuple) else batch[0]
            return
        for start in range(0, self._count, self.batch_size):
            yield self._read(order[start : start + self.batch_size])

    def map(self, function: Callable[..., Any], **kwargs: Any) -> Mapped:
        """The batches, each through a function: of ``(x, y)`` it is given x and y. Further words are passed over."""
        return Mapped(self, function)

    def take(self, count: int) -> Taken:
        """The first batches of each epoch."""
        return Taken(self, count)

    def cache(self) -> Cached:
        """The same batches in every epoch, made in the first and kept in memory."""
        return Cached(self)

    def prefetch(self, buffer_size: Any = None) -> Batched:
        """Itself; for the sake of code that was written for ``tf.data``."""
        return self


class Mapped(Batched):
    """Batches through a function."""

    def __init__(self, source: Batched, function: Callable[..., Any]):
        self.source, self.function = source, function
        self.class_names, self.file_paths, self.batch_size = source.class_names, source.file_paths, source.batch_size

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[Any]:
        for batch in self.source:
            yield self.function(*batch) if isinstance(batch, tuple) else self.function(batch)


class Taken(Batched):
    """The first batches."""

    def __init__(self, source: Batched, count: int):
        self.source, self.count = source, count
        self.class_names, self.file_paths, self.batch_size = source.class_names, source.file_paths, source.batch_size

    def __len__(self) -> int:
        return min(self.count, len(self.source))

    def __iter__(self) -> Iterator[Any]:
        return islice(iter(self.source), self.count)


class Cached(Batched):
    """Batches that are kept when they have all been made once."""

    def __init__(self, source: Batched):
        self.source = source
        self.class_names, self.file_paths, self.batch_size = source.class_names, source.file_paths, source.batch_size
        self._kept: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[Any]:
        if self._kept is not None:
            yield from self._kept
            return
        kept = []
        for batch in self.source:
            kept.append(batch)
            yield batch
        self._kept = kept
