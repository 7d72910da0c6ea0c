"""ONNX files: a model's inference, for programs that know neither JAX nor Hornbeam."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.engine import as_written
from hornbeam.core.errors import ArgumentError, FileError, NotBuiltError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.export import onnx_file
from hornbeam.export.arithmetic import ARITHMETIC
from hornbeam.export.builder import Builder
from hornbeam.export.control import CONTROL
from hornbeam.export.gathering import GATHERING
from hornbeam.export.layout import LAYOUT
from hornbeam.export.linear import LINEAR
from hornbeam.export.program import Program, Varying, combinations, overlaid
from hornbeam.saving.atomic import replacing

TABLE = {**ARITHMETIC, **CONTROL, **GATHERING, **LAYOUT, **LINEAR}
# Two lengths for each unknown axis: the batch, and axes 1, 2, 3. One of each pair is odd, so that padding or a stride
# that fits even lengths only is seen. The long ones serve large windows, the short ones layers of few places.
_LONG = ((5, 8), (97, 160), (101, 176), (103, 208))
_SHORT = ((5, 8), (11, 16), (13, 18), (15, 20))
_NAMES = ("batch", "length_1", "length_2", "length_3")


def export_onnx(model: Any, filepath: Any) -> None:
    """Writes what ``model.predict`` computes into an ONNX file, for any number of rows.

    Args:
        model: a model whose inputs are known.
        filepath: a name that ends in ``.onnx``.

    Raises:
        NotBuiltError: the model has not seen an input yet.
        ArgumentError: a step of a layer that ONNX cannot express.
        FileError: the file cannot be written; one that was there before is whole.

    Example:
        >>> import tempfile
        >>> from hornbeam import Sequential, layers
        >>> model = Sequential([layers.Dense(3, activation="relu", input_shape=(4,))])
        >>> export_onnx(model, os.path.join(tempfile.mkdtemp(), "model.onnx"))
    """
    path = os.fspath(filepath)
    if not path.endswith(".onnx"):
        raise ArgumentError(f"{model.where}, export, filepath", "a name that ends in .onnx", repr(path), "Add .onnx.")
    data = onnx_bytes(model)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


def onnx_bytes(model: Any) -> bytes:
    """The ONNX file of a model, as bytes."""
    where = f"{model.where}, export"
    names, shapes, dtypes, structure = _inputs(model, where)
    axes = sorted({axis for shape in shapes for axis, length in enumerate(shape) if length is None})
    try:
        traced = combinations(tuple(_LONG[min(axis, 3)] for axis in axes))
        program = _traced(model, structure, shapes, dtypes, axes, traced)
    except ShapeError:
        traced = combinations(tuple(_SHORT[min(axis, 3)] for axis in axes))
        program = _traced(model, structure, shapes, dtypes, axes, traced)
    builder = Builder(TABLE, traced, where)
    unknown = {Varying(tuple(each[place] for each in traced)): _NAMES[axis] for place, axis in enumerate(axes)}
    weights = model.variables
    for tensor, variable in zip(program.inputs, weights, strict=False):
        tensor.value = np.asarray(variable.slot)
    entries = program.inputs[len(weights) :]
    for tensor, name in zip(entries, names, strict=True):
        builder.bind(tensor, name)
    inputs = [builder.port(tensor, name, unknown) for tensor, name in zip(entries, names, strict=True)]
    made = builder.run(program)
    outputs = []
    taken = set(names)
    for tensor, inner, name in zip(program.outputs, made, model.output_names, strict=True):
        while name in taken:
            name = f"{name}_output"
        taken.add(name)
        builder.nodes.append(onnx_file.node("Identity", [inner], [name], builder.fresh("Identity"), {}))
        outputs.append(builder.port(tensor, name, unknown))
    graph = onnx_file.graph(model.name, builder.nodes, builder.initializers(), inputs, outputs)
    if len(graph) > onnx_file.MOST_BYTES - 1_000:
        raise FileError(where, "a model of less than 2 GiB, the most that one ONNX file holds", f"{len(graph):,} bytes",
                        "Export parts of it: Model(inputs, outputs) over the same layers.")  # fmt: skip
    return onnx_file.model(graph, "hornbeam")


def _inputs(model: Any, where: str) -> tuple[list[str], list[tuple], list[str], Any]:
    """Names, shapes and types of the inputs, and the structure in which the model is called on them."""
    if model.graph is not None:
        tensors = model.graph.flat_inputs
        names, shapes, dtypes = [t.name for t in tensors], [tuple(t.shape) for t in tensors], [t.dtype for t in tensors]
        structure = jax.tree.structure(model.graph.inputs)
    else:
        described = model.get_build_config() if model.built else None
        if described is None:
            raise NotBuiltError(
                where,
                "a model whose input shape is known",
                "one that has not seen an input yet",
                "Give the first layer input_shape=…, call build(input_shape), or call the model on data.",
            )
        found, structure = jax.tree.flatten(described["input_shape"], is_leaf=_is_shape)
        shapes = [tuple(shape) for shape in found]
        dtypes = jax.tree.leaves(described["dtype"])
        names = [f"input_{number + 1}" for number in range(len(shapes))] if len(shapes) > 1 else ["input"]
    return names, shapes, dtypes, structure


def _is_shape(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(each is None or isinstance(each, int) for each in value)


def _traced(
    model: Any, structure: Any, shapes: list[tuple], dtypes: list[str], axes: list[int], traced: Sequence[Sequence[int]]
) -> Program:
    """The program from weights and inputs to outputs."""
    variables = model.variables

    def called(weights: list[Any], arrays: list[Any]) -> list[Any]:
        with Frame(dict(zip(variables, weights, strict=True)), training=False) as frame:
            frame.naming = True
            return model.flat_outputs(model(jax.tree.unflatten(structure, arrays)))

    def trace(lengths: Sequence[int]) -> Any:
        known = dict(zip(axes, lengths, strict=True))
        arrays = [
            jax.ShapeDtypeStruct([known[n] if d is None else d for n, d in enumerate(shape)], numpy_dtype(dtype))
            for shape, dtype in zip(shapes, dtypes, strict=True)
        ]
        weights = [jax.ShapeDtypeStruct(v.shape, v.slot.dtype) for v in variables]
        # a function of its own each time: JAX would hand out a trace made for a CPU
        return jax.make_jaxpr(lambda *given: called(*given))(weights, arrays)

    with as_written():
        return overlaid([trace(lengths) for lengths in traced])
