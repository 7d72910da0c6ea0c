"""Rows: which weight of a checkpoint is which weight of a model, for reading and for writing.

PyTorch keeps the kernel of a dense layer as (outputs, inputs), Hornbeam as (inputs, outputs), where attention has axes
for heads besides. A row says how the two are related, and both ways follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.variable import Variable
from hornbeam.saving.tensors import FileTensor

_THREADS = 4  # each holds one array that is being read
_STRIP = 16  # rows of a file that are turned round together: their ends fill a line of the cache, which halves the time


@dataclass(frozen=True)
class Row:
    """One weight.

    Args:
        theirs: its name in the checkpoint, without the family's prefix.
        ours: the attributes that lead to it, ``layer name/attribute/…``.
        turned: whether the checkpoint has it as (outputs, inputs).
        inputs: how many of the first axes of ours are inputs; the others are outputs.
        part: ``(k, n)`` when it is the k-th of n that stand side by side along the checkpoint's last axis.
        skip: rows at the beginning of the checkpoint's table that are no part of ours.
        added: a table of the checkpoint whose first row is part of every row of ours.
    """

    theirs: str
    ours: str
    turned: bool = False
    inputs: int = 1
    part: tuple[int, int] = (0, 1)
    skip: int = 0
    added: str | None = None

    def flat(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Ours with all inputs along one axis and all outputs along another; a vector stays one."""
        if not self.ours.endswith(("kernel", "embeddings")):
            return (math.prod(shape),)
        return math.prod(shape[: self.inputs]), math.prod(shape[self.inputs :])

    def file_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape in the checkpoint of a weight of this shape."""
        first, *rest = self.flat(shape)
        flat = [first + self.skip, *rest]
        flat[-1] *= self.part[1]
        return tuple(reversed(flat)) if self.turned else tuple(flat)

    def from_file(self, array: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Ours, from theirs; a copy."""
        array = array.T if self.turned else array
        array = array[self.skip :]
        width = array.shape[-1] // self.part[1]
        array = array[..., self.part[0] * width : (self.part[0] + 1) * width]
        copy = np.empty(array.shape, dtype)
        width = _STRIP if self.turned else array.shape[-1]
        for start in range(0, array.shape[-1], max(width, 1)):
            copy[..., start : start + width] = array[..., start : start + width]
        return copy.reshape(shape)

    def to_file(self, array: np.ndarray) -> np.ndarray:
        """Theirs, from ours, or the part of theirs that ours is."""
        array = array.reshape(self.flat(array.shape))
        array = np.pad(array, [(self.skip, 0), (0, 0)]) if self.skip else array
        return array.T if self.turned else array


def linear(theirs: str, ours: str, inputs: int = 1) -> list[Row]:
    """Kernel and bias of a dense layer that PyTorch calls Linear."""
    return [
        Row(f"{theirs}.weight", f"{ours}/kernel", turned=True, inputs=inputs),
        Row(f"{theirs}.bias", f"{ours}/bias"),
    ]


def norm(theirs: str, ours: str) -> list[Row]:
    """Scale and shift of a layer normalisation."""
    return [Row(f"{theirs}.weight", f"{ours}/gamma"), Row(f"{theirs}.bias", f"{ours}/beta")]


def table(theirs: str, ours: str, **more: Any) -> Row:
    """A table of vectors."""
    return Row(f"{theirs}.weight", ours, **more)


def weights_of(model: Any, rows: list[Row]) -> list[Variable]:
    """The weights of a model to which rows' paths lead; the model within, ``backbone``, is looked through too."""
    layers = {layer.name: layer for inner in (model.backbone, model) for layer in inner.layers}
    found = []
    for row in rows:
        name, *attributes = row.ours.split("/")
        value: Any = layers[name]
        for attribute in attributes:
            value = value.__dict__[attribute]
        found.append(value)
    return found


def fill(model: Any, rows: list[Row], tensors: Mapping[str, FileTensor], where: str) -> None:
    """Sets the weights of a model from a checkpoint, each as soon as it is read, so that none is held twice.

    Args:
        model: a model that nobody has seen yet.
        rows: all its weights.
        tensors: the checkpoint's arrays, by the names that rows have.
        where: the file, for errors.

    Raises:
        FileError: some are missing or of another shape; all of them are listed.
    """
    pairs = list(zip(rows, weights_of(model, rows), strict=True))
    wrong = []
    for row, variable in pairs:
        expected, found = row.file_shape(variable.shape), tensors.get(row.theirs)
        if found is None:
            wrong.append(f"no {row.theirs}")
        elif found.shape != expected:
            wrong.append(f"{row.theirs} of shape {found.shape} instead of {expected}")
    if wrong:
        listed = ", ".join(dict.fromkeys(wrong[:8])) + (f" and {len(wrong) - 8} more" if len(wrong) > 8 else "")
        raise FileError(
            where,
            "the weights that config.json describes",
            listed,
            "Use the config.json that belongs to these weights.",
        )

    def read(pair: tuple[Row, Variable]) -> None:
        row, variable = pair
        array = row.from_file(tensors[row.theirs].read(), variable.shape, numpy_dtype(variable.dtype))
        if row.added is not None and row.added in tensors:
            array += tensors[row.added].read()[0].astype(array.dtype)
        variable.slot = array

    # turning kernels round is most of the work, and NumPy does it without Python's lock
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(read, pairs))


def collect(model: Any, rows: list[Row]) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint, made of a model's weights."""
    parts: dict[str, list[np.ndarray]] = {}
    for row, variable in zip(rows, weights_of(model, rows), strict=True):
        array = row.to_file(variable.numpy())
        parts.setdefault(row.theirs, []).append(array)
        if row.added is not None:
            parts[row.added] = [np.zeros((1, array.shape[-1]), array.dtype)]
    return {name: arrays[0] if len(arrays) == 1 else np.concatenate(arrays, -1) for name, arrays in parts.items()}
