"""Breast cancer (Wisconsin, diagnostic): 569 tumours, 30 measurements of their cells. Part of the package."""

from __future__ import annotations

import numpy as np

from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.split import check_test_split, shuffle_and_split
from hornbeam.datasets.tabular import read_classes

feature_names = (
    *("mean radius", "mean texture", "mean perimeter", "mean area", "mean smoothness"),
    *("mean compactness", "mean concavity", "mean concave points", "mean symmetry", "mean fractal dimension"),
    *("radius error", "texture error", "perimeter error", "area error", "smoothness error"),
    *("compactness error", "concavity error", "concave points error", "symmetry error", "fractal dimension error"),
    *("worst radius", "worst texture", "worst perimeter", "worst area", "worst smoothness"),
    *("worst compactness", "worst concavity", "worst concave points", "worst symmetry", "worst fractal dimension"),
)
target_names = ("malignant", "benign")


def load() -> tuple[np.ndarray, np.ndarray]:
    """Load all rows, in the order of the file.

    Returns:
        x: float64, the columns named in ``feature_names``; y: int64, the classes named in ``target_names``.

    Shapes:
        x: ``(569, 30)``; y: ``(569,)``

    Example:
        >>> x, y = load()
        >>> x.shape, np.bincount(y).tolist()
        ((569, 30), [212, 357])

    Reference: Wolberg, Mangasarian, Street and Street, "Breast cancer Wisconsin (diagnostic)", UCI (1993).
    """
    return read_classes("breast_cancer.csv.xz")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, shuffled and cut in two.

    Args:
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, as in ``load()``.

    Shapes:
        x_train: ``(455, 30)``; y_train: ``(455,)``; x_test: ``(114, 30)``; y_test: ``(114,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> len(x_train), len(x_test)
        (455, 114)
    """
    check_test_split(test_split, "datasets.breast_cancer.load_data")
    return shuffle_and_split(*load(), test_split, seed)
