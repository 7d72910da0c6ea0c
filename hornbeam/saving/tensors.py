"""Safetensors files: named arrays, one after the other, behind a header that is checked before anything is read.

The layout: eight bytes with the header's length, the header in JSON (``{name: {"dtype", "shape", "data_offsets"}}``),
and the arrays' bytes without gaps. It is written and read here, in a screen each: every number of the header must be
checked by us anyway, and what is left to a library after that is a view of the file.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.variable import Variable
from hornbeam.saving.archive import AGAIN, open_file
from hornbeam.saving.atomic import replacing
from hornbeam.saving.tree import places

_TYPES = {
    **{"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16},
    **{"I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8, "BOOL": np.bool_},
    **{"U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8},
}
_NAMES = {np.dtype(kind): name for name, kind in _TYPES.items()}
_LONGEST_HEADER = 10**8  # as the format's authors have it
_METADATA = "__metadata__"


@dataclass(frozen=True)
class FileTensor:
    """An array in a file: what is known of it before it is read, and how to read it.

    Args:
        dtype: its type in the file.
        shape: its shape.
        read: gives the array, which may be a view of the file: copy what is to stay.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]

    @property
    def nbytes(self) -> int:
        """Bytes that the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_tensors(path: Any) -> dict[str, FileTensor]:
    """The arrays of a safetensors file by name. The file is mapped into memory: nothing is copied before it is used.

    Raises:
        FileError: it is missing, cut off, or its header is wrong: arrays outside of the file, over each other, with
            gaps between them, of an unknown type, or of another size than their shape.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "two.safetensors")
        >>> write_tensors(path, {"kernel": np.ones((2, 3), "float32"), "bias": np.zeros(3, "float32")})
        >>> tensors = read_tensors(path)
        >>> tensors["kernel"].shape, tensors["bias"].read().tolist()
        ((2, 3), [0.0, 0.0, 0.0])
    """
    path = os.fspath(path)
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_HEADER):
            raise FileError(path, f"a header within the {size:,} bytes of the file", f"{length:,} bytes of it", AGAIN)
        header = _json(file.read(length), path)
        start = 8 + length
        if not header.keys() - {_METADATA}:
            return {}
        data = np.memmap(file, np.uint8, "r")[start:]
    header.pop(_METADATA, None)
    ranges = {name: _range(entry, f"{path}, {name}") for name, entry in header.items()}
    end = 0
    for name, (dtype, shape, begins, ends) in sorted(ranges.items(), key=lambda item: item[1][2:]):
        where, declared = f"{path}, {name}", math.prod(shape) * dtype.itemsize
        if begins != end:
            how = "over another array" if begins < end else f"a gap of {begins - end:,} bytes before it"
            raise FileError(where, f"bytes from {end:,} on, after those of the array before", how, AGAIN)
        if ends - begins != declared or ends > len(data):
            raise FileError(
                where,
                f"the {declared:,} bytes of {dtype.name} {shape}, within the {len(data):,} of the file",
                f"bytes {begins:,} to {ends:,}",
                AGAIN,
            )
        end = ends
    if end != len(data):
        raise FileError(path, f"{end:,} bytes of arrays, as the header says", f"{len(data):,} bytes", AGAIN)
    return {name: FileTensor(found[0], found[1], _reader(data, *found)) for name, found in ranges.items()}


def _reader(data: np.ndarray, dtype: np.dtype, shape: tuple[int, ...], begins: int, ends: int) -> Callable[[], Any]:
    return lambda: np.frombuffer(data[begins:ends], dtype).reshape(shape)


def _json(data: bytes, path: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name that comes twice")
        return found

    try:
        header = json.loads(data, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}, header", "JSON with each name once", error, AGAIN) from None
    if not isinstance(header, dict):
        raise FileError(f"{path}, header", "a dict from name to array", type(header).__name__, AGAIN)
    return header


def _range(entry: Any, where: str) -> tuple[np.dtype, tuple[int, ...], int, int]:
    """Type, shape, first byte and the one after the last, as the header says."""
    entry = entry if isinstance(entry, dict) else {}
    kind, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise FileError(where, f"a type among {', '.join(_TYPES)}", repr(kind)[:40], AGAIN)
    if not _whole(shape) or not _whole(offsets) or len(offsets) != 2:
        got = f"shape {repr(shape)[:60]} and data_offsets {repr(offsets)[:60]}"
        raise FileError(where, "lists of whole numbers from 0 on", got, AGAIN)
    return np.dtype(_TYPES[kind]), tuple(shape), offsets[0], offsets[1]


def _whole(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int and number >= 0 for number in value)


def write_tensors(path: Any, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> None:
    """Writes arrays to a safetensors file, in the order of their names.

    Args:
        path: the file, which is replaced when all is written.
        arrays: name to array.
        metadata: words about the file, which readers may ignore.
    """
    entries: dict[str, Any] = {} if not metadata else {_METADATA: dict(metadata)}
    # wider types first, so that every array begins at a multiple of its own width
    names, end = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name)), 0
    for name in names:
        array = arrays[name]
        if array.dtype not in _NAMES:
            fix = "Cast it first, for example to float32."
            raise FileError(f"writing {os.fspath(path)}, {name}", f"a type among {', '.join(_TYPES)}", array.dtype, fix)
        offsets = [end, end + array.nbytes]
        entries[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": offsets}
        end += array.nbytes
    header = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for name in names:
            file.write(np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8).data)


# -- a model's weights under Hornbeam's names -------------------------------------------------------------------------


def named_weights(model: Any) -> dict[str, Variable]:
    """A model's weights by name: the path of the layer in files, then the weight's own, ``layers/dense/kernel``."""
    found: dict[str, Variable] = {}
    for place in places(model):
        for variable in place.weights:
            stem, number = "/".join(filter(None, (place.path, variable.name))), 1
            name = stem
            while name in found:  # a layer of the user's may call two weights the same
                name, number = f"{stem}_{number}", number + 1
            found[name] = variable
    return found


def save_weights(model: Any, path: str) -> None:
    """Writes a model's weights to a safetensors file."""
    arrays = {name: variable.numpy() for name, variable in named_weights(model).items()}
    write_tensors(path, arrays, {"format": "hornbeam"})


def load_weights(model: Any, path: str) -> None:
    """Sets a model's weights from a safetensors file that ``save_weights`` wrote; all of them, or none.

    Raises:
        FileError: the file is damaged or does not fit; every misfit is listed.
    """
    stored, own = read_tensors(path), named_weights(model)
    wrong = [
        f"{name} has shape {variable.shape}, the file {stored[name].shape if name in stored else 'lacks it'}"
        for name, variable in own.items()
        if name not in stored or stored[name].shape != variable.shape
    ]
    wrong += [f"{name} is in the file only" for name in stored if name not in own]
    if wrong:
        raise FileError(path, f"the weights of {model.where}", "; ".join(wrong), "Build the model as it was saved.")
    for name, variable in own.items():
        variable.slot = np.array(stored[name].read(), numpy_dtype(variable.dtype))
