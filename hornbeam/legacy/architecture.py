"""Models from the JSON of Keras 1 and 2, whose layers and calls are described in other words than today's."""

from __future__ import annotations

import json
from typing import Any

import jax

from hornbeam.core.config import is_description
from hornbeam.core.errors import FileError
from hornbeam.core.registry import CustomObjectScope, custom_object
from hornbeam.graph.tensor import Input, InputLayer
from hornbeam.layers.layer import LAYERS
from hornbeam.legacy import era
from hornbeam.legacy.names import NAMES
from hornbeam.legacy.rows import Name
from hornbeam.legacy.translate import key_of, resolved, translated
from hornbeam.models import Model, Sequential
from hornbeam.saving import descriptions

_MODELS = ("Sequential", "Model", "Functional")
_AGAIN = "Write it again with to_json of the Keras that made it."
_PARTS = {
    **dict.fromkeys(("WeightRegularizer", "ActivityRegularizer", "L1L2Regularizer"), "L1L2"),
    **{name: name for name in ("MaxNorm", "NonNeg", "UnitNorm")},
}
# what old descriptions say of layers and today's layers have no word for
_GONE = frozenset(
    ("input_dtype", "sparse", "ragged", "implementation", "consume_less", "time_major", "output_shape_type", "weights",
     "output_dim_type", "module", "build_config", "batchnorm_mode", "autocast", "dtype_policy")
)  # fmt: skip


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model, with new weights, that ``to_json`` of any Keras described.

    Args:
        json_string: what ``to_json`` gave.
        custom_objects: dict from name to a class or function of yours that it names.

    Raises:
        FileError: it is no description of a model.
    """
    try:
        description = json.loads(json_string)
    except ValueError as error:
        raise FileError("model_from_json", "JSON that to_json wrote", str(error), _AGAIN) from None
    if "module" in description or "registered_name" in description:
        return descriptions.model_from_json(json_string, custom_objects)
    return model_from_config(description, custom_objects)


def model_from_config(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
    """The model of a description ``{"class_name", "config"}`` of Keras 1 or 2.

    Args:
        config: the description; ``keras_version`` in it says of which era it is.
        custom_objects: dict from name to a class or function of yours that it names.
    """
    if not is_description(config):
        raise FileError("model_from_config", "a dict with class_name and config", type(config).__name__, _AGAIN)
    version = str(config.get("keras_version", "1"))
    then = "1" if version[0] < "2" else "2.2" if version < "2.3" and version[:4] != "2.15" else "2.15"
    with CustomObjectScope(custom_objects), era.during(then):
        return _object(config)


def _object(value: Any) -> Any:
    """The layer or model of a description; lists and dicts of them likewise; other values as they are."""
    if isinstance(value, list):
        return [_object(item) for item in value]
    if not is_description(value):
        return value
    name, config = value["class_name"], value["config"]
    if name == "Sequential":
        return _sequential(config)
    if name in _MODELS:
        return _functional(config)
    return _layer(name, config) if _is_layer(name) else value


def _is_layer(name: str) -> bool:
    return name in LAYERS or name in NAMES["layers"] or custom_object(name) is not None


def _layer(name: str, config: dict[str, Any]) -> Any:
    old = NAMES["layers"].get(name)
    custom = custom_object(name)
    target = custom or (resolved(old.target) if isinstance(old, Name) else LAYERS.get(name))
    key = (old.key if isinstance(old, Name) else "") or key_of(target) or name
    if name == "Lambda":
        return _lambda(config)
    words = {word: _object(_part(value)) for word, value in config.items() if word not in _GONE}
    if isinstance(words.get("activation"), dict):
        words["activation"] = words["activation"]["class_name"]
    if target is InputLayer:
        shape = words.get("batch_input_shape", words.get("batch_shape"))
        return Input(batch_shape=shape, dtype=words.get("dtype"), name=words.get("name")).node.operation
    shape = words.pop("batch_input_shape", None)
    _, words = translated(key, target, (), words)
    layer = target.from_config({word: value for word, value in words.items() if word != "batch_input_shape"})
    if shape is not None:
        layer.declared_shape = tuple(shape)
    return layer


def _part(value: Any) -> Any:
    """Keras 1 wrote the arguments of regularizers and constraints beside their names."""
    if not isinstance(value, dict) or value.get("name") not in _PARTS:
        return value
    rest = {"max_value" if word == "m" else word: item for word, item in value.items() if word != "name"}
    return {"class_name": _PARTS[value["name"]], "config": rest}


def _lambda(config: dict[str, Any]) -> Any:
    function = custom_object(config["name"])
    if function is None:
        raise FileError(
            f"config of layer {config['name']!r} (Lambda)", "a function that you pass", "bytecode, which is never run",
            f"Pass custom_objects={{{config['name']!r}: function}}.",
        )  # fmt: skip
    return LAYERS.get("Lambda")(function, arguments=config.get("arguments"), name=config["name"])


def _sequential(config: Any) -> Any:
    listed = config if isinstance(config, list) else config["layers"]
    name = None if isinstance(config, list) else config.get("name")
    layers = [_object(description) for description in listed]
    return Sequential([layer.output if isinstance(layer, InputLayer) else layer for layer in layers], name=name)


def _functional(config: dict[str, Any]) -> Any:
    """The layers, called as ``inbound_nodes`` say: for each call a list of ``[layer, call, output, words]``."""
    layers = {entry["name"]: _object(entry) for entry in config["layers"]}
    made = {name: [[layer.output]] if isinstance(layer, InputLayer) else [] for name, layer in layers.items()}
    waiting = [(entry["name"], call) for entry in config["layers"] for call in entry["inbound_nodes"]]
    while waiting:
        ready = [(name, call) for name, call in waiting if all(_is_made(made, one) for one in call)]
        if not ready:
            raise FileError("config of a model", "calls that can be made", f"{waiting[0][0]!r} waits", _AGAIN)
        name, call = ready[0]
        waiting.remove(ready[0])
        tensors = [_tensor(made, one) for one in call]
        words = call[0][3] if len(call[0]) > 3 else {}
        outputs = layers[name](tensors[0] if len(tensors) == 1 else tensors, **words)
        made[name].append(jax.tree.leaves(outputs))
    ends = [[_tensor(made, one) for one in _listed(config[side])] for side in ("input_layers", "output_layers")]
    inputs, outputs = (end[0] if len(end) == 1 else end for end in ends)
    return Model(inputs, outputs, name=config.get("name"))


def _listed(places: Any) -> list[Any]:
    return [places] if places and isinstance(places[0], str) else places


def _is_made(made: dict[str, Any], place: Any) -> bool:
    return place[0] in made and place[1] < len(made[place[0]])


def _tensor(made: dict[str, Any], place: Any) -> Any:
    return made[place[0]][place[1]][place[2]]
