"""What a file holds, told without building anything of it: ``hornbeam inspect FILE``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from hornbeam.core.errors import FileError
from hornbeam.core.registry import REGISTRIES, custom_object
from hornbeam.saving import formats, hdf5, legacy_h5, npz, old_words, tensors
from hornbeam.saving.archive import open_file
from hornbeam.saving.formats import recognise
from hornbeam.saving.legacy_file import described
from hornbeam.saving.model_file import CONFIG, METADATA, read_json
from hornbeam.saving.weights import source, stored_in

_MOST_LAYERS = 10_000


class Contents(NamedTuple):
    """What a file holds.

    Attributes:
        path: the file.
        format: what it is, in words.
        size: its length in bytes.
        version: the version of Keras that it names; None where it names none.
        layers: of each layer its depth among nested models, its class and its name.
        settings: what it says of optimizer, loss and metrics.
        arrays: of each array its name, shape, type and number of bytes in memory.
        suspicious: everything that a loader refuses, or that is not what it seems; empty for a plain file.
    """

    path: str
    format: str
    size: int
    version: str | None
    layers: list[tuple[int, str, str]]
    settings: dict[str, str]
    arrays: list[tuple[str, tuple[int, ...], str, int]]
    suspicious: list[str]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        era = f", Keras {self.version}" if self.version else ""
        yield f"{_shown(self.path)}: {self.format}{era}, {self.size:,} bytes"
        if self.layers:
            yield f"\nlayers ({len(self.layers)})"
            yield from (f"  {'  ' * depth}{_shown(name)} ({_shown(kind)})" for depth, kind, name in self.layers)
        if self.settings:
            yield "\ncompiled with"
            yield from (f"  {key}: {_shown(value)}" for key, value in self.settings.items())
        if self.arrays:
            yield f"\narrays ({len(self.arrays)}, {sum(size for *_, size in self.arrays):,} bytes)"
            yield from (f"  {_shown(name)}  {shape}  {dtype}" for name, shape, dtype, _ in self.arrays)
        yield f"\nsuspicious: {'nothing' if not self.suspicious else ''}".rstrip()
        yield from (f"  {_shown(line)}" for line in self.suspicious)


def inspect_file(path: Any) -> Contents:
    """Reads what a file holds: architecture, shapes, types, sizes, era, optimizer, and everything suspicious in it.

    Nothing is built, and no array is read. What a loader would refuse is listed instead of raised, as far as the file
    can be read at all.

    Args:
        path: a ``.keras`` or ``.h5`` file, an unpacked model, weights or an architecture.

    Raises:
        FileError: it is missing, or of no format that Hornbeam knows.
    """
    path = os.fspath(path)
    kind = recognise(path)
    suspicious: list[str] = []
    found: dict[str, Any] = {"version": None, "description": None, "settings": None, "arrays": [], "size": _size(path)}
    try:
        _READERS[kind](path, kind, found, suspicious)
    except FileError as error:
        suspicious.append(str(error))
    layers: list[tuple[int, str, str]] = []
    if found["description"] is not None:
        layers = list(_layers(found["description"], 0))[:_MOST_LAYERS]
        suspicious += sorted(set(_suspicions(found["description"])) | set(_suspicions(found["settings"])))
    name = formats.NAMES[kind] if "format" not in found else found["format"]
    settings = _said(found["settings"])
    return Contents(path, name, found["size"], found["version"], layers, settings, found["arrays"], suspicious)


def main_inspect(path: str) -> int:
    """``hornbeam inspect FILE``: prints what a file holds; 1 where something in it is suspicious, else 0."""
    contents = inspect_file(path)
    print(contents)
    return int(bool(contents.suspicious))


# -- one reader for each format --------------------------------------------------------------------------------------


def _read_keras(path: str, kind: str, found: dict[str, Any], suspicious: list[str]) -> None:
    with source(path, kind) as file:
        if kind != formats.SHARDS:
            metadata, description = read_json(file, METADATA), read_json(file, CONFIG)
            found["version"] = str(metadata.get("keras_version")) if isinstance(metadata, dict) else None
            found["description"] = description
            found["settings"] = description.get("compile_config") if isinstance(description, dict) else None
        suspicious += [f"a member with the path {name!r}" for name in file.names("", "") if _strays(name)]
        with stored_in(file, None) as (stored, _):
            found["arrays"] = [
                _array(f"{layer}/vars/{number}".lstrip("/"), dataset)
                for layer, held in stored.items()
                for number, dataset in enumerate(held.datasets)
            ]


def _read_h5(path: str, kind: str, found: dict[str, Any], suspicious: list[str]) -> None:
    with open_file(path) as file, hdf5.opening(file, os.fstat(file.fileno()).st_size, path) as opened:
        found["arrays"] = [_array(name, dataset) for name, dataset in opened.arrays.items()]
        legacy = legacy_h5.is_legacy(opened)
        whole = opened.words("", "model_config") is not None
        found["format"] = f"{'a whole model' if whole else 'weights'} in HDF5"
        if legacy:
            version = opened.words("", "keras_version") or opened.words(
                legacy_h5.WEIGHTS if whole else "", "keras_version"
            )
            found["version"] = version[0] if version else "1"
        found["description"], found["settings"], _ = described(opened)


def _read_npz(path: str, kind: str, found: dict[str, Any], suspicious: list[str]) -> None:
    found["arrays"] = [(n, a.shape, str(a.dtype), a.nbytes) for n, a in npz.read(path).items()]


def _read_tensors(path: str, kind: str, found: dict[str, Any], suspicious: list[str]) -> None:
    found["arrays"] = [(n, a.shape, str(a.dtype), a.nbytes) for n, a in tensors.read_tensors(path).items()]


def _read_json(path: str, kind: str, found: dict[str, Any], suspicious: list[str]) -> None:
    with open_file(path) as file:
        found["description"] = json.loads(file.read())
    found["version"] = found["description"].get("keras_version")
    found["settings"] = found["description"].get("compile_config")


_READERS: dict[str, Any] = {
    formats.KERAS: _read_keras,
    formats.FOLDER: _read_keras,
    formats.SHARDS: _read_keras,
    formats.H5: _read_h5,
    formats.NPZ: _read_npz,
    formats.JSON: _read_json,
    formats.TENSORS: _read_tensors,
}


def _size(path: str) -> int:
    if os.path.isdir(path):
        return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(path))
    return os.path.getsize(path)


def _array(name: str, dataset: Any) -> tuple[str, tuple[int, ...], str, int]:
    return name, dataset.shape, "bfloat16" if dataset.dtype.kind == "V" else str(dataset.dtype), dataset.nbytes


# -- descriptions ----------------------------------------------------------------------------------------------------


def _layers(description: Any, depth: int) -> Iterator[tuple[int, str, str]]:
    """Every layer with its depth, models before the layers in them."""
    if not isinstance(description, dict) or depth > 50:
        return
    config = description.get("config")
    named = config if isinstance(config, dict) else {}
    yield depth, str(description.get("class_name")), str(named.get("name", description.get("name", "")))
    inner = (
        config
        if isinstance(config, list)
        else named.get("layers") or [named[key] for key in ("layer",) if key in named]
    )
    for layer in inner if isinstance(inner, list) else []:
        yield from _layers(layer, depth + 1)


def _said(settings: Any) -> dict[str, str]:
    """Optimizer, loss and metrics in short."""
    if not isinstance(settings, dict):
        return {}
    keys = ("optimizer", "optimizer_config", "loss", "metrics", "weighted_metrics", "loss_weights")
    return {key.removesuffix("_config"): _short(settings[key]) for key in keys if settings.get(key)}


def _short(value: Any) -> str:
    if isinstance(value, dict) and "class_name" in value:
        given = value.get("config")
        config = given if isinstance(given, dict) else {}
        plain = {
            key: item for key, item in config.items() if isinstance(item, (int, float)) and item not in (None, False)
        }
        name = str(value["class_name"]).removeprefix("Custom>")
        return f"{name}({', '.join(f'{key}={item}' for key, item in plain.items())})"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_short, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _suspicions(value: Any) -> Iterator[str]:
    """Code, unknown classes, and files or addresses named in a description."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            if isinstance(item.get("class_name"), str) and "config" in item:
                yield from _of_class(item)
            yield from (f"the file or address {text!r} as {key}" for key, text in item.items() if _is_path(key, text))


def _of_class(description: dict[str, Any]) -> Iterator[str]:
    kind, module = description["class_name"], str(description.get("module") or "keras")
    config = description["config"] if isinstance(description["config"], dict) else {}
    if kind == "__lambda__" or (kind == "Lambda" and config.get("function_type") == "lambda"):
        yield "Python bytecode of a Lambda layer, which is never run: pass the function as custom_objects"
    elif kind == "Lambda" and isinstance(config.get("function"), str):
        yield f"a function of yours, {config['function']!r}: pass it as custom_objects"
    elif kind == "function":
        yield from [] if _is_known(str(description["config"])) else [f"a function of yours, {description['config']!r}"]
    elif not kind.startswith("__") and not _is_known(kind.rpartition(">")[2]) and ".ops" not in module:
        yield f"the class {module}.{kind}, which Hornbeam does not have: pass it as custom_objects"
    elif module.split(".")[0] not in (
        "keras",
        "tf_keras",
        "tensorflow",
        "builtins",
        "hornbeam",
        "keras_hub",
        "keras_nlp",
    ):
        yield f"the class {module}.{kind}: pass it as custom_objects"


def _is_known(name: str) -> bool:
    words = {*old_words.CLASSES, *old_words.MODELS, "Sequential", "Merge", "TFOpLambda", "DTypePolicy"}
    if name in words or custom_object(name) is not None or any(name in table for table in REGISTRIES.values()):
        return True
    return name.lower() in {known.replace("_", "") for known in REGISTRIES["keras.ops"]}


def _is_path(key: str, text: Any) -> bool:
    named = key in ("vocabulary", "file_path", "origin", "filepath", "path", "url")
    return isinstance(text, str) and (named or "://" in text)


def _strays(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.split("/")


def _shown(text: str) -> str:
    """A text from a file without characters that move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
