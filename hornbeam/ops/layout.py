"""The same numbers in another shape or order: reshape, transpose, join, split, repeat, pad, triangles."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.symbolic import Symbolic
from hornbeam.ops.operation import OPERATIONS, Function, array, axes, dims, named, number_type, operation

__all__ = [
    "append", "array_split", "broadcast_to", "concatenate", "diag", "diagflat", "diagonal", "dsplit", "dstack",
    "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack", "meshgrid", "moveaxis", "ndim", "pad", "ravel",
    "repeat", "reshape", "roll", "rot90", "shape", "size", "split", "squeeze", "stack", "swapaxes", "tile",
    "transpose", "tril", "triu", "unstack", "view", "vsplit", "vstack",
]  # fmt: skip


def _one(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: one array, no more."""

    def call(x):
        return function(array(x))

    return operation(named(call, name or function.__name__, line, example, shown))


def _several(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: a list of arrays."""

    def call(xs):
        return function([array(x) for x in xs])

    return operation(named(call, name or function.__name__, line, example, shown))


def _diagonals(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: a diagonal is named by how far it lies above the main one."""

    def call(x, k=0):
        return function(array(x), k)

    return operation(
        named(call, name or function.__name__, line + " k: above the main diagonal, negative below.", example, shown)
    )


def _parts(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: the number of equal parts, or the places where to cut."""

    def call(x, indices_or_sections):
        return function(array(x), _cuts(indices_or_sections))

    return operation(named(call, name or function.__name__, line, example, shown))


def _cuts(indices_or_sections: Any) -> Any:
    return tuple(indices_or_sections) if isinstance(indices_or_sections, list) else indices_or_sections


# ---- asking


@OPERATIONS.add()
def shape(x):
    """The lengths of the axes as a tuple; None where a symbolic tensor's is unknown.

    Example:
        >>> shape([[1, 2, 3], [4, 5, 6]])
        (2, 3)
    """
    return tuple(x.shape) if isinstance(x, Symbolic) else tuple(np.shape(x))


@OPERATIONS.add()
def ndim(x):
    """The number of axes.

    Example:
        >>> ndim([[1, 2, 3], [4, 5, 6]])
        2
    """
    return len(shape(x))


@operation
def size(x):
    """The number of entries.

    Example:
        >>> size([[1, 2, 3], [4, 5, 6]])
        6
    """
    return math.prod(shape(x))


# ---- shape


@operation
def reshape(x, newshape):
    """The same numbers, read row by row, in another shape.

    Args:
        x: an array.
        newshape: the new lengths; one of them may be -1 (or None, as ``shape`` gives it): what is left.

    Example:
        >>> print(reshape([1, 2, 3, 4, 5, 6], (2, -1)))
        [[1 2 3]
         [4 5 6]]
    """
    lengths = tuple(-1 if length is None else length for length in dims(newshape))
    return jnp.reshape(array(x), lengths)


ravel = _one(jnp.ravel, "All numbers in one axis, row by row.", "ravel([[1, 2], [3, 4]])", "[1 2 3 4]")


@operation
def expand_dims(x, axis):
    """One more axis of length 1.

    Args:
        x: an array.
        axis: its place in the result, or several places.

    Example:
        >>> print(expand_dims([1, 2], axis=-1))
        [[1]
         [2]]
    """
    return jnp.expand_dims(array(x), axes(axis))


@operation
def squeeze(x, axis=None):
    """Without axes of length 1.

    Args:
        x: an array.
        axis: which of them goes, or several; None for all.

    Example:
        >>> print(squeeze([[1, 2]]))
        [1 2]
    """
    return jnp.squeeze(array(x), axes(axis))


@operation
def broadcast_to(x, shape):
    """Repeated along axes of length 1, and along new ones in front, until it has this shape.

    Example:
        >>> print(broadcast_to([1, 2], (2, 2)))
        [[1 2]
         [1 2]]
    """
    return jnp.broadcast_to(array(x), dims(shape))


@operation
def view(x, dtype=None):
    """The same bytes, read as numbers of another type.

    Example:
        >>> print(view(np.float32([1.0]), "int32"))
        [1065353216]
    """
    return array(x).view(None if dtype is None else number_type(dtype))


# ---- order


@operation
def transpose(x, axes=None):
    """The axes in another order, reversed when ``axes`` is None.

    Example:
        >>> print(transpose([[1, 2], [3, 4]]))
        [[1 3]
         [2 4]]
    """
    return jnp.transpose(array(x), axes)


@operation
def swapaxes(x, axis1, axis2):
    """Two axes in each other's place.

    Example:
        >>> shape(swapaxes(np.zeros((2, 3, 4)), 0, 2))
        (4, 3, 2)
    """
    return jnp.swapaxes(array(x), axis1, axis2)


@operation
def moveaxis(x, source, destination):
    """Axes moved to other places; the others keep their order.

    Example:
        >>> shape(moveaxis(np.zeros((2, 3, 4)), 0, -1))
        (3, 4, 2)
    """
    return jnp.moveaxis(array(x), axes(source), axes(destination))


@operation
def flip(x, axis=None):
    """In reverse order along an axis, along several, or along all when None.

    Example:
        >>> print(flip([[1, 2], [3, 4]], axis=1))
        [[2 1]
         [4 3]]
    """
    return jnp.flip(array(x), axes(axis))


fliplr = _one(
    jnp.fliplr, "Axis 1 in reverse: left and right change places.", "fliplr([[1, 2], [3, 4]])", "[[2 1]\n [4 3]]"
)
flipud = _one(
    jnp.flipud, "Axis 0 in reverse: up and down change places.", "flipud([[1, 2], [3, 4]])", "[[3 4]\n [1 2]]"
)


@operation
def rot90(array, k=1, axes=(0, 1)):
    """Turned by k quarters in a plane, from the first of two axes towards the second.

    Example:
        >>> print(rot90([[1, 2], [3, 4]]))
        [[2 4]
         [1 3]]
    """
    return jnp.rot90(jnp.asarray(array), k, tuple(axes))


@operation
def roll(x, shift, axis=None):
    """Moved along by ``shift`` places; what falls off the end comes in at the front.

    Args:
        x: an array.
        shift: how far, or several.
        axis: the axis, or several; None rolls the flattened array.

    Example:
        >>> print(roll([1, 2, 3, 4], 1))
        [4 1 2 3]
    """
    return jnp.roll(array(x), axes(shift), axes(axis))


# ---- joining


@operation
def concatenate(xs, axis=0):
    """Arrays one after the other along an axis that they have.

    Example:
        >>> print(concatenate([[1, 2], [3]]))
        [1 2 3]
    """
    return jnp.concatenate([array(x) for x in xs], axis)


@operation
def stack(x, axis=0):
    """Arrays of one shape beside each other along a new axis.

    Example:
        >>> print(stack([[1, 2], [3, 4]], axis=1))
        [[1 3]
         [2 4]]
    """
    return jnp.stack([array(each) for each in x], axis)


@operation
def append(x1, x2, axis=None):
    """x2 after x1 along an axis; None flattens both first.

    Example:
        >>> print(append([[1, 2]], [3]))
        [1 2 3]
    """
    return jnp.append(array(x1), array(x2), axis)


hstack = _several(
    jnp.hstack, "One after the other along axis 1, vectors along axis 0.", "hstack([[1, 2], [3]])", "[1 2 3]"
)
vstack = _several(
    jnp.vstack, "One below the other along axis 0; a vector is a row.", "vstack([[1, 2], [3, 4]])", "[[1 2]\n [3 4]]"
)
dstack = _several(jnp.dstack, "One behind the other along axis 2.", "dstack([[1, 2], [3, 4]])", "[[[1 3]\n  [2 4]]]")


@operation
def meshgrid(*x, indexing="xy"):
    """The coordinates of a grid's points: one array for each vector, all of the grid's shape.

    Args:
        *x: the coordinates along each axis.
        indexing: ``"xy"``: the first vector runs along axis 1, as on a plot; ``"ij"``: along axis 0.

    Example:
        >>> x, y = meshgrid([1, 2, 3], [10, 20])
        >>> print(y)
        [[10 10 10]
         [20 20 20]]
    """
    return tuple(jnp.meshgrid(*(array(each) for each in x), indexing=indexing))


# ---- splitting


@operation
def split(x, indices_or_sections, axis=0):
    """A list of parts along an axis.

    Args:
        x: an array.
        indices_or_sections: the number of equal parts, or the places where to cut.
        axis: the axis to cut.

    Example:
        >>> print(*split([1, 2, 3, 4], [1, 3]))
        [1] [2 3] [4]
    """
    return jnp.split(array(x), _cuts(indices_or_sections), axis)


@operation
def array_split(x, indices_or_sections, axis=0):
    """A list of parts along an axis; where they cannot be equal, the first are longer by one.

    Example:
        >>> print(*array_split([1, 2, 3, 4, 5], 3))
        [1 2] [3 4] [5]
    """
    return jnp.array_split(array(x), _cuts(indices_or_sections), axis)


hsplit = _parts(
    jnp.hsplit, "Parts along axis 1, of a vector along axis 0.", "*hsplit([[1, 2, 3, 4]], 2)", "[[1 2]] [[3 4]]"
)
vsplit = _parts(jnp.vsplit, "Parts along axis 0.", "*vsplit([[1, 2], [3, 4]], 2)", "[[1 2]] [[3 4]]")
dsplit = _parts(jnp.dsplit, "Parts along axis 2.", "*dsplit([[[1, 2]]], 2)", "[[[1]]] [[[2]]]")


@operation
def unstack(x, num=None, axis=0):
    """The entries along an axis, as a list of arrays without it.

    Args:
        x: an array.
        num: how many there are; None, since the array knows.
        axis: the axis.

    Example:
        >>> print(*unstack([[1, 2], [3, 4]], axis=1))
        [1 3] [2 4]
    """
    x = array(x)
    if num is not None and num != x.shape[axis]:
        raise ShapeError("unstack, num", f"the length of axis {axis}, {x.shape[axis]}", num, "Leave num out.")
    return list(jnp.moveaxis(x, axis, 0))


# ---- repeating and padding


@operation
def repeat(x, repeats, axis=None):
    """Each entry several times in a row.

    Args:
        x: an array.
        repeats: how many times, for all or for each place along the axis.
        axis: the axis; None flattens x first.

    Example:
        >>> print(repeat([1, 2], 2), repeat([1, 2], [1, 3]))
        [1 1 2 2] [1 2 2 2]
    """
    return jnp.repeat(array(x), np.asarray(repeats) if isinstance(repeats, list) else repeats, axis)


@operation
def tile(x, repeats):
    """The whole array several times, side by side; ``repeats`` counts for each axis.

    Example:
        >>> print(tile([1, 2], 2))
        [1 2 1 2]
    """
    return jnp.tile(array(x), dims(repeats))


@operation
def pad(x, pad_width, mode="constant", constant_values=None):
    """With entries added before and after, along each axis.

    Args:
        x: an array.
        pad_width: ``((before, after), …)`` for every axis, one pair for all, or one number.
        mode: ``"constant"``, ``"reflect"``, ``"symmetric"``, ``"edge"``, ``"wrap"`` and what else NumPy knows.
        constant_values: what to add in mode ``"constant"``, 0 when None.

    Example:
        >>> print(pad([1, 2, 3], (1, 2)))
        [0 1 2 3 0 0]
    """
    if constant_values is None:
        return jnp.pad(array(x), _pairs(pad_width), mode)
    if mode != "constant":
        raise ArgumentError("pad, constant_values", f"None in mode {mode!r}", repr(constant_values), "Leave it out.")
    return jnp.pad(array(x), _pairs(pad_width), mode, constant_values=constant_values)


def _pairs(pad_width: Any) -> Any:
    return tuple(_pairs(each) for each in pad_width) if isinstance(pad_width, (list, tuple)) else pad_width


# ---- diagonals and triangles

diag = _diagonals(jnp.diag, "A matrix with this diagonal, or a matrix's diagonal.", "diag([1, 2])", "[[1 0]\n [0 2]]")
diagflat = _diagonals(
    jnp.diagflat, "A matrix whose diagonal has all numbers of x.", "diagflat([[1], [2]])", "[[1 0]\n [0 2]]"
)
tril = _diagonals(jnp.tril, "The lower triangle, 0 above the diagonal.", "tril([[1, 2], [3, 4]])", "[[1 0]\n [3 4]]")
triu = _diagonals(jnp.triu, "The upper triangle, 0 below the diagonal.", "triu([[1, 2], [3, 4]])", "[[1 2]\n [0 4]]")


@operation
def diagonal(x, offset=0, axis1=0, axis2=1):
    """The diagonal of a plane: entries with equal places along two axes, in a new last axis.

    Args:
        x: an array with at least two axes.
        offset: how far above the main diagonal, negative below.
        axis1, axis2: the plane.

    Example:
        >>> print(diagonal([[1, 2], [3, 4]]))
        [1 4]
    """
    return jnp.diagonal(array(x), offset, axis1, axis2)
