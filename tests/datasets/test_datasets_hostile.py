"""Files from strangers: pickles, .npz and tar archives that try to run code, to write files or to fill the memory."""

from __future__ import annotations

import gzip
import io
import pickle
import re
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from hornbeam.core.errors import FileError
from hornbeam.datasets.archive import read_members
from hornbeam.datasets.npy import read_npz
from hornbeam.datasets.unpickle import unpickle

NDARRAY, RECONSTRUCT, DTYPE = b"cnumpy\nndarray\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy\ndtype\n"


def lists(*items) -> np.ndarray:
    return np.fromiter(items, dtype=object, count=len(items))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_pickle_that_calls_something_is_refused_and_nothing_runs(bomb, protocol):
    with pytest.raises(FileError, match=r"batch: expected only numbers, .* got a call of \w+\.mkdir, which was not"):
        unpickle(pickle.dumps(bomb, protocol), "batch")


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize(
    "hide", [lambda bomb: [bomb], lambda bomb: {b"data": bomb}, lists], ids=["list", "dict", "array"]
)
def test_a_call_hidden_deeper_is_refused(bomb, protocol, hide):
    with pytest.raises(FileError, match=r"\w+\.mkdir"):
        unpickle(pickle.dumps(hide(bomb), protocol), "batch")


@pytest.mark.parametrize(
    "name",
    [
        "builtins\neval",
        "builtins\ngetattr",
        "os\nsystem",
        "numpy\nload",
        "numpy\nfromfile",
        "numpy.core.multiarray\nscalar",
    ]
    + ["copyreg\n_reconstructor", "functools\npartial", "_codecs\nencode", "numpy\nndarray.tofile"],
)
def test_only_the_three_words_are_known(name):
    shown = name.replace("\n", ".")
    with pytest.raises(FileError, match=re.escape(shown)):
        unpickle(f"c{name}\n.".encode(), "batch")


@pytest.mark.parametrize("word", [NDARRAY, RECONSTRUCT, DTYPE])
@pytest.mark.parametrize("state", [b"}U\x01xK\x01s", b"N}U\x01xK\x01s\x86"], ids=["dict", "slots"])
def test_a_pickle_cannot_write_on_the_words(word, state):
    with pytest.raises(FileError, match="batch: expected a whole pickle"):
        unpickle(b"\x80\x02" + word + state + b"b.", "batch")


def array_pickle(shape=b"K\x03\x85", code=b"u1", order=b"|", data=b"U\x03abc") -> bytes:
    """An array as Python 2 and NumPy 1 wrote it, piece by piece."""
    start = RECONSTRUCT + NDARRAY + b"K\x00\x85U\x01b\x87R(K\x01" + shape
    kind = DTYPE + b"U" + bytes([len(code)]) + code + b"K\x00K\x01\x87R(K\x03U" + bytes([len(order)]) + order
    return b"\x80\x02" + start + kind + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + data + b"tb."


def test_an_array_of_python_2_is_read():
    assert unpickle(array_pickle(), "batch").tolist() == [97, 98, 99]


@pytest.mark.parametrize(
    "lie",
    [
        {"shape": b"K\x04\x85"},  # more than there is
        {"shape": b"\x8a\x06\x00\x00\x00\x00\x00\x01\x85"},  # a petabyte
        {"shape": b"J\xff\xff\xff\xffJ\xfd\xff\xff\xff\x86"},  # (-1, -3)
        {"shape": b"K\x03"},  # not a tuple
        {"shape": b"G\x40\x08\x00\x00\x00\x00\x00\x00\x85"},  # 3.0
        {"code": b"O8"},  # bytes taken for pointers
        {"code": b"V3"},
        {"code": b"U9"},
        {"code": b"f4"},  # 3 bytes are no float
        {"order": b"x"},
        {"data": b"]K\x01a"},  # a list taken for bytes
        {"data": b"N"},
    ],
)
def test_an_array_that_lies_about_itself_is_refused(lie):
    with pytest.raises(FileError, match="batch: expected a whole pickle of arrays and lists"):
        unpickle(array_pickle(**lie), "batch")


def test_a_truncated_pickle_is_refused_wherever_it_ends():
    whole = pickle.dumps({b"data": np.arange(5), b"labels": [1, 2]}, protocol=2 + 2)
    for end in range(len(whole)):
        with pytest.raises(FileError):
            unpickle(whole[:end], "batch")


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.asfortranarray(np.eye(2, 3, dtype="f4")),
        np.array(7),
        lists([1], [2, 3]),
    ],
    ids=["big_endian", "fortran", "scalar", "lists"],
)
def test_honest_arrays_read_as_python_reads_them(array, protocol):
    read = unpickle(pickle.dumps(array, protocol), "batch")
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype


def test_an_npz_of_lists_and_numbers_is_read(tmp_path):
    np.savez_compressed(tmp_path / "set.npz", x=lists([1, 2], [3]), y=np.array([0, 1]))
    x, y = read_npz(tmp_path / "set.npz", ("x", "y"), objects=True)
    assert x.tolist() == [[1, 2], [3]]
    assert y.tolist() == [0, 1]


def test_an_npz_that_calls_something_is_refused_and_nothing_runs(tmp_path, bomb):
    np.savez(tmp_path / "set.npz", x=lists([1], bomb))
    with pytest.raises(
        FileError, match=r"set\.npz, x: expected only numbers, lists and arrays; got a call of \w+\.mkdir"
    ):
        read_npz(tmp_path / "set.npz", ("x",), objects=True)


def test_an_npz_of_objects_is_refused_where_numbers_belong(tmp_path, bomb):
    np.savez(tmp_path / "set.npz", x=lists([1], bomb))
    with pytest.raises(FileError, match="expected an array of numbers; got dtype object"):
        read_npz(tmp_path / "set.npz", ("x",))


@pytest.mark.parametrize("dtype", ["U3", "V0", [("a", "i4")], [("a", "O")], "M8[s]"])
def test_an_npz_of_anything_but_numbers_is_refused(tmp_path, dtype):
    np.savez(tmp_path / "set.npz", x=np.zeros(2, dtype))
    with pytest.raises(FileError, match="expected an array of numbers"):
        read_npz(tmp_path / "set.npz", ("x",), objects=True)


def npz_with(path, payload: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", payload)


def npy_header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (
            npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }\n"),
            "8000000000000000 bytes",
        ),
        (npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1), }\n") + 8 * b"0", "for shape"),
        (npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n") + b"12", "3 bytes .* got 2 bytes"),
        (npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n") + b"1234", "3 bytes .* got 4 bytes"),
        (npy_header("__import__('os').mkdir('ran')\n"), "a .npy array of format"),
        (b"\x93NUMPY\x09\x00", "a .npy array of format"),
        (b"hello", "a .npy array of format"),
        (b"", "a .npy array of format"),
    ],
)
def test_a_header_that_lies_is_refused_before_memory_is_asked_for(tmp_path, payload, reason):
    npz_with(tmp_path / "set.npz", payload)
    with pytest.raises(FileError, match=reason):
        read_npz(tmp_path / "set.npz", ("x",), objects=True)


def test_a_member_that_declares_more_than_it_can_unfold_to_is_refused(tmp_path):
    npz_with(tmp_path / "set.npz", b"hello")
    content = bytearray((tmp_path / "set.npz").read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 0x7FFFFFFF)
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(FileError, match="expected at most 6184 bytes from 5 stored; got 2147483647 bytes"):
        read_npz(tmp_path / "set.npz", ("x",))


def test_a_damaged_or_incomplete_npz_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "set.npz", x=np.arange(1000))
    whole = (tmp_path / "set.npz").read_bytes()
    with pytest.raises(FileError, match="an archive without y"):
        read_npz(tmp_path / "set.npz", ("x", "y"))
    damages = [whole[:-10], whole[:200], whole[:100] + b"?" + whole[101:], b""]
    for damage in damages:
        (tmp_path / "set.npz").write_bytes(damage)
        with pytest.raises(FileError, match=r"set\.npz.*: expected .*Delete the file and load the data again"):
            read_npz(tmp_path / "set.npz", ("x",))


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def write_tar(path, *members: tarfile.TarInfo, good: bytes = b"hello") -> None:
    with tarfile.open(path, "w:gz") as archive:
        for info in members:
            archive.addfile(info)
        wanted = tarfile.TarInfo("folder/wanted")
        wanted.size = len(good)
        archive.addfile(wanted, io.BytesIO(good))


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (member("folder/wanted", tarfile.SYMTYPE, "/etc/passwd"), "a link, 'folder/wanted' to '/etc/passwd'"),
        (member("a", tarfile.LNKTYPE, "folder/wanted"), "a link, 'a' to 'folder/wanted'"),
        (member("/etc/evil"), "an absolute name, '/etc/evil'"),
        (member("C:\\evil"), "an absolute name"),
        (member("\\\\host\\evil"), "an absolute name"),
        (member("folder/../../evil"), "a name that climbs out, 'folder/../../evil'"),
        (member("..\\evil"), "a name that climbs out"),
        (member("../folder", tarfile.DIRTYPE), "a name that climbs out"),
        (member("pipe", tarfile.FIFOTYPE), "a device, 'pipe'"),
        (member("null", tarfile.CHRTYPE), "a device, 'null'"),
    ],
)
def test_an_archive_with_a_hostile_member_is_refused_and_nothing_is_written(tmp_path, hostile, reason):
    write_tar(tmp_path / "set.tar.gz", hostile)
    with pytest.raises(FileError, match=re.escape(reason)):
        read_members(tmp_path / "set.tar.gz", ["folder/wanted"])
    assert {path.name for path in tmp_path.iterdir()} == {"set.tar.gz", "home"}


def test_an_honest_archive_is_read_without_being_unpacked(tmp_path):
    write_tar(tmp_path / "set.tar.gz", member("folder", tarfile.DIRTYPE))
    assert read_members(tmp_path / "set.tar.gz", ["folder/wanted"]) == {"folder/wanted": b"hello"}
    assert {path.name for path in tmp_path.iterdir()} == {"set.tar.gz", "home"}


def test_an_archive_that_unfolds_too_far_is_refused(tmp_path):
    write_tar(tmp_path / "set.tar.gz", good=bytes(1_000_000))
    with pytest.raises(FileError, match="more than 999999 bytes"):
        read_members(tmp_path / "set.tar.gz", ["folder/wanted"], limit=999_999)


def test_an_archive_of_endless_empty_members_is_refused(tmp_path):
    write_tar(tmp_path / "set.tar.gz", *(member(f"empty{number}") for number in range(100)))
    with pytest.raises(FileError, match="more than 20000 bytes"):
        read_members(tmp_path / "set.tar.gz", ["folder/wanted"], limit=20_000)


def test_a_negative_size_is_refused(tmp_path):
    """CVE-2025-8194: Python's own reader went round for ever."""
    header = bytearray(tarfile.TarInfo("evil").tobuf())
    header[124:136] = b"\xff" + (-512).to_bytes(11, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "set.tar.gz").write_bytes(gzip.compress(bytes(header) + bytes(1024)))
    with pytest.raises(FileError):
        read_members(tmp_path / "set.tar.gz", ["folder/wanted"])


def test_a_damaged_or_incomplete_archive_is_refused(tmp_path):
    write_tar(tmp_path / "set.tar.gz", good=bytes(range(256)) * 100)
    whole = (tmp_path / "set.tar.gz").read_bytes()
    with pytest.raises(FileError, match="none called folder/absent"):
        read_members(tmp_path / "set.tar.gz", ["folder/absent"])
    for damage in (b"", b"not an archive", whole[:100], whole[:-200]):
        (tmp_path / "set.tar.gz").write_bytes(damage)
        with pytest.raises(FileError):
            read_members(tmp_path / "set.tar.gz", ["folder/wanted"])
