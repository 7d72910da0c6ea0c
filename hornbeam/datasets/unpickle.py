"""A reader of pickles that knows three words and runs nothing.

CIFAR's batches and the arrays of lists in imdb.npz and reuters.npz are pickles. A pickle is a program: whatever it
names is imported and called. This reader answers the three names that such files need (array, dtype, reconstruct) with
stand-ins of our own, so that not even NumPy's code is called by the file, and refuses every other name.
"""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np

from hornbeam.core.errors import FileError

_NUMBERS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"}


class _Dtype:
    """Stands for ``numpy.dtype``: keeps the code and the byte order, ignores the rest of the state."""

    __slots__ = ("code", "order")

    def __init__(self, code: str | bytes):
        self.code = code.decode("ascii") if isinstance(code, bytes) else code
        self.order = "|"

    def __setstate__(self, state: tuple) -> None:
        order = state[1]
        self.order = order.decode("ascii") if isinstance(order, bytes) else order

    def to_numpy(self) -> np.dtype:
        if self.code in ("O", "O4", "O8"):
            return np.dtype(object)
        if self.code not in _NUMBERS or self.order not in ("<", ">", "|", "="):
            raise ValueError(f"dtype {self.order}{self.code}")
        return np.dtype(self.order + self.code)


class _Array:
    """Stands for an array under construction; ``value`` is the finished one."""

    __slots__ = ("value",)

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, fortran_order, data = state
        numbers = dtype.to_numpy()
        if numbers.kind == "O":
            if not isinstance(data, list):
                raise ValueError(f"objects made of {type(data).__name__}")
            array = np.fromiter(map(_finished, data), dtype=object, count=len(data))
        else:
            array = np.frombuffer(data, numbers).copy()
        if min(shape, default=0) < 0 or array.size != math.prod(shape):
            raise ValueError(f"{array.size} values for shape {shape}")
        self.value = array.reshape(shape, order="F" if fortran_order else "C")


def _finished(value: Any) -> Any:
    return value.value if isinstance(value, _Array) else value


# What the names in the file become: objects without attributes, so that a file cannot write on them either.
class _Word:
    __slots__ = ()


class _Reconstruct(_Word):
    __slots__ = ()

    def __call__(self, *ignored: Any) -> _Array:
        return _Array()


class _MakeDtype(_Word):
    __slots__ = ()

    def __call__(self, code: str | bytes, *ignored: Any) -> _Dtype:
        return _Dtype(code)


_WORDS = {
    ("numpy", "ndarray"): _Word(),
    ("numpy", "dtype"): _MakeDtype(),
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct(),  # files written by NumPy 1
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct(),  # files written by NumPy 2
}


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes, where: str):
        # "bytes": Python 2's strings, which CIFAR's batches hold, are byte strings.
        super().__init__(io.BytesIO(data), encoding="bytes")
        self.where = where

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _WORDS:
            return _WORDS[module, name]
        raise FileError(
            where=self.where,
            expected="only numbers, lists and arrays",
            got=f"a call of {module}.{name}, which was not made",
            fix="Do not trust this file: delete it, and fetch the data set again.",
        )


def unpickle(data: bytes, where: str) -> Any:
    """Read a pickle of numbers, strings, lists, dicts and NumPy arrays.

    Args:
        data: the whole pickle.
        where: the file and member, for errors.

    Returns:
        The value. Arrays are finished at the top, as a dict's values and as elements of arrays, not deeper.

    Raises:
        FileError: when the pickle names anything else, or is truncated or malformed. Nothing has run then.

    Example:
        >>> unpickle(pickle.dumps({"data": np.arange(3)}, protocol=4), "batch")["data"].tolist()
        [0, 1, 2]
    """
    try:
        value = _Reader(data, where).load()
        if isinstance(value, dict):
            return {key: _finished(item) for key, item in value.items()}
        return _finished(value)
    except FileError:
        raise
    except Exception as error:  # a hostile pickle can raise anything; all of it means the same
        raise FileError(
            where=where,
            expected="a whole pickle of arrays and lists",
            got=f"{type(error).__name__}: {error}",
            fix="Delete the file and load the data again.",
        ) from None
