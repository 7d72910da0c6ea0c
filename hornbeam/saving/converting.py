"""From one file format to another: ``hornbeam convert A B``."""

from __future__ import annotations

import os
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.saving.atomic import replacing
from hornbeam.saving.loading import load_model, save_model
from hornbeam.saving.weights import save_weights

_MODELS = (".keras", ".h5", ".hdf5")
_ENDINGS = (*_MODELS, ".weights.h5", ".npz", ".safetensors", ".json")


def convert_file(
    source: Any, target: Any, custom_objects: dict[str, Any] | None = None, dtype: Any = None, overwrite: bool = False
) -> None:
    """Reads a whole model from one file and writes it to another, in the format of the target's ending.

    Args:
        source: a file that ``load_model`` reads.
        target: a name that ends in ``.keras``, ``.h5`` or ``.hdf5`` for the whole model, ``.weights.h5``, ``.npz``
            or ``.safetensors`` for its weights, ``.json`` for its architecture.
        custom_objects: classes and functions of yours that the file names.
        dtype: float type of the written weights; that of the source when None.
        overwrite: whether a file of the target's name may be replaced.

    Raises:
        FileError: the source cannot be read, or the target not be written.
    """
    path = os.fspath(target)
    if not path.endswith(_ENDINGS):
        raise FileError(path, f"a name that ends in {', '.join(_ENDINGS)}", repr(os.path.basename(path)), "Add one.")
    if os.path.exists(path) and not overwrite:
        raise FileError(path, "a name that is free", "a file of that name", "Choose another, or allow to overwrite it.")
    model = load_model(source, custom_objects, dtype=dtype)
    if path.endswith((".weights.h5", ".npz", ".safetensors")):
        save_weights(model, path)
    elif path.endswith(_MODELS):
        save_model(model, path)
    else:
        with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
            file.write(model.to_json())


def main_convert(source: str, target: str, overwrite: bool = False, dtype: str | None = None) -> int:
    """``hornbeam convert A B``: writes the model of one file into another, and says what it wrote."""
    convert_file(source, target, dtype=dtype, overwrite=overwrite)
    print(f"{target}: {os.path.getsize(target):,} bytes")
    return 0
