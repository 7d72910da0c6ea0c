"""Vocabularies in ``.keras`` files: Keras writes members of their own; odd ones are refused."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import hornbeam as keras
from hornbeam.core.errors import FileError, NotBuiltError

GOLDEN = Path(__file__).parents[1] / "golden"
FILE = GOLDEN / "lookups.keras"
CASES = {case["case"]: case for case in json.loads((GOLDEN / "text.json").read_text(encoding="utf-8"))}
CASE, WEIGHED = CASES["lookups.keras"], CASES["weighed.keras"]
ASKED, FOUND = np.array(CASE["inputs"], "int32"), np.array(CASE["output"])
MEMBER = "assets/layers/integer_lookup_1/vocabulary.txt"


def altered(tmp_path, change):
    """The file with members changed: bytes take the place of a member's, None leaves it out."""
    path = tmp_path / "altered.keras"
    with zipfile.ZipFile(FILE) as old, zipfile.ZipFile(path, "w") as new:
        for name in dict.fromkeys([*old.namelist(), *change]):
            data = change.get(name, old.read(name) if name in old.namelist() else None)
            if data is not None:
                new.writestr(name, data, zipfile.ZIP_DEFLATED if name == MEMBER else zipfile.ZIP_STORED)
    return path


def test_a_file_of_keras_brings_its_vocabularies():
    model = keras.load_model(FILE)
    assert [layer.get_vocabulary() for layer in model.layers if "lookup" in layer.name] == [[-1, 42, 12, 7]] * 2
    np.testing.assert_allclose(model.predict(ASKED, verbose=0), FOUND, rtol=1e-5)  # float32, another order of sums


def test_a_saved_model_has_its_vocabularies_again(tmp_path):
    model = keras.load_model(FILE)
    model.save(tmp_path / "again.keras")
    again = keras.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(ASKED, verbose=0), model.predict(ASKED, verbose=0))
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.predict(ASKED, verbose=0), model.predict(ASKED, verbose=0))


def test_a_file_of_keras_brings_the_weights_of_its_tokens_and_a_saved_one_has_them_where_keras_looks(tmp_path):
    model = keras.load_model(GOLDEN / "weighed.keras")
    asked, found = np.array(WEIGHED["inputs"], "int32"), np.array(WEIGHED["output"])
    np.testing.assert_allclose(model.predict(asked, verbose=0), found, rtol=1e-6)  # one product in float32
    model.save(tmp_path / "again.keras")
    np.testing.assert_allclose(keras.load_model(tmp_path / "again.keras").predict(asked, verbose=0), found, rtol=1e-6)
    arrays = []
    for path in (GOLDEN / "weighed.keras", tmp_path / "again.keras"):
        with zipfile.ZipFile(path) as file, h5py.File(io.BytesIO(file.read("model.weights.h5"))) as weights:
            arrays.append(weights["layers/integer_lookup/vars/idf_weights"][()])
    np.testing.assert_array_equal(*arrays)
    model.save_weights(tmp_path / "again.weights.h5")
    model.load_weights(tmp_path / "again.weights.h5")
    np.testing.assert_allclose(model.predict(asked, verbose=0), found, rtol=1e-6)


def test_a_vocabulary_without_the_weights_of_its_tokens_is_refused():
    layer = keras.layers.IntegerLookup(output_mode="tf_idf", name="bags")
    with pytest.raises(FileError, match="file: expected a vocabulary of bags .*, with weights for 'tf_idf' alone; got"):
        layer.take_vocabulary("-1\n5\n", "file")


def test_a_model_without_its_vocabulary_says_so_when_it_is_used(tmp_path):
    model = keras.load_model(altered(tmp_path, {MEMBER: None}))
    with pytest.raises(NotBuiltError, match="a vocabulary; got none yet"):
        model.predict(ASKED, verbose=0)


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (b"-1\n42\n12\n7\n8\n", "4 tokens, as the description says; got 5"),
        (b"-1\n42\n\xff\n7\n", "text in UTF-8; got a wrong byte at offset 6"),
        (b"-1\n42\ntwelve\n7\n", "a token in each line; got invalid literal"),
        (b"-1\n42\n42\n7\n", "each token once; got twice 42"),
        (b"", "at least one token; got none"),
        (b"1\n" * 10**6, "at most .* bytes; got 2,000,000 declared"),
    ],
    ids=["too long", "no UTF-8", "a word", "twice", "empty", "huge"],
)
def test_vocabularies_that_do_not_fit_are_refused(tmp_path, member, message):
    with pytest.raises(FileError, match=message) as caught:
        keras.load_model(altered(tmp_path, {MEMBER: member}))
    assert f"altered.keras, {MEMBER}" in str(caught.value)


def test_a_layer_that_was_never_adapted_stays_so(tmp_path):
    with zipfile.ZipFile(FILE) as file:
        config = file.read("config.json").replace(b'"vocabulary_size": 4', b'"vocabulary_size": 1')
    members = {"config.json": config, MEMBER: b"-1\n", "assets/layers/integer_lookup/vocabulary.txt": b"-1\n"}
    with pytest.raises(FileError, match="dense"):  # whose weights are those for four numbers
        keras.load_model(altered(tmp_path, members))
    layer = keras.layers.IntegerLookup()
    layer.take_vocabulary("-1\n", "file")
    assert layer.get_vocabulary() == [-1]


def test_a_promise_of_many_numbers_allocates_nothing(tmp_path):
    with zipfile.ZipFile(FILE) as file:
        config = file.read("config.json").replace(b'"vocabulary_size": 4', b'"vocabulary_size": 4000000000')
    with pytest.raises(FileError, match="altered.keras"):
        keras.load_model(altered(tmp_path, {"config.json": config}))


def test_a_path_in_the_description_is_not_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("1\n2\n")
    with zipfile.ZipFile(FILE) as file:
        config = file.read("config.json").replace(b'"vocabulary": null', f'"vocabulary": "{secret}"'.encode())
    with pytest.raises(FileError, match="which is not opened"):
        keras.load_model(altered(tmp_path, {"config.json": config}))


def test_names_that_lead_out_of_the_archive_mean_nothing(tmp_path):
    strange = {"assets/../../etc/vocabulary.txt": b"9\n", "assets//vocabulary.txt": b"9\n"}
    model = keras.load_model(altered(tmp_path, strange))
    np.testing.assert_allclose(model.predict(ASKED, verbose=0), FOUND, rtol=1e-5)
    shutil.rmtree(tmp_path)
