"""InputSpec: what a layer demands of its input, checked at each call."""

from __future__ import annotations

from typing import Any

import jax

from hornbeam.core.config import Spec, field
from hornbeam.core.dtypes import standardize
from hornbeam.core.errors import ShapeError


class InputSpec(Spec):
    """Rank, lengths and type that an input must have.

    Args:
        dtype: number type, None for any.
        shape: full shape, None for unknown lengths.
        ndim: exact number of axes.
        max_ndim, min_ndim: bounds on it.
        axes: dict from axis to its length.
        allow_last_axis_squeeze: accepted for Keras's sake.
        name: accepted for Keras's sake.
        optional: whether None may come instead of an array.
    """

    dtype = field(None)
    shape = field(None)
    ndim = field(None)
    max_ndim = field(None)
    min_ndim = field(None)
    axes = field(None)
    allow_last_axis_squeeze = field(False)
    name = field(None)
    optional = field(False)

    def complaint(self, shape: tuple[int | None, ...], dtype: Any) -> tuple[str, str] | None:
        """What was expected and what to do, when an input does not fit; None when it does."""
        rank = len(shape)
        wanted = self.ndim if self.ndim is not None else len(self.shape) if self.shape is not None else None
        if wanted is not None and rank != wanted:
            return f"an input with {wanted} axes", _rank_advice(rank, wanted)
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"an input with at least {self.min_ndim} axes", _rank_advice(rank, self.min_ndim)
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"an input with at most {self.max_ndim} axes", "Use Flatten or Reshape before it."
        lengths = dict(self.axes or {})
        if self.shape is not None:
            lengths |= {axis: length for axis, length in enumerate(self.shape) if length is not None}
        for axis, length in lengths.items():
            found = shape[int(axis)]
            if length is not None and found is not None and found != length:
                kind = "features" if int(axis) in (-1, rank - 1) else f"entries along axis {axis}"
                return f"{length} {kind}", f"It was built for {length}: give data of that width, or build it anew."
        if self.dtype is not None and standardize(dtype) != standardize(self.dtype):
            return f"numbers of type {self.dtype}", "Convert with .astype()."
        return None


def _rank_advice(rank: int, wanted: int) -> str:
    if rank == wanted - 1:
        return "For one sample, add a batch axis: x[None, ...]."
    return "Use Reshape or Flatten before it." if rank > wanted else "Add the axes that are missing."


def check_inputs(where: str, spec: Any, inputs: Any) -> None:
    """Raises a ShapeError when an input does not fit its InputSpec."""
    if spec is None or inputs is None:
        return
    specs, arrays = jax.tree.leaves(spec, is_leaf=lambda item: isinstance(item, InputSpec)), jax.tree.leaves(inputs)
    if len(specs) != len(arrays):
        raise ShapeError(where, f"{len(specs)} inputs", len(arrays), "Call it with one list of that many arrays.")
    for one, array in zip(specs, arrays, strict=True):
        complaint = one.complaint(tuple(array.shape), array.dtype)
        if complaint is not None:
            raise ShapeError(where, complaint[0], f"shape {tuple(array.shape)}", complaint[1])
