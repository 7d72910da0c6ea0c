"""The IDX format of MNIST's files: a magic number, the lengths of the axes, then the values.

    bytes 0-1   zero
    byte  2     type of the values: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32, 0x0E float64
    byte  3     number of axes
    4 each      length of each axis, big-endian
    the rest    the values, last axis fastest, big-endian

Reference: LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998), "The IDX file format".
"""

from __future__ import annotations

import gzip
import io
import lzma
import math
import os
import struct
import zlib
from typing import Any

import numpy as np

from hornbeam.core.errors import FileError

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
# How a compressed file begins, what opens it, and how many bytes one of its bytes can become at most.
_COMPRESSIONS: list[tuple[bytes, Any, int]] = [(b"\x1f\x8b", gzip.open, 1032), (b"\xfd7zXZ\x00", lzma.open, 8192)]
_STEP = 1 << 20


def _refuse(path: str, expected: str, got: object) -> FileError:
    return FileError(where=path, expected=expected, got=got, fix="Delete the file and put a whole copy in its place.")


def _read_header(stream: io.BufferedIOBase, path: str) -> tuple[np.dtype, tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\x00\x00" or magic[2] not in _TYPES or not 1 <= magic[3] <= 8:
        raise _refuse(
            path, "an IDX file, beginning 00 00, a type from 08 to 0e, 1 to 8 axes", magic.hex(" ") or "nothing"
        )
    lengths = stream.read(4 * magic[3])
    if len(lengths) < 4 * magic[3]:
        raise _refuse(path, f"the lengths of {magic[3]} axes", f"{len(lengths)} bytes")
    return np.dtype(_TYPES[magic[2]]).newbyteorder(">"), struct.unpack(f">{magic[3]}I", lengths)


def _read_values(stream: io.BufferedIOBase, values: memoryview, path: str) -> None:
    """Fill a view of bytes; refuse a stream that is shorter or longer."""
    filled = 0
    while filled < len(values):
        count = stream.readinto(values[filled : filled + _STEP])
        if not count:
            raise _refuse(path, f"{len(values)} bytes of values", f"{filled}; the file is truncated")
        filled += count
    if stream.read(1):  # reading to the end also makes gzip and xz check their own checksums
        raise _refuse(path, f"{len(values)} bytes of values", "more")


def read_idx(path: str | os.PathLike[str], limit: int = 1 << 31) -> np.ndarray:
    """Read an IDX file, plain or compressed with gzip or xz.

    Args:
        path: the file; what it is compressed with is read from its first bytes, not from its name.
        limit: the most bytes of values to accept.

    Returns:
        A writable array in the machine's byte order.

    Raises:
        FileError: when the file is missing, is no IDX file, is truncated or too long, or declares more values than a
            file of its size can hold (seen before anything is allocated).

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "two.idx")
        >>> with open(path, "wb") as file:
        ...     _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 2, 40, 2]))
        >>> read_idx(path)
        array([40,  2], dtype=uint8)
    """
    path = os.fspath(path)
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            start = file.read(6)
        plain: tuple[Any, None] = (open, None)
        opener, ratio = next(((o, r) for begin, o, r in _COMPRESSIONS if start.startswith(begin)), plain)
        with opener(path, "rb") as stream:
            dtype, shape = _read_header(stream, path)
            wanted = math.prod(shape) * dtype.itemsize
            room = size - 4 - 4 * len(shape) if ratio is None else size * ratio
            if wanted > min(room, limit):
                raise _refuse(path, f"{wanted} bytes of values, for shape {shape}", f"room for {min(room, limit)}")
            array = np.empty(math.prod(shape), dtype)
            _read_values(stream, array.view(np.uint8).data, path)
    except FileError:
        raise
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _refuse(path, "a whole IDX file", error) from None
    return array.astype(dtype.newbyteorder("="), copy=False).reshape(shape)
