"""HostArray: what a data set gives when it is looked at, NumPy's array that also answers to ``numpy()``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from hornbeam.data import convert


class HostArray(np.ndarray):
    """NumPy's array for code that was written for tensors: ``images[0].numpy()``, ``labels[0].numpy()``.

    A single number of it is an array without axes, which indexes, prints, hashes and computes like the number.

    Example:
        >>> labels = np.array([2, 0]).view(HostArray)
        >>> labels.numpy(), int(labels[0].numpy()), ["cat", "dog", "eel"][labels[0]]
        (array([2, 0]), 2, 'eel')
    """

    def numpy(self) -> np.ndarray:
        """The plain array."""
        return self.view(np.ndarray)

    def __getitem__(self, key: Any) -> Any:
        return _shown_leaf(super().__getitem__(key))

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    def __hash__(self) -> int:  # type: ignore[override]
        if self.ndim:
            raise TypeError(f"unhashable type: {type(self).__name__!r} with axes")
        return hash(self.item())

    def __repr__(self) -> str:
        return repr(self.numpy())


def shown(element: Any) -> Any:
    """An element of a data set with its arrays, JAX's too, as ``HostArray``; texts stay what they are."""
    return convert.map_nested(_shown_leaf, element)


def _shown_leaf(leaf: Any) -> Any:
    if isinstance(leaf, (np.number, np.bool_, jax.Array)):
        leaf = np.asarray(leaf)
    return leaf.view(HostArray) if isinstance(leaf, np.ndarray) and not isinstance(leaf, HostArray) else leaf
