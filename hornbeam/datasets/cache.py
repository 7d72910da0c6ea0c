"""Arrays kept as .npy files in the cache folder, so that a slow decompression happens once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.datasets.folders import cache_folder
from hornbeam.datasets.npy import read_npy


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """The array in a file, or None when the file is missing, damaged or of another shape."""
    try:
        with open(path, "rb") as stream:
            array = read_npy(stream, os.path.getsize(path), str(path))
    except (OSError, FileError):
        return None
    return array if array.shape == shape and array.dtype == np.uint8 else None


def _write(path: Path, array: np.ndarray) -> None:
    """Write beside the target and rename; a full disk or a read-only home leaves no trace and no error."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "wb") as stream:
            np.save(stream, array, allow_pickle=False)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()


def cached_arrays(
    name: str, shapes: dict[str, tuple[int, ...]], read: Callable[[], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Arrays of bytes from the cache, or from ``read()``, which then fills the cache.

    Args:
        name: the folder inside the cache. It carries a piece of the source's checksum, so that a new source is never
            answered with old arrays.
        shapes: from each array's name to the shape that it must have.
        read: reads the source; called only when an array is missing from the cache or damaged there.

    Returns:
        A dict of writable uint8 arrays.

    Example:
        >>> import tempfile
        >>> os.environ["HORNBEAM_HOME"] = tempfile.mkdtemp()
        >>> cached_arrays("three-0a1b2c3d", {"x": (3,)}, lambda: {"x": np.zeros(3, np.uint8)})
        {'x': array([0, 0, 0], dtype=uint8)}
        >>> cached_arrays("three-0a1b2c3d", {"x": (3,)}, lambda: 1 / 0)  # not called
        {'x': array([0, 0, 0], dtype=uint8)}
        >>> del os.environ["HORNBEAM_HOME"]
    """
    folder = cache_folder() / "arrays" / name
    kept = {key: _read(folder / f"{key}.npy", shape) for key, shape in shapes.items()}
    arrays = {key: array for key, array in kept.items() if array is not None}
    if len(arrays) < len(shapes):
        arrays = read()
        for key, array in arrays.items():
            _write(folder / f"{key}.npy", array)
    return arrays
