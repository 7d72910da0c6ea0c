"""Descriptions of models as plain values and as JSON, in the layout of Keras 3; those of Keras 1 and 2 are read too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from hornbeam.core.config import deserialize, is_description
from hornbeam.core.dtypes import is_float, standardize
from hornbeam.core.errors import ArgumentError, FileError, HornbeamError
from hornbeam.core.registry import REGISTRIES, CustomObjectScope, Registry
from hornbeam.graph.config import describe_layer, revive_layer, sharing
from hornbeam.saving.archive import AGAIN
from hornbeam.saving.old_configs import era_of, modern_model
from hornbeam.training.trainer import Trainer

_SETTINGS = {"loss": "keras.losses", "metrics": "keras.metrics", "weighted_metrics": "keras.metrics"}


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
        revive_settings(model, settings)
    return model


def revive_settings(model: Any, settings: dict[str, Any]) -> None:
    """Compiles a model with settings that a file describes."""
    model.compile(
        **{
            key: _setting(settings[key], REGISTRIES.get(table))
            for key, table in {"optimizer": "keras.optimizers", "loss_weights": "", **_SETTINGS}.items()
            if key in settings
        }
    )


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
    return as_json(describe_model(model), f"{model.where}, to_json", **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that ``to_json`` described, with new weights.

    Args:
        json_string: the text, of any version of Keras.
        custom_objects: dict from name to a class or function of the user's that the text names.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> model = Sequential([layers.Dense(3, input_dim=2)])
        >>> model_from_json(model.to_json()).count_params()
        9
    """
    with blamed("JSON of a model"):
        return model_from_config(json.loads(json_string), custom_objects)


def model_from_config(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a description ``{"class_name", "config"}`` of any version of Keras, with new weights.

    Args:
        config: the description.
        custom_objects: dict from name to a class or function of the user's that it names.
    """
    with CustomObjectScope(custom_objects):
        return revive_model(modern_model(config, era_of_description(config)))


def era_of_description(description: Any) -> int:
    """1, 2 or 3: which Keras described a model. Keras 1 named no version, and Keras 3 names a module."""
    if not isinstance(description, dict):
        return 3
    version = description.get("keras_version")
    return 3 if version is None and "module" in description else era_of(str(version) if version else None)


def cast(description: Any, dtype: Any) -> Any:
    """The description of a model whose layers hold their float weights in another type."""
    name = standardize(dtype)
    if not is_float(name):
        raise ArgumentError("load_model, dtype", "a float type", repr(dtype), "Write for example 'bfloat16'.")
    if isinstance(description, list):
        return [cast(item, name) for item in description]
    if not isinstance(description, dict) or description.get("class_name") == "InputLayer":
        return description
    found = {key: cast(item, name) for key, item in description.items() if key != "compile_config"}
    if "dtype" in description and "class_name" not in description:
        known = description["dtype"]
        known = known["config"].get("name") if is_description(known) and isinstance(known["config"], dict) else known
        found["dtype"] = name if known is None or str(known).endswith(("float16", "float32", "float64")) else known
    return found | {key: description[key] for key in ("compile_config",) if key in description}


def as_json(description: Any, where: str, **kwargs: Any) -> str:
    try:
        return json.dumps(description, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            where,
            "configs made of numbers, strings, lists and dicts",
            str(error),
            "Correct the get_config() of the class that gives it.",
        ) from error


@contextlib.contextmanager
def blamed(where: str) -> Iterator[None]:
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
