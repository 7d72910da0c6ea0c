"""A face, because Keras has it: names that live elsewhere."""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = ("image", "sequence", "text", "timeseries")

_NAMES = {
    "audio_dataset_from_directory": "hornbeam.audio.directory",
    "image_dataset_from_directory": "hornbeam.image.directory",
    "text_dataset_from_directory": "hornbeam.data.directories",
    "timeseries_dataset_from_array": "hornbeam.data.timeseries",
}

__all__ = [*_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"hornbeam.preprocessing.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.preprocessing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
