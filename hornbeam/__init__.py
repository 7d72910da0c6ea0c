"""Hornbeam: neural networks in Keras's words, each trained as one compiled program on JAX/XLA.

``import hornbeam as keras`` and code written for Keras runs. JAX is imported when the first name that needs it
is used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "audio",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "data",
    "datasets",
    "dtype_policies",
    "export",
    "image",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "nlp",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "schedules",
    "sklearn",
    "text",
    "tree",
    "utils",
    "wrappers",
    "zoo",
)

# name -> module that defines it
_NAMES = {
    "Input": "hornbeam.graph.tensor",
    "InputSpec": "hornbeam.layers",
    "Layer": "hornbeam.layers",
    "Model": "hornbeam.models",
    "Sequential": "hornbeam.models",
    "Functional": "hornbeam.models",
    "Variable": "hornbeam.core.variable",
    "SymbolicTensor": "hornbeam.graph.tensor",
    "KerasTensor": "hornbeam.graph.tensor",
    "DTypePolicy": "hornbeam.core.dtypes",
    "FloatDTypePolicy": "hornbeam.core.dtypes",
    "Initializer": "hornbeam.initializers",
    "Loss": "hornbeam.losses",
    "Metric": "hornbeam.metrics",
    "Optimizer": "hornbeam.optimizers",
    "Regularizer": "hornbeam.regularizers",
    "load_model": "hornbeam.models",
    "from_pretrained": "hornbeam.zoo",
    "clone_model": "hornbeam.models",
    "plot_model": "hornbeam.models",
    "device": "hornbeam.core.devices",
    "name_scope": "hornbeam.core.naming",
    "set_random_seed": "hornbeam.core.random",
    "HornbeamError": "hornbeam.core.errors",
    "ArgumentError": "hornbeam.core.errors",
    "DataError": "hornbeam.core.errors",
    "FileError": "hornbeam.core.errors",
    "NotBuiltError": "hornbeam.core.errors",
    "NotCompiledError": "hornbeam.core.errors",
    "ShapeError": "hornbeam.core.errors",
    "TrainingDiverged": "hornbeam.core.errors",
    "UnknownLengthError": "hornbeam.core.errors",
    "UnknownNameError": "hornbeam.core.errors",
}

__all__ = ["__version__", "version", *_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"hornbeam.{name}")
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam' has no attribute {name!r}")


def version() -> str:
    """Hornbeam's version, ``__version__``."""
    return __version__


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext hornbeam`` does: opens the entrance for code of older Keras, ``hornbeam.legacy.install()``."""
    importlib.import_module("hornbeam.legacy").load_ipython_extension(shell)


def __dir__() -> list[str]:
    return sorted(__all__)
