"""Methods that models, layers and optimizers had once, put on Hornbeam's classes while the entrance is open."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.core.symbolic import first_symbolic
from hornbeam.layers.layer import Layer
from hornbeam.legacy import era, files
from hornbeam.legacy.graphs import add_loss
from hornbeam.legacy.samples import in_batches
from hornbeam.legacy.stand_in import made
from hornbeam.legacy.translate import named, translated
from hornbeam.metrics.metric import Metric
from hornbeam.models import Model
from hornbeam.optimizers import Optimizer
from hornbeam.training.history import History, Record

# -- models ----------------------------------------------------------------------------------------------------------


def _translating(name: str, key: str = "") -> Callable[[Any], Any]:
    """A method of Model with its arguments translated."""
    known = key or f"models.Model.{name}"

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            args, kwargs = tuple(map(made, args)), {word: made(value) for word, value in kwargs.items()}
            args, kwargs = translated(known, original.__get__(self), args, kwargs)
            return original(self, *args, **kwargs)

        return method

    return wrap


def fit_generator(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Trains on a generator's batches; Keras 1 counted samples where later ones count batches."""
    args, kwargs = _generator_words("fit_generator", self, args, kwargs)
    return self.fit(*args, **kwargs)


def evaluate_generator(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The loss and the metrics on a generator's batches."""
    args, kwargs = _generator_words("evaluate_generator", self, args, kwargs)
    return self.evaluate(*args, **{"verbose": 0, **kwargs})


def predict_generator(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The outputs for a generator's batches."""
    args, kwargs = _generator_words("predict_generator", self, args, kwargs)
    return self.predict(*args, **{"verbose": 0, **kwargs})


_SAMPLES = {"samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps", "val_samples": "steps"}


def _generator_words(name: str, model: Any, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """The generator, and words of today; numbers of samples become numbers of the generator's batches."""
    key = f"models.Model.{name}"
    era.met("2.15", name)
    for old in (*_SAMPLES, "nb_epoch"):
        if old in kwargs:
            era.met("1", f"{name}({old}=…)")
    args, kwargs = named(key, args, dict(kwargs))
    samples = {old: kwargs.pop(old) for old in _SAMPLES if old in kwargs}
    generator = kwargs.pop("generator")
    _, kwargs = translated(key, lambda: None, (), kwargs)
    kwargs = {word: value for word, value in kwargs.items() if value is not None}
    for old, count in samples.items():
        data = kwargs.get("validation_data") if old == "nb_val_samples" else generator
        if data is None or count is None or isinstance(data, (tuple, list)):
            continue
        kwargs[_SAMPLES[old]], data = in_batches(data, count)
        if old == "nb_val_samples":
            kwargs["validation_data"] = data
        else:
            generator = data
    return (generator,), kwargs


def predict_proba(self: Any, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
    """``predict``."""
    era.met("2.15", "predict_proba")
    return self.predict(x, batch_size, verbose)


def predict_classes(self: Any, x: Any, batch_size: int | None = None, verbose: Any = 0, **unused: Any) -> np.ndarray:
    """Class numbers: the largest of several outputs, or 1 where the only one is above one half, ``(n, 1)``."""
    era.met("2.15", "predict_classes")
    outputs = self.predict(x, batch_size, verbose)
    return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype("int32")


def to_yaml(self: Any, **unused: Any) -> Any:
    """Refused."""
    raise ArgumentError(
        f"{self.where}, to_yaml", "to_json()", "YAML, which can make a program run whatever a file says",
        "Write model.to_json(), and model_from_json to read it.",
    )  # fmt: skip


def reset_states(self: Any) -> None:
    """``reset_state`` in older words."""
    self.reset_state()


def uses_learning_phase(self: Any) -> bool:
    """Whether a layer acts otherwise in training."""
    return any("training" in _names_of_call(layer) for layer in getattr(self, "layers", [self]))


def _names_of_call(layer: Any) -> tuple[str, ...]:
    return layer.call.__code__.co_varnames[: layer.call.__code__.co_argcount + layer.call.__code__.co_kwonlyargcount]


def _name_first(original: Callable[..., Any]) -> Callable[..., Any]:
    """``add_weight`` of a layer or metric: until Keras 2.15 its first argument was the name."""

    @functools.wraps(original)
    def add_weight(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], str):
            kwargs = {**dict(zip(("name", "shape", "dtype", "initializer"), args, strict=False)), **kwargs}
            args = ()
        return original(self, *args, **kwargs)

    return add_weight


def _add_loss(original: Callable[..., Any]) -> Callable[..., Any]:
    """``add_loss`` of a model takes symbolic tensors too."""

    @functools.wraps(original)
    def method(self: Any, losses: Any, inputs: Any = None) -> None:
        (original if first_symbolic(losses) is None else add_loss)(self, losses)

    return method


# -- layers ----------------------------------------------------------------------------------------------------------


def _shape(tensors: Any) -> Any:
    shapes = [tensor.shape for tensor in jax.tree.leaves(tensors)]
    return shapes[0] if len(shapes) == 1 else shapes


class ShapeOf:
    """The shape of a layer's input or output where it was used, batch axis None; a layer's own attribute comes first.

    Args:
        what: ``"input"`` or ``"output"``.
    """

    def __init__(self, what: str):
        self._what = what

    def __get__(self, layer: Any, owner: type) -> Any:
        return self if layer is None else _shape(getattr(layer, self._what))


def get_output_shape_at(self: Any, node_index: int) -> Any:
    """Shape of the output of one of several uses."""
    return _shape(self.get_output_at(node_index))


def get_input_shape_at(self: Any, node_index: int) -> Any:
    """Shape of the input of one of several uses."""
    return _shape(self.get_input_at(node_index))


def _get_lr(self: Any) -> Any:
    return self.learning_rate


def _set_lr(self: Any, value: Any) -> None:
    self.learning_rate = value


# -- old pickles -----------------------------------------------------------------------------------------------------


def set_history(self: History, state: dict[str, Any]) -> None:
    """Gives a pickled History of old Keras what it lacks."""
    self.__dict__.update({**History().__dict__, **state})
    self.history = Record(self.history)
    for name, values in self.history.items():
        self._epochs_of.setdefault(name, list(range(len(values))))


# -- the table -------------------------------------------------------------------------------------------------------


def _replaced(function: Any) -> Callable[[Any], Any]:
    return lambda original: function


METHODS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    *((Model, name, _translating(name)) for name in ("compile", "fit", "evaluate", "predict")),
    (Model, "fit_generator", _replaced(fit_generator)),
    (Model, "evaluate_generator", _replaced(evaluate_generator)),
    (Model, "predict_generator", _replaced(predict_generator)),
    (Model, "predict_proba", _replaced(predict_proba)),
    (Model, "predict_classes", _replaced(predict_classes)),
    (Model, "to_yaml", _replaced(to_yaml)),
    (Model, "uses_learning_phase", _replaced(property(uses_learning_phase))),
    (Model, "save", _replaced(files.save_model)),
    (Model, "save_weights", _replaced(files.save_weights)),
    (Model, "load_weights", _replaced(files.load_weights)),
    (Model, "add_loss", _add_loss),
    (Model, "reset_states", _replaced(reset_states)),
    (Layer, "add_weight", _name_first),
    (Metric, "add_weight", _name_first),
    (Layer, "input_shape", _replaced(ShapeOf("input"))),
    (Layer, "output_shape", _replaced(ShapeOf("output"))),
    (Layer, "get_output_shape_at", _replaced(get_output_shape_at)),
    (Layer, "get_input_shape_at", _replaced(get_input_shape_at)),
    (History, "__setstate__", _replaced(set_history)),
    (Optimizer, "lr", _replaced(property(_get_lr, _set_lr))),
)

_before: list[tuple[type, str, Any]] = []
_NOTHING = object()


def put_on() -> None:
    """Gives the classes their old methods."""
    if _before:
        return
    of_arrays = (
        type(jnp.zeros(0)),
        "numpy",
        _replaced(lambda array: np.asarray(array)),
    )  # their class has no public name
    for cls, name, make in (*METHODS, of_arrays):
        _before.append((cls, name, cls.__dict__.get(name, _NOTHING)))
        setattr(cls, name, make(getattr(cls, name, None)))


def take_off() -> None:
    """Leaves the classes as they were."""
    for cls, name, value in reversed(_before):
        if value is _NOTHING:
            delattr(cls, name)
        else:
            setattr(cls, name, value)
    _before.clear()
