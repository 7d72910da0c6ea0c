"""Model and Sequential: a network that can be compiled, trained, asked and saved."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.callbacks.progress import ProgbarLogger, default_verbose
from hornbeam.core.config import serialize
from hornbeam.core.errors import ArgumentError
from hornbeam.core.naming import reset_names
from hornbeam.core.registry import CustomObjectScope
from hornbeam.core.settings import max_epochs
from hornbeam.export import export_onnx
from hornbeam.graph.clone import clone_model
from hornbeam.graph.config import describe_layer, graph_config, graph_from_config, revive_layer, sharing
from hornbeam.graph.drawing import model_to_dot, plot_model
from hornbeam.graph.graph import Graph
from hornbeam.graph.tensor import Input, InputLayer, SymbolicTensor
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.recurrent import RNN
from hornbeam.saving.converting import convert_file
from hornbeam.saving.descriptions import model_from_json
from hornbeam.saving.loading import load_model, save_model
from hornbeam.saving.saveable import Saveable
from hornbeam.training.cache import forget_programs
from hornbeam.training.callback import CallbackList
from hornbeam.training.history import History

__all__ = [
    "Functional",
    "Input",
    "Model",
    "Sequential",
    "clear_session",
    "clone_model",
    "convert_file",
    "load_model",
    "model_from_json",
    "model_to_dot",
    "plot_model",
    "save_model",
]

_ROWWISE_FUNCTIONS = {
    getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "pow", "neg", "abs", "mod", "lt", "le", "gt", "ge")
}


def _recurrent(holder: Any) -> Iterator[RNN]:
    """The recurrent layers within a model or layer, at any depth."""
    for child in holder._children():
        if isinstance(child, RNN):
            yield child
        yield from _recurrent(child)


@LAYERS.add(module="keras")
class Model(Saveable):
    """A network from inputs to outputs, or a class of the user's with its own ``call``.

    Args:
        inputs: a symbolic tensor from ``Input``, or a list or dict of them.
        outputs: what layers made of them, likewise. Any pair between which there is a way makes a model, and
            shares the layers' weights with every other model over them.
        name: how summaries and files call it.
        trainable: whether its weights may be trained.

    Example:
        >>> from hornbeam import Input, layers
        >>> x = Input((784,))
        >>> model = Model(x, layers.Dense(10, activation="softmax")(x))
        >>> model.count_params()
        7850
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and (len(args) >= 2 or "outputs" in kwargs):
            return super().__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, inputs: Any = None, outputs: Any = None, **kwargs: Any):
        if (inputs is None) != (outputs is None):
            raise ArgumentError("Model", "both inputs and outputs, or neither", "one of them", "Write Model(x, y).")
        super().__init__(**kwargs)
        if outputs is not None:
            self._set_graph(Graph(inputs, outputs))

    # -- as plain values, and on paper ---------------------------------------------------------------

    @property
    def is_functional(self) -> bool:
        """Whether it was made from inputs and outputs, and can be made so again."""
        return self._graph is not None and type(self).__init__ is Model.__init__

    def get_config(self) -> dict[str, Any]:
        if not self.is_functional:
            return super().get_config()
        return {"name": self.name, "trainable": self.trainable, **graph_config(self._known_graph("get_config"))}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Builds the model that ``get_config`` described, with new weights.

        Args:
            config: what ``get_config`` gave.
            custom_objects: dict from name to a class or function of the user's that the config names.
        """
        with CustomObjectScope(custom_objects):
            if "input_layers" not in config:
                return super().from_config(config)
            inputs, outputs = graph_from_config(config, f"config of model {config.get('name')!r}")
            rest = {key: config[key] for key in config if key not in ("layers", "input_layers", "output_layers")}
            return cls(inputs, outputs, **rest)

    def penalties(self) -> list[Any]:
        fixed = self.trained_variables
        return [w.regularizer(w.value) for w in fixed if w.regularizer is not None]

    # -- fit, evaluate, predict ----------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Trains for a number of epochs.

        Args:
            x: inputs with the samples along axis 0: an array, a list or dict of arrays for several inputs, a data
                frame, a sparse matrix, an array on disk; or an iterable that gives batches.
            y: targets, likewise; left out where x gives them.
            batch_size: samples in a step, 32 when None. The last batch may be smaller and counts with its own size.
            epochs: number of the last epoch, counted from 1.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch; ``"auto"`` is 1 in a terminal, 2 in a file.
            callbacks: objects that watch and steer.
            validation_split: fraction taken from the end of the data, before shuffling, to validate on.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)``, or an iterable of batches.
            shuffle: whether each epoch has its own order.
            class_weight: dict from class number to the weight of its samples in the loss.
            sample_weight: weight of each sample (or of each time step) in the loss.
            initial_epoch: epochs already done.
            steps_per_epoch: batches in an epoch, for iterables without a length.
            validation_steps, validation_batch_size, validation_freq: the same for validation; ``validation_freq``
                is every how many epochs, or a list of epochs counted from 1.

        Returns:
            A ``History``.

        Raises:
            DataError: the data do not fit the model or the loss; the model is as it was.
            TrainingDiverged: the loss became NaN or infinite.
        """
        history, most = History(), max_epochs()
        epochs = epochs if most is None or not isinstance(epochs, int) else min(epochs, most)
        listed = CallbackList(callbacks)
        level = default_verbose(verbose)
        listed.append(history)  # after the user's: what they add to the logs is recorded
        if level and not any(isinstance(callback, ProgbarLogger) for callback in listed.callbacks):
            listed.append(ProgbarLogger(level))
        listed.set_params({"verbose": level})
        listed.set_model(self)
        self.history = history
        return self._fit(
            x, y, batch_size, epochs, listed, validation_split, validation_data, shuffle, class_weight, sample_weight,
            initial_epoch, steps_per_epoch, validation_steps, validation_batch_size, validation_freq, history,
        )  # fmt: skip

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on data.

        Returns:
            A number without metrics, else a list in the order of ``metrics_names``; a dict with ``return_dict``.
        """
        listed = self._listening(callbacks, verbose)
        logs = self._evaluate(x, y, batch_size, sample_weight, steps, listed)
        numbers = list(logs.values())
        return logs if return_dict else numbers[0] if len(numbers) == 1 else numbers

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for data, as NumPy arrays in the structure of the model's outputs."""
        return self._predict(x, batch_size, steps, self._listening(callbacks, verbose))

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: Any = "auto") -> np.ndarray:
        """Class numbers: the largest of several outputs, or 1 where the only one is above one half."""
        outputs = self.predict(x, batch_size, verbose)
        return outputs.argmax(-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype("int32")

    def reset_state(self) -> None:
        """Sets the states of all stateful layers to zero, those within other layers too: a new series begins.

        Example:
            >>> from hornbeam import Input, layers
            >>> model = Sequential([Input(batch_shape=(1, 2, 1)), layers.GRU(3, stateful=True)])
            >>> series = np.ones((1, 2, 1), "float32")
            >>> first, second = [model.predict(series, verbose=0) for _ in range(2)]
            >>> model.reset_state()
            >>> third = model.predict(series, verbose=0)
            >>> (first == second).all(), (first == third).all()
            (np.False_, np.True_)
        """
        for layer in _recurrent(self):
            layer.reset_state()

    def export(self, filepath: Any, format: str = "onnx") -> None:
        """Writes what ``predict`` computes into a file for other programs, for any number of rows.

        Args:
            filepath: a name that ends in ``.onnx``.
            format: ``"onnx"``, which ONNX Runtime reads.

        Raises:
            ArgumentError: a layer has a step that ONNX cannot express; the message names both.
            NotBuiltError: the model has not seen an input yet.
        """
        if format != "onnx":
            raise ArgumentError(f"{self.where}, export, format", "'onnx'", repr(format), "Write format='onnx'.")
        export_onnx(self, filepath)

    def _listening(self, callbacks: Any, verbose: Any) -> CallbackList:
        listed = CallbackList(callbacks)
        level = default_verbose(verbose)
        if level and not any(isinstance(callback, ProgbarLogger) for callback in listed.callbacks):
            listed.append(ProgbarLogger(level))
        listed.set_params({"verbose": level})
        listed.set_model(self)
        return listed


@LAYERS.add(module="keras.src.models.functional")
class Functional(Model):
    """A model made from inputs and outputs; ``Model(inputs, outputs)`` gives one."""


@LAYERS.add(module="keras")
class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: the layers; the first may be an ``Input``.
        trainable: whether its weights may be trained.
        name: how summaries and files call it.

    Example:
        >>> from hornbeam import layers
        >>> model = Sequential([layers.Dense(16, activation="relu", input_dim=2), layers.Dense(1)])
        >>> model.output_shape
        (None, 1)
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None, **kwargs: Any):
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._layers: list[Layer] = []
        self._entry: Any = None  # the input's tensor; a list of them where a model with several inputs comes first
        items = layers if isinstance(layers, (list, tuple)) else [] if layers is None else [layers]
        for layer in items:
            self._append(layer)
        self._lower()

    def add(self, layer: Any) -> None:
        """Adds a layer at the end."""
        self._append(layer)
        self._lower()

    def _append(self, layer: Any) -> None:
        if isinstance(layer, SymbolicTensor):
            layer = layer.node.operation
        if isinstance(layer, InputLayer):
            if self._layers:
                raise ArgumentError(
                    f"{self.where}, add", "Input as the first layer", "it after others", "Add it first."
                )
            self._entry = layer.output
            return
        if not isinstance(layer, Layer):
            if not callable(layer):
                raise ArgumentError(f"{self.where}, add", "a layer", repr(layer), "Write for example Dense(10).")
            layer = LAYERS.get("Lambda")(layer)
        if any(layer.name == other.name and layer is not other for other in self._layers):
            raise ArgumentError(
                f"{self.where}, add", "layers with different names", repr(layer.name), "Give one of them another name."
            )
        if not self._layers and self._entry is None:
            if layer.declared_shape is not None:
                self._entry = Input(batch_shape=layer.declared_shape, dtype=getattr(layer, "input_dtype", None))
            elif isinstance(layer, Model) and layer._graph is not None:
                entries = [Input(batch_shape=tensor.shape, dtype=tensor.dtype) for tensor in layer.inputs]
                self._entry = entries[0] if len(entries) == 1 else entries
        self._layers.append(layer)

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the last layer away and returns it."""
        if not self._layers:
            raise ArgumentError(f"{self.where}, pop", "at least one layer", "none", "Add one first.")
        layer = self._layers.pop()
        self._lower()
        return layer

    def _lower(self) -> None:
        """Makes the graph, when the input's shape and at least one layer are known."""
        self._compiled = self.__dict__.get("_compiled")
        graph = self._graph
        self.__dict__["_graph"] = None
        self.built = False
        if self._entry is None or not self._layers:
            return
        known = len(graph.nodes) if graph is not None and graph.inputs is self._entry else 0
        tensor: Any = self._entry
        for number, layer in enumerate(self._layers):
            if graph is not None and number < known and graph.nodes[number].operation is layer:
                tensor = graph.nodes[number].outputs
            else:
                tensor = layer(tensor)
        self._set_graph(Graph(self._entry, tensor))

    @property
    def is_functional(self) -> bool:
        return False

    @property
    def is_sequential(self) -> bool:
        return type(self).__init__ is Sequential.__init__

    def get_config(self) -> dict[str, Any]:
        if not self.is_sequential:
            return super().get_config()
        single = self._entry if isinstance(self._entry, SymbolicTensor) else None  # several belong to the first model
        entry: list[Any] = [] if single is None else [single.node.operation]
        with sharing():
            layers = [describe_layer(layer) for layer in [*entry, *self._layers]]
        config = {"name": self.name, "trainable": self.trainable, "dtype": serialize(self.dtype), "layers": layers}
        return config if single is None else {**config, "build_input_shape": list(single.shape)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        if "layers" not in config or cls.__init__ is not Sequential.__init__:
            return super().from_config(config, custom_objects)
        with CustomObjectScope(custom_objects), sharing():
            layers = [revive_layer(description) for description in config["layers"]]
            model = cls(layers, config.get("trainable", True), config.get("name"), dtype=config.get("dtype"))
        if config.get("build_input_shape") is not None:
            model.build(config["build_input_shape"])
        return model

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return list(self._layers)

    def _children(self) -> list[Any]:
        return list(self.__dict__.get("_layers", []))

    def build(self, input_shape: Any = None) -> None:
        """Makes the weights for inputs of a shape that includes the batch axis."""
        if self._graph is None and input_shape is not None:
            first = self._layers[0] if self._layers else None
            self._entry = Input(batch_shape=tuple(input_shape), dtype=getattr(first, "input_dtype", None))
            self._lower()

    def _build_from(self, x: Any) -> None:
        self.build((None, *x.shape[1:]))

    def _graph_for(self, inputs: Any) -> Graph:
        if self._graph is None:
            self.build((None, *inputs.shape[1:]))
        return self._known_graph("call")


def clear_session(free_memory: bool = True) -> None:
    """Starts automatic names anew and forgets compiled programs that no model holds."""
    reset_names()
    forget_programs()
