"""A face, because Keras has it: names that live elsewhere."""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "CustomObjectScope": "hornbeam.core.registry",
    "Progbar": "hornbeam.callbacks",
    "PyDataset": "hornbeam.data.dataset",
    "Sequence": "hornbeam.data.dataset",
    "array_to_img": "hornbeam.image",
    "audio_dataset_from_directory": "hornbeam.audio",
    "clear_session": "hornbeam.models",
    "custom_object_scope": "hornbeam.core.registry",
    "deserialize_keras_object": "hornbeam.core.config",
    "disable_interactive_logging": "hornbeam.core.messages",
    "enable_interactive_logging": "hornbeam.core.messages",
    "get_custom_objects": "hornbeam.core.registry",
    "get_file": "hornbeam.datasets.own_files",
    "get_registered_name": "hornbeam.core.registry",
    "get_registered_object": "hornbeam.core.registry",
    "get_source_inputs": "hornbeam.graph.graph",
    "image_dataset_from_directory": "hornbeam.image",
    "img_to_array": "hornbeam.image",
    "is_interactive_logging_enabled": "hornbeam.core.messages",
    "is_keras_tensor": "hornbeam.graph.tensor",
    "load_img": "hornbeam.image",
    "model_to_dot": "hornbeam.models",
    "normalize": "hornbeam.data.arrays",
    "pack_x_y_sample_weight": "hornbeam.data.adapt",
    "pad_sequences": "hornbeam.text.sequence",
    "plot_model": "hornbeam.models",
    "register_keras_serializable": "hornbeam.core.registry",
    "save_img": "hornbeam.image",
    "serialize_keras_object": "hornbeam.core.config",
    "set_random_seed": "hornbeam.core.random",
    "split_dataset": "hornbeam.data.splitting",
    "standardize_dtype": "hornbeam.backend",
    "text_dataset_from_directory": "hornbeam.data.directories",
    "timeseries_dataset_from_array": "hornbeam.data.timeseries",
    "to_categorical": "hornbeam.data.arrays",
    "unpack_x_y_sample_weight": "hornbeam.data.adapt",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hornbeam.utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
