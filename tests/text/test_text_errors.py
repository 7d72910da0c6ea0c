"""Wrong texts and arguments: the error says where, what was expected, what came and what to do."""

import numpy as np
import pandas as pd
import pytest

import hornbeam as keras
from hornbeam import layers, text
from hornbeam.core.errors import (
    ArgumentError,
    DataError,
    FileError,
    HornbeamError,
    NotBuiltError,
    ShapeError,
    UnknownNameError,
)
from hornbeam.text.strings import flat_strings


def fitted(**arguments):
    made = text.Tokenizer(**arguments)
    made.fit_on_texts(["a b", "b"])
    return made


def adapted(**arguments):
    layer = layers.TextVectorization(name="words", **arguments)
    layer.adapt(["a b", "b c"])
    return layer


NAN = pd.Series(["a", float("nan"), "b"])
WORDS = ["[UNK]", "a", "b"]

# what is done, the class of the error, and parts of its text
CASES = {
    # Tokenizer
    "unknown mode": (
        lambda: fitted().texts_to_matrix(["a"], mode="cuont"), UnknownNameError,
        "mode", "'tfidf'", "'cuont'", "Did you mean 'count'"),
    "NaN among texts": (
        lambda: fitted().texts_to_sequences(NAN), DataError,
        "texts_to_sequences", "nan (float) in row 1", "fillna('')"),
    "NaN in fitting": (lambda: text.Tokenizer().fit_on_texts(NAN), DataError, "fit_on_texts", "in row 1", "fillna"),
    "None among texts": (
        lambda: fitted().texts_to_sequences([None]), DataError, "None (NoneType) in row 0", "Fill or drop"),
    "bytes among texts": (lambda: fitted().texts_to_sequences([b"a"]), DataError, "b'a' (bytes)", "decode('utf-8')"),
    "numbers among texts": (lambda: fitted().texts_to_sequences(["a", 3]), DataError, "3 (int) in row 1", "str(value)"),
    "one text for several": (
        lambda: fitted().texts_to_sequences("a b"), DataError, "a list of texts", "one text, 'a b'", "Write [text]"),
    "no texts at all": (lambda: fitted().fit_on_texts(3), DataError, "a list of texts", "3", "Write [text]"),
    "new tokenizer, sequences": (
        lambda: text.Tokenizer().texts_to_sequences(["a"]), NotBuiltError,
        "texts_to_sequences", "knows words", "a new one", "fit_on_texts"),
    "new tokenizer, texts": (
        lambda: text.Tokenizer().sequences_to_texts([[1]]), NotBuiltError, "Call fit_on_texts(texts) first."),
    "new tokenizer, matrix": (
        lambda: text.Tokenizer().sequences_to_matrix([[1]]), NotBuiltError, "num_words", "neither", "fit_on_texts"),
    "tfidf before fit": (
        lambda: text.Tokenizer(num_words=9).sequences_to_matrix([[1]], "tfidf"), NotBuiltError,
        "'tfidf'", "seen texts", "a new one", "fit_on_sequences"),
    "num_words 0": (
        lambda: text.Tokenizer(num_words=0), ArgumentError, "Tokenizer, num_words", "a positive integer", "0"),
    "oov_token True": (
        lambda: text.Tokenizer(oov_token=True), ArgumentError,
        "oov_token", "a word or None", "True", "oov_token='<unk>'"),
    "split without a separator": (
        lambda: text.Tokenizer(split=""), ArgumentError, "split", "a separator", "char_level=True"),
    "negative numbers": (lambda: fitted().sequences_to_matrix([[1, -1]]), DataError, "at least 0", "-1"),
    "no JSON": (lambda: text.tokenizer_from_json("{"), ArgumentError, "to_json", "JSONDecodeError"),
    "other JSON": (
        lambda: text.tokenizer_from_json('{"config": {"word_counts": "[]"}}'), ArgumentError,
        "to_json wrote", "KeyError"),
    # hashing, padding, pairs
    "hash that is unknown": (
        lambda: text.hashing_trick("a", 9, "md4"), UnknownNameError, "hash_function", "'md4'", "'md5'"),
    "too few numbers": (
        lambda: text.hashing_trick("a", 1), ArgumentError, "n: expected an integer of at least 2", "got 1"),
    "words of a list": (
        lambda: text.text_to_word_sequence(["a"]), DataError, "a text", "['a'] (list)", "once for each text"),
    "padding one sequence": (
        lambda: text.pad_sequences([1, 2]), ShapeError, "a list of sequences", "1 in row 0", "[sequence]"),
    "padding one array": (
        lambda: text.pad_sequences(np.arange(3)), ShapeError, "a list of sequences", "in row 0", "[sequence]"),
    "padding texts": (
        lambda: text.pad_sequences(["a b"]), DataError, "lists of numbers", "'a b' in row 0", "texts_to_sequences"),
    "padding words as numbers": (
        lambda: text.pad_sequences([[1], ["a"]]), DataError,
        "numbers, for dtype int32", "'a' in row 1", "dtype=object"),
    "padding unequal entries": (
        lambda: text.pad_sequences([[[1, 2]], [[3]]]), ShapeError, "entries of shape (2,)", "(1,) in row 1"),
    "padding ragged entries": (
        lambda: text.pad_sequences([[[1, 2], [3]]]), ShapeError, "entries of one shape", "in row 0"),
    "padding an iterator": (
        lambda: text.pad_sequences(iter([[1]])), DataError, "a list of sequences", "Write [sequence]"),
    "maxlen 0": (lambda: text.pad_sequences([[1]], maxlen=0), ArgumentError, "maxlen", "a positive integer", "0"),
    "padding='left'": (
        lambda: text.pad_sequences([[1]], padding="left"), UnknownNameError, "padding", "'pre' or 'post'", "'left'"),
    "truncating='pots'": (
        lambda: text.pad_sequences([[1]], truncating="pots"), UnknownNameError, "truncating", "Did you mean 'post'"),
    "a word as filling": (
        lambda: text.pad_sequences([[1]], value="x"), ArgumentError, "value", "a number", "'x'", "dtype=object"),
    "pairs beyond the vocabulary": (
        lambda: text.skipgrams([1, 9], 5), DataError, "numbers from 0 to 4", "9", "vocabulary_size=10"),
    "pairs of several texts": (
        lambda: text.skipgrams([[1], [2]], 5), DataError, "a list of whole numbers", "shape (2, 1)", "[0]"),
    # layers
    "no vocabulary": (
        lambda: layers.TextVectorization()(["a"]), NotBuiltError, "a vocabulary", "none yet", "Call adapt(data) first"),
    "lookup without vocabulary": (lambda: layers.StringLookup()(["a"]), NotBuiltError, "(StringLookup)", "adapt(data)"),
    "a word twice": (
        lambda: layers.StringLookup(vocabulary=["a", "b", "a"]), ArgumentError,
        "each token once", "twice 'a'", "dict.fromkeys"),
    "no word": (lambda: layers.StringLookup(vocabulary=[]), ArgumentError, "at least one token", "none"),
    "vocabulary too large": (
        lambda: layers.StringLookup(3, vocabulary=["a", "b", "c"]), ArgumentError,
        "max_tokens", "at least 4, for 3 tokens and 1 special", "got 3"),
    "special word inside": (
        lambda: layers.StringLookup(vocabulary=["a", ""], mask_token=""), ArgumentError,
        "only at the beginning", "''", "Take it out"),
    "vocabulary as a number": (
        lambda: layers.StringLookup(vocabulary=3), ArgumentError, "vocabulary", "a list of tokens", "3"),
    "vocabulary of no file": (
        lambda: layers.StringLookup(vocabulary="none.txt"), FileError, "none.txt", "a file that can be read"),
    "weights without tf_idf": (
        lambda: layers.StringLookup(vocabulary=["a"], idf_weights=[1.0]), ArgumentError,
        "idf_weights", "output_mode is not 'tf_idf'"),
    "tf_idf without weights": (
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), ArgumentError,
        "a number for each token", "None"),
    "too few weights": (
        lambda: layers.StringLookup(vocabulary=["a", "b"], output_mode="tf_idf", idf_weights=[1.0]), ArgumentError,
        "2 numbers", "shape (1,)"),
    "weights alone": (
        lambda: layers.StringLookup(output_mode="tf_idf", idf_weights=[1.0]), ArgumentError,
        "a vocabulary with them", "none"),
    "inverted vectors": (
        lambda: layers.StringLookup(vocabulary=["a"], invert=True, output_mode="count"), ArgumentError,
        "'int', as invert", "'count'"),
    "padding to nothing": (
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="count", pad_to_max_tokens=True), ArgumentError,
        "max_tokens", "None"),
    "unknown word": (
        lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["a", "z"]), DataError,
        "num_oov_indices is 0", "'z'", "num_oov_indices=1"),
    "unknown number": (
        lambda: layers.IntegerLookup(vocabulary=[3], num_oov_indices=0)(np.array([3, 9])), DataError,
        "num_oov_indices is 0", "got 9"),
    "numbers to StringLookup": (
        lambda: layers.StringLookup(vocabulary=["a"])([1, 2]), DataError, "texts", "1 (int) in row 0"),
    "words to IntegerLookup": (
        lambda: layers.IntegerLookup(vocabulary=[3])(np.array(["a"])), DataError,
        "whole numbers", "['a']", "StringLookup"),
    "halves to IntegerLookup": (
        lambda: layers.IntegerLookup(vocabulary=[3])(np.array([3.5])), DataError,
        "whole numbers", "[3.5]", "Discretization"),
    "words to adapt IntegerLookup": (
        lambda: layers.IntegerLookup().adapt(["a"]), DataError, "adapt", "whole numbers"),
    "salt without farmhash": (
        lambda: layers.IntegerLookup(vocabulary=[3], salt=1), ArgumentError,
        "salt", "oov_method='farmhash'", "floormod"),
    "words to an inverse": (
        lambda: layers.StringLookup(vocabulary=["a"], invert=True)(["a"]), DataError,
        "whole numbers, as invert is True"),
    "NaN in a column": (
        lambda: adapted()(NAN), DataError, "words (TextVectorization)", "nan (float) in row 1", "fillna"),
    "NaN in adapt": (lambda: layers.TextVectorization().adapt(NAN), DataError, "adapt", "nan (float) in row 1"),
    "two texts in a row": (
        lambda: adapted()([["a", "b"]]), ShapeError, "(batch,) or (batch, 1)", "shape (1, 2)", "split=None"),
    "ragged texts": (lambda: flat_strings([["a"], ["a", "b"]], "layer"), DataError, "lists of equal length", "''"),
    "bytes of another encoding": (
        lambda: adapted()([b"a", b"caf\xe9"]), DataError, "text in utf-8", "byte 0xe9 at offset 3 in row 1", "latin-1"),
    "nothing to adapt to": (
        lambda: layers.TextVectorization().adapt([]), DataError, "adapt", "at least one token", "none"),
    "nothing in an iterable": (
        lambda: layers.TextVectorization().adapt(iter([])), ArgumentError, "at least one batch", "used up"),
    "standardize misspelt": (
        lambda: layers.TextVectorization(standardize="lwoer"), ArgumentError,
        "standardize", "'lwoer'", "Did you mean 'lower'"),
    "split misspelt": (lambda: layers.TextVectorization(split="white"), ArgumentError, "split", "'whitespace'"),
    "length with vectors": (
        lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), ArgumentError,
        "output_sequence_length", "None", "3"),
    "one-hot texts": (lambda: layers.TextVectorization(output_mode="one_hot"), ArgumentError, "'one_hot'", "multi_hot"),
    "output mode misspelt": (
        lambda: layers.TextVectorization(output_mode="tfidf"), ArgumentError, "output_mode", "'tf_idf'", "'tfidf'"),
    "a standardize that loses texts": (
        lambda: adapted(standardize=lambda texts: texts[:1]), DataError, "standardize", "shape (2,)", "(1,)"),
    "a split that loses texts": (
        lambda: adapted(split=lambda texts: [["a"]]), DataError, "split", "each of 2 texts", "1"),
    "no bins": (lambda: layers.Hashing(0), ArgumentError, "num_bins", "a positive integer", "0"),
    "salt of three": (
        lambda: layers.Hashing(3, salt=(1, 2, 3)), ArgumentError, "salt", "a whole number, or two", "(1, 2, 3)"),
    "one column to cross": (
        lambda: layers.HashedCrossing(3)(["a", "b"]), DataError, "at least two columns", "layer((cities, months))"),
    "unequal columns to cross": (
        lambda: layers.HashedCrossing(3)((["a", "b"], ["a"])), ShapeError, "equal shape", "(2,), (1,)"),
    # in networks
    "texts into a network": (
        lambda: adapted()(keras.Input((1,))), DataError,
        "no compiled program can hold them", "a symbolic tensor", "x = layer(texts)"),
    "an input of texts": (
        lambda: keras.Input((1,), dtype="string"), ArgumentError, "a number type", "'string'", "x = layer(texts)"),
    "hashing in a network": (
        lambda: layers.Hashing(3, salt=1)(keras.Input((1,), dtype="int32")), DataError, "(Hashing)",
        "x = layer(texts)"),
    "wide numbers in a network": (
        lambda: layers.IntegerLookup(vocabulary=[3, 2**40])(keras.Input((1,), dtype="int32")), HornbeamError,
        "32-bit", str(2**40), "x = layer(x)"),
    # pieces
    "pieces without a vocabulary": (
        lambda: text.WordPieceTokenizer(), ArgumentError, "vocabulary", "a list of tokens", "None"),
    "pieces twice": (lambda: text.WordPieceTokenizer([*WORDS, "a"]), ArgumentError, "each token once", "twice 'a'"),
    "no piece for the unknown": (
        lambda: text.WordPieceTokenizer(["a"]), ArgumentError, "oov_token", "'[UNK]'", "Add it"),
    "a special piece that is missing": (
        lambda: text.WordPieceTokenizer(WORDS, special_tokens=["[CLS]"]), ArgumentError, "special_tokens", "'[CLS]'"),
    "pieces of NaN": (lambda: text.WordPieceTokenizer(WORDS)(NAN), DataError, "nan (float) in row 1", "fillna"),
    "pieces of a number": (lambda: text.WordPieceTokenizer(WORDS)(3), DataError, "a text or a list of texts", "3"),
    "a number beyond the pieces": (
        lambda: text.WordPieceTokenizer(WORDS).detokenize([1, 9]), DataError, "numbers from 0 to 2", "9"),
    "words to detokenize": (
        lambda: text.WordPieceTokenizer(WORDS).detokenize(["a"]), DataError, "whole numbers", "tokenize"),
    "a piece that is none": (
        lambda: text.WordPieceTokenizer(WORDS).token_to_id("c"), UnknownNameError, "'c'", "Known names: [UNK], a, b"),
    "a piece's number that is none": (lambda: text.WordPieceTokenizer(WORDS).id_to_token(3), DataError, "0 to 2", "3"),
    "merges of what is not there": (
        lambda: text.BytePairTokenizer({"a": 0}, ["a b"]), ArgumentError, "merges", "'b'", "of one model"),
    "merges of three": (
        lambda: text.BytePairTokenizer({"a": 0}, ["a a a"]), ArgumentError, "two tokens in each", "('a', 'a', 'a')"),
    "no merges": (lambda: text.BytePairTokenizer({"a": 0}), ArgumentError, "merges", "None"),
    "a list for a dict": (lambda: text.BytePairTokenizer(["a"], []), ArgumentError, "a dict from token", "['a']"),
    "two tokens with one number": (
        lambda: text.BytePairTokenizer({"a": 0, "b": 0}, []), ArgumentError, "a number of its own"),
    "unsplittable and unknown": (
        lambda: text.BytePairTokenizer({"a": 0}, [], unsplittable_tokens=["<e>"]), ArgumentError,
        "unsplittable_tokens", "'<e>'"),
    "a vocabulary too small to learn": (
        lambda: text.compute_word_piece_vocabulary(["a"], 3), ArgumentError, "vocabulary_size", "at least 6", "3"),
    "learning from one text": (
        lambda: text.compute_word_piece_vocabulary("a b", 30), DataError, "a list of texts", "Write [text]"),
    "learning from numbers": (lambda: text.compute_byte_pair_vocabulary([1], 300), DataError, "1 (int) in row 0"),
    "a length of 0": (
        lambda: text.ByteTokenizer(sequence_length=0), ArgumentError, "sequence_length", "a positive integer"),
    "another form of Unicode": (
        lambda: text.ByteTokenizer(normalization_form="NFX"), ArgumentError, "normalization_form", "'NFC'", "'NFX'"),
}  # fmt: skip


@pytest.mark.parametrize(("do", "kind", "parts"), [(do, kind, parts) for do, kind, *parts in CASES.values()], ids=CASES)
def test_what_is_wrong_is_said_in_four_parts(do, kind, parts):
    with pytest.raises(kind) as caught:
        do()
    error = caught.value
    assert isinstance(error, HornbeamError)
    message = str(error)
    assert ": expected " in message
    assert "; got " in message
    assert error.where
    assert error.fix[-1] in ".?"
    missing = [part for part in parts if part not in message]
    assert not missing, message


def test_one_string_is_a_list_of_characters_where_characters_are_words():
    made = text.Tokenizer(char_level=True)
    made.fit_on_texts("to be or not to be")
    assert made.document_count == 18
    assert made.texts_to_sequences(["to"]) == [[made.word_index["t"], made.word_index["o"]]]


def test_an_old_argument_is_understood_with_a_warning():
    with pytest.warns(DeprecationWarning, match="num_words"):
        assert text.Tokenizer(nb_words=5).num_words == 5


def test_a_tokenizer_pickled_by_an_old_keras_lacks_some_attributes_and_works():
    made = fitted()
    for name in ("analyzer", "oov_token", "char_level"):
        made.__dict__.pop(name, None)
    assert made.texts_to_sequences(["a b"]) == [[2, 1]]


@pytest.mark.parametrize("name", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_path_in_a_config_is_never_opened(name, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("1\n2\n")
    cls = getattr(layers, name)
    config = {**cls().get_config(), "vocabulary": str(secret)}
    with pytest.raises(
        FileError, match=r"vocabulary: expected a list of tokens; got the path .*secret.txt.*not opened"
    ):
        cls.from_config(config)
    with pytest.raises(FileError, match="not opened"):
        layers.deserialize({"module": "keras.layers", "class_name": name, "config": config, "registered_name": None})
