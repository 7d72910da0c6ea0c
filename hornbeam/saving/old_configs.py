"""Descriptions of models by Keras 1 and 2, said in the words of Keras 3. The words themselves stand in ``old_words``.

The input is data from a file and is never trusted: it is only rearranged here, and ``deserialize`` looks every name up
in the closed tables afterwards.
"""

from __future__ import annotations

from typing import Any

from hornbeam.core.config import is_description
from hornbeam.core.errors import FileError
from hornbeam.core.registry import REGISTRIES, custom_object
from hornbeam.layers.layer import LAYERS
from hornbeam.saving import old_words as words

_INNER = ("layer", "backward_layer", "forward_layer", "cell", "cells", "activation")
_KINDS = {
    "_initializer": "keras.initializers",
    "_regularizer": "keras.regularizers",
    "_constraint": "keras.constraints",
}
_ELSEWHERE = "_CONSTANT_VALUE"  # in place of a layer's name: the value itself


def era_of(version: str | None) -> int:
    """1, 2 or 3, from the version of Keras that a file names; files of Keras 1 name none."""
    first = (version or "1").split(".")[0]
    return int(first) if first in ("2", "3") else 1


def modern_model(description: Any, era: int) -> Any:
    """The description of a model, or of a layer, in today's words; one in today's words stays as it is."""
    if not isinstance(description, dict) or "class_name" not in description:
        return description
    kind, config = description["class_name"], description.get("config")
    name = words.MODELS.get(kind, kind) if isinstance(kind, str) else kind
    if name == "Sequential" and isinstance(config, list):  # until Keras 2.2.2 it had no name
        config = {"name": "sequential", "layers": config}
    if isinstance(config, dict) and isinstance(config.get("layers"), list):
        config = {**config, "layers": [modern_model(layer, era) for layer in config["layers"]]}
        if "input_layers" in config:
            config = _modern_graph({**config, "layers": [_placed(entry) for entry in config["layers"]]})
        else:
            name = "Sequential" if name == "Functional" else name
        return {**description, "class_name": name, "config": config}
    return modern_layer(description, era)


def modern_layer(description: dict[str, Any], era: int) -> dict[str, Any]:
    """The description of a layer in today's words."""
    kind, config = description["class_name"], description.get("config")
    if era > 2 or not isinstance(kind, str) or not isinstance(config, dict) or custom_object(kind) is not None:
        return description
    name = words.CLASSES.get(kind, kind)
    if name == "Merge":
        name, config = _merge(config)
    if name == "Lambda":
        config = _lambda(config)
    config = _renamed(name, config)
    if name == "BatchNormalization" and description["config"].get("mode"):
        raise FileError(
            f"config of {config.get('name')!r} (BatchNormalization)", "mode 0", description["config"]["mode"], _REMADE
        )
    config = {key: _modern_value(name, key, value, era) for key, value in config.items()}
    if kind in ("CuDNNLSTM", "CuDNNGRU"):
        config |= {"activation": "tanh", "recurrent_activation": "sigmoid"}
    if name == "GRU":
        config.setdefault("reset_after", kind == "CuDNNGRU")
    modern = {**description, "class_name": name, "config": config}
    if name in words.REGISTERED:
        return {**modern, "registered_name": words.REGISTERED[name]}
    return {**modern, "module": "keras.layers"} if name in LAYERS and not description.get("registered_name") else modern


_REMADE = "Build the network anew and load the weights alone, with load_weights."


def _renamed(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """A layer's config with today's words for the same values."""
    table = {**words.ANYWHERE, **words.WORDS.get(name, {})}
    unsaid = (*words.UNSAID[""], *words.UNSAID.get(name, ()))
    found = {table.get(key, key): value for key, value in config.items() if key not in unsaid}
    for parts in words.KERNEL_SIZES:
        if all(part in found for part in parts):
            found["kernel_size"] = [found.pop(part) for part in parts]
    if "forget_bias_init" in found:
        found["unit_forget_bias"] = found.pop("forget_bias_init") in ("one", "ones")
    return found


def _modern_value(name: str, key: str, value: Any, era: int) -> Any:
    if key in _INNER:
        return _modern_inner(name, key, value, era)
    if key == "recurrent_activation":
        return _modern_activation(value, era)
    if key == "data_format" and isinstance(value, str):
        return words.DATA_FORMATS.get(value, value)
    if key == "axis" and name == "BatchNormalization" and isinstance(value, list) and len(value) == 1:
        return value[0]
    if key == "dtype" and is_description(value):  # a policy of Keras 2
        return value["config"].get("name") if isinstance(value["config"], dict) else value
    for ending, table in _KINDS.items():
        if key.endswith(ending) and isinstance(value, dict):
            return _modern_part(value, table)
    return value


def _modern_inner(name: str, key: str, value: Any, era: int) -> Any:
    if key == "activation" and isinstance(value, str):
        return _modern_activation(value, era)
    if isinstance(value, list):
        return [modern_model(item, era) for item in value]
    return modern_model(value, era)


def _modern_activation(value: Any, era: int) -> Any:
    if value == "hard_sigmoid" and era < 3:
        return "hard_sigmoid_of_keras_2"
    return {"softmax_v2": "softmax", "swish": "silu"}.get(value, value) if isinstance(value, str) else value


def _modern_part(value: dict[str, Any], table: str) -> dict[str, Any]:
    """An initializer, regularizer or constraint; in Keras 1 ``name`` and its words stood side by side."""
    if "class_name" not in value and "name" in value:
        config = {key: item for key, item in value.items() if key != "name"}
        kind = "L1L2" if str(value["name"]).endswith("Regularizer") else value["name"]
        value = {"class_name": kind, "config": {"max_value" if key == "m" else key: v for key, v in config.items()}}
    given = value.get("config")
    if isinstance(given, dict) and table == "keras.initializers":
        config = {key: item for key, item in given.items() if key != "dtype"}
        if value.get("class_name") == "VarianceScaling" and config.get("distribution") == "normal":
            config["distribution"] = "truncated_normal"
        value = {**value, "config": config}
    known = value.get("class_name") in REGISTRIES[table] and not value.get("registered_name")
    return {**value, "module": table} if known else value


def _merge(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Keras 1's layer that joined in one of eight ways."""
    mode = config.get("mode")
    if not isinstance(mode, str) or mode not in words.MERGES or config.get("layers"):
        raise FileError(f"config of {config.get('name')!r} (Merge)", "one of Keras 1's modes", repr(mode), _REMADE)
    modern = {"name": config.get("name"), "trainable": config.get("trainable", True)}
    if mode == "concat":
        modern["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        axes = config.get("dot_axes", -1)
        if isinstance(axes, list):
            axes = [axis[0] if isinstance(axis, list) and axis else axis for axis in axes]
        modern["axes"] = axes
        modern["normalize"] = mode == "cos"
    return words.MERGES[mode], modern


def _lambda(config: dict[str, Any]) -> dict[str, Any]:
    """A Lambda's functions: bytecode, which is refused unless the caller passes a function, or a name."""
    found = {key: value for key, value in config.items() if not key.endswith(("_type", "module"))}
    for key in ("function", "output_shape", "mask"):
        value, kind = config.get(key), config.get(f"{key}_type")
        if kind == "lambda" or (key == "function" and isinstance(value, list)):
            found[key] = {"class_name": "__lambda__", "config": {}}
        elif kind == "function" and isinstance(value, str):
            found[key] = {"module": "builtins", "class_name": "function", "config": value, "registered_name": value}
    return found


# -- graphs ----------------------------------------------------------------------------------------------------------


def _placed(entry: Any) -> Any:
    """An operation of Keras 3 among layers; in ``.h5`` files it lacks the module that tells it from a layer."""
    kind = entry.get("class_name") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or entry.get("module") or entry.get("registered_name"):
        return entry
    known = kind in LAYERS or kind == "TFOpLambda" or custom_object(kind) is not None
    return entry if known else {**entry, "module": "keras.ops"}


def _modern_graph(config: dict[str, Any]) -> dict[str, Any]:
    """The calls of a graph, which Keras 1 and 2 wrote as ``[[layer, call, output, words], …]``."""
    entries = [entry for entry in config["layers"] if isinstance(entry, dict)]
    if not any(isinstance(call, list) for entry in entries for call in entry.get("inbound_nodes") or ()):
        return config
    # the making of a nested model counted as its first call
    first = {entry.get("name"): int(entry.get("class_name") in ("Functional", "Sequential")) for entry in entries}
    graphs = {entry.get("name") for entry in entries if entry.get("class_name") == "Functional"}
    layers = [_modern_calls(entry, first) for entry in entries]

    def outside(places: Any) -> Any:
        if _is_place(places):
            name, call, index = places[:3]
            return [name, call if name in graphs else call - first.get(name, 0), index]
        if isinstance(places, dict):
            return {key: outside(item) for key, item in places.items()}
        return [outside(item) for item in places] if isinstance(places, list) else places

    outputs = outside(config["output_layers"])
    one = isinstance(outputs, list) and len(outputs) == 1 and isinstance(outputs[0], list)
    inputs = outside(config["input_layers"])
    alone = isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], list)
    return {
        **config,
        "layers": layers,
        "input_layers": inputs[0] if alone else inputs,
        "output_layers": outputs[0] if one else outputs,
    }


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and (isinstance(value[2], int) or value[0] == _ELSEWHERE)
    )


def _modern_calls(entry: dict[str, Any], first: dict[Any, int]) -> dict[str, Any]:
    calls = entry.get("inbound_nodes") or []
    if entry.get("class_name") == "TFOpLambda":
        return _function(entry, first)
    kind = str(entry.get("class_name"))
    return {**entry, "inbound_nodes": [_call(call, first, kind) if isinstance(call, list) else call for call in calls]}


def _call(call: list[Any], first: dict[Any, int], kind: str) -> dict[str, Any]:
    """One call: its tensors are the first argument, alone or in a list, and words stand behind a tensor."""
    places = [call] if _is_place(call) else call
    kwargs: dict[str, Any] = {}
    for place in places:
        if _is_place(place) and len(place) == 4 and isinstance(place[3], dict):
            kwargs |= {key: _value(item, first) for key, item in place[3].items() if item is not None}
    tensors = [_value(place, first) for place in places]
    if kind not in words.RECURRENT and kind != "Bidirectional":
        kwargs.pop("constants", None)
    return {"args": [tensors[0] if len(tensors) == 1 else tensors], "kwargs": kwargs}


def _value(value: Any, first: dict[Any, int]) -> Any:
    """A value among a call's arguments, with the tensors in it as Keras 3 describes them."""
    if _is_place(value):
        if value[0] == _ELSEWHERE:
            return value[2]
        history = [value[0], value[1] - first.get(value[0], 0), value[2]]
        return {"class_name": "__keras_tensor__", "config": {"keras_history": history}}
    if isinstance(value, list):
        return [_value(item, first) for item in value]
    return {key: _value(item, first) for key, item in value.items()} if isinstance(value, dict) else value


def _function(entry: dict[str, Any], first: dict[Any, int]) -> dict[str, Any]:
    """A function of TensorFlow between layers, as the operation of Keras 3."""
    config = entry["config"] if isinstance(entry.get("config"), dict) else {}
    found = words.FUNCTIONS.get(str(config.get("function")))
    if found is None:
        raise FileError(
            f"config of {entry.get('name')!r}",
            f"a function of the table ({', '.join(sorted(words.FUNCTIONS))})",
            repr(config.get("function")),
            _REMADE,
        )
    kind, table = found
    calls = []
    for call in entry.get("inbound_nodes") or []:
        modern = _call(call, first, "")
        unknown = sorted(set(modern["kwargs"]) - set(table))
        if unknown:
            raise FileError(f"config of {entry.get('name')!r}", f"the words {sorted(table)}", f"{unknown}", _REMADE)
        kwargs = {table[key]: item for key, item in modern["kwargs"].items()}
        second = [kwargs.pop("x2")] if "x2" in kwargs else []
        calls.append({"args": [*modern["args"], *second], "kwargs": kwargs})
    name = entry.get("name")
    return {"module": "keras.ops", "class_name": kind, "config": {"name": name}, "name": name, "inbound_nodes": calls}
