"""California housing: 20,640 districts of the 1990 census, 8 features, the median price of a house in dollars."""

from __future__ import annotations

import os

from hornbeam.core.errors import ArgumentError
from hornbeam.datasets.fetch import KERAS, RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.npy import read_npz
from hornbeam.datasets.split import check_pairs, check_test_split, shuffle_and_split

target_names = ("MedHouseVal",)

_FILE = RemoteFile(
    "california_housing.npz",
    KERAS + "california_housing.npz",
    "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)
_SMALL = 600


def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """Load the districts, fetched once and kept.

    Args:
        version: ``"large"`` for all, ``"small"`` for the first 600, about the size of ``boston_housing``.
        path: the file's name in the cache folder, or an absolute path.
        test_split: the fraction of rows in the test half, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: eight features of a district, and its median price.

    Shapes:
        x_train: ``(16512, 8)``; y_train: ``(16512,)``; x_test: ``(4128, 8)``; y_test: ``(4128,)``

    Raises:
        ArgumentError: for another ``version`` or a ``test_split`` outside [0, 1).
        DataError: when the file is nowhere and there is no network.
        FileError: when the file is altered.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(version="small")  # doctest: +SKIP

    Reference: Pace and Barry, "Sparse spatial autoregressions" (1997).
    """
    where = "datasets.california_housing.load_data"
    check_test_split(test_split, where)
    if version not in ("small", "large"):
        raise ArgumentError(f"{where}, version", "'small' or 'large'", repr(version), "Choose one of them.")
    x, y = read_npz(fetch(_FILE, where, path), ("x", "y"))
    check_pairs(x, y, where)
    if version == "small":
        x, y = x[:_SMALL], y[:_SMALL]
    return shuffle_and_split(x, y, test_split, seed)
