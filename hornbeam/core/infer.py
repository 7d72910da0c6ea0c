"""Shapes of outputs, found by abstract evaluation with two stand-ins for every unknown length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from hornbeam.core.dtypes import numpy_dtype, standardize
from hornbeam.core.frame import Frame

# Unknown lengths of axis 0, 1, 2, … in the first and the second evaluation: an output axis that differs
# between the two is unknown. Multiples of 32 pass pooling, windows and splits into halves. Against
# jax.export's symbolic sizes: no import of its machinery, and layers may use int(x.shape[1]).
_STAND_INS = ((96, 1152, 1216, 1280, 1344), (160, 1920, 1984, 2048, 2112))


class Described(NamedTuple):
    """Shape and number type of an array that is not there; None is an unknown length."""

    shape: tuple[int | None, ...]
    dtype: str


def stands_in(length: int) -> bool:
    """Whether a length may stand for an unknown one, where the frame is ``inferring``."""
    return any(length in lengths for lengths in _STAND_INS)


def _stand_in(described: Any, lengths: tuple[int, ...]) -> jax.ShapeDtypeStruct:
    shape = tuple(
        lengths[min(axis, len(lengths) - 1)] if length is None else length
        for axis, length in enumerate(described.shape)
    )
    return jax.ShapeDtypeStruct(shape, numpy_dtype(described.dtype))


def infer(function: Callable[..., Any], described: list[Any]) -> Any:
    """The outputs' shapes and types of ``function(*arrays)`` for described arrays.

    Args:
        function: takes as many arrays as there are descriptions.
        described: objects with ``shape`` (None where unknown) and ``dtype``.

    Example:
        >>> infer(lambda x: x[:, :2].T, [Described((None, 5), "float32")])
        Described(shape=(2, None), dtype='float32')
    """
    unknown = any(length is None for item in described for length in item.shape)

    def evaluate(*arrays: Any) -> Any:
        with Frame() as frame:
            frame.inferring = True
            return function(*arrays)

    first, second = (
        jax.eval_shape(evaluate, *(_stand_in(item, lengths) for item in described))
        if unknown or lengths is _STAND_INS[0]
        else None
        for lengths in _STAND_INS
    )
    return jax.tree.map(_merge, first, first if second is None else second)


def _merge(one: jax.ShapeDtypeStruct, two: jax.ShapeDtypeStruct) -> Described:
    shape = tuple(a if a == b else None for a, b in zip(one.shape, two.shape, strict=True))
    return Described(shape, standardize(one.dtype))
