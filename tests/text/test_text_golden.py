"""Texts, words, sequences and windows against Keras: `tests/golden/make_text.py` wrote what it did."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

import hornbeam
from hornbeam import layers, text
from hornbeam.data.directories import text_dataset_from_directory
from hornbeam.data.timeseries import TimeseriesGenerator, timeseries_dataset_from_array

CASES = json.loads((Path(__file__).parents[1] / "golden" / "text.json").read_text(encoding="utf-8"))
# Chosen before looking: float32 logarithms and their products differ in the last places.
CLOSE = {"rtol": 2e-6, "atol": 1e-6}


NAMES = json.loads((Path(__file__).parents[1] / "golden" / "public_names.json").read_text(encoding="utf-8"))
PUBLIC = [
    *(("keras.layers", name) for name in ("TextVectorization", "StringLookup", "HashedCrossing", "Hashing")),
    ("keras.layers", "IntegerLookup"),
    *(
        ("keras.utils", name)
        for name in ("pad_sequences", "text_dataset_from_directory", "timeseries_dataset_from_array")
    ),
]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_arguments_have_keras_s_names_order_and_defaults(module, name):
    ours = getattr(getattr(hornbeam, module.removeprefix("keras.")), name)
    mine = [p for p in inspect.signature(ours).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    written = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in mine]
    assert f"({', '.join(written)}" == NAMES[module][name]["signature"].removesuffix(")").removesuffix(", **kwargs")


def cases(*objects):
    chosen = [case for case in CASES if case["object"] in objects]
    assert chosen
    return pytest.mark.parametrize("case", chosen, ids=[case["case"] for case in chosen])


@cases("Tokenizer")
def test_the_tokenizer_counts_and_numbers_as_in_keras(case):
    made = text.Tokenizer(**case["config"])
    if "sequences" not in case:
        if "tfidf" in case:
            made.fit_on_sequences([[1, 2, 2], [2, 3, 9], []])
            found = made.sequences_to_matrix([[1, 2, 2], [2, 3, 9], []], "tfidf")
            np.testing.assert_allclose(found, case["tfidf"], rtol=1e-12)
        else:
            made.fit_on_texts([["To", "be"], ["or", "not", "to", "be"]])
            assert made.word_index == case["word_index"]
        return
    texts, more = texts_of(case)
    made.fit_on_texts(texts)
    assert made.word_index == case["word_index"]
    assert made.word_counts == case["word_counts"]
    assert list(made.word_counts) == list(case["word_counts"])
    assert made.word_docs == case["word_docs"]
    assert {str(number): count for number, count in made.index_docs.items()} == case["index_docs"]
    sequences = made.texts_to_sequences(texts + more)
    assert sequences == case["sequences"]
    assert made.sequences_to_texts(sequences) == case["texts"]
    for mode in ("binary", "count", "freq", "tfidf"):
        if mode in case:
            np.testing.assert_allclose(made.texts_to_matrix(texts + more, mode), case[mode], rtol=1e-12)
    theirs = text.tokenizer_from_json(case["json"])
    assert theirs.get_config().keys() == made.get_config().keys()
    assert theirs.texts_to_sequences(texts + more) == sequences


def texts_of(case):
    found = next(each for each in CASES if each["case"] == "TextVectorization default")
    assert case["object"] == "Tokenizer"
    return found["adapt"], found["inputs"][len(found["adapt"]) :]


@cases("hashing_trick")
def test_hashing_with_md5_gives_keras_numbers(case):
    assert text.hashing_trick(case["text"], **case["config"]) == case["output"]
    assert text.text_to_word_sequence(case["text"]) == case["words"]


@cases("pad_sequences")
def test_padding_is_that_of_keras(case):
    found = text.pad_sequences(case["inputs"], **case["config"])
    assert found.tolist() == case["output"]
    arrays = text.pad_sequences([np.array(row, ndmin=1) for row in case["inputs"] if row], **case["config"])
    assert arrays.tolist()[0] == case["output"][0]


@cases("make_sampling_table")
def test_the_sampling_table_is_that_of_keras(case):
    np.testing.assert_allclose(text.make_sampling_table(**case["config"]), case["output"], rtol=1e-12)


@cases("skipgrams")
def test_neighbouring_words_are_paired_in_the_order_of_keras(case):
    found = text.skipgrams([1, 2, 0, 3, 4, 2], 5, **case["config"], negative_samples=0, shuffle=False)
    assert found == (case["pairs"], case["labels"])


@cases("TextVectorization", "StringLookup", "IntegerLookup", "Hashing")
def test_layers_for_texts_give_what_keras_gives(case):
    config = {name: tuple(v) if name == "ngrams" and isinstance(v, list) else v for name, v in case["config"].items()}
    layer = getattr(layers, case["object"])(**config)
    if case.get("adapt"):
        layer.adapt(case["adapt"])
    found = layer(case["inputs"])
    if "vocabulary" in case:
        assert layer.get_vocabulary() == case["vocabulary"]
        assert layer.vocabulary_size() == len(case["vocabulary"])
    if found.dtype.kind in "OU":
        assert found.tolist() == case["output"]
        return
    assert found.dtype == (np.int32 if layer.output_mode == "int" else np.float32)
    np.testing.assert_allclose(found, np.array(case["output"]), **CLOSE)
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(again(case["inputs"]), found)


@cases("HashedCrossing")
def test_crossed_columns_fall_into_the_bins_of_keras(case):
    layer = layers.HashedCrossing(**case["config"])
    assert layer(case["inputs"]).tolist() == case["output"]


@cases("TimeseriesGenerator")
def test_windows_that_end_before_a_step_are_those_of_keras(case):
    made = TimeseriesGenerator(case["data"], case["targets"], **case["config"])
    assert [[x.tolist(), y.tolist()] for x, y in (made[number] for number in range(len(made)))] == case["output"]


@cases("timeseries_dataset_from_array")
def test_windows_that_begin_at_a_step_are_those_of_keras(case):
    made = timeseries_dataset_from_array(case["data"], case["targets"], **case["config"])
    assert len(made) == len(case["output"])
    parts = [[p.tolist() for p in (batch if isinstance(batch, tuple) else (batch,))] for batch in made]
    assert parts == case["output"]


@cases("text_dataset_from_directory")
def test_files_are_listed_and_split_as_in_keras(case, tmp_path):
    for name in ("ham", "spam"):
        for number in range(6):
            inner = tmp_path / name / ("deep" if number == 5 else "")
            inner.mkdir(parents=True, exist_ok=True)
            (inner / f"{number}.txt").write_text(f"{name} {number}")
    made = text_dataset_from_directory(tmp_path, batch_size=None, verbose=False, **case["config"])
    assert sorted([text, label.tolist()] for text, label in made) == case["pairs"]
