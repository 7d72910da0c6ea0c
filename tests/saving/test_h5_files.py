"""Files of Keras 1, 2 and 3 (golden/make_h5_files.py): Hornbeam computes what they computed there, and goes on."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from real_networks import FILES as REAL

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import FileError

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = GOLDEN / "h5_files"
with np.load(GOLDEN / "h5_files.npz") as _file:
    ARRAYS = {key: _file[key] for key in _file.files}
MODELS = sorted(
    path.name for path in FILES.iterdir() if path.suffix in (".h5", ".keras") and f"{path.name}/y/0" in ARRAYS
)
WHOLE = [name for name in MODELS if "weights" not in name]


def arrays(name, part):
    """The inputs or outputs of a file: one array, or a list of them."""
    found = [ARRAYS[key] for key in sorted(ARRAYS) if key.startswith(f"{name}/{part}/")]
    return found if len(found) > 1 else found[0]


def assert_computes(model, name):
    """A network gives what the Keras that wrote the file gave. 1e-5: float32 sums in another order."""
    found, wanted = model.predict(arrays(name, "x"), verbose=0), arrays(name, "y")
    for one, two in zip(*(value if isinstance(value, list) else [value] for value in (found, wanted)), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_of_any_keras_computes_what_it_computed_there(name):
    assert_computes(keras.models.load_model(FILES / name), name)


def losses_of(model, name):
    """The loss before each of ten training steps, as golden/make_h5_files.py takes it."""
    x, y, found = arrays(name, "x"), arrays(name, "target"), []
    for _ in range(len(ARRAYS[f"{name}/losses"])):
        lost = model.evaluate(x, y, verbose=0)
        found.append(lost[0] if isinstance(lost, list) else lost)
        model.train_on_batch(x, y)
    return found


# the nested networks are left out for their time
@pytest.mark.parametrize("name", [n for n in WHOLE if f"{n}/losses" in ARRAYS and "nested" not in n])
def test_training_follows_the_losses_of_the_keras_that_wrote_the_file(name):
    """Ten steps from where it stopped, with the settings of compile and the optimizer's state. 1e-4: float32 sums."""
    found = losses_of(keras.models.load_model(FILES / name), name)
    np.testing.assert_allclose(found, ARRAYS[f"{name}/losses"], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_file_of_any_keras_saved_again_is_the_same_model(name, ending, tmp_path):
    model = keras.models.load_model(FILES / name)
    model.save(tmp_path / f"again.{ending}")
    again = keras.models.load_model(tmp_path / f"again.{ending}")
    assert_computes(again, name)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["keras_1_weights.h5", "keras_1_model.h5", "cudnn_weights.h5"])
def test_weights_of_old_layers_are_rearranged_by_order_and_by_name(name):
    old = {"recurrent_activation": "hard_sigmoid_of_keras_2"}
    if name == "cudnn_weights.h5":
        inner = [layers.LSTM(3, return_sequences=True, name="lstm"), layers.GRU(2, name="gru")]
    else:
        inner = [
            layers.Conv1D(5, 3, name="conv"),
            layers.LSTM(3, return_sequences=True, name="lstm", **old),
            layers.GRU(2, reset_after=False, name="gru", **old),
            layers.Dense(2, name="dense"),
        ]
    model = keras.Sequential([keras.Input((6, 4)), *inner])
    first = model.get_weights()
    for by_name in (False, True):
        model.set_weights(first)
        model.load_weights(FILES / name, by_name=by_name)
        assert_computes(model, name)


@pytest.mark.parametrize("name", sorted(json.loads((FILES / "architectures.json").read_text())))
def test_an_architecture_in_json_of_any_keras_takes_the_weights_of_its_file(name):
    text = json.dumps(json.loads((FILES / "architectures.json").read_text())[name])
    model = keras.models.model_from_json(text)
    model.load_weights(FILES / f"{name}.h5")
    assert_computes(model, f"{name}.h5")


def test_an_architecture_of_keras_1_is_a_bare_list_of_layers():
    with h5py.File(FILES / "keras_1_model.h5") as file:
        text = file.attrs["model_config"]
    model = keras.models.model_from_json(text)
    assert [layer.name for layer in model.layers] == ["conv", "lstm", "gru", "drop", "dense"]
    assert [type(layer).__name__ for layer in model.layers] == ["Conv1D", "LSTM", "GRU", "Dropout", "Dense"]
    assert model.layers[1].kernel_regularizer.l2 == pytest.approx(0.01)
    assert model.layers[2].reset_after is False


def test_weights_in_several_files_and_an_unpacked_model_are_read():
    inner = [keras.Input((30,)), layers.Dense(40), layers.Dense(30), layers.Dense(4)]
    model = keras.Sequential(inner)
    model.load_weights(FILES / "shards.weights.json")
    assert_computes(model, "shards")
    assert_computes(keras.models.load_model(FILES / "unpacked"), "shards")


def test_frozen_weights_of_nested_models_come_behind_the_trained_ones():
    for word, ending in (("k2", "h5"), ("k3", "weights.h5")):
        model = keras.models.load_model(FILES / f"{word}_nested.h5")
        model.set_weights([weight * 0 for weight in model.get_weights()])
        model.load_weights(FILES / f"{word}_nested_weights.{ending}")
        assert_computes(model, f"{word}_nested_weights")


@pytest.mark.parametrize("make", REAL, ids=lambda make: make.__name__)
def test_a_real_file_of_weights_loads_by_order(make, real_data):
    """Keras computed real_weights.npz with the same network and file. 1e-4: 27 layers of sums in another order."""
    model = make(keras)
    model.load_weights(real_data / "weights" / REAL[make])
    x = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
    with np.load(GOLDEN / "real_weights.npz") as file:
        wanted = file[make.__name__]
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, atol=1e-4 * np.abs(wanted).max())


def test_weights_by_name_leave_the_other_layers_alone_and_misfits_are_all_listed(tmp_path):
    def net(*names, units=3):
        return keras.Sequential([keras.Input((3,)), *[layers.Dense(units, name=name) for name in names]])

    model, other = net("a", "b"), net("b", "c")
    model.save_weights(tmp_path / "w.h5")
    kept = other.get_weights()[2:]
    other.load_weights(tmp_path / "w.h5", by_name=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[2])
    np.testing.assert_array_equal(other.get_weights()[2], kept[0])
    wide = net("a", "b", units=4)
    before = wide.get_weights()
    with pytest.raises(FileError, match=r"a \(Dense\).*\(3, 4\) here and \(3, 3\) there; .*b \(Dense\)"):
        wide.load_weights(tmp_path / "w.h5")
    with pytest.warns(UserWarning, match="were not loaded"):
        wide.load_weights(tmp_path / "w.h5", skip_mismatch=True)
    with pytest.raises(FileError, match="1 layers with weights, the file 2"):
        net("a").load_weights(tmp_path / "w.h5")
    for one, two in zip(wide.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_list_of_names_too_long_for_one_attribute_is_split(tmp_path):
    names = [f"layer_{number}_{'x' * 30_000}" for number in range(6)]
    model = keras.Sequential([keras.Input((2,)), *[layers.Dense(2, name=name) for name in names]])
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        attributes = file["model_weights"].attrs
        assert "layer_names" not in attributes
        assert [name.decode() for n in range(3) for name in attributes[f"layer_names{n}"]] == names
    again = keras.models.load_model(tmp_path / "m.h5")
    assert [layer.name for layer in again.layers] == names
    for one, two in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_layers_that_keras_3_misreads_in_older_words_are_marked_as_its_own(tmp_path):
    """Its reader of .h5 files forgets lists of axes and takes "dot" for a function; a module keeps it from both."""
    x = keras.Input((3, 4), name="x")
    scaled = layers.LayerNormalization(axis=(1, 2), name="moments")(layers.Softmax(axis=(1, 2), name="shares")(x))
    plain = layers.LayerNormalization(name="plain")(layers.Attention(name="looks")([scaled, x]))
    model = keras.Model(x, plain)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert file.attrs["keras_version"] == "2.15.0"
        entries = json.loads(file.attrs["model_config"])["config"]["layers"]
    marked = {entry["name"] for entry in entries if entry.get("module") == "keras.layers"}
    assert marked == {"moments", "shares", "looks"}
    data = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    again = keras.models.load_model(tmp_path / "m.h5")
    np.testing.assert_array_equal(again.predict(data, verbose=0), model.predict(data, verbose=0))


def test_training_in_an_h5_file_is_told_in_the_words_and_the_order_of_keras_2(tmp_path):
    """Which tests/golden/check_resumed_training.py has shown to go on there; here it goes on too."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="dense")])
    adam = keras.optimizers.Adam(0.1, beta_1=0.0, name="adam")
    model.compile(adam, "mse", metrics=["mse", keras.metrics.TopKCategoricalAccuracy(2)])
    x, y = np.eye(4, dtype="float32"), np.ones((4, 3), "float32")
    model.train_on_batch(x, y)
    adam.learning_rate = 0.02
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        settings = json.loads(file.attrs["training_config"])
        group = file["optimizer_weights"]
        shapes = [group[name].shape for name in group.attrs["weight_names"]]
    words = {"name", "learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"}
    assert set(settings["optimizer_config"]["config"]) == words
    assert (settings["loss"], settings["metrics"][0]) == ("mean_squared_error", "mse")
    assert set(settings["metrics"][1]["config"]) == {"k", "name"}
    assert shapes == [(), (4, 3), (3,), (4, 3), (3,)]  # the step, the first moments, the second ones
    again = keras.models.load_model(tmp_path / "m.h5")
    assert (again.optimizer.beta_1, float(again.optimizer.learning_rate)) == (0.0, np.float32(0.02))
    for one, two in zip(again.optimizer.variables, adam.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_half_precision_is_kept_or_cast_as_the_caller_asks(ending, tmp_path):
    inner = [layers.Dense(3, dtype="bfloat16"), layers.Dense(2, dtype="float16"), layers.Dense(2)]
    model = keras.Sequential([keras.Input((4,)), *inner])
    model.save(tmp_path / f"m.{ending}")
    for dtype, wanted in ((None, ["bfloat16", "float16", "float32"]), ("float32", ["float32"] * 3)):
        again = keras.models.load_model(tmp_path / f"m.{ending}", dtype=dtype)
        assert [layer.kernel.dtype for layer in again.layers] == wanted
        for one, two in zip(again.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(np.asarray(one, "float32"), np.asarray(two, "float32"))


@pytest.mark.parametrize("target", ["m.keras", "m.h5", "m.weights.h5", "m.npz", "m.json"])
def test_convert_writes_what_the_ending_says(target, tmp_path):
    name = "keras_1_model.h5"
    keras.saving.convert_file(FILES / name, tmp_path / target)
    with pytest.raises(FileError, match="a name that is free"):
        keras.saving.convert_file(FILES / name, tmp_path / target)
    model = keras.models.load_model(FILES / name)
    if target in ("m.keras", "m.h5"):
        model = keras.models.load_model(tmp_path / target)
    elif target == "m.json":
        assert [layer.name for layer in keras.models.model_from_json((tmp_path / target).read_text()).layers] == [
            layer.name for layer in model.layers
        ]
    else:
        model.set_weights([weight * 0 for weight in model.get_weights()])
        model.load_weights(tmp_path / target)
    assert_computes(model, name)


def test_inspect_tells_what_a_file_holds_without_building_it(monkeypatch):
    monkeypatch.setattr(layers.Layer, "add_weight", None)
    found = keras.saving.inspect_file(FILES / "k2_chain.h5")
    assert found.version == "2.21.0"
    assert [kind for _, kind, _ in found.layers] == [
        "Sequential", "InputLayer", "Dense", "BatchNormalization", "Dropout", "Dense"
    ]  # fmt: skip
    assert found.settings["optimizer"].startswith("Adam(")
    assert ("model_weights/dense/dense/kernel:0", (4, 5), "float32", 80) in found.arrays
    assert found.suspicious == []
    assert "Keras 2.21.0" in str(found)
    for name in MODELS:
        assert keras.saving.inspect_file(FILES / name).suspicious == []
