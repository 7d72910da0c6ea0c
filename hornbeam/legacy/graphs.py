"""K.function, K.gradients, K.learning_phase and Model.add_loss: functions of symbolic tensors, over today's graphs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.core.frame import Frame, current
from hornbeam.core.symbolic import Symbolic
from hornbeam.core.variable import Variable
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import InputLayer, SymbolicTensor


class LearningPhase(int):
    """0 or 1, and a mark: where it stands among the inputs of ``K.function`` a value says whether to train."""


_phase = [LearningPhase(0)]


def learning_phase() -> LearningPhase:
    """The phase of training, 0 or 1; also an input of ``K.function``."""
    return _phase[0]


def set_learning_phase(value: int) -> None:
    """Sets the phase for what is called by hand."""
    _phase[0] = LearningPhase(int(value))


class Function:
    """What ``K.function`` gives: from a list of arrays to a list of arrays.

    Args:
        inputs: symbolic tensors, and ``K.learning_phase()``.
        outputs: symbolic tensors and Variables.
        updates: pairs of a Variable and a symbolic tensor that is to be its new value.
    """

    def __init__(self, inputs: Any, outputs: Any, updates: Any = (), name: Any = None, **kwargs: Any):
        self._inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        self._listed = isinstance(outputs, (list, tuple))
        self._outputs = list(outputs) if self._listed else [outputs]
        self._updates = [pair for pair in (updates or ()) if isinstance(pair, (list, tuple))]
        wanted = [*self._outputs, *(value for _, value in self._updates)]
        self._symbolic = [one for one in wanted if isinstance(one, Symbolic)]
        self._tensors = [one for one in self._inputs if not isinstance(one, LearningPhase)]
        self._graph = Graph(self._tensors, self._symbolic) if self._symbolic else None
        self._run = jax.jit(self._computed, static_argnums=2)

    def _computed(self, arrays: list[Any], values: list[Any], training: bool) -> Any:
        with Frame(dict(zip(self._variables(), values, strict=True)), training=training):
            return self._graph.run(arrays)  # type: ignore[union-attr]

    def _variables(self) -> list[Variable]:
        found: dict[Variable, None] = {}
        for node in self._graph.nodes if self._graph is not None else []:
            found.update(dict.fromkeys(getattr(node.operation, "variables", [])))
        return list(found)

    def __call__(self, inputs: Any) -> Any:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if len(given) != len(self._inputs):
            raise ArgumentError(
                "K.function", f"{len(self._inputs)} arrays", len(given), "Give a list with one for each input."
            )
        training, arrays = bool(learning_phase()), []
        for tensor, value in zip(self._inputs, given, strict=True):
            if isinstance(tensor, LearningPhase):
                training = bool(value)
            else:
                arrays.append(jnp.asarray(value, tensor.dtype))
        results: Any = iter([])
        if self._graph is not None:
            results = iter(self._run(arrays, [jnp.asarray(v.value) for v in self._variables()], training))
        outputs = [np.asarray(next(results) if isinstance(one, Symbolic) else one) for one in self._outputs]
        for variable, value in self._updates:
            variable.assign(next(results) if isinstance(value, Symbolic) else value)
        return outputs if self._listed else outputs[0]


def function(inputs: Any, outputs: Any, updates: Any = (), **kwargs: Any) -> Function:
    """A callable from a list of arrays to a list of arrays; see ``Function``.

    Example:
        >>> from hornbeam import Input
        >>> x = Input((2,))
        >>> print(function([x], [x * 2 + 1])([np.ones((1, 2))])[0])
        [[3. 3.]]
    """
    return Function(inputs, outputs, updates, **kwargs)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """The slopes of the sum of a symbolic tensor, as symbolic tensors.

    Args:
        loss: the tensor.
        variables: tensors on which it depends, or Variables; one or a list.

    Example:
        >>> from hornbeam import Input
        >>> x = Input((2,))
        >>> print(function([x], gradients(x * x, x))([np.ones((1, 2))])[0])
        [[2. 2.]]
    """
    wanted = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    tensors = [one for one in wanted if isinstance(one, SymbolicTensor)]
    sources = [one for one in _sources(loss, tensors) if not any(one is tensor for tensor in tensors)]
    graph = Graph([*tensors, *sources], [loss])
    held = [one for one in wanted if isinstance(one, Variable)]

    def slopes(*arrays: Any) -> Any:
        cut, rest = list(arrays[: len(tensors)]), list(arrays[len(tensors) :])

        def total(cut: list[Any], values: list[Any]) -> Any:
            active = current()
            training = active.training if active is not None else False
            outer = {} if active is None else active.values
            with Frame({**outer, **dict(zip(held, values, strict=True))}, training=training):
                return jnp.sum(graph.run([*cut, *rest])[0])

        by_tensor, by_variable = jax.grad(total, argnums=(0, 1))(cut, [jnp.asarray(v.value) for v in held])
        found = iter(by_tensor), iter(by_variable)
        return [next(found[isinstance(one, Variable)]) for one in wanted]

    slopes.__name__ = "gradients"
    return list(loss.record(slopes, (*tensors, *sources), {}))


class GraphWithLosses(Graph):
    """A graph whose run adds losses to those of the training step.

    Args:
        graph: the graph without them.
        losses: symbolic tensors that depend on its inputs.
    """

    def __init__(self, graph: Graph, losses: list[Any]):
        super().__init__(graph.inputs, graph.outputs)
        self.plain, self.losses = graph, losses
        self._whole = Graph(graph.inputs, [graph.outputs, losses])
        self.nodes, self.operations, self.layers = self._whole.nodes, self._whole.operations, self._whole.layers

    def run(self, inputs: Any) -> Any:
        outputs, losses = self._whole.run(inputs)
        active = current()
        if active is not None:
            active.losses.extend(jnp.mean(loss) for loss in losses)
        return outputs

    def key(self) -> Any:
        return "with losses", self._whole.key()


def add_loss(model: Any, losses: Any, inputs: Any = None) -> None:
    """Adds means of symbolic tensors to the loss of a model, as ``model.add_loss(tensor)`` did until Keras 2.15.

    Args:
        model: a model made from inputs and outputs.
        losses: a tensor that depends on the model's inputs, or a list of them.
        inputs: accepted.

    Example:
        >>> from hornbeam import Input, Model, layers
        >>> x = Input((2,))
        >>> y = layers.Dense(1, kernel_initializer="ones")(x)
        >>> model = Model(x, y)
        >>> add_loss(model, y * y)
        >>> model.compile("sgd")
        >>> model.evaluate(np.ones((4, 2)), verbose=0)
        4.0
    """
    known = model._known_graph("add_loss")
    several = list(losses) if isinstance(losses, (list, tuple)) else [losses]
    if isinstance(known, GraphWithLosses):
        several, known = [*known.losses, *several], known.plain
    model._set_graph(GraphWithLosses(known, several))


def _sources(tensor: SymbolicTensor, ends: list[SymbolicTensor]) -> list[SymbolicTensor]:
    """The inputs on which a tensor depends, other ways than through the ends."""
    found: dict[int, SymbolicTensor] = {}
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        one = stack.pop()
        if id(one) in seen or any(one is end for end in ends):
            continue
        seen.add(id(one))
        if isinstance(one.node.operation, InputLayer):
            found[id(one)] = one
        stack.extend(one.node.inputs)
    return list(found.values())
