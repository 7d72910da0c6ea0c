"""Models under the names that old code gives their files: folders, and names without an ending of today."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from hornbeam.legacy import era
from hornbeam.legacy.optimizers import settable
from hornbeam.saving import loading, weights

_INSIDE = "model.keras"  # in a folder that stands for a model
_OF_MODELS, _OF_WEIGHTS = (".keras", ".h5", ".hdf5"), (".h5", ".hdf5", ".npz", ".safetensors")


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) or not os.path.splitext(path)[1] or path.endswith(os.sep)


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, include_optimizer: bool = True,
    **format: Any,
) -> None:  # fmt: skip
    """Saves a model under an old name: in a folder, or without an ending, as a ``.keras`` archive.

    Args:
        model: the model.
        filepath: a file, or a folder, in which the archive is then called ``model.keras``.
        overwrite, zipped, include_optimizer: as of today's ``save``.
        format: ``save_format`` and ``signatures`` are accepted.
    """
    path = os.fspath(filepath)
    if path.endswith(_OF_MODELS):
        return loading.save_model(model, path, overwrite, zipped, include_optimizer)
    if _is_folder(path):
        os.makedirs(path, exist_ok=True)
        path = os.path.join(path, _INSIDE)
    era.tell(f"save: {path} is written in the format of .keras files, which load_model finds out.")
    _under_another_name(
        path, ".keras", overwrite, lambda name: loading.save_model(model, name, True, zipped, include_optimizer)
    )
    return None


def save_weights(model: Any, filepath: Any, overwrite: bool = True, save_format: Any = None) -> None:
    """Saves the weights; under a name without an ending of today as a ``.weights.h5`` file."""
    path = os.fspath(filepath)
    if path.endswith(_OF_WEIGHTS):
        return weights.save_weights(model, path, overwrite)
    _under_another_name(path, ".weights.h5", overwrite, lambda name: weights.save_weights(model, name, True))
    return None


def _under_another_name(path: str, ending: str, overwrite: bool, save: Callable[[str], None]) -> None:
    """Saves under a name that ends as today's do, in a folder beside the file, and gives it the old name whole."""
    weights.refuse_existing(path, overwrite)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(path))) as folder:
        name = os.path.join(folder, f"model{ending}")
        save(name)
        os.replace(name, path)


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True, **options: Any) -> Any:
    """The model of a file or a folder, whatever its name says."""
    path = os.fspath(filepath)
    inside = os.path.join(path, _INSIDE)
    model = loading.load_model(inside if os.path.isfile(inside) else path, custom_objects, compile, **options)
    if model.optimizer is not None and era.within("2.15"):
        model.optimizer = settable(model.optimizer, model.trained_variables)
    return model


def load_weights(model: Any, filepath: Any, by_name: bool = False, skip_mismatch: bool = False, **options: Any) -> None:
    """Sets the weights from a file, whatever its name says."""
    weights.load_weights(model, filepath, skip_mismatch, by_name, **options)
