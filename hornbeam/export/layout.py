"""Nodes for where entries lie: shapes, slices, padding, joining; and for what is reduced, ordered and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.export.builder import Builder, Handler, carried
from hornbeam.export.program import Step, Varying


def spread(b: Builder, name: str, given: Sequence[Any], wanted: Sequence[Any], places: Sequence[int]) -> str:
    """A tensor whose axes become ``places`` of a larger shape, and is repeated along the others."""
    shape: list[Any] = [1] * len(wanted)
    for place, length in zip(places, given, strict=True):
        shape[place] = length
    if len(wanted) != len(given):
        name = b.reshaped(name, shape)
    return name if shape == list(wanted) else b.node("Expand", name, b.shape(wanted))


def _broadcast(b: Builder, step: Step, names: Sequence[str]) -> str:
    places = step.params["broadcast_dimensions"]
    return spread(b, names[0], step.inputs[0].shape, step.outputs[0].shape, places)


def _reshape(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.reshaped(names[0], step.outputs[0].shape)


def _transpose(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.transposed(names[0], step.params["permutation"])


def _joined(b: Builder, step: Step, names: Sequence[str]) -> str:
    return b.node("Concat", *names, axis=int(step.params["dimension"]))


def _stacked(b: Builder, step: Step, names: Sequence[str]) -> str:
    axis = int(step.params["axis"])
    return b.node("Concat", *(b.node("Unsqueeze", name, b.integers(axis)) for name in names), axis=axis)


def sliced(b: Builder, name: str, starts: Sequence[Any], ends: Sequence[Any], strides: Any, shape: Any) -> str:
    """The entries between starts and ends, along the axes where that is not all."""
    axes = [
        axis
        for axis, (start, end, stride) in enumerate(zip(starts, ends, strides, strict=True))
        if (start, end, stride) != (0, shape[axis], 1)
    ]
    if not axes:
        return name
    chosen = [b.shape([each[axis] for axis in axes]) for each in (starts, ends)]
    return b.node("Slice", name, *chosen, b.integers(*axes), b.integers(*(strides[axis] for axis in axes)))


def _slice(b: Builder, step: Step, names: Sequence[str]) -> str:
    shape = step.inputs[0].shape
    strides = step.params["strides"] or (1,) * len(shape)
    return sliced(b, names[0], step.params["start_indices"], step.params["limit_indices"], strides, shape)


def _split(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    return b.nodes_outputs(
        "Split", [names[0], b.shape(step.params["sizes"])], len(step.outputs), {"axis": int(step.params["axis"])}
    )


def _reversed(b: Builder, step: Step, names: Sequence[str]) -> str:
    axes = step.params["dimensions"]
    many = len(axes)
    return b.node(
        "Slice", names[0], b.integers(*(-1,) * many), b.integers(*(-(2**62),) * many), b.integers(*axes),
        b.integers(*(-1,) * many),
    )  # fmt: skip


def padded(b: Builder, name: str, fill: str, edges: Sequence[Sequence[Any]], shape: Sequence[Any]) -> str:
    """A tensor with entries before, after and between its own along each axis; fewer where numbers are below 0.

    Between: each entry gets an axis of its own with the new ones behind it, and those after the last are cut off.
    """
    lengths = list(shape)
    for axis, (_, _, between) in enumerate(edges):
        if not between:
            continue
        name = b.reshaped(name, [*lengths[: axis + 1], 1, *lengths[axis + 1 :]])
        pads = np.zeros(2 * (len(lengths) + 1), np.int64)
        pads[len(lengths) + 1 + axis + 1] = between
        name = b.node("Pad", name, b.integers(*pads), fill)
        lengths[axis] = int(lengths[axis]) * (between + 1)
        name = b.reshaped(name, lengths)
        name = b.node("Slice", name, b.integers(0), b.integers(-between), b.integers(axis))
        lengths[axis] -= between
    before, after = [low for low, _, _ in edges], [high for _, high, _ in edges]
    if any(before) or any(after):
        name = b.node("Pad", name, b.shape([*before, *after]), fill)
    return name


def _pad(b: Builder, step: Step, names: Sequence[str]) -> str:
    edges, shape = step.params["padding_config"], step.inputs[0].shape
    if any(between and isinstance(length, Varying) for (_, _, between), length in zip(edges, shape, strict=True)):
        raise b.refusal(step, "that put nothing between entries along an unknown length")
    if step.inputs[0].dtype == bool:
        name = padded(b, b.cast(names[0], np.int32), b.cast(names[1], np.int32), edges, shape)
        return b.cast(name, bool)
    return padded(b, names[0], names[1], edges, shape)


def _iota(b: Builder, step: Step, names: Sequence[str]) -> str:
    shape, axis = step.outputs[0].shape, step.params["dimension"]
    zero, one = b.constant(np.int64(0)), b.constant(np.int64(1))
    numbers = b.node("Range", zero, b.node("Squeeze", b.length(shape[axis]), b.integers(0)), one)
    numbers = b.cast(numbers, step.outputs[0].dtype)
    return spread(b, numbers, [shape[axis]], shape, [axis])


def _reduced(operator: str) -> Handler:
    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        axes = b.integers(*step.params["axes"])
        if not step.params["axes"]:
            return names[0]
        if step.inputs[0].dtype == bool:
            return b.cast(b.node(operator, b.cast(names[0], np.int32), axes, keepdims=0), bool)
        return b.node(operator, names[0], axes, keepdims=0)

    return add


def _place_of(operator: str) -> Handler:
    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        (axis,) = step.params["axes"]
        x = b.cast(names[0], np.int32) if step.inputs[0].dtype == bool else names[0]
        return b.cast(b.node(operator, x, axis=int(axis), keepdims=0), step.outputs[0].dtype)

    return add


def _running_sum(b: Builder, step: Step, names: Sequence[str]) -> str:
    axis = b.constant(np.int64(step.params["axis"]))
    return b.node("CumSum", names[0], axis, reverse=int(step.params["reverse"]))


def _largest(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    axis = int(step.params.get("axis", len(step.inputs[0].shape) - 1))
    values, places = b.nodes_outputs("TopK", [names[0], b.length(step.params["k"])], 2, {"axis": axis})
    return [values, b.cast(places, step.outputs[1].dtype)]


def _sorted(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    """By the first operand, the smallest first; the others in the same order."""
    axis = int(step.params["dimension"])
    if step.params["num_keys"] != 1:
        raise b.refusal(step, "that sort by one array")
    key = b.cast(names[0], np.int32) if step.inputs[0].dtype == bool else names[0]
    count = b.length(step.inputs[0].shape[axis])
    _, places = b.nodes_outputs("TopK", [key, count], 2, {"axis": axis, "largest": 0})
    return [b.node("GatherElements", name, places, axis=axis) for name in names]


# ---- windows


def _to_front(step: Step) -> list[int]:
    """An order of the axes with two that have no window first: batch and channels, as ONNX has them."""
    sizes = step.params["window_dimensions"]
    strides, padding = step.params["window_strides"], step.params["padding"]
    moved = [axis for axis in range(len(sizes)) if (sizes[axis], strides[axis], *padding[axis]) != (1, 1, 0, 0)]
    free = [axis for axis in range(len(sizes)) if axis not in moved]
    if len(free) < 2:
        return []
    first = [free[0], free[-1]]
    return [*first, *(axis for axis in range(len(sizes)) if axis not in first)]


def _pooled(operator: str) -> Handler:
    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        params, order = step.params, _to_front(step)
        dtype = step.inputs[0].dtype
        if not order or set(params["base_dilation"]) != {1}:
            raise b.refusal(step, "whose windows leave two axes alone, and see neighbours")
        between = order[2:]
        sizes = [int(params["window_dimensions"][axis]) for axis in between]
        pads = [params["padding"][axis] for axis in between]
        if any(isinstance(each, Varying) for pair in pads for each in pair):
            raise b.refusal(step, "whose padding is the same at any length (give the input's unknown axes a length)")
        words: dict[str, Any] = {
            "kernel_shape": sizes,
            "strides": [int(params["window_strides"][axis]) for axis in between],
            "pads": [low for low, _ in pads] + [high for _, high in pads],
        }
        dilations = [int(params["window_dilation"][axis]) for axis in between]
        if set(dilations) != {1}:
            words["dilations"] = dilations
        x = names[0] if dtype.kind == "f" else b.cast(names[0], np.float32)
        if params.get("negated"):
            x = b.node("Neg", x)
        x = b.transposed(x, order)
        if operator == "AveragePool":
            if "dilations" in words:
                raise b.refusal(step, "that sum neighbours")
            total = b.constant(np.asarray(np.prod(sizes), carried(dtype) if dtype.kind == "f" else "float32"))
            x = b.node("Mul", b.node(operator, x, count_include_pad=1, **words), total)
        else:
            x = b.node(operator, x, **words)
        x = b.transposed(x, np.argsort(order).tolist())
        return x if dtype.kind == "f" else b.cast(b.node("Round", x), dtype)

    return add


def _least_of_windows(b: Builder, step: Step, names: Sequence[str]) -> str:
    largest = Step(step.primitive, {**step.params, "negated": True}, step.inputs, step.outputs, step.layer)
    return b.node("Neg", _pooled("MaxPool")(b, largest, names))


LAYOUT: dict[str, Handler] = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "transpose": _transpose,
    "concatenate": _joined,
    "stack": _stacked,
    "slice": _slice,
    "split": _split,
    "rev": _reversed,
    "pad": _pad,
    "iota": _iota,
    "reduce_sum": _reduced("ReduceSum"),
    "reduce_max": _reduced("ReduceMax"),
    "reduce_min": _reduced("ReduceMin"),
    "reduce_prod": _reduced("ReduceProd"),
    "reduce_and": _reduced("ReduceMin"),
    "reduce_or": _reduced("ReduceMax"),
    "argmax": _place_of("ArgMax"),
    "argmin": _place_of("ArgMin"),
    "cumsum": _running_sum,
    "top_k": _largest,
    "sort": _sorted,
    "reduce_window_max": _pooled("MaxPool"),
    "reduce_window_min": _least_of_windows,
    "reduce_window_sum": _pooled("AveragePool"),
}
