"""Arguments of an old call in today's words, by the tables."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.legacy import era
from hornbeam.legacy.arguments import known_callables, orders_of, words_of
from hornbeam.legacy.defaults import DEFAULTS, VALUES, defaults_of, replaced
from hornbeam.legacy.rows import Value, Word
from hornbeam.optimizers import OPTIMIZERS

_STRINGS = {row.argument for row in VALUES}


def resolved(path: str) -> Any:
    """The object at a path beneath the package: ``"layers.Dense"``, ``"models.Model.fit"``."""
    parts = path.split(".")
    for count in range(len(parts) - 1, -1, -1):
        name = ".".join(["hornbeam", *parts[:count]])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as missing:
            if missing.name is None or not name.startswith(missing.name):
                raise
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        return found
    raise ArgumentError("table of old names", "a path of Hornbeam", path, "Correct the row.")


_BY_NAME: dict[str, list[str]] = {}
for _key in (*known_callables(), *(key for row in DEFAULTS for key in row.callables)):
    _keys = _BY_NAME.setdefault(_key.rpartition(".")[2], [])
    if _key not in _keys:
        _keys.append(_key)


def keys_of(name: str) -> list[str]:
    """The callables of the tables whose last part is this name."""
    return _BY_NAME.get(name, [])


def key_of(target: Any) -> str | None:
    """Under which name the tables know a class or function; None when they do not."""
    name = getattr(target, "__name__", "")
    for key in keys_of(name):
        if "models.Model." not in key and key.split(".")[-1] == name and _is(key, target):
            return key
    if isinstance(target, type) and _takes_a_string(target):
        return f"{target.__module__}.{name}"
    return None


def _is(key: str, target: Any) -> bool:
    try:
        return resolved(key) is target
    except AttributeError:
        return False  # the key of an old name that stands for itself


def _takes_a_string(target: Any) -> bool:
    """Whether one of its arguments is a string whose meaning an era changes."""
    return any(row.argument in getattr(target, "_fields", ()) for row in VALUES)


def translated(key: str, target: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict]:
    """The arguments of a call of ``target`` in today's words.

    Args:
        key: its name in the tables.
        target: the class or function of today; a method without ``self``.
        args, kwargs: as the old code gave them.
    """
    if args or kwargs:
        args, kwargs = named(key, args, dict(kwargs))
    for word in words_of(key):
        if any(old in kwargs for old in word.old):
            _replace(word, key, kwargs)
    if kwargs.get("epsilon", 0) is None:  # of optimizers: the default
        del kwargs["epsilon"]
    given = _positional(target, args)
    for row in defaults_of(key):
        if era.within(row.until) and row.argument not in kwargs and row.argument not in given:
            kwargs[row.argument] = row.value
            if row.value != row.today:
                where = _shown(key)
                era.tell(f"{where}, {row.argument}: {row.value!r}, as in Keras {row.until} (today {row.today!r}).")
    return _with_values(key, _positional(target, args), args, kwargs)


def class_of_era(key: str, target: Any) -> Any:
    """The class that computes as it did in the era in force: ``target`` itself where nothing has changed."""
    row = replaced(key)
    if row is None or not era.within(row.until):
        return target
    era.tell(f"{_shown(key)}: {row.note}, as in Keras {row.until}.")
    return resolved(row.new)


def _shown(key: str) -> str:
    return key.removeprefix("models.").rpartition("layers.")[2].rpartition("optimizers.")[2]


def named(key: str, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Positional arguments in an old order get their names."""
    for order in orders_of(key):
        if args and era.within(order.until) and order.when(args):
            if len(args) > len(order.names):
                raise ArgumentError(
                    _shown(key), f"at most {len(order.names)} positional arguments", len(args), "Name the others."
                )
            return (), {**dict(zip(order.names, args, strict=False)), **kwargs}
    return args, kwargs


def _replace(word: Word, key: str, kwargs: dict[str, Any]) -> None:
    missing = [old for old in word.old if old not in kwargs]
    where = f"{_shown(key)}, {' and '.join(word.old)}"
    if word.new and len(word.old) > 1 and missing:
        raise ArgumentError(where, "all of these words", f"no {missing[0]}", f"Write {word.new}=….")
    values = [kwargs.pop(old) for old in word.old if old in kwargs]
    for old in word.old:
        era.met(word.until, f"{_shown(key)}({old}=…)")
    if word.old == ("decay",):
        if values[0] and era.within(word.until):
            kwargs["decay"] = values[0]  # as its class takes it: legacy.optimizers.decaying
            era.tell(f"{where}: the rate is lr / (1 + decay · steps), as in Keras 2.2 (today decay is ignored).")
    elif word.new == "":
        assert word.value is not None
        kwargs.update(word.value(*values))
    elif word.new is None:
        if any(values):
            era.tell(f"{where}: passed over. {word.note}")
    elif word.new in kwargs:
        raise ArgumentError(where, f"one of {word.old[0]} and {word.new}", "both", f"Write {word.new} alone.")
    else:
        kwargs[word.new] = values[0] if word.value is None else word.value(*values)


def _positional(target: Any, args: tuple) -> dict[str, Any]:
    """The names of positional arguments; too many are the callable's own business."""
    if not args:
        return {}
    names = [
        name
        for name, parameter in inspect.signature(target).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return dict(zip(names, args, strict=False))


# -- strings ---------------------------------------------------------------------------------------------------------


def _with_values(key: str, given: dict[str, Any], args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    changed = [_value(key, name, value) for name, value in given.items()]
    rest = args[len(changed) :]
    return (*changed, *rest), {name: _value(key, name, value) for name, value in kwargs.items()}


def _value(key: str, argument: str, value: Any) -> Any:
    """A value of an argument, its strings with the meaning of the era."""
    argument = "metrics" if argument == "weighted_metrics" else argument
    if argument == "optimizer":
        return optimizer_of_era(value)
    if argument not in _STRINGS:
        return value
    if isinstance(value, (list, tuple)):
        return [_value(key, argument, item) for item in value]
    if isinstance(value, dict):
        return {name: _value(key, argument, item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    for row in VALUES:
        if row.argument == argument and row.old == value and era.within(row.until):
            if row.note:
                era.tell(f"{value!r} as {argument}: {row.note}.")
            return meaning(row)
    return value


def meaning(row: Value) -> Any:
    """What a string of an era stands for."""
    return resolved(row.new) if row.new.startswith("legacy.") else row.new


def optimizer_of_era(value: Any) -> Any:
    """The optimizer that a string stood for in the era in force; other values as they are."""
    if not isinstance(value, str) or value.lower() not in OPTIMIZERS:
        return value
    target = OPTIMIZERS.get(value.lower())
    key = key_of(target)
    if key is None or not any(era.within(row.until) for row in [*defaults_of(key), replaced(key)] if row is not None):
        return value
    target = class_of_era(key, target)
    args, kwargs = translated(key, target, (), {})
    return target(*args, **kwargs)
