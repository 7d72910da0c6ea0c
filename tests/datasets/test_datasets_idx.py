"""The IDX reader, and the sets that are four IDX files."""

from __future__ import annotations

import gzip
import lzma
import struct

import numpy as np
import pytest

from hornbeam.core.errors import DataError, FileError
from hornbeam.datasets import fashion_mnist, mnist
from hornbeam.datasets.idx import read_idx
from hornbeam.datasets.idx_folder import FILES

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def as_idx(array: np.ndarray) -> bytes:
    """An independent writer of the format."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress], ids=["plain", "gzip", "xz"])
def test_every_type_reads_back_from_every_compression(tmp_path, code, compress):
    array = np.arange(24).reshape(2, 3, 4).astype(code)
    (tmp_path / "file").write_bytes(compress(as_idx(array)))
    read = read_idx(tmp_path / "file")
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.flags.writeable


def test_an_empty_array_reads_back(tmp_path):
    (tmp_path / "file").write_bytes(as_idx(np.zeros((0, 28, 28), np.uint8)))
    assert read_idx(tmp_path / "file").shape == (0, 28, 28)


WHOLE = as_idx(np.arange(100, dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "got nothing"),
        (b"\x00\x00\x08", "got 00 00 08"),
        (b"\x01" + WHOLE[1:], "got 01 00 08 01"),
        (b"\x00\x00\x07" + WHOLE[3:], "got 00 00 07 01"),
        (b"\x00\x00\x08\x00" + WHOLE[4:], "got 00 00 08 00"),
        (WHOLE[:6], "the lengths of 1 axes; got 2 bytes"),
        (WHOLE[:-1], "100 bytes of values, for shape .* got room for 99"),
        (WHOLE + b"!", "100 bytes of values; got more"),
        (gzip.compress(WHOLE)[:-20], "a whole IDX file"),
        (gzip.compress(WHOLE[:-1]), "got 99; the file is truncated"),
        (gzip.compress(WHOLE + b"!"), "got more"),
        (gzip.compress(WHOLE)[:-8] + b"12345678", "CRC check failed"),
        (lzma.compress(WHOLE)[:-30], "a whole IDX file"),
        (b"\x1f\x8b\x08\x00garbage that is not deflate", "a whole IDX file"),
        (b"\x00\x00\x0e\x08" + 8 * b"\xff\xff\xff\xff", "bytes of values, for shape"),
        (gzip.compress(b"\x00\x00\x08\x03" + 3 * b"\xff\xff\xff\xff"), "bytes of values, for shape"),
    ],
)
def test_a_damaged_or_lying_file_is_refused(tmp_path, content, reason):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(FileError, match=reason) as refusal:
        read_idx(tmp_path / "file")
    assert str(refusal.value).startswith(f"{tmp_path / 'file'}: expected ")
    assert str(refusal.value).endswith("Delete the file and put a whole copy in its place.")


def test_a_missing_file_is_a_file_error(tmp_path):
    with pytest.raises(FileError, match="No such file"):
        read_idx(tmp_path / "absent")


def test_the_ceiling_can_be_lowered(tmp_path):
    (tmp_path / "file").write_bytes(WHOLE)
    with pytest.raises(FileError, match="got room for 99"):
        read_idx(tmp_path / "file", limit=99)


def write_set(folder, train=3, train_labels=3):
    folder.mkdir(parents=True)
    arrays = {"x_train": np.full((train, 28, 28), 7, np.uint8), "y_train": np.arange(train_labels, dtype=np.uint8)}
    arrays |= {"x_test": np.full((2, 28, 28), 8, np.uint8), "y_test": np.arange(2, dtype=np.uint8)}
    for name, array in arrays.items():
        (folder / FILES[name]).write_bytes(as_idx(array))


@pytest.mark.parametrize("module", [mnist, fashion_mnist])
def test_plain_files_in_the_users_own_folder_are_read(tmp_path, monkeypatch, module):
    write_set(tmp_path / module.__name__.rpartition(".")[2])
    monkeypatch.setenv("HORNBEAM_DATA", str(tmp_path))
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert (x_train.shape, x_test.shape) == ((3, 28, 28), (2, 28, 28))
    assert (y_train.tolist(), y_test.tolist()) == ([0, 1, 2], [0, 1])


def test_images_without_their_labels_are_refused(tmp_path, monkeypatch):
    write_set(tmp_path / "mnist", train=3, train_labels=4)
    monkeypatch.setenv("HORNBEAM_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"as many labels \(sample,\); got shapes \(3, 28, 28\) and \(4,\)"):
        mnist.load_data()


def test_fashion_mnist_reads_the_real_set(shared_data, monkeypatch):
    monkeypatch.setenv("HORNBEAM_DATA", str(shared_data))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert np.bincount(y_train).tolist() == 10 * [6000]
    assert np.bincount(y_test).tolist() == 10 * [1000]
    assert len(fashion_mnist.target_names) == 10
