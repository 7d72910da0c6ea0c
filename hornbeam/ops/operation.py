"""What every operation shares: the closed table, the decorator, and how arguments become arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.dtypes import floatx, numpy_dtype
from hornbeam.core.errors import ArgumentError, HornbeamError, ShapeError
from hornbeam.core.registry import Registry
from hornbeam.core.symbolic import recordable

Function = Callable[..., Any]

OPERATIONS = Registry("operation", "keras.ops")

_NUMBERS = (bool, int, float, complex)


def operation(function: Function) -> Function:
    """Decorator: enters a function in the table; its call on symbolic tensors becomes a node of the graph.

    What JAX says of arguments that do not fit comes out as a four-part error.
    """

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (HornbeamError, jax.errors.JAXTypeError):
            raise
        except (TypeError, ValueError) as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is None:
                raise  # of the call itself: an argument is missing, or has an unknown name
            got = ", ".join(_shown(value) for value in (*args, *kwargs.values()))
            message = str(error).strip() or type(error).__name__
            fix = "JAX says: " + message.splitlines()[0].rstrip(".") + "."
            raise ShapeError(function.__name__, "arguments that fit each other", got, fix) from error

    return OPERATIONS.add()(recordable(guarded))


def rowwise(function: Function) -> Function:
    """Decorator: notes that each entry of the result follows from the entries at its own place alone."""
    function.rowwise = True  # type: ignore[attr-defined]
    return function


def named(function: Function, name: str, line: str, example: str, shown: str) -> Function:
    """Names a function that was made from a row of a table, and writes its docstring."""
    lines = "".join(f"\n        {each}" for each in shown.splitlines())
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{line}\n\n    Example:\n        >>> print({example}){lines}\n    "
    return function


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)) and any(np.ndim(item) for item in value if not isinstance(item, str)):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    shape = getattr(value, "shape", None)
    if shape is None:
        return repr(value)
    return f"an array of shape {tuple(shape)}"


# ---- arguments


def number_type(dtype: Any) -> np.dtype:
    """The type of a name, as arrays can have it: without JAX's 64-bit mode ``"float64"`` gives float32."""
    return np.dtype(jax.dtypes.canonicalize_dtype(numpy_dtype(dtype)))


def _of_number(value: Any) -> np.dtype:
    """Python's floats are ``floatx()``, its integers int32."""
    kind = {bool: "bool", int: "int32", float: floatx(), complex: "complex64"}[type(value)]
    return numpy_dtype(kind)


def array(x: Any) -> jax.Array:
    """As an array: a number, a list, NumPy's array, a Variable."""
    if isinstance(x, jax.Array):
        return x
    if type(x) in _NUMBERS:
        return jnp.asarray(x, _of_number(x))
    return jnp.asarray(x)


def floats(x: Any) -> jax.Array:
    """As an array of floats; integers and booleans become ``floatx()``."""
    x = array(x)
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(numpy_dtype(floatx()))


def arrays(*values: Any) -> list[Any]:
    """As arrays, for operations on several: a Python number beside an array takes the array's type."""
    if all(type(value) in _NUMBERS for value in values):
        return [array(value) for value in values]
    others = [value if type(value) in _NUMBERS else array(value) for value in values]
    if any(not isinstance(other, _NUMBERS) and jnp.issubdtype(other.dtype, jnp.inexact) for other in others):
        return others
    # a float beside integers is floatx()
    return [array(other) if type(other) in (float, complex) else other for other in others]


def all_floats(*values: Any) -> list[Any]:
    """``arrays``, with integers and booleans as ``floatx()``."""
    return [value if type(value) in _NUMBERS else floats(value) for value in arrays(*values)]


def axes(axis: Any) -> Any:
    """An axis, or several as a tuple; files and users also give lists."""
    return tuple(axis) if isinstance(axis, list) else axis


def dims(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple: ``3`` -> ``(3,)``."""
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(shape)


def dense(where: str, sparse: Any) -> None:
    """Refuses ``sparse=True``."""
    if sparse:
        raise ArgumentError(f"{where}, sparse", "False", "True", "Hornbeam's arrays are dense: leave sparse out.")
