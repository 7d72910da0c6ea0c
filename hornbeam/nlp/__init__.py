"""A face, because there is KerasNLP: ``import hornbeam.nlp as keras_nlp`` gives its layers, samplers and tokenizers."""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = ("layers", "samplers", "tokenizers")

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"hornbeam.nlp.{name}")
    raise AttributeError(f"module 'hornbeam.nlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
