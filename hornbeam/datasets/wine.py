"""Wine: 178 wines of three growers, 13 chemical measurements. Part of the package."""

from __future__ import annotations

import numpy as np

from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.split import check_test_split, shuffle_and_split
from hornbeam.datasets.tabular import read_classes

feature_names = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
target_names = ("class_0", "class_1", "class_2")


def load() -> tuple[np.ndarray, np.ndarray]:
    """Load all rows, in the order of the file.

    Returns:
        x: float64, the columns named in ``feature_names``; y: int64, the classes named in ``target_names``.

    Shapes:
        x: ``(178, 13)``; y: ``(178,)``

    Example:
        >>> x, y = load()
        >>> x.shape, np.bincount(y).tolist()
        ((178, 13), [59, 71, 48])

    Reference: Aeberhard and Forina, "Wine", UCI Machine Learning Repository (1992).
    """
    return read_classes("wine.csv")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, shuffled and cut in two.

    Args:
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, as in ``load()``.

    Shapes:
        x_train: ``(142, 13)``; y_train: ``(142,)``; x_test: ``(36, 13)``; y_test: ``(36,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> len(x_train), len(x_test)
        (142, 36)
    """
    check_test_split(test_split, "datasets.wine.load_data")
    return shuffle_and_split(*load(), test_split, seed)
