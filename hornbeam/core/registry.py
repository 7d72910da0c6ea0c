"""Closed tables from names to classes and functions, and the nearest name to a misspelt one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from hornbeam.core.errors import ArgumentError, UnknownNameError


def snake_case(name: str) -> str:
    """``"LeakyReLU"`` -> ``"leaky_re_lu"``, the spelling that Keras gives to layers' names."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def nearest(name: str, names: list[str], count: int = 3) -> list[str]:
    """The names most like a misspelt one, best first."""
    folded = {candidate.lower().replace("_", ""): candidate for candidate in reversed(names)}
    hits = difflib.get_close_matches(name.lower().replace("_", ""), list(folded), count, cutoff=0.55)
    return [folded[hit] for hit in hits]


def did_you_mean(name: str, names: list[str]) -> str:
    """One sentence that offers the nearest names, or all of them when none is near."""
    near = nearest(name, names)
    if near:
        return "Did you mean " + " or ".join(repr(hit) for hit in near) + "?"
    return "Known names: " + ", ".join(sorted(names)) + "."


class Registry:
    """The table of one kind of object: layers, losses, optimizers, …

    Args:
        kind: the word used in messages, for example ``"loss"``.
        module: the public module that Keras writes into files, for example ``"keras.losses"``.
    """

    def __init__(self, kind: str, module: str):
        self.kind, self.module = kind, module
        self._objects: dict[str, Any] = {}
        self._modules: dict[Any, str] = {}
        REGISTRIES[module] = self

    def add(self, *aliases: str, module: str | None = None) -> Callable[[Any], Any]:
        """Decorator: enters a class or function under its name, its snake_case and the aliases.

        ``module`` is what files say of this one, where Keras has it in another module than its kin.
        """

        def enter(obj: Any) -> Any:
            for name in (obj.__name__, snake_case(obj.__name__), *aliases):
                self._objects.setdefault(name, obj)
            self._modules[obj] = module or self.module
            return obj

        return enter

    def alias(self, name: str, obj: Any) -> None:
        """Enters one more name for an object; the first holder of a name keeps it."""
        self._objects.setdefault(name, obj)

    def __contains__(self, name: object) -> bool:
        return name in self._objects

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def values(self) -> list[Any]:
        """Each object once, in the order in which they were entered."""
        return list(dict.fromkeys(self._objects.values()))

    def module_of(self, obj: Any) -> str:
        """The module that files name for an object of the table."""
        return self._modules.get(obj, self.module)

    def name_of(self, obj: Any) -> str | None:
        """The first name under which this very object was entered, None when it was not."""
        return next((name for name, known in self._objects.items() if known is obj), None)

    def holds(self, obj: Any) -> bool:
        """Whether this very class or function stands in the table."""
        return any(obj is known for known in self._objects.values())

    def get(self, name: str, where: str | None = None) -> Any:
        """The object called ``name``, the user's own first."""
        custom = custom_object(name)
        if custom is not None:
            return custom
        if name in self._objects:
            return self._objects[name]
        article = "an" if self.kind[0] in "aeiou" else "a"
        names = [known for known in self._objects if known.islower() == name.islower()]
        raise UnknownNameError(
            where or self.kind,
            f"the name of {article} {self.kind}",
            repr(name),
            did_you_mean(name, names or list(self._objects)),
        )


REGISTRIES: dict[str, Registry] = {}
_CUSTOM: dict[str, Any] = {}
_scope: ContextVar[tuple[dict[str, Any], ...]] = ContextVar("custom_objects", default=())


def custom_object(name: str) -> Any:
    """What the user registered, or put in scope, under this name; None when nothing."""
    for table in reversed(_scope.get()):
        if name in table:
            return table[name]
    if name in _CUSTOM:
        return _CUSTOM[name]
    # what Hornbeam itself registers for old files goes by its full name: an old RMSprop is not today's
    mine = ((key, obj) for key, obj in _CUSTOM.items() if not key.startswith("hornbeam."))
    return next((obj for key, obj in mine if key.rpartition(">")[2] == name), None)


def registered_name(obj: Any) -> str | None:
    """``"package>Name"`` of a registered class or function, None when it was not registered."""
    return next((key for key, known in _CUSTOM.items() if known is obj), None)


def register_keras_serializable(package: str = "Custom", name: str | None = None):
    """Decorator: lets files name this class or function, as ``package>name``.

    Example:
        >>> @register_keras_serializable("lessons")
        ... def double(x):
        ...     return 2 * x
        >>> registered_name(double)
        'lessons>double'
    """

    def register(obj: Any) -> Any:
        key = f"{package}>{name or obj.__name__}"
        if isinstance(obj, type) and not callable(getattr(obj, "get_config", None)):
            raise ArgumentError(
                f"register_keras_serializable, {obj.__name__}",
                "a class with get_config()",
                "one without",
                "Write get_config, or derive from a Hornbeam class.",
            )
        _CUSTOM[key] = obj
        return obj

    return register


class CustomObjectScope:
    """While open, names in files and strings are looked up in these objects first.

    Args:
        objects: a dict from name to class or function.
    """

    def __init__(self, objects: dict[str, Any] | None):
        self.objects = dict(objects or {})

    def __enter__(self) -> CustomObjectScope:
        self._token = _scope.set((*_scope.get(), self.objects))
        return self

    def __exit__(self, *exception: object) -> None:
        _scope.reset(self._token)


def get_custom_objects() -> dict[str, Any]:
    """The live table of registered objects, as Keras's function of that name gives it."""
    return _CUSTOM


custom_object_scope = CustomObjectScope


def get_registered_object(name: str, custom_objects: dict[str, Any] | None = None, module_objects: Any = None) -> Any:
    """The registered class or function of a name, None when there is none."""
    for table in (custom_objects, module_objects):
        if table and name in table:
            return table[name]
    return custom_object(name)


def get_registered_name(obj: Any) -> str:
    """``"package>Name"`` of a registered class or function, its plain name otherwise."""
    return registered_name(obj) or obj.__name__
