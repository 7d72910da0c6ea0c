"""Deck 003, 'From simple to deep neural networks': the network written by hand beside ours, step by step."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.layers import Dense

pytestmark = pytest.mark.usefixtures("quickly_compiled")


@pytest.fixture(scope="module")
def iris():
    x, y = keras.datasets.iris.load()
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order].astype("float32"), keras.utils.to_categorical(y[order], 3)
    return (x[:105], y[:105]), (x[105:], y[105:])


def relu(x):
    return np.maximum(0, x)


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)


def forward(x, W1, b1, W2, b2):
    a1 = relu(x @ W1 + b1)
    return a1, softmax(a1 @ W2 + b2)


def compute_loss(y_pred, y_true):
    return -np.sum(y_true * np.log(y_pred)) / len(y_true)


def backward(x, y_true, a1, y_pred, W2):
    dz2 = y_pred - y_true
    dz1 = (dz2 @ W2.T) * (a1 > 0)
    return x.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)


def test_the_network_by_hand_and_ours_take_the_same_steps(iris):
    """Same loss, gradients and updates over the deck's 200 epochs of full-batch descent.

    The deck's gradients are sums over the rows, ours means: its rate of 0.001 is ours of 0.001 · rows. In float32 a
    step differs by a few 1e-7 of the weights, and 200 steps of a network this smooth do not enlarge that a hundredfold.
    """
    (x, y), _ = iris
    rows = len(x)
    generator = np.random.default_rng(3)
    weights = [generator.normal(size=shape).astype("float32") for shape in ((4, 5), (5,), (5, 3), (3,))]
    model = keras.Sequential([keras.Input((4,)), Dense(5, activation="relu"), Dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.SGD(0.001 * rows), loss="categorical_crossentropy")
    model.set_weights(weights)
    by_hand = [w.astype("float64") for w in weights]
    for epoch in range(200):
        a1, y_pred = forward(x, *by_hand)
        gradients = backward(x, y, a1, y_pred, by_hand[2])
        before = model.get_weights()
        loss = model.train_on_batch(x, y)
        assert loss == pytest.approx(compute_loss(y_pred, y), rel=1e-4), f"epoch {epoch}"
        for old, new, gradient in zip(before, model.get_weights(), gradients, strict=True):
            np.testing.assert_allclose((old - new) / 0.001, gradient, rtol=2e-3, atol=2e-2)
        by_hand = [w - 0.001 * g for w, g in zip(by_hand, gradients, strict=True)]
    for ours, theirs in zip(model.get_weights(), by_hand, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_the_iris_network_of_the_first_slide_learns(iris):
    (x_train, y_train), (x_test, y_test) = iris
    keras.utils.set_random_seed(2)
    model = keras.Sequential([Dense(5, activation="relu", input_shape=(4,)), Dense(3, activation="softmax")])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["mean_absolute_error"]
    )
    history = model.fit(x_train, y_train, epochs=50, batch_size=16, validation_data=(x_test, y_test), verbose=0)
    assert list(history.history) == ["loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"]
    assert history.history["val_mean_absolute_error"][-1] < 0.25
    assert (model.predict(x_test).argmax(-1) == y_test.argmax(-1)).mean() > 0.85


def test_regression_on_mtcars_beats_the_mean():
    x, y = keras.datasets.mtcars.load()
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    keras.utils.set_random_seed(2)
    model = keras.Sequential([Dense(5, activation="relu", input_shape=(x.shape[1],)), Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mean_squared_error", metrics=["mae"])
    model.fit(x, y, epochs=200, batch_size=8, verbose=0)
    loss, mae = model.evaluate(x, y, verbose=0)
    assert loss < 0.3 * np.var(y)
    assert mae < np.abs(y - y.mean()).mean()
