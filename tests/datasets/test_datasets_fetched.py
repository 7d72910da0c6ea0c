"""The sets that are fetched, on small files of the same make, against Keras's recipe written out the slow way."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import struct
import tarfile

import numpy as np
import pytest

from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.datasets import boston_housing, california_housing, cifar10, cifar100, fashion_mnist, imdb, reuters
from hornbeam.datasets.sequences import renumber

GENERATOR = np.random.default_rng(0)


def make_texts(count: int, shortest: int = 1, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    lists = (generator.integers(1, 60, generator.integers(shortest, 12)).tolist() for _ in range(count))
    return np.fromiter(lists, dtype=object, count=count)


def keras_recipe(texts, labels, num_words, skip_top, maxlen, start_char, oov_char, index_from):
    """What Keras's documentation says, one word at a time."""
    start = [] if start_char is None else [start_char]
    texts = [start + [word + index_from for word in text] for text in texts]
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if not maxlen or len(text) < maxlen]
    limit = num_words or max(word for text, _ in pairs for word in text)
    cut = []
    for text, _ in pairs:
        if oov_char is None:
            cut.append([word for word in text if skip_top <= word < limit])
        else:
            cut.append([word if skip_top <= word < limit else oov_char for word in text])
    return cut, [label for _, label in pairs]


OPTIONS = [
    {},
    {"num_words": 30},
    {"num_words": 30, "skip_top": 10},
    {"num_words": 30, "oov_char": None},
    {"skip_top": 63, "oov_char": None},  # nothing is left of any text
    {"maxlen": 6},
    {"maxlen": 6, "start_char": None},
    {"start_char": None, "index_from": 0},
    {"start_char": 7, "oov_char": 8, "index_from": 10, "num_words": 40, "maxlen": 9},
]
DEFAULTS = {"num_words": None, "skip_top": 0, "maxlen": None, "start_char": 1, "oov_char": 2, "index_from": 3}


def write_imdb(path):
    arrays = {"x_train": make_texts(40), "y_train": GENERATOR.integers(0, 2, 40)}
    arrays |= {"x_test": make_texts(30, seed=1), "y_test": GENERATOR.integers(0, 2, 30)}
    np.savez(path, **arrays)
    return arrays


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_imdb_is_shuffled_and_renumbered_by_keras_recipe(tmp_path, options):
    arrays = write_imdb(tmp_path / "imdb.npz")
    halves = imdb.load_data(path=str(tmp_path / "imdb.npz"), seed=5, **options)
    generator = np.random.RandomState(5)
    texts, labels, cut = [], [], []
    for half in ("train", "test"):
        order = np.arange(len(arrays[f"x_{half}"]))
        generator.shuffle(order)
        texts += [arrays[f"x_{half}"][row] for row in order]
        labels += [int(arrays[f"y_{half}"][row]) for row in order]
    want_x, want_y = keras_recipe(texts, labels, **{**DEFAULTS, **options})
    assert [*halves[0][0], *halves[1][0]] == want_x
    assert [*halves[0][1], *halves[1][1]] == want_y
    cut = [text for text in arrays["x_train"] if len(text) + (options.get("start_char", 1) is not None) < 6]
    assert len(halves[0][0]) == (len(cut) if options.get("maxlen") == 6 else len(halves[0][1]))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_reuters_is_shuffled_renumbered_and_cut_by_keras_recipe(tmp_path, options):
    x, y = make_texts(50), GENERATOR.integers(0, 46, 50)
    np.savez(tmp_path / "reuters.npz", x=x, y=y)
    (x_train, y_train), (x_test, y_test) = reuters.load_data(
        tmp_path / "reuters.npz", test_split=0.3, seed=5, **options
    )
    order = np.arange(50)
    np.random.RandomState(5).shuffle(order)
    want_x, want_y = keras_recipe(x[order], y[order], **{**DEFAULTS, **options})
    cut = int(len(want_x) * 0.7)
    assert [list(x_train), list(x_test)] == [want_x[:cut], want_x[cut:]]
    assert [y_train.tolist(), y_test.tolist()] == [want_y[:cut], want_y[cut:]]


def test_texts_are_arrays_of_plain_lists(tmp_path):
    write_imdb(tmp_path / "imdb.npz")
    (x_train, y_train), _ = imdb.load_data(tmp_path / "imdb.npz")
    assert (x_train.shape, x_train.dtype, y_train.dtype) == ((40,), np.dtype(object), np.dtype("int64"))
    assert type(x_train[0]) is list
    assert type(x_train[0][0]) is int


def test_texts_of_one_length_still_make_an_array_of_lists():
    texts = np.fromiter([[1, 2], [3, 4]], dtype=object, count=2)
    assert renumber(texts, None, 0, None, 1, 2, 3, "x")[0].shape == (2,)


@pytest.mark.parametrize("maxlen", [1, 2])
def test_a_maxlen_that_keeps_no_text_is_refused(tmp_path, maxlen):
    write_imdb(tmp_path / "imdb.npz")
    np.savez(tmp_path / "reuters.npz", x=make_texts(9), y=np.arange(9))
    for load_data, name in ((imdb.load_data, "imdb"), (reuters.load_data, "reuters")):
        with pytest.raises(DataError, match=f"{name}.load_data, maxlen: expected .* Increase maxlen"):
            load_data(tmp_path / f"{name}.npz", maxlen=maxlen)


def test_texts_that_are_no_numbers_are_refused(tmp_path):
    for bad in ([["a"]], [3], [[2**70]]):
        x = np.fromiter(bad, dtype=object, count=1)
        np.savez(tmp_path / "reuters.npz", x=x, y=np.zeros(1, int))
        with pytest.raises(FileError, match="expected lists of word numbers"):
            reuters.load_data(tmp_path / "reuters.npz")


@pytest.mark.parametrize("module", [imdb, reuters])
def test_a_text_set_that_calls_something_is_refused_and_nothing_runs(tmp_path, bomb, module):
    x = np.fromiter([[1], bomb], dtype=object, count=2)
    np.savez(tmp_path / "set.npz", **{name: x for name in ("x", "y", "x_train", "y_train", "x_test", "y_test")})
    with pytest.raises(FileError, match="which was not made"):
        module.load_data(tmp_path / "set.npz")


@pytest.mark.parametrize("module", [imdb, reuters])
def test_labels_that_do_not_fit_the_texts_are_refused(tmp_path, module):
    arrays = {name: make_texts(9) for name in ("x", "x_train", "x_test")}
    np.savez(tmp_path / "set.npz", **arrays, **{name: np.zeros(8, int) for name in ("y", "y_train", "y_test")})
    with pytest.raises(FileError, match=r"as many labels as samples; got shapes \(8,\) and \(9,\)"):
        module.load_data(tmp_path / "set.npz")


@pytest.mark.parametrize("module", [imdb, reuters])
def test_a_word_index_is_read_as_utf_8(tmp_path, module):
    (tmp_path / "words.json").write_text(json.dumps({"the": 1, "café": 2}, ensure_ascii=False), encoding="utf-8")
    assert module.get_word_index(tmp_path / "words.json") == {"the": 1, "café": 2}


@pytest.mark.parametrize("content", [b"not json", b"\xff\xfe", b"[1, 2]"])
def test_a_damaged_word_index_is_refused(tmp_path, content):
    (tmp_path / "words.json").write_bytes(content)
    with pytest.raises(FileError, match="expected a JSON dict from words to numbers"):
        imdb.get_word_index(tmp_path / "words.json")


def test_reuters_has_46_topics():
    assert len(set(reuters.get_label_names())) == 46
    assert reuters.get_label_names()[3:5] == ("earn", "acq")


@pytest.mark.parametrize("module", [boston_housing, california_housing])
def test_houses_are_shuffled_by_keras_recipe(tmp_path, module):
    x, y = GENERATOR.random((700, 8)), GENERATOR.random(700)
    np.savez(tmp_path / "houses.npz", x=x, y=y)
    (x_train, y_train), (x_test, y_test) = module.load_data(path=tmp_path / "houses.npz", test_split=0.25, seed=9)
    order = np.arange(700)
    np.random.RandomState(9).shuffle(order)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), x[order])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), y[order])
    assert len(x_train) == 525


def test_the_small_california_is_the_first_600_rows(tmp_path):
    np.savez(tmp_path / "houses.npz", x=np.arange(700.0)[:, None], y=np.arange(700.0))
    (_, y_train), (_, y_test) = california_housing.load_data("small", tmp_path / "houses.npz")
    assert (len(y_train), len(y_test)) == (480, 120)
    assert sorted([*y_train, *y_test]) == list(range(600))


def test_wrong_arguments_are_refused_before_anything_is_fetched():
    with pytest.raises(
        ArgumentError, match="california_housing.load_data, version: expected 'small' or 'large'; got 'tiny'"
    ):
        california_housing.load_data("tiny")
    with pytest.raises(ArgumentError, match="cifar100.load_data, label_mode: expected 'fine' or 'coarse'; got 'both'"):
        cifar100.load_data("both")
    for module in (reuters, boston_housing, california_housing):
        with pytest.raises(ArgumentError, match="test_split: expected a fraction"):
            module.load_data(test_split=2)


def python_2_batch(pixels: np.ndarray, **labels: list[int]) -> bytes:
    """A batch in the very opcodes of Krizhevsky's files: Python 2, protocol 2, NumPy 1."""

    def text(word: str) -> bytes:
        return b"U" + bytes([len(word)]) + word.encode()

    rows, columns = pixels.shape
    data = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
    data += b"M" + struct.pack("<H", rows) + b"M" + struct.pack("<H", columns) + b"\x86"
    data += b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    data += b"T" + struct.pack("<i", pixels.size) + pixels.tobytes() + b"tb"
    items = text("data") + data
    for name, values in labels.items():
        items += text(name) + b"](" + b"".join(b"K" + bytes([value]) for value in values) + b"e"
    return b"\x80\x02}(" + items + b"u."


def tar_of(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def serve(server, monkeypatch):
    """Put a file of ours in the place of a module's own, checksum and all."""

    def put(module, content: bytes) -> None:
        server.files["/file"] = content
        digest = hashlib.sha256(content).hexdigest()
        file = dataclasses.replace(module._FILE, address=f"{server.address}/file", digest=digest)
        monkeypatch.setattr(module, "_FILE", file)

    return put


def cifar10_tar(count: int = 2, **changed: bytes) -> tuple[np.ndarray, bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (6, count, 3072), dtype=np.uint8)
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    batches = {
        name: python_2_batch(part, labels=[number, number + 1])
        for number, (name, part) in enumerate(zip(names, pixels, strict=True))
    }
    return pixels, tar_of({f"cifar-10-batches-py/{name}": content for name, content in (batches | changed).items()})


def test_cifar10_has_colours_last_and_labels_in_a_column(serve):
    pixels, content = cifar10_tar()
    serve(cifar10, content)
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, x_test.shape) == ((10, 32, 32, 3), (2, 32, 32, 3))
    assert y_train.tolist() == [[0], [1], [1], [2], [2], [3], [3], [4], [4], [5]]
    assert y_test.tolist() == [[5], [6]]
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    # red, green and blue planes follow each other in the file: image 3 of the training half, row 4, column 5
    assert x_train[3, 4, 5].tolist() == [pixels[1, 1, 1024 * colour + 32 * 4 + 5] for colour in range(3)]
    assert x_train.flags.c_contiguous
    assert x_train.flags.writeable


def test_cifar100_has_both_kinds_of_labels(serve):
    pixels = np.zeros((2, 3072), np.uint8)
    batch = python_2_batch(pixels, fine_labels=[99, 3], coarse_labels=[19, 0])
    serve(cifar100, tar_of({"cifar-100-python/train": batch, "cifar-100-python/test": batch}))
    assert cifar100.load_data()[0][1].tolist() == [[99], [3]]
    assert cifar100.load_data(label_mode="coarse")[1][1].tolist() == [[19], [0]]


def test_cifar_with_a_batch_that_calls_something_is_refused_and_nothing_runs(serve, bomb):
    import pickle

    serve(cifar10, cifar10_tar(data_batch_3=pickle.dumps({b"data": bomb}, protocol=2))[1])
    with pytest.raises(FileError, match="data_batch_3: expected only numbers"):
        cifar10.load_data()


@pytest.mark.parametrize(
    "batch",
    [
        python_2_batch(np.zeros((2, 3071), np.uint8), labels=[1, 2]),
        python_2_batch(np.zeros((2, 3072), np.uint8), labels=[1, 2, 3]),
        python_2_batch(np.zeros((2, 3072), np.uint8), other=[1, 2]),
        b"\x80\x02}.",
        b"\x80\x02N.",
        b"\x80\x02}(U\x04dataK\x01U\x06labels](K\x01eu.",
    ],
)
def test_a_cifar_batch_of_another_build_is_refused(serve, batch):
    serve(cifar10, cifar10_tar(test_batch=batch)[1])
    with pytest.raises(FileError, match=r"test_batch: expected a batch with data \(image, 3072\) of bytes and labels"):
        cifar10.load_data()


def test_an_altered_cifar_is_refused(serve, server):
    serve(cifar10, cifar10_tar()[1])
    server.files["/file"] += b"!"
    with pytest.raises(FileError, match="cifar10.load_data: expected the checksum"):
        cifar10.load_data()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (imdb, "imdb.npz"),
        (reuters, "reuters.npz"),
        (boston_housing, "boston_housing.npz"),
        (california_housing, "california_housing.npz"),
        (cifar10, "cifar-10-python.tar.gz"),
        (cifar100, "cifar-100-python.tar.gz"),
        (fashion_mnist, "train-images-idx3-ubyte.gz"),
    ],
)
def test_an_offline_machine_is_told_what_to_put_where(module, name, monkeypatch, tmp_path):
    def no_network(*ignored: object) -> None:
        raise ConnectionRefusedError("no network")

    monkeypatch.setattr("hornbeam.datasets.download._ask", no_network)
    with pytest.raises(DataError) as refusal:
        module.load_data()
    short = module.__name__.rpartition(".")[2]
    assert f"datasets.{short}.load_data: expected the file {name} from https://" in str(refusal.value)
    assert f"put it at {tmp_path / 'hornbeam' / 'datasets'}" in str(refusal.value)
    assert str(refusal.value).endswith(f"{name}.")
