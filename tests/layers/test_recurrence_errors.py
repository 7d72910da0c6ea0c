"""Mistakes with recurrent layers: the message names the layer, what was expected, what came, and what to do."""

import numpy as np
import pytest

import hornbeam
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, HornbeamError, ShapeError
from hornbeam.graph.tensor import Input

X = np.ones((3, 5, 4), "float32")
FLAT = np.ones((3, 5), "float32")
SEQUENCES = {"return_sequences": True}
STATE = np.ones((3, 2), "float32")


class NoSize(layers.Layer):
    def call(self, inputs, states):
        return inputs, states


class Odd(layers.Layer):
    """A cell whose parts a test may get wrong."""

    state_size = 4

    def __init__(self, call):
        super().__init__()
        self.compute = call

    def call(self, inputs, states):
        return self.compute(inputs, states)


class Counting(layers.Layer):
    state_size = 4

    def build(self, input_shape):
        self.count = self.add_weight((), "zeros", trainable=False, name="count")

    def call(self, inputs, states):
        self.count.assign_add(1.0)
        return inputs, states


def stateful(batch):
    return hornbeam.Sequential([Input(batch_shape=(batch, 5, 4)), layers.LSTM(2, stateful=True)])


def fitted(rows):
    model = stateful(2)
    model.compile("sgd", "mse")
    return model.fit(np.ones((rows, 5, 4), "float32"), np.ones((rows, 2), "float32"), batch_size=2, verbose=0)


# what is done, the error's class, and pieces of its message: where | expected | got | fix
MISTAKES = {
    "units": (lambda: layers.LSTM(0), ArgumentError, "LSTM, units | positive integer | 0"),
    "units text": (lambda: layers.GRUCell("3"), ArgumentError, "GRUCell, units | positive integer | '3'"),
    "dropout": (lambda: layers.GRU(3, dropout=1.5), ArgumentError, "GRU, dropout | from 0 to 1 | 1.5"),
    "misspelt": (
        lambda: layers.LSTM(3, return_sequence=True), ArgumentError,
        "LSTM | return_sequence= | 'return_sequences'"),
    "cudnn": (lambda: layers.LSTM(3, use_cudnn="no"), ArgumentError, "LSTM, use_cudnn | 'auto' | 'no'"),
    "rank": (
        lambda: layers.LSTM(2)(FLAT), ShapeError,
        "(LSTM) | 3 axes, (batch, time, features) | (None, 5) | x[..., None]"),
    "rank after": (lambda: again(layers.GRU(2), FLAT), ShapeError, "(GRU) | 3 axes | (3, 5) | x[..., None]"),
    "rank symbolic": (
        lambda: layers.SimpleRNN(2)(Input((5,))), ShapeError,
        "(SimpleRNN) | 3 axes | (None, 5) | Embedding"),
    "rank high": (lambda: layers.LSTM(2)(X[..., None]), ShapeError, "(LSTM) | 3 axes | TimeDistributed(Flatten())"),
    "rank both ways": (
        lambda: layers.Bidirectional(layers.LSTM(2))(FLAT), ShapeError,
        "(LSTM) | 3 axes | x[..., None]"),
    "features unknown": (lambda: layers.LSTM(2)(Input((5, None))), ShapeError, "(LSTMCell) | known number of features"),
    "features": (lambda: again(layers.LSTM(2), X[..., :3]), ShapeError, "(LSTM) | 4 features | (3, 5, 3) | width"),
    "mask": (
        lambda: layers.LSTM(2)(X, mask=np.ones((3, 4), bool)), ShapeError,
        "(LSTM), mask | (3, 5) | (3, 4) | step"),
    "mask rank": (
        lambda: layers.GRU(2)(X, mask=np.ones((3, 5, 4), bool)), ShapeError,
        "(GRU), mask | (3, 5) | (3, 5, 4)"),
    "states number": (
        lambda: layers.LSTM(2)(X, initial_state=[STATE]), ShapeError,
        "(LSTM), initial_state | 2 arrays of (3, 2), (3, 2) | (3, 2) | return_state=True"),
    "states shape": (
        lambda: layers.GRU(2)(X, initial_state=[np.ones((3, 7), "float32")]), ShapeError,
        "(GRU), initial_state | 1 array of (3, 2) | (3, 7)"),
    "states in the list": (lambda: layers.GRU(2)([X, STATE, STATE]), ShapeError, "(GRU), initial_state | 1 array"),
    "states odd": (
        lambda: layers.Bidirectional(layers.GRU(2))(X, initial_state=[STATE] * 3), ShapeError,
        "(Bidirectional), initial_state | even number | 3 | forward"),
    "stateful batch unknown": (
        lambda: layers.LSTM(2, stateful=True)(Input((5, 4))), ShapeError,
        "(LSTM), stateful | fixed batch size | (None, 5, 4) | batch_shape"),
    "stateful fit unknown": (
        lambda: hornbeam.Sequential([layers.LSTM(2, stateful=True)]).predict(X, verbose=0), ShapeError,
        "(LSTM), stateful | fixed batch size | Input(batch_shape="),
    "stateful both ways unknown": (
        lambda: layers.Bidirectional(layers.GRU(2, stateful=True))(Input((5, 4))), ShapeError,
        "stateful | fixed batch size | batch_shape"),
    "stateful batch": (
        lambda: again(layers.GRU(2, stateful=True), X[:2]), ShapeError,
        "(GRU), stateful | 3 rows | 2 | multiple"),
    "stateful last batch": (lambda: fitted(3), ShapeError, "(LSTM), stateful | batches of 2 rows | 1 | multiple"),
    "stateful predict": (lambda: stateful(2).predict(X[:1], verbose=0), HornbeamError, "2 | 1"),
    "no state_size": (
        lambda: layers.RNN(NoSize()), ArgumentError,
        "RNN, cell | state_size | NoSize | RNN(LSTMCell(32))"),
    "no cell": (lambda: layers.RNN(3), ArgumentError, "RNN, cell | call(inputs, states) | 3"),
    "class": (lambda: layers.RNN(layers.LSTMCell), ArgumentError, "RNN, cell | a cell"),
    "layer as cell": (lambda: layers.RNN(layers.Dense(3)), ArgumentError, "RNN, cell | state_size | Dense(units=3"),
    "no cells": (lambda: layers.StackedRNNCells([]), ArgumentError, "StackedRNNCells, cells | list of cells | []"),
    "one of the cells": (
        lambda: layers.RNN([layers.GRUCell(2), layers.Dense(2)]), ArgumentError,
        "StackedRNNCells, cells | Dense has not both"),
    "cell's states": (
        lambda: layers.RNN(Odd(lambda x, states: (x, [x, x])))(X), ShapeError,
        "(RNN), cell | shapes of the old ones, (3, 4) | (3, 4), (3, 4) | state_size"),
    "cell changes": (
        lambda: layers.RNN(Counting())(X), ArgumentError, "(RNN), cell | nothing but its states | count | states"),
    "merge mode": (
        lambda: layers.Bidirectional(layers.LSTM(2), merge_mode="cat"), ArgumentError,
        "Bidirectional, merge_mode | 'concat', 'sum', 'mul', 'ave', None | 'cat'"),
    "both ways of Dense": (
        lambda: layers.Bidirectional(layers.Dense(2)), ArgumentError,
        "Bidirectional, layer | recurrent layer, like LSTM | Dense | Bidirectional(LSTM(64))"),
    "both ways of a number": (lambda: layers.Bidirectional(3), ArgumentError, "Bidirectional, layer | recurrent | 3"),
    "backward layer": (
        lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)), ArgumentError,
        "(Bidirectional), backward_layer | go_backwards=True | go_backwards=False"),
    "backward layer's outputs": (
        lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2, go_backwards=True, **SEQUENCES)),
        ArgumentError, "backward_layer | return_sequences as in layer | return_sequences=True"),
    "each step of a number": (lambda: layers.TimeDistributed(3), ArgumentError, "TimeDistributed, layer | a layer | 3"),
    "each step of a vector": (
        lambda: layers.TimeDistributed(layers.Dense(2))(FLAT), ShapeError,
        "(TimeDistributed) | 3 axes | (None, 5) | x[..., None]"),
    "each step's mask": (
        lambda: layers.TimeDistributed(layers.Dense(2))(X, mask=np.ones((3, 4), bool)), ShapeError,
        "(TimeDistributed), mask | (3, 5) | (3, 4)"),
}  # fmt: skip


def again(layer, x):
    """Calls a layer on data for which it was not built."""
    layer(X)
    return layer(x)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_four_parts(mistake):
    do, kind, pieces = MISTAKES[mistake]
    with pytest.raises(kind) as caught:
        do()
    message = str(caught.value)
    for piece in pieces.split(" | "):
        assert piece in message, f"{piece!r} is not in {message!r}"
    assert ": expected " in message
    assert "; got " in message


def test_a_batch_of_another_size_changes_nothing():
    layer = layers.LSTM(2, stateful=True)
    layer(X)
    before = [state.numpy().copy() for state in layer.states]
    with pytest.raises(ShapeError):
        layer(X[:2])
    for state, old in zip(layer.states, before, strict=True):
        np.testing.assert_array_equal(state.numpy(), old)
