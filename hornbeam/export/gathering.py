"""Nodes for entries that are taken from places, or put there, which other arrays say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.export.builder import Builder, Handler, carried
from hornbeam.export.layout import sliced
from hornbeam.export.program import Step, Varying


def _bounds(b: Builder, lengths: Sequence[Any]) -> str:
    """The lengths of the axes that are looked up, as a vector."""
    return b.shape(lengths)


def _inside(b: Builder, places: str, bounds: str) -> str:
    """Whether all numbers of a place lie within the array: ``(…, numbers) -> (…)``."""
    low = b.node("GreaterOrEqual", places, b.integers(0))
    within = b.node("And", low, b.node("Less", places, bounds))
    return b.cast(b.node("ReduceMin", b.cast(within, np.int32), b.integers(-1), keepdims=0), bool)


def _clipped(b: Builder, places: str, bounds: str) -> str:
    most = b.node("Sub", bounds, b.integers(1))
    return b.node("Max", b.node("Min", places, most), b.integers(0))


def _known_inside(step: Step, columns: Sequence[int], lengths: Sequence[Any]) -> bool:
    """Whether constant places lie within the array."""
    places = step.inputs[1]
    if not places.is_known or any(isinstance(each, Varying) for each in lengths):
        return False
    values = places.value[..., list(columns)]
    return bool(np.all((values >= 0) & (values < np.asarray(lengths))))


def _fill(step: Step) -> np.ndarray:
    """What stands for an entry outside of the array."""
    dtype = step.outputs[0].dtype
    value = step.params["fill_value"]
    if value is None:
        value = np.nan if dtype.kind == "f" else np.iinfo(dtype).min if dtype.kind in "iu" else 0
    return np.asarray(value, carried(dtype))


def _gather(b: Builder, step: Step, names: Sequence[str]) -> str:
    """``gather``: Gather where one axis is looked up, GatherND otherwise; axes that are not, are taken whole."""
    numbers, sizes = step.params["dimension_numbers"], step.params["slice_sizes"]
    operand, places = step.inputs
    shape, rank = operand.shape, len(operand.shape)
    paired, pairs = list(numbers.operand_batching_dims), list(numbers.start_indices_batching_dims)
    columns = [n for n, axis in enumerate(numbers.start_index_map) if sizes[axis] == 1]
    looked = [numbers.start_index_map[n] for n in columns]
    if any(sizes[axis] != shape[axis] for axis in numbers.start_index_map if axis not in looked):
        if len(places.shape) == 1 and not paired:
            return _one_window(b, step, names)
        raise b.refusal(step, "that take single entries, or whole axes")
    x = sliced(b, names[0], [0] * rank, [d if n in (*looked, *paired) else sizes[n] for n, d in enumerate(shape)],
               [1] * rank, shape)  # fmt: skip
    rest = [axis for axis in range(rank) if axis not in (*paired, *looked)]
    others = [axis for axis in range(len(places.shape) - 1) if axis not in pairs]
    index = b.cast(names[1], np.int64)
    if len(columns) < places.shape[-1]:
        index = b.node("Gather", index, b.integers(*columns), axis=len(places.shape) - 1)
    lengths = [shape[axis] for axis in looked]
    safe = "PROMISE" in step.params["mode"].name or _known_inside(step, columns, lengths)
    valid = ""
    if not safe:
        bounds = _bounds(b, lengths)
        if "FILL" in step.params["mode"].name:
            valid = _inside(b, index, bounds)
        index = _clipped(b, index, bounds)
    index = b.transposed(index, [*pairs, *others, len(places.shape) - 1])
    x = b.transposed(x, [*paired, *looked, *rest])
    if len(looked) == 1 and not paired:
        made = b.node("Gather", x, b.node("Squeeze", index, b.integers(-1)), axis=0)
    else:
        made = b.node("GatherND", x, index, batch_dims=len(paired))
    # what made has along each axis, and what the output wants: axes of the places, or of the array
    have = [("place", axis) for axis in (*pairs, *others)] + [("array", axis) for axis in rest]
    windows = iter(n for n in range(rank) if n not in (*numbers.collapsed_slice_dims, *paired))
    batch = iter(range(len(places.shape) - 1))
    output = step.outputs[0]
    of_places = [n for n in range(len(output.shape)) if n not in numbers.offset_dims]
    wanted = [("place", next(batch)) if n in of_places else ("array", next(windows)) for n in range(len(output.shape))]
    kept = [each for each in wanted if each in have]
    made = b.transposed(made, [have.index(each) for each in kept])
    if len(kept) < len(wanted):
        made = b.reshaped(made, output.shape)
    if not valid:
        return made
    one = [1] * len(output.shape)
    for place, axis in enumerate(of_places):
        one[axis] = places.shape[place]
    return b.node("Where", b.reshaped(valid, one), made, b.constant(_fill(step)))


def _starts(b: Builder, names: Sequence[str], lengths: Sequence[Any], sizes: Sequence[Any]) -> str:
    """A vector of first places, moved so that what is taken lies within the array."""
    parts = [b.reshaped(b.cast(name, np.int64), [1]) for name in names]
    most = b.node("Sub", b.shape(lengths), b.shape(sizes))
    start = parts[0] if len(parts) == 1 else b.node("Concat", *parts, axis=0)
    return b.node("Max", b.node("Min", start, most), b.integers(0))


def _window(b: Builder, x: str, start: str, sizes: Sequence[Any], axes: Sequence[int]) -> str:
    return b.node("Slice", x, start, b.node("Add", start, b.shape(sizes)), b.integers(*axes))


def _one_window(b: Builder, step: Step, names: Sequence[str]) -> str:
    """A gather of one window, which lies where a vector says."""
    axes = list(step.params["dimension_numbers"].start_index_map)
    sizes, shape = step.params["slice_sizes"], step.inputs[0].shape
    if "FILL" in step.params["mode"].name and not step.inputs[1].is_known:
        raise b.refusal(step, "whose window lies within the array")
    most = b.node("Sub", b.shape([shape[n] for n in axes]), b.shape([sizes[n] for n in axes]))
    start = b.node("Max", b.node("Min", b.cast(names[1], np.int64), most), b.integers(0))
    others = [n for n in range(len(shape)) if n not in axes]
    x = _window(b, names[0], start, [sizes[n] for n in axes], axes)
    x = sliced(b, x, [0] * len(shape), [sizes[n] if n in others else shape[n] for n in range(len(shape))],
               [1] * len(shape), shape)  # fmt: skip
    return b.reshaped(x, step.outputs[0].shape)


def _dynamic_slice(b: Builder, step: Step, names: Sequence[str]) -> str:
    sizes, shape = step.params["slice_sizes"], step.inputs[0].shape
    axes = [n for n, length in enumerate(shape) if sizes[n] != length]
    if not axes:
        return names[0]
    lengths, wanted = [shape[n] for n in axes], [sizes[n] for n in axes]
    start = _starts(b, [names[1 + n] for n in axes], lengths, wanted)
    return _window(b, names[0], start, wanted, axes)


def _dynamic_update(b: Builder, step: Step, names: Sequence[str]) -> str:
    """What is before the new part, that part, and what is after it, axis by axis."""
    shape, sizes = step.inputs[0].shape, step.inputs[1].shape
    axes = [n for n, length in enumerate(shape) if sizes[n] != length]
    return _updated(b, names[0], names[1], list(names[2:]), shape, sizes, axes)


def _updated(b: Builder, x: str, new: str, starts: list[str], shape: Any, sizes: Any, axes: list[int]) -> str:
    if not axes:
        return new
    axis, *others = axes
    start = _starts(b, [starts[axis]], [shape[axis]], [sizes[axis]])
    end = b.node("Add", start, b.shape([sizes[axis]]))
    here = b.integers(axis)
    before = b.node("Slice", x, b.integers(0), start, here)
    after = b.node("Slice", x, end, b.length(shape[axis]), here)
    middle = b.node("Slice", x, start, end, here)
    return b.node("Concat", before, _updated(b, middle, new, starts, shape, sizes, others), after, axis=axis)


def _scatter(reduction: str) -> Handler:
    """``scatter``: ScatterND on an array with the looked-up axes first.

    What would lie outside goes into one more entry along the first of them, which is cut off in the end.
    """

    def add(b: Builder, step: Step, names: Sequence[str]) -> str:
        numbers = step.params["dimension_numbers"]
        operand, places, updates = step.inputs
        looked = list(numbers.scatter_dims_to_operand_dims)
        rest = [axis for axis in range(len(operand.shape)) if axis not in looked]
        whole = [updates.shape[axis] for axis in numbers.update_window_dims] == [operand.shape[axis] for axis in rest]
        if numbers.operand_batching_dims or sorted(numbers.inserted_window_dims) != sorted(looked) or not whole:
            raise b.refusal(step, "that put single entries, or whole axes")
        x = b.transposed(names[0], [*looked, *rest])
        index = b.cast(names[1], np.int64)
        lengths = [operand.shape[axis] for axis in looked]
        spare = False
        if "CLIP" in step.params["mode"].name:
            index = _clipped(b, index, _bounds(b, lengths))
        elif "FILL" in step.params["mode"].name and not _known_inside(step, range(len(looked)), lengths):
            spare = True
            bounds = _bounds(b, lengths)
            valid = b.node("Unsqueeze", _inside(b, index, bounds), b.integers(-1))
            nowhere = b.node("Mul", bounds, b.integers(1, *(0,) * (len(looked) - 1)))
            index = b.node("Where", valid, index, nowhere)
            pads = [0] * (2 * len(operand.shape))
            pads[len(operand.shape)] = 1
            x = b.node("Pad", x, b.integers(*pads))
        of_places = [axis for axis in range(len(updates.shape)) if axis not in numbers.update_window_dims]
        new = b.transposed(names[2], [*of_places, *numbers.update_window_dims])
        made = b.node("ScatterND", x, index, new, reduction=reduction)
        if spare:
            made = b.node("Slice", made, b.integers(0), b.length(lengths[0]), b.integers(0))
        return b.transposed(made, np.argsort([*looked, *rest]).tolist())

    return add


GATHERING: dict[str, Handler] = {
    "gather": _gather,
    "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": _dynamic_update,
    "scatter": _scatter("none"),
    "scatter-add": _scatter("add"),
    "scatter_add": _scatter("add"),
    "scatter_mul": _scatter("mul"),
    "scatter_min": _scatter("min"),
    "scatter_max": _scatter("max"),
}
