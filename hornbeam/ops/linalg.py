"""A face, because Keras has it: factors, inverses, solutions and norms of matrices, from ``hornbeam.ops``."""

from __future__ import annotations

from typing import Any

from hornbeam import ops

_NAMES = (
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "lstsq", "lu_factor", "matrix_rank", "norm",
    "pinv", "qr", "solve", "solve_triangular", "svd",
)  # fmt: skip

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(ops, name)
    raise AttributeError(f"module 'hornbeam.ops.linalg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
