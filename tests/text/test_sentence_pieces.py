"""SentencePiece models: the numbers are SentencePiece's, and files from strangers are read with care."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.text import SentencePieceTokenizer
from hornbeam.text.sentence_piece_file import parse

FOLDER = Path(__file__).parents[1] / "golden"
FOUND = json.loads((FOLDER / "sentence_pieces.json").read_text(encoding="utf-8"))
TEXTS = FOUND.pop("texts")
with np.load(FOLDER / "sentence_pieces.npz", allow_pickle=False) as file:
    MODELS = {name: file[f"{name}/file"].tobytes() for name in FOUND}
every = pytest.mark.parametrize("name", MODELS)


@every
def test_numbers_are_those_of_sentencepiece(name):
    tokenizer = SentencePieceTokenizer(MODELS[name])
    wrong = [
        (text, ours, theirs)
        for text, ours, theirs in zip(TEXTS, tokenizer(TEXTS), FOUND[name]["ids"], strict=True)
        if ours != theirs
    ]
    assert not wrong


@every
def test_texts_come_back_as_sentencepiece_gives_them(name):
    tokenizer = SentencePieceTokenizer(MODELS[name])
    assert tokenizer.detokenize(FOUND[name]["ids"]) == FOUND[name]["decoded"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20))
def test_every_text_comes_back_where_bytes_stand_for_the_unknown(text):
    tokenizer = SentencePieceTokenizer(MODELS["unigram suffix"])
    plain = text.replace("\u2581", " ").encode("utf-8", "replace").decode()
    if not any(token in plain for token in ("<mask>", "cense")) and plain and plain[0] != " ":
        assert tokenizer.detokenize(tokenizer(text)) == plain + " "


def test_a_file_serves_as_well_as_its_bytes(tmp_path):
    path = tmp_path / "small.model"
    path.write_bytes(MODELS["unigram"])
    assert SentencePieceTokenizer(path)("the work") == SentencePieceTokenizer(MODELS["unigram"])("the work")


def test_start_end_and_length():
    plain = SentencePieceTokenizer(MODELS["unigram"])
    both = SentencePieceTokenizer(MODELS["unigram"], add_bos=True, add_eos=True, sequence_length=12)
    ids = plain("the work")
    found = both(["the work", ""])
    assert found.dtype == np.int32
    assert found.tolist() == [[1, *ids, 2] + [0] * (10 - len(ids)), [1, 2] + [0] * 10]
    assert both.detokenize([1, *ids, 2]) == "the work"
    assert plain.id_to_token(1) == "<s>"
    assert plain.token_to_id("</s>") == 2
    assert plain.vocabulary_size() == len(plain.get_vocabulary()) == 400


@every
def test_a_file_that_is_cut_off_is_refused_or_is_a_shorter_model(name):
    data = MODELS[name]
    for length in [*range(1, 120), *range(len(data) // 2, len(data), 997)]:
        try:
            parse(data[:length], "cut.model")
        except FileError as error:
            assert "cut.model" in str(error)  # noqa: PT017
        else:
            whole = len(parse(data, "whole").pieces)
            assert len(parse(data[:length], "cut.model").pieces) <= whole


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 255))
def test_a_file_with_a_wrong_byte_is_read_or_refused_and_nothing_else(place, byte):
    data = bytearray(MODELS["unigram suffix"])
    data[place % len(data)] = byte
    with contextlib.suppress(FileError):
        SentencePieceTokenizer(bytes(data))("the License")


HOSTILE = {
    "a length beyond the end": b"\x0a\xff\xff\xff\xff\x0f",
    "a length beyond 64 bits": b"\x0a" + b"\xff" * 11,
    "an unknown type": b"\x0b",
    "a number for a message": b"\x08\x01",
    "no piece for what is unknown": b"\x0a\x03\x0a\x01a",
    "a piece twice": b"\x0a\x07\x0a\x03unk\x18\x02" + 2 * b"\x0a\x03\x0a\x01a",
    "a score of eight bytes": b"\x0a\x0e\x0a\x03unk\x11" + bytes(8),
    "text that is no UTF-8": b"\x0a\x03\x0a\x01\xff",
    "nothing": b"",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused(data):
    with pytest.raises(FileError, match=r"SentencePieceTokenizer.*expected .*; got .*\. \w+"):
        SentencePieceTokenizer(data)


def test_models_of_other_kinds_and_other_things_are_refused(tmp_path):
    unknown = b"\x0a\x07\x0a\x03unk\x18\x02"
    with pytest.raises(FileError, match="a unigram or BPE model; got one of type word"):
        SentencePieceTokenizer(unknown + b"\x12\x02\x18\x03")
    with pytest.raises(FileError, match="a file that can be read; got No such file"):
        SentencePieceTokenizer(tmp_path / "none.model")
    with pytest.raises(ArgumentError, match="the path of a .model file, or its bytes; got 3"):
        SentencePieceTokenizer(3)
    with pytest.raises(ArgumentError, match="add_bos: expected a model with a piece '<s>'"):
        SentencePieceTokenizer(unknown, add_bos=True)


def test_a_hostile_tree_of_rules_is_refused_when_a_text_needs_it():
    data = bytearray(MODELS["unigram"])
    at = data.index(b"\x12", data.index(b"nmt_nfkc") + 8)
    assert data[at] == 0x12
    for place in range(at + 8, at + 8 + 40_000, 997):
        data[place : place + 4] = b"\xff\xff\xff\xff"
    try:
        SentencePieceTokenizer(bytes(data))(TEXTS)
    except FileError as error:
        assert "normalizer" in str(error)  # noqa: PT017
