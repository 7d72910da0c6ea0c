"""Models under the names that old code gives their files: folders, ``.h5``, ``.hdf5``, ``w.h5``."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.legacy import era
from hornbeam.saving import model_file, weights

_INSIDE = "model.keras"  # in a folder that stands for a model
_SIGNATURES = {b"PK\x03\x04": ".keras", b"\x89HDF\r\n\x1a\n": ".weights.h5"}


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) or not os.path.splitext(path)[1] or path.endswith(os.sep)


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, include_optimizer: bool = True,
    **format: Any,
) -> None:  # fmt: skip
    """Saves a model as a ``.keras`` archive, whatever the name that old code gives it.

    Args:
        model: the model.
        filepath: a file, or a folder, in which the archive is then called ``model.keras``.
        overwrite, zipped, include_optimizer: as of today's ``save``.
        format: ``save_format`` and ``signatures`` are accepted.
    """
    path = os.fspath(filepath)
    if path.endswith(".keras"):
        return model_file.save_model(model, path, overwrite, zipped, include_optimizer)
    if _is_folder(path):
        os.makedirs(path, exist_ok=True)
        path = os.path.join(path, _INSIDE)
    era.tell(f"save: {path} is written in the format of .keras files, which load_model finds out.")
    _under_another_name(
        path, ".keras", overwrite, lambda name: model_file.save_model(model, name, True, zipped, include_optimizer)
    )
    return None


def save_weights(model: Any, filepath: Any, overwrite: bool = True, save_format: Any = None) -> None:
    """Saves the weights as a ``.weights.h5`` file, whatever the name that old code gives it."""
    path = os.fspath(filepath)
    if path.endswith(".weights.h5"):
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


def _under_its_name(path: str, load: Callable[[str], Any]) -> Any:
    """Loads a file by what it is, whatever its name says."""
    if _is_folder(path) and os.path.isdir(path):
        path = os.path.join(path, _INSIDE)
    if not os.path.isfile(path) or path.endswith((".keras", ".weights.h5")):
        return load(path)
    with open(path, "rb") as file:
        first = file.read(8)
    ending = next((ending for signature, ending in _SIGNATURES.items() if first.startswith(signature)), None)
    if ending is None:
        raise FileError(path, "a model's file", f"one that begins with {first!r}", "Get the file again.")
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, f"{os.path.basename(path)}{ending}")
        shutil.copyfile(path, name)
        return load(name)


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True, **options: Any) -> Any:
    """The model of a file or folder that ``save`` wrote under an old name, or of a ``.keras`` file."""
    return _under_its_name(
        os.fspath(filepath), lambda name: model_file.load_model(name, custom_objects, compile, **options)
    )


def load_weights(model: Any, filepath: Any, by_name: bool = False, skip_mismatch: bool = False, **options: Any) -> None:
    """Sets the weights from a file that ``save_weights`` or ``save`` wrote under an old name."""
    _under_its_name(
        os.fspath(filepath), lambda name: weights.load_weights(model, name, skip_mismatch, by_name, **options)
    )
