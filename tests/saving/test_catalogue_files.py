"""Every layer of the catalogue through every format that can carry it: the same weights and words come back."""

import sys
from pathlib import Path

import numpy as np
import pytest

import hornbeam as keras

sys.path.append(str(Path(__file__).parents[1] / "layers"))

from catalogue import ROWS, square

CUSTOM = {"square": square}


def model_of(row):
    """A graph with nothing but the layer of a row."""
    bounds = row.below if isinstance(row.below, tuple) else (row.below,) * len(row.shapes)
    entries = [
        keras.Input(shape, dtype="int32" if below else "float32")
        for shape, below in zip(row.shapes, bounds, strict=True)
    ]
    return keras.Model(entries, row.call(row.make(), entries if len(entries) > 1 else entries[0]), name="one")


def words(model):
    """The configs of all layers, without the names that Hornbeam makes up for inner ones."""
    return [layer.get_config() for layer in model.layers]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_layer_comes_back_from_every_format(row, tmp_path):
    model = model_of(row)
    chance = np.random.default_rng(0)
    weights = [(w + chance.normal(size=w.shape)).astype(w.dtype) for w in model.get_weights()]
    model.set_weights(weights)
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"m.{ending}")
        again = keras.models.load_model(tmp_path / f"m.{ending}", custom_objects=CUSTOM)
        assert words(again) == words(model), ending
        for one, two in zip(again.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(one, two, err_msg=ending)
    again = keras.models.model_from_json(model.to_json(), custom_objects=CUSTOM)
    assert words(again) == words(model)
    model.save_weights(tmp_path / "m.npz")
    again.load_weights(tmp_path / "m.npz")
    for one, two in zip(again.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, two)
