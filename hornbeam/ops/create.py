"""Arrays from nothing but their description: zeros and ones, ranges, identities, windows."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import ArgumentError
from hornbeam.ops.operation import Function, dims, named, number_type, operation
from hornbeam.ops.operation import array as as_array

__all__ = [
    "arange", "array", "bartlett", "blackman", "empty", "empty_like", "eye", "full", "full_like", "geomspace",
    "hamming", "hanning", "identity", "kaiser", "linspace", "logspace", "ones", "ones_like", "tri", "zeros",
    "zeros_like",
]  # fmt: skip


def _type(dtype: Any) -> Any:
    return number_type(dtype or floatx())


def _filled(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: a shape and a type, ``floatx()`` when None."""

    def call(shape, dtype=None):
        return function(dims(shape), _type(dtype))

    return operation(named(call, name or function.__name__, line, example, shown))


def _like(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: the shape of another array, and its type when None."""

    def call(x, dtype=None):
        return function(as_array(x), None if dtype is None else number_type(dtype))

    return operation(named(call, name or function.__name__, line, example, shown))


def _window(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: a symmetric window of x points."""

    def call(x):
        return function(int(x)).astype(_type(None))

    return operation(named(call, name or function.__name__, line + " x is the number of points.", example, shown))


zeros = _filled(jnp.zeros, "Zeros in this shape.", "zeros((2, 2))", "[[0. 0.]\n [0. 0.]]")
ones = _filled(jnp.ones, "Ones in this shape.", "ones(3)", "[1. 1. 1.]")
empty = _filled(jnp.empty, "An array in this shape; its numbers mean nothing.", "empty((2,)).shape", "(2,)")
zeros_like = _like(jnp.zeros_like, "Zeros in the shape of x.", "zeros_like([1, 2])", "[0 0]")
ones_like = _like(jnp.ones_like, "Ones in the shape of x.", "ones_like([1, 2])", "[1 1]")
empty_like = _like(
    jnp.empty_like, "An array in the shape of x; its numbers mean nothing.", "empty_like([1, 2]).shape", "(2,)"
)

bartlett = _window(jnp.bartlett, "A triangle from 0 to 1 to 0.", "bartlett(5)", "[0.  0.5 1.  0.5 0. ]")
hanning = _window(jnp.hanning, "A cosine bell that touches 0.", "hanning(5)", "[0.  0.5 1.  0.5 0. ]")
hamming = _window(jnp.hamming, "A cosine bell that ends at 0.08.", 'f"{hamming(3)[0]:.2f}"', "0.08")
blackman = _window(jnp.blackman, "A bell of two cosines.", 'f"{blackman(5)[1]:.2f}"', "0.34")


@operation
def kaiser(x, beta):
    """A bell from a Bessel function: ``i0(beta * sqrt(1 - t**2)) / i0(beta)`` for x points t from -1 to 1.

    Example:
        >>> print(kaiser(3, 0.0))
        [1. 1. 1.]
    """
    return jnp.kaiser(int(x), beta).astype(_type(None))


@operation
def array(x, dtype=None):
    """As an array of its own: a number, nested lists, NumPy's array.

    Example:
        >>> print(array([[1, 2], [3, 4]], dtype="float32"))
        [[1. 2.]
         [3. 4.]]
    """
    return jnp.array(as_array(x), None if dtype is None else number_type(dtype))


@operation
def full(shape, fill_value, dtype=None):
    """One value everywhere, of type ``floatx()`` when None.

    Example:
        >>> print(full((2,), 7))
        [7. 7.]
    """
    return jnp.full(dims(shape), as_array(fill_value), _type(dtype))


@operation
def full_like(x, fill_value, dtype=None):
    """One value everywhere in the shape of x, and of its type when None.

    Example:
        >>> print(full_like([1, 2], 7))
        [7 7]
    """
    return jnp.full_like(as_array(x), as_array(fill_value), None if dtype is None else number_type(dtype))


@operation
def eye(N, M=None, k=0, dtype=None):
    """Ones on a diagonal, zeros elsewhere.

    Args:
        N, M: rows and columns; as many columns as rows when None.
        k: how far above the main diagonal, negative below.
        dtype: number type, ``floatx()`` when None.

    Example:
        >>> print(eye(2, 3))
        [[1. 0. 0.]
         [0. 1. 0.]]
    """
    for name, value in (("N", N), ("M", M)):
        if isinstance(value, float):
            raise ArgumentError(f"eye, {name}", "a whole number", repr(value), f"Write eye({int(value)}).")
    return jnp.eye(N, M, k, dtype=_type(dtype))


@operation
def identity(n, dtype=None):
    """The square matrix with ones on the diagonal.

    Example:
        >>> print(identity(2))
        [[1. 0.]
         [0. 1.]]
    """
    return jnp.eye(n, dtype=_type(dtype))


@operation
def tri(N, M=None, k=0, dtype=None):
    """Ones on and below a diagonal, zeros above; the arguments are those of ``eye``.

    Example:
        >>> print(tri(2))
        [[1. 0.]
         [1. 1.]]
    """
    return jnp.tri(N, M, k, _type(dtype))


# ---- ranges


@operation
def arange(start, stop=None, step=None, dtype=None):
    """``start, start + step, …`` up to below ``stop``; from 0 when only one bound is given.

    Args:
        start, stop: the bounds.
        step: the difference of neighbours, 1 when None.
        dtype: number type; int32 for whole bounds, ``floatx()`` otherwise.

    Example:
        >>> print(arange(3), arange(1.0, 2.0, 0.25))
        [0 1 2] [1.   1.25 1.5  1.75]
    """
    if dtype is None:
        given = [as_array(value).dtype for value in (start, stop, step) if value is not None]
        return jnp.arange(start, stop, step, jnp.result_type(*given))
    return jnp.arange(start, stop, step, number_type(dtype))


@operation
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """``num`` numbers with equal distances from ``start`` to ``stop``.

    Args:
        start, stop: the bounds, numbers or arrays.
        num: how many.
        endpoint: whether ``stop`` is the last of them.
        retstep: return the distance too.
        dtype: number type, a float when None.
        axis: where the new axis stands, when the bounds are arrays.

    Example:
        >>> print(linspace(0, 1, 5))
        [0.   0.25 0.5  0.75 1.  ]
    """
    return jnp.linspace(
        as_array(start),
        as_array(stop),
        num,
        endpoint=endpoint,
        retstep=retstep,
        dtype=_spaced(start, stop, dtype),
        axis=axis,
    )


@operation
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """``num`` numbers with equal quotients from ``base**start`` to ``base**stop``.

    Example:
        >>> print(f"{logspace(0, 3, 4)[2]:.3f}")
        100.000
    """
    return jnp.logspace(as_array(start), as_array(stop), num, endpoint, base, _spaced(start, stop, dtype), axis)


@operation
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """``num`` numbers with equal quotients from ``start`` to ``stop``.

    Example:
        >>> print(f"{geomspace(1, 8, 4)[2]:.3f}")
        4.000
    """
    return jnp.geomspace(as_array(start), as_array(stop), num, endpoint, _spaced(start, stop, dtype), axis)


def _spaced(start: Any, stop: Any, dtype: Any) -> Any:
    if dtype is not None:
        return number_type(dtype)
    kind = jnp.result_type(as_array(start), as_array(stop))
    return kind if jnp.issubdtype(kind, jnp.inexact) else _type(None)
