"""From elements to elements: what data sets do with one pass, as generators."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.data import convert


def mapped(elements: Iterator[Any], function: Callable[..., Any]) -> Iterator[Any]:
    """What a function makes of each: of a tuple it is given the parts."""
    where = "Dataset.map, map_func"
    for number, element in enumerate(elements):
        made = function(*_arguments(element, function if number == 0 else None, where))
        if made is None:
            fix = "End it with: return x, y."
            raise DataError(where, "a function that returns an element", "None", fix)
        yield made


def kept(elements: Iterator[Any], predicate: Callable[..., Any]) -> Iterator[Any]:
    """Those of which a function, given the parts of a tuple, says that they are to stay."""
    where = "Dataset.filter, predicate"
    for number, element in enumerate(elements):
        found = predicate(*_arguments(element, predicate if number == 0 else None, where))
        if np.size(found) != 1 or found is None:
            got = "None" if found is None else f"shape {np.shape(found)}"
            raise DataError(where, "a function that returns True or False", got, "For single samples unbatch() first.")
        if np.all(found):
            yield element


def windows(elements: Iterator[Any], size: int, shift: int, stride: int, whole: bool) -> Iterator[list[Any]]:
    """Lists of ``size`` elements ``stride`` apart, each begun ``shift`` after the last; at the end shorter ones too."""
    held: list[Any] = []
    for number, element in enumerate(elements):
        if number % shift and not held and shift > (size - 1) * stride + 1:
            continue  # between two windows
        held.append(element)
        if len(held) == (size - 1) * stride + 1:
            yield held[::stride]
            held = held[shift:]
    while held and not whole:
        yield held[::stride]
        held = held[shift:]


def in_columns(rows: list[Any], make: Callable[[list[Any]], Any]) -> Any:
    """What ``make`` makes of a column, in the structure of an element."""
    first = rows[0]
    if isinstance(first, tuple):
        return tuple(in_columns(list(column), make) for column in zip(*rows, strict=True))
    if isinstance(first, dict):
        return {key: in_columns([row[key] for row in rows], make) for key in first}
    return make(rows)


def _arguments(element: Any, function: Callable[..., Any] | None, where: str) -> tuple[Any, ...]:
    """What a function is given of an element; it is checked that it takes as much, unless it is None."""
    parts = element if isinstance(element, tuple) else (element,)
    try:
        if function is not None:
            signature = inspect.signature(function)
    except (ValueError, TypeError):
        function = None  # some functions written in C have none: calling them tells
    try:
        if function is not None:
            signature.bind(*parts)
    except TypeError:
        expected = "a function of one argument" if len(parts) == 1 else f"a function of {len(parts)} arguments"
        fix = "Write lambda x, y: …" if len(parts) == 2 else f"An element has {len(parts)} parts."
        raise ArgumentError(where, expected, f"one of {signature}", fix) from None
    return parts


def shuffled(elements: Iterator[Any], size: int, draw: np.random.Generator) -> Iterator[Any]:
    """The elements, each drawn from the ``size`` that wait."""
    waiting: list[Any] = []
    for element in elements:
        if len(waiting) < size:
            waiting.append(element)
            continue
        place = int(draw.integers(size))
        waiting[place], given = element, waiting[place]
        yield given
    yield from (waiting[place] for place in draw.permutation(len(waiting)).tolist())


def batched(elements: Iterator[Any], size: int, drop: bool) -> Iterator[Any]:
    """``size`` elements at a time as one, along a new first axis."""
    while group := list(islice(elements, size)):
        if len(group) < size and drop:
            return
        try:
            yield convert.map_nested(_stacked, *group)
        except (ValueError, TypeError, KeyError, AttributeError):
            shapes = [convert.map_nested(np.shape, element) for element in group]
            other = next((shape for shape in shapes if shape != shapes[0]), shapes[0])
            fix = "Bring them to one shape first: dataset.map(lambda x, y: (resize(x), y)).batch(…)."
            raise DataError("Dataset.batch", "elements of one shape", f"{shapes[0]} and {other}", fix) from None


def _stacked(*leaves: Any) -> np.ndarray:
    if isinstance(leaves[0], (str, bytes)):
        texts = np.empty(len(leaves), object)
        texts[:] = leaves
        return texts
    return np.stack([np.asarray(leaf) for leaf in leaves])


def rows(elements: Iterator[Any]) -> Iterator[Any]:
    """The rows along the first axis, one by one."""
    for element in elements:
        lengths: list[Any] = []
        convert.map_nested(lambda leaf: lengths.append(np.shape(leaf)[:1]), element)  # noqa: B023
        if len(set(lengths)) != 1 or not lengths[0]:
            shapes = convert.map_nested(np.shape, element)
            expected = "batches: arrays with equally many rows"
            raise DataError("Dataset.unbatch", expected, f"shapes {shapes}", "Leave unbatch() out of single samples.")
        for row in range(lengths[0][0]):
            yield convert.map_nested(lambda leaf: leaf[row], element)  # noqa: B023
