"""A face, because KerasNLP has it: texts as numbers, from ``hornbeam.text``."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "BytePairTokenizer": "hornbeam.text",
    "ByteTokenizer": "hornbeam.text",
    "SentencePieceTokenizer": "hornbeam.text",
    "UnicodeCodepointTokenizer": "hornbeam.text",
    "WordPieceTokenizer": "hornbeam.text",
    "compute_word_piece_vocabulary": "hornbeam.text",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.nlp.tokenizers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
