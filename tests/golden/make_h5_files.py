"""Makes h5_files/: small .h5 and .keras files of Keras 2 (tf_keras) and Keras 3, and h5_files.npz.

    KERAS_2=folder .venv-bench/bin/python tests/golden/make_h5_files.py

where the folder holds tf_keras (``pip install --no-deps --target folder tf_keras``). For every file the npz has the
inputs and the outputs that the Keras which wrote it gave; for those with ``losses`` the losses of ten more steps.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
sys.path.append(os.environ["KERAS_2"])

import h5py
import keras as keras_3
import numpy as np
import tf_keras as keras_2

FOLDER = Path(__file__).parent / "h5_files"
RNG = np.random.default_rng(0)
ARRAYS = {}


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def shaken(model):
    """A model whose weights are all numbers of chance, so that no two could be exchanged unnoticed."""
    model.set_weights([np.abs(normal(*w.shape)) * 0.3 + 0.1 for w in model.get_weights()])
    return model


def chain(keras):
    """A Sequential whose first layer says the input's shape, compiled, with dropout and batch statistics."""
    layers = keras.layers
    first = layers.Dense(5, "relu", input_shape=(4,)) if keras is keras_2 else layers.Dense(5, "relu")
    model = keras.Sequential([first, layers.BatchNormalization(), layers.Dropout(0.0), layers.Dense(2, "softmax")])
    model.build((None, 4))
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model, normal(6, 4), np.eye(2, dtype="float32")[RNG.integers(0, 2, 6)]


def momentum(keras):
    model = keras.Sequential([keras.layers.InputLayer((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    return model, normal(8, 3), normal(8, 1)


def pictures(keras):
    layers = keras.layers
    x = keras.Input((8, 8, 3))
    y = layers.ZeroPadding2D(1)(x)
    y = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(y)
    y = layers.DepthwiseConv2D(3, strides=2)(y)
    y = layers.SeparableConv2D(5, 2, padding="same")(layers.LeakyReLU()(y))
    y = layers.Conv2DTranspose(3, 2, strides=2)(layers.MaxPooling2D(2)(y))
    y = layers.Concatenate()([y, layers.Activation("sigmoid")(y)])
    y = layers.Dense(2)(layers.Flatten()(layers.PReLU(shared_axes=[1, 2])(y)))
    return keras.Model(x, y), normal(3, 8, 8, 3), None


def sequences(keras):
    layers = keras.layers
    x = keras.Input((6,))
    y = layers.Embedding(10, 4, mask_zero=True)(x)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
    y = layers.GRU(3, return_sequences=True, reset_after=False)(y)
    y = layers.GRU(4, return_sequences=True)(y)
    y = layers.TimeDistributed(layers.Dense(4, "tanh"))(y)
    y = layers.Conv1D(3, 2, padding="causal")(layers.SimpleRNN(4, return_sequences=True)(y))
    y = layers.LayerNormalization()(y)
    tokens = RNG.integers(1, 10, (5, 6)).astype("float32")
    return keras.Model(x, layers.GlobalAveragePooling1D()(y)), tokens, None


def attention(keras):
    layers = keras.layers
    a, b = keras.Input((5, 4), name="a"), keras.Input((3, 4), name="b")
    y = layers.MultiHeadAttention(2, 3)(a, b)
    y = layers.Add()([y, a])
    y, state = layers.GRU(4, return_sequences=True, return_state=True)(y)
    y = layers.LSTM(4, return_sequences=True)(y, initial_state=[state, state])
    y = layers.Attention()([y, b])
    return keras.Model([a, b], [y, state]), [normal(2, 5, 4), normal(2, 3, 4)], None


def nested(keras):
    """Models within a model, one of them used twice and one frozen in part."""
    layers = keras.layers
    chain = keras.Sequential([layers.Dense(4), layers.BatchNormalization(), layers.Dense(3)], name="chain")
    inner_in = keras.Input((3,))
    inner = keras.Model(inner_in, [layers.Dense(2)(inner_in), layers.Dense(1)(inner_in)], name="inner")
    x = keras.Input((4,))
    y = chain(x)
    left, right = inner(y)
    again, _ = inner(layers.Dense(3)(y))
    model = keras.Model(x, [layers.Concatenate()([left, again]), right, chain(layers.Dense(4)(left))])
    chain.layers[0].trainable = False
    model.compile(keras.optimizers.RMSprop(0.01), "mse")
    return model, normal(4, 4), [normal(4, 4), normal(4, 1), normal(4, 3)]


def keep(path, model, x, y, losses=True):
    """Notes what a model gives for x, saves it, and what it loses in ten more steps."""
    name = path.name
    if y is not None:
        for _ in range(3):
            model.train_on_batch(x, y)
    for number, array in enumerate(x if isinstance(x, list) else [x]):
        ARRAYS[f"{name}/x/{number}"] = array
    out = model.predict(x, verbose=0)
    for number, array in enumerate(out if isinstance(out, list) else [out]):
        ARRAYS[f"{name}/y/{number}"] = array
    model.save(path)
    if y is not None and losses:
        for number, array in enumerate(y if isinstance(y, list) else [y]):
            ARRAYS[f"{name}/target/{number}"] = array
        # test_on_batch before each step: the same number in every Keras, whatever train_on_batch reports
        found = []
        for _ in range(10):
            lost = model.evaluate(x, y, verbose=0)
            found.append(lost[0] if isinstance(lost, list) else lost)
            model.train_on_batch(x, y)
        ARRAYS[f"{name}/losses"] = np.asarray(found, "float32")


# -- Keras 1, and CuDNN's layers: files made by hand, read by Keras 2 for the outputs ----------------------------------


def keras_1_weights(path, groups):
    """A weight file as Keras 1 wrote it: no version, arrays by layer."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.asarray([name.encode() for name in groups], "S")
        for name, arrays in groups.items():
            group = file.create_group(name)
            names = [f"{name}_W_{number}".encode() for number in range(len(arrays))]
            group.attrs["weight_names"] = np.asarray(names, "S") if names else np.zeros(0, "S1")
            for word, array in zip(names, arrays, strict=True):
                group.create_dataset(word.decode(), data=array)


def keras_1():
    """Networks of today's layers, and the weights as Keras 1 laid them out."""
    layers = keras_2.layers
    old = {"recurrent_activation": "hard_sigmoid"}
    x = keras_2.Input((6, 4), name="x")
    y = layers.Conv1D(5, 3, name="conv")(x)
    y = layers.LSTM(3, return_sequences=True, name="lstm", **old)(y)
    y = layers.GRU(2, reset_after=False, name="gru", **old)(y)
    model = shaken(keras_2.Model(x, layers.Dense(2, name="dense")(y)))
    groups = {layer.name: layer.get_weights() for layer in model.layers}
    kernel, bias = groups["conv"]
    groups["conv"] = [kernel[:, None], bias]
    for name, order, there in (("lstm", 4, (0, 2, 1, 3)), ("gru", 3, (0, 1, 2))):
        kernel, recurrent, bias = (np.split(array, order, axis=-1) for array in groups[name])
        groups[name] = [part[gate] for gate in there for part in (kernel, recurrent, bias)]
    path = FOLDER / "keras_1_weights.h5"
    keras_1_weights(path, groups)
    check = keras_2.models.clone_model(model)
    check.load_weights(path)
    data = normal(3, 6, 4)
    ARRAYS[f"{path.name}/x/0"], ARRAYS[f"{path.name}/y/0"] = data, check.predict(data, verbose=0)
    np.testing.assert_allclose(ARRAYS[f"{path.name}/y/0"], model.predict(data, verbose=0), atol=1e-6)
    keras_1_model(path, groups)


def keras_1_model(weights, groups):
    """The same network as a whole model in Keras 1's words."""
    plain = {"init": "glorot_uniform", "W_regularizer": None, "b_regularizer": None, "W_constraint": None}
    plain |= {"b_constraint": None, "activity_regularizer": None, "bias": True, "trainable": True}
    recurrent = {
        "inner_init": "orthogonal",
        "activation": "tanh",
        "inner_activation": "hard_sigmoid",
        "go_backwards": False,
    }
    recurrent |= {"U_regularizer": None, "dropout_W": 0.0, "dropout_U": 0.0, "stateful": False, "unroll": False}
    recurrent |= {"consume_less": "cpu", "input_dim": 5, "input_length": None, "trainable": True, "init": "uniform"}
    recurrent |= {"W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, "b_regularizer": None}
    conv = {"nb_filter": 5, "filter_length": 3, "border_mode": "valid", "subsample_length": 1, "activation": "linear"}
    conv |= {"batch_input_shape": [None, 6, 4], "input_dtype": "float32", "input_dim": 4, "input_length": None}
    layers = [
        {"class_name": "Convolution1D", "config": {"name": "conv", **plain, **conv}},
        {
            "class_name": "LSTM",
            "config": {
                "name": "lstm",
                **recurrent,
                "output_dim": 3,
                "return_sequences": True,
                "forget_bias_init": "one",
            },
        },
        {"class_name": "GRU", "config": {"name": "gru", **recurrent, "output_dim": 2, "return_sequences": False}},
        {"class_name": "Dropout", "config": {"name": "drop", "p": 0.5, "trainable": True}},
        {"class_name": "Dense", "config": {"name": "dense", **plain, "output_dim": 2, "activation": "linear"}},
    ]
    optimizer = {"class_name": "SGD", "config": {"lr": 0.1, "decay": 0.5, "momentum": 0.0, "nesterov": False}}
    path = FOLDER / "keras_1_model.h5"
    with h5py.File(path, "w") as file, h5py.File(weights) as other:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers}).encode()
        settings = {"optimizer_config": optimizer, "loss": "mse", "metrics": [], "sample_weight_mode": None}
        file.attrs["training_config"] = json.dumps(settings).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.asarray([layer["config"]["name"].encode() for layer in layers], "S")
        for name in ("conv", "lstm", "gru", "dense"):
            other.copy(name, group)
        group.create_group("drop").attrs["weight_names"] = np.zeros(0, "S1")
    for part in ("x", "y"):
        ARRAYS[f"{path.name}/{part}/0"] = ARRAYS[f"{weights.name}/{part}/0"]


def cudnn():
    """Weights of CuDNNLSTM and CuDNNGRU, which Keras 2 turns into those of LSTM and GRU."""
    path = FOLDER / "cudnn_weights.h5"
    arrays = {"lstm": [normal(4, 12), normal(3, 12), normal(24)], "gru": [normal(3, 6), normal(2, 6), normal(12)]}
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.asarray([b"x", b"lstm", b"gru"], "S")
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.2.4"
        file.create_group("x").attrs["weight_names"] = np.zeros(0, "S1")
        for name, three in arrays.items():
            names = [f"{name}/{word}:0".encode() for word in ("kernel", "recurrent_kernel", "bias")]
            group = file.create_group(name)
            group.attrs["weight_names"] = np.asarray(names, "S")
            for word, array in zip(names, three, strict=True):
                group.create_dataset(word.decode(), data=array)
    x = keras_2.Input((6, 4), name="x")
    y = keras_2.layers.LSTM(3, return_sequences=True, name="lstm")(x)
    model = keras_2.Model(x, keras_2.layers.GRU(2, name="gru")(y))
    model.load_weights(path)
    data = normal(3, 6, 4)
    ARRAYS[f"{path.name}/x/0"], ARRAYS[f"{path.name}/y/0"] = data, model.predict(data, verbose=0)


def functions():
    """Functions of TensorFlow between the layers of Keras 2."""
    x = keras_2.Input((4,))
    y = keras_2.layers.Dense(3)(x)
    y = 1.0 - y * 2.0 + y / (y * y + 1.0)
    return keras_2.Model(x, y), normal(5, 4), None


def shards():
    """Weights of Keras 3 in two files, and an unpacked .keras file."""
    layers = keras_3.layers
    model = keras_3.Sequential(
        [keras_3.Input((30,)), layers.Dense(40), layers.Dense(30), layers.Dense(4)], name="shards"
    )
    x = normal(3, 30)
    ARRAYS["shards/x/0"], ARRAYS["shards/y/0"] = x, model.predict(x, verbose=0)
    model.save_weights(FOLDER / "shards.weights.json", max_shard_size=0.000006)
    shutil.rmtree(FOLDER / "unpacked", ignore_errors=True)
    model.save(FOLDER / "unpacked", zipped=False)


def main():
    FOLDER.mkdir(exist_ok=True)
    architectures = {}
    for keras, word in ((keras_2, "k2"), (keras_3, "k3")):
        keras.utils.set_random_seed(0)
        for make in (chain, momentum, pictures, sequences, attention, nested):
            keras.backend.clear_session()
            name = f"{word}_{make.__name__}"
            model, x, y = make(keras)
            shaken(model)
            architectures[name] = json.loads(model.to_json())
            if keras is keras_2 or make in (chain, momentum):  # first: Keras 3 forgets the optimizer's words after .h5
                keep(FOLDER / f"{name}.keras", model, x, y)
            keep(FOLDER / f"{name}.h5", model, x, y)
            if make is nested:
                model.save_weights(FOLDER / f"{name}_weights.{'weights.' if keras is keras_3 else ''}h5")
                ARRAYS[f"{name}_weights/x/0"] = x
                for number, array in enumerate(model.predict(x, verbose=0)):
                    ARRAYS[f"{name}_weights/y/{number}"] = array
    model, x, y = functions()
    keep(FOLDER / "k2_functions.h5", shaken(model), x, y)
    keras_2.utils.set_random_seed(0)
    model, x, y = chain(keras_2)
    model.compile(keras_2.optimizers.legacy.Adam(0.01, decay=0.1), "categorical_crossentropy", metrics=["accuracy"])
    keep(FOLDER / "k2_older_adam.h5", shaken(model), x, y)
    keras_1()
    cudnn()
    shards()
    (FOLDER / "architectures.json").write_text(json.dumps(architectures))
    np.savez_compressed(FOLDER.parent / "h5_files.npz", **ARRAYS)
    sizes = {path.name: path.stat().st_size for path in sorted(FOLDER.rglob("*")) if path.is_file()}
    print(f"h5_files: {len(sizes)} files, {sum(sizes.values()) / 1000:.0f} kB, {max(sizes.values())} the largest")


if __name__ == "__main__":
    main()
