"""From one kind of number, or of array, to another."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.dtypes import standardize
from hornbeam.core.errors import ArgumentError
from hornbeam.core.symbolic import Symbolic
from hornbeam.ops.operation import OPERATIONS, array, floats, number_type, operation, rowwise

__all__ = [
    "cast", "convert_to_numpy", "convert_to_tensor", "dtype", "is_tensor", "polar", "saturate_cast",
    "view_as_complex", "view_as_real",
]  # fmt: skip


@OPERATIONS.add()
def dtype(x):
    """The name of the number type.

    Example:
        >>> dtype([1.0, 2.0])
        'float32'
    """
    return standardize(x.dtype if isinstance(x, Symbolic) else array(x).dtype)


@OPERATIONS.add()
def is_tensor(x):
    """Whether x is one of JAX's arrays; NumPy's arrays, lists, Variables and symbolic tensors are not.

    Example:
        >>> is_tensor(np.zeros(2)), is_tensor(convert_to_tensor(np.zeros(2)))
        (False, True)
    """
    return isinstance(x, jax.Array)


@OPERATIONS.add()
def convert_to_numpy(x):
    """The numbers as an array of NumPy's, a copy.

    Example:
        >>> convert_to_numpy([1.0, 2.0])
        array([1., 2.], dtype=float32)
    """
    return np.array(x if isinstance(x, Symbolic) else array(x))


@operation
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """As an array of JAX's: numbers, nested lists, NumPy's arrays, Variables.

    Args:
        x: what to convert; an array of the right type is given back as it is.
        dtype: number type, x's own when None.
        sparse: accepted for Keras's sake; arrays are dense.
        ragged: must not be True: all rows have one length.

    Example:
        >>> print(convert_to_tensor([1, 2], "float32"))
        [1. 2.]
    """
    if ragged:
        raise ArgumentError("convert_to_tensor, ragged", "False", "True", "Pad the rows to one length.")
    return _typed(x, dtype)


@rowwise
@operation
def cast(x, dtype):
    """The same numbers in another type; floats lose their fraction when they become integers.

    Example:
        >>> print(cast([1.9, -1.9], "int32"))
        [ 1 -1]
    """
    return _typed(x, dtype)


def _typed(x: Any, dtype: Any) -> jax.Array:
    x = array(x)
    return x if dtype is None else x.astype(number_type(dtype))


@rowwise
@operation
def saturate_cast(x, dtype):
    """In another type; what is beyond its bounds becomes its smallest or largest number.

    Example:
        >>> print(saturate_cast([-3.0, 300.0], "uint8"))
        [  0 255]
    """
    x, kind = array(x), number_type(dtype)
    (low, high), (least, most) = _bounds(kind), _bounds(x.dtype)
    # the bounds in x's own type, rounded towards 0: 2**31 - 1 has no float32
    low, high = _inward(max(low, least), x.dtype, low), _inward(min(high, most), x.dtype, high)
    return jnp.clip(x, low, high).astype(kind) if x.dtype != bool else x.astype(kind)


def _bounds(kind: np.dtype) -> tuple[Any, Any]:
    if jnp.issubdtype(kind, jnp.bool_):
        return 0, 1
    if jnp.issubdtype(kind, jnp.integer):
        return int(jnp.iinfo(kind).min), int(jnp.iinfo(kind).max)
    return float(jnp.finfo(kind).min), float(jnp.finfo(kind).max)


def _inward(bound: Any, kind: np.dtype, limit: Any) -> Any:
    rounded = np.asarray(bound).astype(kind)
    if abs(float(rounded)) > abs(limit):
        rounded = np.nextafter(rounded, np.zeros((), kind), dtype=kind)
    return rounded


# ---- complex numbers


@rowwise
@operation
def polar(abs_, angle):
    """Complex numbers from their distance to 0 and their angle: ``abs * (cos(angle) + i * sin(angle))``.

    Example:
        >>> print(polar(2.0, 0.0))
        (2+0j)
    """
    radius, angle = floats(abs_), floats(angle)
    return jax.lax.complex(radius * jnp.cos(angle), radius * jnp.sin(angle))


@operation
def view_as_complex(x):
    """Complex numbers from pairs (real, imaginary) along the last axis: ``(…, 2) -> (…)``.

    Example:
        >>> print(view_as_complex([[1.0, 2.0]]))
        [1.+2.j]
    """
    x = floats(x)
    if x.ndim == 0 or x.shape[-1] != 2:
        raise ValueError("the last axis must have length 2")
    return jax.lax.complex(*(x[..., part].astype(jnp.float32) for part in (0, 1)))


@operation
def view_as_real(x):
    """Pairs (real, imaginary) along a new last axis: ``(…) -> (…, 2)``.

    Example:
        >>> print(view_as_real([1 + 2j]))
        [[1. 2.]]
    """
    x = array(x)
    return jnp.stack([jnp.real(x), jnp.imag(x)], -1)
