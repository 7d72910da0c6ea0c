"""Deck 000, 'Neural Networks and Transfer Learning': the softmax network on MNIST, with the deck's own code."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.layers import Dense


@pytest.fixture(scope="module")
def mnist():
    """The deck's preparation of the data, slide by slide."""
    (train_X, train_Y), (test_X, test_Y) = keras.datasets.mnist.load_data()
    assert train_X.shape == (60000, 28, 28)
    assert test_Y.shape == (10000,)
    train_X = train_X.astype("float32") / 255
    test_X = test_X.astype("float32") / 255
    rows, dim1, dim2 = train_X.shape
    train_X = train_X.reshape((rows, dim1 * dim2))
    test_X = test_X.reshape((test_X.shape[0], dim1 * dim2))
    train_Y = keras.utils.to_categorical(train_Y, 10)
    test_Y = keras.utils.to_categorical(test_Y, 10)
    return train_X, train_Y, test_X, test_Y


def test_the_softmax_network_reaches_the_decks_test_accuracy(mnist, capsys):
    train_X, train_Y, test_X, test_Y = mnist
    keras.utils.set_random_seed(1)
    model_dense = keras.Sequential([keras.Input((784,)), Dense(10, activation="softmax")])
    model_dense.summary()
    printed = capsys.readouterr().out
    assert "(None, 10)" in printed
    assert "Total params: 7,850" in printed
    batch_size = 128
    epochs = 10
    model_dense.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model_dense.fit(train_X, train_Y, batch_size=batch_size, epochs=epochs, validation_split=0.1)
    score = model_dense.evaluate(test_X, test_Y, verbose=0)
    assert model_dense.count_params() == 7850
    assert score[1] == pytest.approx(0.926, abs=0.004)
    assert score[0] == pytest.approx(0.267, abs=0.01)
    assert len(history.history["val_accuracy"]) == 10
    guesses = np.argmax(model_dense.predict(test_X), axis=-1)
    correct = np.where(guesses == np.argmax(test_Y, axis=-1))[0]
    incorrect = np.where(guesses != np.argmax(test_Y, axis=-1))[0]
    assert len(correct) + len(incorrect) == 10000
    assert len(correct) / 10000 == pytest.approx(score[1], abs=1e-6)
