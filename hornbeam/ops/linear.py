"""Products of vectors and matrices, sums of products, distances, differences."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.errors import ShapeError
from hornbeam.ops.operation import Function, all_floats, array, arrays, floats, named, operation

__all__ = [
    "cdist", "corrcoef", "correlate", "cross", "diff", "dot", "einsum", "inner", "kron", "matmul", "outer",
    "tensordot", "trace", "trapezoid", "vander", "vdot",
]  # fmt: skip


def _pair(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: two arrays, no more."""

    def call(x1, x2):
        return function(*arrays(x1, x2))

    return operation(named(call, name or function.__name__, line, example, shown))


dot = _pair(jnp.dot, "The sum of products over x1's last axis and x2's last but one.", "dot([1, 2], [3, 4])", "11")
inner = _pair(jnp.inner, "The sum of products over the last axis of both.", "inner([1, 2], [3, 4])", "11")
outer = _pair(jnp.outer, "Every number of x1 times every number of x2.", "outer([1, 2], [3, 4])", "[[3 4]\n [6 8]]")
kron = _pair(
    jnp.kron, "Every number of x1 times the whole of x2, laid out as blocks.", "kron([1, 10], [3, 4])", "[ 3  4 30 40]"
)
vdot = _pair(jnp.vdot, "The sum of products of all numbers, x1 conjugated.", "vdot([[1, 2]], [[3, 4]])", "11")


def _wide(*operands: Any) -> Any:
    """int32 where all operands are int8, whose products do not fit into themselves; None otherwise."""
    return jnp.int32 if all(operand.dtype == jnp.int8 for operand in operands) else None


@operation
def matmul(x1, x2):
    """The product of matrices: ``sum_k x1[…, i, k] * x2[…, k, j]``.

    Shapes:
        ``(…, rows, inner), (…, inner, columns) -> (…, rows, columns)``; a vector is a row on the left, a column
        on the right; int8 times int8 gives int32.

    Example:
        >>> print(matmul([[1, 2], [3, 4]], [10, 1]))
        [12 34]
    """
    x1, x2 = array(x1), array(x2)
    return jnp.matmul(x1, x2, preferred_element_type=_wide(x1, x2))


@operation
def einsum(subscripts, *operands, **kwargs):
    """Einstein's sum: products over axes with equal letters, summed over letters that the result lacks.

    Args:
        subscripts: letters for the axes of each operand, and after ``->`` for those of the result.
        *operands: the arrays.
        **kwargs: what ``jax.numpy.einsum`` takes besides, ``precision`` for example.

    Example:
        >>> print(einsum("ik,kj->ij", [[1, 2], [3, 4]], [[10], [1]]))
        [[12]
         [34]]
    """
    operands = tuple(array(operand) for operand in operands)
    return jnp.einsum(subscripts, *operands, **{"preferred_element_type": _wide(*operands), **kwargs})


@operation
def tensordot(x1, x2, axes=2):
    """The sum of products over several axes.

    Args:
        x1, x2: arrays.
        axes: how many of x1's last axes meet x2's first; or the two lists of axes that meet.

    Example:
        >>> print(tensordot([[1, 2], [3, 4]], [[1, 1], [1, 1]]))
        10
    """
    pair = tuple(tuple(each) if isinstance(each, list) else each for each in axes) if isinstance(axes, list) else axes
    return jnp.tensordot(array(x1), array(x2), pair)


@operation
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector at right angles to two vectors of three numbers.

    Args:
        x1, x2: arrays of vectors.
        axisa, axisb, axisc: where the vectors' axis stands in x1, x2 and the result.
        axis: the same for all three.

    Example:
        >>> print(cross([1, 0, 0], [0, 1, 0]))
        [0 0 1]
    """
    return jnp.cross(array(x1), array(x2), axisa, axisb, axisc, axis)


@operation
def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of the diagonal of a plane; the arguments are those of ``diagonal``.

    Example:
        >>> print(trace([[1, 2], [3, 4]]))
        5
    """
    return jnp.trace(array(x), offset, axis1, axis2)


@operation
def cdist(x, y):
    """The distances between the rows of x and the rows of y: ``sqrt(sum_k (x[i, k] - y[j, k])**2)``.

    Shapes:
        ``(…, rows, features), (…, others, features) -> (…, rows, others)``

    Example:
        >>> print(cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]))
        [[5. 1.]]
    """
    x, y = all_floats(array(x), array(y))
    if min(x.ndim, y.ndim) < 2 or x.shape[-1] != y.shape[-1]:
        expected = "two arrays (…, rows, features) with equally many features"
        raise ShapeError("cdist", expected, f"{x.shape} and {y.shape}", "Write x[None, :] for one point.")
    return jnp.sqrt(jnp.square(x[..., :, None, :] - y[..., None, :, :]).sum(-1))


@operation
def correlate(x1, x2, mode="valid"):
    """The sums of products of a vector with another that slides along it.

    Args:
        x1, x2: vectors.
        mode: ``"valid"``: where they overlap entirely; ``"same"``: as long as the longer one; ``"full"``: everywhere.

    Example:
        >>> print(correlate([1.0, 2.0, 3.0], [1.0, 1.0]))
        [3. 5.]
    """
    return jnp.correlate(array(x1), array(x2), mode)


@operation
def corrcoef(x):
    """Pearson's correlations between the rows.

    Shapes:
        ``(variables, observations) -> (variables, variables)``

    Example:
        >>> print(corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
        [[ 1. -1.]
         [-1.  1.]]
    """
    return jnp.corrcoef(floats(x))


@operation
def diff(a, n=1, axis=-1):
    """The differences of neighbours along an axis, taken n times.

    Example:
        >>> print(diff([1, 4, 9]), diff([1, 4, 9], n=2))
        [3 5] [2]
    """
    return jnp.diff(array(a), n, axis)


@operation
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral by the trapezoidal rule: ``sum_i (y[i] + y[i + 1]) / 2 * (x[i + 1] - x[i])``.

    Args:
        y: values.
        x: where they were taken.
        dx: their distance, when x is None.
        axis: the axis along which to integrate.

    Example:
        >>> print(trapezoid([1.0, 2.0, 3.0]))
        4.0
    """
    return jnp.trapezoid(floats(y), None if x is None else floats(x), dx, axis)


@operation
def vander(x, N=None, increasing=False):
    """Vandermonde's matrix: the powers of each number in a row.

    Args:
        x: a vector.
        N: how many powers, as many as numbers when None.
        increasing: from power 0 upwards, instead of down to it.

    Example:
        >>> print(vander([2, 3], 3))
        [[4 2 1]
         [9 3 1]]
    """
    x = array(x)
    if x.ndim != 1:
        raise ShapeError("vander", "a vector", x.shape, "Write vander(ravel(x)).")
    return jnp.vander(x, N, increasing)
