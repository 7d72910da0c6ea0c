"""Data cut in two, and samples in memory as batches."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.data.convert import map_nested
from hornbeam.data.hostarray import shown
from hornbeam.data.pipeline import Dataset


def _leaves(tree: Any) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    map_nested(found.append, tree)
    return found


class Batches(Dataset):
    """Samples in memory, handed out in batches; a list that can be walked any number of times.

    Args:
        samples: an array, or dicts, lists and tuples of arrays, all with the samples along the first axis.
        batch_size: how many samples a batch has; the last may have fewer.

    Example:
        >>> batches = Batches((np.arange(5), np.arange(5) ** 2), batch_size=2)
        >>> len(batches), batches[-1]
        (3, (array([4]), array([16])))
    """

    def __init__(self, samples: Any, batch_size: int):
        super().__init__()
        self.samples, self.batch_size = samples, batch_size

    def length(self) -> float | None:
        return math.ceil(len(_leaves(self.samples)[0]) / (self.batch_size or 1))

    def __getitem__(self, index: int) -> Any:
        return shown(self._batch(range(len(self))[index]))

    def walk(self, number: int) -> Iterator[Any]:
        return map(self._batch, range(len(self)))

    def _batch(self, index: int) -> Any:
        size = self.batch_size or 1
        return map_nested(lambda array: array[index * size :][:size], self.samples)


def _as_samples(dataset: Any, what: str) -> tuple[Any, int]:
    """Turn leaves into arrays; check that all have as many samples, and tell how many."""
    samples = map_nested(np.asarray, dataset)
    shapes = [leaf.shape for leaf in _leaves(samples)]
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) != 1 or 0 in lengths:
        raise DataError(
            where=f"split_dataset, {what}",
            expected="arrays with the same number of samples, at least one, along their first axis",
            got=f"shapes {', '.join(map(str, shapes)) or 'none'}",
            fix="Give an array, a tuple, list or dict of arrays, or an iterable of such batches.",
        )
    return samples, lengths.pop()


def _gather(dataset: Any) -> tuple[Any, int, int | None]:
    """Samples, their number, and the batch size where the data set came in batches."""
    batched = isinstance(dataset, list) and dataset and all(isinstance(item, (tuple, dict)) for item in dataset)
    if isinstance(dataset, (np.ndarray, dict, tuple)) or (isinstance(dataset, list) and not batched):
        return *_as_samples(dataset, "dataset"), None
    if not isinstance(dataset, Iterable):
        return *_as_samples(np.asarray(dataset), "dataset"), None
    checked = [_as_samples(batch, f"batch {number}") for number, batch in enumerate(dataset)]
    if not checked:
        raise DataError("split_dataset, dataset", "at least one batch", "none", "Give an iterable that is not used up.")
    batches = [batch for batch, _ in checked]
    forms = [map_nested(lambda leaf: leaf.shape[1:], batch) for batch in batches]
    for number, form in enumerate(forms):
        if form != forms[0]:
            raise DataError(
                where=f"split_dataset, batch {number}",
                expected=f"a batch built like batch 0, whose samples have the shapes {forms[0]}",
                got=f"{form}",
                fix="Give batches of one kind.",
            )
    samples = map_nested(lambda *parts: np.concatenate(parts), *batches)
    return samples, sum(count for _, count in checked), checked[0][1]


def _count(size: Any, side: str, total: int) -> int | None:
    """A part's size as a number of samples; None stays None."""
    if size is None:
        return None
    whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
    if whole and 0 < size < total:
        return int(size)
    if isinstance(size, (float, np.floating)) and 0 < size < 1:
        return round(float(size) * total)
    raise ArgumentError(
        where=f"split_dataset, {side}_size",
        expected=f"a fraction between 0 and 1, or a number of samples from 1 to {total - 1}",
        got=repr(size),
        fix=f"Write {side}_size=0.8 for four samples in five.",
    )


def _counts(left_size: Any, right_size: Any, total: int) -> tuple[int, int]:
    left, right = _count(left_size, "left", total), _count(right_size, "right", total)
    if left is None and right is None:
        fix = "Write left_size=0.8 for four samples in five."
        raise ArgumentError("split_dataset", "left_size, right_size or both", "neither", fix)
    if left is None:
        left = total - (right or 0)
    if right is None:
        right = total - left
    if left < 1 or right < 1 or left + right > total:
        raise ArgumentError(
            where="split_dataset, left_size and right_size",
            expected=f"two parts that are not empty and together have at most {total} samples",
            got=f"{left} and {right} samples",
            fix="Change the sizes, or give only one of them.",
        )
    return left, right


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Any, Any]:
    """Cut data in two, for example for training and testing.

    Args:
        dataset: an array; a tuple, list or dict of arrays of as many samples; or an iterable of batches, each built
            like one of these (a list of tuples or dicts counts as batches). Everything is brought into memory.
        left_size: fraction, or number of samples, of the left part; None: all but the right part.
        right_size: the same for the right part, which is taken from the end.
        shuffle: shuffle the samples first.
        seed: of the shuffle; None: another one each time. The order is the one that Keras gives for the same seed.

    Returns:
        The left and the right part, each built like ``dataset``; for an iterable of batches two data sets of
        the first batch's size, with the methods of ``Dataset``; for a ``Dataset`` of single samples two of those.

    Shapes:
        ``(n, ...)`` -> ``(left, ...)`` and ``(right, ...)``

    Raises:
        ArgumentError: when the sizes do not make two parts.
        DataError: when the arrays have different numbers of samples, or none.

    Example:
        >>> (x, y), (x_test, y_test) = split_dataset((np.zeros((10, 4)), np.arange(10)), left_size=0.8)
        >>> x.shape, y_test.tolist()
        ((8, 4), [8, 9])

    Differs: Keras returns two tf.data.Datasets.
    """
    single = isinstance(dataset, Dataset) and dataset.batch_size is None
    samples, total, batch_size = _gather(dataset.batch(32) if single else dataset)
    left, right = _counts(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.Random(seed).shuffle(order)
    rows = np.array(order)
    parts = [map_nested(lambda array, part=part: array[part], samples) for part in (rows[:left], rows[-right:])]
    if batch_size is not None:
        parts = [_batches_like(dataset, part, batch_size) for part in parts]
    return (parts[0].unbatch(), parts[1].unbatch()) if single else (parts[0], parts[1])


def _batches_like(dataset: Any, samples: Any, batch_size: int) -> Batches:
    made = Batches(samples, batch_size)
    if isinstance(dataset, Dataset):
        made.class_names = dataset.class_names
    return made
