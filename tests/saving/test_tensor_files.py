"""Safetensors files and PyTorch's: read as they are, refused where they lie, and nothing in them runs."""

import io
import json
import os
import pickle
import random
import zipfile
from collections import OrderedDict
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from samples import sequential

from hornbeam.core.errors import FileError
from hornbeam.saving.tensors import read_tensors, write_tensors
from hornbeam.saving.torch_file import read_torch_file

GOLDEN = Path(__file__).parents[1] / "golden" / "pretrained"
ZIPPED, IN_A_ROW = (GOLDEN / name / "pytorch_model.bin" for name in ("finbert_prefix", "finbert_gamma"))


def written(path, header, data=b""):
    """A safetensors file with this header, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(shape, begins, ends, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begins, ends]}


# -- safetensors ------------------------------------------------------------------------------------------------------


def test_arrays_of_every_type_come_back(tmp_path):
    types = ["float64", "float32", "float16", ml_dtypes.bfloat16, "int64", "int32", "int16", "int8", "bool"]
    types += ["uint64", "uint32", "uint16", "uint8"]
    arrays = {f"a{n}": np.arange(n % 4).astype(kind) for n, kind in enumerate(types)}
    arrays |= {"deep": np.ones((2, 3, 4), "float32").transpose(2, 0, 1), "number": np.float32(3.0).reshape(())}
    write_tensors(tmp_path / "all", arrays)
    found = read_tensors(tmp_path / "all")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].read().dtype == array.dtype
        np.testing.assert_array_equal(found[name].read(), array)


def test_weights_are_saved_and_loaded_under_the_names_of_layers(tmp_path):
    model, other = sequential(), sequential()
    model.save_weights(tmp_path / "w.safetensors")
    assert any(name.endswith("/kernel") for name in read_tensors(tmp_path / "w.safetensors"))
    other.load_weights(tmp_path / "w.safetensors")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(FileError, match="a file of that name"):
        model.save_weights(tmp_path / "w.safetensors", overwrite=False)


def test_weights_that_do_not_fit_are_listed_and_nothing_is_changed(tmp_path):
    model = sequential()
    model.save_weights(tmp_path / "w.safetensors")
    arrays = {name: tensor.read() for name, tensor in read_tensors(tmp_path / "w.safetensors").items()}
    first, *_ = arrays
    write_tensors(tmp_path / "w.safetensors", {**arrays, first: np.zeros((1, 1), "float32"), "more": np.zeros(1)})
    before = model.get_weights()
    with pytest.raises(FileError, match=rf"{first} has shape .*, the file \(1, 1\); more is in the file only"):
        model.load_weights(tmp_path / "w.safetensors")
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("header", "data", "words"),
    [
        ({"a": entry([2], 0, 8)}, b"x" * 7, "within the 7 of the file"),
        ({"a": entry([10**15], 0, 4 * 10**15)}, b"x" * 8, "within the 8 of the file"),
        ({"a": entry([3], 0, 8)}, b"x" * 8, "the 12 bytes of float32"),
        ({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, b"x" * 12, "over another array"),
        ({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, b"x" * 12, "a gap of 4 bytes"),
        ({"a": entry([1], 4, 8)}, b"x" * 8, "a gap of 4 bytes"),
        ({"a": entry([1], 0, 4)}, b"x" * 8, "4 bytes of arrays"),
        ({"a": entry([-1], 0, 4)}, b"x" * 4, "whole numbers from 0 on"),
        ({"a": entry([True], 0, 4)}, b"x" * 4, "whole numbers from 0 on"),
        ({"a": entry([1], 4, 0)}, b"x" * 4, "a gap|bytes"),
        ({"a": entry([1], 0, 4, "F128")}, b"x" * 4, "a type among F64"),
        ({"a": entry([1], 0, 4, ["F32"])}, b"x" * 4, "a type among F64"),
        ({"a": 3}, b"x" * 4, "a type among F64"),
        (b'{"a": 1, "a": 2}', b"", "each name once"),
        (b"[]", b"", "a dict from name to array"),
        (b"[" * 100000, b"", "JSON"),
        (b"\xff", b"", "JSON"),
    ],
)
def test_a_header_that_lies_is_refused(header, data, words, tmp_path):
    with pytest.raises(FileError, match=words):
        read_tensors(written(tmp_path / "lie.safetensors", header, data))


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    path = tmp_path / "lie.safetensors"
    for data in (b"", b"123", (2**63).to_bytes(8, "little"), (100).to_bytes(8, "little") + b"{}"):
        path.write_bytes(data)
        with pytest.raises(FileError, match="a header within"):
            read_tensors(path)


# -- PyTorch's files --------------------------------------------------------------------------------------------------


def test_both_layouts_hold_the_same_numbers():
    zipped, row = read_torch_file(ZIPPED), read_torch_file(IN_A_ROW)
    assert "bert.embeddings.LayerNorm.gamma" in row
    kernel = "bert.encoder.layer.0.attention.self.query.weight"
    np.testing.assert_array_equal(zipped[kernel].read(), row[kernel].read())
    assert row["bert.embeddings.position_ids"].read().tolist() == [list(range(40))]


class Storage:
    """A reference to a storage, as torch.save writes it."""

    def __init__(self, key="0", count=4, kind="FloatStorage", **more):
        self.pid = ("storage", Name("torch", kind), key, "cpu", count)
        self.__dict__.update(more)


class Name:
    """A name in a pickle."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """A call in a pickle."""

    def __init__(self, name, *args, state=None):
        self.name, self.args, self.state = name, args, state


class Writer(pickle._Pickler):
    """Pickles names and calls that need not exist."""

    def persistent_id(self, obj):
        return obj.pid if isinstance(obj, Storage) else None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Name):
            self.write(b"c" + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Call):
            self.save(obj.name)
            self.save(obj.args)
            self.write(b"R")
            if obj.state is not None:
                self.save(obj.state)
                self.write(b"b")
        else:
            super().save(obj, save_persistent_id)


def tensor(offset=0, shape=(2, 2), steps=(2, 1), storage=None):
    rebuild = Name("torch._utils", "_rebuild_tensor_v2")
    return Call(rebuild, storage or Storage(), offset, shape, steps, False, Call(Name("collections", "OrderedDict")))


def zipped(path, value, members=None, raw=None):
    """A file in the zip layout."""
    buffer = io.BytesIO()
    Writer(buffer, protocol=2).dump(value)
    held = {"data.pkl": buffer.getvalue() if raw is None else raw, "data/0": np.arange(4, dtype="f4").tobytes()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**held, **(members or {})}.items():
            if data is not None:
                archive.writestr(f"archive/{name}", data)
    return path


def test_views_of_one_storage_are_followed(tmp_path):
    parameter = Call(Name("torch._utils", "_rebuild_parameter"), tensor(0, (2, 2), (1, 2)), True, {})
    value = {"turned": parameter, "part": tensor(1, (2,), (2,)), "none": tensor(0, (0, 3), (3, 1))}
    found = read_torch_file(zipped(tmp_path / "views.bin", value))
    assert found["turned"].read().tolist() == [[0, 2], [1, 3]]
    assert found["part"].read().tolist() == [1, 3]
    assert found["none"].read().shape == (0, 3)


def test_a_state_dict_of_torch_with_its_metadata_is_read(tmp_path):
    state = Call(Name("collections", "OrderedDict"), state={"_metadata": {}, "items": 3, "read": 4})
    with pytest.raises(FileError, match="a state dict"):  # an empty one is of no use
        read_torch_file(zipped(tmp_path / "empty.bin", state))


TOUCH = f"touch {os.path.join('.', 'pwned')}"
HOSTILE = {
    "a call of the system": Call(Name("os", "system"), TOUCH),
    "a call of eval": Call(Name("builtins", "eval"), "open('pwned', 'w')"),
    "a class of torch that opens files": Call(Name("torch.storage", "_load_from_bytes"), b"x"),
    "a name under a known module": Call(Name("torch", "load"), "pwned"),
    "a dotted name": Call(Name("collections", "OrderedDict.fromkeys"), ["a"]),
    "NumPy": Call(Name("numpy.core.multiarray", "_reconstruct"), 1),
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_pickle_that_names_anything_else_is_refused_and_nothing_runs(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = zipped(tmp_path / "hostile.bin", {"weight": tensor(), "other": value})
    with pytest.raises(FileError, match="which was not made"):
        read_torch_file(path)
    assert os.listdir(tmp_path) == ["hostile.bin"]


PARAMETER = Name("torch._utils", "_rebuild_parameter")
LIES = {
    "more numbers than the storage": tensor(0, (5,), (1,)),
    "beyond the storage": tensor(2, (2, 2), (2, 1)),
    "petabytes of one number": tensor(0, (10**15,), (0,)),
    "a negative place": tensor(-1, (2,), (1,)),
    "a negative step": tensor(3, (2,), (-1,)),
    "a float as length": tensor(0, (2.0,), (1,)),
    "axes without steps": tensor(0, (2, 2), (2,)),
    "no storage": Call(Name("torch._utils", "_rebuild_tensor_v2"), "x", 0, (1,), (1,), False, {}),
    "another shape afterwards": Call(PARAMETER, tensor(), state={"shape": (10**9,), "steps": (1,)}),
    "another storage afterwards": Call(PARAMETER, tensor(), state=(None, {"storage": 3})),
    "a storage of two sizes": [tensor(), tensor(storage=Storage(count=9))],
    "a storage that is a path": tensor(storage=Storage(key=7)),
}


@pytest.mark.parametrize("value", LIES.values(), ids=LIES)
def test_a_tensor_that_lies_about_its_size_is_refused(value, tmp_path):
    value = value if isinstance(value, list) else [value]
    with pytest.raises(FileError):
        read_torch_file(zipped(tmp_path / "lie.bin", {f"w{n}": each for n, each in enumerate(value)}))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"data/0": None}, "a member archive/data/0"),
        ({"data/0": b"abc"}, "4 numbers of float32"),
        ({"byteorder": b"big"}, "lowest byte first"),
        ({"more/data.pkl": b"x"}, "one member data.pkl"),
        ({"data.pkl": None}, "one member data.pkl"),
    ],
)
def test_an_archive_that_lacks_what_it_names_is_refused(members, words, tmp_path):
    path = zipped(tmp_path / "lack.bin", {"weight": tensor()}, members)
    with pytest.raises(FileError, match=words):
        read_torch_file(path)["weight"].read()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x80\x02r\xff\xff\xff\x7f.",  # a place in the memo far away: gigabytes
        b"\x80\x02}q\x01R.",
        b"\x80\x02}\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",  # a text of exabytes
        b"\x80\x02(((((t.",
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x02]\x81.",
        b"",
        b"." * 10,
    ],
)
def test_instructions_that_weights_do_not_need_are_not_followed(raw, tmp_path):
    with pytest.raises(FileError):
        read_torch_file(zipped(tmp_path / "raw.bin", {}, raw=raw))


def test_another_pickle_is_no_file_of_weights(tmp_path):
    (tmp_path / "p.bin").write_bytes(pickle.dumps(OrderedDict(a=1), protocol=2))
    with pytest.raises(FileError, match="a file that torch.save wrote|pickle"):
        read_torch_file(tmp_path / "p.bin")


@pytest.mark.parametrize("path", [ZIPPED, IN_A_ROW, GOLDEN / "bert_half" / "model.safetensors"], ids=lambda p: p.name)
def test_altered_files_are_read_or_refused(path, tmp_path):
    good, draws = path.read_bytes(), random.Random(0)
    read = read_torch_file if path.suffix == ".bin" else read_tensors
    refused = 0
    for number in range(120):
        data = bytearray(good)
        if number % 3 == 0:
            data = data[: draws.randrange(len(data))]
        else:
            near = len(data) if number % 3 == 1 else 3000  # the headers are at the beginning
            for _ in range(1 + number % 4):
                data[draws.randrange(min(near, len(data)))] = draws.randrange(256)
        (tmp_path / path.name).write_bytes(data)
        try:
            for found in read(tmp_path / path.name).values():
                assert found.read().shape == found.shape
        except FileError:
            refused += 1
    assert refused >= 40
