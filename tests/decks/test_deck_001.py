"""Deck 001, 'Neural Nets II': initialisers, batch normalisation, penalties, dropout, early stopping, autoencoder."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam import Input, Model, Sequential
from hornbeam.callbacks import EarlyStopping
from hornbeam.initializers import VarianceScaling
from hornbeam.layers import Activation, BatchNormalization, Dense, Dropout
from hornbeam.regularizers import l1, l1_l2, l2

# the deck's table: factor on sqrt(6 / (n_in + n_out)) for the uniform radius, on sqrt(2 / (n_in + n_out)) for sigma
TABLE = {"logistic": 1.0, "tanh": 4.0, "relu": np.sqrt(2.0)}


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


def test_the_slides_layers_train_together(reviews):
    X, Y = reviews
    model = Sequential()
    model.add(Dense(64, kernel_initializer="he_normal", input_dim=472))
    model.add(Dense(64, kernel_initializer="he_uniform"))
    model.add(Dense(64, use_bias=False))
    model.add(BatchNormalization())
    model.add(Activation("elu"))
    model.add(Dense(64, kernel_regularizer=l2(0.01), activity_regularizer=l1(0.01)))
    model.add(Dense(64, kernel_regularizer=l1_l2(l1=0.01, l2=0.01), activity_regularizer=l1_l2(l1=0.01, l2=0.01)))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    earlystop = EarlyStopping(monitor="val_acc", min_delta=0.0001, patience=5, verbose=1, mode="auto")
    callbacks_list = [earlystop]
    history = model.fit(X, Y, callbacks=callbacks_list, validation_split=0.2, epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert history.history["val_acc"] == history.history["val_accuracy"]


def test_early_stopping_by_val_acc_stops(reviews):
    X, Y = reviews
    model = Sequential([Dense(1, activation="sigmoid", input_dim=472)])
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    earlystop = EarlyStopping(monitor="val_acc", min_delta=1.0, patience=2, mode="auto")
    history = model.fit(X, Y, callbacks=[earlystop], validation_split=0.2, epochs=50, verbose=0)
    assert len(history.epoch) == 3  # the first is the best, two more are waited for


def test_a_network_trains_from_a_file_on_disk(reviews, tmp_path):
    X, Y = reviews
    X_mm = np.memmap(tmp_path / "X.pkl", dtype="float32", mode="w+", shape=X.shape)
    X_mm[:] = X
    model = Sequential([Dense(16, activation="relu", input_dim=472), Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X_mm, Y, batch_size=128, epochs=30, validation_split=0.2, verbose=0)
    assert history.history["val_accuracy"][-1] > 0.75


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


def test_the_autoencoders_encoder_shares_the_trained_weights():
    (X, _), _ = keras.datasets.mnist.load_data()
    X = X[:30000].reshape(-1, 784).astype("float32") / 255
    data_dims = X.shape[1]
    input_img = Input(shape=(data_dims,))
    encoded = Dense(32, activation="relu")(input_img)
    decoded = Dense(data_dims, activation="sigmoid")(encoded)
    autoencoder = Model(input_img, decoded)
    # the deck's 'adadelta' had a learning rate of 1.0 in its time
    autoencoder.compile(optimizer=keras.optimizers.Adadelta(1.0), loss="binary_crossentropy")
    history = autoencoder.fit(X, X, epochs=10, batch_size=256, shuffle=True, validation_split=0.2, verbose=0)
    Xpred = autoencoder.predict(X)
    assert Xpred.shape == X.shape
    encoder = Model(input_img, encoded)
    X32 = encoder.predict(X)
    assert X32.shape == (30000, 32)
    kernel, bias = autoencoder.get_weights()[:2]
    # float32 sums of 784 products in another order: a few 1e-6 on values of about 1
    np.testing.assert_allclose(X32, np.maximum(X @ kernel + bias, 0), atol=1e-4)
    means = np.clip(X[:24000].mean(axis=0), 1e-7, 1 - 1e-7)
    held = X[24000:]
    of_means = -(held * np.log(means) + (1 - held) * np.log(1 - means)).mean()
    assert history.history["val_loss"][-1] < of_means
