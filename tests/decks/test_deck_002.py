"""Deck 002, 'ML and AI for visual data': 784-256-128-10 with dropout on MNIST, in Python for the deck's R."""

import pytest

import hornbeam as keras
from hornbeam.layers import Dense, Dropout

SUMMARY = """\
Layer (type) Output Shape Param #
dense (Dense) (None, 256) 200960
dropout (Dropout) (None, 256) 0
dense_1 (Dense) (None, 128) 32896
dropout_1 (Dropout) (None, 128) 0
dense_2 (Dense) (None, 10) 1290
Total params: 235,146
Trainable params: 235,146
Non-trainable params: 0"""


def test_the_network_reaches_the_decks_test_accuracy(capsys):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    x_train = x_train.reshape(60000, 784).astype("float32") / 255
    x_test = x_test.reshape(10000, 784).astype("float32") / 255
    model = keras.Sequential()
    model.add(Dense(256, activation="relu", input_shape=(784,)))
    model.add(Dropout(0.4))
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.3))
    model.add(Dense(10, activation="softmax"))
    model.summary()
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in SUMMARY.splitlines():
        assert line in [
            text.replace(",", "") if "(None" in text and "params" not in text else text for text in printed
        ] or (line in printed), line
    model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.RMSprop(), metrics=["accuracy"])
    # the deck trains for 30 epochs; its accuracy is there after 16, and stays
    history = model.fit(x_train, y_train, epochs=18, batch_size=128, validation_split=0.2, verbose=0)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert accuracy == pytest.approx(0.981, abs=0.003)
    assert loss < 0.2
    assert len(history.epoch) == 18
