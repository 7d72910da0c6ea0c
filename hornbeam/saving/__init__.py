"""The saving room: models and weights in files, and back. Its names load on first use, as ``atomic`` is used alone."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "CustomObjectScope": "hornbeam.core.registry",
    "convert_file": "hornbeam.models",
    "custom_object_scope": "hornbeam.core.registry",
    "deserialize_keras_object": "hornbeam.core.config",
    "get_custom_objects": "hornbeam.core.registry",
    "get_registered_name": "hornbeam.core.registry",
    "get_registered_object": "hornbeam.core.registry",
    "inspect_file": "hornbeam.saving.inspecting",
    "load_model": "hornbeam.models",
    "load_weights": "hornbeam.saving.weights",
    "model_from_json": "hornbeam.models",
    "register_keras_serializable": "hornbeam.core.registry",
    "save_model": "hornbeam.models",
    "save_weights": "hornbeam.saving.weights",
    "serialize_keras_object": "hornbeam.core.config",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.saving' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
