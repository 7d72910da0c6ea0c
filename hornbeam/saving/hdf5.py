"""HDF5 files of weights: written plainly, and read as files from strangers are read.

Reading walks the file itself: only groups and plain datasets of numbers that lie in the file, by hard links. Links to
other places, data outside the file, virtual datasets and unknown filters are refused before anything is opened through
them, and the sizes that the file declares are added up before anything is allocated.
"""

from __future__ import annotations

import importlib
import io
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN


class _Late:
    """h5py, imported when a file is first read or written: a process that only trains starts 40 ms earlier."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("h5py"), name)


h5py: Any = _Late()
# HDF5's own numbers: deflate, shuffle, Fletcher's checksum and LZF; compact, contiguous and chunked layouts
_KNOWN_FILTERS = (1, 2, 3, 32000)
_LAYOUTS = (0, 1, 2)
_DEEPEST = 64
_ROOM = 2**26  # bytes that compressed data may unpack to, whatever the size of the file
_PACKED = 16  # how many times its own size a file may unpack to; weights hardly shrink at all


class Group(NamedTuple):
    """The weights of one layer: the layer's name, and its arrays in order."""

    name: str
    arrays: list[Any]


def write(groups: dict[str, Group]) -> bytes:
    """An HDF5 file with ``<path>/vars/0``, ``<path>/vars/1``, … for every path, as bytes.

    The file's own structure carries HDF5's checksums, and every array its CRC-32 in the attribute ``crc32``.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("v108", "v108")) as file:
        for path, group in groups.items():
            place = file.create_group(f"{path}/vars" if path else "vars")
            place.attrs["name"] = group.name
            for number, array in enumerate(group.arrays):
                dataset = place.create_dataset(str(number), data=array)
                dataset.attrs["crc32"] = np.uint32(_crc(array))
                if array.dtype == ml_dtypes.bfloat16:
                    dataset.attrs["dtype"] = "bfloat16"
    return buffer.getvalue()


def _crc(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


class Stored(NamedTuple):
    """The weights of one layer in an open file: the layer's name, and its datasets in order."""

    name: str
    datasets: list[Any]


@contextmanager
def reading(data: bytes, where: str, max_bytes: int | None = None) -> Iterator[dict[str, Stored]]:
    """Opens a file; gives what stands in it by path. Use ``load`` on its datasets while it is open.

    Args:
        data: the whole file.
        where: the file's name and member, for errors.
        max_bytes: the most that the arrays may take in memory; 16 times the file's size, or 64 MiB, when None.

    Raises:
        FileError: it is no HDF5 file, is cut off or damaged, or holds what is refused.
    """
    try:
        file = h5py.File(io.BytesIO(data), "r")
    except Exception as error:
        raise FileError(where, "a whole HDF5 file", _first_line(error), AGAIN) from error
    with file:
        try:
            found = {path: dataset for path, dataset in _walk(file, where)}
            _check_sizes(found, where, len(data), max_bytes)
            layers = _by_layer(found, where)
        except FileError:
            raise
        except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError) as error:
            raise FileError(where, "an undamaged HDF5 file", _first_line(error), AGAIN) from error
        yield layers


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
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise FileError(f"{where}, {dataset.name}", "an undamaged array", _first_line(error), AGAIN) from error
    if written is not None and _crc(array) != int(written):
        raise FileError(f"{where}, {dataset.name}", f"the checksum {int(written):08x}", f"{_crc(array):08x}", AGAIN)
    return array


# -- the walk --------------------------------------------------------------------------------------------------------


def _walk(file: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every dataset with its path, each group entered once."""
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
                yield inner, dataset
            elif kind == h5py.h5o.TYPE_GROUP:
                child = group[name]
                address = h5py.h5o.get_info(child.id).addr
                if address in seen or inner.count("/") > _DEEPEST:
                    raise FileError(f"{where}, {inner}", "a tree of groups", "a group inside itself", AGAIN)
                seen.add(address)
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
    most = max(_PACKED * size, _ROOM) if max_bytes is None else max_bytes
    if total > most:
        raise FileError(
            where,
            f"arrays of at most {most:,} bytes together, from a file of {size:,}",
            f"{total:,} declared",
            "If the file is your own, allow more with max_bytes=….",
        )


def _by_layer(found: dict[str, Any], where: str) -> dict[str, Stored]:
    """The datasets by the path of their layer, in the order of their numbers."""
    layers: dict[str, dict[int, Any]] = {}
    for path, dataset in found.items():
        parts = path.split("/")
        if len(parts) < 2 or parts[-2] != "vars" or not parts[-1].isdecimal():
            raise FileError(
                f"{where}, {path}",
                "arrays called <layer>/vars/<number>",
                "another layout",
                "Files of Keras before 2.12 and of layers with a save_own_variables of their own are not read yet.",
            )
        layers.setdefault("/".join(parts[:-2]), {})[int(parts[-1])] = dataset
    return {
        path.replace("_layer_checkpoint_dependencies", "layers"): Stored(  # as Keras 2.13 to 2.15 called them
            _attribute(next(iter(numbered.values())).parent, "name") or "", [numbered[n] for n in sorted(numbered)]
        )
        for path, numbered in layers.items()
    }


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
