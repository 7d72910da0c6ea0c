"""PyTorch's files of weights (``pytorch_model.bin``), read without PyTorch and without running anything.

Such a file is a pickle, which is a program, beside the arrays' bytes. This reader looks at the program first and
refuses all instructions but the thirty that weights need; then it answers the few names that weights need with
stand-ins of our own, and refuses every other name. Two layouts are known: a zip archive, and the older one of several
pickles in a row with the bytes at the end.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN, Archive, open_file
from hornbeam.saving.tensors import FileTensor

_KINDS = {
    **{"FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16},
    **{"BFloat16Storage": ml_dtypes.bfloat16, "LongStorage": np.int64, "IntStorage": np.int32},
    **{"ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8, "BoolStorage": np.bool_},
}
_INSTRUCTIONS = {
    *("PROTO", "FRAME", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1"),
    *("BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1"),
    *("TUPLE2", "TUPLE3", "SETITEM", "SETITEMS", "APPEND", "APPENDS", "BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET"),
    *("LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "BINPERSID"),
}
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # with which the older layout begins
_LONGEST_PICKLE = 2**26
_PICKLE = ".pkl"


class _Sealed:
    """Base of stand-ins: a pickle can write on what it made, and must not change what was checked."""

    def __setstate__(self, state: Any) -> None:
        raise ValueError("a state for what has none")


@dataclass(frozen=True)
class _Kind(_Sealed):
    """Stands for a class of PyTorch's storages."""

    dtype: np.dtype


@dataclass(frozen=True)
class _Storage(_Sealed):
    """Numbers in a row that tensors are views of."""

    key: str
    dtype: np.dtype
    count: int


@dataclass(frozen=True)
class _View(_Sealed):
    """Stands for a tensor: a storage, the first number, lengths and steps of the axes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]


class _Dict(dict):
    """Stands for an OrderedDict; takes no attributes."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """Drops what a state dict says of PyTorch's modules."""


def _whole(*values: Any) -> bool:
    return all(type(value) is int and value >= 0 for value in values)


def _tensor(storage: Any, offset: Any, shape: Any, steps: Any, *rest: Any) -> _View:
    if not isinstance(storage, _Storage) or not isinstance(shape, tuple) or not isinstance(steps, tuple):
        raise ValueError("a tensor of no storage")
    if not _whole(offset, *shape, *steps) or len(shape) != len(steps):
        raise ValueError(f"a tensor of shape {shape} and steps {steps}")
    count = math.prod(shape)
    last = offset + sum((length - 1) * step for length, step in zip(shape, steps, strict=True))
    # a step of 0 would make any size out of one number
    if count and (last >= storage.count or count > storage.count):
        raise ValueError(f"a tensor of shape {shape} in {storage.count:,} numbers")
    return _View(storage, offset, shape, steps)


def _parameter(data: Any, *rest: Any) -> Any:
    return data


class _Word(_Sealed):
    """What a name in a file stands for."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[..., Any]):
        self._answer = answer

    def __call__(self, *args: Any) -> Any:
        return self._answer(*args)


_WORDS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _Word(lambda *items: _Dict(*items)),
    ("torch._utils", "_rebuild_tensor_v2"): _Word(_tensor),
    ("torch._utils", "_rebuild_parameter"): _Word(_parameter),
    **{("torch", name): _Kind(np.dtype(kind)) for name, kind in _KINDS.items()},
}


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes, where: str):
        super().__init__(io.BytesIO(data))
        self.where = where
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _WORDS:
            return _WORDS[module, name]
        raise FileError(
            self.where,
            "weights alone, made of " + ", ".join(".".join(word) for word in list(_WORDS)[:4]) + ", …",
            f"a call of {module}.{name}, which was not made",
            "Do not trust this file; or ask its author for model.safetensors.",
        )

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage" or not isinstance(pid[1], _Kind):
            raise ValueError("a reference to something that is no storage")
        key, count = pid[2], pid[4]
        if not isinstance(key, str) or not _whole(count) or (len(pid) > 5 and pid[5] is not None):
            raise ValueError("a storage without a key or a size")
        storage = _Storage(key, pid[1].dtype, count)
        if self.storages.setdefault(key, storage) != storage:
            raise ValueError(f"storage {key} with two types or sizes")
        return storage


def read_torch_file(path: Any) -> dict[str, FileTensor]:
    """The arrays of a state dict that ``torch.save`` wrote, by name; each is read from the file when it is asked for.

    Raises:
        FileError: the file is damaged, names anything but tensors, or claims more than it holds. Nothing has run then.
    """
    path = os.fspath(path)
    with open_file(path) as file:
        zipped = file.read(4) == b"PK\x03\x04"
    return _read_zip(path) if zipped else _read_row(path)


# -- the layout since PyTorch 1.6: a zip archive --------------------------------------------------------------------


def _read_zip(path: str) -> dict[str, FileTensor]:
    with Archive(path) as archive:
        programs = [name for name in archive.names("", "data" + _PICKLE)]
        if len(programs) != 1:
            raise FileError(path, "one member data.pkl", f"{len(programs)}", AGAIN)
        where, stem = f"{path}, {programs[0]}", programs[0].removesuffix("data" + _PICKLE)
        if f"{stem}byteorder" in archive.names(stem, "byteorder") and archive.read(f"{stem}byteorder", 16) != b"little":
            raise FileError(
                path, "numbers with their lowest byte first", "another order", "Save it on another machine."
            )
        value, _, _ = _unpickled(io.BytesIO(archive.read(programs[0], min(archive.size, _LONGEST_PICKLE))), where)
        known = set(archive.names(f"{stem}data/", ""))

    def read(storage: _Storage) -> np.ndarray:
        member = f"{stem}data/{storage.key}"
        with Archive(path) as again:
            data = again.read(member, again.size)
        if len(data) != storage.count * storage.dtype.itemsize:
            expected = f"{storage.count:,} numbers of {storage.dtype.name}"
            raise FileError(f"{path}, {member}", expected, f"{len(data):,} bytes", AGAIN)
        return np.frombuffer(data, storage.dtype)

    tensors = _tensors(value, where, read)
    lost = {view.storage.key for view in _views(value)} - {name.removeprefix(f"{stem}data/") for name in known}
    if lost:
        raise FileError(path, f"a member {stem}data/{sorted(lost)[0]}", "none", AGAIN)
    return tensors


# -- the layout before: pickles in a row, then the bytes -------------------------------------------------------------


def _read_row(path: str) -> dict[str, FileTensor]:
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        first = [_unpickled(file, path)[0] for _ in range(2)]
        if first != [_MAGIC, _PROTOCOL]:
            raise FileError(path, "a file that torch.save wrote", "another pickle", AGAIN)
        _unpickled(file, path)  # the sizes of C's numbers on the machine that wrote it
        value, storages, where = _unpickled(file, path)
        keys = _unpickled(file, path)[0]
        if not isinstance(keys, list) or {*map(str, keys)} != {*storages} or len(keys) != len(storages):
            raise FileError(path, "the storages' keys", repr(keys)[:60], AGAIN)
        begins = {}
        for key in keys:
            storage = storages[key]
            count, place = int.from_bytes(file.read(8), "little"), file.tell()
            if count != storage.count or place + count * storage.dtype.itemsize > size:
                expected = f"{storage.count:,} numbers within the {size:,} bytes of the file"
                raise FileError(f"{path}, storage {key}", expected, f"{count:,} from byte {place:,} on", AGAIN)
            begins[key] = place
            file.seek(place + count * storage.dtype.itemsize)
        data = np.memmap(file, np.uint8, "r")

    def read(storage: _Storage) -> np.ndarray:
        start = begins[storage.key]
        return np.frombuffer(data[start : start + storage.count * storage.dtype.itemsize], storage.dtype)

    return _tensors(value, where, read)


# -- both ---------------------------------------------------------------------------------------------------------


def _unpickled(file: Any, where: str) -> tuple[Any, dict[str, _Storage], str]:
    """The next pickle of a file: its value, the storages that it names, and where it stands, for errors."""
    start = file.tell()
    try:
        _look_through(file, start, where)
        end = file.tell()
        file.seek(start)
        reader = _Reader(file.read(end - start), where)
        return reader.load(), reader.storages, where
    except FileError:
        raise
    except Exception as error:  # a hostile pickle can raise anything; all of it means the same
        raise FileError(where, "a whole pickle of tensors", f"{type(error).__name__}: {error}"[:200], AGAIN) from None


def _look_through(file: Any, start: int, where: str) -> None:
    """Reads the instructions of a pickle without following them, and refuses those that weights do not need."""
    for number, (instruction, argument, place) in enumerate(pickletools.genops(file)):
        # a place in the memo far beyond those used would take memory for all before it
        far = instruction.name in ("BINPUT", "LONG_BINPUT") and int(argument or 0) > number
        if instruction.name not in _INSTRUCTIONS or far or (place or 0) > start + _LONGEST_PICKLE:
            got = f"{instruction.name} {argument}" if far else instruction.name
            raise FileError(where, "the instructions that weights need", f"{got}, which was not followed", AGAIN)


def _views(value: Any) -> list[_View]:
    return [view for view in value.values() if isinstance(view, _View)]


def _tensors(value: Any, where: str, read: Callable[[_Storage], np.ndarray]) -> dict[str, FileTensor]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value) or not _views(value):
        raise FileError(where, "a state dict, from name to tensor", type(value).__name__, "Save model.state_dict().")
    return {
        name: FileTensor(view.storage.dtype, view.shape, _opener(view, read))
        for name, view in value.items()
        if isinstance(view, _View)
    }


def _opener(view: _View, read: Callable[[_Storage], np.ndarray]) -> Callable[[], np.ndarray]:
    def opened() -> np.ndarray:
        if not math.prod(view.shape):
            return np.zeros(view.shape, view.storage.dtype)
        numbers = read(view.storage)[view.offset :]
        steps = [step * view.storage.dtype.itemsize for step in view.steps]
        # within the storage, as was checked when the view was made
        return np.lib.stride_tricks.as_strided(numbers, view.shape, steps, writeable=False)

    return opened
