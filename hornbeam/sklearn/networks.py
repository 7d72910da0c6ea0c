"""The networks that an estimator makes itself, from the data's shape and kind, when it is given no model."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.layers import Dense, Dropout, Flatten, Normalization
from hornbeam.models import Input, Model

EPOCHS, PATIENCE, LEAST_GAIN = 200, 10, 1e-4  # scikit-learn's MLPClassifier stops by the same three numbers
HELD_FROM = 200  # rows, from which a tenth is held back to stop by: R² of 0.48 in place of 0.10 on load_diabetes


def classifying_network(
    meta: dict[str, Any], units: Any = (64, 32), activation: Any = "relu", dropout: float = 0.0
) -> Model:
    """Standardised inputs, hidden layers, and a head: sigmoid for two classes or labels, softmax for more classes.

    Args:
        meta: the estimator's attributes; ``X_shape_``, ``target_type_`` and ``n_classes_`` are read.
        units: units of the hidden layers, a number for one layer.
        activation: of the hidden layers.
        dropout: fraction dropped after each hidden layer.
    """
    inputs, hidden = _trunk(meta, units, activation, dropout)
    kind, classes = meta["target_type_"], meta["n_classes_"]
    if kind == "multiclass-multioutput":
        heads = [_head(count, f"output_{number}")(hidden) for number, count in enumerate(classes)]
        return Model(inputs, heads)
    if kind == "multilabel-indicator":
        return Model(inputs, Dense(classes, activation="sigmoid", name="output")(hidden))
    return Model(inputs, _head(classes, "output")(hidden))


def regression_network(
    meta: dict[str, Any], units: Any = (64, 32), activation: Any = "relu", dropout: float = 0.0
) -> Model:
    """Standardised inputs, hidden layers, a linear head in the targets' own unit; arguments as above."""
    inputs, hidden = _trunk(meta, units, activation, dropout)
    outputs = Dense(meta["n_outputs_"], name="output")(hidden)
    return Model(inputs, Normalization(invert=True, name="unit")(outputs))


def autoencoder(meta: dict[str, Any], codes: int | None = None, units: Any = (64,), activation: Any = "relu") -> Model:
    """Standardised inputs through hidden layers to a few codes, and back to the inputs in their own unit.

    Args:
        meta: as above.
        codes: how many numbers stand for a row; half of the features when None, at most 32.
        units: units of the hidden layers of the encoder; the decoder has them in reverse.
        activation: of the hidden layers.
    """
    features = meta["n_features_in_"]
    if len(meta["X_shape_"]) != 2:
        raise ArgumentError(
            "HornbeamTransformer, model", "a model for rows that are no vectors", "None", "Give an autoencoder."
        )
    inputs, hidden = _trunk(meta, units, activation, 0.0)
    tensor = Dense(min(32, max(1, features // 2)) if codes is None else codes, name="codes")(hidden)
    for number, width in enumerate(reversed(_widths(units))):
        tensor = Dense(width, activation=activation, name=f"decoder_{number}")(tensor)
    tensor = Dense(features, name="output")(tensor)
    return Model(inputs, Normalization(invert=True, name="unit")(tensor))


def _widths(units: Any) -> list[int]:
    return [int(width) for width in np.atleast_1d(np.asarray(units, int))]


def _trunk(meta: dict[str, Any], units: Any, activation: Any, dropout: float) -> tuple[Any, Any]:
    inputs = Input(tuple(meta["X_shape_"][1:]), name="input")
    tensor = Flatten(name="flat")(inputs) if len(meta["X_shape_"]) > 2 else inputs
    tensor = Normalization(name="standard")(tensor)
    for number, width in enumerate(_widths(units)):
        tensor = Dense(width, activation=activation, name=f"hidden_{number}")(tensor)
        if dropout:
            tensor = Dropout(dropout, name=f"dropout_{number}")(tensor)
    return inputs, tensor


def _head(classes: int, name: str) -> Dense:
    return Dense(1, activation="sigmoid", name=name) if classes < 3 else Dense(classes, "softmax", name=name)


def standardise(model: Model, x: Any, y: Any, sample_weight: Any) -> None:
    """Gives the layers ``standard`` and ``unit`` of a network made here the means and variances of the data.

    Args:
        model: the network.
        x: inputs, ``(rows, …)``, also sparse.
        y: targets in the outputs' unit, ``(rows, outputs)``; None for a network without that layer.
        sample_weight: weights of the rows, so that one of weight 0 counts as absent; None for ones.
    """
    for name, values in (("standard", x), ("unit", y)):
        if values is None:
            continue
        mean, variance = _moments(values, sample_weight)
        layer: Any = model.get_layer(name)
        layer.mean.assign(mean)
        layer.variance.assign(variance)


def _moments(values: Any, sample_weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and variance of each column, in float64; the variance of a constant column counts as 1."""
    if not isinstance(values, np.ndarray):
        values = values.toarray()
    values = values.reshape(len(values), -1).astype(np.float64)
    mean = np.average(values, axis=0, weights=sample_weight)
    variance = np.average((values - mean) ** 2, axis=0, weights=sample_weight)
    # a spread below float32's resolution of the values is rounding
    constant = variance <= (np.finfo(np.float32).eps * np.abs(mean)) ** 2
    return mean, np.where(constant, 1.0, variance)
