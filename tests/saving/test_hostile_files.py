"""Files from strangers: what they must not do, they cannot; what is damaged is named."""

import io
import json
import os
import random
import warnings
import zipfile

import h5py
import numpy as np
import pytest
from samples import sequential

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import FileError
from hornbeam.saving import hdf5

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good file, and its members."""
    path = tmp_path_factory.mktemp("whole") / "model.keras"
    model = sequential()
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return path.read_bytes(), {name: archive.read(name) for name in archive.namelist()}, model.get_weights()


@pytest.fixture
def load(tmp_path, whole):
    """Loads the good file with members replaced (None leaves one out)."""

    def load_changed(compression=zipfile.ZIP_STORED, **members):
        named = {"config": CONFIG, "weights": WEIGHTS, "metadata": METADATA}
        changed = {**whole[1], **{named.get(key, key): value for key, value in members.items()}}
        with zipfile.ZipFile(tmp_path / "model.keras", "w", compression) as archive:
            for name, data in changed.items():
                if data is not None:
                    archive.writestr(name, data)
        return keras.models.load_model(tmp_path / "model.keras")

    return load_changed


@pytest.fixture
def described(load, whole):
    """Loads the good file with a changed description."""

    def load_described(change):
        config = json.loads(whole[1][CONFIG])
        change(config)
        return load(config=json.dumps(config).encode())

    return load_described


def refusal(function, *args):
    """The FileError of a call, or what it returned."""
    try:
        return function(*args)
    except FileError as error:
        return error


# -- descriptions that name what they should not -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        {"module": "os", "class_name": "system", "config": {"command": "touch pwned"}, "registered_name": None},
        {"module": "builtins", "class_name": "eval", "config": {"source": "1"}, "registered_name": None},
        {
            "module": "subprocess",
            "class_name": "Popen",
            "config": {"args": ["touch", "pwned"]},
            "registered_name": "Popen",
        },
        {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "http://x"}, "registered_name": None},
        {"module": "hornbeam.core.registry", "class_name": "CustomObjectScope", "config": {}, "registered_name": None},
        {"module": "keras.src.ops.numpy", "class_name": "system", "config": {"name": "x"}, "registered_name": "system"},
        {"module": "builtins", "class_name": "function", "config": "os.system", "registered_name": "os.system"},
        {"module": "keras.optimizers", "class_name": "SGD", "config": {}, "registered_name": None},
    ],
    ids=lambda entry: f"{entry['module']}.{entry['class_name']}",
)
def test_a_class_outside_of_the_tables_is_refused(entry, described, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=r"model\.keras, config\.json"):
        described(lambda config: config["config"]["layers"].insert(1, entry))
    with pytest.raises(FileError, match=r"model\.keras, config\.json"):
        described(lambda config: config.update(entry))
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("module", ["keras.src.ops.numpy", "keras.src.ops.core", "keras.ops"])
@pytest.mark.parametrize("name", ["system", "Load", "VectorizedMap", "__import__", "PythonFunction"])
def test_a_call_between_layers_of_anything_else_is_refused(module, name, described):
    def change(config):
        layer = dict(config["config"]["layers"][1])
        tensor = {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["x", 0, 0]},
        }
        call = {"args": [tensor, "touch pwned"], "kwargs": {}}
        entry = {
            "class_name": "InputLayer",
            "module": "keras.layers",
            "config": {"batch_shape": [None, 4], "name": "x"},
        }
        config.update(
            class_name="Functional", module="keras.src.models.functional", build_config=None, compile_config=None
        )
        config["config"] = {
            "name": "f",
            "trainable": True,
            "layers": [
                {**entry, "name": "x", "inbound_nodes": []},
                {**layer, "name": "d", "inbound_nodes": [{"args": [tensor], "kwargs": {}}]},
                {"module": module, "class_name": name, "config": {}, "name": "dead", "inbound_nodes": [call]},
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["d", 0, 0]],
        }

    with pytest.raises(FileError, match="config.json"):
        described(change)


@pytest.mark.parametrize("function", ["relu", "Dense", "adam", "os.system", "print"])
def test_a_loss_is_a_loss(function, described):
    with pytest.raises(FileError, match="config.json"):
        described(lambda config: config["compile_config"].update(loss={
            "module": "builtins", "class_name": "function", "config": function, "registered_name": "function"
        }))  # fmt: skip


def test_the_bytecode_of_a_lambda_is_never_run(described, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = {
        "class_name": "__lambda__",
        "config": {"code": "4wEAAAAAAAAAAAAAAAMAAAAE", "defaults": None, "closure": None},
    }
    entry = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "trick", "function": code}}
    with pytest.raises(FileError, match="bytecode.*custom_objects"):
        described(lambda config: config["config"]["layers"].append(entry))


def test_no_setting_opens_the_door(tmp_path):
    model = keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x + 1, name="plus")])
    model.save(tmp_path / "model.keras")
    for mode in (True, False, None):
        with pytest.raises(FileError, match="custom_objects"):
            keras.models.load_model(tmp_path / "model.keras", safe_mode=mode)


@pytest.mark.parametrize("value", [10**9, 10**15, [10**6, 10**6]])
def test_a_description_cannot_ask_for_more_memory_than_the_weights_need(value, described):
    def change(config):
        config["config"]["layers"][1]["config"]["units"] = value if isinstance(value, int) else value[0]

    with pytest.raises(FileError, match=r"config\.json|model\.keras"):
        described(change)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"3", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"class_name": []}']
)
def test_a_description_that_is_none_is_refused(text, load):
    with pytest.raises(FileError, match=r"config\.json"):
        load(config=text)


def test_every_part_of_a_description_can_be_wrong(described):
    """Values of every place in the description are replaced by others: an error that names the file, or a model."""
    chance = random.Random(0)
    wrong = [None, -1, 10**12, "x", [], {}, {"class_name": "Dense", "config": {}}, [[None]], 1e308, True]

    def places(value, found):
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
        for key, item in items:
            found.append((value, key))
            places(item, found)
        return found

    def change(config):
        holder, key = chance.choice(places(config, []))
        holder[key] = chance.choice(wrong)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = [refusal(described, change) for _ in range(150)]
    assert all("model.keras" in str(answer) for answer in answers if isinstance(answer, FileError))


# -- archives ----------------------------------------------------------------------------------------------------------


def test_members_with_paths_are_never_written(load, tmp_path):
    load(**{"../outside": b"x", "/tmp/hornbeam-outside": b"x", "assets/../../outside": b"x"})
    assert not (tmp_path.parent / "outside").exists()
    assert not os.path.exists("/tmp/hornbeam-outside")


@pytest.mark.parametrize("member", ["config", "weights", "metadata"])
def test_a_missing_member_is_named(member, load):
    with pytest.raises(FileError, match="one member of this name; got 0"):
        load(**{member: None})


def test_two_members_of_one_name_are_refused(whole, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(whole[0])
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(CONFIG, b"{}")
    with pytest.raises(FileError, match="one member of this name; got 2"):
        keras.models.load_model(path)


def test_a_member_that_unpacks_to_too_much_is_refused(load):
    with pytest.raises(FileError, match="at most .* bytes"):
        load(zipfile.ZIP_DEFLATED, config=b" " * 50_000_000)
    with pytest.raises(FileError, match=r"at most .* bytes.*max_bytes"):
        load(zipfile.ZIP_DEFLATED, weights=bytes(50_000_000))


def test_other_compressions_are_refused(load):
    with pytest.raises(FileError, match="stored or deflated"):
        load(zipfile.ZIP_LZMA)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(content, tmp_path):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(FileError, match=r"model\.keras"):
        keras.models.load_model(tmp_path / "model.keras")


def test_a_file_cut_off_anywhere_is_refused(whole, tmp_path):
    path = tmp_path / "model.keras"
    for place in np.linspace(0, len(whole[0]) - 1, 30).astype(int):
        path.write_bytes(whole[0][:place])
        with pytest.raises(FileError, match=r"model\.keras"):
            keras.models.load_model(path)


def test_a_flipped_byte_is_noticed_or_does_no_harm(whole, tmp_path):
    path = tmp_path / "model.keras"
    chance = random.Random(0)
    refused = 0
    for place in chance.sample(range(len(whole[0])), 100):
        changed = bytearray(whole[0])
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        model = refusal(keras.models.load_model, path)
        if isinstance(model, FileError):
            assert "model.keras" in str(model)
            refused += 1
            continue
        for one, two in zip(model.get_weights(), whole[2], strict=True):
            np.testing.assert_array_equal(one, two)
    assert refused > 80


def test_a_flipped_byte_in_a_file_of_weights_is_noticed_or_does_no_harm(tmp_path):
    model, other = sequential(), sequential()
    path = tmp_path / "x.weights.h5"
    model.save_weights(path)
    content = path.read_bytes()
    before = other.get_weights()
    chance = random.Random(1)
    refused = 0
    for place in chance.sample(range(len(content)), 100):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        other.set_weights(before)
        error = refusal(other.load_weights, path)
        assert error is None or "x.weights.h5" in str(error)
        refused += error is not None
        wanted = model.get_weights() if error is None else before
        for one, two in zip(other.get_weights(), wanted, strict=True):
            np.testing.assert_array_equal(one, two)
    assert refused > 30  # the rest is empty room


# -- HDF5 --------------------------------------------------------------------------------------------------------------


def weights_file(change):
    """A good weights file, changed."""
    buffer = io.BytesIO(hdf5.write({"layers/dense": hdf5.Group("dense", [np.zeros((4, 5), "float32")])}))
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def secret(tmp_path):
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["data"] = np.full((4, 5), 7.0, "float32")
    (tmp_path / "secret.raw").write_bytes(b"7" * 80)
    return path


def external_link(file, tmp_path):
    file["layers/dense/vars/1"] = h5py.ExternalLink(str(secret(tmp_path)), "/data")


def external_group(file, tmp_path):
    file["layers/other"] = h5py.ExternalLink(str(secret(tmp_path)), "/")


def soft_link(file, tmp_path):
    file["layers/dense/vars/1"] = h5py.SoftLink("/layers/dense/vars/0")


def external_data(file, tmp_path):
    secret(tmp_path)
    outside = [(str(tmp_path / "secret.raw"), 0, 80)]
    file.create_dataset("layers/dense/vars/1", (4, 5), "float32", external=outside)


def virtual_data(file, tmp_path):
    layout = h5py.VirtualLayout((4, 5), "float32")
    layout[:] = h5py.VirtualSource(str(secret(tmp_path)), "data", (4, 5))
    file.create_virtual_dataset("layers/dense/vars/1", layout)


def huge_shape(file, tmp_path):
    file.create_dataset("layers/dense/vars/1", (10**6, 10**6, 10**3), "float32")


def huge_chunked_shape(file, tmp_path):
    file.create_dataset("layers/dense/vars/1", (10**6, 10**6), "float32", chunks=(10, 10))


def bomb(file, tmp_path):
    file.create_dataset(
        "layers/dense/vars/1", (5000, 5000), "float32", data=np.zeros((5000, 5000), "float32"), compression=9
    )


def huge_chunk(file, tmp_path):
    file.create_dataset("layers/dense/vars/1", (2, 2), "float32", chunks=(30000, 30000), maxshape=(None, None))


def text(file, tmp_path):
    file["layers/dense/vars/1"] = ["a", "b"]


def compound(file, tmp_path):
    file["layers/dense/vars/1"] = np.zeros(3, [("a", "f4"), ("b", "f4")])


def reference(file, tmp_path):
    file.create_dataset("layers/dense/vars/1", data=file["layers"].ref, dtype=h5py.ref_dtype)


def named_type(file, tmp_path):
    file["layers/dense/vars/1"] = np.dtype("f8")


def group_in_itself(file, tmp_path):
    file["layers/dense/again"] = file["layers"]


def unknown_filter(file, tmp_path):
    file.create_dataset(
        "layers/dense/vars/1", (4, 5), "float32", chunks=(4, 5), compression=32015, allow_unknown_filter=True
    )


def other_name(file, tmp_path):
    file["layers/dense/vars/kernel"] = np.zeros(3)


def empty(file, tmp_path):
    file["layers/dense/vars/1"] = h5py.Empty("f4")


HOSTILE = (
    external_link, external_group, soft_link, external_data, virtual_data, huge_shape, huge_chunked_shape, bomb,
    huge_chunk, text, compound, reference, named_type, group_in_itself, unknown_filter, other_name, empty,
)  # fmt: skip


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_hdf5_that_reaches_out_or_swells_is_refused(attack, tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5)])
    before = model.get_weights()
    path = tmp_path / "x.weights.h5"
    path.write_bytes(weights_file(lambda file: attack(file, tmp_path)))
    with pytest.raises(FileError, match=r"x\.weights\.h5"):
        model.load_weights(path)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
def test_the_same_hdf5_inside_a_model_file_is_refused(attack, load, tmp_path):
    with pytest.raises(FileError, match=r"model\.keras, model\.weights\.h5"):
        load(weights=weights_file(lambda file: attack(file, tmp_path)))


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"no HDF5 at all", bytes(5000)])
def test_what_is_no_hdf5_is_refused(content, load):
    with pytest.raises(FileError, match=r"model\.keras, model\.weights\.h5"):
        load(weights=content)


def test_a_file_of_weights_cut_off_anywhere_is_refused_and_changes_nothing(tmp_path):
    model = sequential()
    path = tmp_path / "x.weights.h5"
    model.save_weights(path)
    content, before = path.read_bytes(), model.get_weights()
    for place in np.linspace(0, len(content) - 1, 30).astype(int):
        path.write_bytes(content[:place])
        with pytest.raises(FileError, match=r"x\.weights\.h5"):
            model.load_weights(path)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_packed_weights_of_a_sensible_size_are_read(tmp_path):
    def packed(file):
        values = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", data=values, compression=4, shuffle=True, fletcher32=True)
        file["layers/dense/vars/1"] = values[0]

    model = keras.Sequential([keras.Input((4,)), layers.Dense(5)])
    path = tmp_path / "x.weights.h5"
    path.write_bytes(weights_file(packed))
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0][0], model.get_weights()[1])


def test_the_caller_can_lower_and_raise_the_ceiling(tmp_path):
    model = sequential()
    path = tmp_path / "x.weights.h5"
    model.save_weights(path)
    with pytest.raises(FileError, match=r"at most 10 bytes.*max_bytes"):
        model.load_weights(path, max_bytes=10)
    model.load_weights(path, max_bytes=10**6)
