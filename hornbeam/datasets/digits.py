"""Digits: 1,797 handwritten digits of 8 by 8 pixels, from 0 to 16. Part of the package; smaller than MNIST by far."""

from __future__ import annotations

import numpy as np

from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.split import check_test_split, shuffle_and_split
from hornbeam.datasets.tabular import read_classes

feature_names = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
target_names = tuple("0123456789")


def load() -> tuple[np.ndarray, np.ndarray]:
    """Load all rows, in the order of the file.

    Returns:
        x: float64, the columns named in ``feature_names`` (``x.reshape(-1, 8, 8, 1)`` makes images of them); y: int64,
            the
        classes named in ``target_names``.

    Shapes:
        x: ``(1797, 64)``; y: ``(1797,)``

    Example:
        >>> x, y = load()
        >>> x.shape, np.bincount(y).tolist()
        ((1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])

    Reference: Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI (1998), the test part.
    """
    return read_classes("digits.csv.xz")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, shuffled and cut in two.

    Args:
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, as in ``load()``.

    Shapes:
        x_train: ``(1437, 64)``; y_train: ``(1437,)``; x_test: ``(360, 64)``; y_test: ``(360,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> len(x_train), len(x_test)
        (1437, 360)
    """
    check_test_split(test_split, "datasets.digits.load_data")
    return shuffle_and_split(*load(), test_split, seed)
