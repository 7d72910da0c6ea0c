"""Enqueuers: how old code had batches made ahead; here they are made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


class SequenceEnqueuer:
    """Base of enqueuers.

    Args:
        sequence: what gives the batches.
        use_multiprocessing: accepted; batches are made in this process.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False):
        self.sequence, self._running = sequence, False

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begins."""
        self._running = True

    def stop(self, timeout: float | None = None) -> None:
        """Ends."""
        self._running = False

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._running

    def get(self) -> Iterator[Any]:
        """The batches."""
        raise NotImplementedError(f"{type(self).__name__} must define get(self).")


class OrderedEnqueuer(SequenceEnqueuer):
    """The batches of a ``Sequence``, again and again.

    Args:
        sequence: with ``len()`` and an index.
        use_multiprocessing: accepted.
        shuffle: whether each pass has an order of its own.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def get(self) -> Iterator[Any]:
        while self._running:
            order = np.arange(len(self.sequence))
            if self.shuffle:
                np.random.default_rng().shuffle(order)
            for number in order:
                if not self._running:
                    return
                yield self.sequence[int(number)]
            self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """The batches of a generator.

    Args:
        generator: an iterator.
        use_multiprocessing, wait_time, random_seed: accepted.
    """

    def __init__(
        self, generator: Any, use_multiprocessing: bool = False, wait_time: float = 0.05, random_seed: Any = None
    ):
        super().__init__(generator, use_multiprocessing)

    def get(self) -> Iterator[Any]:
        for batch in self.sequence:
            if not self._running:
                return
            yield batch
