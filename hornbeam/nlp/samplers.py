"""A face, because KerasNLP has it: how the next word is chosen, from ``hornbeam.text``."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "BeamSampler": "hornbeam.text",
    "ContrastiveSampler": "hornbeam.text",
    "GreedySampler": "hornbeam.text",
    "RandomSampler": "hornbeam.text",
    "Sampler": "hornbeam.text",
    "TopKSampler": "hornbeam.text",
    "TopPSampler": "hornbeam.text",
    "deserialize": "hornbeam.text.sampler",
    "get": "hornbeam.text.sampler",
    "serialize": "hornbeam.text.sampler",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.nlp.samplers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
