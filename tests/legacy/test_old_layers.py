"""Layers and joins that Keras had once, against NumPy; and the defaults of an era, by what training gives."""

import json

import h5py
import numpy as np
import pytest

from hornbeam import legacy
from hornbeam.core.config import deserialize, serialize
from hornbeam.graph.tensor import Input
from hornbeam.legacy import layers, local
from hornbeam.legacy.merging import merge
from hornbeam.models import Model

# float32 sums of a few products in another order than NumPy's: a few 1e-7 on values of about 1
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def with_random_weights(layer, x, rng):
    layer.build((None, *x.shape[1:]))
    layer.set_weights([rng.normal(size=weight.shape) for weight in layer.weights])
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_maxout_takes_the_largest_of_its_affine_functions(rng):
    x = rng.normal(size=(5, 4)).astype("float32")
    layer = with_random_weights(layers.MaxoutDense(3, nb_feature=2), x, rng)
    kernel, bias = layer.get_weights()
    expected = np.max([x @ kernel[k] + bias[k] for k in range(2)], axis=0)
    np.testing.assert_allclose(layer(x), expected, **CLOSE)


def test_highway_passes_on_what_its_gate_holds_back(rng):
    x = rng.normal(size=(5, 4)).astype("float32")
    layer = with_random_weights(layers.Highway(activation="tanh"), x, rng)
    kernel, gate, bias, gate_bias = layer.get_weights()
    t = sigmoid(x @ gate + gate_bias)
    np.testing.assert_allclose(layer(x), t * np.tanh(x @ kernel + bias) + (1 - t) * x, **CLOSE)


def test_highway_begins_by_passing_its_input_on():
    layer = layers.Highway()
    layer.build((None, 4))
    assert layer.get_weights()[3].tolist() == [-2] * 4


def test_parametric_softplus_is_its_formula(rng):
    x = rng.normal(size=(5, 4)).astype("float32")
    layer = with_random_weights(layers.ParametricSoftplus(), x, rng)
    alpha, beta = layer.get_weights()
    np.testing.assert_allclose(layer(x), alpha * np.log1p(np.exp(beta * x)), **CLOSE)


def test_locally_connected_1d_has_a_kernel_for_each_window(rng):
    x = rng.normal(size=(2, 7, 3)).astype("float32")
    layer = with_random_weights(local.LocallyConnected1D(4, 3, strides=2, activation="relu"), x, rng)
    kernel, bias = layer.get_weights()
    assert (kernel.shape, bias.shape) == ((3, 9, 4), (3, 4))
    expected = np.stack([x[:, 2 * w : 2 * w + 3].reshape(2, -1) @ kernel[w] + bias[w] for w in range(3)], axis=1)
    np.testing.assert_allclose(layer(x), np.maximum(expected, 0), **CLOSE)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected_2d_has_a_kernel_for_each_window(rng, data_format):
    x = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    given = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
    layer = with_random_weights(local.LocallyConnected2D(4, (2, 3), (1, 2), data_format=data_format), given, rng)
    kernel, bias = layer.get_weights()
    assert (kernel.shape, bias.shape) == ((4 * 2, 18, 4), (4, 2, 4))
    expected = np.stack(
        [
            np.stack([x[:, i : i + 2, 2 * j : 2 * j + 3].reshape(2, -1) @ kernel[2 * i + j] for j in range(2)], axis=1)
            for i in range(4)
        ],
        axis=1,
    )
    expected = expected + bias
    found = np.asarray(layer(given))
    np.testing.assert_allclose(
        found if data_format == "channels_last" else found.transpose(0, 2, 3, 1), expected, **CLOSE
    )


@pytest.mark.parametrize(
    "layer",
    [
        layers.ThresholdedReLU(0.5),
        layers.MaxoutDense(3, nb_feature=2),
        layers.Highway(activation="relu"),
        layers.ParametricSoftplus(),
        local.LocallyConnected1D(4, 3),
        local.LocallyConnected2D(4, (2, 3)),
    ],
)
def test_an_old_layer_is_described_and_built_again(layer):
    again = deserialize(serialize(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()


MODES = {
    "sum": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "ave": lambda x, y: (x + y) / 2,
    "max": np.maximum,
    "concat": lambda x, y: np.concatenate([x, y], axis=-1),
    "dot": lambda x, y: (x * y).sum(-1, keepdims=True),
    "cos": lambda x, y: ((x * y).sum(-1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1))[:, None, None],
}


@pytest.mark.parametrize("mode", MODES)
def test_merge_joins_as_its_mode_says(rng, mode):
    x, y = rng.normal(size=(2, 5, 4)).astype("float32")
    inputs = [Input((4,)), Input((4,))]
    found = Model(inputs, merge(inputs, mode=mode, dot_axes=1)).predict([x, y], verbose=0)
    np.testing.assert_allclose(found, MODES[mode](x, y), **CLOSE)


def trained(era, optimizer, steps=3, callbacks="[]"):
    """The weight after some steps of descent on w · 1, from 0, under an era."""
    legacy.install(era=era, quiet=True)
    try:
        names = {"np": np}
        exec(
            "from keras.models import Sequential\nfrom keras.layers import Dense\nfrom keras.optimizers import *\n"
            "from keras.callbacks import LearningRateScheduler\n"
            "model = Sequential([Dense(1, kernel_initializer='zeros', use_bias=False, input_dim=1)])\n"
            f"model.compile(loss=lambda t, p: p, optimizer={optimizer})\n"
            f"model.fit(np.ones((1, 1)), np.zeros((1, 1)), epochs={steps}, verbose=0, callbacks={callbacks})\n",
            names,
        )
        return float(names["model"].get_weights()[0][0, 0])
    finally:
        legacy.uninstall()


def test_decay_makes_each_step_shorter():
    # the gradient is 1, so that the weight is minus the sum of the rates
    rates = [0.5 / (1 + 0.25 * step) for step in range(3)]
    assert trained("2.2", "SGD(lr=0.5, decay=0.25)") == pytest.approx(-sum(rates), rel=1e-6)


def test_a_rate_that_a_callback_sets_decays_on():
    rates = [0.5 / 2**step / (1 + 0.25 * step) for step in range(3)]
    callbacks = "[LearningRateScheduler(lambda epoch: 0.5 / 2**epoch)]"
    assert trained("2.2", "SGD(lr=9.0, decay=0.25)", callbacks=callbacks) == pytest.approx(-sum(rates), rel=1e-6)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_rate_that_decays_stands_in_a_file_and_can_be_set_when_it_is_read(ending, tmp_path):
    path = tmp_path / f"m.{ending}"
    legacy.install("2.2", quiet=True)
    try:
        names = {}
        exec(
            "from keras.models import Sequential, load_model\nfrom keras.layers import Dense\n"
            "from keras.optimizers import SGD\n"
            "m = Sequential([Dense(1, input_dim=1, kernel_initializer='zeros', use_bias=False)])\n"
            "m.compile(SGD(lr=0.5, momentum=0.5, decay=0.25), lambda true, pred: pred)\n",
            names,
        )
        model, load_model = names["m"], names["load_model"]
        one = np.ones((1, 1), "float32")
        model.fit(one, one, epochs=2, verbose=0)
        model.save(str(path))
        again = load_model(str(path), custom_objects={"<lambda>": model.loss})
        for each in model, again:
            each.optimizer.lr = 2.0
            each.fit(one, one, epochs=2, verbose=0)
        # w falls by a velocity v = v / 2 + rate / (1 + steps / 4)
        v, w = 0.0, 0.0
        for step, rate in enumerate((0.5, 0.5, 2.0, 2.0)):
            v = v / 2 + rate / (1 + 0.25 * step)
            w -= v
        assert float(model.get_weights()[0][0, 0]) == pytest.approx(w, rel=1e-6)
        assert float(again.get_weights()[0][0, 0]) == pytest.approx(w, rel=1e-6)
        assert float(again.optimizer.lr) == 2.0
    finally:
        legacy.uninstall()
    if ending == "h5":
        with h5py.File(path) as file:
            said = json.loads(file.attrs["training_config"])["optimizer_config"]
        assert (said["class_name"], said["config"]["learning_rate"], said["config"]["decay"]) == ("SGD", 0.5, 0.25)


@pytest.mark.parametrize(("era", "rate"), [("2.2", 1.0), ("2.15", 0.001)])
def test_adadelta_steps_by_the_rate_of_its_era(era, rate):
    a = b = w = 0.0
    for _ in range(3):
        a = 0.95 * a + 0.05
        d = np.sqrt(b + 1e-7) / np.sqrt(a + 1e-7)
        b = 0.95 * b + 0.05 * d * d
        w -= rate * d
    assert trained(era, "'adadelta'") == pytest.approx(w, rel=1e-4)


def test_adagrad_begins_with_an_empty_sum_in_its_era():
    # sums of squares 1, 2, 3
    expected = -sum(0.01 / np.sqrt(count) for count in (1, 2, 3))
    assert trained("2.2", "'adagrad'") == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("era", ["2.2", "3"])
def test_an_lstm_computes_with_the_gates_of_its_era(rng, era):
    legacy.install(era=era, quiet=True)
    try:
        from keras.layers import LSTM

        layer = LSTM(2)
    finally:
        legacy.uninstall()
    x = 2 * rng.normal(size=(3, 1, 4)).astype("float32")
    layer.build((None, 1, 4))
    kernel, _, bias = layer.get_weights()
    gate = sigmoid if era == "3" else lambda x: np.clip(0.2 * x + 0.5, 0, 1)
    i, f, g, o = np.split(x[:, 0] @ kernel + bias, 4, axis=-1)
    np.testing.assert_allclose(layer(x), gate(o) * np.tanh(gate(i) * np.tanh(g)), **CLOSE)
