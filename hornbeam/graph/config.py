"""Graphs as plain values and back, in the layout of Keras 3.

A graph is written as a list of its layers, each with the calls in which it is used (``inbound_nodes``). A tensor among
a call's arguments is the name of the layer that made it, the number of that layer's call, and its place among the
outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import jax

from hornbeam.core.config import deserialize, is_description, serialize
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.core.registry import snake_case
from hornbeam.graph import operations
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import Input, InputLayer, Node, SymbolicTensor
from hornbeam.layers.layer import Layer

# -- one layer, and layers that several models of a file share -------------------------------------------------------


@dataclass
class _Shared:
    """Layers written so far, each with all its descriptions; layers read so far, by their numbers and in order."""

    written: dict[Layer, list[dict[str, Any]]] = field(default_factory=dict)
    numbered: dict[Any, Layer] = field(default_factory=dict)
    read: list[tuple[Any, Layer]] = field(default_factory=list)

    def find(self, description: dict[str, Any]) -> Layer | None:
        """The layer that a description says it is.

        Keras gives the number to the second description only, and then cannot read its own file: the layer is the
        one read before whose description is equal.
        """
        number = description.get("shared_object_id")
        if number is None or number in self.numbered:
            return self.numbered.get(number)
        config = _without_numbers(description["config"])
        return next((layer for known, layer in self.read if known == (description["class_name"], config)), None)

    def note(self, description: dict[str, Any], layer: Layer) -> None:
        """Remembers a layer that was read."""
        self.read.append(((description["class_name"], _without_numbers(description["config"])), layer))
        if description.get("shared_object_id") is not None:
            self.numbered[description["shared_object_id"]] = layer


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_numbers(item) for key, item in value.items() if key != "shared_object_id"}
    return [_without_numbers(item) for item in value] if isinstance(value, list) else value


_shared: ContextVar[_Shared | None] = ContextVar("shared", default=None)


@contextmanager
def sharing() -> Iterator[_Shared]:
    """While the outermost block is open, a layer that stands in several nested models is one layer."""
    outer = _shared.get()
    if outer is not None:
        yield outer
        return
    token = _shared.set(_Shared())
    try:
        yield _shared.get()  # type: ignore[misc]
    finally:
        _shared.reset(token)


def describe_layer(layer: Layer, **more: Any) -> dict[str, Any]:
    """``serialize(layer)`` with more keys; descriptions of one layer in several models say that they are one."""
    with sharing() as shared:
        known = shared.written.get(layer)
        if known is None:
            shared.written[layer] = [{**serialize(layer), **more}]
        else:
            known.append({**known[0], **more})
            for description in known:
                description["shared_object_id"] = list(shared.written).index(layer) + 1
        return shared.written[layer][-1]


def revive_layer(description: Any) -> Any:
    """The layer of a description; of descriptions that say they are one, the same layer.

    Raises:
        FileError: it describes no layer.
    """
    if not is_description(description):
        raise FileError("config of a layer", "class_name and config", type(description).__name__, _AGAIN)
    with sharing() as shared:
        known = shared.find(description)
        if known is not None:
            return known
        layer = deserialize(description)
        if not isinstance(layer, Layer):
            raise FileError("config of a layer", "a layer", f"{description['class_name']}, which is none", _AGAIN)
        shared.note(description, layer)
        return layer


_AGAIN = "Get the file again from its source."

# -- writing ---------------------------------------------------------------------------------------------------------


def graph_config(graph: Graph) -> dict[str, Any]:
    """The keys ``layers``, ``input_layers`` and ``output_layers`` of a model over a graph.

    Raises:
        ArgumentError: two layers have one name, or a call is of a function that no file can name.
    """
    names = operation_names(graph)
    twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if twice:
        raise ArgumentError(
            "config of a model", "layers with different names", f"two called {twice[0]!r}", "Rename one."
        )
    places = _places(graph, names)
    with sharing():
        layers = [_entry(operation, graph, names, places) for operation in graph.operations]

    def outside(tensor: SymbolicTensor) -> list[Any]:
        name, call, index = places[tensor]
        return [name, call + _first_call(tensor.node.operation), index]

    return {
        "layers": layers,
        "input_layers": jax.tree.map(outside, _lists(graph.inputs)),
        "output_layers": jax.tree.map(outside, _lists(graph.outputs)),
    }


def operation_names(graph: Graph) -> dict[Any, str]:
    """A name for everything that stands in a graph: the layer's own, or one made from the function's."""
    names: dict[Any, str] = {operation: operation.name for operation in graph.layers}
    taken = set(names.values())
    for operation in graph.operations:
        if isinstance(operation, Layer):
            continue
        if isinstance(operation, SymbolicTensor):
            base = f"{operation.name}_input"
        else:
            base = snake_case(operations.class_name(operation.operation))
        name, number = base, 0
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        names[operation] = name
        taken.add(name)
    return names


def _places(graph: Graph, names: dict[Any, str]) -> dict[SymbolicTensor, tuple[str, int, int]]:
    """For every tensor the name of what made it, the number of the call, and its place among the call's outputs."""
    places: dict[SymbolicTensor, tuple[str, int, int]] = {}
    for tensor in graph.flat_inputs:
        own = isinstance(tensor.node.operation, InputLayer)
        places[tensor] = (names[tensor.node.operation if own else tensor], 0, 0)
    calls: dict[Any, int] = {}
    for node in graph.nodes:
        operation = node.operation if isinstance(node.operation, Layer) else node
        call = calls.get(operation, 0)
        calls[operation] = call + 1
        for index, tensor in enumerate(jax.tree.leaves(node.outputs)):
            places.setdefault(tensor, (names[operation], call, index))
    return places


def _entry(operation: Any, graph: Graph, names: dict[Any, str], places: dict[Any, Any]) -> dict[str, Any]:
    """One element of ``layers``."""
    name = names[operation]
    if isinstance(operation, SymbolicTensor):  # the model starts in the middle of another
        stand_in = Input(batch_shape=operation.shape, dtype=operation.dtype, name=name).node.operation
        return {**serialize(stand_in), "name": name, "inbound_nodes": []}
    if isinstance(operation, Node):
        call = operations.describe_call(operation.operation, operation.args, operation.kwargs)
        written = {
            "module": call["module"],
            "class_name": call["class_name"],
            "config": {"name": name, **serialize(call["config"])},
            "registered_name": call["class_name"],
        }
        return {**written, "name": name, "inbound_nodes": [_call(call["args"], call["kwargs"], places)]}
    calls = [_call(node.args, node.kwargs, places) for node in graph.nodes if node.operation is operation]
    return describe_layer(operation, name=name, inbound_nodes=calls)


def _call(args: Any, kwargs: dict[str, Any], places: dict[Any, Any]) -> dict[str, Any]:
    def describe(value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": list(places[value])}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, (list, tuple)):
            return [describe(item) for item in value]
        if isinstance(value, dict):
            return {key: describe(item) for key, item in value.items()}
        return serialize(value)

    return {"args": [describe(value) for value in args], "kwargs": describe(kwargs)}


def _first_call(operation: Any) -> int:
    """The number that input_layers and output_layers give to a layer's first call.

    Keras counts the making of a nested functional model as a call there (and not in inbound_nodes).
    """
    return int(getattr(operation, "is_functional", False))


def _lists(structure: Any) -> Any:
    return list(structure) if isinstance(structure, tuple) else structure


# -- reading ---------------------------------------------------------------------------------------------------------


class _Unmade(Exception):
    """A call needs a tensor that is not made yet."""


def graph_from_config(config: dict[str, Any], where: str) -> tuple[Any, Any]:
    """The input and output tensors of the graph that ``graph_config`` described.

    Args:
        config: a dict with layers, input_layers and output_layers.
        where: the model, for errors.

    Raises:
        FileError: the graph has a loop, refers to what is not there, or names an unknown class or function.
    """
    made: dict[str, list[list[SymbolicTensor]]] = {}
    first: dict[str, int] = {}
    waiting: list[tuple[str, Callable[..., Any], list[Any]]] = []
    with sharing():
        for entry in config["layers"]:
            name, calls = entry["name"], list(entry["inbound_nodes"])
            operation = _revived(entry, where)
            made[name] = [[operation.output]] if isinstance(operation, InputLayer) else []
            first[name] = _first_call(operation)
            waiting.append((name, operation, calls))
    while any(calls for _, _, calls in waiting):
        if not any([_run_ready(name, operation, calls, made) for name, operation, calls in waiting]):
            stuck = ", ".join(repr(name) for name, _, calls in waiting if calls)
            raise FileError(where, "a graph in which every call can be made", f"calls of {stuck} that wait", _AGAIN)

    def tensor(place: Any) -> Any:
        if isinstance(place, dict):
            return {key: tensor(item) for key, item in place.items()}
        if not (len(place) == 3 and isinstance(place[0], str)):
            return [tensor(item) for item in place]
        name, call, index = place
        return _made(made, name, call - first.get(name, 0), index)

    try:
        return tensor(config["input_layers"]), tensor(config["output_layers"])
    except _Unmade as missing:
        raise FileError(where, "inputs and outputs that the graph has", missing.args[0], _AGAIN) from None


def _revived(entry: dict[str, Any], where: str) -> Callable[..., Any]:
    """What can be called on tensors: a layer, or a function of the tables with its constants."""
    module = str(entry.get("module"))
    if not (module.startswith("keras.") and ".ops" in module):
        return revive_layer(entry)
    function = operations.function_of(str(entry["class_name"]), f"{where}, {entry['name']}")
    constants = {key: _constant(value) for key, value in entry["config"].items() if key != "name"}
    return lambda *args, **kwargs: operations.call(function, list(args), kwargs, constants)


def _run_ready(name: str, operation: Callable[..., Any], calls: list[Any], made: dict[str, Any]) -> bool:
    """Makes the calls of one layer whose arguments are there, in their order; says whether there was one."""
    begun = len(calls)
    while calls:
        try:
            args = _arguments(calls[0]["args"], made)
            kwargs = _arguments(calls[0]["kwargs"], made)
        except _Unmade:
            break
        outputs = operation(*args, **kwargs)
        made[name].append(jax.tree.leaves(outputs))
        calls.pop(0)
    return len(calls) < begun


def _arguments(value: Any, made: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_arguments(item, made) for item in value]
    if is_description(value):
        if value["class_name"] == "__keras_tensor__":
            return _made(made, *value["config"]["keras_history"])
        return deserialize(value)
    if isinstance(value, dict):
        return {key: _arguments(item, made) for key, item in value.items()}
    return value


def _constant(value: Any) -> Any:
    return _arguments(value, {})


def _made(made: dict[str, Any], name: str, call: int, index: int) -> SymbolicTensor:
    if name not in made or not 0 <= call < len(made[name]) or not 0 <= index < len(made[name][call]):
        raise _Unmade(f"output {index} of call {call} of {name!r}")
    return made[name][call][index]
