"""NumPy's two file formats, .npy and .npz, read without ever letting a file run code.

Sizes are compared with the file's own before anything is allocated, numbers are read as numbers, and arrays of lists,
which NumPy can only keep as a pickle, go through the restricted reader in ``unpickle.py``.

Reference: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays" (2007).
"""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.datasets.unpickle import unpickle

# One member may not unfold to more than this; the largest of Keras's sets has 55 MB.
LIMIT = 1 << 31
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def _refuse(where: str, expected: str, got: object) -> FileError:
    return FileError(where=where, expected=expected, got=got, fix="Delete the file and load the data again.")


def read_npy(stream: io.BufferedIOBase, size: int, where: str, objects: bool = False) -> np.ndarray:
    """Read one .npy array from a stream.

    Args:
        stream: binary, at the magic string.
        size: how many bytes the stream holds, header included.
        where: the file and member, for errors.
        objects: accept an array of Python lists, read by the restricted unpickler.

    Returns:
        A writable array of its own memory.

    Raises:
        FileError: for another format, a size that does not fit the header, or objects where none are accepted.

    Example:
        >>> buffer = io.BytesIO()
        >>> np.save(buffer, np.arange(3))
        >>> size = buffer.tell(); _ = buffer.seek(0)
        >>> read_npy(buffer, size, "three").tolist()
        [0, 1, 2]
    """
    start = stream.tell()
    try:
        shape, fortran_order, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    except (ValueError, KeyError, EOFError) as error:
        raise _refuse(where, "a .npy array of format 1.0 or 2.0", error) from None
    left = size - (stream.tell() - start)
    if dtype.kind == "O" and objects:
        array = unpickle(stream.read(left), where)
        if not isinstance(array, np.ndarray) or array.shape != shape:
            raise _refuse(where, f"an array of lists of shape {shape}", type(array).__name__)
        return array
    if dtype.kind not in "biufc":
        raise _refuse(where, "an array of numbers", f"dtype {dtype}")
    wanted = math.prod(shape) * dtype.itemsize
    if wanted != left or min(shape, default=0) < 0:
        raise _refuse(where, f"{wanted} bytes for shape {shape} and dtype {dtype}", f"{left} bytes")
    array = np.empty(math.prod(shape), dtype)
    if stream.readinto(array.view(np.uint8).data) != wanted:
        raise _refuse(where, f"{wanted} bytes", "fewer")
    return array.reshape(shape, order="F" if fortran_order else "C")


def _read_member(archive: zipfile.ZipFile, name: str, path: str, objects: bool) -> np.ndarray:
    where = f"{path}, {name}"
    member = archive.getinfo(f"{name}.npy")
    # Deflate unfolds a byte to at most 1032, so a member that claims more is lying about its size.
    ceiling = min(LIMIT, 1032 * member.compress_size + 1024)
    if member.file_size > ceiling:
        raise _refuse(where, f"at most {ceiling} bytes from {member.compress_size} stored", f"{member.file_size} bytes")
    with archive.open(member) as stream:
        data = stream.read(member.file_size)
    return read_npy(io.BytesIO(data), len(data), where, objects)


def read_npz(path: str | os.PathLike[str], names: Sequence[str], objects: bool = False) -> list[np.ndarray]:
    """Read the named arrays of a .npz file, in the order of ``names``.

    Args:
        path: the file.
        names: the arrays, for example ``("x", "y")``.
        objects: accept arrays of Python lists (Keras's imdb.npz and reuters.npz hold them).

    Raises:
        FileError: when the file is missing, truncated or altered, lacks a name, or asks for anything but arrays and
            lists.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "two.npz")
        >>> np.savez(path, x=np.zeros((2, 3)), y=np.ones(2))
        >>> x, y = read_npz(path, ("x", "y"))
        >>> x.shape, y.tolist()
        ((2, 3), [1.0, 1.0])
    """
    path = os.fspath(path)
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [name for name in names if f"{name}.npy" not in archive.namelist()]
            if missing:
                raise _refuse(path, f"the arrays {', '.join(names)}", f"an archive without {', '.join(missing)}")
            return [_read_member(archive, name, path, objects) for name in names]
    except FileError:
        raise
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refuse(path, "a whole .npz file", error) from None
