"""Where a model's weights stand in a file: Keras's paths, made of attribute names and classes, never of layers' names.

``layers/dense_1/vars/0`` is the first weight of the second Dense of a model; ``cell/vars/0`` that of a layer which a
class of the user's keeps in its attribute ``cell``. Names of layers may then change without a file becoming unreadable.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from hornbeam.core.errors import FileError
from hornbeam.core.registry import snake_case
from hornbeam.core.variable import Variable
from hornbeam.layers.layer import Layer


class Place(NamedTuple):
    """A layer, its path, and its own weights in the order of the file: those made trainable first."""

    path: str
    layer: Layer
    weights: list[Variable]


def places(model: Layer) -> list[Place]:
    """Every layer in a model with its path, the model first, each once."""
    found: list[Place] = []
    _visit(model, "", set(), found)
    return found


def _visit(layer: Layer, path: str, seen: set[Layer], found: list[Place]) -> None:
    if layer in seen:
        return
    seen.add(layer)
    own = sorted(layer._own_variables(), key=lambda variable: not variable.made_trainable)
    found.append(Place(path, layer, own))
    for name, value in _attributes(layer):
        inner = f"{path}/{name}" if path else name
        if isinstance(value, Layer):
            _visit(value, inner, seen, found)
        else:
            _visit_container(value, inner, seen, found)


def _visit_container(container: Any, path: str, seen: set[Layer], found: list[Place]) -> None:
    """Layers in a list, tuple or dict are called by their class, counted; containers in it ``container``, counted."""
    counts: Counter[str] = Counter()
    for value in _items(container):
        nested = isinstance(value, (list, tuple, dict))
        if not nested and not isinstance(value, Layer):
            continue
        name = "container" if nested else snake_case(value.filed_as or type(value).__name__)
        counts[name] += 1
        inner = f"{path}/{name}" if counts[name] == 1 else f"{path}/{name}_{counts[name] - 1}"
        if nested:
            _visit_container(value, inner, seen, found)
        else:
            _visit(value, inner, seen, found)


def _items(container: Any) -> Iterator[Any]:
    if isinstance(container, dict):
        yield from container.values()
    elif isinstance(container, (list, tuple)):
        yield from container


def _attributes(layer: Layer) -> list[tuple[str, Any]]:
    """A layer's attributes in Keras's order: a graph's layers, then the public ones by name, then the private ones."""
    attributes = dict(layer.__dict__)
    layers = getattr(layer, "layers", None)
    first: list[tuple[str, Any]] = []
    if isinstance(layers, list):
        if getattr(layer, "graph", None) is not None or getattr(layer, "is_sequential", False):
            first = [("layers", layers)]
        else:
            attributes["layers"] = layers
    return first + sorted(attributes.items(), key=lambda item: (item[0].startswith("_"), item[0]))


def refuse(misfits: FileError, skip_mismatch: bool) -> None:
    """Raises the error that lists which weights do not fit, or tells it as a warning where the others are wanted."""
    if not skip_mismatch:
        raise misfits
    warnings.warn(f"These weights were not loaded. {misfits}", stacklevel=5)  # where the user called load_weights
