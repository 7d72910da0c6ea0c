"""Iris: 150 flowers of three species, four lengths in centimetres. Part of the package."""

from __future__ import annotations

import numpy as np

from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.split import check_test_split, shuffle_and_split
from hornbeam.datasets.tabular import read_classes

feature_names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
target_names = ("setosa", "versicolor", "virginica")


def load() -> tuple[np.ndarray, np.ndarray]:
    """Load all rows, in the order of the file.

    Returns:
        x: float64, the columns named in ``feature_names``; y: int64, the classes named in ``target_names``.

    Shapes:
        x: ``(150, 4)``; y: ``(150,)``

    Example:
        >>> x, y = load()
        >>> x.shape, np.bincount(y).tolist()
        ((150, 4), [50, 50, 50])

    Reference: Fisher, "The use of multiple measurements in taxonomic problems" (1936).
    """
    return read_classes("iris.csv", target_names)


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, shuffled and cut in two.

    Args:
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, as in ``load()``.

    Shapes:
        x_train: ``(120, 4)``; y_train: ``(120,)``; x_test: ``(30, 4)``; y_test: ``(30,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> len(x_train), len(x_test)
        (120, 30)
    """
    check_test_split(test_split, "datasets.iris.load_data")
    return shuffle_and_split(*load(), test_split, seed)
