"""Which format a file has, told by its content; its name is not asked."""

from __future__ import annotations

import json
import os
import zipfile
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import open_file

KERAS, FOLDER, H5, NPZ, SHARDS, JSON, TENSORS = "keras", "folder", "h5", "npz", "shards", "json", "safetensors"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_LONGEST_JSON = 2**28
_LONGEST_CONFIG = 2**20
NAMES = {
    KERAS: "a .keras file",
    FOLDER: "an unpacked .keras file",
    H5: "an HDF5 file",
    NPZ: "an .npz file of NumPy",
    SHARDS: "a list of weights in several files",
    JSON: "an architecture in JSON",
    TENSORS: "weights in safetensors",
}


def recognise(path: Any) -> str:
    """One of the formats above.

    Raises:
        FileError: the file is missing, or has none of them.
    """
    path = os.fspath(path)
    if os.path.isdir(path):
        config = os.path.join(path, "config.json")
        if os.path.isfile(config):
            with open_file(config) as file:
                if b'"model_type"' in file.read(_LONGEST_CONFIG):
                    raise _none(path, "a folder of a pretrained network", "Write hornbeam.from_pretrained(folder).")
            return FOLDER
        raise _none(path, "a folder without config.json")
    with open_file(path) as file:
        head = file.read(512)
        if head.startswith(_HDF5):
            return H5
        if head.startswith(b"PK"):
            return _in_archive(path, file)
        if head[8:9] == b"{" and head[6:8] == b"\0\0":  # after eight bytes that say how long the header is
            return TENSORS
        if head.lstrip()[:1] == b"{":
            return _in_json(path, head + file.read(_LONGEST_JSON))
    raise _none(path, "none of these" if head else "an empty file")


def _in_archive(path: str, file: Any) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError):
        return KERAS  # whose reader names the damage
    if not names:  # the weights of a model that has none
        return NPZ if path.endswith(".npz") else KERAS
    return NPZ if all(name.endswith(".npy") for name in names) else KERAS


def _in_json(path: str, text: bytes) -> str:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _none(path, f"JSON that is damaged: {error}") from error
    if "weight_map" in found:
        return SHARDS
    if "class_name" in found:
        return JSON
    raise _none(path, "JSON of something else")


def _none(path: str, got: str, fix: str = "Get the file again from its source, or save the model again.") -> FileError:
    models = "a .keras file, an .h5 file of any Keras, weights in .npz, .safetensors or .weights.json, or an"
    return FileError(path, f"{models} architecture in JSON", got, fix)
