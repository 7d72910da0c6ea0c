"""Network: a layer that runs a graph, or a user's own ``call`` over layers; and what data must be to enter it."""

from __future__ import annotations

import operator
from typing import Any

import jax
import numpy as np

from hornbeam.core.config import Identity
from hornbeam.core.errors import ArgumentError, DataError, NotBuiltError
from hornbeam.core.infer import Described, infer
from hornbeam.core.registry import nearest
from hornbeam.data import convert
from hornbeam.graph.graph import Graph
from hornbeam.graph.placeholder import describe_inputs, placeholders
from hornbeam.graph.tensor import SymbolicTensor
from hornbeam.layers.layer import Layer

_ROWWISE_FUNCTIONS = {
    getattr(operator, name)
    for name in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "abs"),
        *("lt", "le", "gt", "ge", "and_", "or_", "xor", "invert"),
    )
}


class Network(Layer):
    """Base of models: layers, the graph between inputs and outputs, and the checks of data against them."""

    _graph: Graph | None = None

    @classmethod
    def declares_fields(cls) -> bool:
        return False

    def _set_graph(self, graph: Graph) -> None:
        self.__dict__["_graph"] = graph
        self.built = True

    def _children(self) -> list[Any]:
        if self._graph is None:
            return super()._children()
        others = [child for child in super()._children() if child not in self._graph.layers]
        return [*self._graph.layers, *others]

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of a shape that includes the batch axis; a list or dict for several inputs."""
        if type(self).build is not Network.build:  # a user's build() calls this one at its end
            self.built = True
        elif self._graph is None and not self.built:
            self._build_from(placeholders(input_shape, None))

    def ensure_built(self, args: tuple, kwargs: dict[str, Any]) -> None:
        if self.built:
            return
        if args:
            self.__dict__["_built_from"] = describe_inputs(args[0])
        if type(self).build is Network.build:
            self.built = True  # its layers make their weights when its call meets them
        else:
            super().ensure_built(args, kwargs)

    # -- the network ---------------------------------------------------------------------------------

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return self._graph_for(inputs).run(inputs)

    def known_outputs(self, args: tuple) -> Any:
        graph = self._graph
        if graph is None or type(self).call is not Network.call or len(args) != 1:
            return None
        given = graph.match(args[0])
        known = [(x.shape, x.dtype) for x in graph.flat_inputs]
        if not all(isinstance(x, SymbolicTensor) for x in given) or known != [(x.shape, x.dtype) for x in given]:
            return None
        return jax.tree.map(lambda tensor: Described(tensor.shape, tensor.dtype), graph.outputs)

    def _graph_for(self, inputs: Any) -> Graph:
        """The graph that ``call`` runs."""
        if self._graph is None:
            raise NotImplementedError(f"{type(self).__name__} must define call(self, inputs).")
        return self._graph

    @property
    def layers(self) -> list[Layer]:
        """The layers, those nearest to the inputs first."""
        return [child for child in self._children() if isinstance(child, Layer)]

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The input tensors."""
        return self._known_graph("inputs").flat_inputs

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The output tensors."""
        return self._known_graph("outputs").flat_outputs

    @property
    def input(self) -> Any:
        """The input tensor, or the structure of them that was given."""
        return self._known_graph("input").inputs

    @property
    def output(self) -> Any:
        """The output tensor, or the structure of them that was given."""
        return self._known_graph("output").outputs

    @property
    def input_shape(self) -> Any:
        """Shape of the input, or a list of shapes; the batch axis is None."""
        shapes = [tensor.shape for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """Shape of the output, or a list of shapes."""
        shapes = [tensor.shape for tensor in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    def _known_graph(self, what: str) -> Graph:
        if self._graph is None:
            raise NotBuiltError(
                f"{self.where}, {what}",
                "a model whose input shape is known",
                "one that has not seen an input yet",
                "Give the first layer input_shape=…, call build(input_shape), or call the model on data.",
            )
        return self._graph

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name, or the one at an index of ``layers``."""
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(
                    f"{self.where}, get_layer", f"an index below {len(self.layers)}", index, "See summary()."
                )
            return self.layers[index]
        names = [layer.name for layer in self.layers]
        if name not in names:
            near = nearest(str(name), names) or names
            raise ArgumentError(
                f"{self.where}, get_layer", "the name of a layer", repr(name), f"It has {', '.join(near)}."
            )
        return self.layers[names.index(str(name))]

    def get_weights(self) -> list[np.ndarray]:
        self._require_weights("get_weights")
        return super().get_weights()

    def set_weights(self, weights: list[Any]) -> None:
        self._require_weights("set_weights")
        super().set_weights(weights)

    def _require_weights(self, what: str) -> None:
        if not self.built:
            raise NotBuiltError(
                f"{self.where}, {what}",
                "a model whose weights exist",
                "one whose input shape is not known yet",
                "Give the first layer input_shape=…, call build(input_shape), or call the model on data.",
            )

    # -- what training asks of it --------------------------------------------------------------------

    def network_key(self) -> Any:
        """Equal for networks that compute the same function of weights and inputs."""
        if self._graph is None or type(self).call is not Network.call:
            return Identity(self)
        return self._graph.key()

    @property
    def is_rowwise(self) -> bool:
        """Whether every row of the outputs depends on that row of the inputs alone, in training too."""
        if self._graph is None or type(self).call is not Network.call:
            return False
        return all(_is_rowwise(node.operation) for node in self._graph.nodes)

    @property
    def rowwise(self) -> bool:  # type: ignore[override]
        """The same, for a model used as a layer."""
        return self.is_rowwise

    def build_for(self, x: Any, where: str) -> None:
        """Makes the weights for data of this shape, or checks the data against the inputs that are known."""
        if not self.built:
            self._build_from(x)
        if self._graph is not None:
            self._check_data(x, where)

    def _build_from(self, x: Any) -> None:
        described = jax.tree.map(lambda leaf: Described((None, *leaf.shape[1:]), str(leaf.dtype)), x)
        flat, structure = jax.tree.flatten(described, is_leaf=lambda item: isinstance(item, Described))
        infer(lambda *arrays: self(jax.tree.unflatten(structure, list(arrays))), flat)
        self.__dict__["_built_from"] = describe_inputs(x)
        self.built = True

    def _check_data(self, x: Any, where: str) -> None:
        graph = self._known_graph("inputs")
        arrays = graph.flat_inputs if x is None else self._matched(x, where)
        for tensor, array in zip(graph.flat_inputs, arrays, strict=True):
            wanted, got = tensor.shape, tuple(array.shape)
            if len(got) == len(wanted) - 1 and wanted[-1] == 1:
                continue  # one feature: (batch,) counts as (batch, 1)
            fits = len(wanted) == len(got) and all(
                a is None or a == b for a, b in zip(wanted[1:], got[1:], strict=True)
            )
            if not fits:
                label = f"{where}, x" if len(graph.flat_inputs) == 1 else f"{where}, input {tensor.name!r}"
                raise DataError(label, f"shape {_dims(wanted)}", _dims((None, *got[1:])), _advice(wanted, got))

    def check_ids(self, x: Any, where: str) -> None:
        """Refuses numbers for which an embedding has no vector, as far as the data are in memory."""
        if self._graph is None:
            return
        for limit, array in zip(self._graph.id_limits, self._matched(x, where), strict=True):
            if limit is None or not isinstance(array, np.ndarray) or isinstance(array, np.memmap) or not array.size:
                continue
            outside = array.min() if array.min() < 0 else array.max()
            if not 0 <= outside < limit[0]:
                raise DataError(
                    f"{where}, x",
                    f"whole numbers from 0 to {limit[0] - 1}, as the {limit[1]} says",
                    f"{outside} in row {int(np.argwhere(array == outside)[0][0])}",
                    "Raise it to the largest number plus 1, or give rare words one number together.",
                )

    @property
    def id_limit(self) -> tuple[int, str] | None:  # type: ignore[override]
        """That of the layer within that reads the input, for a model used as a layer."""
        return None if self._graph is None else self._graph.id_limits[0]

    def _matched(self, x: Any, where: str) -> list[Any]:
        graph = self._known_graph("inputs")
        if isinstance(x, dict):
            names = list(graph.inputs) if isinstance(graph.inputs, dict) else graph.input_names
            missing = [name for name in names if name not in x]
            if missing:
                raise DataError(
                    f"{where}, x",
                    f"arrays for {', '.join(names)}",
                    f"a dict with {', '.join(x)}",
                    f"Add {missing[0]!r}.",
                )
            return graph.match(x)
        arrays = convert.leaves(x)
        if len(arrays) != len(graph.flat_inputs):
            raise DataError(
                f"{where}, x",
                f"{len(graph.flat_inputs)} arrays ({', '.join(graph.input_names)})",
                len(arrays),
                "Give a list with one array per input.",
            )
        return arrays

    def arranged_inputs(self, x: Any, where: str) -> Any:
        """Data in the structure that programs pass to the model."""
        if self._graph is None or isinstance(x, dict):
            return x
        arrays = [
            array[:, None] if len(array.shape) == len(tensor.shape) - 1 and tensor.shape[-1] == 1 else array
            for tensor, array in zip(self._graph.flat_inputs, convert.leaves(x), strict=True)
        ]
        return arrays[0] if len(arrays) == 1 else tuple(arrays)

    @property
    def output_names(self) -> list[str]:
        """The outputs' names in logs and dicts: keys of a dict, else the layers that made them."""
        if self._graph is None:
            return self.__dict__.get("_output_names", ["output"])
        if isinstance(self._graph.outputs, dict):
            return list(jax.tree.leaves({key: key for key in self._graph.outputs}))
        names: list[str] = []
        for tensor in self._graph.flat_outputs:
            name, number = tensor.name, 1
            while name in names:
                name, number = f"{tensor.name}_{number}", number + 1
            names.append(name)
        return names

    def output_shapes_for(self, x: Any) -> list[tuple[int | None, ...]]:
        """The outputs' shapes for this data, batch axis None."""
        if self._graph is not None:
            return [tensor.shape for tensor in self._graph.flat_outputs]
        described = jax.tree.map(lambda leaf: Described((None, *leaf.shape[1:]), str(leaf.dtype)), x)
        flat, structure = jax.tree.flatten(described, is_leaf=lambda item: isinstance(item, Described))
        outputs = infer(lambda *arrays: self(jax.tree.unflatten(structure, list(arrays))), flat)
        leaves = jax.tree.leaves(outputs, is_leaf=lambda item: isinstance(item, Described))
        keys = list(outputs) if isinstance(outputs, dict) else [f"output_{n + 1}" for n in range(len(leaves))]
        self.__dict__["_output_names"] = (
            sorted(keys) if isinstance(outputs, dict) else keys if len(leaves) > 1 else ["output"]
        )
        return [leaf.shape for leaf in leaves]

    def flat_outputs(self, outputs: Any) -> list[Any]:
        """Outputs as a list in the order of ``output_names``."""
        return jax.tree.leaves(outputs)


def _is_rowwise(operation: Any) -> bool:
    if isinstance(operation, Layer):
        return operation.rowwise and operation.activity_regularizer is None
    return operation in _ROWWISE_FUNCTIONS or getattr(operation, "rowwise", False)


def _dims(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("batch" if n == 0 else "any" if d is None else str(d) for n, d in enumerate(shape)) + ")"


def _advice(wanted: tuple[int | None, ...], got: tuple[int, ...]) -> str:
    if len(got) == len(wanted) - 1:
        return "For one sample, add a batch axis: x[None, ...]."
    known = [length for length in wanted[1:] if length is not None]
    if len(known) == len(wanted) - 1 and int(np.prod(known)) == int(np.prod(got[1:])):
        return f"Reshape it: x.reshape({', '.join(map(str, (-1, *known)))})."
    return "Change the data, or the input's shape in the model."
