"""Hornbeam's KerasClassifier, as the deck writes it."""

from __future__ import annotations

import hornbeam as keras
from benchmarks.contenders import grid_search_script as script


def create_model(hidden_layers: int = 1) -> keras.Sequential:
    return script.create_model(keras, hidden_layers)


if __name__ == "__main__":
    classifier = keras.sklearn.KerasClassifier(create_model, epochs=script.EPOCHS, batch_size=32, verbose=0)
    script.search(classifier, keras.__version__)
