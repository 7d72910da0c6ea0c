"""Which format a file has, told by its content; its name is not asked."""

from __future__ import annotations

import json
import os
import zipfile
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import open_file

KERAS, FOLDER, H5, NPZ, SHARDS, JSON = "keras", "folder", "h5", "npz", "shards", "json"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_LONGEST_JSON = 2**28
NAMES = {
    KERAS: "a .keras file",
    FOLDER: "an unpacked .keras file",
    H5: "an HDF5 file",
    NPZ: "an .npz file of NumPy",
    SHARDS: "a list of weights in several files",
    JSON: "an architecture in JSON",
}


def recognise(path: Any) -> str:
    """One of the formats above.

    Raises:
        FileError: the file is missing, or has none of them.
    """
    path = os.fspath(path)
    if os.path.isdir(path):
        if os.path.isfile(os.path.join(path, "config.json")):
            return FOLDER
        raise _none(path, "a folder without config.json")
    with open_file(path) as file:
        head = file.read(512)
        if head.startswith(_HDF5):
            return H5
        if head.startswith(b"PK"):
            return _in_archive(path, file)
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


def _none(path: str, got: str) -> FileError:
    return FileError(
        path,
        "a .keras file, an .h5 file of any Keras, weights in .npz or .weights.json, or an architecture in JSON",
        got,
        "Get the file again from its source, or save the model again.",
    )
