"""Models that the tests of this folder save and load."""

import numpy as np

import hornbeam as keras
from hornbeam import layers


def sequential():
    model = keras.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,)),
            layers.Dropout(0.3),
            layers.Dense(3, activation="softmax"),
        ],
        name="chain",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def functional():
    """Two inputs by name, a shared layer, operators, nested models, two outputs."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, activation="tanh", name="shared")
    both = shared(a) + shared(b) * 2.0
    both = (1.0 - both[:, :2] / 4.0) @ np.ones((2, 3), "float32") - abs(both)
    chain = keras.Sequential([layers.Dense(4), layers.Dense(3)], name="chain")
    inner_in = keras.Input((3,), name="inner_in")
    inner = keras.Model(inner_in, {"left": layers.Dense(2)(inner_in), "right": layers.Dense(1)(inner_in)}, name="inner")
    heads = inner(chain(both))
    return keras.Model({"a": a, "b": b}, [heads["left"], layers.Dense(2, name="last")(heads["right"]), chain(both)])


def one_layer_in_two_models():
    shared = layers.Dense(4, name="in_both")
    first = keras.Sequential([keras.Input((4,)), shared, layers.Dense(2)], name="first")
    second = keras.Sequential([keras.Input((4,)), shared, layers.Dense(3)], name="second")
    x = keras.Input((4,))
    return keras.Model(x, [first(x), second(x)], name="two")


def one_layer_at_two_depths():
    layer = layers.Dense(4, activation="tanh")
    x = keras.Input((4,))
    return keras.Model(x, layer(layer(layers.Dense(4)(layer(x)))), name="depths")


def from_the_middle():
    """A model whose input is a tensor inside another."""
    x = keras.Input((6,))
    middle = layers.Dense(4, name="before")(x)
    return keras.Model(middle, layers.Dense(2, name="after")(middle), name="decoder")


class Block(layers.Layer):
    """A layer of the user's, with layers inside and arguments of its own."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.scale = units, scale
        self.inner = [layers.Dense(units), layers.Dense(units, activation="relu")]

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(self.units,), initializer="ones", name="gain")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")

    def call(self, x):
        for layer in self.inner:
            x = layer(x)
        return x * self.gain * self.scale


class Net(keras.Model):
    """A model of the user's, with layers in attributes, a list and a dict."""

    def __init__(self, units=3, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.body = Block(units, scale=2.0)
        self.rest = [layers.Dense(2), layers.Dropout(rate)]
        self.heads = {"one": layers.Dense(1), "two": layers.Dense(1)}
        self._hidden = layers.Dense(units)

    def call(self, x, training=None):
        x = self._hidden(self.body(x))
        for layer in self.rest:
            x = layer(x)
        return self.heads["one"](x) + self.heads["two"](x)


def subclass():
    model = Net(4, rate=0.25, name="net")
    model.compile("rmsprop", "mse")
    model.predict(inputs(model), verbose=0)
    return model


MODELS = (sequential, functional, one_layer_in_two_models, one_layer_at_two_depths, from_the_middle, subclass)
CUSTOM = {"Net": Net, "Block": Block}


def inputs(model, rows=6):
    """Inputs that fit one of the models."""
    values = np.random.default_rng(1).normal(size=(rows, 4)).astype("float32")
    return {"a": values, "b": values[::-1].copy()} if model.name.startswith("functional") else values


def outputs(model):
    """What it computes from them, as a list."""
    y = model.predict(inputs(model), verbose=0)
    return y if isinstance(y, list) else [y]


def assert_same(one, two):
    for left, right in zip(outputs(one), outputs(two), strict=True):
        np.testing.assert_array_equal(left, right)
