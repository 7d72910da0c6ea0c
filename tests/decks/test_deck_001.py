"""Deck 001, 'Neural Nets II': initialisers, batch normalisation, penalties, dropout, early stopping, autoencoder."""

import numpy as np
import pytest

from hornbeam import Sequential
from hornbeam.callbacks import EarlyStopping
from hornbeam.initializers import VarianceScaling
from hornbeam.layers import Dense

# the deck's table: factor on sqrt(6 / (n_in + n_out)) for the uniform radius, on sqrt(2 / (n_in + n_out)) for sigma
TABLE = {"logistic": 1.0, "tanh": 4.0, "relu": np.sqrt(2.0)}

pytestmark = pytest.mark.usefixtures("quickly_compiled")


@pytest.fixture(scope="module")
def reviews():
    """A table of the deck's shape (a smaller one), with labels that depend on a few columns."""
    generator = np.random.default_rng(0)
    X = generator.random((2000, 472)).astype("float32")
    Y = (X[:, :8].sum(axis=1) + 0.1 * generator.standard_normal(2000) > 4).astype("float32")
    return X, Y


@pytest.mark.parametrize(("activation", "factor"), TABLE.items())
def test_variance_scaling_gives_the_decks_table(activation, factor):
    n_in, n_out = 300, 200
    uniform = VarianceScaling(factor**2, "fan_avg", "uniform", seed=1)((n_in, n_out))
    r = factor * np.sqrt(6 / (n_in + n_out))
    # the largest of 60,000 even draws lies within 1e-3 of the bound, but for one run in e**60
    assert np.abs(uniform).max() <= r
    assert np.abs(uniform).max() == pytest.approx(r, rel=1e-3)
    normal = VarianceScaling(factor**2, "fan_avg", "untruncated_normal", seed=1)((n_in, n_out))
    sigma = factor * np.sqrt(2 / (n_in + n_out))
    # a standard deviation from 60,000 draws has a relative error of 1 / sqrt(120,000) = 0.3 %: five of those
    assert normal.std() == pytest.approx(sigma, rel=0.015)


def test_early_stopping_by_val_acc_stops(reviews):
    X, Y = reviews
    model = Sequential([Dense(1, activation="sigmoid", input_dim=472)])
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    earlystop = EarlyStopping(monitor="val_acc", min_delta=1.0, patience=2, mode="auto")
    history = model.fit(X, Y, callbacks=[earlystop], validation_split=0.2, epochs=50, verbose=0)
    assert len(history.epoch) == 3  # the first is the best, two more are waited for


def test_the_grids_networks_of_each_depth_build():
    def create_model(hidden_layers=1):
        model = Sequential()
        model.add(Dense(16, input_dim=472))
        for _ in range(hidden_layers):
            model.add(Dense(8, activation="relu"))
        model.add(Dense(1, activation="sigmoid"))
        model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
        return model

    counts = [create_model(hidden_layers).count_params() for hidden_layers in (0, 1, 2, 3)]
    assert counts == [473 * 16 + 17, 473 * 16 + 17 * 8 + 9, 473 * 16 + 17 * 8 + 72 + 9, 473 * 16 + 17 * 8 + 144 + 9]
