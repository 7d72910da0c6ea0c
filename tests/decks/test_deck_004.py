"""Deck 004, 'Deep Learning': regression on taxi fares, binary and multiclass classification, predict_classes."""

import numpy as np
import pytest

from hornbeam import Sequential
from hornbeam.datasets import breast_cancer, digits
from hornbeam.layers import Dense

pytestmark = pytest.mark.usefixtures("quickly_compiled")


@pytest.fixture(scope="module")
def fares():
    """Made-up rides: distance and passengers against the fare."""
    generator = np.random.default_rng(0)
    distance = generator.gamma(2.0, 1.5, 4000)
    x = np.stack([distance, generator.integers(1, 5, 4000)], axis=1)
    return x, 2.5 + 2.2 * distance + generator.normal(0, 0.5, 4000)


def test_taxi_rides_of_the_real_data_set(real_data):
    rows = np.genfromtxt(
        real_data / "tabular" / "taxi-train.csv", delimiter=",", usecols=(0, 2, 3, 4, 5), invalid_raise=False
    )
    rows = rows[~np.isnan(rows).any(axis=1)]
    fare, lon1, lat1, lon2, lat2 = rows.T
    miles = np.hypot((lat2 - lat1) * 69.0, (lon2 - lon1) * 69.0 * np.cos(np.radians(40.7)))
    near = (miles > 0.1) & (miles < 20) & (fare > 0) & (fare < 80)
    x, y = miles[near, None], fare[near]
    model = Sequential([Dense(16, activation="relu", input_dim=1), Dense(16, activation="relu"), Dense(1)])
    model.compile(loss="mae", optimizer="adam", metrics=["mae"])
    hist = model.fit(x, y, validation_split=0.2, epochs=20, batch_size=50, verbose=0)
    assert hist.history["val_mae"][-1] < 0.6 * np.abs(y - np.median(y)).mean()


def test_binary_classification_and_predicted_classes():
    (x, y), (x_test, y_test) = breast_cancer.load_data()
    mean, std = x.mean(axis=0), x.std(axis=0)
    x, x_test = (x - mean) / std, (x_test - mean) / std
    model = Sequential()
    model.add(Dense(16, activation="relu", input_dim=x.shape[1]))
    model.add(Dense(16, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    hist = model.fit(x, y, validation_split=0.2, epochs=10, batch_size=50, verbose=0)
    assert set(hist.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    classes = model.predict_classes(x_test)
    assert classes.shape == (len(x_test), 1)
    assert classes.dtype == np.int32
    assert (classes == (model.predict(x_test) > 0.5).astype("int32")).all()
    assert (classes[:, 0] == y_test).mean() > 0.9


def test_multiclass_classification_and_predicted_classes():
    (x, y), (x_test, y_test) = digits.load_data()
    x, x_test = x / 16.0, x_test / 16.0
    model = Sequential()
    model.add(Dense(16, activation="relu", input_dim=64))
    model.add(Dense(16, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x, y, validation_split=0.2, epochs=30, batch_size=50, verbose=0)
    probabilities = model.predict(x_test)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-5)
    assert (model.predict_classes(x_test) == np.argmax(probabilities, axis=-1)).all()
    assert (model.predict_classes(x_test) == y_test).mean() > 0.85
