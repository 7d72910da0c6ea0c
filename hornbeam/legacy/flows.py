"""``tf.data``: ways to make a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.data.convert import leaves, map_leaves
from hornbeam.data.pipeline import Dataset as _Dataset
from hornbeam.data.pipeline import Numbered

AUTOTUNE = -1


class _Generated(_Dataset):
    """What a function's iterator gives, pass after pass."""

    def __init__(self, generator: Callable[[], Any]):
        super().__init__()
        self._generator = generator

    def length(self) -> float | None:
        return None

    def walk(self, number: int) -> Iterator[Any]:
        return map(_as_arrays, iter(self._generator()))


def _as_arrays(element: Any) -> Any:
    return map_leaves(np.asarray, element)


class Dataset(_Dataset):
    """TensorFlow's ways to make a data set; what they give has the methods of ``hornbeam.data.pipeline.Dataset``."""

    @staticmethod
    def from_tensor_slices(tensors: Any, name: Any = None) -> _Dataset:
        """The rows of arrays, of a tuple or dict of them together."""
        arrays = map_leaves(np.asarray, tensors)
        counts = {len(array) for array in leaves(arrays)}
        if len(counts) != 1:
            raise DataError(
                "Dataset.from_tensor_slices", "arrays of one length", sorted(counts), "Cut the longer ones."
            )
        return Numbered(lambda numbers: map_leaves(lambda array: array[numbers], arrays), counts.pop(), None)

    @staticmethod
    def from_tensors(tensors: Any, name: Any = None) -> _Dataset:
        """One element: the arrays whole."""
        return Numbered(lambda numbers: map_leaves(lambda array: np.asarray(array)[None], tensors), 1, None)

    @staticmethod
    def from_generator(generator: Callable[[], Any], *args: Any, **kwargs: Any) -> _Dataset:
        """What a generator gives; its types and shapes are taken from what it gives."""
        return _Generated(generator)

    @staticmethod
    def range(*bounds: int, **options: Any) -> _Dataset:
        """Whole numbers."""
        return Dataset.from_tensor_slices(np.arange(*bounds, dtype="int64"))


class experimental:
    """Where ``AUTOTUNE`` stood once."""

    AUTOTUNE = AUTOTUNE
