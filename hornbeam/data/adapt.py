"""Adapt: which source serves what a user gave as x, y and weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.data import convert
from hornbeam.data.dataset import PyDataset
from hornbeam.data.sources import ArraySource, BatchSource, ChunkSource, Source


def gives_batches(x: Any) -> bool:
    """Whether x gives batches itself: a PyDataset, a generator, a DataLoader, or another iterable of batches."""
    if isinstance(x, PyDataset):
        return True
    return not (
        x is None or convert.is_array(x) or convert.is_frame(x) or isinstance(x, (list, tuple, Mapping, str))
    ) and (hasattr(x, "__iter__") or hasattr(x, "__getitem__"))


class Arrays:
    """x, y and weights as checked arrays, to be split and turned into a source.

    Args:
        x, y, weights: what the user gave.
        where: the method's name, for errors.
    """

    def __init__(self, x: Any, y: Any, weights: Any, where: str):
        self.where = where
        named = [("x", x), ("y", y), ("sample_weight", weights)]
        self.parts = []
        for name, part in named:
            if part is None:
                self.parts.append(None)
                continue
            label = f"{where}, {name}"
            part = convert.map_leaves(lambda leaf, label=label: convert.as_array(leaf, label), _tupled(part))
            convert.map_leaves(lambda leaf, label=label: convert.check_numbers(leaf, label), part)
            self.parts.append(part)
        flat = [
            (name if len(convert.leaves(part)) == 1 else f"{name}[{number}]", leaf)
            for (name, _), part in zip(named, self.parts, strict=True)
            for number, leaf in enumerate(convert.leaves(part))
        ]
        self.rows = convert.check_rows(flat, where)
        self.streamed = any(convert.is_on_disk(leaf) or convert.is_sparse(leaf) for _, leaf in flat)
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

    def source(self, size: int, shuffled: bool, pad: bool) -> Source:
        """The source that serves these arrays in batches of ``size``."""
        data = tuple(self.parts)
        if self.streamed:
            return ChunkSource(data, size, pad, self.first, self.rows)
        return ArraySource(data, size, shuffled, pad)


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
    parts = []
    for name, part in zip(("x", "y", "sample_weight"), arranged(batch), strict=True):
        label = f"{where}, {name} of a batch"
        part = convert.map_leaves(lambda leaf, label=label: convert.as_array(leaf, label), _tupled(part))
        convert.map_leaves(lambda leaf, label=label: convert.check_numbers(leaf, label), part)
        parts.append(part)
    return tuple(parts)


def iterable_source(x: Any, steps: int | None, arrange: Any, where: str) -> Source:
    """The source that serves a PyDataset, a generator, a DataLoader or another iterable of batches."""
    if isinstance(x, PyDataset):
        return BatchSource(x.batches, steps or x.num_batches, arrange, finish=x.on_epoch_end)
    if isinstance(x, Iterator):
        if steps is None:
            return BatchSource(lambda _: iter(x), None, arrange, endless=True)
        return BatchSource(lambda _: x, steps, arrange, endless=True)
    length = len(x) if hasattr(x, "__len__") else None
    if not hasattr(x, "__iter__"):
        if length is None:
            raise ArgumentError(f"{where}, x", "arrays or an iterable of batches", type(x).__name__, "Give arrays.")
        return BatchSource(lambda _: (x[index] for index in range(length)), steps or length, arrange)
    if steps is not None and length is not None and steps > length:
        return BatchSource(lambda _: itertools.chain.from_iterable(itertools.repeat(x)), steps, arrange, endless=True)
    return BatchSource(lambda _: iter(x), steps or length, arrange)


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
            f"{where}, class_weight", "a dict from class number to weight", f"the key {wrong[0]!r}", "Write {0: 1.0, 1: 2.0}."
        )
    table = np.ones(max([int(labels.max(initial=0)), *map(int, class_weight)]) + 1, np.float32)
    for key, weight in class_weight.items():
        table[int(key)] = weight
    return table[labels]


def _tupled(part: Any) -> Any:
    """A list of arrays as a tuple, a list of rows as one array."""
    if isinstance(part, list) and not convert.holds_arrays(part):
        return convert.as_array(part, "data")
    return part


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> tuple[Any, ...]:
    """``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``: a batch of what is there."""
    if y is None and sample_weight is None:
        return (x,)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


unpack_x_y_sample_weight = arranged
