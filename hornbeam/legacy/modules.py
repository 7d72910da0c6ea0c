"""Modules of old paths, made from the tables."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean
from hornbeam.legacy import era
from hornbeam.legacy.names import NAMES
from hornbeam.legacy.paths import PATHS, canonical
from hornbeam.legacy.rows import Changed, Name, Refused
from hornbeam.legacy.stand_in import stand_in
from hornbeam.legacy.translate import resolved

TENSORFLOWS = {"1": "1.0.1", "2.2": "1.14.0", "2.15": "2.15.0", "3": "2.21.0"}


_NOTHING = object()


class OldModule(ModuleType):
    """A module of an old path: its names are those of today's rooms, and old ones of the tables.

    Args:
        path: as it is imported: ``"tensorflow.keras.layers"``.
    """

    def __init__(self, path: str):
        super().__init__(path, f"{path}, as old code knows it; its names are Hornbeam's.")
        self.__path__: list[str] = []
        self._row = PATHS[canonical(path)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            if name == "__version__":
                table = TENSORFLOWS if self.__name__ == "tensorflow" else era.VERSIONS
                return table[str(era.current())]
            if name == "__all__":
                return self.__dir__()
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = _found(self, name)
        if not isinstance(value, ModuleType) and not isinstance(_row(self, name), Changed):
            # one object for one name, so that a function and its twin from another import are one
            self.__dict__[name] = value
        return value

    def __dir__(self) -> list[str]:
        names: set[str] = set()
        for room in self._row.rooms:
            place = _room(room)
            names.update(name for name in dir(place) if not isinstance(vars(place).get(name), ModuleType))
            names.update(NAMES.get(room, ()))
        return sorted(name for name in names if not name.startswith("_"))


def _room(room: str) -> ModuleType:
    return importlib.import_module(f"hornbeam.{room}" if room else "hornbeam")


def _found(module: OldModule, name: str) -> Any:
    """What a name in an old module stands for."""
    row, old = module._row, _row(module, name)
    if isinstance(old, Refused):
        return _refusing(module.__name__, name, old)
    if isinstance(old, Name):
        if old.until is not None:
            era.met(old.until, f"{module.__name__}.{name}")
        return stand_in(resolved(old.target), old.key)
    if isinstance(old, Changed) and era.within(old.until):
        era.tell(f"{module.__name__}.{name}: {old.note}.")
        return resolved(old.target)
    if canonical(f"{module.__name__}.{name}") in PATHS:
        return importlib.import_module(f"{module.__name__}.{name}")
    for room in row.rooms if not name.startswith("_") else ():
        place = _room(room)
        value = getattr(place, name, _NOTHING)
        if value is _NOTHING or (isinstance(value, ModuleType) and not value.__name__.startswith(place.__name__)):
            continue  # what a room itself imports is none of its names
        return stand_in(value)
    raise AttributeError(_advice(module, name))


def _row(module: OldModule, name: str) -> Name | Changed | Refused | None:
    rooms = (canonical(module.__name__), *module._row.rooms)
    return next((NAMES[room][name] for room in rooms if name in NAMES.get(room, ())), None)


def _refusing(path: str, name: str, row: Refused) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise ArgumentError(f"{path}.{name}", "something that Hornbeam can do", row.why, row.write)

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def _advice(module: OldModule, name: str) -> str:
    where = f"{module.__name__}.{name}"
    if not module._row.rooms:
        return f"{where}: expected a name of Hornbeam; got {name!r}. Import {module._row.today}."
    refused = REFUSED_IN_TENSORFLOW.get(name) if module.__name__.startswith("tensorflow") else None
    fix = refused or did_you_mean(name, dir(module))
    return f"{where}: expected a name that Hornbeam has; got {name!r}. {fix}"


# what lessons take from TensorFlow itself, and what to write
REFUSED_IN_TENSORFLOW = {
    "GradientTape": (
        "Hornbeam differentiates programs, not recordings: write model.fit, or jax.value_and_grad of a function that "
        "calls the model."
    ),
    "Session": "There are no sessions: call the model, or model.predict(x).",
    "InteractiveSession": "There are no sessions: call the model, or model.predict(x).",
    "placeholder": "Write hornbeam.Input(shape).",
    "train": "Write hornbeam.optimizers, and callbacks.ModelCheckpoint for saving.",
    "layers": "Write hornbeam.layers: tf.keras.layers has them.",
    "estimator": "Write a hornbeam.Model, or hornbeam.sklearn.",
    "feature_column": "Write one Input for each column.",
    "distribute": "One program runs on one device: leave the strategy out.",
    "saved_model": "Write model.save('model.keras').",
    "lite": "Hornbeam writes no TFLite files.",
    "io": "Read files with open(), and pictures with hornbeam.utils.load_img.",
    "strings": "Write hornbeam.layers.TextVectorization, or Python's own strings.",
    "summary": "Write callbacks.TensorBoard.",
    "get_default_graph": "There is one graph for each model; leave this out.",
}


def drop(names: list[str]) -> dict[str, ModuleType]:
    """Takes modules out of Python's table; returns those that were there."""
    return {name: sys.modules.pop(name) for name in names if name in sys.modules}
