"""The Keras script itself, shared word for word by Keras and Hornbeam: `keras` is whichever was imported."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contenders import networks_keras
from benchmarks.contenders.protocol import Fit
from benchmarks.workloads import Workload


def prepare(keras: Any, work: Workload, x: np.ndarray, y: np.ndarray, **compile_options: int) -> Fit:
    model = dense(keras, work) if work.is_dense else networks_keras.build(keras, work)
    metrics = [work.metric] if work.metric else None
    model.compile(optimizer=work.optimizer, loss=work.loss, metrics=metrics, **compile_options)

    def fit(epochs: int) -> tuple[float, float | None]:
        history = model.fit(x, y, batch_size=work.batch, epochs=epochs, verbose=0).history
        return history["loss"][-1], history[work.metric][-1] if work.metric else None

    return fit


def dense(keras: Any, work: Workload) -> Any:
    model = keras.Sequential()
    model.add(keras.Input(shape=(work.features,)))
    for layer in work.layers:
        model.add(keras.layers.Dense(layer.units, activation=layer.activation))
        if layer.dropout:
            model.add(keras.layers.Dropout(layer.dropout))
    return model
