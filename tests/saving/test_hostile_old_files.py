"""The same attacks on .h5 files, folders, lists of weights, .npz files and JSON: refused, and nothing is run."""

import json
import os
import pickle
import zipfile

import h5py
import numpy as np
import pytest
from test_hostile_files import HOSTILE

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import FileError
from hornbeam.saving.converting import convert_file
from hornbeam.saving.inspecting import inspect_file


def small():
    return keras.Sequential([keras.Input((4,)), layers.Dense(5, name="dense")], name="small")


@pytest.fixture
def whole(tmp_path):
    """A good .h5 file of a model, and what changes its description."""
    path = tmp_path / "model.h5"
    small().save(path)

    def change(alter):
        with h5py.File(path, "r+") as file:
            description = json.loads(file.attrs["model_config"])
            alter(description)
            del file.attrs["model_config_crc32"]  # as a file from elsewhere
            file.attrs["model_config"] = json.dumps(description)
        return path

    return change


class Touch:
    """A pickle of it makes a file when it is loaded."""

    def __reduce__(self):
        return os.system, ("touch pwned",)


ENTRIES = {
    "a function of another module": {"class_name": "system", "module": "os", "config": {"command": "touch pwned"}},
    "a downloader": {"class_name": "get_file", "module": "keras.utils", "config": {"origin": "http://127.0.0.1/x"}},
    "a switch of the library": {"class_name": "set_floatx", "module": "keras.config", "config": {"value": "float64"}},
    "torch.load in a wrapper": {"class_name": "TorchModuleWrapper", "config": {"module": "gAR9lC4="}},
    "a saved model of TensorFlow": {"class_name": "TFSMLayer", "config": {"filepath": "/etc"}},
    "bytecode of Keras 1": {
        "class_name": "Lambda",
        "config": {"name": "trick", "function": "4wEAAAA=", "function_type": "lambda"},
    },
    "bytecode of Keras 2": {
        "class_name": "Lambda",
        "config": {"name": "trick", "function": ["4wEAAAA=\n", None, None], "function_type": "lambda"},
    },
    "a function of a module by name": {
        "class_name": "Lambda",
        "config": {"name": "trick", "function": "system", "function_type": "function", "module": "os"},
    },
    "a vocabulary that is a file": {"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    "a vocabulary at an address": {"class_name": "StringLookup", "config": {"vocabulary": "http://127.0.0.1/words"}},
}


@pytest.mark.parametrize("trick", ENTRIES)
def test_the_layers_of_an_old_file_come_from_the_tables(trick, whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr("builtins.open", _noting(open, opened))
    path = whole(lambda description: description["config"]["layers"].append(ENTRIES[trick]))
    for mode in (True, False, None):  # no setting opens the door
        with pytest.raises(FileError, match=r"model\.h5, model_config"):
            keras.models.load_model(path, safe_mode=mode)
    with pytest.raises(FileError, match="model"):
        keras.models.model_from_json(json.dumps({"class_name": "Sequential", "config": [ENTRIES[trick]]}))
    with pytest.raises(FileError, match=r"model\.h5"):
        convert_file(path, "converted.keras")
    assert inspect_file(path).suspicious
    assert not [name for name in opened if "passwd" in str(name) or "words" in str(name)]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.h5"]
    assert keras.config.floatx() == "float32"


def _noting(function, names):
    def noted(name, *args, **kwargs):
        names.append(name)
        return function(name, *args, **kwargs)

    return noted


@pytest.mark.parametrize("function", ["io.read_file", "py_function", "os.system", "numpy_function"])
def test_a_dead_call_of_any_function_in_an_old_graph_is_refused(function, tmp_path):
    calls = [["x", 0, 0, {"filename": "/etc/passwd"}]]
    dead = {"class_name": "TFOpLambda", "name": "dead", "config": {"name": "dead", "function": function}}
    layers_of = [
        {"class_name": "InputLayer", "name": "x", "config": {"batch_input_shape": [None, 4], "name": "x"}},
        {"class_name": "Dense", "name": "d", "config": {"units": 2, "name": "d"}, "inbound_nodes": [[["x", 0, 0, {}]]]},
        {**dead, "inbound_nodes": calls},
    ]
    config = {"name": "m", "layers": layers_of, "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}
    with pytest.raises(FileError, match="a function of the table"):
        keras.models.model_from_json(json.dumps({"class_name": "Functional", "config": config}))


def test_settings_of_compile_in_an_old_file_come_from_the_tables(tmp_path):
    for settings in (
        {"optimizer_config": {"class_name": "os.system", "config": {}}, "loss": "mse"},
        {"optimizer_config": {"class_name": "Adam", "config": {}}, "loss": "os.system"},
        {"optimizer_config": {"class_name": "Dense", "config": {"units": 1}}, "loss": "mse"},
        {"optimizer_config": {"class_name": "TFOptimizer", "config": {}}, "loss": "mse"},
    ):
        path = tmp_path / "model.h5"
        small().save(path)
        with h5py.File(path, "r+") as file:
            file.attrs["training_config"] = json.dumps(settings)
        with pytest.raises(FileError, match=r"model\.h5, training_config"):
            keras.models.load_model(path)
        keras.models.load_model(path, compile=False)


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_an_old_file_that_reaches_out_or_swells_is_refused(attack, tmp_path):
    if attack.__name__ == "other_name":
        return  # names of arrays are free in this layout
    path = tmp_path / "x.h5"
    model = small()
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        file.create_group("layers/dense/vars").create_dataset("0", data=np.zeros((4, 5), "float32"))
        attack(file, tmp_path)
    before = model.get_weights()
    with pytest.raises(FileError, match=r"x\.h5"):
        model.load_weights(path)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def many_words(file):
    """Thousands of references to one long text."""
    text = h5py.string_dtype()
    file.attrs["layer_names"] = np.asarray(["x" * 60_000] * 3_000, dtype=object).astype(text)


def no_words(file):
    file.attrs["layer_names"] = np.arange(5)


def missing_group(file):
    file.attrs["layer_names"] = np.asarray([b"dense", b"other"], "S")


def outside_name(file):
    file.attrs["layer_names"] = np.asarray([b"../dense"], "S")


def missing_array(file):
    file["dense"].attrs["weight_names"] = np.asarray([b"dense/kernel:0", b"nothing"], "S")


@pytest.mark.parametrize("attack", [many_words, no_words, missing_group, outside_name, missing_array])
def test_names_in_an_old_file_lead_to_its_own_arrays(attack, tmp_path):
    path = tmp_path / "x.h5"
    model = small()
    model.save_weights(path)
    with h5py.File(path, "r+", libver="latest") as file:
        attack(file)
    with pytest.raises(FileError, match=r"x\.h5"):
        model.load_weights(path)


@pytest.mark.parametrize("units", [10**9, 10**15])
def test_an_old_description_cannot_ask_for_more_memory_than_the_weights_need(units, whole):
    path = whole(lambda description: description["config"]["layers"][-1]["config"].update(units=units))
    with pytest.raises(FileError, match=r"model\.h5"):
        keras.models.load_model(path)


# -- folders and lists -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../secret.weights.h5", "/etc/passwd", "model_00000.weights.h5", "other.h5", 3, None])
def test_a_list_of_weights_names_files_beside_it_only(name, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    small().save_weights(tmp_path / "secret.weights.h5")
    (inner / "model_00000.weights.h5").symlink_to(tmp_path / "secret.weights.h5")
    path = inner / "model.weights.json"
    path.write_text(json.dumps({"weight_map": {"/layers/dense/vars": name}}))
    with pytest.raises(FileError, match="inner"):
        small().load_weights(path)


def test_a_link_in_an_unpacked_model_is_passed_over(tmp_path):
    with zipfile.ZipFile(tmp_path / "good.keras", "w"):
        pass
    small().save(tmp_path / "good.keras")
    folder = tmp_path / "model"
    with zipfile.ZipFile(tmp_path / "good.keras") as archive:
        archive.extractall(folder)
    keras.models.load_model(folder)
    (folder / "model.weights.h5").rename(tmp_path / "outside.h5")
    (folder / "model.weights.h5").symlink_to(tmp_path / "outside.h5")
    with pytest.raises(FileError, match="a file of this name; got none"):
        keras.models.load_model(folder)


# -- npz and text ------------------------------------------------------------------------------------------------------


def npz(path, name="arr_0.npy", data=b"", compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(name, data)


def npy(shape, dtype="<f4", body=b""):
    header = str({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


@pytest.mark.parametrize(
    "data",
    [
        npy((10**6, 10**6, 10**3)),
        npy((-1,), body=bytes(4)),
        npy((2,), "|O", pickle.dumps([Touch(), 1])),
        npy((1,), [("a", "<f4")], bytes(4)),
        npy((1,), "<U4", bytes(16)),
        b"\x93NUMPY\x01\x00\x10\x00__import__('os')",
        b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
        pickle.dumps(Touch()),
        b"",
    ],
    ids=["huge", "negative", "objects", "records", "texts", "code", "nested", "pickle", "empty"],
)
def test_an_npz_holds_plain_arrays_or_is_refused(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    npz(tmp_path / "w.npz", data=data)
    with pytest.raises(FileError, match=r"w\.npz"):
        small().load_weights(tmp_path / "w.npz")
    assert not (tmp_path / "pwned").exists()


def test_an_npz_that_unpacks_to_too_much_is_refused(tmp_path):
    npz(tmp_path / "w.npz", data=npy((10**8,), body=bytes(4 * 10**8)), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FileError, match="at most"):
        small().load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04N.",
        b"!!python/object/apply:os.system ['touch pwned']",
        b"{",
        b'{"a": 1}',
        b"\x1f\x8b",
        b"{" * 99_999,
    ],
    ids=["empty", "pickle", "yaml", "cut", "other", "gzip", "deep"],
)
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.yaml", "m.pkl"])
def test_a_file_of_another_format_is_refused_whatever_its_name(name, content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    for read in (keras.models.load_model, small().load_weights, inspect_file):
        with pytest.raises(FileError, match=name):
            read(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_text_in_a_file_does_not_move_the_terminal(whole):
    path = whole(lambda description: description["config"].update(name="a\x1b[2Jb"))
    assert "\x1b" not in str(inspect_file(path))
