"""The base class of initializers, their table, and what they need of shapes, number types and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from hornbeam.core import checks
from hornbeam.core.config import Spec, deserialize, is_description
from hornbeam.core.dtypes import is_float, numpy_dtype, standardize
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.random import generator
from hornbeam.core.registry import Registry

INITIALIZERS = Registry("initializer", "keras.initializers")


class Initializer(Spec):
    """Base of initializers: a function from a shape to the first values of a weight.

    Write ``__call__(self, shape, dtype=None)`` and return a NumPy array of that shape. It is called
    once, on the host, when the weight is made.

    Example:
        >>> class Ramp(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return np.arange(np.prod(shape), dtype=dtype or "float32").reshape(shape)
        >>> print(Ramp()((2, 2)))
        [[0. 1.]
         [2. 3.]]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """The values, of ``shape`` and ``dtype``; None means ``floatx()``."""
        raise NotImplementedError(f"{type(self).__name__}: write __call__(self, shape, dtype=None)")


def full_shape(shape: Any, where: str) -> tuple[int, ...]:
    """A shape as a tuple; refuses unknown lengths, of which no array can be made."""
    lengths = checks.shape(shape)
    if any(length is None or length < 0 for length in lengths):
        raise ShapeError(where, "a shape of known lengths", lengths, "Give every axis its length.")
    return lengths  # type: ignore[return-value]


@runtime_checkable
class SeedSource(Protocol):
    """What hands out another seed at each call of ``next``, as ``keras.random.SeedGenerator`` does."""

    def next(self) -> Any:
        """A fresh seed, one or several integers."""


def as_seed(value: Any) -> Any:
    """Converter of a field: None, an integer, or an object that hands out seeds."""
    if is_description(value):
        value = deserialize(value)
    if isinstance(value, SeedSource):
        return value
    try:
        return checks.integer(optional=True)(value)
    except checks.Refused:
        raise checks.Refused("an integer, a SeedGenerator or None", "Write for example seed=0.") from None


def draws(source: Any) -> np.random.Generator:
    """The NumPy generator for one call of an initializer with this seed."""
    if isinstance(source, SeedSource):
        return np.random.default_rng(np.asarray(source.next()))
    # NumPy refuses negative seeds, Keras's users write them
    return generator(None if source is None else source % 2**64)


def drawing_type(dtype: Any, where: str) -> tuple[type, np.dtype]:
    """In which of NumPy's two drawing types to draw for a dtype, and its type object."""
    name = standardize(dtype)
    if not is_float(name):
        raise ArgumentError(where, "a float dtype", repr(name), "Random values are fractions: use dtype='float32'.")
    return (np.float64 if name == "float64" else np.float32), numpy_dtype(name)
