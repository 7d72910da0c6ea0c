"""Order and counting: sort, the k largest, searching, different values, histograms, hot encodings, segments."""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import Function, array, arrays, dense, named, number_type, operation

__all__ = [
    "argpartition", "argsort", "bincount", "digitize", "histogram", "in_top_k", "isin", "multi_hot", "one_hot",
    "searchsorted", "segment_max", "segment_min", "segment_prod", "segment_sum", "sort", "top_k", "unique",
]  # fmt: skip


@operation
def sort(x, axis=-1):
    """From small to large along an axis; None flattens x first.

    Example:
        >>> print(sort([3, 1, 2]))
        [1 2 3]
    """
    return jnp.sort(array(x), axis)


@operation
def argsort(x, axis=-1):
    """The places of the values in the order of ``sort``; equal ones keep their order.

    Example:
        >>> print(argsort([30, 10, 20]))
        [1 2 0]
    """
    x = array(x)
    return jnp.argsort(x, None if x.ndim == 0 else axis)


@operation
def argpartition(x, kth, axis=-1):
    """Places in an order in which the k-th value stands where sorting puts it, the smaller ones before it.

    Example:
        >>> print(argpartition([30, 10, 20], 0)[0])
        1
    """
    x = array(x)
    return jnp.argpartition(x.ravel(), kth, 0) if axis is None else jnp.argpartition(x, kth, axis)


@operation
def top_k(x, k, sorted=True):
    """The k largest values along the last axis, the largest first, and their places.

    Args:
        x: an array.
        k: how many.
        sorted: accepted for Keras's sake; they are always in order.

    Example:
        >>> values, places = top_k([10, 30, 20], 2)
        >>> print(values, places)
        [30 20] [1 2]
    """
    return tuple(jax.lax.top_k(array(x), k))


@operation
def in_top_k(targets, predictions, k):
    """Whether fewer than k predictions are larger than that of the true class.

    Shapes:
        ``(batch,), (batch, classes) -> (batch,)``

    Example:
        >>> print(in_top_k([2, 0], [[0.1, 0.3, 0.2], [0.1, 0.3, 0.2]], k=2))
        [ True False]
    """
    predictions = array(predictions)
    true = jnp.take_along_axis(predictions, array(targets)[..., None], -1)
    true = jnp.where(jnp.isnan(true), -jnp.inf, true)
    return (predictions > true).sum(-1) < k


# ---- searching


@operation
def searchsorted(sorted_sequence, values, side="left"):
    """The places at which values must be put into a sorted vector so that it stays sorted.

    Args:
        sorted_sequence: a vector from small to large.
        values: an array of any shape.
        side: before (``"left"``) or after (``"right"``) equal ones.

    Example:
        >>> print(searchsorted([1, 3, 5], [0, 3, 9]))
        [0 1 3]
    """
    sequence = array(sorted_sequence)
    if sequence.ndim != 1:
        raise ShapeError("searchsorted", "a vector to search in", sequence.shape, "For several use vectorized_map.")
    return jnp.searchsorted(sequence, array(values), side)


@operation
def digitize(x, bins):
    """The number of the bin in which each value lies: how many of the bounds are at most x.

    Args:
        x: an array of any shape.
        bins: the bounds, from small to large.

    Example:
        >>> print(digitize([0.5, 1.0, 9.0], [1.0, 2.0]))
        [0 1 2]
    """
    return jnp.digitize(array(x), array(bins))


@operation
def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each value of x1 is among those of x2.

    Args:
        x1, x2: arrays of any shape.
        assume_unique: accepted for NumPy's sake.
        invert: whether it is not.

    Example:
        >>> print(isin([1, 2, 3], [3, 1]))
        [ True False  True]
    """
    x1, x2 = (jnp.asarray(each) for each in arrays(x1, x2))
    return jnp.isin(x1, x2, assume_unique, invert)


# ---- counting


@operation
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different values, from small to large; NaN differs from NaN.

    Args:
        x: an array.
        sorted: accepted for Keras's sake; they are always in order.
        return_index: also the places of their first appearances.
        return_inverse: also, for each entry of x, its place among the values.
        return_counts: also how often each appears.
        axis: the axis whose slices are compared; None compares numbers.
        size: how many values there are; needed inside a program, where it must be known.
        fill_value: what fills up when there are fewer, the smallest value when None.

    Example:
        >>> values, counts = unique([3, 1, 3], return_counts=True)
        >>> print(values, counts)
        [1 3] [1 2]
    """
    return jnp.unique(
        array(x),
        return_index,
        return_inverse,
        return_counts,
        axis,
        equal_nan=False,
        size=size,
        fill_value=fill_value,
        sorted=sorted,
    )


@operation
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often 0, 1, 2, … appear. Not inside a program: the length of the result is data.

    Args:
        x: whole numbers of at least 0: a vector, or a matrix whose rows are counted apart.
        weights: shaped like x; what each entry counts, 1 when None.
        minlength: the least length of the result.
        sparse: must not be True.

    Example:
        >>> print(bincount([1, 1, 3]), bincount([[0, 1], [1, 1]]))
        [0 2 0 1] [[1 1]
         [0 2]]
    """
    dense("bincount", sparse)
    x = array(x)
    length = builtins.max(minlength, _largest("bincount, x", x, "Use one_hot and sum.") + 1)
    weights = jnp.ones(x.shape, jnp.int32) if weights is None else array(weights)

    def count(row, weight):
        return jnp.zeros(length, weight.dtype).at[row].add(weight)

    return jax.vmap(count)(x, weights) if x.ndim == 2 else count(x, weights)


@operation
def histogram(x, bins=10, range=None):
    """How many values lie in each of equally wide bins, and the bins' bounds.

    Args:
        x: a vector.
        bins: how many bins.
        range: ``(low, high)``; the smallest and the largest value when None.

    Example:
        >>> counts, bounds = histogram([0.0, 1.0, 1.5, 2.0], bins=2)
        >>> print(counts, bounds)
        [1. 3.] [0. 1. 2.]
    """
    x = array(x)
    if not isinstance(bins, int) or bins < 1:
        raise ArgumentError("histogram, bins", "a positive integer", repr(bins), "Write for example bins=10.")
    if x.ndim > 1:
        raise ShapeError("histogram", "a vector", x.shape, "Write histogram(ravel(x)).")
    if range is not None and (len(range) != 2 or range[1] < range[0]):
        raise ArgumentError("histogram, range", "(low, high) with low <= high", repr(range), "Exchange the two.")
    return tuple(jnp.histogram(x, bins, None if range is None else tuple(range)))


def _largest(where: str, x: Any, otherwise: str) -> int:
    """The largest number of an array, which must be known: an array's length follows from it."""
    if isinstance(x, jax.core.Tracer):
        raise ArgumentError(where, "numbers that are known while the program is made", "numbers of the data", otherwise)
    numbers = np.asarray(x)
    return int(numbers.max()) if numbers.size else -1


# ---- hot encodings


@operation
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """A 1 at the place that each number names, 0 elsewhere; all 0 for a number that is no place.

    Args:
        x: whole numbers of any shape.
        num_classes: the length of the new axis.
        axis: where the new axis stands.
        dtype: number type, ``floatx()`` when None.
        sparse: must not be True.

    Example:
        >>> print(one_hot([0, 2], 3))
        [[1. 0. 0.]
         [0. 0. 1.]]
    """
    dense("one_hot", sparse)
    return jax.nn.one_hot(array(x), num_classes, axis=axis, dtype=number_type(dtype or floatx()))


@operation
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """A 1 at each place that a row's numbers name, 0 elsewhere.

    Args:
        inputs: whole numbers, ``(batch, …)`` or a vector.
        num_classes: the length of the last axis of the result.
        axis: where the axis of the classes stands before the largest along axis 1 is taken.
        dtype: number type, ``floatx()`` when None.
        sparse: must not be True.
        **kwargs: ``num_tokens``, an older name of ``num_classes``.

    Shapes:
        ``(batch, numbers) -> (batch, num_classes)``

    Example:
        >>> print(multi_hot([[0, 2], [1, 1]], 3))
        [[1. 0. 1.]
         [0. 1. 0.]]
    """
    dense("multi_hot", sparse)
    num_classes = kwargs.pop("num_tokens", None) if num_classes is None else num_classes
    if num_classes is None or kwargs:
        raise ArgumentError(
            "multi_hot", "num_classes", f"None and {sorted(kwargs)}", "Write multi_hot(x, num_classes=10)."
        )
    x = array(inputs).astype(jnp.int32)
    hot = jax.nn.one_hot(x, num_classes, axis=axis, dtype=number_type(dtype or floatx()))
    return hot.max(min(1, x.ndim - 1))


# ---- segments


def _segment(function: Function, line: str, shown: str) -> Function:
    """A row of the table: one result for each number of a segment."""

    name = function.__name__

    def call(data, segment_ids, num_segments=None, sorted=False):
        data, ids = array(data), array(segment_ids)
        if ids.ndim != 1 or ids.shape[0] != data.shape[0]:
            expected = f"segment_ids of shape ({data.shape[0]},), one number for each row of the data"
            raise ShapeError(name, expected, ids.shape, "Flatten both in front.")
        if num_segments is None:
            num_segments = _largest(f"{name}, segment_ids", ids, "Give num_segments.") + 1
        return function(data, ids, num_segments, indices_are_sorted=sorted)

    more = """

    Args:
        data: ``(rows, …)``.
        segment_ids: ``(rows,)``, the number of each row's segment.
        num_segments: how many segments there are; needed inside a program. None takes the largest number plus 1.
        sorted: whether ``segment_ids`` never fall, which is faster."""
    return operation(named(call, name, line + more, f"{name}([1, 2, 3, 4], [0, 0, 2, 2])", shown))


segment_sum = _segment(jax.ops.segment_sum, "The sum of the rows of each segment, 0 without rows.", "[3 0 7]")
segment_prod = _segment(jax.ops.segment_prod, "The product of the rows of each segment, 1 without rows.", "[ 2  1 12]")
segment_max = _segment(
    jax.ops.segment_max,
    "The largest row of each segment, the type's least number without rows.",
    "[          2 -2147483648           4]",
)
segment_min = _segment(
    jax.ops.segment_min,
    "The smallest row of each segment, the type's largest number without rows.",
    "[         1 2147483647          3]",
)
