"""Holder: a spec that owns variables and other holders, found by looking through its attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.core import allowance
from hornbeam.core.config import Spec, field
from hornbeam.core.dtypes import numpy_dtype, standardize
from hornbeam.core.errors import ArgumentError, NotBuiltError, ShapeError
from hornbeam.core.naming import unique_name
from hornbeam.core.variable import Variable


def _found(value: Any, kind: type) -> Iterator[Any]:
    """Objects of a kind in an attribute: itself, or inside lists, tuples and dicts."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _found(item, kind)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _found(item, kind)


class Holder(Spec):
    """Base of layers and metrics: own variables in the order of their making, then those of what it holds."""

    name = field(None, kw_only=True, key=False)
    _borrowing: tuple[str, ...] = ()  # attributes that hold what is not its own part

    def _ready(self) -> None:
        if self.name is not None and not isinstance(self.name, str):
            raise ArgumentError(f"{type(self).__name__}, name", "a string", repr(self.name), "Write name='…'.")
        self.name = self.name or unique_name(type(self).__name__)

    @property
    def where(self) -> str:
        """``"dense_2 (Dense)"``, the first part of an error."""
        return f"{self.name} ({type(self).__name__})"

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Makes a variable whose first value comes from ``initializer(shape, dtype=…)``, zeros when None."""
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        if any(length is None for length in shape):
            raise ShapeError(
                f"{self.where}, weight {name!r}",
                "a shape whose lengths are all known",
                shape,
                "Give the input's feature axis a length.",
            )
        initializer = initializer or _zeros
        allowance.charge(shape, standardize(dtype), f"{self.where}, weight {name!r}")
        variable = Variable(initializer, shape, standardize(dtype), trainable, name or "variable")
        variable.path = f"{self.name}/{variable.name}"
        self.__dict__.setdefault("_variables", []).append(variable)
        return variable

    def _children(self) -> list[Holder]:
        """Holders among the attributes, each once, in the order in which they were set."""
        return [item for item in dict.fromkeys(self._holders()) if item is not self]

    def _holders(self) -> list[Holder]:
        """Holders among the attributes, as often as they are there."""
        return [item for value in self._attributes() for item in _found(value, Holder)]

    def _attributes(self) -> Iterator[Any]:
        return (value for name, value in self.__dict__.items() if name not in self._borrowing)

    def _own_variables(self) -> list[Variable]:
        """Own variables in the order of their making."""
        return list(dict.fromkeys(item for value in self._attributes() for item in _found(value, Variable)))

    @property
    def variables(self) -> list[Variable]:
        """Every variable, own ones first, each once."""
        found = dict.fromkeys(self._own_variables())
        for child in self._children():
            found.update(dict.fromkeys(child.variables))
        return list(found)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights as NumPy arrays, in the order of ``weights``."""
        return [np.array(variable.numpy()) for variable in self._weights()]

    def set_weights(self, weights: list[Any]) -> None:
        """Sets all weights from a list of arrays in the order of ``get_weights``.

        Raises:
            ShapeError: the list's length or an array's shape does not fit; nothing is changed then.
        """
        own = self._weights()
        if len(weights) != len(own):
            if not own:
                raise NotBuiltError(
                    f"{self.where}, set_weights", "a built layer", "one without weights", "Call it on data first."
                )
            raise ShapeError(
                f"{self.where}, set_weights",
                f"{len(own)} arrays",
                len(weights),
                "Give one per weight, in the order of get_weights().",
            )
        wrong = [
            f"{variable.path} {variable.shape} from {np.shape(array)}"
            for variable, array in zip(own, weights, strict=True)
            if np.shape(array) != variable.shape
        ]
        if wrong:
            raise ShapeError(
                f"{self.where}, set_weights",
                "arrays of the weights' shapes",
                "; ".join(wrong),
                "Compare with [w.shape for w in get_weights()].",
            )
        for variable, array in zip(own, weights, strict=True):
            variable.assign(array)

    def _weights(self) -> list[Variable]:
        return self.variables


def _zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """One zero, seen as many; a variable copies it unless a file's numbers are to take its place."""
    return np.broadcast_to(np.zeros((), numpy_dtype(dtype)), shape)
