"""mtcars: 32 cars of 1973 and 1974, ten features, miles per gallon. Part of the package."""

from __future__ import annotations

import numpy as np

from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.split import check_test_split, shuffle_and_split
from hornbeam.datasets.tabular import read_rows

feature_names = ("cyl", "disp", "hp", "drat", "wt", "qsec", "vs", "am", "gear", "carb")
target_names = ("mpg",)
car_names = tuple(row[0] for row in read_rows("mtcars.csv")[1])


def load() -> tuple[np.ndarray, np.ndarray]:
    """Load all rows, in the order of the file, which is that of ``car_names``.

    Returns:
        x: float64, the columns named in ``feature_names``; y: float64, miles per US gallon.

    Shapes:
        x: ``(32, 10)``; y: ``(32,)``

    Example:
        >>> x, y = load()
        >>> car_names[0], float(y[0]), float(x[0, feature_names.index("hp")])
        ('Mazda RX4', 21.0, 110.0)

    Reference: Henderson and Velleman, "Building multiple regression models interactively" (1981).
    """
    rows = read_rows("mtcars.csv")[1]
    numbers = np.array([row[1:] for row in rows], dtype=np.float64)
    return numbers[:, 1:].copy(), numbers[:, 0].copy()


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, shuffled and cut in two.

    Args:
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, as in ``load()``.

    Shapes:
        x_train: ``(25, 10)``; y_train: ``(25,)``; x_test: ``(7, 10)``; y_test: ``(7,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> len(x_train), len(x_test)
        (25, 7)
    """
    check_test_split(test_split, "datasets.mtcars.load_data")
    return shuffle_and_split(*load(), test_split, seed)
