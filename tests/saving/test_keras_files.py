"""Files that Keras 3.15 wrote (golden/make_keras_files.py): Hornbeam loads them, computes the same and trains on."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.registry import REGISTRIES

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.append(str(GOLDEN))

from random_graphs import random_graph  # noqa: E402

FILES = GOLDEN / "keras_files"
with np.load(GOLDEN / "keras_files.npz") as _file:
    ARRAYS = {key: _file[key] for key in _file.files}


class Pair(keras.Model):
    """The class that subclass.keras names."""

    def __init__(self, units=3, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(units, activation="relu")
        self.rest = [layers.Dense(2), layers.Dropout(rate)]
        self.heads = {"one": layers.Dense(1), "two": layers.Dense(1)}
        self._hidden = layers.Dense(units)
        self.units, self.rate = units, rate

    def call(self, x, training=None):
        x = self._hidden(self.first(x))
        for layer in self.rest:
            x = layer(x)
        return self.heads["one"](x) + self.heads["two"](x)


def arrays(prefix):
    """The arrays under a prefix: one, or a dict by the rest of the name."""
    if prefix in ARRAYS:
        return ARRAYS[prefix]
    return {key.removeprefix(f"{prefix}/"): array for key, array in ARRAYS.items() if key.startswith(f"{prefix}/")}


def load(name):
    return keras.models.load_model(FILES / f"{name}.keras", custom_objects={"Pair": Pair})


def outputs(model, x):
    y = model.predict(x, verbose=0)
    return [y[key] for key in sorted(y)] if isinstance(y, dict) else y if isinstance(y, list) else [y]


@pytest.mark.parametrize("path", sorted(FILES.glob("*.keras")), ids=lambda path: path.stem)
def test_a_file_of_keras_computes_what_it_computed_there(path):
    found = outputs(load(path.stem), arrays(f"{path.stem}/x"))
    wanted = arrays(f"{path.stem}/y")
    assert len(found) == len(wanted)
    tolerance = 1e-2 if path.stem == "half" else 1e-5
    for number, array in enumerate(found):
        np.testing.assert_allclose(np.asarray(array, "float32"), wanted[str(number)], atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("name", ["plain", "momentum", "schedule"])
def test_training_goes_on_where_keras_stopped(name):
    model = load(name)
    for _ in range(3):
        model.train_on_batch(ARRAYS[f"{name}/fit_x"], ARRAYS[f"{name}/fit_y"])
    for number, array in enumerate(model.get_weights()):
        np.testing.assert_allclose(array, ARRAYS[f"{name}/after/{number}"], atol=1e-5, rtol=1e-5)
    assert int(model.optimizer.iterations) == 6


@pytest.mark.parametrize("path", sorted(FILES.glob("*.keras")), ids=lambda path: path.stem)
def test_a_file_of_keras_saved_again_is_the_same_model(path, tmp_path):
    model = load(path.stem)
    model.save(tmp_path / "again.keras")
    again = keras.models.load_model(tmp_path / "again.keras", custom_objects={"Pair": Pair})
    x = arrays(f"{path.stem}/x")
    for one, two in zip(outputs(model, x), outputs(again, x), strict=True):
        np.testing.assert_array_equal(one, two)


def test_weights_of_keras_fit_a_model_built_here():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, "relu"), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(2)]
    )
    model.load_weights(FILES / "weights.weights.h5")
    found = model.predict(ARRAYS["weights/x"], verbose=0)
    np.testing.assert_allclose(found, ARRAYS["weights/y/0"], atol=1e-5, rtol=1e-5)


def test_a_layer_in_two_nested_models_of_a_file_is_one_layer():
    model = load("sharing")
    first, second = model.get_layer("first"), model.get_layer("second")
    assert first.layers[0] is second.layers[0]
    assert model.count_params() == 4 * 4 + 4 + 4 * 2 + 2 + 4 * 3 + 3


ORDERS = json.loads((GOLDEN / "graph_orders.json").read_text())


@pytest.mark.parametrize("start", range(0, len(ORDERS), 20))
def test_the_layers_of_a_graph_are_listed_in_the_order_of_keras(start):
    for number in range(start, start + 20):
        model = random_graph(number, keras.Input, keras.Model, layers.Dense)
        assert [layer.name for layer in model.layers] == ORDERS[number], f"graph {number}"
        again = keras.Model.from_config(model.get_config())
        assert [layer.name for layer in again.layers] == ORDERS[number], f"graph {number}"


CASES = json.loads((GOLDEN / "serialization.json").read_text())
KNOWN = {name for table in REGISTRIES.values() for name in table}
OBJECTS = [case for case in CASES if case["kind"] not in ("model", "function")]


FOLLOWS = ("build_config", "vocabulary_size")  # Keras's notes of what follows from the rest


def _as_said(ours, theirs):
    """Ours says what theirs says, wherever Keras says more than that something is switched off."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and all(
            _as_said(ours[key], value) if key in ours else value in (None, False) or key in FOLLOWS
            for key, value in theirs.items()
        )
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(_as_said, ours, theirs))
    return ours == theirs or (isinstance(theirs, float) and ours == pytest.approx(theirs, rel=1e-6))


@pytest.mark.parametrize("case", OBJECTS, ids=lambda case: case["case"])
def test_an_object_that_keras_described_says_the_same_here(case):
    if case["object"] not in KNOWN:
        pytest.skip(f"{case['object']} is not here yet")
    theirs = {
        key: value for key, value in case["serialized"].items() if key not in ("build_config", "shared_object_id")
    }
    ours = keras.saving.serialize_keras_object(keras.saving.deserialize_keras_object(theirs))
    assert _as_said(ours, theirs), f"{ours}\n{theirs}"
    json.dumps(ours)
