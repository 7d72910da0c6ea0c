"""What must hold for all texts: round trips, padding, one by one as in a batch, the same after saving."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hornbeam import layers, text
from hornbeam.text.hashing import crossed, farm_hash, sip_hash

WORDS = st.text("abcdeé", min_size=1, max_size=4)
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=6)
SEQUENCES = st.lists(st.lists(st.integers(1, 99), max_size=9), min_size=1, max_size=6)
few = settings(max_examples=60, deadline=None)


def fitted(texts, **arguments):
    made = text.Tokenizer(**arguments)
    made.fit_on_texts([*texts, "a word"])
    return made


@few
@given(TEXTS)
def test_numbers_of_known_words_lead_back_to_them(texts):
    made = fitted(texts)
    assert made.sequences_to_texts(made.texts_to_sequences(texts)) == [" ".join(each.split()) for each in texts]


@few
@given(TEXTS)
def test_more_frequent_words_have_smaller_numbers(texts):
    made = fitted(texts)
    counts = [made.word_counts[made.index_word[number]] for number in sorted(made.index_word)]
    assert counts == sorted(counts, reverse=True)
    assert sorted(made.index_word) == list(range(1, len(made.word_counts) + 1))


@few
@given(TEXTS)
def test_texts_are_numbered_one_by_one_as_together(texts):
    made = fitted(texts, num_words=5, oov_token="?")
    assert [made.texts_to_sequences([each])[0] for each in texts] == made.texts_to_sequences(texts)
    for mode in ("binary", "count", "freq", "tfidf"):
        together = made.texts_to_matrix(texts, mode)
        np.testing.assert_array_equal(np.concatenate([made.texts_to_matrix([each], mode) for each in texts]), together)


@few
@given(TEXTS, TEXTS)
def test_fitting_in_two_steps_is_fitting_at_once(first, second):
    made = fitted(first)
    made.fit_on_texts(second)
    at_once = text.Tokenizer()
    at_once.fit_on_texts([*first, "a word", *second])
    assert made.word_index == at_once.word_index
    assert (made.word_docs, made.index_docs) == (at_once.word_docs, at_once.index_docs)
    assert made.document_count == at_once.document_count


@few
@given(TEXTS)
def test_a_tokenizer_comes_back_from_its_json(texts):
    made = fitted(texts, oov_token="<oov>", num_words=7)
    again = text.tokenizer_from_json(made.to_json())
    assert again.get_config() == made.get_config()
    assert again.texts_to_sequences(texts) == made.texts_to_sequences(texts)


@few
@given(SEQUENCES, st.integers(1, 12), st.sampled_from(["pre", "post"]), st.sampled_from(["pre", "post"]))
def test_padding_keeps_what_fits_and_fills_the_rest(sequences, maxlen, padding, truncating):
    padded = text.pad_sequences(sequences, maxlen, padding=padding, truncating=truncating)
    assert padded.shape == (len(sequences), maxlen)
    for row, sequence in zip(padded.tolist(), sequences, strict=True):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        zeros = [0] * (maxlen - len(kept))
        assert row == (zeros + kept if padding == "pre" else kept + zeros)
    np.testing.assert_array_equal(text.pad_sequences(padded, maxlen), padded)
    objects = text.pad_sequences([list(map(str, s)) for s in sequences], maxlen, object, padding, truncating, value="0")
    assert objects.astype(int).tolist() == padded.tolist()


def test_skipgrams_are_neighbours_and_random_words_in_the_shares_asked_for():
    sequence = (np.arange(2000) % 50 + 1).tolist()
    pairs, labels = text.skipgrams(sequence, 51, window_size=2, negative_samples=0.5, seed=3)
    true = [pair for pair, label in zip(pairs, labels, strict=True) if label]
    false = [pair for pair, label in zip(pairs, labels, strict=True) if not label]
    assert len(true) == 4 * 2000 - 6
    assert len(false) == len(true) // 2
    assert all((b - a) % 50 in (1, 2, 48, 49) for a, b in true)
    drawn = np.bincount([b for _, b in false], minlength=51)
    assert drawn[0] == 0
    # a word is drawn about 80 times; a share of 1 in 10,000 words strays by more than four deviations, 36
    assert np.abs(drawn[1:] - len(false) / 50).max() < 4 * (len(false) / 50) ** 0.5 + 4
    assert (pairs, labels) == text.skipgrams(sequence, 51, window_size=2, negative_samples=0.5, seed=3)
    one_hot = text.skipgrams(sequence, 51, window_size=2, negative_samples=0.5, seed=3, categorical=True)[1]
    assert [row[1] for row in one_hot] == labels


def test_the_sampling_table_thins_out_pairs():
    table = np.array([0.0, 0.0, 1.0, 0.25])
    pairs, _ = text.skipgrams([1, 2, 3] * 4000, 4, window_size=1, negative_samples=0, sampling_table=table, seed=1)
    begins = np.bincount([first for first, _ in pairs], minlength=4)
    assert begins[1] == 0
    assert begins[2] == 8000
    assert abs(begins[3] - 2000) < 250  # about 4000 draws of a quarter, two pairs each: deviation 55


@few
@given(st.binary(max_size=200))
def test_hashes_have_64_bits_and_depend_on_the_salt(data):
    assert 0 <= farm_hash(data) < 2**64
    assert 0 <= sip_hash(data, (1, 2)) < 2**64
    assert sip_hash(data, (1, 2)) != sip_hash(data, (1, 3))
    assert crossed([farm_hash(data), 1]) != crossed([1, farm_hash(data)])


def test_numbers_are_hashed_alike_on_the_host_and_in_a_program():
    rng = np.random.default_rng(0)
    limits = np.iinfo(np.int32)
    powers = [sign * 10**power + shift for power in range(10) for sign in (1, -1) for shift in (-1, 0, 1)]
    drawn, ends = rng.integers(limits.min, limits.max, 2000), [limits.min, limits.max]
    x = np.concatenate([np.arange(-1200, 1200), drawn, powers, ends]).astype(np.int32)
    for count in (1000, 2**31 - 1):
        layer = layers.Hashing(count)
        np.testing.assert_array_equal(jax.jit(layer)(x), layer(x))


VECTORIZED = [
    {},
    {"output_sequence_length": 5},
    {"output_mode": "multi_hot"},
    {"output_mode": "count", "ngrams": 2},
    {"output_mode": "tf_idf"},
    {"split": "character", "output_sequence_length": 7},
]


@pytest.mark.parametrize("arguments", VECTORIZED, ids=str)
def test_a_text_is_vectorized_alone_as_among_others(arguments):
    texts = ["a b, a!", "B c d e f g", "", "unknown words"]
    layer = layers.TextVectorization(**arguments)
    layer.adapt(texts[:3])
    together = layer(texts)
    for row, each in zip(together, texts, strict=True):
        alone = layer(each)
        np.testing.assert_array_equal(alone[: len(row)], row[: len(alone)])
        assert not row[len(alone) :].any()


def test_batches_of_texts_teach_what_all_texts_teach():
    texts = [f"w{n % 7} w{n % 3} w{n % 5}" for n in range(30)]
    for mode in ("int", "tf_idf"):
        whole, split, labelled = (layers.TextVectorization(output_mode=mode, name="v") for _ in range(3))
        whole.adapt(texts)
        split.adapt(np.array(texts[start : start + 4]) for start in range(0, 30, 4))
        labelled.adapt([(np.array(texts[start : start + 4]), np.zeros(len(texts[start : start + 4])))
                        for start in range(0, 30, 4)])  # fmt: skip
        assert whole.get_config() == split.get_config() == labelled.get_config()


def test_functions_of_the_users_standardize_and_split():
    layer = layers.TextVectorization(
        standardize=lambda texts: np.char.replace(texts, "<br />", " "),
        split=lambda texts: [each.split("|") for each in texts],
    )
    layer.adapt(["a|b<br />c", "b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "b<br />c".replace("<br />", " "), "b", "a"]
    np.testing.assert_array_equal(layer(["b|a", "z"]), [[3, 4], [1, 0]])


def test_a_lookup_and_its_inverse_lead_back():
    words = np.array([["a", "b"], ["c", "a"]])
    there = layers.StringLookup(vocabulary=["a", "b", "c"], mask_token="")
    back = layers.StringLookup(vocabulary=there.get_vocabulary(), mask_token="", invert=True)
    np.testing.assert_array_equal(back(there(words)), words)
    numbers = np.array([[10**12, -3], [7, 10**12]])
    there = layers.IntegerLookup(vocabulary=[10**12, 7, -3])
    back = layers.IntegerLookup(vocabulary=[10**12, 7, -3], invert=True)
    np.testing.assert_array_equal(back(there(numbers)), numbers)


def test_a_vocabulary_is_read_from_a_file_that_the_user_names(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("été\nb\n", encoding="utf-8")
    for given_path in (path, str(path)):
        layer = layers.StringLookup(vocabulary=given_path)
        assert layer.get_vocabulary() == ["[UNK]", "été", "b"]
        assert json.loads(json.dumps(layer.get_config()))["vocabulary"] == ["[UNK]", "été", "b"]


def test_lookups_with_other_vocabularies_do_not_share_a_program():
    import hornbeam as keras

    x = np.array([[3], [9]])
    outputs = []
    for vocabulary in ([3, 9], [9, 3]):
        model = keras.Sequential([keras.Input((1,), dtype="int32"), layers.IntegerLookup(vocabulary=vocabulary)])
        outputs.append(model.predict(x, verbose=0).tolist())
    assert outputs == [[[1], [2]], [[2], [1]]]
