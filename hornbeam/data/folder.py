"""FolderDataset: files that are read batch by batch, some batches ahead."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, integer
from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.core.random import next_seed
from hornbeam.data.dataset import PyDataset


class FolderDataset(PyDataset):
    """Base of data sets whose rows are files: a re-iterable of batches, ``x`` or ``(x, y)``.

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
        if on_error not in ("raise", "skip"):
            raise ArgumentError("on_error", "'raise' or 'skip'", repr(on_error), "Leave it out to refuse bad files.")
        try:
            self.batch_size = integer(1, optional=True)(batch_size)
        except Refused as refused:
            raise ArgumentError("batch_size", refused.expected, repr(batch_size), refused.fix) from None
        self.workers = FolderDataset.workers
        self.file_paths, self.class_names, self.labels = list(paths), class_names, labels
        self.shuffle, self._seed, self._on_error = bool(shuffle), next_seed() if seed is None else int(seed), on_error
        self.skipped: dict[str, str] = {}
        self._passes = 0

    def read(self, path: str) -> Any:
        """What one file holds."""
        raise NotImplementedError(f"{type(self).__name__} must define read(self, path).")

    def joined(self, rows: list[Any]) -> Any:
        """Rows as one batch."""
        return np.stack(rows)

    def __len__(self) -> int:
        return -(-len(self.file_paths) // (self.batch_size or 1))

    def __getitem__(self, index: int) -> Any:
        """Batch number ``index``, in the order of ``file_paths``."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        size, places = self.batch_size or 1, np.arange(len(self.file_paths))
        while (batch := self._batch(places[(index % len(self)) * size :][:size])) is None:
            index += 1  # of that batch every file was skipped
        return batch

    def __iter__(self) -> Iterator[Any]:
        return self.batches(None)

    def batches(self, generator: np.random.Generator | None) -> Iterator[Any]:
        """The batches of one pass; with ``shuffle`` over all files anew, from the seed and the number of the pass."""
        order, size = np.arange(len(self.file_paths)), self.batch_size or 1
        if self.shuffle:
            draw = generator if generator is not None else np.random.default_rng((self._seed, self._passes))
            order = draw.permutation(len(order))
        self._passes += 1
        with ThreadPoolExecutor(self.workers) as pool:
            waiting = []
            for start in range(0, len(order), size):
                waiting.append(pool.submit(self._batch, order[start : start + size]))
                if len(waiting) >= self.ahead:
                    yield from _there(waiting.pop(0).result())
            for future in waiting:
                yield from _there(future.result())

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


def folder_datasets(make: Callable[..., FolderDataset], found: Callable[..., Any], verbose: bool, **words: Any) -> Any:
    """The data set of a folder, or two of them for ``subset="both"``.

    Args:
        make: builds a data set from paths, labels, class_names, shuffle and seed.
        found: ``labelled_files`` with the arguments that are no part of ``words``.
        verbose: whether to print how many files there are.
        **words: label_mode, shuffle, seed and subset.
    """
    if words["subset"] == "both":
        return [
            folder_datasets(make, found, verbose, **{**words, "subset": part, "shown": part})
            for part in ("training", "validation")
        ]
    shown = words.pop("shown", None)
    paths, labels, class_names = found(**words)
    shuffle = words["shuffle"] and shown != "validation"
    if verbose:
        classes = "" if labels is None else f" of {len(class_names)} classes"
        part = f" for {words['subset']}" if words["subset"] else ""
        print(f"Found {len(paths)} files{classes}{part}.")
    return make(paths=paths, labels=labels, class_names=class_names, shuffle=shuffle, seed=words["seed"])
