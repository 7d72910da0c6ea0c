"""`.keras` files: what is saved comes back, and training goes on as if nothing had happened."""

import json
import tracemalloc
import zipfile

import numpy as np
import pytest
from samples import CUSTOM, MODELS, assert_same, sequential

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, FileError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(48, 4)).astype("float32"), RNG.integers(0, 3, 48)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_saved_model_computes_the_same(make, tmp_path):
    model = make()
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects=CUSTOM)
    assert type(again) is type(model)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert_same(model, again)


@pytest.mark.parametrize(
    "optimizer",
    [
        "adam",
        keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        keras.optimizers.RMSprop(0.01, momentum=0.9, centered=True),
        keras.optimizers.Nadam(use_ema=True, clipnorm=1.0),
        keras.optimizers.Adam(gradient_accumulation_steps=2, amsgrad=True),
        keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)),
    ],
    ids=lambda optimizer: getattr(optimizer, "name", optimizer),
)
def test_training_after_loading_equals_training_that_never_stopped(optimizer, tmp_path):
    model = keras.Sequential(
        [
            layers.Dense(5, "relu", input_dim=4, kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    histories = []
    for each in (model, loaded):
        keras.utils.set_random_seed(7)  # the same shuffles and dropout in both
        histories.append(each.fit(X, Y, batch_size=16, epochs=2, verbose=0).history)
    assert histories[0] == histories[1]
    for one, two in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_a_learning_rate_that_was_changed_is_kept(tmp_path):
    model = sequential()
    model.fit(X, Y, verbose=0)
    model.optimizer.learning_rate = 0.0123
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert float(again.optimizer.learning_rate) == np.float32(0.0123)
    assert int(again.optimizer.iterations) == 2


def test_a_model_frozen_after_compile_goes_on_training_what_it_trained(tmp_path):
    model = sequential()
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False  # takes effect at the next compile only
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for each in (model, again):
        keras.utils.set_random_seed(7)
        each.fit(X, Y, verbose=0)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_weight_frozen_by_hand_stays_in_its_place(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.Dense(2)])
    model.layers[0].set_weights([np.full(4, number, "float32") for number in range(4)])
    before = model.get_weights()
    model.layers[0].weights[0].trainable = False
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one, two in zip(before, again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_compile_changes_no_order_of_weights():
    model = keras.Sequential([keras.Input((4,)), layers.BatchNormalization(), layers.Dense(2)])
    before = [weight.path for weight in model.weights]
    model.compile("sgd", "mse")
    assert [weight.path for weight in model.weights] == before


def test_without_compile_the_model_is_not_compiled(tmp_path):
    model = sequential()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    assert not again.compiled
    assert_same(model, again)


def test_the_optimizer_can_be_left_out(tmp_path):
    model = sequential()
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras", include_optimizer=False)
    again = keras.models.load_model(tmp_path / "model.keras")
    assert int(again.optimizer.iterations) == 0
    assert_same(model, again)


def test_the_file_is_a_plain_archive_in_the_layout_of_keras(tmp_path):
    sequential().save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(archive.read("metadata.json"))["keras_version"] == "3.15.1"
        config = json.loads(archive.read("config.json"))
    assert (config["module"], config["class_name"], config["registered_name"]) == ("keras", "Sequential", None)
    assert [layer["class_name"] for layer in config["config"]["layers"]] == ["InputLayer", "Dense", "Dropout", "Dense"]
    assert config["config"]["layers"][1]["config"]["dtype"]["class_name"] == "DTypePolicy"


def test_whole_numbers_that_a_model_of_the_users_reads_are_remembered(tmp_path):
    class Reader(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.table = layers.Embedding(10, 3)

        def call(self, x):
            return self.table(x)

    model = Reader()
    words = np.array([[1, 2], [3, 4]], "int32")
    before = model.predict(words, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects={"Reader": Reader})
    np.testing.assert_array_equal(again.predict(words, verbose=0), before)


def test_half_precision_comes_back_bit_for_bit(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="bfloat16"), layers.Dense(2, dtype="float16")])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [weight.dtype for weight in again.weights] == ["bfloat16", "bfloat16", "float16", "float16"]
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_loading_draws_no_random_number(tmp_path):
    sequential().save(tmp_path / "model.keras")
    keras.utils.set_random_seed(3)
    keras.models.load_model(tmp_path / "model.keras")
    after = layers.Dense(3)(np.ones((1, 4), "float32"))
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(after, layers.Dense(3)(np.ones((1, 4), "float32")))


def test_a_state_that_a_class_of_the_users_begins_with_survives_loading(tmp_path):
    class Watched(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(1)
            self.lowest = keras.metrics.Metric(name="lowest")
            self.lowest.value = self.lowest.add_variable((), keras.initializers.Constant(9.0), name="value")

        def call(self, x):
            return self.dense(x)

    model = Watched()
    model.predict(X, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", custom_objects={"Watched": Watched})
    assert float(again.lowest.value.numpy()) == 9.0


@pytest.mark.parametrize("name", ["model", "model.tf", "model.pkl"])
def test_other_formats_are_refused_with_the_name_to_write(name, tmp_path):
    with pytest.raises(FileError, match=r"ends in \.keras, \.h5 or \.hdf5; got .*Write .*model\.keras"):
        sequential().save(tmp_path / name)
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(FileError, match=r"a \.keras file, an \.h5 file of any Keras"):
        keras.models.load_model(tmp_path / name)


def test_a_file_that_stands_is_replaced_only_if_it_may_be(tmp_path):
    model = sequential()
    model.save(tmp_path / "model.keras")
    before = (tmp_path / "model.keras").read_bytes()
    with pytest.raises(FileError, match="overwrite=True"):
        model.save(tmp_path / "model.keras", overwrite=False)
    assert (tmp_path / "model.keras").read_bytes() == before


def test_a_missing_file_is_named_with_its_neighbours(tmp_path):
    sequential().save(tmp_path / "mnist.keras")
    with pytest.raises(FileError, match=r"mnst\.keras.*No such file.*mnist\.keras"):
        keras.models.load_model(tmp_path / "mnst.keras")


def test_a_model_that_cannot_be_described_leaves_the_old_file(tmp_path):
    class Odd(layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            return {"thing": object()}

    path = tmp_path / "model.keras"
    path.write_bytes(b"old")
    with pytest.raises(ArgumentError):
        keras.Sequential([keras.Input((2,)), Odd()]).save(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_model_is_opened_with_one_copy_of_its_weights(name, tmp_path):
    model = keras.Sequential([keras.Input((1024,)), layers.Dense(1024), layers.Dense(1024)])
    model.save(tmp_path / name)
    tracemalloc.start()
    try:
        again = keras.models.load_model(tmp_path / name)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    held = sum(weight.nbytes for weight in again.get_weights())  # 8 MiB, of which the largest array is one half
    assert most < 1.25 * held


def test_a_byte_that_changed_within_stored_weights_is_noticed(tmp_path):
    path = tmp_path / "model.keras"
    sequential().save(path)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("model.weights.h5")
    middle = member.header_offset + member.file_size // 2
    data[middle] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileError, match="model.weights.h5"):
        keras.models.load_model(path)
