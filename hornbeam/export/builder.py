"""Builder: the nodes of an ONNX graph, while they are being added one after the other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.export import onnx_file
from hornbeam.export.program import Program, Step, Tensor, Varying, folded

# ONNX Runtime computes on a CPU in these types alone, or in them best: unsigned 32-bit numbers are carried as their
# remainder by 2³² in 64 bits, half precision as float32.
_CARRIED = {"uint32": "int64", "uint16": "int32", "bfloat16": "float32", "float16": "float32"}
UNSIGNED = {"uint32": 2**32 - 1, "uint16": 2**16 - 1}

Handler = Callable[["Builder", Step, Sequence[str]], Any]


def carried(dtype: Any) -> str:
    """The number type that stands in the file for one of JAX's.

    Example:
        >>> carried(np.dtype("uint32")), carried(np.dtype("int32"))
        ('int64', 'int32')
    """
    name = np.dtype(dtype).name if isinstance(dtype, type) else str(dtype)  # keys of random numbers are no NumPy type
    return _CARRIED.get(name, name)


class Builder:
    """A graph in the making: the main one, or the body of a loop or a branch, which sees its parent's tensors.

    Args:
        table: from the name of a primitive to the function that adds its nodes.
        traced: for each trace, the numbers that stood for the unknown lengths.
        where: for errors.
        parent: the graph around this one.
    """

    def __init__(
        self,
        table: dict[str, Handler],
        traced: Sequence[Sequence[int]] = ((),),
        where: str = "export",
        parent: Builder | None = None,
    ):
        self.table, self.traced, self.where = table, traced, where
        self.nodes: list[bytes] = []
        self.names: dict[int, str] = dict(parent.names) if parent else {}
        self._alive: list[Tensor] = []  # so that ids stay their own
        self._lengths: dict[Varying, str] = dict(parent._lengths) if parent else {}
        self._seen: dict[Varying, tuple[str, int]] = dict(parent._seen) if parent else {}
        self._initializers: dict[Any, tuple[str, np.ndarray]] = parent._initializers if parent else {}
        self._numbers: Any = parent._numbers if parent else itertools.count()

    # -- names and nodes -----------------------------------------------------------------------------

    def fresh(self, stem: str) -> str:
        """A name that nothing has yet."""
        return f"{stem}_{next(self._numbers)}"

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Adds an operator with one output, and returns the output's name."""
        return self.nodes_outputs(operator, inputs, 1, attributes)[0]

    def nodes_outputs(
        self, operator: str, inputs: Iterable[str], count: int, attributes: dict[str, Any] | None = None
    ) -> list[str]:
        """Adds an operator with several outputs, and returns their names."""
        name = self.fresh(operator)
        outputs = [name] if count == 1 else [f"{name}_{number}" for number in range(count)]
        given = {word: value for word, value in (attributes or {}).items() if value is not None}
        self.nodes.append(onnx_file.node(operator, inputs, outputs, name, given))
        return outputs

    def constant(self, array: Any, stem: str = "constant") -> str:
        """The name of a constant array; equal small ones are written once."""
        array = np.asarray(array)
        array = array.astype(carried(array.dtype))
        key: Any = (array.shape, array.dtype.name, array.tobytes()) if array.size <= 64 else id(array)
        if key not in self._initializers:
            self._initializers[key] = (self.fresh(stem), array)
        return self._initializers[key][0]

    def integers(self, *numbers: int) -> str:
        """A constant vector of 64-bit whole numbers, as axes and shapes are given."""
        return self.constant(np.asarray(numbers, np.int64).reshape(-1))

    def initializers(self) -> list[bytes]:
        """All constants, for the main graph."""
        return [onnx_file.tensor(name, array) for name, array in self._initializers.values()]

    # -- tensors -------------------------------------------------------------------------------------

    def bind(self, tensor: Tensor, name: str) -> None:
        """Says which name a tensor of the program has here."""
        self.names[id(tensor)] = name
        self._alive.append(tensor)
        for axis, length in enumerate(tensor.shape):
            if isinstance(length, Varying):
                self._seen.setdefault(length, (name, axis))

    def name(self, tensor: Tensor) -> str:
        """The name of a tensor, which is written first where it is a constant."""
        if id(tensor) in self.names:
            return self.names[id(tensor)]
        if isinstance(tensor.value, Varying):
            name = self.cast(self._squeezed(self.length(tensor.value)), tensor.dtype)
        else:
            name = self.constant(tensor.value)
            self._alive.append(tensor)
        self.names[id(tensor)] = name
        self._alive.append(tensor)
        return name

    def _squeezed(self, name: str) -> str:
        return self.node("Squeeze", name, self.integers(0))

    def cast(self, name: str, dtype: Any) -> str:
        """A tensor in another number type."""
        return self.node("Cast", name, to=onnx_file.TYPES[carried(dtype)])

    # -- lengths -------------------------------------------------------------------------------------

    def length(self, length: Any) -> str:
        """A vector of one whole number: a length that may follow from unknown ones."""
        if not isinstance(length, Varying):
            return self.integers(int(length))
        whole = Varying(tuple(int(value) for value in length.values))
        if whole != length:
            raise self._irregular(length)
        if whole not in self._lengths:
            self._lengths[whole] = self._computed(whole)
        return self._lengths[whole]

    def _computed(self, length: Varying) -> str:
        """From the shape of a tensor that has this length; else as a sum of products of the unknown lengths."""
        if length in self._seen:
            name, axis = self._seen[length]
            return self.node("Shape", name, start=axis, end=axis + 1)
        terms: list[str] = []
        for factors, times in self._polynomial(length):
            name = self.integers(times)
            for which in factors:
                name = self.node("Mul", name, self.length(Varying(tuple(each[which] for each in self.traced))))
            terms.append(name)
        total = terms[0]
        for term in terms[1:]:
            total = self.node("Add", total, term)
        return total

    def _polynomial(self, length: Varying) -> list[tuple[tuple[int, ...], int]]:
        """``length = Σ times · Π unknown lengths``: one factor of each at most, and whole ``times``."""
        count = len(self.traced[0])
        subsets = [which for size in range(count + 1) for which in itertools.combinations(range(count), size)]
        matrix = [[math.prod(stand_ins[each] for each in which) for which in subsets] for stand_ins in self.traced]
        found = np.linalg.solve(np.asarray(matrix, float), np.asarray(length.values, float))
        whole = np.rint(found).astype(int)
        if not np.array_equal(np.asarray(matrix) @ whole, length.values):
            raise self._irregular(length)
        return [(which, int(times)) for which, times in zip(subsets, whole, strict=True) if times]

    def _irregular(self, length: Varying) -> ArgumentError:
        return ArgumentError(
            self.where,
            "numbers that are sums and products of the unknown lengths",
            f"one that is {' and '.join(map(str, length.values))} for lengths of "
            f"{' and '.join(str(tuple(each)) for each in self.traced)}",
            "Give the unknown axes of the inputs a length.",
        )

    def shape(self, lengths: Sequence[Any]) -> str:
        """A vector of lengths."""
        if not any(isinstance(each, Varying) for each in lengths):
            return self.integers(*lengths)
        return self.node("Concat", *map(self.length, lengths), axis=0)

    def reshaped(self, name: str, shape: Sequence[Any]) -> str:
        """A tensor in another shape."""
        unknown = [place for place, each in enumerate(shape) if isinstance(each, Varying)]
        if len(unknown) == 1 and 0 not in shape:
            free = [-1 if place == unknown[0] else each for place, each in enumerate(shape)]
            return self.node("Reshape", name, self.integers(*free))
        return self.node("Reshape", name, self.shape(shape), allowzero=1 if 0 in shape else None)

    def transposed(self, name: str, order: Sequence[int]) -> str:
        """A tensor with its axes in another order."""
        order = [int(axis) for axis in order]
        return name if order == sorted(order) else self.node("Transpose", name, perm=order)

    # -- programs ------------------------------------------------------------------------------------

    def run(self, program: Program) -> list[str]:
        """Adds the nodes of all steps; returns the names of the outputs."""
        for step in program.steps:
            folded(step)
            if not all(each.is_known for each in step.outputs):
                self._add(step)
        return [self.name(each) for each in program.outputs]

    def _add(self, step: Step) -> None:
        handler = self.table.get(step.name)
        unwritten = any(carried(each.dtype) not in onnx_file.TYPES for each in step.outputs)
        if handler is None or unwritten:
            raise self.refusal(step, "that ONNX can express")
        made = handler(self, step, [self.name(each) for each in step.inputs])
        names = [made] if isinstance(made, str) else made
        for tensor, name in zip(step.outputs, names, strict=True):
            self.bind(tensor, name)

    def refusal(self, step: Step, expected: str) -> ArgumentError:
        """The error for a step that has no nodes."""
        kinds = [
            f"{each.dtype.name}{[length if isinstance(length, int) else 'batch' for length in each.shape]}"
            for each in step.inputs
        ]
        return ArgumentError(
            f"{self.where}, layer {step.layer or '(none)'}",
            f"steps {expected}",
            f"JAX's primitive {step.name!r}, which makes {step.outputs[0].dtype} of {', '.join(kinds) or 'nothing'}",
            "Export the model without this layer, and compute it where the file is used.",
        )

    def body(self, program: Program, inputs: Sequence[Tensor]) -> Builder:
        """A builder for a graph within this one, whose own inputs are those tensors."""
        inner = Builder(self.table, self.traced, self.where, self)
        inner._alive = [*self._alive]
        for tensor in inputs:
            inner.bind(tensor, inner.fresh("inner"))
        return inner

    def lend(self, outer: Sequence[Tensor], inner: Sequence[Tensor]) -> None:
        """Lets tensors of a program within stand for tensors of this one."""
        for given, taken in zip(outer, inner, strict=True):
            taken.value = given.value
            if not given.is_known:
                self.bind(taken, self.name(given))

    def port(self, tensor: Tensor, name: str, unknown: dict[Varying, str] | None = None) -> onnx_file.Port:
        """A tensor as an input or output of a graph."""
        words = unknown or {}
        axes = [words.get(each, "") if isinstance(each, Varying) else int(each) for each in tensor.shape]
        return onnx_file.Port(name, carried(tensor.dtype), axes)

    def graph(self, name: str, inputs: Sequence[onnx_file.Port], outputs: Sequence[onnx_file.Port]) -> bytes:
        """The graph within, as bytes."""
        return onnx_file.graph(name, self.nodes, [], inputs, outputs)
