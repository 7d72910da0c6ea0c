"""Models in ``.keras`` files, and their description as JSON, both in the layout of Keras 3."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator
from typing import Any

from hornbeam.core.allowance import limited
from hornbeam.core.config import deserialize, is_description
from hornbeam.core.errors import ArgumentError, FileError, HornbeamError
from hornbeam.core.registry import REGISTRIES, CustomObjectScope, Registry
from hornbeam.graph.config import describe_layer, revive_layer, sharing
from hornbeam.layers.lookup import Lookup
from hornbeam.saving import archive, hdf5
from hornbeam.saving.archive import AGAIN, Archive
from hornbeam.saving.atomic import replacing
from hornbeam.saving.tree import places
from hornbeam.saving.weights import WEIGHTS, optimizer_group, read_all, read_optimizer, refuse_existing, weight_groups
from hornbeam.training.trainer import Trainer

_METADATA, _CONFIG = "metadata.json", "config.json"
_ASSETS, _VOCABULARY = "assets/", "/vocabulary.txt"
_LAYOUT = "3.15.1"  # the version of Keras whose layout is written
_LONGEST_JSON = 2**28
_SETTINGS = {"loss": "keras.losses", "metrics": "keras.metrics", "weighted_metrics": "keras.metrics"}

# -- descriptions ----------------------------------------------------------------------------------------------------


def describe_model(model: Any) -> dict[str, Any]:
    """Architecture, shapes of the inputs, and settings of ``compile`` as plain values."""
    with sharing():
        description = dict(describe_layer(model))
    build = model.get_build_config()
    if build is not None:
        description["build_config"] = build
    if model.compiled:
        description["compile_config"] = model.get_compile_config()
    return description


def revive_model(description: Any, compile: bool = True) -> Any:
    """The model of a description, with new weights.

    Raises:
        FileError: it describes no model, or names a class or function that is not known.
    """
    with sharing():
        model: Any = revive_layer(description)
    if not issubclass(type(model), Trainer):
        raise FileError("description of a model", "a model", type(model).__name__, "For a layer use from_config.")
    if description.get("build_config"):
        model.build_from_config(description["build_config"])
    settings = description.get("compile_config")
    if compile and settings:
        model.compile(
            **{
                key: _setting(settings[key], REGISTRIES.get(table))
                for key, table in {"optimizer": "keras.optimizers", "loss_weights": "", **_SETTINGS}.items()
                if key in settings
            }
        )
    return model


def _setting(value: Any, table: Registry | None) -> Any:
    """An argument of ``compile``, with every description in it made an object of its kind."""
    if is_description(value) and table is not None:
        return deserialize(value, table)
    if isinstance(value, dict):
        return {key: _setting(item, table) for key, item in value.items()}
    if isinstance(value, list):
        return [_setting(item, table) for item in value]
    return value


def model_json(model: Any, **kwargs: Any) -> str:
    """``describe_model`` as JSON; words go to ``json.dumps``."""
    return _as_json(describe_model(model), f"{model.where}, to_json", **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that ``to_json`` described, with new weights.

    Args:
        json_string: the text.
        custom_objects: dict from name to a class or function of the user's that the text names.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> model = Sequential([layers.Dense(3, input_dim=2)])
        >>> model_from_json(model.to_json()).count_params()
        9
    """
    with _blamed("JSON of a model"), CustomObjectScope(custom_objects):
        return revive_model(json.loads(json_string))


# -- files -----------------------------------------------------------------------------------------------------------


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, include_optimizer: bool = True
) -> None:
    """Saves a model; see ``Model.save``."""
    path = os.fspath(filepath)
    if not path.endswith(".keras"):
        raise FileError(
            f"save, {path}",
            "a name that ends in .keras",
            repr(os.path.basename(path)),
            f"Write {os.path.splitext(path)[0]}.keras; .h5 files and folders are not written yet.",
        )
    refuse_existing(path, overwrite)
    description = describe_model(model)
    groups = weight_groups(model)
    metadata: dict[str, Any] = {"keras_version": _LAYOUT, "date_saved": f"{datetime.datetime.now():%Y-%m-%d@%H:%M:%S}"}
    if include_optimizer and model.optimizer is not None:
        groups |= optimizer_group(model.optimizer)
        if model.trained_variables != model.trainable_weights:  # layers were frozen or thawed after compile
            metadata |= {"hornbeam": {"trained": _trained_paths(model)}}
    members = {
        _METADATA: json.dumps(metadata).encode(),
        _CONFIG: _as_json(description, f"{model.where}, save").encode(),
        WEIGHTS: hdf5.write(groups),
    }
    with replacing(path) as temporary:
        archive.write(temporary, members)


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    max_bytes: int | None = None,
) -> Any:
    """The model of a ``.keras`` file, ready to go on training where it stood when it was saved.

    Nothing in a file is run or imported: it can name the classes and functions of Hornbeam, those that you registered
    and those that you pass, and no others.

    Args:
        filepath: the file.
        custom_objects: dict from name to a class or function of yours that the file names; the function of a Lambda
            layer stands under the layer's name.
        compile: whether the settings of ``compile`` and the optimizer's state are taken from the file.
        safe_mode: accepted for Keras's sake; there is no unsafe mode.
        max_bytes: the most that the weights may take in memory; what a file of this size can hold when None.

    Raises:
        FileError: the file is missing, cut off, altered, or names what is not known.
    """
    path = os.fspath(filepath)
    if not path.endswith(".keras"):
        _refuse_format(path)
    where = f"{path}, {WEIGHTS}"
    with Archive(path) as file:
        most = file.size if max_bytes is None else max_bytes
        metadata = _json(file, _METADATA)
        description = _json(file, _CONFIG)
        data = file.read(WEIGHTS, most)
        vocabularies = _vocabularies(file, most)
    with hdf5.reading(data, where, max_bytes) as stored:
        held = sum(dataset.nbytes for group in stored.values() for dataset in group.datasets)
        room = 8 * held + 1024  # a weight may be of a wider type in memory than in the file
        with _blamed(f"{path}, {_CONFIG}"), CustomObjectScope(custom_objects), limited(path, room):
            model = revive_model(description, compile)
        with _blamed(where):
            read_all(model, stored, where)
            for place in places(model):
                if isinstance(place.layer, Lookup) and place.path in vocabularies:
                    text, name = vocabularies[place.path]
                    with _blamed(name):
                        place.layer.take_vocabulary(text, name)
            if compile and model.optimizer is not None:
                _restore_training(model, stored, metadata, where)
    return model


def _vocabularies(file: Archive, most: int) -> dict[str, tuple[str, str]]:
    """The vocabularies that Keras writes beside the description, and their names in errors, by the layers' paths.

    Hornbeam writes them into the description.
    """
    found = {}
    for name in file.names(_ASSETS, _VOCABULARY):
        data, where = file.read(name, most), f"{file.path}, {name}"
        most -= len(data)  # all of them together
        try:
            found[name.removeprefix(_ASSETS).removesuffix(_VOCABULARY)] = data.decode(), where
        except UnicodeDecodeError as error:
            raise FileError(where, "text in UTF-8", f"a wrong byte at offset {error.start}", AGAIN) from None
    return found


def _restore_training(model: Any, stored: dict[str, hdf5.Stored], metadata: Any, where: str) -> None:
    """The optimizer's values, for the weights that were trained."""
    trained = metadata.get("hornbeam", {}).get("trained") if isinstance(metadata, dict) else None
    if trained is not None:
        by_path = {
            f"{place.path}/vars/{number}".lstrip("/"): variable
            for place in places(model)
            for number, variable in enumerate(place.weights)
        }
        model.settle_trained([by_path[path] for path in trained])
    if "optimizer" in stored:
        if len(stored["optimizer"].datasets) > len(model.optimizer.variables):
            model.optimizer.build(model.trained_variables)
        read_optimizer(model.optimizer, stored, where)


def _trained_paths(model: Any) -> list[str]:
    paths = {
        variable: f"{place.path}/vars/{number}".lstrip("/")
        for place in places(model)
        for number, variable in enumerate(place.weights)
    }
    return [paths[variable] for variable in model.trained_variables]


def _as_json(description: Any, where: str, **kwargs: Any) -> str:
    try:
        return json.dumps(description, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            where,
            "configs made of numbers, strings, lists and dicts",
            str(error),
            "Correct the get_config() of the class that gives it.",
        ) from error


def _json(file: Archive, name: str) -> Any:
    data = file.read(name, min(_LONGEST_JSON, 64 * file.size))
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{file.path}, {name}", "JSON", str(error), AGAIN) from error


@contextlib.contextmanager
def _blamed(where: str) -> Iterator[None]:
    """Errors inside become one FileError that names the file and the member."""
    try:
        yield
    except FileError as error:
        if error.where.startswith(where.split(",")[0]):
            raise
        raise FileError(f"{where}, {error.where}", error.expected, error.got, error.fix) from error
    except HornbeamError as error:
        raise FileError(f"{where}, {error.where}", error.expected, error.got, error.fix) from error
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        raise FileError(where, "a description from which the model can be built", message, AGAIN) from error


def _refuse_format(path: str) -> None:
    archive.open_file(path).close()
    raise FileError(
        path,
        "a .keras file",
        repr(os.path.basename(path)),
        "Other formats, .h5 of Keras 1 and 2 among them, are not read yet: save it as .keras with Keras 3.",
    )
