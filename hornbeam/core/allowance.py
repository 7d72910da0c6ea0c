"""Allowance: how much memory the weights of a model that is being read from a file may take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError


@dataclass
class _Allowance:
    file: str
    total: int
    left: int


_current: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def limited(file: str, total: int) -> Iterator[None]:
    """While open, layers make their weights as zeros, to be filled from a file, and of so many bytes at most.

    A description in a file may ask for layers of any size; the weights in the same file say what is true.

    Args:
        file: named in the error.
        total: bytes allowed.
    """
    token = _current.set(_Allowance(file, total, total))
    try:
        yield
    finally:
        _current.reset(token)


def is_open() -> bool:
    """Whether weights are made for a file's numbers."""
    return _current.get() is not None


def charge(shape: tuple[int, ...], dtype: str, where: str) -> None:
    """Counts a weight that is about to be made, where an allowance is open.

    Raises:
        FileError: the weight is larger than what is left of the allowance.
    """
    allowance = _current.get()
    if allowance is None:
        return
    allowance.left -= math.prod(int(length) for length in shape) * numpy_dtype(dtype).itemsize
    if allowance.left < 0:
        raise FileError(
            f"{allowance.file}, {where}",
            f"a model whose weights take at most {allowance.total:,} bytes, as the file can hold no more",
            f"a weight of shape {tuple(shape)}",
            "The description does not belong to these weights: get the file again from its source.",
        )
