"""The batches of CIFAR-10 and CIFAR-100: pickles in a tar archive, both read without trust."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.datasets.archive import read_members
from hornbeam.datasets.unpickle import unpickle

SHAPES = {
    "x_train": (50000, 32, 32, 3),
    "y_train": (50000, 1),
    "x_test": (10000, 32, 32, 3),
    "y_test": (10000, 1),
}


def _read_batch(content: bytes, label_key: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    batch = unpickle(content, where)
    try:
        data, labels = batch[b"data"], np.asarray(batch[label_key.encode()], dtype=np.uint8)
        planes = data.reshape(len(labels), 3, 32, 32)  # (image, colour, row, column)
        if planes.dtype != np.uint8:
            raise ValueError(f"pixels of type {planes.dtype}")
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        expected = f"a batch with data (image, 3072) of bytes and {label_key}"
        raise FileError(
            where, expected, f"{type(error).__name__}: {error}", "Delete the file and load again."
        ) from None
    return planes.transpose(0, 2, 3, 1), labels[:, None]


def read_cifar(path: Path, train: Sequence[str], test: str, label_key: str) -> dict[str, np.ndarray]:
    """Read the arrays of a CIFAR archive, in memory.

    Args:
        path: the .tar.gz.
        train: the names of the training batches inside, in order; test: that of the test batch.
        label_key: ``"labels"``, ``"fine_labels"`` or ``"coarse_labels"``.

    Returns:
        ``x_train``, ``y_train``, ``x_test``, ``y_test``, uint8.

    Shapes:
        x: ``(image, 32, 32, 3)``; y: ``(image, 1)``

    Raises:
        FileError: when the archive or a batch is truncated, altered, or asks for anything but arrays.
    """
    contents = read_members(path, [*train, test])
    batches = [_read_batch(contents[name], label_key, f"{path}, {name}") for name in (*train, test)]
    x_train, y_train = (np.concatenate(parts) for parts in zip(*batches[:-1], strict=True))
    x_test, y_test = batches[-1]
    return {
        "x_train": np.ascontiguousarray(x_train),
        "y_train": y_train,
        "x_test": np.ascontiguousarray(x_test),
        "y_test": y_test,
    }
