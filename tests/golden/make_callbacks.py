"""What Keras's callbacks decide on scripted logs: callbacks.json. See writer.py."""

import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from writer import write_json

EPOCHS = 14


class Optimizer:
    """What a callback asks of an optimizer: a learning rate in float32."""

    def __init__(self):
        self.value = np.float32(0.1)

    @property
    def learning_rate(self):
        return self.value

    @learning_rate.setter
    def learning_rate(self, value):
        self.value = np.float32(value)


class Model:
    """What a callback asks of a model; each epoch's weights are the epoch's number."""

    def __init__(self):
        self.optimizer, self.metrics, self.stop_training = Optimizer(), [], False
        self.weights, self.saved = [np.zeros(1)], []

    def get_weights(self):
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite=True):
        self.saved.append(Path(path).name)

    save_weights = save


def scripts():
    """Sequences of logs, as float32 numbers: falling, level, noisy, with NaN and ties."""
    generator = np.random.default_rng(42)
    made = {
        "falls": np.linspace(1, 0.2, EPOCHS),
        "level": np.full(EPOCHS, 0.5),
        "rises": np.linspace(0.1, 0.9, EPOCHS),
        "valley": np.abs(np.arange(EPOCHS) - 5) / 10 + 0.1,
        "steps": np.repeat([0.9, 0.6, 0.59, 0.3], 4)[:EPOCHS],
        "small steps": 1 - 0.001 * np.arange(EPOCHS),
        "nan": np.where(np.arange(EPOCHS) == 3, np.nan, np.linspace(1, 0.5, EPOCHS)),
    }
    for number in range(4):
        made[f"noise {number}"] = np.linspace(1, 0.6, EPOCHS) + 0.1 * generator.normal(size=EPOCHS)
    return {name: values.astype("float32").astype(float).tolist() for name, values in made.items()}


CONFIGS = {
    "EarlyStopping": [
        {"patience": patience, "min_delta": delta, "mode": mode, "baseline": baseline, "start_from_epoch": start}
        for patience, delta, mode, baseline, start in (
            (0, 0, "min", None, 0),
            (1, 0, "min", None, 0),
            (3, 0, "min", None, 0),
            (2, 0.05, "min", None, 0),
            (2, -0.05, "min", None, 0),
            (2, 0, "max", None, 0),
            (2, 0.05, "max", None, 0),
            (3, 0, "min", 0.55, 0),
            (3, 0, "max", 0.7, 0),
            (1, 0, "min", None, 4),
            (2, 0, "auto", None, 0),
        )
    ],
    "ReduceLROnPlateau": [
        {"patience": patience, "factor": factor, "min_delta": delta, "cooldown": cooldown, "min_lr": low, "mode": mode}
        for patience, factor, delta, cooldown, low, mode in (
            (1, 0.5, 1e-4, 0, 0.0, "min"),
            (2, 0.1, 1e-4, 0, 0.005, "min"),
            (2, 0.5, 0.01, 2, 0.0, "min"),
            (3, 0.2, 0.0, 1, 0.0, "max"),
            (0, 0.5, 1e-4, 0, 0.03, "min"),
            (1, 0.5, 1e-4, 0, 0.0, "auto"),
        )
    ],
    "ModelCheckpoint": [
        {"mode": "min", "initial_value_threshold": None},
        {"mode": "max", "initial_value_threshold": None},
        {"mode": "min", "initial_value_threshold": 0.58},
    ],
}


def driven(callback, values, name):
    """Decisions epoch by epoch."""
    model = Model()
    callback.set_model(model)
    callback.set_params({"epochs": EPOCHS, "verbose": 0, "steps": 1})
    rows = []
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        model.weights = [np.full(1, float(epoch))]
        logs = {name: value}
        callback.on_epoch_end(epoch, logs)
        best = getattr(callback, "best", None)
        rows.append(
            {
                "best": None if best is None else float(best),
                "wait": getattr(callback, "wait", None),
                "rate": float(model.optimizer.learning_rate),
                "logged": logs.get("learning_rate"),
                "stop": model.stop_training,
                "saved": len(model.saved),
            }
        )
        if model.stop_training:
            break
    callback.on_train_end()
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    columns = {name: values for name, values in columns.items() if any(value != values[0] for value in values)}
    return {
        "epochs": len(rows),
        "first": rows[0],
        "changing": columns,
        "stopped_epoch": getattr(callback, "stopped_epoch", None),
        "best_epoch": getattr(callback, "best_epoch", None),
        "weights": float(model.weights[0][0]),
        "saved": model.saved,
    }


def schedules():
    return {
        "by epoch": lambda epoch: 0.1 / (1 + epoch),
        "by rate": lambda epoch, rate: rate * 0.9,
        "both": lambda epoch, rate: rate if epoch < 3 else rate * float(np.exp(-0.1)),
    }


def csv_rows(folder, append):
    """The file after one run, or after two."""
    path = os.path.join(folder, "log.csv")
    for _ in range(2 if append else 1):
        callback = keras.callbacks.CSVLogger(path, separator=";", append=append)
        callback.set_model(Model())
        callback.on_train_begin()
        callback.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.25})
        callback.on_epoch_end(1, {"loss": 0.25, "accuracy": 1.0, "val_loss": 0.75, "val_accuracy": np.float32(0.5)})
        callback.on_epoch_end(2, {"loss": 1e-9, "accuracy": float("nan"), "learning_rate": 0.1})
        callback.on_epoch_end(3, {"loss": np.array([0.5, 1.5]), "accuracy": 2})
        callback.on_train_end()
    with open(path, newline="") as file:
        return file.read()


def main():
    warnings.simplefilter("ignore")
    cases = []
    for kind, configs in CONFIGS.items():
        for config in configs:
            # "auto" knows the direction of the loss alone where there are no metrics
            name = "val_loss" if config["mode"] == "auto" else "val_score"
            more = {"EarlyStopping": {"restore_best_weights": True}, "ModelCheckpoint": {"save_best_only": True}}
            for script, values in scripts().items():
                full = {"monitor": name, **config, **more.get(kind, {})}
                path = ["{epoch:02d}.keras"] if kind == "ModelCheckpoint" else []
                callback = getattr(keras.callbacks, kind)(*path, **full)
                cases.append({"kind": kind, "config": full, "script": script, **driven(callback, values, name)})
    for label, schedule in schedules().items():
        callback = keras.callbacks.LearningRateScheduler(schedule)
        cases.append({"kind": "LearningRateScheduler", "config": label, "script": "falls"})
        cases[-1] |= driven(callback, scripts()["falls"], "loss")
    with tempfile.TemporaryDirectory() as folder:
        text = csv_rows(folder, append=False)
    with tempfile.TemporaryDirectory() as folder:
        appended = csv_rows(folder, append=True)
    entry = {"keras": keras.__version__, "scripts": scripts(), "csv": text, "csv_appended": appended}
    write_json("callbacks.json", [entry, *cases])
    print(f"callbacks: {len(cases)} cases", file=sys.stderr)


if __name__ == "__main__":
    main()
