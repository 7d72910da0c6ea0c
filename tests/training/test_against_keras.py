"""Whole trainings with given weights, unshuffled: losses, metrics and final weights as Keras 3.15 gives them.

Tolerance: 1e-4 relative. Each run is at most 20 steps; in float32 a step is good to a few 1e-7, and Adam's quotient
m/sqrt(v) can enlarge that a hundredfold where a gradient is small.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import hornbeam as keras

FOLDER = Path(__file__).parents[1] / "golden"
CASES = {case["case"]: case for case in json.loads((FOLDER / "training.json").read_text())}
ARRAYS = np.load(FOLDER / "training.npz", allow_pickle=False)
LATER = {"GlobalAveragePooling1D"}  # layers of a later issue
MODULES = {
    "optimizer": keras.optimizers,
    "metric": keras.metrics,
    "loss": keras.losses,
    "regularizer": keras.regularizers,
    "callback": keras.callbacks,
    "constraint": keras.constraints,
    "initializer": keras.initializers,
    "schedule": keras.optimizers.schedules,
}
NAMES = [name for name, case in CASES.items() if not LATER & {row[1] for row in case["config"]["layers"]}]


def revived(value):
    """Objects from the descriptions in the golden file."""
    if isinstance(value, dict):
        for kind, module in MODULES.items():
            if set(value) == {kind, "config"}:
                return getattr(module, value[kind])(**revived(value["config"]))
        return {key: revived(item) for key, item in value.items()}
    return [revived(item) for item in value] if isinstance(value, list) else value


def built(case):
    """The model of a case with its stored weights."""
    tensors, inputs, layers = {}, [], {}
    for name, kind, config, sources in case["config"]["layers"]:
        if kind == "Input":
            config = dict(config)
            tensors[name] = keras.Input(tuple(config.pop("shape")), name=name, **config)
            inputs.append(tensors[name])
            continue
        layers[name] = getattr(keras.layers, kind)(name=name, **revived(config))
        given = [tensors[source] for source in sources]
        tensors[name] = layers[name](given[0] if len(given) == 1 else given)
    outputs = [tensors[name] for name in case["config"]["outputs"]]
    model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs[0] if len(outputs) == 1 else outputs)
    for number, path in enumerate(case["weights"]):
        layer, weight = path.rsplit("/", 1)
        variable = next(v for v in layers[layer].weights if v.name == weight)
        variable.assign(ARRAYS[f"{case['case']}/weight_{number}"])
    compiled = revived(case["compile"])
    model.compile(**compiled)
    return model, layers


def data(reference):
    """Arrays in the structure of the names in the golden file."""
    if isinstance(reference, dict):
        return {key: data(item) for key, item in reference.items()}
    if isinstance(reference, list):
        return [data(item) for item in reference]
    return ARRAYS[f"inputs/{reference}"]


def arguments(case):
    """x, y and further arguments of fit."""
    given = dict(case["data"])
    x, y = data(given.pop("x")), data(given.pop("y"))
    more = {name: data(item) for name, item in given.items()}
    if "validation_data" in more:
        more["validation_data"] = tuple(more["validation_data"])
    return x, y, more


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", [name for name in NAMES if "history" in CASES[name]])
def test_a_training_gives_keras_numbers(name):
    case = CASES[name]
    keras.utils.clear_session()  # names of metrics count from the beginning, as they did where the numbers were made
    model, layers = built(case)
    x, y, more = arguments(case)
    options = revived(dict(case["fit"]))
    if "class_weight" in options:
        options["class_weight"] = {int(key): weight for key, weight in options["class_weight"].items()}
    weights = more.pop("sample_weight", None)
    history = model.fit(x, y, sample_weight=weights, shuffle=False, verbose=0, **options, **more)
    assert set(history.history) == set(case["history"])
    for key, wanted in case["history"].items():
        close(history.history[key], wanted)
    assert history.epoch == case["epochs"]
    for number, path in enumerate(case["weights"]):
        layer, weight = path.rsplit("/", 1)
        variable = next(v for v in layers[layer].weights if v.name == weight)
        close(variable.numpy(), ARRAYS[f"{name}/final_{number}"])
    evaluated = model.evaluate(x, y, sample_weight=weights, batch_size=8, verbose=0, return_dict=True)
    assert set(evaluated) == set(case["evaluate_dict"])
    for key, wanted in case["evaluate_dict"].items():
        close(evaluated[key], wanted)
    listed = model.evaluate(x, y, sample_weight=weights, batch_size=8, verbose=0)
    # Keras's list, but not its dict, holds a metric twice when weighted_metrics repeat its name
    if np.size(case["evaluate"]) == len(case["evaluate_dict"]):
        close(listed, case["evaluate"])
    predicted = model.predict(x, batch_size=8, verbose=0)
    for number, output in enumerate(predicted if isinstance(predicted, list) else [predicted]):
        close(output, ARRAYS[f"{name}/predict_{number}"])


def test_single_batches_give_keras_numbers():
    case = CASES["on_batch"]
    model, _ = built(case)
    x, y, _ = arguments(case)
    (a, b), (c, d), (e, f) = case["fit"]["batches"]
    results = [
        model.train_on_batch(x[a:b], y[a:b]),
        model.train_on_batch(x[c:d], y[c:d], return_dict=True),
        model.train_on_batch(x[e:f], y[e:f]),
        model.test_on_batch(x[a:b], y[a:b]),
        model.test_on_batch(x[a:b], y[a:b], return_dict=True),
    ]
    for got, wanted in zip(results, case["results"], strict=True):
        if isinstance(wanted, dict):
            assert set(got) == set(wanted)
            got, wanted = [got[key] for key in sorted(wanted)], [wanted[key] for key in sorted(wanted)]
        close(got, wanted)


@pytest.mark.parametrize("units", [10, 7])
def test_square_and_narrow_weights_are_trained_in_their_own_orientation(units):
    """Narrow weights travel through the loop turned: against gradient descent in NumPy."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 10)).astype("float32"), rng.normal(size=(12, units)).astype("float32")
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(units, use_bias=False)])
    kernel = model.get_weights()[0].astype("float64")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(x, y, batch_size=12, epochs=3, shuffle=False, verbose=0)
    for _ in range(3):
        kernel -= 0.1 * 2 / y.size * x.T @ (x @ kernel - y)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-5, atol=1e-6)
