"""Boston housing: 506 districts, 13 features, the median price of a house in 1000 dollars of 1978.

One feature, "B", assumes that racial separation raises prices; the set is here because courses use it, and serves best
to discuss that. ``california_housing`` is the better exercise.
"""

from __future__ import annotations

import os

from hornbeam.datasets.fetch import KERAS, RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.npy import read_npz
from hornbeam.datasets.split import check_pairs, check_test_split, shuffle_and_split

feature_names = (
    *("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE"),
    *("DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"),
)
target_names = ("MEDV",)

_FILE = RemoteFile(
    "boston_housing.npz",
    KERAS + "boston_housing.npz",
    "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
)


def load_data(path: str | os.PathLike[str] = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the districts, fetched once (57 kB) and kept.

    Args:
        path: the file's name in the cache folder, or an absolute path.
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, float64; the columns are named in ``feature_names``.

    Shapes:
        x_train: ``(404, 13)``; y_train: ``(404,)``; x_test: ``(102, 13)``; y_test: ``(102,)``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).
        DataError: when the file is nowhere and there is no network.
        FileError: when the file is altered.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP

    Reference: Harrison and Rubinfeld, "Hedonic housing prices and the demand for clean air" (1978).
    """
    where = "datasets.boston_housing.load_data"
    check_test_split(test_split, where)
    x, y = read_npz(fetch(_FILE, where, path), ("x", "y"))
    check_pairs(x, y, where)
    return shuffle_and_split(x, y, test_split, seed)
