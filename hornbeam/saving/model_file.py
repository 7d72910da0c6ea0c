"""Models in ``.keras`` files, in the layout of Keras 3; that of Keras 2.13 to 2.15 is read too."""

from __future__ import annotations

import datetime
import json
from typing import Any

from hornbeam.core.allowance import limited
from hornbeam.core.errors import FileError
from hornbeam.core.registry import CustomObjectScope
from hornbeam.layers.lookup import Lookup
from hornbeam.saving import archive, hdf5
from hornbeam.saving.archive import AGAIN, Archive
from hornbeam.saving.atomic import replacing
from hornbeam.saving.descriptions import as_json, blamed, cast, describe_model, revive_model
from hornbeam.saving.folder import Folder
from hornbeam.saving.old_configs import era_of, modern_model
from hornbeam.saving.old_training import modern_settings
from hornbeam.saving.tree import places
from hornbeam.saving.weights import WEIGHTS, optimizer_group, read_all, read_optimizer, source, stored_in, weight_groups

METADATA, CONFIG = "metadata.json", "config.json"
_ASSETS, _VOCABULARY = "assets/", "/vocabulary.txt"
_LAYOUT = "3.15.1"  # the version of Keras whose layout is written
_LONGEST_JSON = 2**28


def write_keras(model: Any, path: str, include_optimizer: bool) -> None:
    """Writes a model into a ``.keras`` file."""
    description = describe_model(model)
    groups = weight_groups(model)
    metadata: dict[str, Any] = {"keras_version": _LAYOUT, "date_saved": f"{datetime.datetime.now():%Y-%m-%d@%H:%M:%S}"}
    if include_optimizer and model.optimizer is not None:
        groups |= optimizer_group(model.optimizer)
        if model.trained_variables != model.trainable_weights:  # layers were frozen or thawed after compile
            metadata |= {"hornbeam": {"trained": _trained_paths(model)}}
    members = {
        METADATA: json.dumps(metadata).encode(),
        CONFIG: as_json(description, f"{model.where}, save").encode(),
        WEIGHTS: hdf5.write(groups),
    }
    with replacing(path) as temporary:
        archive.write(temporary, members)


def load_keras(
    path: str, kind: str, custom_objects: dict[str, Any] | None, compile: bool, max_bytes: int | None, dtype: Any = None
) -> Any:
    """The model of a ``.keras`` file or of a folder with its members; see ``load_model``."""
    with source(path, kind) as file:
        metadata = read_json(file, METADATA)
        description = read_json(file, CONFIG)
        version = metadata.get("keras_version") if isinstance(metadata, dict) else None
        era = 3 if version is None else era_of(str(version))
        with stored_in(file, max_bytes) as (stored, where):
            vocabularies = _vocabularies(file, file.size if max_bytes is None else max_bytes)
            held = sum(dataset.nbytes for group in stored.values() for dataset in group.datasets)
            room = 8 * held + 1024  # a weight may be of a wider type in memory than in the file
            with blamed(f"{path}, {CONFIG}"), CustomObjectScope(custom_objects), limited(path, room):
                model = revive_model(_in_todays_words(description, era, dtype), compile)
            with blamed(where):
                read_all(model, stored, where)
                for place in places(model):
                    if isinstance(place.layer, Lookup) and place.path in vocabularies:
                        text, name = vocabularies[place.path]
                        array = stored[place.path].named.get("idf_weights") if place.path in stored else None
                        with blamed(name):
                            place.layer.take_vocabulary(text, name, None if array is None else hdf5.load(array, where))
                if compile and model.optimizer is not None:
                    _restore_training(model, stored, metadata, where)
    return model


def _in_todays_words(description: Any, era: int, dtype: Any) -> Any:
    if era < 3 and isinstance(description, dict):
        settings = description.get("compile_config")
        description = modern_model(description, era)
        if isinstance(settings, dict):
            settings = modern_settings({**settings, "optimizer_config": settings.get("optimizer")}, era)
            description = {**description, "compile_config": settings}
    return description if dtype is None else cast(description, dtype)


def _vocabularies(file: Archive | Folder, most: int) -> dict[str, tuple[str, str]]:
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


def read_json(file: Archive | Folder, name: str) -> Any:
    """A member that holds JSON.

    Raises:
        FileError: it is missing, too long or damaged.
    """
    data = file.read(name, min(_LONGEST_JSON, 64 * file.size))
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{file.path}, {name}", "JSON", str(error), AGAIN) from error
