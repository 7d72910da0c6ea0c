"""WordPiece, byte pairs, characters and bytes: against plain references, and there and back."""

import json
import re
import string
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam import text
from hornbeam.core.errors import FileError

few = settings(max_examples=60, deadline=None)
LETTERS = "abcde"
LINES = ["a bad cab, dead bee!", "abcde abc ab a", "decade of cabbage bead", "Ébène é bé", "ace ace ace bed bed"]


def word_piece_reference(line, vocabulary, indicator="##"):
    """Longest pieces from the left, by Devlin et al. (2019), in plain Python."""
    numbers = {token: number for number, token in enumerate(vocabulary)}
    found = []
    for word in re.findall(rf"[{re.escape(string.punctuation)}]|[^\s{re.escape(string.punctuation)}]+", line):
        pieces, start = [], 0
        while start < len(word):
            stops = range(len(word), start, -1)
            names = ((indicator if start else "") + word[start:stop] for stop in stops)
            name, stop = next(((name, stop) for name, stop in zip(names, stops) if name in numbers), (None, 0))  # noqa: B905
            if name is None:
                pieces = ["[UNK]"]
                break
            pieces.append(name)
            start = stop
        found += [numbers[piece] for piece in pieces]
    return found


def byte_pair_reference(word, merges):
    """Merges in order of their rank, by Sennrich et al. (2016), in plain Python."""
    ranks = {tuple(merge.split(" ")): rank for rank, merge in enumerate(merges)}
    symbols = list(word)
    while len(symbols) > 1:
        pairs = list(zip(symbols, symbols[1:], strict=False))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        merged, place = [], 0
        while place < len(symbols):
            if tuple(symbols[place : place + 2]) == best:
                merged.append("".join(best))
                place += 2
            else:
                merged.append(symbols[place])
                place += 1
        symbols = merged
    return symbols


VOCABULARY = text.compute_word_piece_vocabulary(LINES, 60, lowercase=True)
BYTES, MERGES = text.compute_byte_pair_vocabulary(LINES, 300, reserved_tokens=["<end>"])


@few
@given(st.text(LETTERS + " ,!z", max_size=30))
def test_word_pieces_are_the_longest_from_the_left(line):
    tokenizer = text.WordPieceTokenizer(VOCABULARY)
    assert tokenizer(line) == word_piece_reference(line, VOCABULARY)


@few
@given(st.lists(st.text(LETTERS, min_size=1, max_size=9), max_size=6))
def test_word_pieces_of_known_letters_come_back(words):
    tokenizer = text.WordPieceTokenizer(VOCABULARY)
    assert tokenizer.detokenize(tokenizer(" ".join(words))) == " ".join(words)


@few
@given(st.text(LETTERS, min_size=1, max_size=20))
def test_byte_pairs_are_merged_in_the_order_learnt(word):
    tokenizer = text.BytePairTokenizer(BYTES, MERGES)
    assert [tokenizer.id_to_token(number) for number in tokenizer(word)] == byte_pair_reference(word, MERGES)


@few
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_every_text_comes_back_from_byte_pairs_and_one_by_one_is_as_together(texts):
    tokenizer = text.BytePairTokenizer(BYTES, MERGES)
    together = tokenizer(texts)
    assert tokenizer.detokenize(together) == texts
    assert [tokenizer(each) for each in texts] == together


def test_word_pieces_with_accents_cases_and_chinese():
    vocabulary = ["[UNK]", "ebene", "Ébène", "東", "京"]
    plain = text.WordPieceTokenizer(vocabulary)
    assert plain("Ébène 東京") == [2, 3, 4]
    stripped = text.WordPieceTokenizer(vocabulary, lowercase=True, strip_accents=True)
    assert stripped("Ébène") == [1]
    assert text.WordPieceTokenizer(vocabulary, split_on_cjk=False)("東京") == [0]
    assert text.WordPieceTokenizer([*vocabulary, "a b"], split=False)("a b") == [5]


def test_special_tokens_are_found_in_texts_when_asked_for():
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[", "]", "CL", "##S", "x"]
    asked = text.WordPieceTokenizer(vocabulary, special_tokens=["[CLS]"], special_tokens_in_strings=True)
    assert asked("[CLS] x") == [2, 7]
    assert text.WordPieceTokenizer(vocabulary, special_tokens=["[CLS]"])("[CLS] x") == [3, 5, 6, 4, 7]


def test_unsplittable_tokens_stay_whole():
    plain = text.BytePairTokenizer(BYTES, MERGES)
    whole = text.BytePairTokenizer(BYTES, MERGES, unsplittable_tokens=["<end>"])
    assert whole("<end>") == [BYTES["<end>"]]
    assert len(plain("<end>")) > 1
    assert whole.detokenize(whole("a<end> b")) == "a<end> b"


def test_a_space_before_texts_makes_first_words_like_others():
    tokenizer = text.BytePairTokenizer(BYTES, MERGES, add_prefix_space=True)
    one, two = tokenizer("ace"), tokenizer("bed ace")
    assert two[-len(one) :] == one
    assert tokenizer.detokenize(one) == "ace"


def test_tokens_from_files(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    (tmp_path / "vocab.json").write_text(json.dumps(BYTES), encoding="utf-8")
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES]) + "\n", encoding="utf-8")
    line = "a bad cab"
    assert text.WordPieceTokenizer(tmp_path / "words.txt")(line) == text.WordPieceTokenizer(VOCABULARY)(line)
    from_files = text.BytePairTokenizer(tmp_path / "vocab.json", str(tmp_path / "merges.txt"))
    assert from_files(line) == text.BytePairTokenizer(BYTES, MERGES)(line)
    (tmp_path / "words.txt").write_bytes(b"a\nb\xff\n")
    with pytest.raises(FileError, match=r"words.txt: expected text in UTF-8; got byte 0xff at offset 3"):
        text.WordPieceTokenizer(tmp_path / "words.txt")


def test_the_same_texts_teach_the_same_vocabulary_in_every_process():
    code = (
        "from hornbeam import text\n"
        f"lines = {LINES!r}\n"
        "print(text.compute_word_piece_vocabulary(lines, 60, lowercase=True))\n"
        "print(text.compute_byte_pair_vocabulary(lines, 300, reserved_tokens=['<end>'])[1])"
    )
    printed = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert printed == {f"{VOCABULARY}\n{MERGES}\n"}


def test_a_vocabulary_learnt_from_files_is_that_of_their_lines(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    out = tmp_path / "vocabulary.txt"
    assert text.compute_word_piece_vocabulary([path], 60, out, lowercase=True) == VOCABULARY
    assert out.read_text(encoding="utf-8").splitlines() == VOCABULARY
    batches = [np.array(LINES[:2]), LINES[2:]]
    assert text.compute_word_piece_vocabulary(batches, 60, lowercase=True) == VOCABULARY


@pytest.mark.parametrize(
    "tokenizer",
    [
        text.WordPieceTokenizer(VOCABULARY, sequence_length=4),
        text.BytePairTokenizer(BYTES, MERGES, sequence_length=4),
        text.UnicodeCodepointTokenizer(sequence_length=4),
        text.ByteTokenizer(sequence_length=4),
    ],
    ids=lambda tokenizer: type(tokenizer).__name__,
)
def test_a_sequence_length_cuts_and_fills_up(tokenizer):
    free = type(tokenizer).from_config({**tokenizer.get_config(), "sequence_length": None})
    lines = ["a bad cab", "", "ab"]
    found = tokenizer(lines)
    assert found.dtype == np.int32
    assert found.tolist() == [(row + [0] * 4)[:4] for row in free(lines)]
    np.testing.assert_array_equal(tokenizer(lines[0]), found[0])
    words = type(tokenizer).from_config({**tokenizer.get_config(), "dtype": "string", "sequence_length": None})
    assert [[words.token_to_id(token) for token in row] for row in words(lines)] == free(lines)


@pytest.mark.parametrize(
    "tokenizer",
    [
        text.WordPieceTokenizer(VOCABULARY, lowercase=True),
        text.BytePairTokenizer(BYTES, MERGES, unsplittable_tokens=["<end>"]),
        text.UnicodeCodepointTokenizer(vocabulary_size=101),
        text.ByteTokenizer(lowercase=False),
    ],
    ids=lambda tokenizer: type(tokenizer).__name__,
)
def test_a_tokenizer_comes_back_from_its_config_and_names_no_file(tokenizer):
    config = json.loads(json.dumps(tokenizer.get_config()))
    again = type(tokenizer).from_config(config)
    assert again.get_config() == tokenizer.get_config()
    assert again("A bad cab<end>é") == tokenizer("A bad cab<end>é")
    if "vocabulary" in config:
        with pytest.raises(FileError, match="vocabulary: expected the tokens themselves; got the path '/etc/passwd'"):
            type(tokenizer).from_config({**config, "vocabulary": "/etc/passwd"})
        assert len(repr(tokenizer)) < 100


@few
@given(st.text(max_size=20).filter(lambda line: not line.endswith("\0")))
def test_characters_and_bytes_come_back(line):
    whole = line.encode("utf-8", "replace").decode()
    characters = text.UnicodeCodepointTokenizer(lowercase=False)
    assert characters.detokenize(characters(whole)) == whole
    data = text.ByteTokenizer(lowercase=False)
    assert data(whole) == list(whole.encode())
    assert data.detokenize(data(whole)) == whole


def test_characters_beyond_the_vocabulary_and_wrong_bytes():
    assert text.UnicodeCodepointTokenizer(vocabulary_size=100)("az") == [97, 99]
    assert text.UnicodeCodepointTokenizer(vocabulary_size=100).vocabulary_size() == 100
    assert text.ByteTokenizer().detokenize([97, 255]) == "a\ufffd"
    assert text.ByteTokenizer(errors="ignore").detokenize([97, 255]) == "a"
    assert text.ByteTokenizer(replacement_char=63).detokenize([97, 255]) == "a?"
    decomposed = unicodedata.normalize("NFD", "é")
    assert text.UnicodeCodepointTokenizer(normalization_form="NFC")(decomposed) == [233]
