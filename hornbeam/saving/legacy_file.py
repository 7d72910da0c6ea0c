"""Whole models and weights in ``.h5`` files, as Keras wrote them before ``.keras``: written, and made models again."""

from __future__ import annotations

import io
import json
import os
import warnings
import zlib
from operator import itemgetter
from typing import Any

import numpy as np

from hornbeam.core.allowance import limited
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.registry import CustomObjectScope
from hornbeam.saving import hdf5, legacy_h5
from hornbeam.saving.archive import open_file
from hornbeam.saving.descriptions import as_json, blamed, cast, describe_model, revive_model, revive_settings
from hornbeam.saving.keras_2_configs import keras_2_model
from hornbeam.saving.keras_2_training import keras_2_order, keras_2_settings
from hornbeam.saving.old_configs import era_of, modern_model
from hornbeam.saving.old_training import modern_settings
from hornbeam.saving.tree import places

_CHECKED = "model_config_crc32"
_KERAS_2, _KERAS_3 = "2.15.0", "3.15.1"  # whose words are written

# -- writing ---------------------------------------------------------------------------------------------------------


def write_model(model: Any, include_optimizer: bool) -> bytes:
    """A model as the bytes of an ``.h5`` file: in Keras 2's words, which Keras 3 reads too, or in Keras 3's alone."""
    description = describe_model(model)
    older = keras_2_model(description)
    written = {"class_name": description["class_name"], "config": description["config"]} if older is None else older
    version = _KERAS_3 if older is None else _KERAS_2
    where = f"{model.where}, save"
    buffer = io.BytesIO()
    with hdf5.new_file(buffer) as file:
        file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", version
        file.attrs["model_config"] = as_json(written, where)
        file.attrs[_CHECKED] = np.uint32(zlib.crc32(file.attrs["model_config"].encode()))
        settings = description.get("compile_config")
        if settings and include_optimizer and settings.get("optimizer"):
            file.attrs["training_config"] = as_json(keras_2_settings(settings, older is not None), where)
        _put_layers(file.create_group(legacy_h5.WEIGHTS), model, version)
        if include_optimizer and model.optimizer is not None and settings:
            # named by their places here and listed in the order of the Keras that is to read them
            own = model.optimizer.variables
            order = range(len(own)) if older is None else keras_2_order(model.optimizer, len(model.trained_variables))
            state = {f"{model.optimizer.name}/{place}": own[place].numpy() for place in order}
            _put_arrays(file.create_group(legacy_h5.OPTIMIZER), state)
    return buffer.getvalue()


def write_weights(model: Any) -> bytes:
    """A model's weights as the bytes of an ``.h5`` file of Keras 2."""
    buffer = io.BytesIO()
    with hdf5.new_file(buffer) as file:
        _put_layers(file, model, _KERAS_2)
    return buffer.getvalue()


def _put_layers(group: Any, model: Any, version: str) -> None:
    group.attrs["backend"], group.attrs["keras_version"] = "tensorflow", version
    _put_list(group, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        _put_arrays(group.create_group(layer.name), _named(layer))
    own = {f"{variable.name}_{number}": variable.numpy() for number, variable in enumerate(places(model)[0].weights)}
    _put_arrays(group.create_group(legacy_h5.TOP), own)


def _named(layer: Any) -> dict[str, np.ndarray]:
    """A layer's arrays by names such as ``bidirectional/forward_layer/cell/kernel:0``, trainable ones first."""
    names: dict[Any, str] = {}
    for place in places(layer):
        for variable in place.weights:
            base = "/".join(part for part in (layer.name, place.path, variable.name.split("/")[-1]) if part)
            number = sum(name.rpartition(":")[0] in (base, f"{base}_{len(names)}") for name in names.values())
            names[variable] = f"{base}_{len(names)}:0" if number else f"{base}:0"
    return {names[weight]: weight.numpy() for weight in [*layer.trainable_weights, *layer.non_trainable_weights]}


def _put_arrays(group: Any, arrays: dict[str, np.ndarray]) -> None:
    _put_list(group, "weight_names", list(arrays))
    for name, array in arrays.items():
        hdf5.put(group, name, array)


def _put_list(group: Any, name: str, texts: list[str]) -> None:
    """A list of texts as an attribute, or as several with numbers where it is longer than HDF5 allows."""
    for parts in range(1, len(texts) + 2):
        split = [np.asarray([text.encode() for text in part], "S") for part in np.array_split(np.asarray(texts), parts)]
        if all(part.nbytes <= legacy_h5.LONGEST for part in split):
            break
    for number, part in enumerate(split):
        value = part if part.size else np.zeros(0, "S1")
        group.attrs[name if len(split) == 1 else f"{name}{number}"] = value


# -- reading ---------------------------------------------------------------------------------------------------------


def load_h5(
    path: str, custom_objects: dict[str, Any] | None, compile: bool, max_bytes: int | None, dtype: Any = None
) -> Any:
    """The model of an ``.h5`` file of any Keras; see ``load_model``."""
    with open_file(path) as file, hdf5.opening(file, os.fstat(file.fileno()).st_size, path, max_bytes) as opened:
        description, settings, era = described(opened)
        if description is None:
            raise FileError(path, "a whole model", "weights alone", "Build the model and call its load_weights.")
        held = sum(array.nbytes for array in opened.arrays.values())
        with blamed(f"{path}, model_config"), CustomObjectScope(custom_objects), limited(path, 8 * held + 1024):
            description = modern_model(description, era)
            model = revive_model(cast(description, dtype) if dtype is not None else description)
            if not model.built:
                fix = "Build the model yourself and call its load_weights."
                raise FileError(path, "a model whose input's shape is known", "one without", fix)
        with blamed(path):
            legacy_h5.load(model, opened)
        if compile and settings:
            with blamed(f"{path}, training_config"), CustomObjectScope(custom_objects), limited(path, 8 * held + 1024):
                revive_settings(model, modern_settings(settings, era))
            _restore(model, legacy_h5.optimizer_arrays(opened), path)
    return model


def described(opened: hdf5.Opened) -> tuple[Any, Any, int]:
    """The description and the settings of ``compile`` in an open file, None where it has none, and its era."""
    values = []
    for name in ("model_config", "training_config"):
        texts = opened.words("", name)
        with blamed(f"{opened.where}, {name}"):
            values.append(json.loads("".join(texts)) if texts else None)
        if name == "model_config" and texts:
            opened.check_words("", _CHECKED, "".join(texts))
    version = opened.words("", "keras_version")
    return values[0], values[1], era_of(version[0] if version else None)


def _restore(model: Any, arrays: dict[str, Any], path: str) -> None:
    """The optimizer's values, where they are of its kind; a warning says that it begins anew otherwise."""
    optimizer = model.optimizer
    if not arrays or optimizer is None:
        return
    if len(arrays) > len(optimizer.variables):
        optimizer.build(model.trained_variables)
    variables = optimizer.variables
    loose = [variable for variable in variables if variable.name != "learning_rate"]  # Keras 2 did not write it
    datasets = _ordered(arrays, sum(variable is not variables[0] for variable in loose))
    for candidates in (variables, loose):
        if [v.shape for v in candidates] == [d.shape for d in datasets]:
            for variable, dataset in zip(candidates, datasets, strict=True):
                variable.slot = hdf5.load(dataset, path).astype(numpy_dtype(variable.dtype), copy=False)
            return
    warnings.warn(
        f"{path}: the optimizer's state is that of another {type(optimizer).__name__}; it begins anew.", stacklevel=4
    )


def _ordered(arrays: dict[str, Any], slots: int) -> list[Any]:
    """The optimizer's arrays weight by weight; until Keras 2.11 all first slots came before all second ones."""
    places = [name.rpartition("/")[2] for name in arrays]
    if all(place.isdecimal() and len(place) < 10 for place in places):  # Hornbeam names them by their places
        return [
            dataset for _, dataset in sorted(zip(map(int, places), arrays.values(), strict=True), key=itemgetter(0))
        ]
    names, datasets = [name.split("/") for name in arrays], list(arrays.values())
    rest = datasets[len(datasets) - slots :]
    begun = datasets[: len(datasets) - slots]
    by_weight = len(names) < 3 or (names[-2][:1], names[-2][2:]) == (names[-1][:1], names[-1][2:])
    if len(begun) != 1 or by_weight:
        return datasets
    for count in (2, 3):  # the slots of Adam and its kin; a single one has no order
        weights = len(rest) // count
        parts = [rest[number * weights : (number + 1) * weights] for number in range(count)]
        shapes = [[dataset.shape for dataset in part] for part in parts]
        if weights * count == len(rest) and all(each == shapes[0] for each in shapes):
            return begun + [part[weight] for weight in range(weights) for part in parts]
    return datasets
