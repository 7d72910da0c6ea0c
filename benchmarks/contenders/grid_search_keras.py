"""Keras, on the backend named by KERAS_BACKEND, in the least that GridSearchCV asks of a classifier."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmarks.contenders import grid_search_script as script


class Classifier(ClassifierMixin, BaseEstimator):
    """A new model for each fit. What the last one left is cleared, or memory and names grow from fit to fit."""

    def __init__(self, hidden_layers: int = 1):
        self.hidden_layers = hidden_layers

    def fit(self, x: np.ndarray, y: np.ndarray) -> Classifier:
        keras.utils.clear_session()
        self.classes_ = np.unique(y)
        self.model_: Any = script.create_model(keras, self.hidden_layers)
        self.model_.fit(x, y, epochs=script.EPOCHS, batch_size=32, verbose=0)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.classes_[(self.model_.predict(x, verbose=0)[:, 0] > 0.5).astype(int)]


if __name__ == "__main__":
    script.search(Classifier(), f"{keras.__version__} on {keras.backend.backend()}")
