"""Weights in ``.npz`` files: arrays in an archive, read by our own code and never unpickled."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from typing import Any

import ml_dtypes
import numpy as np

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN, Archive
from hornbeam.saving.hdf5 import Group
from hornbeam.saving.tree import places, refuse

_HALF = "|bfloat16"  # behind the name of an array that NumPy can only hold as whole numbers
_PLAIN = re.compile(r"arr_(\d{1,9})")


def write(groups: dict[str, Group]) -> bytes:
    """An archive of the arrays ``<path>/vars/0``, ``<path>/vars/1``, … of every path, as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, group in groups.items():
            for number, array in enumerate(group.arrays):
                name = f"{path}/vars/{number}".lstrip("/")
                half = array.dtype == ml_dtypes.bfloat16
                part = io.BytesIO()
                np.lib.format.write_array(part, array.view(np.uint16) if half else array, allow_pickle=False)
                archive.writestr(f"{name}{_HALF if half else ''}.npy", part.getvalue())
    return buffer.getvalue()


def read(path: Any, max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file by name, in its order.

    Raises:
        FileError: it is damaged, holds what is no array of numbers, or more than ``max_bytes``.
    """
    with Archive(path) as archive:
        left = 16 * archive.size + 2**26 if max_bytes is None else max_bytes
        found: dict[str, np.ndarray] = {}
        for name in archive.names("", ""):
            data = archive.read(name, left)
            left -= len(data)
            array = _array(data, f"{archive.path}, {name}")
            name = name.removesuffix(".npy")
            if name.endswith(_HALF) and array.dtype == np.uint16:
                name, array = name.removesuffix(_HALF), array.view(ml_dtypes.bfloat16)
            found[name] = array
        return found


def _array(data: bytes, where: str) -> np.ndarray:
    """The array in the bytes of an ``.npy`` file; its header is read by NumPy, as text that holds values only."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, by_columns, dtype = header(stream)
        size = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "biuf" or dtype.hasobject or min(shape, default=0) < 0:
            raise FileError(where, "an array of numbers", f"type {dtype}", AGAIN)
        if size != len(data) - stream.tell():
            raise FileError(where, f"the {size:,} bytes of shape {shape}", f"{len(data) - stream.tell():,}", AGAIN)
        array = np.frombuffer(data, dtype, offset=stream.tell())
        return array.reshape(shape, order="F" if by_columns else "C").astype(dtype.newbyteorder("="))
    except FileError:
        raise
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        raise FileError(where, "an undamaged array", message, AGAIN) from error


def load(model: Any, path: Any, skip_mismatch: bool = False, max_bytes: int | None = None) -> None:
    """Sets a model's weights from arrays by Hornbeam's names, or from ``arr_0``, ``arr_1``, … in their order.

    Raises:
        FileError: they do not fit; every misfit is listed, and no weight is changed.
    """
    arrays = read(path, max_bytes)
    named = {
        f"{place.path}/vars/{number}".lstrip("/"): variable
        for place in places(model)
        for number, variable in enumerate(place.weights)
    }
    if arrays and all(_PLAIN.fullmatch(name) for name in arrays):  # np.savez(file, *model.get_weights())
        ordered = sorted(arrays, key=lambda name: int(name[4:]))
        named = dict(zip(ordered, model.weights, strict=False)) if len(ordered) == len(model.weights) else named
    misfits = [f"{name} is in the {'file' if name in arrays else 'model'} only" for name in named.keys() ^ arrays]
    misfits += [
        f"{name} has shape {named[name].shape} here and {arrays[name].shape} there"
        for name in named.keys() & arrays
        if named[name].shape != arrays[name].shape
    ]
    if misfits:
        where = os.fspath(path)
        fix = "Build the model as it was; or read the arrays with numpy.load and call set_weights."
        message = FileError(where, f"the weights of {model.where}", "; ".join(sorted(misfits)[:20]), fix)
        refuse(message, skip_mismatch)
    for name, variable in named.items():
        if name in arrays and arrays[name].shape == variable.shape:
            variable.slot = arrays[name].astype(numpy_dtype(variable.dtype), copy=False)
