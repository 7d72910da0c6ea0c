"""Building: a fresh, compiled model for each fit, from a function, a model, or the data alone."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from hornbeam import losses, optimizers
from hornbeam.callbacks import Callback
from hornbeam.core.errors import ArgumentError, NotCompiledError
from hornbeam.models import Model, clone_model
from hornbeam.sklearn.routing import Words

Routed = dict[str, dict[str, Any]]


def build_model(where: str, source: Any, routed: Routed, asked: Mapping[str, Any]) -> Model:
    """A model of this fit's own.

    Args:
        where: the estimator's name.
        source: a function that gives a model, or a model, of which a copy with its weights is made.
        routed: parameters by place.
        asked: what a function gets that asks for it: ``meta`` and ``params``; ``compile_kwargs`` is added.

    Raises:
        ArgumentError: the function gives no model.
        NotCompiledError: the model was not compiled, and there is no loss to compile it with.
    """
    model = _copied(source) if isinstance(source, Model) else _called(where, source, routed, asked)
    return compiled(where, model, routed)


def _called(where: str, function: Callable[..., Any], routed: Routed, asked: Mapping[str, Any]) -> Model:
    named = Words(function).named
    given = dict(routed["model"])
    if "compile_kwargs" in named:
        words = _compile_words(routed)
        words.setdefault("optimizer", _optimizer(None, routed["optimizer"]))
        given["compile_kwargs"] = words
    given |= {name: value for name, value in asked.items() if name in named}
    model = function(**given)
    if not isinstance(model, Model):
        fix = "Write return model at its end." if model is None else "Return the model itself, a Sequential or Model."
        raise ArgumentError(f"{where}, model={_name(function)}", "a function that returns a model", repr(model), fix)
    return model


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _copied(model: Model) -> Model:
    """A copy with the same weights, compiled likewise and with a fresh optimizer."""
    made = clone_model(model)
    if model.built:
        made.set_weights(model.get_weights())
    if model.compiled:
        made.compile(**{**_settings(model), "optimizer": _fresh(model.optimizer)})
    return made


def _settings(model: Model) -> dict[str, Any]:
    """The arguments that ``compile`` was given; metrics count, and so are copied."""
    return copy.deepcopy(model._compiled) | {"optimizer": model.optimizer}


def _fresh(optimizer: Any, changes: Mapping[str, Any] = MappingProxyType({})) -> Any:
    """An optimizer of the same settings, but for the changes, that has made no step."""
    if changes:
        return type(optimizer).from_config({**optimizer.get_config(), **changes})
    made = copy.deepcopy(optimizer)
    if made is not None:
        made.state = None
    return made


def compiled(where: str, model: Model, routed: Routed) -> Model:
    """The model, compiled: by its function, but for what the estimator's words say otherwise."""
    given = _compile_words(routed)
    if model.compiled:
        if given or routed["optimizer"]:
            given["optimizer"] = _optimizer(given.get("optimizer", model.optimizer), routed["optimizer"])
            model.compile(**{**_settings(model), **given})
        return model
    if given.get("loss") is None:
        raise NotCompiledError(
            f"{where}, model",
            "a compiled model, or a loss to compile it with",
            "an uncompiled model and no loss",
            f"Write {where}(model, loss='mse'), or call compile in the function.",
        )
    given["optimizer"] = _optimizer(given.get("optimizer"), routed["optimizer"])
    model.compile(**given)
    return model


def _compile_words(routed: Routed) -> dict[str, Any]:
    given = copy.deepcopy(routed["compile"])  # metrics count, and so serve one model only
    if routed["loss"]:
        loss = given.get("loss")
        if isinstance(loss, str):
            loss = losses.get(loss)
        given["loss"] = _made(loss, routed["loss"], "loss")
    return given


def _optimizer(optimizer: Any, words: dict[str, Any]) -> Any:
    """A fresh optimizer from a name, a class or an object, with the words that were routed to it."""
    if isinstance(optimizer, type):
        return _made(optimizer, words, "optimizer")
    return _fresh(optimizers.get("rmsprop" if optimizer is None else optimizer), words)


def _made(kind: Any, words: dict[str, Any], place: str) -> Any:
    if isinstance(kind, type):
        return kind(**words)
    first = next(iter(words))
    raise ArgumentError(
        f"{place}__{first}", f"a class in {place}=, to which it can be given", repr(kind), f"Give {place}= a class."
    )


def fresh_callbacks(given: Any, words: dict[str, Any]) -> list[Callback]:
    """Callbacks of this fit's own: classes are called with the routed words, objects are copied."""
    listed = given if isinstance(given, (list, tuple)) else [] if given is None else [given]
    return [
        each(**{name: value for name, value in words.items() if name in inspect.signature(each).parameters})
        if isinstance(each, type)
        else copy.deepcopy(each)
        for each in listed
    ]
