"""Old module paths, as a table: where their names are found today."""

from __future__ import annotations

from hornbeam.legacy.rows import Path

# packages that answer to the import hook
ROOTS = (
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_nlp",
    "keras_hub",
    "keras_preprocessing",
    "keras_applications",
    "scikeras",
)

# the same tree under other names; the first that fits counts
SAME = (
    ("tensorflow.compat.v1", "tensorflow"),
    ("tensorflow.compat.v2", "tensorflow"),
    ("tensorflow.python.keras", "keras"),
    ("tensorflow.contrib.keras.api.keras", "keras"),
    ("tensorflow.contrib.keras", "keras"),
    ("tensorflow.keras", "keras"),
    *((f"tensorflow.{name}", f"keras.{name}") for name in ("optimizers", "losses", "metrics", "initializers")),
    ("tf_keras", "keras"),
    ("keras.src.legacy", "keras"),
    ("keras.src", "keras"),
    ("keras.api", "keras"),
    ("keras_preprocessing", "keras.preprocessing"),
    ("keras_applications", "keras.applications"),
    ("keras_hub", "keras_nlp"),
    ("scikeras", "keras.scikeras"),
)

_LAYERS, _MODELS, _UTILS = ("layers",), ("models",), ("utils",)
_ENGINE = ("layers", "models", "")
_OLD = "2.2"

PATHS = {
    "keras": Path(("",)),
    **{
        f"keras.{name}": Path((name,))
        for name in (
            *("activations", "callbacks", "config", "constraints", "datasets", "initializers", "losses", "metrics"),
            *("models", "ops", "optimizers", "preprocessing", "random", "regularizers", "saving", "utils"),
            *("mixed_precision", "dtype_policies", "tree"),
            *("preprocessing.text", "preprocessing.sequence", "preprocessing.timeseries", "preprocessing.image"),
            *("optimizers.schedules", "layers"),
        )
    },
    **{
        f"keras.datasets.{name}": Path((f"datasets.{name}",))
        for name in (
            *("mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters", "boston_housing"),
            "california_housing",
        )
    },
    "keras.callbacks.history": Path(("callbacks",)),
    "keras.callbacks.callbacks": Path(("callbacks",), "2.2"),
    "keras.mixed_precision.experimental": Path(("mixed_precision",), "2.15"),
    "keras.optimizers.legacy": Path(("optimizers",), "2.15"),
    "keras.optimizers.experimental": Path(("optimizers",), "2.15"),
    "keras.backend": Path(("legacy.backend", "legacy.windows", "backend"), "2.15", "hornbeam.ops"),
    "keras.backend.tensorflow_backend": Path(("legacy.backend", "legacy.windows", "backend"), _OLD, "hornbeam.ops"),
    "keras.backend.common": Path(("legacy.backend", "legacy.windows", "backend"), _OLD, "hornbeam.config"),
    "keras.objectives": Path(("losses",), "1"),
    "keras.initializations": Path(("initializers",), "1"),
    "keras.applications": Path((), None, "no module: its networks are not in Hornbeam"),
    # layers, by family
    **{
        f"keras.layers.{name}": Path(_LAYERS, _OLD)
        for name in (
            *("normalization", "embeddings", "core", "convolutional", "recurrent", "advanced_activations", "merge"),
            *("pooling", "wrappers", "local", "noise", "convolutional_recurrent", "cudnn_recurrent"),
        )
    },
    "keras.layers.experimental": Path(_LAYERS, "2.15"),
    "keras.layers.experimental.preprocessing": Path(_LAYERS, "2.15"),
    # the inside, which old code imports
    "keras.engine": Path(_ENGINE, "2.15"),
    **{
        f"keras.engine.{name}": Path(_ENGINE, "2.15")
        for name in ("topology", "training", "base_layer", "input_layer", "network", "sequential", "functional")
    },
    "keras.engine.saving": Path(("models", "saving"), "2.15"),
    "keras.legacy": Path(_LAYERS, _OLD),
    "keras.legacy.layers": Path(_LAYERS, _OLD),
    "keras.legacy.interfaces": Path((), _OLD, "nothing: the words are translated"),
    # utilities
    **{
        f"keras.utils.{name}": Path(_UTILS, _OLD)
        for name in (
            *("np_utils", "vis_utils", "generic_utils", "data_utils", "layer_utils", "io_utils", "conv_utils"),
            *("multi_gpu_utils", "test_utils", "training_utils", "visualize_util"),
        )
    },
    "keras.utils.all_utils": Path(_UTILS, "2.15"),
    "keras.utils.image_utils": Path(_UTILS, "2.15"),
    # scikit-learn
    "keras.wrappers": Path(("wrappers",)),
    "keras.wrappers.scikit_learn": Path(("sklearn",), "2.15"),
    "keras.scikeras": Path((), None, "hornbeam.sklearn"),
    "keras.scikeras.wrappers": Path(("sklearn",)),
    # language
    "keras_nlp": Path(("nlp",)),
    "keras_nlp.layers": Path(("nlp.layers",)),
    "keras_nlp.samplers": Path(("nlp.samplers",)),
    "keras_nlp.tokenizers": Path(("nlp.tokenizers",)),
    "keras_nlp.models": Path(("legacy.presets",), None, "hornbeam.from_pretrained"),
    # TensorFlow, as far as lessons on Keras use it
    "tensorflow": Path(("legacy.tensorflow",), None, "hornbeam"),
    "tensorflow.python": Path((), None, "hornbeam"),
    "tensorflow.contrib": Path((), "2.2", "hornbeam"),
    "tensorflow.compat": Path((), None, "hornbeam"),
    "tensorflow.math": Path(("legacy.tensors", "ops"), None, "hornbeam.ops"),
    "tensorflow.nn": Path(("legacy.tensors", "ops"), None, "hornbeam.ops"),
    "tensorflow.linalg": Path(("legacy.tensors", "ops.linalg", "ops"), None, "hornbeam.ops"),
    "tensorflow.random": Path(("legacy.chance", "random"), None, "hornbeam.random"),
    "tensorflow.data": Path(("legacy.flows",), None, "hornbeam.data"),
    "tensorflow.config": Path(("legacy.devices",), None, "nothing"),
    "tensorflow.config.experimental": Path(("legacy.devices",), None, "nothing"),
    "tensorflow.test": Path(("legacy.devices",), None, "nothing"),
    "tensorflow.image": Path(("legacy.tensors", "ops.image", "ops"), None, "hornbeam.ops.image"),
    "tensorflow.python.framework": Path((), None, "hornbeam"),
    "tensorflow.python.client": Path((), None, "nothing"),
    "tensorflow.python.client.device_lib": Path(("legacy.devices",), None, "nothing"),
}


def canonical(path: str) -> str:
    """An old path in the words of the table: every tree of Keras under ``keras``."""
    for prefix, same in SAME:
        if path == prefix or path.startswith(prefix + "."):
            return canonical(same + path[len(prefix) :])
    return path
