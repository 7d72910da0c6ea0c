"""Placeholders: shape and number type of inputs that are not there, as plain values and as objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from hornbeam.core.dtypes import standardize
from hornbeam.core.symbolic import Symbolic


@dataclass(frozen=True)
class Placeholder:
    """Shape and number type of an input that is not there."""

    shape: tuple[int | None, ...]
    dtype: str


def placeholders(shapes: Any, dtypes: Any = None) -> Any:
    """Inputs of these shapes, in lists and dicts as the shapes stand in; ``floatx()`` where no type is given.

    Example:
        >>> placeholders([None, 3])
        Placeholder(shape=(None, 3), dtype='float32')
    """
    if isinstance(shapes, dict):
        return {key: placeholders(shape, (dtypes or {}).get(key)) for key, shape in shapes.items()}
    if shapes and isinstance(shapes[0], (list, tuple)):
        return [placeholders(shape, dtype) for shape, dtype in zip(shapes, dtypes or [None] * len(shapes), strict=True)]
    return Placeholder(tuple(shapes), standardize(dtypes))


def describe_inputs(x: Any) -> dict[str, Any] | None:
    """Shapes (for any number of samples) and types of arrays in nested lists and dicts, as files keep them.

    None when something else stands among them.

    Example:
        >>> describe_inputs(np.zeros((5, 3), "float32"))
        {'input_shape': [None, 3], 'dtype': 'float32'}
    """
    leaves = jax.tree.leaves(x)
    if not leaves or not all(isinstance(leaf, (np.ndarray, jax.Array, Symbolic, Placeholder)) for leaf in leaves):
        return None
    return {
        "input_shape": jax.tree.map(lambda leaf: [None, *leaf.shape[1:]], x),
        "dtype": jax.tree.map(lambda leaf: str(leaf.dtype), x),
    }
