"""Functions of two arrays, number by number: arithmetic, comparisons, logic, bits. Shapes broadcast."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError
from hornbeam.ops.operation import Function, all_floats, array, arrays, named, operation, rowwise

__all__ = [
    "add", "allclose", "arctan2", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "divide", "divide_no_nan", "equal", "floor_divide", "fmax", "fmin", "fmod",
    "gcd", "greater", "greater_equal", "heaviside", "hypot", "isclose", "lcm", "ldexp", "left_shift", "less",
    "less_equal", "logaddexp", "logaddexp2", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod",
    "multiply", "nextafter", "not_equal", "power", "right_shift", "subtract", "true_divide",
]  # fmt: skip


def _on(convert: Function, function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    def call(x1, x2):
        return function(*convert(x1, x2))

    return rowwise(operation(named(call, name or function.__name__, line, example, shown)))


def _any(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: two integers stay integers."""
    return _on(arrays, function, line, example, shown, name)


def _floats(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: integers become floats first."""
    return _on(all_floats, function, line, example, shown, name)


def _bits(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table, with the argument names of Keras's functions on bits."""

    def call(x, y):
        return function(*arrays(x, y))

    return rowwise(operation(named(call, name or function.__name__, line, example, shown)))


def _whole_exponent(x1: Any, x2: Any) -> Any:
    x1, x2 = arrays(x1, x2)
    if not jnp.issubdtype(jnp.asarray(x2).dtype, jnp.integer):
        raise ArgumentError("ldexp, x2", "whole numbers", f"type {x2.dtype}", "Write x1 * 2.0**x2.")
    return x1, x2


# ---- arithmetic

add = _any(jnp.add, "``x1 + x2``.", "add([1, 2], [3, 4])", "[4 6]")
subtract = _any(jnp.subtract, "``x1 - x2``.", "subtract([1, 2], [3, 5])", "[-2 -3]")
multiply = _any(jnp.multiply, "``x1 * x2``, number by number.", "multiply([1, 2], [3, 4])", "[3 8]")
divide = _floats(jnp.divide, "``x1 / x2``, a float.", "divide([1, 3], 2)", "[0.5 1.5]")
true_divide = _floats(jnp.divide, "``x1 / x2``, a float.", "true_divide([1, 3], 2)", "[0.5 1.5]", name="true_divide")
floor_divide = _any(
    jnp.floor_divide, "The greatest whole number of at most ``x1 / x2``.", "floor_divide([-3, 7], 2)", "[-2  3]"
)
mod = _any(jnp.mod, "What ``floor_divide`` leaves over; it has the sign of x2.", "mod([-3, 7], 2)", "[1 1]")
fmod = _any(jnp.fmod, "What a division towards 0 leaves over; it has the sign of x1.", "fmod([-3, 7], 2)", "[-1  1]")
power = _any(jnp.power, "``x1 ** x2``.", "power([2.0, 3.0], 2)", "[4. 9.]")
ldexp = _on(
    _whole_exponent, jnp.ldexp, "``x1 * 2 ** x2`` for whole numbers x2.", "ldexp([1.0, 3.0], [1, 2])", "[ 2. 12.]"
)
hypot = _floats(jnp.hypot, "``sqrt(x1**2 + x2**2)``, without overflow.", "hypot(3.0, 4.0)", "5.0")
arctan2 = _floats(
    jnp.arctan2,
    "The angle of the point (x2, x1) seen from the origin, in (-pi, pi].",
    'f"{arctan2(1.0, 0.0):.3f}"',
    "1.571",
)
logaddexp = _floats(
    jnp.logaddexp, "``log(exp(x1) + exp(x2))``, without overflow.", 'f"{logaddexp(1000.0, 1000.0):.3f}"', "1000.693"
)
logaddexp2 = _floats(jnp.logaddexp2, "``log2(2**x1 + 2**x2)``, without overflow.", "logaddexp2(500.0, 500.0)", "501.0")
heaviside = _floats(jnp.heaviside, "0 below 0, x2 at 0, 1 above.", "heaviside([-1.0, 0.0, 2.0], 0.5)", "[0.  0.5 1. ]")
nextafter = _floats(
    jnp.nextafter,
    "The next number that the type has after x1 in the direction of x2.",
    "nextafter(1.0, 2.0) - 1",
    "1.1920929e-07",
)
gcd = _any(jnp.gcd, "The greatest common divisor.", "gcd([12, 9], 6)", "[6 3]")
lcm = _any(jnp.lcm, "The least common multiple.", "lcm([4, 9], 6)", "[12 18]")

# ---- the larger, the smaller

maximum = _any(jnp.maximum, "The larger of the two; NaN where either is.", "maximum([1, 5], [3, 4])", "[3 5]")
minimum = _any(jnp.minimum, "The smaller of the two; NaN where either is.", "minimum([1, 5], [3, 4])", "[1 4]")
fmax = _any(jnp.fmax, "The larger of the two, the other where one is NaN.", "fmax([1.0, jnp.nan], 3.0)", "[3. 3.]")
fmin = _any(jnp.fmin, "The smaller of the two, the other where one is NaN.", "fmin([1.0, jnp.nan], 3.0)", "[1. 3.]")

# ---- comparisons and logic

equal = _any(jnp.equal, "``x1 == x2``.", "equal([1, 2], [1, 3])", "[ True False]")
not_equal = _any(jnp.not_equal, "``x1 != x2``.", "not_equal([1, 2], [1, 3])", "[False  True]")
less = _any(jnp.less, "``x1 < x2``.", "less([1, 2], 2)", "[ True False]")
less_equal = _any(jnp.less_equal, "``x1 <= x2``.", "less_equal([2, 3], 2)", "[ True False]")
greater = _any(jnp.greater, "``x1 > x2``.", "greater([3, 2], 2)", "[ True False]")
greater_equal = _any(jnp.greater_equal, "``x1 >= x2``.", "greater_equal([1, 2], 2)", "[False  True]")
logical_and = _any(jnp.logical_and, "Whether neither is 0.", "logical_and([1, 2], [0, 3])", "[False  True]")
logical_or = _any(jnp.logical_or, "Whether one of them is not 0.", "logical_or([0, 2], 0)", "[False  True]")
logical_xor = _any(jnp.logical_xor, "Whether exactly one is not 0.", "logical_xor([0, 2], 1)", "[ True False]")

# ---- bits of integers

bitwise_and = _bits(jnp.bitwise_and, "The bits that both have.", "bitwise_and([6, 5], 3)", "[2 1]")
bitwise_or = _bits(jnp.bitwise_or, "The bits that one of them has.", "bitwise_or([6, 5], 3)", "[7 7]")
bitwise_xor = _bits(jnp.bitwise_xor, "The bits that exactly one has.", "bitwise_xor([6, 5], 3)", "[5 6]")
bitwise_left_shift = _bits(
    jnp.left_shift, "``x * 2**y``.", "bitwise_left_shift([1, 3], 2)", "[ 4 12]", name="bitwise_left_shift"
)
left_shift = _bits(jnp.left_shift, "``x * 2**y``.", "left_shift([1, 3], 2)", "[ 4 12]")
bitwise_right_shift = _bits(
    jnp.right_shift, "``x // 2**y``.", "bitwise_right_shift([4, 13], 2)", "[1 3]", name="bitwise_right_shift"
)
right_shift = _bits(jnp.right_shift, "``x // 2**y``.", "right_shift([4, 13], 2)", "[1 3]")


@rowwise
@operation
def bitwise_invert(x):
    """Every bit turned over: ``-x - 1`` for a signed integer.

    Example:
        >>> print(bitwise_invert([0, 5]))
        [-1 -6]
    """
    return jnp.invert(array(x))


@rowwise
@operation
def bitwise_not(x):
    """Every bit turned over: ``-x - 1`` for a signed integer.

    Example:
        >>> print(bitwise_not([0, 5]))
        [-1 -6]
    """
    return jnp.invert(array(x))


# ---- with arguments of their own


@rowwise
@operation
def divide_no_nan(x1, x2):
    """``x1 / x2``, and 0 where x2 is 0.

    Example:
        >>> print(divide_no_nan([1.0, 3.0], [2.0, 0.0]))
        [0.5 0. ]
    """
    x1, x2 = (jnp.asarray(value) for value in all_floats(x1, x2))
    zero = x2 == 0
    # the divisor is replaced too, so that the slope is not NaN there
    return jnp.where(zero, 0, x1 / jnp.where(zero, 1, x2))


@rowwise
@operation
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether ``|x1 - x2| <= atol + rtol * |x2|``, number by number.

    Args:
        x1, x2: arrays that broadcast against each other.
        rtol, atol: relative and absolute tolerance.
        equal_nan: whether NaN is close to NaN.

    Example:
        >>> print(isclose([1.0, 1.0], [1.000001, 1.1]))
        [ True False]
    """
    x1, x2 = arrays(x1, x2)
    return jnp.isclose(x1, x2, rtol, atol, equal_nan)


@operation
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether ``isclose`` holds everywhere.

    Args:
        x1, x2: arrays that broadcast against each other.
        rtol, atol: relative and absolute tolerance.
        equal_nan: whether NaN is close to NaN.

    Example:
        >>> print(allclose([1.0, 2.0], [1.000001, 2.0]))
        True
    """
    x1, x2 = arrays(x1, x2)
    return jnp.allclose(x1, x2, rtol, atol, equal_nan)
