"""PyDataset: batches by number, the base of a user's own data sets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np


class PyDataset:
    """Base of data sets that give batch number ``index`` in ``__getitem__`` and count them in ``__len__``.

    Args:
        workers: threads that prepare batches ahead; 1 prepares them one by one.
        use_multiprocessing: accepted for Keras's sake; threads serve.
        max_queue_size: how many batches are prepared ahead.

    Example:
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         x = np.arange(4.0) + index
        ...         return x, x**2
        >>> len(Squares())
        3
    """

    workers = 1
    max_queue_size = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        """Batch number ``index``: ``(x, y)`` or ``(x, y, sample_weight)``."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index).")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self).")

    @property
    def num_batches(self) -> int | None:
        """How many batches an epoch has; None goes on until told to stop."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before every epoch."""

    def on_epoch_end(self) -> None:
        """Called after every epoch: the place to shuffle."""

    def batches(self, generator: np.random.Generator | None) -> Iterator[Any]:
        """The batches of one epoch, in an order drawn by the generator, or in their own when None."""
        count = self.num_batches
        self.on_epoch_begin()
        if count is None:
            number = 0
            while True:
                yield self[number]
                number += 1
        order = range(count) if generator is None else generator.permutation(count).tolist()
        if self.workers <= 1:
            yield from (self[index] for index in order)
            return
        with ThreadPoolExecutor(self.workers) as pool:
            waiting = []
            for index in order:
                waiting.append(pool.submit(self.__getitem__, index))
                if len(waiting) >= self.max_queue_size:
                    yield waiting.pop(0).result()
            yield from (future.result() for future in waiting)


Sequence = PyDataset
