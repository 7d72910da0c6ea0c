"""Write `keras_files/*.keras` and `*.weights.h5`: models as Keras saves them, and `keras_files.npz`: what they compute.

Arrays: `<file>/x` (or `<file>/x/<input>`), the input; `<file>/y/<number>`, the outputs; where Keras trained on,
`<file>/fit_x`, `<file>/fit_y` (one batch, three times) and `<file>/after/<number>`, the weights then. Every file is
below 100 kB. Also `graph_orders.json`: the order in which Keras lists the layers of random graphs, on which the paths
of weights depend.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_keras_files.py`.
"""

import json
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from random_graphs import random_graph

FOLDER = Path(__file__).parent / "keras_files"
RNG = np.random.default_rng(0)
ARRAYS = {}


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def plain():
    """Dense layers, Adam in the middle of its work; training goes on without chance."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, "tanh"), layers.Dense(3, "softmax")], name="plain")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, normal(6, 4), (normal(6, 4), RNG.integers(0, 3, 6))


def momentum():
    """Slots that lie late in the file, a loss with an argument, a regularizer and a constraint."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(4, kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(1.5)),
            layers.Dense(1),
        ],
        name="momentum",
    )
    model.compile(
        keras.optimizers.RMSprop(0.01, momentum=0.9, centered=True), keras.losses.MeanSquaredError(reduction="sum")
    )
    return model, normal(6, 4), (normal(6, 4), normal(6, 1))


def schedule():
    """A learning rate that follows a schedule, and gradients that are clipped."""
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)], name="schedule")
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, clipnorm=0.5), "mse", metrics=["mae"])
    return model, normal(6, 4), (normal(6, 4), normal(6, 1))


def statistics():
    """Batch statistics and dropout."""
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, "relu"), layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(2)],
        name="statistics",
    )
    model.compile("sgd", "mse")
    model.fit(normal(8, 4), normal(8, 2), epochs=2, verbose=0)
    return model, normal(6, 4), None


def words():
    """Whole numbers go in, with a mask."""
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            layers.Embedding(20, 4, mask_zero=True),
            layers.Flatten(),
            layers.Dense(1, "sigmoid"),
        ],
        name="words",
    )
    tokens = RNG.integers(0, 20, (6, 5)).astype("int32")
    tokens[:, 3:] = 0
    return model, tokens, None


def graph():
    """Two inputs by name, a shared layer, operators, nested models, outputs by name."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, "relu", name="shared")
    both = shared(a) + shared(b) * 2.0
    short = 1.0 - both[:, :2] / 4.0
    joined = layers.Concatenate(name="joined")([both, short, layers.Subtract()([shared(a), shared(b)])])
    chain = keras.Sequential([layers.Dense(4), layers.Dense(3, "tanh")], name="chain")
    middle = chain(joined)
    inner_in = keras.Input((3,), name="inner_in")
    inner = keras.Model(
        inner_in, [layers.Dense(2, name="left")(inner_in), layers.Dense(1, name="right")(inner_in)], name="inner"
    )
    left, right = inner(middle)
    once_more, _ = inner(both)
    outputs = {"left": left, "right": layers.Dense(1, name="last")(right), "again": once_more}
    model = keras.Model({"a": a, "b": b}, outputs, name="graph")
    model.compile("adam", loss={"left": "mse", "right": "mae", "again": None}, loss_weights={"left": 2.0, "right": 1.0})
    return model, {"a": normal(6, 4), "b": normal(6, 4)}, None


def operations():
    """Functions of keras.ops between the layers."""
    x = keras.Input((4, 3), name="x")
    y = ops.softmax(layers.Dense(3, name="scores")(x), axis=1)
    y = ops.concatenate([y, ops.sum(x, axis=-1, keepdims=True)], axis=-1)
    y = ops.clip(ops.reshape(y, (-1, 16)), 0.1, 0.9)
    y = ops.where(y > 0.5, ops.sqrt(y), ops.maximum(y, 0.2)) + ops.mean(x, axis=(1, 2), keepdims=False)[:, None]
    return keras.Model(x, ops.expand_dims(ops.relu(y), -1), name="operations"), normal(6, 4, 3), None


def sharing():
    """One layer in two nested models."""
    shared = layers.Dense(4, name="in_both")
    first = keras.Sequential([keras.Input((4,)), shared, layers.Dense(2, name="of_first")], name="first")
    second = keras.Sequential([keras.Input((4,)), shared, layers.Dense(3, name="of_second")], name="second")
    x = keras.Input((4,), name="x")
    return keras.Model(x, [first(x), second(x)], name="sharing"), normal(6, 4), None


def half():
    """Weights in bfloat16, and mixed precision."""
    dense = layers.Dense(3, dtype="bfloat16"), layers.Dense(2, dtype="mixed_bfloat16"), layers.Dense(2)
    return keras.Sequential([keras.Input((4,)), *dense], name="half"), normal(6, 4), None


class Pair(keras.Model):
    """A class of the user's: layers in attributes, in a list and in a dict."""

    def __init__(self, units=3, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(units, activation="relu")
        self.rest = [layers.Dense(2), layers.Dropout(rate)]
        self.heads = {"one": layers.Dense(1), "two": layers.Dense(1)}
        self._hidden = layers.Dense(units)
        self.units, self.rate = units, rate

    def call(self, x, training=None):
        x = self._hidden(self.first(x))
        for layer in self.rest:
            x = layer(x)
        return self.heads["one"](x) + self.heads["two"](x)

    def get_config(self):
        """Keras notes only the defaults of a model's own arguments."""
        return {**super().get_config(), "units": self.units, "rate": self.rate}


def subclass():
    """A class of the user's."""
    model = Pair(4, rate=0.25, name="subclass")
    model.compile("adam", "mse")
    model.fit(normal(8, 4), normal(8, 1), verbose=0)
    return model, normal(6, 4), None


def main():
    keras.utils.set_random_seed(0)
    FOLDER.mkdir(exist_ok=True)
    makers = (plain, momentum, schedule, statistics, words, graph, operations, sharing, half, subclass)
    for make in makers:
        keras.backend.clear_session()
        model, x, batch = make()
        name = make.__name__
        if batch is not None:
            for _ in range(3):
                model.train_on_batch(*batch)
        for key, array in x.items() if isinstance(x, dict) else [("", x)]:
            ARRAYS[f"{name}/x/{key}".rstrip("/")] = array
        y = model.predict(x, verbose=0)
        y = [y[key] for key in sorted(y)] if isinstance(y, dict) else y if isinstance(y, list) else [y]
        for number, array in enumerate(y):
            ARRAYS[f"{name}/y/{number}"] = np.asarray(array, "float32")
        model.save(FOLDER / f"{name}.keras")
        if batch is not None:
            ARRAYS[f"{name}/fit_x"], ARRAYS[f"{name}/fit_y"] = batch
            for _ in range(3):
                model.train_on_batch(*batch)
            for number, array in enumerate(model.get_weights()):
                ARRAYS[f"{name}/after/{number}"] = array
    keras.backend.clear_session()
    model, x, _ = statistics()
    ARRAYS["weights/x"], ARRAYS["weights/y/0"] = x, model.predict(x, verbose=0)
    model.save_weights(FOLDER / "weights.weights.h5")
    orders = [
        [layer.name for layer in random_graph(n, keras.Input, keras.Model, layers.Dense).layers] for n in range(100)
    ]
    (FOLDER.parent / "graph_orders.json").write_text("[\n" + ",\n".join(map(json.dumps, orders)) + "\n]\n")
    np.savez_compressed(FOLDER.parent / "keras_files.npz", **ARRAYS)
    sizes = {path.name: path.stat().st_size for path in sorted(FOLDER.iterdir())}
    assert max(sizes.values()) < 100_000, sizes
    print(f"keras_files: {len(sizes)} files, {sum(sizes.values()) / 1000:.0f} kB, {len(ARRAYS)} arrays")


if __name__ == "__main__":
    main()
