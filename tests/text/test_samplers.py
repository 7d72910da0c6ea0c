"""Samplers: what they choose and how often, the loop, its program; the view of each step's probabilities."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam
from hornbeam import layers, nlp, text
from hornbeam.core.errors import ArgumentError, DataError, HornbeamError, ShapeError, UnknownNameError
from hornbeam.text import sampler as loop

rng = np.random.default_rng(4)
TABLE = rng.normal(size=(5, 5)).astype("float32") * 1.5  # logits of the next word after each word
LOG = np.log(np.exp(TABLE) / np.exp(TABLE).sum(1, keepdims=True))
PROMPT = np.int32([[1, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0]])


def markov(prompt, cache, index):
    return jnp.asarray(TABLE)[jnp.take(prompt, index - 1, axis=1)], None, cache


def constant(probabilities):
    """A network that gives the same probabilities at each place."""
    logits = jnp.log(jnp.asarray(probabilities))

    def next(prompt, cache, index):
        return jnp.broadcast_to(logits, (prompt.shape[0], len(probabilities))), None, cache

    return next


def drawn(sampler, probabilities, count=4000):
    """How often each word was chosen."""
    found = np.asarray(sampler(constant(probabilities), np.zeros((8, count // 8), int)))
    return np.bincount(found.ravel(), minlength=len(probabilities))


def fits(counts, probabilities):
    """Whether counts are as probable as a fair draw, by the chi-square statistic.

    Its mean is the number of words less 1; beyond mean + 5 deviations, which is sqrt(2 · mean), a fair draw does not
    come once in ten thousand. Chosen before looking.
    """
    expected = np.asarray(probabilities) / np.sum(probabilities) * counts.sum()
    freedom = np.count_nonzero(expected) - 1
    kept = expected > 0
    statistic = ((counts[kept] - expected[kept]) ** 2 / expected[kept]).sum()
    return not counts[~kept].any() and statistic < freedom + 5 * np.sqrt(2 * freedom)


# ---- what is chosen


def test_greedy_takes_the_most_probable_word():
    found = np.asarray(text.GreedySampler()(markov, PROMPT, index=1))
    for row in found:
        assert all(after == TABLE[before].argmax() for before, after in itertools.pairwise(row))


WORDS = [0.4, 0.3, 0.15, 0.1, 0.05]
KEPT = {
    "random": (text.RandomSampler(seed=1), WORDS),
    "top_k": (text.TopKSampler(k=3, seed=1), [0.4, 0.3, 0.15, 0, 0]),
    "top_p": (text.TopPSampler(p=0.8, seed=1), [0.4, 0.3, 0.15, 0, 0]),
    "top_p of top_k": (text.TopPSampler(p=1.0, k=2, seed=1), [0.4, 0.3, 0, 0, 0]),
    "cold": (text.RandomSampler(temperature=0.5, seed=1), [p**2 for p in WORDS]),
    "hot": (text.TopKSampler(k=2, temperature=2.0, seed=1), [0.4**0.5, 0.3**0.5, 0, 0, 0]),
}


@pytest.mark.parametrize("name", KEPT)
def test_words_come_as_often_as_they_are_probable(name):
    sampler, expected = KEPT[name]
    counts = drawn(sampler, WORDS)
    assert fits(counts, expected)
    assert not fits(counts, np.roll(expected, 1))


def test_neighbouring_places_and_texts_are_independent():
    found = np.asarray(text.RandomSampler(seed=3)(constant([0.5, 0.5]), np.zeros((40, 100), int)))
    for one, two in ((found[:, 1:], found[:, :-1]), (found[1:], found[:-1])):
        pairs = np.bincount((2 * one + two).ravel(), minlength=4)
        assert fits(pairs, [1, 1, 1, 1])


def test_a_seed_gives_the_same_texts_in_every_run():
    prompt = np.zeros((2, 20), int)
    one, two = text.RandomSampler(seed=5), text.RandomSampler(seed=5)
    first = one(constant(WORDS), prompt)
    np.testing.assert_array_equal(first, two(constant(WORDS), prompt))
    assert np.any(first != one(constant(WORDS), prompt))
    hornbeam.utils.set_random_seed(3)
    free = text.RandomSampler()(constant(WORDS), prompt)
    hornbeam.utils.set_random_seed(3)
    np.testing.assert_array_equal(free, text.RandomSampler()(constant(WORDS), prompt))


# ---- searches


def log_probability(row):
    return sum(LOG[before, after] for before, after in itertools.pairwise(row))


def best_by_trying(first, length, stop=None):
    """The most probable text, of all."""
    texts = ((first, *rest) for rest in itertools.product(range(5), repeat=length - 1))
    if stop is not None:

        def ended(row):
            place = row.index(stop, 1) if stop in row[1:] else len(row)
            return (*row[: place + 1], *(stop for _ in row[place + 1 :]))

        return max({ended(row) for row in texts}, key=lambda row: ended_log_probability(row, stop))
    return max(texts, key=log_probability)


def ended_log_probability(row, stop):
    end = row.index(stop, 1) if stop in row[1:] else len(row) - 1
    return log_probability(row[: end + 1])


def test_one_beam_is_greedy():
    greedy = text.GreedySampler()(markov, PROMPT, index=1)
    np.testing.assert_array_equal(text.BeamSampler(num_beams=1)(markov, PROMPT, index=1), greedy)


def test_beams_find_the_best_text():
    found, scores = text.BeamSampler(num_beams=25, return_all_beams=True)(markov, PROMPT[:, :5], index=1)
    for row, score, prompt in zip(np.asarray(found), np.asarray(scores), PROMPT, strict=True):
        best = best_by_trying(int(prompt[0]), 5)
        assert tuple(row[0]) == best
        np.testing.assert_allclose(score, [log_probability(each) for each in row], rtol=1e-4, atol=1e-5)
        assert (np.diff(score) <= 0).all()
        assert len({tuple(each) for each in row}) == 25
    alone = text.BeamSampler(num_beams=25)(markov, PROMPT[:, :5], index=1)
    np.testing.assert_array_equal(alone, np.asarray(found)[:, 0])


def test_a_text_that_has_ended_keeps_its_probability():
    for stop in (1, 4):
        found = text.BeamSampler(num_beams=125)(markov, PROMPT[:, :4], index=1, stop_token_ids=[stop])
        for row, prompt in zip(np.asarray(found), PROMPT, strict=True):
            best = best_by_trying(int(prompt[0]), 4, stop)
            mine = tuple(int(word) for word in row)
            assert ended_log_probability(mine, stop) == pytest.approx(ended_log_probability(best, stop), abs=1e-4)


def test_beams_count_the_words_that_a_mask_keeps():
    prompt = np.int32([[1, 4, 2, 0, 0, 0]])
    mask = np.array([[1, 1, 1, 0, 0, 0]], bool)
    found, scores = text.BeamSampler(3, return_all_beams=True)(markov, prompt, index=1, mask=mask)
    assert (np.asarray(found)[0, :, :3] == [1, 4, 2]).all()
    np.testing.assert_allclose(scores[0], [log_probability(row) for row in np.asarray(found)[0]], rtol=1e-4)


def test_contrast_without_weight_is_greedy_and_with_it_avoids_repetition():
    states = np.eye(5, dtype="float32")  # a word is like itself alone
    logits = jnp.asarray(np.log(np.float32([0.5, 0.2, 0.15, 0.1, 0.05])))

    def next(prompt, cache, index):
        said = jnp.take(prompt, index - 1, axis=1)
        return jnp.broadcast_to(logits, (prompt.shape[0], 5)), jnp.asarray(states)[said], cache

    prompt = np.int32([[4, 0, 0, 0, 0]])
    arguments = {"index": 1, "hidden_states": states[prompt]}
    assert text.ContrastiveSampler(k=4, alpha=0.0)(next, prompt, **arguments).tolist() == [[4, 0, 0, 0, 0]]
    assert text.ContrastiveSampler(k=4, alpha=0.6)(next, prompt, **arguments).tolist() == [[4, 0, 1, 2, 3]]


# ---- the loop


def test_the_prompt_is_kept_where_the_mask_says_so():
    prompt = np.int32([[1, 0, 0, 0], [3, 2, 4, 0]])
    mask = np.array([[1, 0, 0, 0], [1, 1, 1, 0]], bool)
    found = np.asarray(text.GreedySampler()(markov, prompt, index=1, mask=mask))
    assert found[1, :3].tolist() == [3, 2, 4]
    assert found[1, 3] == TABLE[4].argmax()
    assert found[0].tolist() == np.asarray(text.GreedySampler()(markov, prompt[:1], index=1))[0].tolist()


def test_it_stops_when_all_texts_have_ended():
    places = []

    def counting(prompt, cache, index):
        jax.debug.callback(lambda place: places.append(int(place)), index)
        return 9.0 * jax.nn.one_hot((prompt[:, index - 1] + 1) % 5, 5), None, cache

    prompt = np.int32([[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]])
    found = np.asarray(text.GreedySampler()(counting, prompt, index=1, stop_token_ids=[3]))
    jax.effects_barrier()
    assert found[1, :4].tolist() == [0, 1, 2, 3]
    assert sorted(places) == [1, 2, 3]
    # zeros after the index are no end, though 0 is a stop token
    assert text.generate(counting, prompt[:1, :4], index=1, stop_token_ids=(0,)).tolist() == [[1, 2, 3, 4]]


def test_a_program_is_compiled_once_and_sees_later_weights():
    traced, counts = [], []
    table = layers.Embedding(5, 5)
    table.build()

    def next(prompt, cache, index):
        traced.append(index)
        return table(prompt[:, index - 1]), None, cache

    greedy = text.GreedySampler()
    for step in (1, 2):
        table.set_weights([9 * np.eye(5, dtype="float32")[(np.arange(5) + step) % 5]])
        assert greedy(next, PROMPT, index=1)[0, :3].tolist() == [1, 1 + step, (1 + 2 * step) % 5]
        counts.append(len(traced))
    assert counts[0] == counts[1]
    assert text.GreedySampler()(next, PROMPT, index=2) is not None
    assert len(traced) == counts[0]


def test_inside_a_program_it_is_part_of_it():
    program = jax.jit(lambda prompt: text.GreedySampler()(markov, prompt, index=1))
    np.testing.assert_array_equal(program(PROMPT), text.GreedySampler()(markov, PROMPT, index=1))


def test_decoding_with_a_cache_gives_the_same_text():
    embed, decoder = layers.TokenAndPositionEmbedding(9, 8, 8), layers.TransformerDecoder(16, 2, normalize_first=True)
    prompt = np.int32([[3, 5, 0, 0, 0, 0, 0, 0], [2, 7, 0, 0, 0, 0, 0, 0]])
    decoder(embed(prompt))
    for weight in [*embed.weights, *decoder.weights]:
        weight.assign(rng.normal(size=weight.shape).astype("float32"))

    def plain(prompt, cache, index):
        hidden = decoder(embed(prompt))
        return embed.token_embedding(jnp.take(hidden, index - 1, axis=1), reverse=True), None, cache

    def cached(prompt, cache, index):
        word = jax.lax.dynamic_slice_in_dim(prompt, index - 1, 1, axis=1)
        x = embed(word, start_index=index - 1)
        hidden, cache = decoder(x, self_attention_cache=cache, self_attention_cache_update_index=index - 1)
        return embed.token_embedding(hidden[:, 0], reverse=True), hidden[:, 0], cache

    empty = np.zeros((2, 2, 8, 2, 4), "float32")
    _, filled = decoder(embed(prompt[:, :1]), self_attention_cache=empty, self_attention_cache_update_index=0)
    for sampler in (text.GreedySampler(), text.BeamSampler(num_beams=3)):
        expected = sampler(plain, prompt, index=2)
        np.testing.assert_array_equal(sampler(cached, prompt, cache=filled, index=2), expected)


def test_a_sampler_of_the_user_s_own():
    class Forbidding(nlp.samplers.Sampler):
        def __init__(self, forbidden, **kwargs):
            super().__init__(**kwargs)
            self.forbidden = forbidden

        def get_next_token(self, probabilities):
            allowed = hornbeam.ops.where(np.arange(5)[None] == self.forbidden, 0.0, probabilities)
            return hornbeam.random.categorical(hornbeam.ops.log(allowed), 1)[:, 0]

    found = np.asarray(Forbidding(2)(constant([0.2] * 5), np.zeros((8, 200), int)))
    assert fits(np.bincount(found.ravel(), minlength=5), [1, 1, 0, 1, 1])
    assert len({tuple(row) for row in found.T}) > 100  # other numbers at each place


# ---- names


NAMES = ("greedy", "random", "top_k", "top_p", "beam", "contrastive")


@pytest.mark.parametrize("name", NAMES)
def test_a_sampler_is_found_by_name_and_rebuilt_from_its_config(name):
    sampler = nlp.samplers.get(name)
    again = nlp.samplers.deserialize(nlp.samplers.serialize(sampler))
    assert type(again) is type(sampler)
    assert again.get_config() == sampler.get_config()
    assert nlp.samplers.get(sampler) is sampler
    theirs = {"class_name": type(sampler).__name__, "module": "keras_hub.src.samplers", "config": {"temperature": 0.5}}
    assert nlp.samplers.get(theirs).temperature == 0.5


def test_the_face_of_keras_nlp_has_its_names():
    import hornbeam.nlp as keras_nlp

    for module in (keras_nlp.layers, keras_nlp.samplers):
        assert all(getattr(module, name) is not None for name in module.__all__)
        assert set(dir(module)) == set(module.__all__)
    assert keras_nlp.layers.TransformerEncoder is layers.TransformerEncoder
    assert "WordPieceTokenizer" in keras_nlp.tokenizers.__all__
    assert hornbeam.nlp is keras_nlp


def other_cache(prompt, cache, index):
    return markov(prompt, None, index)[0], None, cache[:, :1]


CASES = {
    "name": (
        lambda: nlp.samplers.get("top_q"),
        UnknownNameError,
        "sampler: expected the name of a sampler; got 'top_q'. Did you mean 'top_",
    ),
    "temperature": (
        lambda: text.RandomSampler(temperature=0),
        ArgumentError,
        "RandomSampler, temperature: expected a number above 0; got 0. Give a number above 0.",
    ),
    "floats": (
        lambda: text.GreedySampler()(markov, PROMPT.astype(float)),
        DataError,
        "GreedySampler, prompt: expected whole numbers, one for each word; got type float32. Tokenize it.",
    ),
    "one text": (
        lambda: text.GreedySampler()(markov, PROMPT[0]),
        ShapeError,
        "GreedySampler, prompt: expected shape (batch, length); got shape (6,). Add a batch axis: prompt[None, :].",
    ),
    "mask": (
        lambda: text.GreedySampler()(markov, PROMPT, mask=np.ones((2, 5), bool)),
        ShapeError,
        "GreedySampler, mask: expected shape (2, 6), as the prompt; got shape (2, 5).",
    ),
    "index": (
        lambda: text.GreedySampler()(markov, PROMPT, index=7),
        ArgumentError,
        "GreedySampler, index: expected a place from 0 to 6; got 7. Lengthen the prompt.",
    ),
    "cache": (
        lambda: text.GreedySampler()(other_cache, PROMPT, cache=np.zeros((2, 3), "float32"), index=1),
        ShapeError,
        "next(prompt, cache, index): expected a cache like the one it got, ((2, 3), 'float32'); got ((2, 1), "
        "'float32'). Return it updated.",
    ),
    "k": (
        lambda: text.TopKSampler(k=6)(markov, PROMPT, index=1),
        ArgumentError,
        "TopKSampler, k: expected at most 5, the number of words; got 6. Make it smaller.",
    ),
    "p": (lambda: text.TopPSampler(p=1.5), ArgumentError, "TopPSampler, p: expected a number from 0 to 1; got 1.5."),
    "states": (
        lambda: text.ContrastiveSampler()(markov, PROMPT, index=1),
        ShapeError,
        "ContrastiveSampler, hidden_states: expected those of all places, (2, 6, size); got None. Run the network on "
        "the prompt, and pad with zeros.",
    ),
    "several texts": (
        lambda: text.most_probable(markov, PROMPT),
        ShapeError,
        "most_probable, prompt: expected one text, shape (length,); got shape (2, 6). Call it for each text.",
    ),
    "n": (
        lambda: text.most_probable(markov, PROMPT[0], n=9),
        ArgumentError,
        "most_probable, n: expected at most 5, the number of words; got 9.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_error_says_where_what_was_expected_what_came_and_what_to_do(case):
    wrong, kind, message = CASES[case]
    with pytest.raises(HornbeamError) as caught:
        wrong()
    assert type(caught.value) is kind
    assert message in str(caught.value)


# ---- the view of each step


FRENCH = ["[start]", "[end]", "salut", "le", "monde", "bonjour", "les", "est"]
SLIDES = {
    # deck 004, "Translating Text": what the network gave after each word
    "[start]": {"salut": 0.6505, "bonjour": 0.1831},
    "salut": {"le": 0.8357, "les": 0.0576, "[end]": 0.0161},
    "le": {"monde": 0.9847},
    "monde": {"[end]": 0.9918, "est": 0.0053, "le": 0.0003},
}


def slides():
    table = np.full((8, 8), np.nan)
    for word, after in SLIDES.items():
        row = np.array([after.get(each, np.nan) for each in FRENCH])
        row[np.isnan(row)] = (1 - np.nansum(row)) / np.isnan(row).sum()
        table[FRENCH.index(word)] = row
    return np.nan_to_num(table, nan=1 / 8)


def test_the_view_shows_each_step_as_the_slides_do():
    logits = jnp.log(jnp.asarray(slides(), jnp.float32))

    def next(prompt, cache, index):
        return logits[prompt[:, index - 1]], None, cache

    trace = text.most_probable(next, np.zeros(10, int), FRENCH, n=2, stop_token_ids=[1])
    assert trace.words == ("[start]", "salut", "le", "monde", "[end]")
    assert trace.token_ids.tolist() == [0, 2, 3, 4, 1]
    assert len(trace) == 4
    lines = str(trace).splitlines()
    assert lines[:3] == ["[start]", "  salut (65.05%)", "  bonjour (18.31%)"]
    assert lines[3:6] == ["[start] salut", "  le (83.57%)", "  les (5.76%)"]
    assert lines[6:8] == ["[start] salut le", "  monde (98.47%)"]
    assert lines[9:12] == ["[start] salut le monde", "  [end] (99.18%)", "  est (0.53%)"]
    by_function = text.most_probable(next, np.zeros((1, 10), int), lambda number: FRENCH[number], stop_token_ids=1)
    assert by_function.words == trace.words
    assert text.most_probable(next, np.zeros(3, int), n=1)[0].candidates[0][0] == "2"


def test_its_steps_are_those_of_greedy_search():
    trace = text.most_probable(markov, PROMPT[0], n=5)
    np.testing.assert_array_equal(trace.token_ids, text.GreedySampler()(markov, PROMPT[:1], index=1)[0])
    for step, before in zip(trace, trace.token_ids, strict=False):
        assert sum(share for _, share in step.candidates) == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(
            [share for _, share in step.candidates], np.sort(np.exp(LOG[before]))[::-1], rtol=1e-4
        )


def test_programs_are_forgotten_in_the_end():
    loop.program.cache_clear()
    for _ in range(10):
        text.GreedySampler()(constant(WORDS), np.zeros((1, 2), int))
    assert loop.program.cache_info().currsize == 8
