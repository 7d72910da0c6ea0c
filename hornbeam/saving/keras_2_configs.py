"""Descriptions of models in the words of Keras 2, which Keras 3 reads as well: what ``.h5`` files are written in."""

from __future__ import annotations

from typing import Any

from hornbeam.core.config import is_description
from hornbeam.layers.layer import LAYERS, names_of_arguments

# layers of Keras 2.15 whose words and weights are those of Keras 3, but for what is said below
_KNOWN = frozenset(
    [
        "Activation",
        "ActivityRegularization",
        "Add",
        "AdditiveAttention",
        "AlphaDropout",
        "Attention",
        "Average",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "BatchNormalization",
        "Bidirectional",
        "Concatenate",
        "Conv1D",
        "Conv1DTranspose",
        "Conv2D",
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "Dense",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "Dot",
        "Dropout",
        "ELU",
        "Embedding",
        "Flatten",
        "Functional",
        "GRU",
        "GRUCell",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
        "GroupNormalization",
        "Identity",
        "InputLayer",
        "LSTM",
        "LSTMCell",
        "LayerNormalization",
        "LeakyReLU",
        "Masking",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
        "Maximum",
        "Minimum",
        "Multiply",
        "PReLU",
        "Permute",
        "RNN",
        "ReLU",
        "RepeatVector",
        "Rescaling",
        "Reshape",
        "SeparableConv1D",
        "SeparableConv2D",
        "Sequential",
        "SimpleRNN",
        "SimpleRNNCell",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "StackedRNNCells",
        "Subtract",
        "TimeDistributed",
        "UnitNormalization",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "ZeroPadding3D",
    ]
)
# words that Keras 2 lacks: left out where they say nothing, and where they do the file is of Keras 3
_NEW: dict[str, Any] = {
    "quantization_config": (None,),
    "zero_output_for_mask": (False,),
    "synchronized": (False,),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": (0.99,),
    "rms_scaling": (False,),
    "lora_rank": (None,),
    "lora_alpha": (None,),
    "flash_attention": (None, False),
    "use_gate": (False,),
    "seed": (None,),
    "mask": (None,),
    "interpolation": ("nearest",),
    "input_axes": (None,),
    "output_axes": (None,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
    "activity_regularizer": (None,),  # not a word of every layer
    "build_input_shape": None,  # follows from the rest
}
_KEEPS = {name: ("seed",) for name in ("AlphaDropout", "Dropout", "GaussianDropout")} | {
    "UpSampling2D": ("interpolation",)
}
_MODELS = ("Functional", "Sequential")


class _Newer(Exception):
    """Something that Keras 2 cannot say."""


def keras_2_model(description: dict[str, Any]) -> dict[str, Any] | None:
    """A description of a model in Keras 2's words; None where Keras 2 has no words for it."""
    try:
        return _object(description)
    except _Newer:
        return None


def _object(description: dict[str, Any]) -> dict[str, Any]:
    kind, config = description["class_name"], description["config"]
    if kind in LAYERS and not description.get("registered_name") and kind not in _KNOWN:
        raise _Newer(kind)
    if not isinstance(config, dict):
        return {"class_name": kind, "config": config}
    if kind == "Sequential":
        layers = [_object(layer) for layer in config["layers"]]
        return {"class_name": kind, "config": {"name": config["name"], "layers": layers}}
    if kind == "Functional":
        return {"class_name": kind, "config": _graph(config)}
    name = description.get("registered_name") or kind
    found = {"class_name": name, "config": _config(kind, config)}
    axes = config.get("axis")
    if kind == "Attention" or (isinstance(axes, list) and len(axes) > 1):
        # Keras 3 takes "dot" for its function and forgets axes, unless the layer is said to be of its own age;
        # Keras 2 opens it either way
        found |= {"module": "keras.layers", "registered_name": None}
    return found


def _config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in config.items():
        plain = _NEW.get(key, ()) if key not in _KEEPS.get(kind, ()) else ()
        if plain is None or (plain and value in plain):
            continue
        if plain and key != "activity_regularizer":
            raise _Newer(key)
        if (kind, key, value) == ("ZeroPadding1D", "data_format", "channels_last"):
            continue
        if key == "dtype" and is_description(value):
            value = value["config"]["name"]
        if key == "activation" and value == "hard_sigmoid" or key == "recurrent_activation" and value == "hard_sigmoid":
            raise _Newer(value)  # another function in Keras 2
        found[_word(kind, key)] = _value(value)
    return found


def _word(kind: str, key: str) -> str:
    if key == "batch_shape":
        return "batch_input_shape"
    return "alpha" if (kind, key) == ("LeakyReLU", "negative_slope") else key


def _value(value: Any) -> Any:
    if is_description(value):
        if str(value["class_name"]).startswith("__"):
            raise _Newer(value["class_name"])
        words = {"module": value.get("module"), "registered_name": value.get("registered_name")}
        return {**_object(value), "class_name": value["class_name"], **words}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return "hard_sigmoid" if value == "hard_sigmoid_of_keras_2" else value


# -- graphs ----------------------------------------------------------------------------------------------------------


def _graph(config: dict[str, Any]) -> dict[str, Any]:
    entries = config["layers"]
    first = {entry["name"]: int(entry["class_name"] in _MODELS) for entry in entries}
    graphs = {entry["name"] for entry in entries if entry["class_name"] == "Functional"}
    layers = []
    for entry in entries:
        if entry["class_name"] not in LAYERS and not entry.get("registered_name"):
            raise _Newer(entry["class_name"])  # a function between layers
        calls = [_call(call, entry["class_name"], first) for call in entry["inbound_nodes"]]
        layers.append({**_object(entry), "name": entry["name"], "inbound_nodes": calls})

    def outside(place: Any) -> Any:
        if isinstance(place, dict):
            return {key: outside(item) for key, item in place.items()}
        if place and isinstance(place[0], str):
            name, call, index = place
            return [name, call if name in graphs else call + first[name], index]
        return [outside(item) for item in place]

    def listed(places: Any) -> Any:
        return [places] if isinstance(places, list) and places and isinstance(places[0], str) else places

    return {
        "name": config["name"],
        "trainable": config.get("trainable", True),
        "layers": layers,
        "input_layers": listed(outside(config["input_layers"])),
        "output_layers": listed(outside(config["output_layers"])),
    }


def _call(call: dict[str, Any], kind: str, first: dict[str, int]) -> list[Any]:
    """``[[layer, call, output, words], …]``: the first argument's tensors, with all other arguments as words."""
    args, kwargs = call["args"], dict(call["kwargs"])
    if len(args) > 1:
        names = names_of_arguments(LAYERS.get(kind).call) if kind in LAYERS else ()
        if len(names) < len(args):
            raise _Newer(kind)
        kwargs |= dict(zip(names[1:], args[1:], strict=False))
    if not args:
        raise _Newer(kind)
    words = {key: _place(value, first) for key, value in kwargs.items() if value is not None}
    tensors = args[0] if isinstance(args[0], list) else [args[0]]
    if not all(is_description(tensor) and tensor["class_name"] == "__keras_tensor__" for tensor in tensors):
        raise _Newer(kind)
    return [[*_place(tensor, first), words] for tensor in tensors]


def _place(value: Any, first: dict[str, int]) -> Any:
    if is_description(value):
        if value["class_name"] != "__keras_tensor__":
            raise _Newer(value["class_name"])
        name, call, index = value["config"]["keras_history"]
        return [name, call + first[name], index]
    if isinstance(value, list):
        return [_place(item, first) for item in value]
    if isinstance(value, dict):
        raise _Newer("dict")
    return value
