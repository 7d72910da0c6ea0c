"""The image room: pictures in files and arrays, data sets of them, and Keras's old ImageDataGenerator."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "EXTENSIONS": "hornbeam.image.files",
    "ImageDataGenerator": "hornbeam.image.generator",
    "array_to_img": "hornbeam.image.files",
    "image_dataset_from_directory": "hornbeam.image.directory",
    "img_to_array": "hornbeam.image.files",
    "load_img": "hornbeam.image.files",
    "save_img": "hornbeam.image.files",
    "smart_resize": "hornbeam.image.files",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.image' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
