"""Write `training.npz` and `training.json`: small trainings by Keras, from fixed weights, `shuffle=False`.

Case keys: `layers` (one `[name, class, config, inputs]` each, in order; `Input` layers are written as class `Input`;
the model is functional, from all inputs to the layers in `outputs`), `compile` and `fit` (arguments; `{"metric":
name, "config": ...}`, `{"optimizer": ...}` and `{"callback": ...}` stand for objects), `data` (the argument `x`, `y`,
`sample_weight` and `validation_data` as names of arrays `inputs/<name>`, or lists or dicts of them), and what came of
it: `history`, `evaluate` (the list, on the training data), `evaluate_dict`, `metrics_names`, `warnings`. JAX returns
history with its keys sorted; Keras on other backends does not. Arrays: `<case>/weight_<i>` and `<case>/final_<i>` in
the order of `model.weights` (names in `weights`), `<case>/predict_<k>`. A case with `batches` calls `train_on_batch`
on those slices of rows in turn instead of fit: `results` holds what each call returned, in turn as list and as dict;
then `test_on_batch` on the first slice, likewise. Missing on purpose: a dict `y` together with any `sample_weight`
for a model whose outputs are a list, where Keras 3.15.1 raises KeyError: 0.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_training.py`.
"""

import warnings

import keras
import numpy as np
from writer import Golden


def make_inputs(golden):
    rng = np.random.default_rng(8)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    x = normal(30, 4)
    classes = (x[:, :3] + 0.5 * normal(30, 3)).argmax(1).astype("int32")
    steps = normal(12, 5, 3)
    step_classes = (steps + 0.3 * normal(12, 5, 3)).argmax(-1).astype("int32")
    step_weight = rng.choice(np.float32([0, 0.5, 1, 2]), (12, 5))
    tokens = rng.integers(1, 9, (20, 6)).astype("int32")
    for row in range(20):
        tokens[row, rng.integers(2, 7) :] = 0
    golden.arrays |= {
        "inputs/x": x,
        "inputs/one_hot": np.eye(3, dtype="float32")[classes],
        "inputs/classes": classes,
        "inputs/target": x[:, :1] * 2 + x[:, 1:2] + 0.1 * normal(30, 1),
        "inputs/weight": rng.choice(np.float32([0, 0.5, 1, 3]), 30),
        "inputs/weight_b": rng.choice(np.float32([0.25, 1, 2]), 30),
        "inputs/x_val": normal(7, 4),
        "inputs/one_hot_val": np.eye(3, dtype="float32")[rng.integers(0, 3, 7)],
        "inputs/weight_val": np.float32([1, 2, 0, 1, 0.5, 1, 1]),
        "inputs/tokens": tokens,
        "inputs/binary": (tokens[:, 0] > 4).astype("float32"),
        "inputs/token_classes": (tokens % 3).astype("int32"),
        "inputs/steps": steps,
        "inputs/step_classes": step_classes,
        "inputs/step_weight": step_weight,
    }


IRIS = [
    ["x", "Input", {"shape": [4]}, []],
    ["hidden", "Dense", {"units": 5, "activation": "tanh"}, ["x"]],
    ["out", "Dense", {"units": 3, "activation": "softmax"}, ["hidden"]],
]
NORMED = [
    IRIS[0],
    IRIS[1],
    ["norm", "BatchNormalization", {"momentum": 0.8}, ["hidden"]],
    ["out", "Dense", {"units": 3, "activation": "softmax"}, ["norm"]],
]
TWO = [
    IRIS[0],
    [
        "hidden",
        "Dense",
        {
            "units": 5,
            "activation": "relu",
            "kernel_regularizer": {"regularizer": "L2", "config": {"l2": 0.01}},
            "activity_regularizer": {"regularizer": "L1", "config": {"l1": 0.02}},
        },
        ["x"],
    ],
    ["kind", "Dense", {"units": 3, "activation": "softmax"}, ["hidden"]],
    ["amount", "Dense", {"units": 1}, ["hidden"]],
]
BAG = [
    ["tokens", "Input", {"shape": [6], "dtype": "int32"}, []],
    ["embedding", "Embedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True}, ["tokens"]],
]
FLAT = [
    *BAG,
    ["flatten", "Flatten", {}, ["embedding"]],
    ["out", "Dense", {"units": 1, "activation": "sigmoid"}, ["flatten"]],
]
MEAN = [
    *BAG,
    ["mean", "GlobalAveragePooling1D", {}, ["embedding"]],
    ["out", "Dense", {"units": 1, "activation": "sigmoid"}, ["mean"]],
]
STEPS = [
    ["steps", "Input", {"shape": [5, 3]}, []],
    ["hidden", "Dense", {"units": 4, "activation": "tanh"}, ["steps"]],
    ["out", "Dense", {"units": 3, "activation": "softmax"}, ["hidden"]],
]
TAGS = [*BAG, ["out", "Dense", {"units": 3, "activation": "softmax"}, ["embedding"]]]

ADAM = {"optimizer": "Adam", "config": {"learning_rate": 0.05}}
SOFTMAX = {"optimizer": ADAM, "loss": "categorical_crossentropy", "metrics": ["accuracy"]}
FIT = {"batch_size": 8, "epochs": 3}
XY = {"x": "x", "y": "one_hot"}
PLATEAU = {
    "callback": "ReduceLROnPlateau",
    "config": {"monitor": "loss", "factor": 0.5, "patience": 1, "min_delta": 10.0},
}
STOP = {
    "callback": "EarlyStopping",
    "config": {"monitor": "val_loss", "patience": 1, "min_delta": 10.0, "restore_best_weights": True},
}
NAMED = {
    "loss": {"kind": "categorical_crossentropy", "amount": "mse"},
    "loss_weights": {"kind": 0.5, "amount": 2.0},
    "metrics": {"kind": ["accuracy"], "amount": ["mae", "mse"]},
}

CASES = {
    "iris": (IRIS, ["out"], SOFTMAX, {**FIT, "validation_split": 0.2}, XY),
    "iris_adam_default": (IRIS, ["out"], {**SOFTMAX, "optimizer": "adam"}, FIT, XY),
    "iris_ragged": (IRIS, ["out"], SOFTMAX, {**FIT, "validation_split": 0.1}, XY),
    "iris_many_metrics": (
        IRIS,
        ["out"],
        {
            **SOFTMAX,
            "metrics": [
                "accuracy",
                "acc",
                "mse",
                "categorical_accuracy",
                "Precision",
                {"metric": "AUC", "config": {}},
                {"metric": "TopKCategoricalAccuracy", "config": {"k": 2, "name": "top2"}},
            ],
            "weighted_metrics": ["accuracy", "mae"],
        },
        FIT,
        {**XY, "sample_weight": "weight"},
    ),
    "iris_class_weight": (
        IRIS,
        ["out"],
        {**SOFTMAX, "weighted_metrics": ["accuracy"]},
        {**FIT, "class_weight": {"0": 1.0, "1": 2.5, "2": 0.5}},
        XY,
    ),
    "iris_class_weight_partial": (IRIS, ["out"], SOFTMAX, {**FIT, "class_weight": {"1": 2.5}}, XY),
    "iris_sample_weight": (
        IRIS,
        ["out"],
        {**SOFTMAX, "weighted_metrics": ["accuracy"]},
        {**FIT, "validation_split": 0.2},
        {**XY, "sample_weight": "weight"},
    ),
    "iris_validation_data": (
        IRIS,
        ["out"],
        {**SOFTMAX, "weighted_metrics": ["accuracy"]},
        {**FIT, "validation_freq": 2, "validation_batch_size": 4},
        {**XY, "validation_data": ["x_val", "one_hot_val", "weight_val"]},
    ),
    "iris_sparse_class_weight": (
        IRIS,
        ["out"],
        {
            "optimizer": "sgd",
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy", "sparse_categorical_accuracy"],
        },
        {**FIT, "class_weight": {"0": 1.0, "1": 2.5, "2": 0.5}},
        {"x": "x", "y": "classes"},
    ),
    "iris_no_metrics": (IRIS, ["out"], {"optimizer": "rmsprop", "loss": "mse"}, FIT, XY),
    "iris_initial_epoch": (IRIS, ["out"], SOFTMAX, {**FIT, "initial_epoch": 1, "epochs": 3}, XY),
    "iris_plateau": (IRIS, ["out"], SOFTMAX, {**FIT, "epochs": 4, "callbacks": [PLATEAU]}, XY),
    "iris_early_stopping": (
        IRIS,
        ["out"],
        SOFTMAX,
        {**FIT, "epochs": 5, "validation_split": 0.2, "callbacks": [STOP]},
        XY,
    ),
    "iris_ema": (
        IRIS,
        ["out"],
        {
            **SOFTMAX,
            "optimizer": {
                "optimizer": "SGD",
                "config": {"learning_rate": 0.5, "momentum": 0.5, "use_ema": True, "ema_momentum": 0.8},
            },
        },
        FIT,
        XY,
    ),
    "iris_accumulation": (
        IRIS,
        ["out"],
        {
            **SOFTMAX,
            "optimizer": {"optimizer": "Adam", "config": {"learning_rate": 0.05, "gradient_accumulation_steps": 3}},
        },
        FIT,
        XY,
    ),
    "iris_sum_reduction": (
        IRIS,
        ["out"],
        {
            **SOFTMAX,
            "loss": {"loss": "CategoricalCrossentropy", "config": {"reduction": "sum", "label_smoothing": 0.1}},
        },
        FIT,
        XY,
    ),
    "normed": (
        NORMED,
        ["out"],
        {
            "optimizer": {"optimizer": "RMSprop", "config": {"learning_rate": 0.02}},
            "loss": "categorical_crossentropy",
            "metrics": ["accuracy"],
        },
        {**FIT, "validation_split": 0.1},
        XY,
    ),
    "normed_frozen_norm": (
        [*NORMED[:2], ["norm", "BatchNormalization", {"momentum": 0.8, "trainable": False}, ["hidden"]], NORMED[3]],
        ["out"],
        {"optimizer": "rmsprop", "loss": "categorical_crossentropy"},
        FIT,
        XY,
    ),
    "two_outputs_named": (
        TWO,
        ["kind", "amount"],
        {"optimizer": ADAM, **NAMED},
        {**FIT, "validation_split": 0.2},
        {"x": "x", "y": {"kind": "one_hot", "amount": "target"}},
    ),
    "two_outputs_listed": (
        TWO,
        ["kind", "amount"],
        {
            "optimizer": ADAM,
            "loss": ["categorical_crossentropy", "mse"],
            "loss_weights": [0.5, 2.0],
            "metrics": [["accuracy"], ["mae"]],
        },
        FIT,
        {"x": "x", "y": ["one_hot", "target"]},
    ),
    "two_outputs_one_loss": (
        TWO,
        ["kind", "amount"],
        {"optimizer": ADAM, "loss": "mse"},
        FIT,
        {"x": "x", "y": ["one_hot", "target"]},
    ),
    "two_outputs_weighted": (
        TWO,
        ["kind", "amount"],
        {"optimizer": ADAM, **NAMED, "weighted_metrics": {"kind": ["accuracy"], "amount": ["mae"]}},
        FIT,
        {"x": "x", "y": ["one_hot", "target"], "sample_weight": ["weight", "weight_b"]},
    ),
    "two_outputs_one_weight": (
        TWO,
        ["kind", "amount"],
        {"optimizer": ADAM, **NAMED},
        FIT,
        {"x": "x", "y": ["one_hot", "target"], "sample_weight": "weight"},
    ),
    "tokens_flat": (
        FLAT,
        ["out"],
        {"optimizer": ADAM, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        FIT,
        {"x": "tokens", "y": "binary"},
    ),
    "tokens_mean": (
        MEAN,
        ["out"],
        {
            "optimizer": ADAM,
            "loss": "binary_crossentropy",
            "metrics": ["accuracy", {"metric": "AUC", "config": {"name": "auc"}}],
        },
        FIT,
        {"x": "tokens", "y": "binary"},
    ),
    "steps": (
        STEPS,
        ["out"],
        {
            "optimizer": ADAM,
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "weighted_metrics": ["accuracy"],
        },
        {**FIT, "batch_size": 5},
        {"x": "steps", "y": "step_classes", "sample_weight": "step_weight"},
    ),
    "steps_unweighted": (
        STEPS,
        ["out"],
        {"optimizer": ADAM, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        {**FIT, "batch_size": 5},
        {"x": "steps", "y": "step_classes"},
    ),
    "tags_masked": (
        TAGS,
        ["out"],
        {
            "optimizer": ADAM,
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            "weighted_metrics": ["accuracy"],
        },
        FIT,
        {"x": "tokens", "y": "token_classes"},
    ),
    "on_batch": (IRIS, ["out"], {**SOFTMAX, "weighted_metrics": ["mae"]}, {"batches": [[0, 8], [8, 16], [16, 30]]}, XY),
}
WORDS = {
    "optimizer": keras.optimizers,
    "metric": keras.metrics,
    "loss": keras.losses,
    "callback": keras.callbacks,
    "regularizer": keras.regularizers,
}


def revive(value):
    """Make the objects that JSON stands for: {"metric": name, "config": ...} and its like."""
    if isinstance(value, dict) and set(value) > {"config"} and len(value) == 2:
        kind = next(key for key in value if key != "config")
        return getattr(WORDS[kind], value[kind])(**value["config"])
    if isinstance(value, dict):
        return {key: revive(each) for key, each in value.items()}
    return [revive(each) for each in value] if isinstance(value, list) else value


def build(layers, outputs, rng):
    """The functional model of a case, with fixed weights."""
    tensors = {}
    for name, kind, config, inputs in layers:
        made = getattr(keras.layers, kind)(name=name, **revive(config))
        tensors[name] = made if kind == "Input" else made(*[tensors[each] for each in inputs])
    heads = [tensors[name] for name in outputs]
    model = keras.Model(tensors[layers[0][0]], heads if len(heads) > 1 else heads[0])
    for weight in model.weights:
        value = rng.normal(size=weight.shape) * 0.5
        weight.assign(np.float32(abs(value) + 0.5 if "variance" in weight.name else value))
    return model


def pick(arrays, names):
    """The arrays that `data` names."""
    if isinstance(names, dict):
        return {key: pick(arrays, each) for key, each in names.items()}
    return arrays[f"inputs/{names}"] if isinstance(names, str) else [pick(arrays, each) for each in names]


def on_batches(model, x, y, batches):
    """What train_on_batch returns on each slice, then test_on_batch on the first; lists and dicts in turn."""
    results = [model.train_on_batch(x[a:b], y[a:b], return_dict=bool(i % 2)) for i, (a, b) in enumerate(batches)]
    a, b = batches[0]
    return results + [model.test_on_batch(x[a:b], y[a:b], return_dict=flag) for flag in (False, True)]


def main():
    golden = Golden("training")
    make_inputs(golden)
    for number, (case, (layers, outputs, compile, fit, data)) in enumerate(CASES.items()):
        keras.backend.clear_session()
        model = build(layers, outputs, np.random.default_rng(200 + number))
        weights = [np.asarray(weight.value) for weight in model.weights]
        given = {key: pick(golden.arrays, names) for key, names in data.items()}
        found = {}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.compile(**revive(compile))
            if "batches" in fit:
                found["results"] = on_batches(model, given["x"], given["y"], fit["batches"])
            else:
                arguments = revive(fit)
                if "class_weight" in arguments:
                    arguments["class_weight"] = {int(key): value for key, value in arguments["class_weight"].items()}
                if "validation_data" in given:
                    given["validation_data"] = tuple(given["validation_data"])
                history = model.fit(**given, **arguments, shuffle=False, verbose=0)
                found["history"] = history.history
                found["epochs"] = history.epoch
            rest = {key: value for key, value in given.items() if key != "validation_data"}
            found["evaluate"] = model.evaluate(**rest, batch_size=8, verbose=0)
            found["evaluate_dict"] = model.evaluate(**rest, batch_size=8, verbose=0, return_dict=True)
        found["metrics_names"] = model.metrics_names
        found["warnings"] = sorted(
            {str(each.message).split("\n")[0] for each in caught if issubclass(each.category, UserWarning)}
        )
        predicted = model.predict(given["x"], batch_size=8, verbose=0)
        arrays = {f"weight_{i}": value for i, value in enumerate(weights)}
        arrays |= {f"final_{i}": np.asarray(weight.value) for i, weight in enumerate(model.weights)}
        arrays |= {
            f"predict_{k}": value for k, value in enumerate(predicted if isinstance(predicted, list) else [predicted])
        }
        names = [weight.path for weight in model.weights]
        golden.add(
            case,
            "Functional",
            {"layers": layers, "outputs": outputs},
            arrays,
            compile=compile,
            fit=fit,
            data=data,
            weights=names,
            **found,
        )
    golden.write()


if __name__ == "__main__":
    main()
