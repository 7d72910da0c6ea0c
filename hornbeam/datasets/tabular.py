"""The small tables that are part of the package: one .csv or .csv.xz each, a header, the target last."""

from __future__ import annotations

import csv
import lzma

import numpy as np

from hornbeam.datasets.folders import BUNDLED


def read_rows(name: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a bundled table, as strings.

    Example:
        >>> header, rows = read_rows("iris.csv")
        >>> header[-1], len(rows)
        ('species', 150)
    """
    opener = lzma.open if name.endswith(".xz") else open
    with opener(BUNDLED / name, "rt", encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def read_classes(name: str, classes: tuple[str, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """The features and the classes of a bundled table whose last column is the class.

    Args:
        name: the file.
        classes: the names that stand in the last column, in the order of their numbers; empty when numbers stand there.

    Shapes:
        x: ``(row, feature)`` float64; y: ``(row,)`` int64

    Example:
        >>> x, y = read_classes("iris.csv", ("setosa", "versicolor", "virginica"))
        >>> x.shape, y[[0, 50, 100]].tolist()
        ((150, 4), [0, 1, 2])
    """
    _, rows = read_rows(name)
    x = np.array([row[:-1] for row in rows], dtype=np.float64)
    y = [classes.index(row[-1]) if classes else int(row[-1]) for row in rows]
    return x, np.array(y, dtype=np.int64)
