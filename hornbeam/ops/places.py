"""Reading and writing at places: take, slice, scatter, where."""

from __future__ import annotations

import builtins
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.registry import did_you_mean
from hornbeam.ops.operation import array, arrays, dims, operation, rowwise

__all__ = [
    "get_item", "nonzero", "scatter", "scatter_update", "select", "slice", "slice_update", "take", "take_along_axis",
    "unravel_index", "where",
]  # fmt: skip


# ---- reading


@operation
def take(x, indices, axis=None):
    """The entries at these places along an axis.

    Args:
        x: an array.
        indices: whole numbers of any shape; negative ones count from the end.
        axis: the axis, whose place the axes of ``indices`` take; None flattens x first.

    Example:
        >>> print(take([10, 20, 30], [2, 0]))
        [30 10]
    """
    return jnp.take(array(x), array(indices), axis)


@operation
def take_along_axis(x, indices, axis=None):
    """For each place along the other axes the entry that ``indices`` names there; it undoes ``argsort``.

    Args:
        x: an array.
        indices: whole numbers, with as many axes as x.
        axis: the axis; None flattens both first.

    Example:
        >>> print(take_along_axis([[10, 20], [30, 40]], [[1], [0]], axis=1))
        [[20]
         [30]]
    """
    return jnp.take_along_axis(array(x), array(indices), axis)


@operation
def get_item(x, key):
    """``x[key]``.

    Example:
        >>> print(get_item([[1, 2], [3, 4]], (0, -1)))
        2
    """
    key = tuple(key) if isinstance(key, list) and any(isinstance(part, builtins.slice) for part in key) else key
    return array(x)[jnp.asarray(key) if isinstance(key, list) else key]


@operation
def slice(inputs, start_indices, shape):
    """The block of this shape that begins at this place.

    Args:
        inputs: an array.
        start_indices: a place for each axis.
        shape: a length for each axis, -1 for all that is left.

    Example:
        >>> print(slice([[1, 2, 3], [4, 5, 6]], (0, 1), (-1, 2)))
        [[2 3]
         [5 6]]
    """
    x, starts = array(inputs), _starts(start_indices)
    _one_for_each_axis("slice", x, starts, shape)
    lengths = [n - start if length == -1 else length for n, start, length in zip(x.shape, starts, shape, strict=True)]
    return jax.lax.dynamic_slice(x, starts, lengths)


@operation
def slice_update(inputs, start_indices, updates):
    """The array with a block written over at this place.

    Args:
        inputs: an array.
        start_indices: a place for each axis.
        updates: the block.

    Example:
        >>> print(slice_update([1, 2, 3], [1], [8, 9]))
        [1 8 9]
    """
    x, starts, block = array(inputs), _starts(start_indices), array(updates)
    _one_for_each_axis("slice_update", x, starts, block.shape)
    return jax.lax.dynamic_update_slice(x, block.astype(x.dtype), starts)


def _starts(start_indices: Any) -> list[Any]:
    return list(start_indices) if isinstance(start_indices, (list, tuple)) else list(array(start_indices))


def _one_for_each_axis(where: str, x: Any, starts: Any, lengths: Any) -> None:
    if not len(starts) == len(lengths) == x.ndim:
        got = f"{len(starts)} starts and {len(lengths)} lengths"
        raise ShapeError(where, f"one start and one length for each of the {x.ndim} axes", got, "Give them all.")


# ---- writing


@operation
def scatter(indices, values, shape):
    """Zeros in this shape, with values added at these places.

    Args:
        indices: ``(…, axes)``, one place in each row.
        values: what stands there; values at the same place are added.
        shape: the shape of the result.

    Example:
        >>> print(scatter([[0], [2], [2]], [1, 2, 3], (4,)))
        [1 0 5 0]
    """
    values = array(values)
    return jnp.zeros(dims(shape), values.dtype).at[_key(indices)].add(values)


_REDUCTIONS = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


@operation
def scatter_update(inputs, indices, updates, reduction=None):
    """The array with values written, or reckoned in, at these places.

    Args:
        inputs: an array.
        indices: ``(…, axes)``, one place in each row.
        updates: what stands there.
        reduction: None writes over; ``"add"``, ``"max"``, ``"min"``, ``"mul"`` combine with what is there.

    Example:
        >>> print(scatter_update([1, 2, 3], [[0], [2]], [8, 9]))
        [8 2 9]
    """
    if reduction not in _REDUCTIONS:
        names = [name for name in _REDUCTIONS if name]
        fix = did_you_mean(str(reduction), names)
        raise ArgumentError("scatter_update, reduction", "None or " + ", ".join(names), repr(reduction), fix)
    x = array(inputs)
    return getattr(x.at[_key(indices)], _REDUCTIONS[reduction])(array(updates).astype(x.dtype))


def _key(indices: Any) -> tuple[Any, ...]:
    return tuple(jnp.moveaxis(array(indices), -1, 0))


# ---- choosing


@rowwise
@operation
def where(condition, x1=None, x2=None):
    """x1 where the condition holds, x2 elsewhere; with the condition alone, the places where it holds.

    Example:
        >>> print(where([True, False], [1, 2], [3, 4]))
        [1 4]
    """
    if (x1 is None) != (x2 is None):
        raise ArgumentError("where", "both x1 and x2, or neither", "one of them", "Give both.")
    return jnp.nonzero(array(condition)) if x1 is None else jnp.where(array(condition), *arrays(x1, x2))


@operation
def select(condlist, choicelist, default=0):
    """At each place the first choice whose condition holds there.

    Args:
        condlist: arrays of booleans.
        choicelist: as many arrays.
        default: what stands where no condition holds.

    Example:
        >>> x = jnp.arange(5)
        >>> print(select([x < 2, x > 3], [x, x * 10], -1))
        [ 0  1 -1 -1 40]
    """
    return jnp.select([array(each) for each in condlist], [array(each) for each in choicelist], default)


@operation
def nonzero(x):
    """The places of what is not 0: one array of numbers for each axis. Not inside a program: their number is data.

    Example:
        >>> print(*nonzero([[0, 7], [8, 0]]))
        [0 1] [1 0]
    """
    return jnp.nonzero(array(x))


@operation
def unravel_index(indices, shape):
    """Places in an array from places in the flattened one: one array of numbers for each axis.

    Example:
        >>> print(*unravel_index([1, 5], (2, 3)))
        [0 1] [1 2]
    """
    return tuple(jnp.unravel_index(array(indices), dims(shape)))
