"""clone_model: the same architecture with fresh weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from hornbeam.core.errors import ArgumentError
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import Input, InputLayer, SymbolicTensor
from hornbeam.layers.layer import Layer


def clone_model(model: Any, input_tensors: Any = None, clone_function: Callable[[Layer], Layer] | None = None) -> Any:
    """A model with the same architecture and new weights.

    Args:
        model: the model; a class of the user's must be rebuildable from ``get_config``.
        input_tensors: symbolic tensors to build it on; new inputs when None.
        clone_function: makes the new layer from an old one; a copy by config when None. It is not asked about inputs.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> model = Sequential([layers.Dense(3, input_dim=2)])
        >>> copy = clone_model(model)
        >>> copy.layers[0].name == model.layers[0].name, copy.layers[0] is model.layers[0]
        (True, False)
    """
    if not isinstance(model, Layer) or not callable(getattr(model, "summary", None)):
        raise ArgumentError("clone_model, model", "a model", type(model).__name__, "For a layer use from_config.")
    if getattr(model, "is_sequential", False) or getattr(model, "is_functional", False):
        return _clone(model, input_tensors, clone_function or _copier())
    if input_tensors is not None or clone_function is not None:
        raise ArgumentError(
            f"{model.where}, clone_model",
            "a Sequential model, or one made from inputs and outputs",
            f"the class {type(model).__name__} with its own call",
            "Leave input_tensors and clone_function out.",
        )
    return _by_config(model)


def _by_config(layer: Layer) -> Any:
    return type(layer).from_config(layer.get_config())


def _copier() -> Callable[[Layer], Layer]:
    """Copies layers by their configs, inner models with their layers; a layer in several models stays one layer."""
    made: dict[Layer, Layer] = {}

    def copy(layer: Layer) -> Layer:
        if layer not in made:
            is_model = getattr(layer, "is_sequential", False) or getattr(layer, "is_functional", False)
            made[layer] = _clone(layer, None, copy) if is_model else _by_config(layer)
        return made[layer]

    return copy


def _clone(model: Any, input_tensors: Any, copy: Callable[[Layer], Layer]) -> Any:
    if model.is_sequential:
        return _clone_sequential(model, input_tensors, copy)
    return _clone_functional(model, input_tensors, copy)


def _clone_sequential(model: Any, input_tensors: Any, copy: Callable[[Layer], Layer]) -> Any:
    layers: list[Any] = [copy(layer) for layer in model.layers]
    if input_tensors is not None:
        layers.insert(0, jax.tree.leaves(input_tensors)[0])
    elif model.built:
        layers.insert(0, _by_config(model.inputs[0].node.operation))
    return type(model)(layers, name=model.name, trainable=model.trainable)


def _clone_functional(model: Any, input_tensors: Any, copy: Callable[[Layer], Layer]) -> Any:
    graph: Graph = model.graph
    given = [None] * len(graph.flat_inputs) if input_tensors is None else jax.tree.leaves(input_tensors)
    if len(given) != len(graph.flat_inputs):
        raise ArgumentError(
            "clone_model, input_tensors", f"{len(graph.flat_inputs)} tensors", len(given), "Give one per input."
        )
    made: dict[SymbolicTensor, Any] = {
        old: _input_like(old) if new is None else new for old, new in zip(graph.flat_inputs, given, strict=True)
    }
    copies: dict[Layer, Layer] = {layer: copy(layer) for layer in graph.layers if not isinstance(layer, InputLayer)}
    for node in graph.nodes:
        args, kwargs = jax.tree.map(
            lambda leaf: made[leaf] if isinstance(leaf, SymbolicTensor) else leaf, (node.args, node.kwargs)
        )
        if isinstance(node.operation, Layer):
            outputs = copies[node.operation](*args, **kwargs)
        else:
            outputs = made[node.inputs[0]].record(node.operation, args, kwargs)
        made.update(zip(jax.tree.leaves(node.outputs), jax.tree.leaves(outputs), strict=True))
    inputs, outputs = jax.tree.map(lambda tensor: made[tensor], (graph.inputs, graph.outputs))
    return type(model)(inputs, outputs, name=model.name, trainable=model.trainable)


def _input_like(tensor: SymbolicTensor) -> SymbolicTensor:
    return Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)
