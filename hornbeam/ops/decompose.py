"""Linear algebra: factors of matrices, inverses, solutions, norms. Further axes in front are a batch of matrices."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import Function, axes, floats, named, operation

__all__ = [
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "logdet", "lstsq", "lu_factor", "matrix_rank", "norm",
    "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
]  # fmt: skip


def _matrix(where: str, x: Any, square: bool = True) -> jax.Array:
    x = floats(x)
    if x.ndim < 2:
        raise ShapeError(where, "a matrix, (…, rows, columns)", x.shape, "Write reshape(x, (rows, columns)).")
    if square and x.shape[-1] != x.shape[-2]:
        raise ShapeError(where, "a square matrix", x.shape, "For others use lstsq, pinv or svd.")
    return x


def _square(function: Function, line: str, example: str, shown: str, name: str = "") -> Function:
    """A row of the table: a square matrix, no more."""

    name = name or function.__name__

    def call(x):
        return function(_matrix(name, x))

    return operation(named(call, name, line, example, shown))


def _pair(function: Function) -> Function:
    return lambda x: tuple(function(x))


det = _square(jnp.linalg.det, "The determinant.", "det([[2.0, 0.0], [0.0, 3.0]])", "6.0")
inv = _square(jnp.linalg.inv, "The inverse.", "inv([[2.0, 0.0], [0.0, 4.0]])", "[[0.5  0.  ]\n [0.   0.25]]")
slogdet = _square(
    _pair(jnp.linalg.slogdet),
    "The determinant's sign and the logarithm of its size.",
    "*slogdet([[-1.0, 0.0], [0.0, 1.0]])",
    "-1.0 0.0",
    name="slogdet",
)
logdet = _square(
    lambda x: jnp.linalg.slogdet(x)[1],
    "The logarithm of the determinant's size, without overflow.",
    "logdet([[1.0, 0.0], [0.0, 1.0]])",
    "0.0",
    name="logdet",
)
eigh = _square(
    _pair(jnp.linalg.eigh),
    "Eigenvalues of a symmetric matrix, from small to large, and eigenvectors in columns.",
    "eigh([[2.0, 0.0], [0.0, 1.0]])[0]",
    "[1. 2.]",
    name="eigh",
)
eig = _square(
    _pair(jnp.linalg.eig),
    "Eigenvalues and eigenvectors in columns, complex numbers. On a CPU only.",
    "eig([[0.0, 1.0], [1.0, 0.0]])[0].real",
    "[ 1. -1.]",
    name="eig",
)


@operation
def cholesky(x, upper=False):
    """The lower triangle L of a symmetric positive matrix ``x = L @ L.T``.

    Args:
        x: a matrix, or a batch of them.
        upper: give L.T.

    Raises:
        ArgumentError: x is not positive definite (inside a program the result is NaN instead).

    Example:
        >>> print(cholesky([[4.0, 2.0], [2.0, 2.0]]))
        [[2. 0.]
         [1. 1.]]
    """
    factor = jnp.linalg.cholesky(_matrix("cholesky", x), upper=upper)
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.isnan(factor).any()):
        raise ArgumentError(
            "cholesky", "a positive definite matrix", "one that is not", "Add a small multiple of eye(n) to it."
        )
    return factor


@operation
def cholesky_inverse(x, upper=False):
    """The inverse of ``L @ L.T``, from its Cholesky factor.

    Args:
        x: the factor L, a lower triangle.
        upper: x is L.T.

    Example:
        >>> print(cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]))
        [[0.25 0.  ]
         [0.   1.  ]]
    """
    x = _matrix("cholesky_inverse", x)
    lower = jnp.matrix_transpose(x) if upper else x
    inverse = jax.lax.linalg.triangular_solve(
        lower, jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape), left_side=True, lower=True
    )
    return jnp.matrix_transpose(inverse) @ inverse


@operation
def lu_factor(x):
    """The triangles L and U of ``x = P @ L @ U``, in one matrix, and which rows were exchanged.

    Returns:
        ``(lu, pivots)``: U with its diagonal and L below it, whose diagonal is 1; row i was exchanged with
        row ``pivots[i]``, one after the other.

    Example:
        >>> lu, pivots = lu_factor([[1.0, 2.0], [2.0, 2.0]])
        >>> print(lu, pivots)
        [[2.  2. ]
         [0.5 1. ]] [1 1]
    """
    lu, pivots, _ = jax.lax.linalg.lu(_matrix("lu_factor", x, square=False))
    return lu, pivots


@operation
def qr(x, mode="reduced"):
    """Columns Q at right angles to each other and an upper triangle R with ``x = Q @ R``.

    Args:
        x: a matrix, or a batch of them.
        mode: ``"reduced"``: as many columns of Q as needed; ``"complete"``: a square Q.

    Example:
        >>> q, r = qr([[2.0, 0.0], [0.0, 3.0]])
        >>> print(abs(r))
        [[2. 0.]
         [0. 3.]]
    """
    if mode not in ("reduced", "complete"):
        raise ArgumentError("qr, mode", "'reduced' or 'complete'", repr(mode), "Choose one of them.")
    return tuple(jnp.linalg.qr(_matrix("qr", x, square=False), mode))


@operation
def svd(x, full_matrices=True, compute_uv=True):
    """Singular values: ``x = U @ diag(s) @ Vh`` with U and Vh orthogonal and s from large to small.

    Args:
        x: a matrix, or a batch of them.
        full_matrices: square U and Vh.
        compute_uv: give ``(U, s, Vh)``; otherwise s alone.

    Example:
        >>> print(svd([[2.0, 0.0], [0.0, 3.0]], compute_uv=False))
        [3. 2.]
    """
    x = _matrix("svd", x, square=False)
    if not compute_uv:
        return jnp.linalg.svd(x, full_matrices, compute_uv=False)
    return tuple(jnp.linalg.svd(x, full_matrices))


@operation
def pinv(x, rcond=None):
    """The pseudo-inverse of Moore and Penrose.

    Args:
        x: a matrix, or a batch of them.
        rcond: singular values below this part of the largest count as 0; None follows the type's precision.

    Example:
        >>> print(pinv([[2.0, 0.0], [0.0, 0.0]]))
        [[0.5 0. ]
         [0.  0. ]]
    """
    return jnp.linalg.pinv(_matrix("pinv", x, square=False), rtol=rcond)


@operation
def matrix_rank(x, tol=None):
    """The number of rows that do not follow from the others: of singular values above a tolerance.

    Args:
        x: a matrix, or a batch of them.
        tol: the tolerance; None follows the type's precision and the largest singular value.

    Example:
        >>> print(matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
        1
    """
    values = jnp.linalg.svd(x := _matrix("matrix_rank", x, square=False), compute_uv=False)
    if tol is None:
        tol = values.max(-1, keepdims=True) * max(x.shape[-2:]) * jnp.finfo(x.dtype).eps
    return (values > tol).sum(-1, dtype=jnp.int32)


@operation
def solve(a, b):
    """The x of ``a @ x = b``.

    Args:
        a: a square matrix, or a batch of them.
        b: a vector, or a matrix whose columns are solved for.

    Example:
        >>> print(solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]))
        [1.  0.5]
    """
    return jnp.linalg.solve(*_system("solve", a, b))


@operation
def solve_triangular(a, b, lower=False):
    """The x of ``a @ x = b`` for a triangle a, whose other half is not looked at.

    Args:
        a: a square matrix, or a batch of them.
        b: a vector, or a matrix whose columns are solved for.
        lower: the triangle is the lower one.

    Example:
        >>> print(solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True))
        [1. 2.]
    """
    a, b = _system("solve_triangular", a, b)
    columns = b[..., None] if b.ndim == a.ndim - 1 else b
    solution = jax.lax.linalg.triangular_solve(a, columns, left_side=True, lower=lower)
    return solution[..., 0] if b.ndim == a.ndim - 1 else solution


def _system(where: str, a: Any, b: Any) -> tuple[jax.Array, jax.Array]:
    a, b = _matrix(where, a), floats(b)
    if b.ndim == a.ndim - 1:
        rows = b.shape[-1]
    elif b.ndim == a.ndim:
        rows = b.shape[-2]
    else:
        raise ShapeError(f"{where}, b", "as many axes as a, or one fewer", b.shape, "Write b[:, None] for one column.")
    if rows != a.shape[-1]:
        raise ShapeError(f"{where}, b", f"{a.shape[-1]} rows, as many as a has", b.shape, "Check which axis is which.")
    return a, b


@operation
def lstsq(a, b, rcond=None):
    """The x that makes ``sum((a @ x - b)**2)`` smallest; of several the shortest.

    Args:
        a: a matrix.
        b: a vector, or a matrix whose columns are solved for.
        rcond: singular values below this part of the largest count as 0; None follows the type's precision.

    Example:
        >>> print(f"{lstsq([[1.0], [1.0]], [1.0, 3.0])[0]:.3f}")
        2.000
    """
    return jnp.linalg.lstsq(floats(a), floats(b), rcond)[0]


@operation
def norm(x, ord=None, axis=None, keepdims=False):
    """The length of vectors or the size of matrices.

    Args:
        x: an array.
        ord: of vectors: p for ``sum(|x|**p)**(1 / p)``, ``inf`` for the largest ``|x|``, 0 for how many are not 0; of
            matrices: ``"fro"``, ``"nuc"``, ``inf``, 1, 2 and their negatives. None: the root of the sum of squares.
        axis: the vectors' axis, or the two of matrices; None takes the whole array.
        keepdims: keep the axes that vanish, with length 1.

    Example:
        >>> print(norm([3.0, 4.0]), norm([3.0, -4.0], ord=1))
        5.0 7.0
    """
    return jnp.linalg.norm(floats(x), ord, axes(axis), keepdims)
