"""Routing: which parameter of an estimator goes to the model's function, to compile, to fit or to predict."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean
from hornbeam.models import Model

# Words that an estimator hands to a model's function that asks for them; nobody else gives them.
ASKED = ("meta", "compile_kwargs", "params")


def _words(function: Callable[..., Any], but: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(function).parameters if name not in ("self", *but))


METHODS = {
    "compile": _words(Model.compile),
    "fit": _words(Model.fit, ("x", "y", "sample_weight")),
    "predict": _words(Model.predict, ("x",)),
    "evaluate": _words(Model.evaluate, ("x", "y", "sample_weight")),
}
# Their words are those of a class that is known only when the model is made, and that checks them itself.
OBJECTS = ("optimizer", "loss", "callbacks")
PLACES = ("model", *METHODS, *OBJECTS)


class Words:
    """The words that a model's function takes.

    Args:
        function: a function, a class, or an object that can be called; None where no function makes the model.
    """

    def __init__(self, function: Callable[..., Any] | None):
        parameters = inspect.signature(function).parameters.values() if function is not None else ()
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.all = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
        self.named = tuple(each.name for each in parameters if each.kind in named)

    def __contains__(self, name: str) -> bool:
        return name in self.named or (self.all and name not in ASKED)


def route(params: Mapping[str, Any], function: Callable[..., Any] | None) -> dict[str, dict[str, Any]]:
    """The parameters by the place they go to.

    ``place__word`` goes to that place. A plain word goes to every place that takes it, as in Keras's old wrapper, but
    one of ``compile`` that the model's function takes is left to the function. The longer spelling wins.

    Args:
        params: from name to value.
        function: what makes the model.

    Example:
        >>> def build(units=8, optimizer="adam"): ...
        >>> places = route({"units": 4, "batch_size": 16, "optimizer": "sgd", "fit__batch_size": 64}, build)
        >>> places["model"], places["compile"]
        ({'units': 4, 'optimizer': 'sgd'}, {})
        >>> places["fit"]["batch_size"], places["predict"]["batch_size"]
        (64, 16)
    """
    words = Words(function)
    routed: dict[str, dict[str, Any]] = {place: {} for place in PLACES}
    for name, value in sorted(params.items(), key=lambda item: "__" in item[0]):
        place, between, word = name.partition("__")
        if between:
            routed[place][word] = value
            continue
        if name in words.named or (words.all and not any(name in known for known in METHODS.values())):
            routed["model"][name] = value
        for method, known in METHODS.items():
            if name in known and not (method == "compile" and name in words.named):
                routed[method][name] = value
    return routed


def check_names(where: str, names: Iterable[str], function: Callable[..., Any] | None, own: Iterable[str] = ()) -> None:
    """Refuses parameters that go nowhere, all at once, with the nearest right names.

    Args:
        where: the estimator's name.
        names: the parameters beyond the estimator's own.
        function: what makes the model.
        own: the estimator's own parameters.

    Raises:
        ArgumentError: one of them is known to neither the function nor compile, fit, predict or evaluate.
    """
    words = Words(function)
    mine = [name for name in words.named if name not in ASKED]
    wrong, advice = [], []
    for name in names:
        place, between, word = name.partition("__")
        if not between:
            known = list(dict.fromkeys([*own, *mine, *(each for words in METHODS.values() for each in words)]))
            fits, near = name in words or name in known, known
        elif place == "model":
            fits, near = word in words, mine
        elif place in METHODS:
            fits, near = word in METHODS[place], list(METHODS[place])
        else:
            fits, near, word = place in OBJECTS and bool(word), list(PLACES), place
        if not fits:
            wrong.append(name)
            advice.append(did_you_mean(word if between else name, near) if near else "It takes no words.")
    if wrong:
        takes = f"its own words, those of the model's function ({', '.join(mine) or 'none'})"
        raise ArgumentError(
            f"{where}, parameters",
            f"{takes}, and those of compile, fit, predict and evaluate",
            ", ".join(map(repr, wrong)),
            " ".join(dict.fromkeys(advice)),
        )
