"""What old Keras wrote is read: pickled tokenizers and histories, and architectures as JSON."""

# ruff: noqa: E501  (architectures in short lines would be pages)
import json
import pickle

import numpy as np
import pytest

from hornbeam import legacy
from hornbeam.core.errors import FileError
from hornbeam.text import Tokenizer
from hornbeam.training.history import History


@pytest.fixture(autouse=True)
def _entrance():
    legacy.install(era="2.2", quiet=True)
    yield
    legacy.uninstall()


def pickled(value, module, without=()):
    """A pickle that names the value's class in an old module, without some attributes."""
    for name in without:
        value.__dict__.pop(name)
    cls = type(value)
    data = pickle.dumps(value, protocol=2)
    own = f"c{cls.__module__}\n{cls.__name__}\n".encode()
    assert own in data
    return data.replace(own, f"c{module}\n{cls.__name__}\n".encode())


@pytest.mark.parametrize(
    "module",
    [
        "keras_preprocessing.text",
        "keras.preprocessing.text",
        "keras.src.preprocessing.text",
        "keras.src.legacy.preprocessing.text",
        "tensorflow.python.keras.preprocessing.text",
    ],
)
def test_a_pickled_tokenizer_of_any_keras_loads(module):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["to be or not to be"])
    loaded = pickle.loads(pickled(tokenizer, module, without=("analyzer", "oov_token", "char_level")))
    assert type(loaded) is Tokenizer
    assert loaded.texts_to_sequences(["to be"]) == [[1, 2]]


@pytest.mark.parametrize("module", ["keras.callbacks", "keras.src.callbacks.history", "tensorflow.keras.callbacks"])
def test_a_pickled_history_loads_and_answers_to_both_names(module):
    history = History()
    history.history, history.epoch = {"loss": [2.0, 1.0], "acc": [0.5, 0.75]}, [0, 1]
    loaded = pickle.loads(pickled(history, module, without=("_epochs_of", "seed")))
    assert loaded.history["accuracy"] == [0.5, 0.75]
    assert loaded.to_frame().shape == (2, 2)


SEQUENTIAL_1 = {
    "class_name": "Sequential",
    "keras_version": "1.2.2",
    "config": [
        {
            "class_name": "Convolution2D",
            "config": {
                "name": "c", "batch_input_shape": [None, 8, 8, 1], "nb_filter": 2, "nb_row": 3, "nb_col": 5, "init": "he_normal",
                "border_mode": "same", "subsample": [1, 1], "dim_ordering": "tf", "activation": "relu", "bias": True, "trainable": True,
                "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.1}, "input_dtype": "float32",
                "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None,
            },
        },
        {"class_name": "Flatten", "config": {"name": "f", "trainable": True}},
        {"class_name": "Dropout", "config": {"name": "d", "p": 0.25, "trainable": True}},
        {"class_name": "Dense", "config": {"name": "o", "output_dim": 3, "init": "uniform", "activation": "softmax", "bias": False}},
    ],
}  # fmt: skip


def test_a_sequential_of_keras_1_is_built():
    from keras.models import model_from_json

    model = model_from_json(json.dumps(SEQUENTIAL_1))
    convolution, _, dropout, dense = model.layers
    assert convolution.kernel_size == (3, 5)
    assert float(convolution.kernel_regularizer.l2) == pytest.approx(0.1)
    assert (dropout.rate, dense.use_bias) == (0.25, False)
    assert model.predict(np.ones((2, 8, 8, 1))).shape == (2, 3)


COMMON_1 = {"init": "glorot_uniform", "activation": "linear", "bias": True, "trainable": True, "W_regularizer": None,
            "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None}  # fmt: skip
GONE = {
    "class_name": "Model",
    "config": {
        "name": "m",
        "layers": [
            {"class_name": "InputLayer", "name": "a", "inbound_nodes": [],
             "config": {"batch_input_shape": [None, 5, 4, 1], "input_dtype": "float32", "sparse": False, "name": "a"}},
            {"class_name": "LocallyConnected2D", "name": "l", "inbound_nodes": [[["a", 0, 0]]],
             "config": COMMON_1 | {"name": "l", "nb_filter": 2, "nb_row": 2, "nb_col": 3, "border_mode": "valid",
                                   "subsample": [1, 1], "dim_ordering": "tf"}},
            {"class_name": "Flatten", "name": "f", "inbound_nodes": [[["l", 0, 0]]], "config": {"name": "f"}},
            {"class_name": "Highway", "name": "h", "inbound_nodes": [[["f", 0, 0]]],
             "config": COMMON_1 | {"name": "h", "transform_bias": -3, "activation": "relu", "input_dim": None}},
            {"class_name": "Merge", "name": "s", "inbound_nodes": [[["f", 0, 0], ["h", 0, 0]]],
             "config": {"name": "s", "mode": "concat", "mode_type": "raw", "concat_axis": -1, "dot_axes": -1}},
            {"class_name": "MaxoutDense", "name": "d", "inbound_nodes": [[["s", 0, 0]]],
             "config": COMMON_1 | {"name": "d", "output_dim": 3, "nb_feature": 2, "input_dim": None}},
            {"class_name": "ParametricSoftplus", "name": "p", "inbound_nodes": [[["d", 0, 0]]],
             "config": {"name": "p", "alpha_init": 0.5, "beta_init": 2.0, "weights": None, "trainable": True}},
        ],
        "input_layers": [["a", 0, 0]],
        "output_layers": [["p", 0, 0]],
    },
}  # fmt: skip


def test_layers_that_only_keras_1_had_are_built_from_its_descriptions():
    from keras.models import model_from_json

    model = model_from_json(json.dumps(GONE))
    shapes = [[tuple(weight.shape) for weight in layer.weights] for layer in model.layers if layer.weights]
    local = [(8, 6, 2), (4, 2, 2)]
    assert shapes == [local, [(16, 16), (16, 16), (16,), (16,)], [(2, 32, 3), (2, 3)], [(3,), (3,)]]
    assert model.get_layer("h").get_weights()[3].tolist() == [-3] * 16
    assert model.predict(np.ones((2, 5, 4, 1))).shape == (2, 3)


INPUT = {"class_name": "InputLayer", "name": "a", "inbound_nodes": [],
         "config": {"batch_input_shape": [None, 4, 3], "dtype": "float32", "sparse": False, "name": "a"}}  # fmt: skip
GLOROT = {"class_name": "VarianceScaling",
          "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}  # fmt: skip
MODEL_2 = {
    "class_name": "Model",
    "keras_version": "2.1.6",
    "backend": "tensorflow",
    "config": {
        "name": "m",
        "layers": [
            INPUT,
            {"class_name": "GRU", "name": "g", "inbound_nodes": [[["a", 0, 0, {}]]],
             "config": {"name": "g", "units": 2, "activation": "tanh", "recurrent_activation": "hard_sigmoid",
                        "kernel_initializer": GLOROT, "implementation": 1, "return_sequences": False}},
            {"class_name": "Bidirectional", "name": "b", "inbound_nodes": [[["a", 0, 0, {}]]],
             "config": {"name": "b", "merge_mode": "concat",
                        "layer": {"class_name": "CuDNNLSTM", "config": {"name": "l", "units": 2}}}},
            {"class_name": "Concatenate", "name": "c", "inbound_nodes": [[["g", 0, 0, {}], ["b", 0, 0, {}]]],
             "config": {"name": "c", "axis": -1}},
            {"class_name": "Dense", "name": "o", "inbound_nodes": [[["c", 0, 0, {}]]],
             "config": {"name": "o", "units": 1, "activation": "sigmoid"}},
        ],
        "input_layers": [["a", 0, 0]],
        "output_layers": [["o", 0, 0]],
    },
}  # fmt: skip


def test_a_model_of_keras_2_is_built_with_the_defaults_of_its_time():
    from keras.models import model_from_json

    model = model_from_json(json.dumps(MODEL_2))
    gru = model.get_layer("g")
    assert gru.reset_after is False
    assert float(gru.cell.recurrent_activation(1.0)) == pytest.approx(0.7)  # 0.2 · x + 0.5
    assert model.get_layer("c").output.shape == (None, 6)
    assert model.predict(np.ones((2, 4, 3))).shape == (2, 1)


def test_what_is_no_model_is_refused():
    from keras.models import model_from_json

    with pytest.raises(FileError, match="class_name"):
        model_from_json("[1]")
    stuck = json.loads(json.dumps(MODEL_2))
    stuck["config"]["layers"][-1]["inbound_nodes"] = [[["nobody", 0, 0, {}]]]
    with pytest.raises(FileError, match="'o' that wait"):
        model_from_json(json.dumps(stuck))
