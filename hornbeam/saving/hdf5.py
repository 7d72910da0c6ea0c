"""HDF5 files of weights: written plainly, and read as files from strangers are read.

Reading walks the file itself: only groups and plain datasets of numbers that lie in the file, by hard links. Links to
other places, data outside the file, virtual datasets and unknown filters are refused before anything is opened through
them, and the sizes that the file declares are added up before anything is allocated.
"""

from __future__ import annotations

import importlib
import io
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN, open_file


class _Late:
    """h5py, imported when a file is first read or written: a process that only trains starts 40 ms earlier."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("h5py"), name)


h5py: Any = _Late()
# HDF5's own numbers: deflate, shuffle, Fletcher's checksum and LZF; compact, contiguous and chunked layouts
_KNOWN_FILTERS = (1, 2, 3, 32000)
_LAYOUTS = (0, 1, 2)
_DEEPEST = 64
NAMED = ("idf_weights",)  # the arrays that Keras calls by a name instead of a number
_ROOM = 2**26  # bytes that compressed data may unpack to, whatever the size of the file
_PACKED = 16  # how many times its own size a file may unpack to; weights hardly shrink at all
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


class Group(NamedTuple):
    """The weights of one layer: the layer's name, its arrays in order, and those that Keras calls by a name."""

    name: str
    arrays: list[Any]
    named: dict[str, Any] = {}


def write(groups: dict[str, Group]) -> bytes:
    """An HDF5 file with ``<path>/vars/0``, ``<path>/vars/1``, … for every path, as bytes.

    The file's own structure carries HDF5's checksums, and every array its CRC-32 in the attribute ``crc32``.
    """
    buffer = io.BytesIO()
    with new_file(buffer) as file:
        for path, group in groups.items():
            place = file.create_group(f"{path}/vars" if path else "vars")
            place.attrs["name"] = group.name
            for number, array in enumerate(group.arrays):
                put(place, str(number), array)
            for name, array in group.named.items():
                put(place, name, array)
    return buffer.getvalue()


def new_file(buffer: io.BytesIO) -> Any:
    """An empty HDF5 file in a buffer, open for writing."""
    return h5py.File(buffer, "w", libver=("v108", "v108"))


def put(group: Any, name: str, array: np.ndarray) -> None:
    """Writes an array with its checksum."""
    dataset = group.create_dataset(name, data=array)
    dataset.attrs["crc32"] = np.uint32(_crc(array))
    if array.dtype == ml_dtypes.bfloat16:
        dataset.attrs["dtype"] = "bfloat16"


def _crc(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


class Stored(NamedTuple):
    """The weights of one layer in an open file: the layer's name, its datasets in order, and those with a name."""

    name: str
    datasets: list[Any]
    named: dict[str, Any]


class Opened(NamedTuple):
    """A file from a stranger, walked: its arrays and groups by path, the root as ``""``."""

    arrays: dict[str, Any]
    groups: dict[str, Any]
    where: str
    spare: int  # bytes of the file that are no arrays
    room: int  # bytes that an attribute may take in memory

    def words(self, path: str, name: str) -> list[str] | None:
        """The texts of an attribute of a group, None where it has none of that name.

        Raises:
            FileError: it holds no texts, or more of them than the file can fill.
        """
        group, where = self.groups[path], f"{self.where}, {path or '/'}, {name}"
        try:
            if name not in group.attrs:
                return None
            found = h5py.h5a.open(group.id, name.encode())
            kind, count = found.get_type(), found.get_space().get_simple_extent_npoints()
            if not count:
                return []
            if kind.get_class() != h5py.h5t.STRING:
                raise FileError(where, "texts", f"type {found.dtype}", AGAIN)
            # texts of free length lie apart, and many may be one: each as long as all that is no array, at worst
            needed = count * self.spare if kind.is_variable_str() else found.get_storage_size()
            if needed > self.room:
                raise FileError(where, f"texts of at most {self.room:,} bytes", f"{count:,} of {needed:,}", AGAIN)
            items = np.asarray(group.attrs[name], dtype=object).reshape(-1)
            return [item.decode() if isinstance(item, bytes) else str(item) for item in items]
        except FileError:
            raise
        except _DAMAGE as error:
            raise FileError(where, "undamaged texts", _first_line(error), AGAIN) from error

    def check_words(self, path: str, name: str, text: str) -> None:
        """Compares a text with the checksum in an attribute of a group, where it has one."""
        try:
            written = self.groups[path].attrs.get(name)
            wrong = written is not None and zlib.crc32(text.encode()) != int(written)
        except _DAMAGE as error:
            raise FileError(f"{self.where}, {name}", "a checksum", _first_line(error), AGAIN) from error
        if wrong:
            raise FileError(f"{self.where}, {name}", "the text that was written", "another checksum", AGAIN)


@contextmanager
def opening(file: Any, size: int, where: str, max_bytes: int | None = None) -> Iterator[Opened]:
    """Opens a file and walks it. Use ``load`` on its arrays while it is open.

    Args:
        file: the file, open for reading, or the bytes in an ``io.BytesIO``.
        size: its length in bytes.
        where: the file's name and member, for errors.
        max_bytes: the most that the arrays may take in memory; 16 times the file's size, or 64 MiB, when None.

    Raises:
        FileError: it is no HDF5 file, is cut off or damaged, or holds what is refused.
    """
    try:
        opened = h5py.File(file, "r")
    except Exception as error:
        raise FileError(where, "a whole HDF5 file", _first_line(error), AGAIN) from error
    with opened:
        try:
            arrays: dict[str, Any] = {}
            groups = {"": opened["/"]}
            for path, item, is_array in _walk(opened, where):
                (arrays if is_array else groups)[path] = item
            _check_sizes(arrays, where, size, max_bytes)
        except FileError:
            raise
        except _DAMAGE as error:
            raise FileError(where, "an undamaged HDF5 file", _first_line(error), AGAIN) from error
        spare = size - sum(array.id.get_storage_size() for array in arrays.values())
        yield Opened(arrays, groups, where, max(0, spare), _ceiling(size, max_bytes))


@contextmanager
def reading(path: str) -> Iterator[dict[str, Stored]]:
    """Opens a file in Keras 3's layout; gives what stands in it by layer. The errors are those of ``opening``."""
    with open_file(path) as file, opening(file, os.fstat(file.fileno()).st_size, path) as opened:
        yield by_layer([opened])


def load(dataset: Any, where: str) -> np.ndarray:
    """The array of a dataset, compared with its checksum where the file has one.

    Raises:
        FileError: it cannot be read, or is not what was written.
    """
    try:
        array = np.asarray(dataset[()])
        if _attribute(dataset, "dtype") == "bfloat16":
            array = array.view(ml_dtypes.bfloat16)
        written = dataset.attrs.get("crc32")
    except _DAMAGE as error:
        raise FileError(f"{where}, {dataset.name}", "an undamaged array", _first_line(error), AGAIN) from error
    if written is not None and _crc(array) != int(written):
        raise FileError(f"{where}, {dataset.name}", f"the checksum {int(written):08x}", f"{_crc(array):08x}", AGAIN)
    return array


# -- the walk --------------------------------------------------------------------------------------------------------


def _walk(file: Any, where: str) -> Iterator[tuple[str, Any, bool]]:
    """Every array and group with its path, and whether it is an array; each group is entered once."""
    seen = {h5py.h5o.get_info(file["/"].id).addr}
    waiting = [("", file["/"])]
    while waiting:
        path, group = waiting.pop()
        for name in _names(group):
            inner = f"{path}/{name}" if path else name
            if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                raise FileError(f"{where}, {inner}", "groups and arrays of this very file", "a link elsewhere", AGAIN)
            kind = h5py.h5o.get_info(group.id, name.encode()).type
            if kind == h5py.h5o.TYPE_DATASET:
                dataset = group[name]
                _check_plain(dataset, f"{where}, {inner}")
                yield inner, dataset, True
            elif kind == h5py.h5o.TYPE_GROUP:
                child = group[name]
                address = h5py.h5o.get_info(child.id).addr
                if address in seen or inner.count("/") > _DEEPEST:
                    raise FileError(f"{where}, {inner}", "a tree of groups", "a group inside itself", AGAIN)
                seen.add(address)
                yield inner, child, False
                waiting.append((inner, child))
            else:
                raise FileError(f"{where}, {inner}", "groups and arrays", "another kind of object", AGAIN)


def _names(group: Any) -> list[str]:
    names: list[bytes] = []
    group.id.links.iterate(names.append)
    return [name.decode() for name in names]


def _check_plain(dataset: Any, where: str) -> None:
    """Refuses data outside of the file, virtual data, unknown filters and all that is not numbers."""
    properties = dataset.id.get_create_plist()
    if properties.get_layout() not in _LAYOUTS:
        raise FileError(where, "an array in this very file", "a virtual dataset", AGAIN)
    if properties.get_external_count():
        raise FileError(where, "an array in this very file", "data in another file", AGAIN)
    filters = [properties.get_filter(number)[0] for number in range(properties.get_nfilters())]
    unknown = [number for number in filters if number not in _KNOWN_FILTERS]
    if unknown:
        raise FileError(where, "plain data, or gzip, shuffle, fletcher32, lzf", f"filter {unknown[0]}", AGAIN)
    half = dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and _attribute(dataset, "dtype") == "bfloat16"
    if dataset.dtype.kind not in "biuf" and not half:
        raise FileError(where, "an array of numbers", f"type {dataset.dtype}", AGAIN)


def _attribute(dataset: Any, name: str) -> str | None:
    value = dataset.attrs.get(name)
    return value.decode() if isinstance(value, bytes) else value if isinstance(value, str) else None


def _check_sizes(found: dict[str, Any], where: str, size: int, max_bytes: int | None) -> None:
    """Adds up what the arrays would take, and refuses arrays that declare more than the file holds."""
    total = 0
    for path, dataset in found.items():
        declared = math.prod(dataset.shape) * dataset.dtype.itemsize
        # a chunk is unpacked whole, though the array may be smaller
        total += max(declared, math.prod(dataset.chunks) * dataset.dtype.itemsize if dataset.chunks else 0)
        if dataset.chunks is None and dataset.id.get_storage_size() != declared:
            raise FileError(
                f"{where}, {path}",
                f"the {declared:,} bytes of shape {dataset.shape}",
                f"{dataset.id.get_storage_size():,} in the file",
                AGAIN,
            )
    most = _ceiling(size, max_bytes)
    if total > most:
        raise FileError(
            where,
            f"arrays of at most {most:,} bytes together, from a file of {size:,}",
            f"{total:,} declared",
            "If the file is your own, allow more with max_bytes=….",
        )


def _ceiling(size: int, max_bytes: int | None) -> int:
    return max(_PACKED * size, _ROOM) if max_bytes is None else max_bytes


def by_layer(files: list[Opened]) -> dict[str, Stored]:
    """The arrays of files in Keras 3's layout by the path of their layer, in the order of their numbers.

    Raises:
        FileError: a file has another layout, or two have the same array.
    """
    layers: dict[str, tuple[dict[int, Any], dict[str, Any]]] = {}
    for opened in files:
        for path, dataset in opened.arrays.items():
            parts = path.split("/")
            known = parts[-1] in NAMED or (parts[-1].isdecimal() and len(parts[-1]) <= 9)
            if len(parts) < 2 or parts[-2] != "vars" or not known:
                raise FileError(
                    f"{opened.where}, {path}",
                    "arrays called <layer>/vars/<number>",
                    "another layout",
                    "Arrays of a layer with a save_own_variables of its own are not read.",
                )
            numbered, named = layers.setdefault("/".join(parts[:-2]), ({}, {}))
            place: dict[Any, Any] = named if parts[-1] in NAMED else numbered
            key = parts[-1] if parts[-1] in NAMED else int(parts[-1])
            if key in place:
                raise FileError(f"{opened.where}, {path}", "each array once", "it a second time", AGAIN)
            place[key] = dataset
    try:
        return {
            path.replace("_layer_checkpoint_dependencies", "layers"): Stored(  # as Keras 2.13 to 2.15 called them
                _attribute(next(iter((numbered or named).values())).parent, "name") or "",
                [numbered[n] for n in sorted(numbered)],
                named,
            )
            for path, (numbered, named) in layers.items()
        }
    except _DAMAGE as error:
        raise FileError(files[0].where, "undamaged names of layers", _first_line(error), AGAIN) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
