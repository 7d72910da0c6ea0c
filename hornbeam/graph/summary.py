"""The table that ``model.summary()`` prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from hornbeam.core.errors import ArgumentError, HornbeamError
from hornbeam.core.infer import Described
from hornbeam.graph import operations
from hornbeam.graph.config import operation_names
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import InputLayer, Node, SymbolicTensor
from hornbeam.layers.layer import Layer

_WIDTH, _ENDS = 65, (0.45, 0.85, 1.0)
_WIDE, _WIDE_ENDS = 98, (0.33, 0.55, 0.67, 1.0)


@dataclass
class _Row:
    """One layer, or one call of a function, of a model."""

    name: str
    kind: str
    shape: str
    params: str
    sources: list[str]
    trainable: str
    depth: int = 0

    def cells(self, wide: bool, show_trainable: bool) -> list[list[str]]:
        """The row's text, by column and line."""
        indent = "   " * (self.depth - 1) + " └ " if self.depth else ""
        cells = [[f"{indent}{self.name} ({self.kind})"], [self.shape], [self.params]]
        if wide:
            cells.append(self.sources or [""])
        return [*cells, [self.trainable]] if show_trainable else cells


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: list[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Prints a model's layers, their outputs' shapes and the numbers of their weights; see ``Model.summary``."""
    for line in summary_lines(model, line_length, positions, expand_nested, show_trainable, layer_range):
        (print_fn or print)(line)


def summary_lines(
    model: Any,
    line_length: int | None = None,
    positions: list[float] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> list[str]:
    """The lines of the table."""
    rows = _in_range(_rows(model, expand_nested), layer_range)
    wide = model.graph is not None and not model.is_sequential and not _is_chain(model.graph)
    header = ["Layer (type)", "Output Shape", "Param #"] + ["Connected to"] * wide + ["Trainable"] * show_trainable
    table = [[[title] for title in header], *(row.cells(wide, show_trainable) for row in rows)]
    widths = _widths(table, line_length or (_WIDE if wide else _WIDTH), positions, wide, show_trainable)
    length = sum(widths)
    thin, thick = "_" * length, "=" * length
    lines = [f'Model: "{model.name}"', thin, *_lines(table[0], widths), thick]
    for number, cells in enumerate(table[1:], 1):
        lines += [*_lines(cells, widths), thick if number == len(rows) else thin]
    return [*lines, *_totals(model), thin]


# -- rows ------------------------------------------------------------------------------------------------------------


def _rows(model: Any, expand: bool, depth: int = 0) -> list[_Row]:
    graph: Graph | None = model.graph
    if graph is None or model.is_sequential:
        own = [_layer_row(layer, _shape_of(layer, graph), [], depth) for layer in model.layers]
        listed: list[Any] = list(model.layers)
    else:
        names = operation_names(graph)
        listed = list(graph.operations)
        own = [_graph_row(operation, graph, names, depth) for operation in listed]
    rows = []
    for row, operation in zip(own, listed, strict=True):
        rows.append(row)
        if expand and isinstance(getattr(operation, "layers", None), list):
            rows += _rows(operation, expand, depth + 1)
    return rows


def _graph_row(operation: Any, graph: Graph, names: dict[Any, str], depth: int) -> _Row:
    if isinstance(operation, SymbolicTensor):
        return _Row(names[operation], "InputLayer", str(operation.shape), "0", [], "-", depth)
    nodes = [operation] if isinstance(operation, Node) else [n for n in graph.nodes if n.operation is operation]
    sources = [_source(tensor, graph, names) for node in nodes for tensor in node.inputs]
    if isinstance(operation, Node):
        kind = operations.class_name(operation.operation)
        return _Row(names[operation], kind, _shapes(operation.outputs), "0", sources, "-", depth)
    return _layer_row(operation, _shape_of(operation, graph), sources, depth)


def _source(tensor: SymbolicTensor, graph: Graph, names: dict[Any, str]) -> str:
    """``dense[0][0]``: the maker's name, the number of its call, and the output's place."""
    if tensor in names:
        return f"{names[tensor]}[0][0]"
    node = tensor.node
    operation = node.operation if isinstance(node.operation, Layer) else node
    calls = [one for one in graph.nodes if one.operation is node.operation]
    call = calls.index(node) if isinstance(operation, Layer) and node in calls else 0
    return f"{names[operation]}[{call}][{tensor.index}]"


def _layer_row(layer: Layer, shape: str, sources: list[str], depth: int) -> _Row:
    built = layer.built
    params = str(sum(weight.size for weight in layer.weights)) if built else "?"
    trainable = "-" if not layer.weights else "Y" if layer.trainable else "N"
    return _Row(layer.name, type(layer).__name__, shape if built else "?", params, sources, trainable, depth)


def _shape_of(layer: Layer, graph: Graph | None) -> str:
    """The shape of a layer's output in this graph; outside of one, for the input it was built on."""
    if isinstance(layer, InputLayer):
        return str(layer.output.shape)
    if graph is not None:
        found = list(dict.fromkeys(_shapes(node.outputs) for node in graph.nodes if node.operation is layer))
        return found[0] if len(found) == 1 else "multiple"
    args, kwargs = layer.__dict__.get("built_for", ((), {}))
    if len(args) != 1 or kwargs:
        return "?"
    try:
        return _shapes(layer.compute_output_shape(args[0]))
    except (HornbeamError, TypeError, ValueError, NotImplementedError):  # its call takes more than one input
        return "?"


def _shapes(outputs: Any) -> str:
    if isinstance(outputs, (SymbolicTensor, Described)):
        return str(tuple(outputs.shape))
    if isinstance(outputs, dict):
        return "{" + ", ".join(f"{key!r}: {_shapes(value)}" for key, value in outputs.items()) + "}"
    if isinstance(outputs, list) or (isinstance(outputs, tuple) and outputs and not _is_shape(outputs)):
        return "[" + ", ".join(map(_shapes, outputs)) + "]"
    return str(tuple(outputs))


def _is_shape(value: tuple) -> bool:
    return all(length is None or isinstance(length, int) for length in value)


def _is_chain(graph: Graph) -> bool:
    """Whether every call takes the output of the one before, so that saying so would tell nothing."""
    layers = [node.operation for node in graph.nodes if isinstance(node.operation, Layer)]
    before: Any = graph.flat_inputs[0]
    for node in graph.nodes:
        if len(node.inputs) != 1 or (node.inputs[0] is not before and node.inputs[0].node is not before):
            return False
        before = node
    return len(graph.flat_inputs) == 1 and len(set(layers)) == len(layers)


def _in_range(rows: list[_Row], layer_range: Any) -> list[_Row]:
    if layer_range is None:
        return rows
    names = [row.name for row in rows]
    ends = []
    for pattern in layer_range:
        hits = [number for number, name in enumerate(names) if name == pattern or re.fullmatch(pattern, name)]
        if not hits:
            raise ArgumentError(
                "summary, layer_range", f"names of layers ({', '.join(names)})", repr(pattern), "Choose among them."
            )
        ends.append(hits)
    low, high = sorted((ends[0][0], ends[-1][-1]))
    return rows[low : high + 1]


# -- layout ----------------------------------------------------------------------------------------------------------


def _widths(
    table: list[list[list[str]]], length: int, positions: list[float] | None, wide: bool, show_trainable: bool
) -> list[int]:
    """Widths of the columns: as ``positions`` say, and wider where something would be cut."""
    ends = list(positions or (_WIDE_ENDS if wide else _ENDS))
    scaled = [int(end * length) if max(ends) <= 1 else int(end) for end in ends]
    columns = len(table[0])
    if len(scaled) not in (columns, columns - show_trainable):
        raise ArgumentError(
            "summary, positions",
            f"{columns} ends of columns",
            f"{len(ends)}",
            "Give one for each column, or leave it out.",
        )
    if len(scaled) < columns:
        scaled.append(scaled[-1] + len("Trainable"))
    least = [end - start for start, end in zip([0, *scaled], scaled, strict=False)]
    needed = [max(len(line) for row in table for line in row[column]) for column in range(columns)]
    return [max(a, b + (column < columns - 1)) for column, (a, b) in enumerate(zip(least, needed, strict=True))]


def _lines(cells: list[list[str]], widths: list[int]) -> list[str]:
    """One row of the table, as many lines as its longest cell."""
    height = max(map(len, cells))
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [
        "".join(cell[line].ljust(width) for cell, width in zip(padded, widths, strict=True)).rstrip()
        for line in range(height)
    ]


def _totals(model: Any) -> list[str]:
    unbuilt = [layer.name for layer in jax.tree.leaves(model.layers) if not layer.built]
    if not model.built or unbuilt:
        return [
            "Total params: ?",
            "The weights are not made yet, as the shape of the input is not known: give the first layer input_shape=…,",
            f"call {model.name}.build(input_shape), or call the model on data.",
        ]
    total = sum(weight.size for weight in model.weights)
    trainable = sum(weight.size for weight in model.trainable_weights)
    return [
        f"Total params: {total:,}",
        f"Trainable params: {trainable:,}",
        f"Non-trainable params: {total - trainable:,}",
    ]
