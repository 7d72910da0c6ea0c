"""FolderDataset: files that are read batch by batch, some batches ahead."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer, word
from hornbeam.core.errors import DataError, FileError
from hornbeam.core.messages import say
from hornbeam.core.random import next_seed
from hornbeam.data.hostarray import shown
from hornbeam.data.listing import Labelled
from hornbeam.data.pipeline import Dataset, order_of_pass


class FolderDataset(Dataset):
    """Base of data sets whose rows are files: batches of ``x`` or ``(x, y)``, with the methods of ``Dataset``.

    Files are decoded in threads, ahead of the batch that is used. A subclass says in ``read`` what one file holds.

    Args:
        paths: the files.
        labels: a label for each, along axis 0; or None.
        class_names: the classes' names.
        batch_size: files in a batch; None gives one file at a time, without a batch axis.
        shuffle: whether each pass has an order of its own.
        seed: of those orders.
        on_error: ``"raise"`` refuses a damaged file when it is met; ``"skip"`` leaves it out of its batch, with a
            warning that names it, and out of every later pass.

    Attributes:
        class_names: the classes' names, in the order of their numbers; None without labels.
        file_paths: the files that are read, in the order in which they were listed.
        skipped: the files that were left out, each with its reason.
    """

    file_paths: list[str]
    workers = 2
    ahead = 4  # batches

    def __init__(
        self,
        paths: list[str],
        labels: np.ndarray | None,
        class_names: list[str] | None,
        batch_size: int | None,
        shuffle: bool,
        seed: int | None,
        on_error: str,
    ):
        super().__init__()
        self._on_error = checked(word("raise", "skip"), on_error, "on_error")
        self.batch_size = checked(integer(1, optional=True), batch_size, "batch_size")
        self.file_paths, self.class_names, self.labels = list(paths), class_names, labels
        self._seed = (next_seed() if seed is None else int(seed)) if shuffle else None
        self.skipped: dict[str, str] = {}

    def read(self, path: str) -> Any:
        """What one file holds."""
        raise NotImplementedError(f"{type(self).__name__} must define read(self, path).")

    def joined(self, rows: list[Any]) -> Any:
        """Rows as one batch."""
        return np.stack(rows)

    def length(self) -> float | None:
        return -(-len(self.file_paths) // (self.batch_size or 1))

    def __getitem__(self, index: int) -> Any:
        """Batch number ``index``, in the order of ``file_paths``."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        size, places = self.batch_size or 1, np.arange(len(self.file_paths))
        while (batch := self._batch(places[(index % len(self)) * size :][:size])) is None:
            index += 1  # of that batch every file was skipped
        return shown(batch)

    def walk(self, number: int) -> Iterator[Any]:
        """The batches of pass ``number``; with ``shuffle`` over all files anew, from the seed and that number."""
        order, size = order_of_pass(len(self.file_paths), self._seed, number), self.batch_size or 1
        pool = ThreadPoolExecutor(self.workers)
        try:
            waiting = []
            for start in range(0, len(order), size):
                waiting.append(pool.submit(self._batch, order[start : start + size]))
                if len(waiting) >= self.ahead:
                    yield from _there(waiting.pop(0).result())
            for future in waiting:
                yield from _there(future.result())
        finally:  # also when the pass is given up, as take does: what was not begun is not read
            pool.shutdown(cancel_futures=True)

    def _batch(self, places: np.ndarray) -> Any:
        """The files at some places as a batch; None when every one of them was skipped."""
        kept, rows = [], []
        for place in places.tolist():
            path = self.file_paths[place]
            if path in self.skipped:
                continue
            try:
                rows.append(self.read(path))
            except FileError as error:
                if self._on_error == "raise":
                    raise
                self.skipped[path] = error.got if isinstance(error.got, str) else str(error)
                warnings.warn(f"skipped: {error}", stacklevel=2)
                continue
            kept.append(place)
        if not rows:
            if len(self.skipped) == len(self.file_paths):
                fix = f"The first: {next(iter(self.skipped.items()))}."
                raise DataError(type(self).__name__, "files that can be read", "none of them", fix)
            return None
        x = self.joined(rows) if self.batch_size else rows[0]
        if self.labels is None:
            return x
        y = self.labels[kept]
        return x, y if self.batch_size else y[0]


def _there(batch: Any) -> list[Any]:
    """A batch, unless all its files were skipped."""
    return [] if batch is None else [batch]


def folder_datasets(
    make: Callable[..., FolderDataset],
    find: Callable[..., Labelled],
    shuffle: bool,
    seed: Any,
    subset: Any,
    verbose: bool,
) -> Any:
    """The data set of a folder, or two of them for ``subset="both"``; that of validation is not shuffled then.

    Args:
        make: builds a data set from paths, labels, class_names, shuffle and seed.
        find: ``labelled_files`` but for shuffle, seed and subset.
        shuffle, seed, subset: the arguments of the functions that make data sets of folders.
        verbose: whether to print how many files there are.
    """
    made = []
    for side in ("training", "validation") if subset == "both" else (subset,):
        found = find(shuffle=shuffle, seed=seed, subset=side)
        if verbose:
            classes = "" if found.class_names is None else f" belonging to {len(found.class_names)} classes"
            say(f"Found {len(found.paths)} files{classes}{f' for {side}' if side else ''}.")
        mixed = shuffle and not (subset == "both" and side == "validation")
        made.append(make(**found._asdict(), shuffle=mixed, seed=seed))
    return made if subset == "both" else made[0]
