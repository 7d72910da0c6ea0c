"""Folder: the files of a model, by their exact names; what stands in one of them is never used as a path."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN, open_file
from hornbeam.saving.atomic import replacing
from hornbeam.saving.tensors import FileTensor, read_tensors
from hornbeam.saving.torch_file import read_torch_file

_LONGEST_TEXT = 2**28
_SHARD = re.compile(r"[A-Za-z0-9][\w.-]*")
_READERS: dict[str, Callable[[Any], dict[str, FileTensor]]] = {
    "model.safetensors": read_tensors,
    "pytorch_model.bin": read_torch_file,
}


class Folder:
    """A folder of files.

    Args:
        path: the folder, as the user gave it.
    """

    def __init__(self, path: Any):
        self.path = os.fspath(path)

    def has(self, name: str) -> bool:
        """Whether it has a file of this name."""
        return os.path.isfile(os.path.join(self.path, name))

    def where(self, name: str) -> str:
        """A file's path."""
        return os.path.join(self.path, name)

    def missing(self, what: str, fix: str) -> FileError:
        """The error for a file that is not there, with a list of those that are."""
        names = sorted(os.listdir(self.path)) if os.path.isdir(self.path) else []
        listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        return FileError(self.path, what, listed or "an empty folder", fix)

    def text(self, name: str) -> str:
        """A file's text."""
        with open_file(self.where(name)) as file:
            data = file.read(_LONGEST_TEXT + 1)
        if len(data) > _LONGEST_TEXT:
            raise FileError(self.where(name), f"at most {_LONGEST_TEXT:,} bytes", "more", AGAIN)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileError(self.where(name), "text in UTF-8", f"a wrong byte at {error.start}", AGAIN) from None

    def json(self, name: str, kind: type = dict) -> Any:
        """A file's JSON, a dict unless another kind is said; an empty one when there is no such file."""
        if not self.has(name):
            return kind()
        try:
            value = json.loads(self.text(name))
        except (ValueError, RecursionError) as error:
            raise FileError(self.where(name), "JSON", error, AGAIN) from None
        if not isinstance(value, kind):
            raise FileError(self.where(name), f"a {kind.__name__}", type(value).__name__, AGAIN)
        return value

    def tensors(self) -> tuple[dict[str, FileTensor], str]:
        """The arrays of ``model.safetensors`` or ``pytorch_model.bin``, in one file or several, and which it was."""
        for name, read in _READERS.items():
            if self.has(name):
                return read(self.where(name)), name
            if self.has(f"{name}.index.json"):
                return self._shards(f"{name}.index.json", read), f"{name}.index.json"
        fix = "Weights of TensorFlow and Flax are not read: save the model with save_pretrained of transformers."
        raise self.missing("model.safetensors or pytorch_model.bin", fix)

    def _shards(self, index: str, read: Callable[[Any], dict[str, FileTensor]]) -> dict[str, FileTensor]:
        places = self.json(index).get("weight_map")
        if not isinstance(places, dict) or not places:
            raise FileError(
                self.where(index), "weight_map, from names of arrays to files", type(places).__name__, AGAIN
            )
        files: dict[str, dict[str, FileTensor]] = {}
        for name, file in places.items():
            if not isinstance(file, str) or not _SHARD.fullmatch(file) or file == index:
                expected = "the name of a file in this very folder"
                raise FileError(f"{self.where(index)}, {name}", expected, repr(file)[:80], "Do not trust this folder.")
            if file not in files:
                if not self.has(file):
                    raise self.missing(file, f"{index} names it: get the folder again from its source.")
                files[file] = read(self.where(file))
            if name not in files[file]:
                raise FileError(self.where(file), f"{name}, as {index} says", "no such array", AGAIN)
        return {name: files[file][name] for name, file in places.items()}


def make_folder(path: Any) -> None:
    """Makes a folder and those above it, where there are none.

    Raises:
        FileError: it cannot be made, as where a file has its name.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        got = error.strerror or str(error)
        raise FileError(
            f"writing {os.fspath(path)}", "a folder that can be made", got, "Choose another name."
        ) from error


def write_text(path: str, text: str) -> None:
    """Writes a text file, whole or not at all."""
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def write_json(path: str, value: Any) -> None:
    """Writes JSON as people read it."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
