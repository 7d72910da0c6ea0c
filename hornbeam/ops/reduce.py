"""Sums, means, extremes and the like along axes, and running sums."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from hornbeam.ops.operation import Function, all_floats, array, axes, floats, named, number_type, operation

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "cumprod", "cumsum", "logsumexp",
    "max", "mean", "median", "min", "moments", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "percentile",
    "prod", "ptp", "quantile", "std", "sum", "var",
]  # fmt: skip

_ARGUMENTS = """

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.
        keepdims: keep them, with length 1."""


def _on(convert: Function, function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    def call(x, axis=None, keepdims=False):
        return function(convert(x), axis=axes(axis), keepdims=keepdims)

    return operation(named(call, name or function.__name__, line + _ARGUMENTS, example, shown))


def _any(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: integers stay integers."""
    return _on(array, function, line, example, shown, name)


def _floats(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: integers become floats first."""
    return _on(floats, function, line, example, shown, name)


def _running(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table of running sums and products."""

    def call(x, axis=None, dtype=None):
        return function(array(x), axis=axis, dtype=None if dtype is None else number_type(dtype))

    more = """

    Args:
        x: an array.
        axis: the axis along which to go; None flattens x first.
        dtype: number type of the result, x's own when None."""
    return operation(named(call, name or function.__name__, line + more, example, shown))


# ---- sums and means

sum = _any(jnp.sum, "The sum.", "sum([[1, 2], [3, 4]], axis=0)", "[4 6]")
mean = _floats(jnp.mean, "The mean, a float.", "mean([[1, 2], [3, 4]], axis=0)", "[2. 3.]")
std = _floats(jnp.std, "The standard deviation: the root of ``var``.", "std([[1, 2], [3, 6]], axis=0)", "[1. 2.]")
var = _floats(jnp.var, "The mean of ``(x - mean(x))**2``.", "var([[1, 2], [3, 6]], axis=0)", "[1. 4.]")
median = _floats(
    jnp.median, "The middle value, the mean of the two middle ones where there are two.", "median([1, 2, 3, 10])", "2.5"
)
logsumexp = _floats(
    jax.nn.logsumexp, "``log(sum(exp(x)))``, without overflow.", 'f"{logsumexp([1000.0, 1000.0]):.3f}"', "1000.693"
)

# ---- extremes and truth

amax = _any(jnp.max, "The largest value.", "amax([[1, 4], [3, 2]], axis=0)", "[3 4]", name="amax")
amin = _any(jnp.min, "The smallest value.", "amin([[1, 4], [3, 2]], axis=0)", "[1 2]", name="amin")
ptp = _any(jnp.ptp, "The largest value minus the smallest.", "ptp([[1, 4], [3, 2]], axis=0)", "[2 2]")
argmax = _any(
    jnp.argmax,
    "The place of the largest value, of the first where several are.",
    "argmax([[1, 4], [3, 2]], axis=0)",
    "[1 0]",
)
argmin = _any(
    jnp.argmin,
    "The place of the smallest value, of the first where several are.",
    "argmin([[1, 4], [3, 2]], axis=0)",
    "[0 1]",
)
all = _any(jnp.all, "Whether none is 0.", "all([[1, 0], [3, 2]], axis=0)", "[ True False]")
any = _any(jnp.any, "Whether one is not 0.", "any([[1, 0], [3, 0]], axis=0)", "[ True False]")

# ---- as if NaN were not there

nansum = _any(jnp.nansum, "The sum of what is not NaN.", "nansum([1.0, jnp.nan, 3.0])", "4.0")
nanprod = _any(jnp.nanprod, "The product of what is not NaN.", "nanprod([2.0, jnp.nan, 3.0])", "6.0")
nanmax = _any(jnp.nanmax, "The largest value that is not NaN.", "nanmax([1.0, jnp.nan, 3.0])", "3.0")
nanmin = _any(jnp.nanmin, "The smallest value that is not NaN.", "nanmin([1.0, jnp.nan, 3.0])", "1.0")
nanargmax = _any(jnp.nanargmax, "The place of ``nanmax``; -1 where all is NaN.", "nanargmax([1.0, jnp.nan, 3.0])", "2")
nanargmin = _any(jnp.nanargmin, "The place of ``nanmin``; -1 where all is NaN.", "nanargmin([1.0, jnp.nan, 3.0])", "0")
nanmean = _floats(jnp.nanmean, "The mean of what is not NaN.", "nanmean([1.0, jnp.nan, 3.0])", "2.0")
nanmedian = _floats(jnp.nanmedian, "The middle of what is not NaN.", "nanmedian([1.0, jnp.nan, 3.0])", "2.0")
nanstd = _floats(jnp.nanstd, "The standard deviation of what is not NaN.", "nanstd([1.0, jnp.nan, 3.0])", "1.0")
nanvar = _floats(jnp.nanvar, "The variance of what is not NaN.", "nanvar([1.0, jnp.nan, 3.0])", "1.0")

# ---- running

cumsum = _running(jnp.cumsum, "The sum of everything up to each place.", "cumsum([1, 2, 3])", "[1 3 6]")
cumprod = _running(jnp.cumprod, "The product of everything up to each place.", "cumprod([1, 2, 3])", "[1 2 6]")
nancumsum = _running(jnp.nancumsum, "``cumsum`` with NaN as 0.", "nancumsum([1.0, jnp.nan, 3.0])", "[1. 1. 4.]")
nancumprod = _running(jnp.nancumprod, "``cumprod`` with NaN as 1.", "nancumprod([2.0, jnp.nan, 3.0])", "[2. 2. 6.]")


# ---- with arguments of their own


@operation
def max(x, axis=None, keepdims=False, initial=None):
    """The largest value.

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.
        keepdims: keep them, with length 1.
        initial: the least that the result can be, also that of an empty array.

    Example:
        >>> print(max([[1, 4], [3, 2]], axis=0), max([], initial=0.0))
        [3 4] 0.0
    """
    return jnp.max(array(x), axis=axes(axis), keepdims=keepdims, initial=initial)


@operation
def min(x, axis=None, keepdims=False, initial=None):
    """The smallest value.

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.
        keepdims: keep them, with length 1.
        initial: the most that the result can be, also that of an empty array.

    Example:
        >>> print(min([[1, 4], [3, 2]], axis=0))
        [1 2]
    """
    return jnp.min(array(x), axis=axes(axis), keepdims=keepdims, initial=initial)


@operation
def prod(x, axis=None, keepdims=False, dtype=None):
    """The product.

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.
        keepdims: keep them, with length 1.
        dtype: number type of the result, x's own when None.

    Example:
        >>> print(prod([[1, 2], [3, 4]], axis=0))
        [3 8]
    """
    kind = None if dtype is None else number_type(dtype)
    return jnp.prod(array(x), axis=axes(axis), keepdims=keepdims, dtype=kind)


@operation
def count_nonzero(x, axis=None):
    """How many are not 0, as int32.

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.

    Example:
        >>> print(count_nonzero([[1, 0], [3, 0]], axis=0))
        [2 0]
    """
    return jnp.count_nonzero(array(x), axis=axes(axis)).astype(jnp.int32)


@operation
def average(x, axis=None, weights=None):
    """The weighted mean: ``sum(weights * x) / sum(weights)``.

    Args:
        x: an array.
        axis: the axis or axes that vanish, all when None.
        weights: shaped like x, or with one number for each place along the axis; None weighs all alike.

    Example:
        >>> print(average([1.0, 2.0, 6.0], weights=[2, 1, 1]))
        2.5
    """
    if weights is None:
        return jnp.mean(floats(x), axis=axes(axis))
    x, weights = all_floats(array(x), array(weights))
    return jnp.average(x, axis=axes(axis), weights=weights)


_METHODS = """

    Args:
        x: an array.
        q: {q}; an array of them gives a first axis to the result.
        axis: the axis or axes that vanish, all when None.
        method: between two values: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.
        keepdims: keep them, with length 1."""


def _quantile(function: Function, line: str, q: str, example: str, shown: str) -> Function:
    def call(x, q, axis=None, method="linear", keepdims=False):
        return function(floats(x), floats(q), axis=axes(axis), method=method, keepdims=keepdims)

    return operation(named(call, function.__name__, line + _METHODS.format(q=q), example, shown))


_PART, _PERCENT = "parts of the values, from 0 to 1", "percentages, from 0 to 100"
quantile = _quantile(
    jnp.quantile, "The value below which a part q of the values lies.", _PART, "quantile([1, 2, 3, 5], 0.75)", "3.5"
)
percentile = _quantile(
    jnp.percentile,
    "The value below which q percent of the values lie.",
    _PERCENT,
    "percentile([1, 2, 3, 5], 75)",
    "3.5",
)
nanquantile = _quantile(
    jnp.nanquantile, "``quantile`` of what is not NaN.", _PART, "nanquantile([1.0, jnp.nan, 3.0], 0.5)", "2.0"
)
nanpercentile = _quantile(
    jnp.nanpercentile, "``percentile`` of what is not NaN.", _PERCENT, "nanpercentile([1.0, jnp.nan, 3.0], 50)", "2.0"
)


@operation
def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance, ``(mean(x), mean((x - mean(x))**2))``; half precision is computed in float32.

    Args:
        x: an array.
        axes: the axis or axes that vanish.
        keepdims: keep them, with length 1.
        synchronized: accepted for Keras's sake: a program sees the whole batch.

    Example:
        >>> mean, variance = moments([[1.0, 2.0], [3.0, 6.0]], axes=[0])
        >>> print(mean, variance)
        [2. 4.] [1. 4.]
    """
    x, axis = floats(x), tuple(axes) if isinstance(axes, list) else axes
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    bounds = jnp.finfo(x.dtype)
    pair = jnp.mean(wide, axis, keepdims=keepdims), jnp.var(wide, axis, keepdims=keepdims)
    return tuple(jnp.clip(each, bounds.min, bounds.max).astype(x.dtype) for each in pair)
