"""Adapt: which source serves what a user gave as x, y and weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.core.settings import steps_within_limit
from hornbeam.data import convert
from hornbeam.data.batches import BatchSource, SteppedSource
from hornbeam.data.dataset import PyDataset
from hornbeam.data.files import ChunkSource
from hornbeam.data.memory import ArraySource
from hornbeam.data.pipeline import Dataset
from hornbeam.data.source import Source


def gives_batches(x: Any) -> bool:
    """Whether x gives batches itself: a PyDataset, a generator, a DataLoader, a list of tuples of arrays, …"""
    if isinstance(x, PyDataset) or _is_list_of_batches(x):
        return True
    return not (
        x is None or convert.is_array(x) or convert.is_frame(x) or isinstance(x, (list, tuple, Mapping, str))
    ) and (hasattr(x, "__iter__") or hasattr(x, "__getitem__"))


def _is_list_of_batches(x: Any) -> bool:
    """Whether x is a list of ``(x, y)`` or ``(x, y, weights)``."""
    return (
        isinstance(x, list)
        and bool(x)
        and all(isinstance(batch, tuple) and len(batch) in (2, 3) for batch in x)
        and all(np.ndim(leaf) > 0 for batch in x for leaf in convert.leaves(batch))
    )


class Arrays:
    """x, y and weights as checked arrays, to be split and turned into a source.

    Args:
        x, y, weights: what the user gave.
        where: the method's name, for errors.
    """

    def __init__(self, x: Any, y: Any, weights: Any, where: str):
        self.where = where
        if x is None:
            raise DataError(f"{where}, x", "arrays, or an iterable of batches", "None", "Give the inputs as x.")
        self.parts, self.rows = _checked((x, y, weights), where, "")
        flat = [leaf for part in self.parts for leaf in convert.leaves(part)]
        self.streamed = any(convert.is_on_disk(leaf) or convert.is_sparse(leaf) for leaf in flat)
        self.first = 0

    def split(self, fraction: float) -> tuple[Arrays, Arrays]:
        """The beginning and the end: the last ``fraction`` of the rows, before any shuffling.

        Raises:
            DataError: a fraction that leaves one side empty.
        """
        cut = int(self.rows * (1 - fraction))
        if cut in (0, self.rows):
            raise DataError(
                f"{self.where}, validation_split",
                "a part that leaves rows on both sides",
                f"{fraction} of {self.rows} rows",
                "Give more rows, or validation_data.",
            )
        return self._part(0, cut), self._part(cut, self.rows)

    def head(self, rows: int) -> Arrays:
        """The first rows, all when there are no more."""
        return self if rows >= self.rows else self._part(0, rows)

    def _part(self, start: int, stop: int) -> Arrays:
        part = Arrays.__new__(Arrays)
        part.where, part.rows, part.streamed = self.where, stop - start, self.streamed
        part.first = self.first + start if self.streamed else 0
        part.parts = (
            self.parts
            if self.streamed
            else [convert.map_leaves(lambda leaf: leaf[start:stop], value) for value in self.parts]
        )
        return part

    def source(self, size: int, pad: bool) -> Source:
        """The source that serves these arrays in batches of ``size``."""
        data = tuple(self.parts)
        if self.streamed:
            return ChunkSource(data, size, pad, self.first, self.rows)
        return ArraySource(data, size, pad)


def arranged(batch: Any) -> tuple[Any, Any, Any]:
    """``(x, y, weights)`` from a batch: x alone, ``(x, y)`` or ``(x, y, weights)``."""
    if isinstance(batch, (tuple, list)) and not (isinstance(batch, list) and len(batch) > 3):
        if len(batch) == 1:
            return batch[0], None, None
        if len(batch) in (2, 3):
            return (*batch, None)[:3] if len(batch) == 2 else tuple(batch)
        raise DataError(
            "batch", "x, (x, y) or (x, y, sample_weight)", f"{len(batch)} parts", "Put several inputs into one list."
        )
    return batch, None, None


def batch_arrays(batch: Any, where: str) -> tuple[Any, Any, Any]:
    """A batch of arrays from what an iterable gave."""
    parts, _ = _checked(arranged(batch), where, " of a batch")
    return tuple(parts)  # type: ignore[return-value]


def _checked(data: tuple[Any, Any, Any], where: str, of: str) -> tuple[list[Any], int]:
    """x, y and weights as arrays without gaps and with equally many rows, and how many."""
    parts, rows = [], []
    for name, part in zip(("x", "y", "sample_weight"), data, strict=True):
        label = f"{where}, {name}{of}"
        part = convert.map_leaves(partial(_checked_leaf, where=label), _tupled(part, label))
        leaves = convert.leaves(part)
        rows += [(name if len(leaves) == 1 else f"{name}[{number}]", leaf) for number, leaf in enumerate(leaves)]
        parts.append(part)
    return parts, convert.check_rows(rows, f"{where}{of and ', a batch'}")


def _checked_leaf(leaf: Any, where: str) -> Any:
    array = convert.as_array(leaf, where)
    convert.check_numbers(array, where, list(leaf.columns) if convert.is_frame(leaf) and array.ndim > 1 else None)
    return array


def iterable_source(x: Any, steps: int | None, arrange: Any, where: str) -> Source:
    """The source that serves a PyDataset, a generator, a DataLoader or another iterable of batches.

    With ``steps``, an iterator or a ``Dataset`` without an end goes on from epoch to epoch; what has a length is gone
    through again and again in ``fit``, and cut short elsewhere; what has none begins anew in every epoch.
    """
    if isinstance(x, Iterator) and not isinstance(x, PyDataset):
        steps = steps_within_limit(steps)
        return BatchSource(lambda *_: x, steps, arrange, endless=True, where=where)
    if isinstance(x, PyDataset):  # those of ImageDataGenerator have a next() too
        length = x.num_batches
        source = BatchSource(
            lambda draw, _: x.batches(draw), length, arrange, finish=x.on_epoch_end, peek=lambda: x[0], where=where
        )
    elif isinstance(x, Dataset):
        if x.length() == math.inf:
            steps = steps_within_limit(steps)
            if steps is None:
                asked = "steps_per_epoch" if where == "fit" else "steps"
                fix = f"Write {asked}=…, or leave repeat() out: fit goes through the data in every epoch."
                raise ArgumentError(f"{where}, x", f"a data set with an end, or {asked}", "one without an end", fix)
            return BatchSource(lambda *_: x.begin(x.next_pass()), steps, arrange, endless=True, where=where)
        length, first = _length(x), x.next_pass()
        source = BatchSource(lambda _, epoch: x.begin(first + epoch), length, arrange, where=where)
    else:
        length = _length(x)
        if length is None and not hasattr(x, "__iter__"):
            raise ArgumentError(f"{where}, x", "arrays or an iterable of batches", type(x).__name__, "Give arrays.")
        source = BatchSource(lambda *_: _walked(x), length, arrange, where=where)
    if length == 0:
        fix = "Its __len__ must give at least 1: is batch_size larger than the number of rows?"
        label = where if "," in where else f"{where}, x"
        raise DataError(label, "at least one batch", f"a {type(x).__name__} whose length is 0", fix)
    steps = steps_within_limit(steps, length)
    if length and steps and where == "fit" and steps != length:
        return SteppedSource(source, steps)
    if steps:
        source.steps = steps if length is None else min(steps, length)
    return source


def _length(x: Any) -> int | None:
    """How many batches an iterable has, None when it cannot tell (as a DataLoader over a stream)."""
    try:
        return len(x)
    except TypeError:
        return None


def _walked(x: Any) -> Iterator[Any]:
    return iter(x) if hasattr(x, "__iter__") else (x[index] for index in range(len(x)))


def class_weights(y: Any, class_weight: Mapping[Any, float], where: str) -> np.ndarray:
    """The weight of each row, from its class's weight; classes that are not named weigh 1.

    Args:
        y: whole-number labels ``(batch,)`` or ``(batch, 1)``, or one-hot rows ``(batch, classes)``.
        class_weight: dict from class number to weight.
    """
    labels = np.asarray(y)
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.argmax(-1)
    labels = labels.reshape(len(labels), -1)[:, 0] if labels.ndim > 1 and labels.shape[-1] == 1 else labels
    labels = np.rint(labels).astype(np.int64)
    wrong = [key for key in class_weight if not isinstance(key, (int, np.integer))]
    if wrong:
        raise ArgumentError(
            f"{where}, class_weight",
            "a dict from class number to weight",
            f"the key {wrong[0]!r}",
            "Write {0: 1.0, 1: 2.0}.",
        )
    table = np.ones(max([int(labels.max(initial=0)), *map(int, class_weight)]) + 1, np.float32)
    for key, weight in class_weight.items():
        table[int(key)] = weight
    return table[labels]


def _tupled(part: Any, where: str) -> Any:
    """A list of arrays as a tuple, a list of rows as one array."""
    if isinstance(part, list) and not convert.holds_arrays(part):
        return convert.as_array(part, where)
    return part


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> tuple[Any, ...]:
    """``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``: a batch of what is there."""
    if y is None and sample_weight is None:
        return (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


unpack_x_y_sample_weight = arranged
