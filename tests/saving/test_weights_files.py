"""`.weights.h5` files: all weights are set, or none."""

import h5py
import numpy as np
import pytest
from samples import MODELS, Net, assert_same, sequential

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import FileError, NotBuiltError


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_weights_go_from_one_model_to_its_like(make, tmp_path):
    model, other = make(), make()
    other.set_weights([weight + 1 for weight in other.get_weights()])
    model.save_weights(tmp_path / "x.weights.h5")
    other.load_weights(tmp_path / "x.weights.h5")
    assert_same(model, other)


def test_paths_are_those_of_keras(tmp_path):
    model = sequential()
    model.save_weights(tmp_path / "x.weights.h5")
    with h5py.File(tmp_path / "x.weights.h5") as file:
        paths = []
        file.visit(paths.append)
        assert [path for path in paths if isinstance(file[path], h5py.Dataset)] == [
            "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0", "layers/dense_1/vars/1"
        ]  # fmt: skip
        assert file["vars"].attrs["name"] == "chain"
        assert file["layers/dense_1/vars"].attrs["name"] == model.layers[2].name
        assert file["layers/dense/vars/0"].shape == (4, 5)


def test_paths_of_a_class_of_the_users_are_its_attributes(tmp_path):
    model = Net(4)
    model.build((None, 4))
    model.save_weights(tmp_path / "x.weights.h5")
    paths = set()
    with h5py.File(tmp_path / "x.weights.h5") as file:
        file.visititems(lambda path, item: paths.add(path) if isinstance(item, h5py.Dataset) else None)
    assert {"body/vars/0", "body/vars/1", "body/inner/dense/vars/0", "body/inner/dense_1/vars/1"} <= paths
    assert {"heads/dense/vars/0", "heads/dense_1/vars/0", "layers/dense_3/vars/0", "layers/dense/vars/0"} <= paths


def test_weights_are_read_from_a_model_file_too(tmp_path):
    model, other = sequential(), sequential()
    model.save(tmp_path / "model.keras")
    other.load_weights(tmp_path / "model.keras")
    assert_same(model, other)


def test_every_misfit_is_listed_and_nothing_changes(tmp_path):
    sequential().save_weights(tmp_path / "x.weights.h5")
    other = keras.Sequential(
        [layers.Dense(6, input_shape=(4,), name="wide"), layers.Dense(3, name="next"), layers.Dense(2, name="extra")]
    )
    before = other.get_weights()
    with pytest.raises(FileError) as caught:
        other.load_weights(tmp_path / "x.weights.h5")
    message = str(caught.value)
    for part in (
        "layers/dense (wide) kernel has shape (4, 6), the file (4, 5)",
        "layers/dense (wide) bias has shape (6,), the file (5,)",
        "layers/dense_1 (next) kernel has shape (6, 3), the file (5, 3)",
        "layers/dense_2 (extra) has 2 weights, the file 0",
        "skip_mismatch=True",
    ):
        assert part in message
    for one, two in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_weights_that_the_model_lacks_are_a_misfit(tmp_path):
    sequential().save_weights(tmp_path / "x.weights.h5")
    other = keras.Sequential([layers.Dense(5, input_shape=(4,))])
    with pytest.raises(FileError, match=r"layers/dense_1 \(dense.*\) is in the file only"):
        other.load_weights(tmp_path / "x.weights.h5")


def test_skip_mismatch_loads_what_fits_and_warns_of_the_rest(tmp_path):
    model = sequential()
    model.save_weights(tmp_path / "x.weights.h5")
    other = keras.Sequential([layers.Dense(5, input_shape=(4,)), layers.Dense(7)])
    last = other.get_weights()[2]
    with pytest.warns(UserWarning, match=r"not loaded.*\(5, 7\), the file \(5, 3\)"):
        other.load_weights(tmp_path / "x.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(other.get_weights()[2], last)


def test_by_name_loads_layers_of_the_same_names(tmp_path):
    model = keras.Sequential([layers.Dense(5, input_shape=(4,), name="a"), layers.Dense(3, name="b")])
    model.save_weights(tmp_path / "x.weights.h5")
    other = keras.Sequential(
        [keras.Input((5,)), layers.Dense(2, name="c"), layers.Dense(5, name="d"), layers.Dense(3, name="b")]
    )
    before = other.get_weights()
    other.load_weights(tmp_path / "x.weights.h5", by_name=True)
    after = other.get_weights()
    np.testing.assert_array_equal(after[4], model.get_weights()[2])
    for one, two in zip(before[:4], after[:4], strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_file_that_stands_is_replaced_only_if_it_may_be(tmp_path):
    sequential().save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(FileError, match="overwrite=True"):
        sequential().save_weights(tmp_path / "x.weights.h5", overwrite=False)


@pytest.mark.parametrize("name", ["x.ckpt", "x", "x.keras"])
def test_other_names_are_refused_with_the_name_to_write(name, tmp_path):
    with pytest.raises(FileError, match=r"ends in \.weights\.h5.*Write .*x.*\.weights\.h5"):
        sequential().save_weights(tmp_path / name)


@pytest.mark.parametrize("ending", ["weights.h5", "h5", "hdf5", "npz"])
def test_weights_go_through_every_format_by_content_and_not_by_name(ending, tmp_path):
    model, other = sequential(), sequential()
    model.save_weights(tmp_path / f"x.{ending}")
    (tmp_path / f"x.{ending}").rename(tmp_path / "weights")
    other.load_weights(tmp_path / "weights")
    assert_same(model, other)
    with pytest.raises(FileError, match="call its load_weights"):
        keras.models.load_model(tmp_path / "weights")


def test_arrays_in_the_order_of_get_weights_are_taken_from_an_npz_of_numpy(tmp_path):
    model, other = sequential(), sequential()
    np.savez(tmp_path / "x.npz", *model.get_weights())
    other.load_weights(tmp_path / "x.npz")
    assert_same(model, other)
    np.savez(tmp_path / "x.npz", *model.get_weights()[:-1])
    with pytest.raises(FileError, match="arr_0 is in the file only"):
        other.load_weights(tmp_path / "x.npz")


def test_a_model_without_weights_says_how_to_make_them(tmp_path):
    model = keras.Sequential([layers.Dense(3)])
    with pytest.raises(NotBuiltError, match="build"):
        model.save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(NotBuiltError, match="build"):
        model.load_weights(tmp_path / "x.weights.h5")


def test_the_optimizer_of_a_model_file_is_no_stranger(tmp_path):
    model = sequential()
    model.fit(np.zeros((4, 4), "float32"), np.zeros(4, int), verbose=0)
    model.save(tmp_path / "model.keras")
    other = sequential()
    other.load_weights(tmp_path / "model.keras")
    assert_same(model, other)
