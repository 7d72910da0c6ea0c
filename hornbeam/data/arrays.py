"""Small helpers on arrays: labels to rows of 0 and 1, vectors to length 1."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError


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
