"""Graph: the nodes between inputs and outputs, found by walking back from the outputs."""

from __future__ import annotations

from typing import Any

import jax

from hornbeam.core.config import Identity, spec_key
from hornbeam.core.errors import ArgumentError
from hornbeam.core.symbolic import Symbolic
from hornbeam.graph.tensor import InputLayer, Node, SymbolicTensor
from hornbeam.layers.layer import Layer


class Graph:
    """A network from (nested) input tensors to (nested) output tensors.

    Args:
        inputs: a symbolic tensor, or a list or dict of them.
        outputs: likewise.
    """

    def __init__(self, inputs: Any, outputs: Any):
        self.inputs, self.outputs = inputs, outputs
        self.flat_inputs: list[SymbolicTensor] = _tensors(inputs, "inputs")
        self.flat_outputs: list[SymbolicTensor] = _tensors(outputs, "outputs")
        self.nodes = _walk_back(self.flat_inputs, self.flat_outputs)
        self.layers = _layers_by_depth(self)

    def run(self, inputs: Any) -> Any:
        """The outputs for arrays in the structure of the inputs."""
        arrays = {id(tensor): array for tensor, array in zip(self.flat_inputs, self.match(inputs), strict=True)}
        for node in self.nodes:
            outputs = node.run([arrays[id(tensor)] for tensor in node.inputs])
            for tensor, array in zip(jax.tree.leaves(node.outputs), jax.tree.leaves(outputs), strict=True):
                arrays[id(tensor)] = array
        return jax.tree.map(lambda tensor: arrays[id(tensor)], self.outputs)

    def match(self, inputs: Any) -> list[Any]:
        """Data in the order of the flat inputs; dicts are matched by the inputs' keys or names."""
        if isinstance(inputs, dict) and not isinstance(self.inputs, dict):
            return [inputs[name] for name in self.input_names]
        if isinstance(self.inputs, dict) and isinstance(inputs, dict):
            return jax.tree.leaves({key: inputs[key] for key in self.inputs})
        return jax.tree.leaves(inputs)

    @property
    def input_names(self) -> list[str]:
        """Names of the input layers, in the order of the flat inputs."""
        return [tensor.name for tensor in self.flat_inputs]

    def key(self) -> Any:
        """A hashable value, equal for graphs that compute the same function of weights and inputs."""
        place = {id(tensor): ("in", index) for index, tensor in enumerate(self.flat_inputs)}
        seen: dict[int, int] = {}
        rows = []
        for number, node in enumerate(self.nodes):
            which = seen.setdefault(id(node.operation), len(seen))
            arguments = jax.tree.map(
                lambda leaf: place[id(leaf)] if isinstance(leaf, Symbolic) else spec_key(leaf),
                (node.args, node.kwargs),
            )
            rows.append((which, operation_key(node.operation), repr(jax.tree.structure(arguments)),
                         tuple(map(spec_key, jax.tree.leaves(arguments)))))
            for index, tensor in enumerate(jax.tree.leaves(node.outputs)):
                place[id(tensor)] = (number, index)
        shapes = tuple((tensor.shape, tensor.dtype) for tensor in self.flat_inputs)
        outputs = tuple(place[id(tensor)] for tensor in self.flat_outputs)
        return shapes, tuple(rows), outputs, repr(jax.tree.structure(self.outputs))


def operation_key(operation: Any) -> Any:
    """The key of a layer or function; a nested model gives its own graph's."""
    network_key = getattr(operation, "network_key", None)
    if network_key is not None:
        return network_key()
    if isinstance(operation, Layer):
        return layer_key(operation)
    return spec_key(operation)


def layer_key(layer: Layer) -> Any:
    """Equal for layers that compute the same function; a user's own class counts by identity.

    The regularizers, constraints and frozen weights of inner variables are part of it.
    """
    if type(layer).declares_fields() and not layer._children():
        variables = tuple(
            (v.shape, v.dtype, v.trainable, spec_key(v.regularizer), spec_key(v.constraint))
            for v in layer._own_variables()
        )
        return spec_key(layer), layer.trainable, variables
    return Identity(layer)


def _tensors(structure: Any, what: str) -> list[SymbolicTensor]:
    leaves = jax.tree.leaves(structure)
    wrong = [leaf for leaf in leaves if not isinstance(leaf, SymbolicTensor)]
    if wrong or not leaves:
        raise ArgumentError(
            f"Model, {what}",
            "symbolic tensors that come from Input",
            type(wrong[0]).__name__ if wrong else "none",
            "Start with x = Input(shape=…) and call the layers on it.",
        )
    return leaves


def _walk_back(inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> list[Node]:
    """The nodes between inputs and outputs in an order in which they can run."""
    ends = {id(tensor) for tensor in inputs}
    order: list[Node] = []
    done: set[int] = set()
    stack: list[tuple[SymbolicTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, ready = stack.pop()
        node = tensor.node
        if id(tensor) in ends or id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
            continue
        if isinstance(node.operation, InputLayer):
            raise ArgumentError(
                "Model, inputs",
                "every Input that the outputs depend on",
                f"an output that needs {node.name!r}, which is not among {[t.name for t in inputs]}",
                "Add it to inputs.",
            )
        stack.append((tensor, True))
        stack.extend((source, False) for source in reversed(node.inputs))
    return order


def _layers_by_depth(graph: Graph) -> list[Layer]:
    """The layers as Keras lists them: those farthest from the outputs first, ties as the walk met them."""
    depth: dict[int, int] = {}
    for node in reversed(graph.nodes):
        mine = depth.setdefault(id(node), 0)
        for tensor in node.inputs:
            depth[id(tensor.node)] = max(depth.get(id(tensor.node), 0), mine + 1)
    ends = [tensor.node for tensor in graph.flat_inputs if isinstance(tensor.node.operation, InputLayer)]
    nodes = [node for node in [*ends, *graph.nodes] if isinstance(node.operation, Layer)]
    deepest: dict[Layer, int] = {}
    for node in nodes:
        deepest[node.operation] = max(deepest.get(node.operation, 0), depth.get(id(node), 0))
    return sorted(deepest, key=lambda layer: -deepest[layer])
