"""A face, because KerasNLP has it: layers for text, from ``hornbeam.layers``."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "CachedMultiHeadAttention": "hornbeam.layers",
    "FNetEncoder": "hornbeam.layers",
    "MaskedLMHead": "hornbeam.layers",
    "MaskedLMMaskGenerator": "hornbeam.layers",
    "MultiSegmentPacker": "hornbeam.layers",
    "PositionEmbedding": "hornbeam.layers",
    "ReversibleEmbedding": "hornbeam.layers",
    "RotaryEmbedding": "hornbeam.layers",
    "SinePositionEncoding": "hornbeam.layers",
    "StartEndPacker": "hornbeam.layers",
    "TokenAndPositionEmbedding": "hornbeam.layers",
    "TransformerDecoder": "hornbeam.layers",
    "TransformerEncoder": "hornbeam.layers",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.nlp.layers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
