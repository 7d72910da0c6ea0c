"""Merge and merge: how Keras 1 joined branches, in today's layers."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import layers
from hornbeam.core.errors import UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.graph.tensor import SymbolicTensor
from hornbeam.models import Model, Sequential

MODES = ("sum", "mul", "ave", "max", "concat", "dot", "cos")
_PLAIN = {"sum": layers.Add, "mul": layers.Multiply, "ave": layers.Average, "max": layers.Maximum}


def _joining(mode: Any, concat_axis: int, dot_axes: Any, output_shape: Any, arguments: Any, name: str | None) -> Any:
    """The layer of today for a mode."""
    words = {} if name is None else {"name": name}
    if callable(mode):
        return layers.Lambda(mode, arguments=arguments, **words)
    if mode in _PLAIN:
        return _PLAIN[mode](**words)
    if mode == "concat":
        return layers.Concatenate(axis=concat_axis, **words)
    if mode == "dot":
        return layers.Dot(axes=_axes(dot_axes), **words)
    if mode == "cos":
        return layers.Lambda(_cosine, arguments={"axes": _axes(dot_axes)}, **words)
    raise UnknownNameError(
        "Merge, mode", f"one of {', '.join(MODES)}, or a function", repr(mode), did_you_mean(str(mode), list(MODES))
    )


def _axes(dot_axes: Any) -> Any:
    """An axis of each input; Keras 1 also took lists of one, and -1 for the last axis of both."""
    if isinstance(dot_axes, (list, tuple)):
        return tuple(axis[0] if isinstance(axis, (list, tuple)) else axis for axis in dot_axes)
    return dot_axes


def _cosine(inputs: Any, axes: Any) -> Any:
    """``x · y / sqrt(max(x · x · y · y, 1e-7))`` along an axis of each, with an axis of length 1 after the batch."""
    x, y = inputs
    one, two = axes if isinstance(axes, (list, tuple)) else (axes, axes)
    dot = layers.Dot((one, two))
    squares = layers.Dot((one, one))([x, x]) * layers.Dot((two, two))([y, y])
    return (dot([x, y]) / jnp.sqrt(jnp.maximum(squares, 1e-7)))[:, None]


def merge(
    inputs: Any,
    mode: Any = "sum",
    dot_axes: Any = -1,
    concat_axis: int = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Any = None,
    name: str | None = None,
    **unused: Any,
) -> Any:
    """Joins tensors, as the function of Keras 1.

    Args:
        inputs: the tensors.
        mode: ``"sum"``, ``"mul"``, ``"ave"``, ``"max"``, ``"concat"``, ``"dot"``, ``"cos"``, or a function of the list.
        dot_axes: the axis, or the axis of each, along which products are summed.
        concat_axis: the axis along which ``"concat"`` joins.
        output_shape, output_mask: accepted; the shape follows.
        arguments: of a function.
        name: of the layer.
    """
    return _joining(mode, concat_axis, dot_axes, output_shape, arguments, name)(list(inputs))


def Merge(
    layers: Any = None,
    mode: Any = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: Any = None,
    name: str | None = None,
    **unused: Any,
) -> Any:
    """The layer that joined branches in Keras 1: of models and layers in a list a model, without them a layer.

    Args:
        layers: models or layers with one output each; None gives a layer to call on tensors.
        mode: as of ``merge``.
        concat_axis, dot_axes: as of ``merge``.
        output_shape, output_mask: accepted; the shape follows.
        arguments: of a function.
        name: of the layer.

    Differs:
        A ``Sequential`` that begins with a Merge is given the list of the branches' inputs, as in Keras 1.
    """
    joined = _joining(mode, concat_axis, dot_axes, output_shape, arguments, name)
    if layers is None:
        return joined
    inputs: list[SymbolicTensor] = []
    outputs: list[SymbolicTensor] = []
    for branch in layers:
        model = branch if isinstance(branch, Model) else Sequential([branch])
        inputs.extend(tensor for tensor in model.inputs if not any(tensor is other for other in inputs))
        outputs.append(model.output)
    return Model(inputs, joined(outputs))
