"""Scripted logs: the callbacks decide as Keras 3.15.1 decides (tests/golden/make_callbacks.py)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import hornbeam as keras

META, *CASES = json.loads((Path(__file__).parents[1] / "golden" / "callbacks.json").read_text())
SCHEDULES = {
    "by epoch": lambda epoch: 0.1 / (1 + epoch),
    "by rate": lambda epoch, rate: rate * 0.9,
    "both": lambda epoch, rate: rate if epoch < 3 else rate * float(np.exp(-0.1)),
}


class Model:
    """What a callback asks of a model; each epoch's weights are the epoch's number."""

    def __init__(self):
        self.optimizer, self.stop_training = keras.optimizers.SGD(0.1), False
        self.weights, self.saved = [np.zeros(1)], []

    def get_weights(self):
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite=True):
        self.saved.append(Path(path).name)


def driven(callback, values, name):
    model = Model()
    callback.set_model(model)
    rows = []
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        model.weights = [np.full(1, float(epoch))]
        logs = {name: value}
        callback.on_epoch_end(epoch, logs)
        rows.append(
            {
                "best": vars(callback).get("best"),
                "wait": vars(callback).get("wait"),
                "rate": float(np.asarray(model.optimizer.learning_rate)),
                "logged": logs.get("learning_rate"),
                "stop": model.stop_training,
                "saved": len(model.saved),
            }
        )
        if model.stop_training:
            break
    callback.on_train_end()
    return rows, model


def same(one, other):
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("kind", sorted({case["kind"] for case in CASES}))
def test_a_callback_decides_as_keras_does(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cases = [case for case in CASES if case["kind"] == kind]
    assert len(cases) >= 3
    for case in cases:
        if kind == "LearningRateScheduler":
            name, callback = "loss", keras.callbacks.LearningRateScheduler(SCHEDULES[case["config"]])
        else:
            path = ["{epoch:02d}.keras"] if kind == "ModelCheckpoint" else []
            name, callback = case["config"]["monitor"], getattr(keras.callbacks, kind)(*path, **case["config"])
        rows, model = driven(callback, META["scripts"][case["script"]], name)
        label = (case["config"], case["script"])
        assert len(rows) == case["epochs"], label
        wanted = [
            {key: case["changing"].get(key, [case["first"][key]] * len(rows))[number] for key in case["first"]}
            for number in range(len(rows))
        ]
        for epoch, (row, keras_row) in enumerate(zip(rows, wanted, strict=True)):
            for key, value in keras_row.items():
                assert same(row[key], value), (label, epoch, key, row[key], value)
        assert model.saved == case["saved"], label
        assert model.weights[0][0] == case["weights"], label
        for key in ("stopped_epoch", "best_epoch"):
            assert vars(callback).get(key) == case[key], (label, key)


@pytest.mark.parametrize("append", [False, True])
def test_a_csv_file_has_the_rows_that_keras_writes(append, tmp_path):
    path = tmp_path / "log.csv"
    for _ in range(2 if append else 1):
        callback = keras.callbacks.CSVLogger(path, separator=";", append=append)
        callback.set_params({"validates": True})
        callback.on_train_begin()
        callback.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.25})
        callback.on_epoch_end(1, {"loss": 0.25, "accuracy": 1.0, "val_loss": 0.75, "val_accuracy": np.float32(0.5)})
        callback.on_epoch_end(2, {"loss": 1e-9, "accuracy": float("nan"), "learning_rate": 0.1})
        callback.on_epoch_end(3, {"loss": np.array([0.5, 1.5]), "accuracy": 2})
        callback.on_train_end()
    wanted = META["csv_appended" if append else "csv"]
    assert path.read_bytes().decode() == wanted
