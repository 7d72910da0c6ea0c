"""Deck 001's grid search itself, shared by Keras and Hornbeam: `keras` is whichever was imported.

Its process prints one line of JSON: seconds of the search on the clock and on the CPUs, mean scores, the best setting.
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV

ROWS, FEATURES, EPOCHS, FOLDS = 2_000, 472, 20, 5
HIDDEN_LAYERS = [0, 1, 2, 3]
SEED = 20_261_121


def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows in the deck's shape; two classes, which ten features tell, one label in ten of them wrong."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((ROWS, FEATURES), dtype=np.float32)
    told = x[:, :10] @ rng.standard_normal(10, dtype=np.float32) > 0
    return x, (told ^ (rng.random(ROWS) < 0.1)).astype(np.int32)


def create_model(keras: Any, hidden_layers: int) -> Any:
    model = keras.Sequential()
    model.add(keras.Input(shape=(FEATURES,)))
    model.add(keras.layers.Dense(16))
    for _ in range(hidden_layers):
        model.add(keras.layers.Dense(8, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def search(classifier: Any, version: str) -> None:
    x, y = data()
    grid = GridSearchCV(classifier, param_grid={"hidden_layers": HIDDEN_LAYERS}, cv=FOLDS)
    began, worked = time.perf_counter(), time.process_time()
    grid.fit(x, y)
    answer = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "scores": [round(float(score), 4) for score in grid.cv_results_["mean_test_score"]],
        "spread": [round(float(spread), 4) for spread in grid.cv_results_["std_test_score"]],
        "best": grid.best_params_["hidden_layers"],
        "version": version,
    }
    print(json.dumps(answer))
