"""Small helpers on arrays: labels to rows of 0 and 1, vectors to length 1, data to two parts."""

from __future__ import annotations

import math
import numbers
import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.data.convert import map_nested
from hornbeam.data.hostarray import shown
from hornbeam.data.pipeline import Dataset


def _whole_numbers(x: Any) -> np.ndarray:
    labels = np.asarray(x)
    if labels.dtype.kind not in "biuf":
        raise DataError(
            where="to_categorical, x",
            expected="whole numbers, the classes' numbers",
            got=f"dtype {labels.dtype}",
            fix="Number the classes first: names, x = np.unique(x, return_inverse=True).",
        )
    wrong = labels[~np.isfinite(labels) | (labels != np.floor(labels))]
    if wrong.size:
        raise DataError(
            where="to_categorical, x",
            expected="whole numbers, the classes' numbers",
            got=f"{wrong.size} others, such as {wrong[0]}",
            fix="Round them, or leave them out if they are no labels.",
        )
    return labels.astype(np.int64)


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into rows with a single 1 (one-hot).

        row[c] = 1 if c == x else 0

    Args:
        x: class numbers from 0 to ``num_classes - 1``, of any shape; whole floats are accepted.
        num_classes: length of a row; None: the largest number in ``x`` plus 1.

    Returns:
        float64.

    Shapes:
        ``(...)`` -> ``(..., num_classes)``; a last axis of length 1 is dropped first: ``(n, 1)`` -> ``(n,
        num_classes)``

    Raises:
        DataError: when a label is negative, not whole, or too large for ``num_classes``.
        ArgumentError: when ``num_classes`` is no positive integer.

    Example:
        >>> to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]])

    Differs: Keras counts negative labels from the end and cuts off fractions.
    """
    labels = _whole_numbers(x)
    if num_classes is None:
        num_classes = int(labels.max(initial=-1)) + 1
        if labels.size == 0:
            raise DataError("to_categorical, x", "at least one label", "none", "Give num_classes for an empty x.")
    elif not isinstance(num_classes, (int, np.integer)) or isinstance(num_classes, bool) or num_classes < 1:
        raise ArgumentError("to_categorical, num_classes", "a positive integer or None", repr(num_classes), "Give 10.")
    wrong = np.unique(labels[(labels < 0) | (labels >= num_classes)])
    if wrong.size:
        more = ", …" if wrong.size > 5 else ""
        raise DataError(
            where="to_categorical, x",
            expected=f"labels from 0 to {num_classes - 1}" if num_classes > 0 else "labels from 0",
            got=", ".join(map(str, wrong[:5].tolist())) + more,
            fix="Number the classes from 0, or raise num_classes.",
        )
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    rows = np.zeros((labels.size, num_classes))
    rows[np.arange(labels.size), labels.reshape(-1)] = 1
    return rows.reshape(*labels.shape, num_classes)


def normalize(x: Any, axis: int = -1, order: float = 2) -> np.ndarray:
    """Divide vectors by their norm, so that each has norm 1; zero vectors stay zero.

        y = x / (sum |x|^order)^(1 / order)

    Args:
        x: an array of numbers.
        axis: the axis along which the vectors lie.
        order: 2 for the Euclidean norm, 1 for the sum of absolute values, ``np.inf`` for the largest.

    Shapes:
        ``(...)`` -> the same

    Raises:
        ArgumentError: when ``x`` has no such axis.
        DataError: when ``x`` holds no numbers.

    Example:
        >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])

    Differs: Keras takes axis 0 for the last one.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biufc":
        raise DataError("normalize, x", "numbers", f"dtype {x.dtype}", "Convert it: x.astype('float32').")
    if not isinstance(axis, (int, np.integer)) or not -x.ndim <= axis < x.ndim:
        raise ArgumentError("normalize, axis", f"an axis of shape {x.shape}", repr(axis), "Use -1 for the last axis.")
    if not isinstance(order, numbers.Real):
        raise ArgumentError("normalize, order", "a number or np.inf", repr(order), "Use 2 for the Euclidean norm.")
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, np.ones_like(norm), norm)


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
