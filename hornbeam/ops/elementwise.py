"""Functions of each number alone: powers and logarithms, angles, rounding, signs, tests."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.ops.operation import Function, array, floats, named, operation, rowwise

__all__ = [
    "abs", "absolute", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "clip",
    "conj", "conjugate", "copy", "cos", "cosh", "deg2rad", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fabs",
    "floor", "gelu", "i0", "imag", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "log", "log10",
    "log1p", "log2", "logical_not", "nan_to_num", "negative", "rad2deg", "real", "reciprocal", "round", "rsqrt",
    "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "stop_gradient", "tan", "trunc",
]  # fmt: skip


def _on(convert: Function, function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    def call(x):
        return function(convert(x))

    return rowwise(operation(named(call, name or function.__name__, line, example, shown)))


def _floats(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: integers become floats first."""
    return _on(floats, function, line, example, shown, name)


def _any(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: integers stay integers."""
    return _on(array, function, line, example, shown, name)


def _no_bool(x: Any) -> jax.Array:
    x = array(x)
    return x.astype(jnp.int32) if x.dtype == bool else x


# ---- powers, exponentials, logarithms

sqrt = _floats(jnp.sqrt, "The root: ``x ** (1 / 2)``; NaN below 0.", "sqrt([4.0, 9.0])", "[2. 3.]")
rsqrt = _floats(jax.lax.rsqrt, "One over the root: ``1 / sqrt(x)``.", "rsqrt([0.25, 4.0])", "[2.  0.5]")
cbrt = _floats(jnp.cbrt, "The cube root: ``x ** (1 / 3)``.", "cbrt([-8.0, 27.0])", "[-2.  3.]")
square = _on(_no_bool, jnp.square, "``x * x``.", "square([-2.0, 3.0])", "[4. 9.]")
reciprocal = _floats(jnp.reciprocal, "``1 / x``.", "reciprocal([0.5, 4.0])", "[2.   0.25]")
exp = _floats(jnp.exp, "``e ** x``.", 'f"{exp(1.0):.3f}"', "2.718")
exp2 = _floats(jnp.exp2, "``2 ** x``.", "exp2([0.0, 3.0])", "[1. 8.]")
expm1 = _floats(jnp.expm1, "``e ** x - 1``, exact near 0.", "expm1([0.0, 1e-8])", "[0.e+00 1.e-08]")
log = _floats(jnp.log, "The natural logarithm; NaN below 0.", 'f"{log(10.0):.3f}"', "2.303")
log2 = _floats(jnp.log2, "The logarithm to base 2.", "log2([1.0, 8.0])", "[0. 3.]")
log10 = _floats(jnp.log10, "The logarithm to base 10.", "log10([1.0, 100.0])", "[0. 2.]")
log1p = _floats(jnp.log1p, "``log(1 + x)``, exact near 0.", "log1p([0.0, 1e-8])", "[0.e+00 1.e-08]")

# ---- angles and hyperbolic functions

sin = _floats(jnp.sin, "The sine of an angle in radians.", 'f"{sin(1.0):.3f}"', "0.841")
cos = _floats(jnp.cos, "The cosine of an angle in radians.", 'f"{cos(1.0):.3f}"', "0.540")
tan = _floats(jnp.tan, "The tangent of an angle in radians.", 'f"{tan(1.0):.3f}"', "1.557")
arcsin = _floats(jnp.arcsin, "The angle whose sine is x, in [-pi/2, pi/2].", 'f"{arcsin(1.0):.3f}"', "1.571")
arccos = _floats(jnp.arccos, "The angle whose cosine is x, in [0, pi].", 'f"{arccos(1.0):.3f}"', "0.000")
arctan = _floats(jnp.arctan, "The angle whose tangent is x, in (-pi/2, pi/2).", 'f"{arctan(1.0):.3f}"', "0.785")
sinh = _floats(jnp.sinh, "``(exp(x) - exp(-x)) / 2``.", 'f"{sinh(1.0):.3f}"', "1.175")
cosh = _floats(jnp.cosh, "``(exp(x) + exp(-x)) / 2``.", 'f"{cosh(1.0):.3f}"', "1.543")
arcsinh = _floats(jnp.arcsinh, "The number whose sinh is x.", 'f"{arcsinh(1.0):.3f}"', "0.881")
arccosh = _floats(jnp.arccosh, "The number of at least 0 whose cosh is x.", 'f"{arccosh(2.0):.3f}"', "1.317")
arctanh = _floats(jnp.arctanh, "The number whose tanh is x.", 'f"{arctanh(0.5):.3f}"', "0.549")
sinc = _floats(jnp.sinc, "``sin(pi * x) / (pi * x)``, 1 at 0.", 'f"{sinc(0.5):.3f}"', "0.637")
deg2rad = _floats(jnp.deg2rad, "``x * pi / 180``.", 'f"{deg2rad(180.0):.3f}"', "3.142")
rad2deg = _floats(jnp.rad2deg, "``x * 180 / pi``.", "rad2deg([0.0, 3.1415927])", "[  0. 180.]")

# ---- special functions

erf = _floats(
    jax.lax.erf,
    "``2 / sqrt(pi)`` times the integral of ``exp(-t**2)`` from 0 to x.",
    'f"{erf(1.0):.3f}"',
    "0.843",
)
erfc = _floats(jax.lax.erfc, "``1 - erf(x)``, exact for large x.", 'f"{erfc(1.0):.3f}"', "0.157")
erfinv = _floats(
    jax.lax.erf_inv,
    "The number whose erf is x, for x in (-1, 1).",
    'f"{erfinv(0.5):.3f}"',
    "0.477",
    name="erfinv",
)
i0 = _floats(jnp.i0, "The modified Bessel function of the first kind, order 0.", 'f"{i0(1.0):.3f}"', "1.266")

# ---- rounding

ceil = _floats(jnp.ceil, "The least whole number of at least x, as a float.", "ceil([-1.5, 1.5])", "[-1.  2.]")
floor = _floats(jnp.floor, "The greatest whole number of at most x, as a float.", "floor([-1.5, 1.5])", "[-2.  1.]")
trunc = _any(jnp.trunc, "The whole part, towards 0.", "trunc([-1.5, 1.5])", "[-1.  1.]")

# ---- sign and complex parts

absolute = _any(jnp.abs, "The distance from 0: ``|x|``.", "absolute([-2, 3])", "[2 3]", name="absolute")
abs = _any(jnp.abs, "The distance from 0: ``|x|``.", "abs([-2.0, 3.0])", "[2. 3.]")
fabs = _floats(jnp.fabs, "``|x|`` as a float.", "fabs([-2, 3])", "[2. 3.]")
negative = _any(jnp.negative, "``-x``.", "negative([-2.0, 3.0])", "[ 2. -3.]")
sign = _any(jnp.sign, "-1 below 0, 0 at 0, 1 above.", "sign([-2.0, 0.0, 3.0])", "[-1.  0.  1.]")
signbit = _any(jnp.signbit, "Whether x carries a minus, -0.0 included.", "signbit([-0.0, 0.0])", "[ True False]")
real = _any(jnp.real, "The real part.", "real([1 + 2j])", "[1.]")
imag = _any(jnp.imag, "The imaginary part, 0 for real numbers.", "imag([1 + 2j])", "[2.]")
conjugate = _any(jnp.conjugate, "The number with its imaginary part negated.", "conjugate([1 + 2j])", "[1.-2.j]")
conj = _any(jnp.conjugate, "The number with its imaginary part negated.", "conj([1 + 2j])", "[1.-2.j]", name="conj")
angle = _floats(jnp.angle, "The angle of a complex number, in (-pi, pi].", 'f"{angle(1j):.3f}"', "1.571")
copy = _any(jnp.copy, "The same numbers in an array of their own.", "copy([1, 2])", "[1 2]")

# ---- tests

isfinite = _any(jnp.isfinite, "Whether x is neither infinite nor NaN.", "isfinite([1.0, jnp.inf])", "[ True False]")
isinf = _any(jnp.isinf, "Whether x is infinite.", "isinf([1.0, -jnp.inf])", "[False  True]")
isposinf = _any(jnp.isposinf, "Whether x is plus infinity.", "isposinf([1.0, -jnp.inf])", "[False False]")
isneginf = _any(jnp.isneginf, "Whether x is minus infinity.", "isneginf([1.0, -jnp.inf])", "[False  True]")
isnan = _any(jnp.isnan, "Whether x is NaN, not a number.", "isnan([1.0, jnp.nan])", "[False  True]")
isreal = _any(jnp.isreal, "Whether the imaginary part is 0.", "isreal([1.0, 1j])", "[ True False]")
logical_not = _any(jnp.logical_not, "Whether x is 0.", "logical_not([0, 2])", "[ True False]")


# ---- with arguments of their own


@rowwise
@operation
def round(x, decimals=0):
    """The nearest number with so many decimals; a half goes to the even neighbour.

    Args:
        x: an array of any shape.
        decimals: how many; -1 rounds to tens, integers too.

    Example:
        >>> print(round([0.5, 1.5, 2.25]))
        [0. 2. 2.]
        >>> print(round([123, 45], decimals=-1))
        [120  40]
    """
    x = array(x)
    if jnp.issubdtype(x.dtype, jnp.integer) and decimals < 0:  # jnp.round has no negative decimals for integers
        return (jnp.round(floats(x) / 10**-decimals) * 10**-decimals).astype(x.dtype)
    return jnp.round(x, decimals)


@rowwise
@operation
def clip(x, x_min, x_max):
    """``min(max(x, x_min), x_max)``: values cut off at two bounds.

    Args:
        x: an array of any shape.
        x_min, x_max: numbers, or arrays that broadcast against x.

    Example:
        >>> print(clip([-2.0, 0.5, 9.0], 0.0, 1.0))
        [0.  0.5 1. ]
    """
    return jnp.clip(_no_bool(x), x_min, x_max)


@rowwise
@operation
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """Numbers in the places of NaN and the infinities.

    Args:
        x: an array of any shape.
        nan: what stands for NaN.
        posinf, neginf: what stands for the infinities; None takes the type's largest and smallest number.

    Example:
        >>> print(nan_to_num([float("nan"), 1.0, float("inf")], posinf=9.0))
        [0. 1. 9.]
    """
    return jnp.nan_to_num(array(x), nan=nan, posinf=posinf, neginf=neginf)


@rowwise
@operation
def gelu(x, approximate=True):
    """Gaussian error linear unit: ``x * P(Z <= x)`` for a standard normal Z.

    Args:
        x: an array of any shape.
        approximate: use the formula with tanh.

    Example:
        >>> print(f"{gelu(1.0):.3f}")
        0.841

    Differs:
        ``hornbeam.activations.gelu`` has ``approximate=False`` as its default; Keras has the same two defaults.
    """
    return jax.nn.gelu(floats(x), approximate)


@rowwise
@operation
def stop_gradient(variable):
    """The same numbers, taken as a constant by whoever differentiates.

    Example:
        >>> print(jax.grad(lambda x: x * stop_gradient(x))(3.0))
        3.0
    """
    return jax.lax.stop_gradient(array(variable))
