"""A model's inference as a list of steps, from JAX's traces at several lengths of what is unknown.

A trace has numbers where the batch size entered: in shapes, in limits of slices, in the divisor of a mean. The same
program is traced for each combination of two stand-ins per unknown length, and the traces are laid over one another:
what agrees is a constant, what differs follows from the unknown lengths (``Varying``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.extend import core as jax_core

from hornbeam.core.errors import ArgumentError

# primitives that only call a program within, and the name of the parameter that holds it
_CALLS = {
    "jit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat": "jaxpr",
    "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}


class Varying(NamedTuple):
    """A number that has another value in each trace."""

    values: tuple[Any, ...]


@dataclass(eq=False)
class Tensor:
    """What a step takes or makes.

    Attributes:
        shape: lengths of the axes; Varying where they follow from unknown ones.
        dtype: its number type.
        value: the array, where it is constant; Varying for a single number that follows from unknown lengths.
    """

    shape: tuple[Any, ...]
    dtype: np.dtype
    value: Any = None

    @property
    def is_known(self) -> bool:
        return self.value is not None and not isinstance(self.value, Varying)


@dataclass(eq=False)
class Step:
    """One primitive of JAX, applied.

    Attributes:
        primitive: JAX's object.
        params: its parameters, Varying within where traces differ; programs within as ``Program``.
        inputs, outputs: what it takes and makes.
        layer: names of the layers around it, outermost first, with slashes between.
    """

    primitive: Any
    params: dict[str, Any]
    inputs: list[Tensor]
    outputs: list[Tensor]
    layer: str

    @property
    def name(self) -> str:
        return self.primitive.name


@dataclass(eq=False)
class Program:
    """Steps from inputs to outputs."""

    inputs: list[Tensor]
    outputs: list[Tensor]
    steps: list[Step]


def overlaid(closed: Sequence[Any], layer: str = "") -> Program:
    """One program for several traces of the same function.

    Args:
        closed: the traces, ``ClosedJaxpr``.
        layer: names of the layers around it.

    Raises:
        ArgumentError: the function takes another way at another length.
    """
    inputs = [_tensor(variables) for variables in _across(closed, lambda each: each.jaxpr.invars)]
    steps: list[Step] = []
    outputs = _run(closed, inputs, steps, layer)
    return Program(inputs, outputs, _needed(steps, outputs))


def _needed(steps: list[Step], outputs: Iterable[Tensor]) -> list[Step]:
    """The steps on which the outputs depend."""
    wanted, kept = set(map(id, outputs)), []
    for step in reversed(steps):
        if any(id(each) in wanted for each in step.outputs):
            wanted.update(map(id, step.inputs))
            kept.append(step)
    return kept[::-1]


def _across(things: Sequence[Any], parts: Any) -> list[tuple[Any, ...]]:
    """The parts of several things side by side, of which there must be equally many."""
    return list(zip(*map(parts, things), strict=True))


def _tensor(variables: Sequence[Any]) -> Tensor:
    aval = variables[0].aval
    return Tensor(_merged([each.aval.shape for each in variables]), aval.dtype)


def _run(closed: Sequence[Any], inputs: Sequence[Tensor], steps: list[Step], layer: str) -> list[Tensor]:
    """Appends the steps of the traces, with all calls written out, and returns their outputs."""
    jaxprs = [each.jaxpr for each in closed]
    tensors: dict[Any, Tensor] = dict(zip(jaxprs[0].invars, inputs, strict=True))
    for variable, values in zip(jaxprs[0].constvars, zip(*(each.consts for each in closed), strict=True), strict=True):
        tensors[variable] = _constant(values, layer)

    def read(atoms: Sequence[Any]) -> Tensor:
        if isinstance(atoms[0], jax_core.Literal):
            return _constant([np.asarray(each.val, each.aval.dtype) for each in atoms], layer)
        return tensors[atoms[0]]

    if len({tuple(each.primitive.name for each in jaxpr.eqns) for jaxpr in jaxprs}) > 1:
        raise ArgumentError(
            f"export, {layer or 'the model'}",
            "the same steps at any batch size and unknown length",
            "other ones at another length",
            "Give the unknown axes of the inputs a length; let no Python code look at the batch size.",
        )
    for equations in _across(jaxprs, lambda jaxpr: jaxpr.eqns):
        first = equations[0]
        given = [read(atoms) for atoms in _across(equations, lambda each: each.invars)]
        where = "/".join(filter(None, (layer, *_layers(first))))
        if first.primitive.name in _CALLS:
            inner = [_closed(each.params[_CALLS[first.primitive.name]]) for each in equations]
            made = _run(inner, given, steps, where)
        else:
            made = [_tensor(variables) for variables in _across(equations, lambda each: each.outvars)]
            params = {word: _merged([each.params[word] for each in equations], where) for word in first.params}
            steps.append(Step(first.primitive, params, given, made, where))
        tensors.update(zip(first.outvars, made, strict=True))
    return [read(atoms) for atoms in _across(jaxprs, lambda jaxpr: jaxpr.outvars)]


def _layers(equation: Any) -> list[str]:
    """Names of the layers around an equation, without the transformations that JAX notes among them."""
    return [name for name in str(equation.source_info.name_stack).split("/") if not name.endswith(")")]


def _closed(jaxpr: Any) -> Any:
    return jaxpr if isinstance(jaxpr, jax_core.ClosedJaxpr) else jax_core.ClosedJaxpr(jaxpr, [])


def _constant(values: Sequence[Any], layer: str) -> Tensor:
    """A constant of the traces; a single number may differ among them."""
    arrays = [np.asarray(each) for each in values]
    first = arrays[0]
    if all(each.shape == first.shape and np.array_equal(each, first, _has_nan(each)) for each in arrays[1:]):
        return Tensor(first.shape, first.dtype, first)
    if all(each.ndim == 0 for each in arrays):
        return Tensor((), first.dtype, Varying(tuple(each.item() for each in arrays)))
    raise ArgumentError(
        f"export, {layer or 'the model'}",
        "arrays of constants that are the same at any batch size and unknown length",
        f"one of shape {first.shape} that is not",
        "Give the unknown axes of the inputs a length.",
    )


def _has_nan(array: np.ndarray) -> bool:
    return array.dtype.kind == "f"


def _merged(values: Sequence[Any], layer: str = "") -> Any:
    """One parameter for several, Varying where whole numbers within them differ."""
    first = values[0]
    if isinstance(first, (jax_core.ClosedJaxpr, jax_core.Jaxpr)):
        return overlaid(list(map(_closed, values)), layer)
    if isinstance(first, (tuple, list)) and type(first) in (tuple, list):
        return tuple(_merged(each, layer) for each in zip(*values, strict=True))
    if isinstance(first, int) and len(set(values)) > 1:
        return Varying(tuple(values))
    return first


def varies(value: Any) -> bool:
    """Whether anything within a parameter or a shape is Varying."""
    if isinstance(value, Varying):
        return True
    return isinstance(value, tuple) and any(map(varies, value))


def folded(step: Step) -> None:
    """Computes a step's outputs where all that it takes is constant.

    Large arrays are not made of small ones: they would be written out in the file.
    """
    if not all(each.is_known for each in step.inputs) or varies(tuple(step.params.values())):
        return
    if any(isinstance(each, Program) for value in step.params.values() for each in jax.tree.leaves(value)):
        return
    size = sum(each.value.size for each in step.inputs)
    if varies(tuple(each.shape for each in step.outputs)) or step.outputs[0].dtype.kind not in "biuf":
        return
    if sum(int(np.prod(each.shape)) for each in step.outputs) > max(_SMALL, 2 * size):
        return
    made = _computed(step)
    for tensor, value in zip(step.outputs, made, strict=True):
        tensor.value = np.asarray(value)


_SMALL = 4_096  # numbers, that are written out rather than computed in the file's own graph


def _computed(step: Step) -> Sequence[Any]:
    made = step.primitive.bind(*(each.value for each in step.inputs), **step.params)
    return made if step.primitive.multiple_results else [made]


def combinations(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, ...], ...]:
    """Every choice of one of each pair, the last one fastest."""
    if not pairs:
        return ((),)
    return tuple((first, *rest) for first in pairs[0] for rest in combinations(pairs[1:]))
