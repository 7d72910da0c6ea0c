"""The doors of this room: a model into a file by the file's name, and out of a file by its content."""

from __future__ import annotations

import os
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.saving import formats
from hornbeam.saving.atomic import replacing
from hornbeam.saving.formats import recognise
from hornbeam.saving.legacy_file import load_h5, write_model
from hornbeam.saving.model_file import load_keras, write_keras
from hornbeam.saving.weights import refuse_existing


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, include_optimizer: bool = True
) -> None:
    """Saves a model; see ``Model.save``."""
    path = os.fspath(filepath)
    if path.endswith(".weights.h5"):
        raise FileError(f"save, {path}", "the name of a whole model", "one of weights", "Call save_weights instead.")
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise FileError(
            f"save, {path}",
            "a name that ends in .keras, .h5 or .hdf5",
            repr(os.path.basename(path)),
            f"Write {os.path.splitext(path)[0]}.keras.",
        )
    refuse_existing(path, overwrite)
    if path.endswith(".keras"):
        write_keras(model, path, include_optimizer)
        return
    data = write_model(model, include_optimizer)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    dtype: Any = None,
    max_bytes: int | None = None,
) -> Any:
    """The model of a file, ready to go on training where it stood when it was saved.

    The file's content says what it is: a ``.keras`` file of Keras 2.13 or later, packed or not, or an ``.h5`` file of
    Keras 1, 2 or 3. Nothing in a file is run or imported: it can name the classes and functions of Hornbeam, those that
    you registered and those that you pass, and no others.

    Args:
        filepath: the file, or the folder of an unpacked one.
        custom_objects: dict from name to a class or function of yours that the file names; the function of a Lambda
            layer stands under the layer's name.
        compile: whether the settings of ``compile`` and the optimizer's state are taken from the file.
        safe_mode: accepted for Keras's sake; there is no unsafe mode.
        dtype: float type of the loaded weights, such as ``"bfloat16"``; that which the file says when None.
        max_bytes: the most that the weights may take in memory; what a file of this size can hold when None.

    Raises:
        FileError: the file is missing, cut off, altered, or names what is not known.
    """
    path = os.fspath(filepath)
    kind = recognise(path)
    if kind in (formats.KERAS, formats.FOLDER):
        return load_keras(path, kind, custom_objects, compile, max_bytes, dtype)
    if kind == formats.H5:
        return load_h5(path, custom_objects, compile, max_bytes, dtype)
    if kind == formats.JSON:
        fix = "Make a model of it with model_from_json, and load weights from another file."
    else:
        fix = "Build the model and call its load_weights."
    raise FileError(path, "a whole model", formats.NAMES[kind], fix)
