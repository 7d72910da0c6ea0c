"""The four IDX files of an MNIST-like set: images and labels, for training and for testing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.datasets.folders import data_folder
from hornbeam.datasets.idx import read_idx

FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
SHAPES = {"x_train": (60000, 28, 28), "y_train": (60000,), "x_test": (10000, 28, 28), "y_test": (10000,)}

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def as_split(arrays: dict[str, np.ndarray]) -> Split:
    """``{"x_train": ..., ...}`` -> ``(x_train, y_train), (x_test, y_test)``."""
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def read_four(paths: dict[str, Path]) -> dict[str, np.ndarray]:
    """Read the four files and check that each image has a label.

    Args:
        paths: from ``"x_train"``, ``"y_train"``, ``"x_test"``, ``"y_test"`` to files.

    Shapes:
        x: ``(sample, row, column)``; y: ``(sample,)``

    Raises:
        FileError: when a file is truncated or no IDX file.
        DataError: when images and labels do not belong together.
    """
    arrays = {name: read_idx(path) for name, path in paths.items()}
    for half in ("train", "test"):
        x, y = arrays[f"x_{half}"], arrays[f"y_{half}"]
        if x.ndim != 3 or y.ndim != 1 or len(x) != len(y):
            raise DataError(
                where=f"{paths[f'x_{half}']} and {paths[f'y_{half}'].name}",
                expected="images (sample, row, column) and as many labels (sample,)",
                got=f"shapes {x.shape} and {y.shape}",
                fix="Put files of one set side by side.",
            )
    return arrays


def find_own(name: str) -> dict[str, Path] | None:
    """The four files in ``$HORNBEAM_DATA/name``, gzipped or plain; None where there is not one of them.

    Raises:
        DataError: when some of the four are there and others missing.
    """
    data = data_folder()
    if data is None:
        return None
    folder = data / name
    found = {
        key: path for key, file in FILES.items() for path in (folder / file, folder / f"{file}.gz") if path.is_file()
    }
    missing = [f"{file}.gz" for key, file in FILES.items() if key not in found]
    if found and missing:
        raise DataError(
            where=f"HORNBEAM_DATA, {folder}",
            expected="all four IDX files of the set",
            got=f"a folder without {', '.join(missing)}",
            fix="Add what is missing, or unset HORNBEAM_DATA.",
        )
    return found or None
