"""Write `serialization.json`: what Keras writes for objects and models, and the text of `model.summary()`.

A list of cases. For an object: `object`, `config` (the constructor's arguments in the shorthand of `build`:
`{"layer": name, "config": ...}`, `{"initializer": ...}` and so on stand for objects), `serialized` (of
`keras.saving.serialize_keras_object`; `built` says on which input shape the layer was built first). For a model:
`to_json` (parsed), the text of `summary()` in a terminal 200 columns wide (`summary`; `summary_expanded` with
`expand_nested` and `show_trainable`) and 80 wide (`summary_80`), and, after `compile`, `compile_config` (the only
change in `to_json`) and, with the optimizer built, `summary_compiled`. The terminal's width is the variable COLUMNS.
Names count from a cleared session.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_serialization.py`.
"""

import json
import os

import keras
from keras import layers
from writer import plain, write_json

WORDS = {
    "layer": keras.layers,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "loss": keras.losses,
    "metric": keras.metrics,
    "optimizer": keras.optimizers,
    "schedule": keras.optimizers.schedules,
    "policy": keras.dtype_policies,
    "function": keras.activations,
}
L2 = {"regularizer": "L2", "config": {"l2": 0.01}}
DECAY = {"schedule": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}}
OBJECTS = [
    ("layer", "Dense", {"units": 3}, [None, 4]),
    ("layer", "Dense", {"units": 3}, None),
    (
        "layer",
        "Dense",
        {
            "units": 3,
            "name": "out",
            "activation": "softmax",
            "use_bias": False,
            "kernel_initializer": {"initializer": "HeNormal", "config": {"seed": 7}},
            "kernel_regularizer": L2,
            "kernel_constraint": {"constraint": "MaxNorm", "config": {"max_value": 3.0}},
            "trainable": False,
            "dtype": "mixed_bfloat16",
        },
        [None, 4],
    ),
    (
        "layer",
        "Dense",
        {
            "units": 3,
            "kernel_initializer": "random_normal",
            "bias_regularizer": "l1",
            "activity_regularizer": {"regularizer": "L1L2", "config": {"l1": 0.1, "l2": 0.2}},
        },
        None,
    ),
    (
        "layer",
        "Conv2D",
        {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
        [None, 8, 8, 3],
    ),
    ("layer", "LSTM", {"units": 4, "return_sequences": True, "dropout": 0.1, "recurrent_dropout": 0.2}, [None, 5, 3]),
    ("layer", "GRU", {"units": 4}, [None, 5, 3]),
    ("layer", "Bidirectional", {"layer": {"layer": "LSTM", "config": {"units": 4}}, "merge_mode": "sum"}, [None, 5, 3]),
    ("layer", "TimeDistributed", {"layer": {"layer": "Dense", "config": {"units": 2}}}, [None, 5, 3]),
    ("layer", "Embedding", {"input_dim": 10, "output_dim": 3, "mask_zero": True}, [None, 5]),
    ("layer", "BatchNormalization", {"axis": 1, "momentum": 0.9}, [None, 4, 5]),
    ("layer", "LayerNormalization", {"axis": [1, 2]}, [None, 4, 5]),
    ("layer", "MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "dropout": 0.1}, None),
    ("layer", "Dropout", {"rate": 0.5, "seed": 3}, None),
    ("layer", "Dropout", {"rate": 0.5}, None),
    ("layer", "Activation", {"activation": "gelu"}, None),
    ("layer", "PReLU", {"shared_axes": [1]}, [None, 4, 5]),
    ("layer", "Normalization", {"mean": [1.0, 2.0], "variance": [1.0, 4.0]}, [None, 2]),
    ("layer", "CategoryEncoding", {"num_tokens": 4, "output_mode": "count"}, None),
    ("layer", "Rescaling", {"scale": 0.5, "offset": 1.0}, None),
    ("layer", "Masking", {"mask_value": -1.0}, None),
    ("layer", "Concatenate", {"axis": 1}, None),
    ("layer", "Reshape", {"target_shape": [2, -1]}, None),
    ("layer", "RandomFlip", {"mode": "horizontal", "seed": 1}, None),
    ("layer", "TextVectorization", {"max_tokens": 100, "output_sequence_length": 5}, None),
    ("layer", "InputLayer", {"shape": [4], "name": "x"}, None),
    ("initializer", "GlorotUniform", {"seed": 1}, None),
    ("initializer", "VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"}, None),
    ("initializer", "Constant", {"value": 2.0}, None),
    ("regularizer", "L1L2", {"l1": 0.1, "l2": 0.2}, None),
    ("regularizer", "OrthogonalRegularizer", {}, None),
    ("constraint", "UnitNorm", {"axis": 1}, None),
    ("function", "relu", None, None),
    ("function", "silu", None, None),
    ("loss", "CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, None),
    ("loss", "MeanSquaredError", {"reduction": "sum", "name": "error"}, None),
    ("loss", "Huber", {"delta": 0.5}, None),
    ("loss", "SparseCategoricalCrossentropy", {"ignore_class": -1}, None),
    ("metric", "AUC", {"curve": "PR", "num_thresholds": 10}, None),
    ("metric", "SparseTopKCategoricalAccuracy", {"k": 3}, None),
    ("metric", "Precision", {"thresholds": [0.2, 0.5], "name": "p"}, None),
    ("metric", "Mean", {}, None),
    ("metric", "F1Score", {"average": "macro", "threshold": 0.5}, None),
    ("optimizer", "Adam", {}, None),
    ("optimizer", "Adam", {"learning_rate": DECAY, "clipnorm": 1.0}, None),
    ("optimizer", "SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, None),
    ("optimizer", "AdamW", {"use_ema": True, "ema_overwrite_frequency": 3, "name": "mine"}, None),
    (
        "schedule",
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 10, "warmup_target": 0.2, "warmup_steps": 3},
        None,
    ),
    ("policy", "DTypePolicy", {"name": "mixed_float16"}, None),
]


def build(value):
    """Make the objects that the shorthand stands for."""
    if isinstance(value, dict) and len(value) == 2 and "config" in value:
        kind = next(key for key in value if key != "config")
        return getattr(WORDS[kind], value[kind])(**build(value["config"]))
    if isinstance(value, dict):
        return {key: build(each) for key, each in value.items()}
    return value


def sequential():
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def sequential_without_input():
    return keras.Sequential([layers.Dense(4, activation="relu"), layers.Dense(1)], name="unbuilt")


def functional():
    words = keras.Input((None,), dtype="int32", name="words")
    numbers = keras.Input((3,), name="numbers")
    read = layers.LSTM(5, name="read")(layers.Embedding(20, 4, mask_zero=True)(words))
    shared = layers.Dense(5, activation="tanh", name="shared")
    both = layers.concatenate([shared(read), shared(layers.Dense(5)(numbers))])
    both = layers.BatchNormalization(name="norm")(both)
    return keras.Model(
        [words, numbers],
        {
            "kind": layers.Dense(3, activation="softmax", name="kind")(both),
            "amount": layers.Dense(1, name="amount")(both * 2.0 + 1.0),
        },
        name="two_inputs",
    )


def nested():
    inner = keras.Sequential([layers.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="inner")
    inner.trainable = False
    x = keras.Input((4,), name="x")
    return keras.Model(x, layers.Dense(1, name="out")(inner(x)), name="outer")


COMPILE = {
    "sequential": dict(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]),
    "functional": dict(
        optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
        loss={"kind": "sparse_categorical_crossentropy", "amount": keras.losses.Huber(delta=0.5)},
        loss_weights={"kind": 1.0, "amount": 0.5},
        metrics={"kind": ["accuracy"], "amount": [keras.metrics.RootMeanSquaredError()]},
    ),
    "nested": dict(optimizer="rmsprop", loss="mse"),
}


def summary(model, columns=200, **options):
    os.environ["COLUMNS"] = str(columns)
    lines = []
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def main():
    cases = []
    for number, (kind, name, config, built) in enumerate(OBJECTS):
        keras.backend.clear_session()
        thing = getattr(WORDS[kind], name)
        if config is not None:
            thing = thing(**build(config))
        if built is not None:
            thing.build(tuple(built))
        cases.append(
            {
                "case": f"{name}-{number}",
                "object": name,
                "kind": kind,
                "config": config,
                "built": built,
                "serialized": keras.saving.serialize_keras_object(thing),
            }
        )
    for make in (sequential, sequential_without_input, functional, nested):
        keras.backend.clear_session()
        model = make()
        case = {
            "case": make.__name__,
            "object": type(model).__name__,
            "kind": "model",
            "to_json": json.loads(model.to_json()),
            "summary": summary(model),
            "summary_80": summary(model, 80),
            "summary_expanded": summary(model, expand_nested=True, show_trainable=True),
        }
        if make.__name__ in COMPILE:
            model.compile(**COMPILE[make.__name__])
            case["compile_config"] = model.get_compile_config()
            model.optimizer.build(model.trainable_variables)
            case["summary_compiled"] = summary(model)
        cases.append(case)
    write_json("serialization.json", [plain(case) for case in cases])
    print(f"serialization: {len(cases)} cases")


if __name__ == "__main__":
    main()
