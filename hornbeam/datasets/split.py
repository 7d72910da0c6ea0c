"""Rows shuffled with a seed and cut in two, exactly as Keras does for its tables."""

from __future__ import annotations

import numbers

import numpy as np

from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.datasets.idx_folder import Split


def check_test_split(test_split: float, where: str) -> None:
    """Refuse a fraction outside [0, 1)."""
    if not isinstance(test_split, numbers.Real) or isinstance(test_split, bool) or not 0 <= test_split < 1:
        raise ArgumentError(
            where=f"{where}, test_split",
            expected="a fraction from 0 to below 1",
            got=repr(test_split),
            fix="Write test_split=0.2 for one row in five.",
        )


def check_pairs(x: np.ndarray, y: np.ndarray, where: str) -> None:
    """Refuse a file whose samples and labels do not belong together."""
    if x.ndim < 1 or y.ndim < 1 or len(x) != len(y):
        raise FileError(
            where=where,
            expected="as many labels as samples",
            got=f"shapes {y.shape} and {x.shape}",
            fix="Delete the file and load the data again.",
        )


def shuffle_and_split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """Shuffle rows, then cut off the last ``test_split`` of them.

    Args:
        x: the features; y: the targets, as many.
        test_split: the fraction of rows in the test half, checked by the caller.
        seed: of NumPy's RandomState, whose shuffle has stayed the same since Keras 1.

    Shapes:
        x ``(n, ...)``, y ``(n, ...)`` -> the first ``int(n (1 - test_split))`` rows and the rest

    Example:
        >>> (x_train, _), (x_test, _) = shuffle_and_split(np.arange(5), np.arange(5), 0.2, seed=113)
        >>> x_train.tolist(), x_test.tolist()
        ([1, 0, 3, 2], [4])
    """
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    cut = int(len(x) * (1 - test_split))
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])
