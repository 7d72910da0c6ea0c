"""Drawings of models: Graphviz text made here, and pictures by the program ``dot`` where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from typing import Any

from hornbeam.core.errors import ArgumentError, FileError, NotBuiltError
from hornbeam.core.registry import did_you_mean
from hornbeam.graph import operations
from hornbeam.graph.config import operation_names
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import InputLayer, Node, SymbolicTensor
from hornbeam.layers.layer import Layer

_DIRECTIONS = ("TB", "BT", "LR", "RL")
_TEXT, _PICTURES = ("dot", "gv"), ("png", "svg", "pdf", "jpg", "jpeg", "gif")


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> str:
    """Draws a model into a file: one box a layer, one arrow a tensor.

    Pictures are made by Graphviz's program ``dot``. Where it is missing, the drawing's text is written beside, under
    the ending ``.dot``, with a warning.

    Args:
        model: a model whose input shape is known.
        to_file: the file; its ending is one of dot, gv, png, svg, pdf, jpg, gif.
        show_shapes: whether boxes show the shapes of inputs and outputs.
        show_dtype: whether boxes show the number types of outputs.
        show_layer_names: whether boxes show the layers' names.
        rankdir: ``"TB"`` from top to bottom, ``"LR"`` from left to right; also ``"BT"`` and ``"RL"``.
        expand_nested: whether the layers of inner models are drawn, in a frame.
        dpi: dots per inch of a picture.
        show_layer_activations: whether boxes show the activation functions.
        show_trainable: whether boxes show which layers are trained.

    Returns:
        The name of the file that was written.

    Raises:
        FileError: the file cannot be written, or ``dot`` failed.
    """
    path = os.fspath(to_file)
    stem, dotted = os.path.splitext(path)
    ending = dotted[1:].lower() or "png"
    if ending not in (*_TEXT, *_PICTURES):
        raise ArgumentError(
            "plot_model, to_file", "a name that ends in .png, .svg, .pdf, .dot", repr(path), "Write 'model.png'."
        )
    text = model_to_dot(
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, False, show_layer_activations,
        show_trainable,
    )  # fmt: skip
    if ending in _TEXT:
        return _written(path, text)
    program = shutil.which("dot")
    if program is None:
        beside = _written(f"{stem}.dot", text)
        warnings.warn(
            f"plot_model, {path}: expected the program dot of Graphviz; got none on this machine. The drawing's text "
            f"is in {beside}. Install it (apt install graphviz, or brew install graphviz) and plot again.",
            stacklevel=2,
        )
        return beside
    _draw(program, text, ending, path if dotted else f"{path}.png")
    return path if dotted else f"{path}.png"


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> str:
    """The drawing of a model as Graphviz text; the words are those of ``plot_model``.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> model = Sequential([layers.Dense(3, input_dim=2, name="first")])
        >>> print(model_to_dot(model).splitlines()[0])
        digraph model {
    """
    if rankdir not in _DIRECTIONS:
        raise ArgumentError(
            "plot_model, rankdir",
            f"one of {', '.join(_DIRECTIONS)}",
            repr(rankdir),
            did_you_mean(str(rankdir), [*_DIRECTIONS]),
        )
    if not model.built or (model.graph is None and not model.layers):
        raise NotBuiltError(
            f"{model.where}, plot_model",
            "a model whose input shape is known",
            "one that has not seen an input yet",
            "Give the first layer input_shape=…, call build(input_shape), or call the model on data.",
        )
    drawing = _Drawing(show_shapes, show_dtype, show_layer_names, expand_nested, show_layer_activations, show_trainable)
    drawing.model(model, "")
    head = [f"rankdir={rankdir};", f"graph [dpi={int(dpi)}];", "node [shape=record, fontname=Helvetica];"]
    kind = "subgraph cluster_model" if subgraph else "digraph model"
    return "\n".join([f"{kind} {{", *(f"  {line}" for line in [*head, *drawing.lines, *drawing.arrows]), "}"]) + "\n"


class _Drawing:
    """Collects boxes and arrows.

    Args:
        shapes, dtypes, names, expand, activations, trainable: what to show.
    """

    def __init__(self, shapes: bool, dtypes: bool, names: bool, expand: bool, activations: bool, trainable: bool):
        self.shapes, self.dtypes, self.names, self.expand = shapes, dtypes, names, expand
        self.activations, self.trainable = activations, trainable
        self.lines: list[str] = []
        self.arrows: list[str] = []

    def model(self, model: Any, prefix: str) -> tuple[list[str], list[str]]:
        """Draws a model's layers; gives the boxes that take its inputs and those that give its outputs."""
        graph: Graph | None = model.graph
        if graph is None:  # a class of the user's: which layer feeds which is known to its call only
            boxes = [self._box(f"{prefix}{layer.name}", layer, layer.name, [], []) for layer in model.layers]
            return boxes[:1], boxes[-1:]
        names = operation_names(graph)
        ends: dict[Any, tuple[list[str], list[str]]] = {}
        for operation in graph.operations:
            ends[operation] = self._operation(operation, names[operation], prefix, graph)
        makers = {tensor: tensor if tensor in names else tensor.node.operation for tensor in graph.flat_inputs}
        for node in graph.nodes:
            maker = node.operation if isinstance(node.operation, Layer) else node
            for tensor in node.inputs:
                self._arrows(ends[makers.get(tensor, _maker(tensor))][1], ends[maker][0])
        outputs = [box for tensor in graph.flat_outputs for box in ends[makers.get(tensor, _maker(tensor))][1]]
        return [box for tensor in graph.flat_inputs for box in ends[makers[tensor]][0]], list(dict.fromkeys(outputs))

    def _operation(self, operation: Any, name: str, prefix: str, graph: Graph) -> tuple[list[str], list[str]]:
        path = f"{prefix}{name}"
        inner = getattr(operation, "graph", None)
        if self.expand and isinstance(inner, Graph):
            self.lines += [f"subgraph {_quoted('cluster_' + path)} {{", f"  label={_quoted(name)};"]
            ends = self.model(operation, f"{path}/")
            self.lines.append("}")
            return ends
        nodes = [operation] if isinstance(operation, Node) else [n for n in graph.nodes if n.operation is operation]
        if isinstance(operation, SymbolicTensor):
            inputs, outputs = [operation], [operation]
        elif isinstance(operation, InputLayer):
            inputs, outputs = [operation.output], [operation.output]
        else:
            inputs = nodes[0].inputs if nodes else []
            outputs = _flat(nodes[0].outputs) if nodes else []
        box = self._box(path, operation, name, inputs, outputs)
        return [box], [box]

    def _box(self, path: str, operation: Any, name: str, inputs: list[Any], outputs: list[Any]) -> str:
        kind = _kind(operation)
        fields = [f"{name} ({kind})" if self.names else kind]
        activation = getattr(operation, "activation", None)
        if self.activations and activation is not None:
            fields.append(f"activation: {getattr(activation, '__name__', type(activation).__name__)}")
        if self.shapes:
            fields.append("input: " + (", ".join(str(tensor.shape) for tensor in inputs) or "?"))
            fields.append("output: " + (", ".join(str(tensor.shape) for tensor in outputs) or "?"))
        if self.dtypes:
            fields.append("dtype: " + (", ".join(tensor.dtype for tensor in outputs) or "?"))
        if self.trainable and isinstance(operation, Layer) and operation.weights:
            fields.append("trainable" if operation.trainable else "not trainable")
        label = "{" + "|".join(_in_record(part) for part in fields) + "}"
        self.lines.append(f"{_quoted(path)} [label={_quoted(label, record=True)}];")
        return path

    def _arrows(self, sources: list[str], targets: list[str]) -> None:
        arrows = [f"{_quoted(source)} -> {_quoted(target)};" for source in sources for target in targets]
        self.arrows += [arrow for arrow in arrows if arrow not in self.arrows]


def _maker(tensor: SymbolicTensor) -> Any:
    return tensor.node.operation if isinstance(tensor.node.operation, Layer) else tensor.node


def _kind(operation: Any) -> str:
    if isinstance(operation, Node):
        return operations.class_name(operation.operation)
    return "InputLayer" if isinstance(operation, SymbolicTensor) else type(operation).__name__


def _flat(outputs: Any) -> list[Any]:
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    return [one for item in outputs for one in _flat(item)] if isinstance(outputs, (list, tuple)) else [outputs]


def _in_record(text: str) -> str:
    """Text for a box: the characters that divide boxes lose their meaning, and so do backslashes."""
    for sign in "\\{}|<>":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")


def _quoted(text: str, record: bool = False) -> str:
    """A quoted string of Graphviz's language; in names backslashes are doubled, in records they escape already."""
    if not record:
        text = text.replace("\\", "\\\\").replace("\n", " ")
    return '"' + text.replace('"', '\\"') + '"'


def _written(path: str, text: str) -> str:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise FileError(
            f"plot_model, {path}", "a file that can be written", error.strerror or str(error), "Choose another folder."
        ) from error
    return path


def _draw(program: str, text: str, ending: str, path: str) -> None:
    target = os.path.abspath(path)  # a name that begins with - is then no option
    done = subprocess.run([program, f"-T{ending}", "-o", target], input=text.encode(), capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise FileError(f"plot_model, {path}", f"a picture made by {program}", reason[0], "Write a .dot file instead.")
