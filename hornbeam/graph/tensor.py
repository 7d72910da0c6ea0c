"""Symbolic tensors and the nodes that made them. A tensor knows its node; a node knows its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax

from hornbeam.core.arithmetic import Operators
from hornbeam.core.checks import optional_shape
from hornbeam.core.config import field, spec_key
from hornbeam.core.dtypes import floatx, standardize
from hornbeam.core.errors import ArgumentError, HornbeamError, ShapeError
from hornbeam.core.infer import Described, infer
from hornbeam.core.symbolic import Symbolic
from hornbeam.layers.layer import LAYERS, Layer


class SymbolicTensor(Symbolic, Operators):
    """An array that is not there yet: shape, type, and the node that will make it.

    Args:
        shape: lengths of the axes, the batch axis first; None where unknown.
        dtype: name of the number type.
        node: the node that makes it.
        index: its place among the node's outputs.
    """

    def __init__(self, shape: tuple[int | None, ...], dtype: str, node: Node, index: int):
        self.shape, self.dtype, self.node, self.index = tuple(shape), dtype, node, index

    @property
    def name(self) -> str:
        """The name of the layer or operation that makes it."""
        return self.node.name

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def record(self, operation: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        return Node(operation, args, kwargs).outputs

    def _operate(self, function: Callable[..., Any], *operands: Any) -> Any:
        return self.record(function, operands, {})

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise ArgumentError(
            f"symbolic tensor of {self.name}",
            "an array with numbers",
            "a symbolic tensor, which has none yet",
            "Use hornbeam.ops or a layer on it, or call a Model on data.",
        )

    def __bool__(self) -> bool:
        raise ArgumentError(
            f"symbolic tensor of {self.name}", "a number", "a symbolic tensor", "Use hornbeam.ops.where instead of if."
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.shape or self.shape[0] is None:
            raise ArgumentError(
                f"symbolic tensor of {self.name}",
                "a known length of axis 0",
                self.shape,
                "Index it, or use hornbeam.ops.",
            )
        return (self[index] for index in range(self.shape[0]))

    def __repr__(self) -> str:
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}, from {self.name}>"


class Node:
    """One call of a layer or operation on symbolic tensors.

    Args:
        operation: a layer, or a pure function.
        args, kwargs: its arguments, symbolic tensors and constants in nested lists and dicts.
    """

    def __init__(self, operation: Callable[..., Any], args: tuple, kwargs: dict[str, Any]):
        self.operation, self.args, self.kwargs = operation, args, kwargs
        leaves, self._structure = jax.tree.flatten((args, kwargs))
        self._constants = [None if isinstance(leaf, Symbolic) else leaf for leaf in leaves]
        self._symbolic = [isinstance(leaf, Symbolic) for leaf in leaves]
        self.inputs: list[SymbolicTensor] = [leaf for leaf in leaves if isinstance(leaf, Symbolic)]  # type: ignore[misc]
        self.outputs = self._infer()
        if isinstance(operation, Layer):
            operation.note_node(self)

    @property
    def name(self) -> str:
        """The layer's name, or the function's."""
        return self.operation.name if isinstance(self.operation, Layer) else self.operation.__name__

    @property
    def output(self) -> Any:
        """The symbolic outputs."""
        return self.outputs

    @property
    def input(self) -> Any:
        """The symbolic inputs: one tensor, or a list."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    def run(self, arrays: list[Any]) -> Any:
        """Calls the operation with arrays in the places of the symbolic inputs."""
        rest = iter(arrays)
        leaves = [
            next(rest) if symbolic else constant
            for symbolic, constant in zip(self._symbolic, self._constants, strict=True)
        ]
        args, kwargs = jax.tree.unflatten(self._structure, leaves)
        return self.operation(*args, **kwargs)

    def _infer(self) -> Any:
        described = None
        if isinstance(self.operation, Layer):
            self.operation.ensure_built(self.args, self.kwargs)
            described = self.operation.known_outputs(self.args) or self._as_before()
        try:
            described = described or infer(lambda *arrays: self.run(list(arrays)), self.inputs)
        except HornbeamError:
            raise
        except (TypeError, ValueError) as error:
            shapes = ", ".join(str(tensor.shape) for tensor in self.inputs)
            where = self.operation.where if isinstance(self.operation, Layer) else self.name
            raise ShapeError(
                where, "inputs that its call can take", shapes, f"Its call said: {str(error).splitlines()[0]}"
            ) from error
        flat, structure = jax.tree.flatten(described, is_leaf=lambda item: isinstance(item, Described))
        tensors = [SymbolicTensor(item.shape, item.dtype, self, index) for index, item in enumerate(flat)]
        return jax.tree.unflatten(structure, tensors)

    def _as_before(self) -> Any:
        """What the node before gave, if this is the same block once more: a layer like that one, on inputs like those.

        A deep network of equal blocks is so described in the time of one.
        """
        before = self.inputs[0].node if self.inputs else None
        if before is None or type(self.operation) is not type(before.operation) or self._look() != before._look():
            return None
        return jax.tree.map(lambda tensor: Described(tensor.shape, tensor.dtype), before.outputs)

    def _look(self) -> Any:
        """Equal for nodes of layers with equal fields and weights, called on inputs of the same shapes and types.

        Weights count, since a layer of the user's may make its own in its call only, which then has to run.
        """
        made = [(x.shape, x.dtype) for x in (*self.inputs, *getattr(self.operation, "weights", ()))]
        return made, self._structure, spec_key(self._constants), spec_key(self.operation)


@LAYERS.add()
class InputLayer(Layer):
    """The place where data enter a graph.

    Args:
        shape: shape of one sample, None for unknown lengths.
        batch_size: length of the batch axis, None for any.
        dtype: number type of the data.
        name: how dict-valued data name it.
    """

    shape = field(None, convert=optional_shape)
    batch_size = field(None)
    sparse = field(None, config=False)
    batch_shape = field(None, kw_only=True, convert=optional_shape)
    rowwise = True

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        kwargs = dict(kwargs)
        if "input_shape" in kwargs:
            kwargs["shape"] = kwargs.pop("input_shape")
        full = kwargs.pop("batch_shape", kwargs.pop("batch_input_shape", None))
        values = super()._bind(args, kwargs)
        if full is not None:
            values |= {"shape": tuple(full)[1:], "batch_size": full[0], "batch_shape": tuple(full)}
        return values

    def _ready(self) -> None:
        super()._ready()
        if self.shape is None:
            raise ArgumentError(f"{self.where}, shape", "the shape of one sample", "None", "Write Input(shape=(784,)).")
        self.batch_shape = (self.batch_size, *self.shape)
        self.built = True
        node = Node.__new__(Node)
        node.operation, node.args, node.kwargs, node.inputs = self, (), {}, []
        tensor = SymbolicTensor(self.batch_shape, standardize(self.dtype.compute_dtype), node, 0)
        node.outputs = tensor
        self._tensor = tensor
        self.note_node(node)

    @property
    def output(self) -> SymbolicTensor:
        """The symbolic tensor that stands for the data."""
        return self._tensor

    @property
    def input(self) -> SymbolicTensor:
        """The same tensor."""
        return self._tensor

    def call(self, x: Any) -> Any:
        return x

    def get_config(self) -> dict[str, Any]:
        config = {"batch_shape": list(self.batch_shape), "dtype": self.dtype.compute_dtype, "sparse": False}
        return {**config, "name": self.name}


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: SymbolicTensor | None = None,
    optional: bool = False,
) -> SymbolicTensor:
    """A symbolic tensor for one input of a model.

    Args:
        shape: shape of one sample, ``(784,)``; None inside for unknown lengths.
        batch_size: fixed batch size, None for any.
        dtype: number type; ``floatx()`` when None.
        sparse, optional: accepted for Keras's sake; data of scipy's sparse types become dense arrays.
        batch_shape: shape with the batch axis, instead of ``shape``.
        name: how dict-valued data name it.
        tensor: an existing symbolic tensor, given back as it is.

    Example:
        >>> Input((784,)).shape
        (None, 784)
    """
    if tensor is not None:
        return tensor
    words: dict[str, Any] = {"dtype": dtype or floatx(), "name": name or None}
    if batch_shape is not None:
        words["batch_shape"] = batch_shape
    return InputLayer(shape, batch_size, **words).output


KerasTensor = SymbolicTensor


def is_keras_tensor(x: object) -> bool:
    """Whether x is a symbolic tensor."""
    return isinstance(x, SymbolicTensor)
