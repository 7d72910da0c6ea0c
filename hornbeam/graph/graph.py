"""Graph: the nodes between inputs and outputs, found by walking back from the outputs."""

from __future__ import annotations

import functools
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
        walk = _walk_back(self.flat_inputs, self.flat_outputs)
        self.nodes = [source for source in walk if isinstance(source, Node)]
        self.operations = _by_depth(walk, self.flat_inputs)
        self.layers = [operation for operation in self.operations if isinstance(operation, Layer)]

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

    @functools.cached_property
    def id_limits(self) -> list[tuple[int, str] | None]:
        """For each of the flat inputs, the least of its readers' ``Layer.id_limit``; None where none has one."""
        found: dict[int, list[tuple[int, str]]] = {}
        for node in self.nodes:
            layer = node.operation
            if isinstance(layer, Layer) and layer.id_limit is not None and node.inputs:
                found.setdefault(id(node.inputs[0]), []).append(layer.id_limit)
        return [min(found[id(tensor)]) if id(tensor) in found else None for tensor in self.flat_inputs]

    def key(self) -> Any:
        """A hashable value, equal for graphs that compute the same function of weights and inputs."""
        place: dict[int, Any] = {id(tensor): ("in", index) for index, tensor in enumerate(self.flat_inputs)}
        seen: dict[int, int] = {}
        rows = []
        for number, node in enumerate(self.nodes):
            which = seen.setdefault(id(node.operation), len(seen))
            arguments = jax.tree.map(
                lambda leaf: place[id(leaf)] if isinstance(leaf, Symbolic) else spec_key(leaf),
                (node.args, node.kwargs),
            )
            rows.append(
                (
                    which,
                    operation_key(node.operation),
                    repr(jax.tree.structure(arguments)),
                    tuple(map(spec_key, jax.tree.leaves(arguments))),
                )
            )
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

    The regularizers, constraints and frozen weights of inner variables are part of it, and so are the layers within,
    such as the cell of an LSTM, and which of them are one.
    """
    parts = [part for part in layer._holders() if part is not layer]
    if not type(layer).declares_fields() or not all(isinstance(part, Layer) for part in parts):
        return Identity(layer)
    variables = tuple(
        (v.shape, v.dtype, v.trainable, spec_key(v.regularizer), spec_key(v.constraint)) for v in layer._own_variables()
    )
    own = spec_key(layer), layer.trainable, variables
    if not parts:
        return own
    return own, tuple(parts.index(part) for part in parts), tuple(operation_key(part) for part in parts)


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


def get_source_inputs(tensor: Any) -> Any:
    """The tensors of ``Input`` from which a symbolic tensor is computed, each once; anything else as it is.

    Example:
        >>> from hornbeam import Input
        >>> a, b = Input((2,)), Input((2,))
        >>> [each is source for each, source in zip(get_source_inputs((a + b) * a), (a, b))]
        [True, True]
    """
    if not isinstance(tensor, SymbolicTensor):
        return tensor
    found: dict[int, SymbolicTensor] = {}
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        one = stack.pop()
        if id(one.node) in seen:
            continue
        seen.add(id(one.node))
        if not one.node.inputs:
            found[id(one)] = one
        stack.extend(reversed(one.node.inputs))
    return list(found.values())


def _walk_back(inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> dict[Node | SymbolicTensor, int]:
    """The nodes between inputs and outputs, and the inputs themselves, in an order in which they can run.

    The numbers say in which order the walk from the outputs met them first.
    """
    ends = {id(tensor) for tensor in inputs}
    met: dict[Node | SymbolicTensor, int] = {}
    order: dict[Node | SymbolicTensor, int] = {}
    stack: list[tuple[SymbolicTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:
        tensor, ready = stack.pop()
        source = tensor if id(tensor) in ends else tensor.node
        if source in order:
            continue
        met.setdefault(source, len(met))
        if ready or isinstance(source, SymbolicTensor):
            order[source] = met[source]
            continue
        if isinstance(source.operation, InputLayer):
            raise ArgumentError(
                "Model, inputs",
                "every Input that the outputs depend on",
                f"an output that needs {source.name!r}, which is not among {[t.name for t in inputs]}",
                "Add it to inputs.",
            )
        stack.append((tensor, True))
        stack.extend((one, False) for one in reversed(source.inputs))
    return order


def _by_depth(
    walk: dict[Node | SymbolicTensor, int], inputs: list[SymbolicTensor]
) -> list[Layer | Node | SymbolicTensor]:
    """What stands in the graph, as Keras lists it: the farthest from the outputs first, ties as the walk met them.

    The paths of weights in files follow from this order. A call of a function is listed as its node, an input that
    is not an ``Input`` of its own as its tensor; of several calls of one layer the farthest counts.
    """
    depths: dict[Node | SymbolicTensor, int] = {}
    listed: dict[Layer | Node | SymbolicTensor, tuple[int, int]] = {}  # -depth, place in the walk
    for source in reversed(walk):
        operation = _operation(source)
        depth, first = -listed.get(operation, (0, 0))[0], listed.get(operation, (0, walk[source]))[1]
        depth = max(depth, depths.get(source, 0))
        listed[operation] = (-depth, min(first, walk[source]))
        for tensor in source.inputs if isinstance(source, Node) else []:
            parent = tensor if tensor in walk else tensor.node
            depths[parent] = max(depths.get(parent, 0), depth + 1)
    for tensor in inputs:
        listed.setdefault(_operation(tensor), (0, -1))
    return sorted(listed, key=lambda operation: listed[operation])


def _operation(source: Node | SymbolicTensor) -> Layer | Node | SymbolicTensor:
    """The layer of a node or of an ``Input``; the node or tensor itself where there is none."""
    operation = source.operation if isinstance(source, Node) else source.node.operation
    if isinstance(operation, Layer) and (isinstance(source, Node) or isinstance(operation, InputLayer)):
        return operation
    return source
