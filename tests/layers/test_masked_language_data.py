"""MaskedLMMaskGenerator and the packers: shares, places, shapes."""

import numpy as np
import pytest

import hornbeam
from hornbeam import layers

WORDS = np.random.default_rng(0).integers(3, 1000, (200, 100))


def near(count, trials, share):
    """Whether a count lies within 5 deviations of what fair draws give; chosen before looking."""
    return abs(count - trials * share) < 5 * np.sqrt(trials * share * (1 - share))


def test_words_are_hidden_in_the_asked_for_shares():
    masker = layers.MaskedLMMaskGenerator(1000, 0.15, mask_token_id=2, seed=1)
    found = masker(WORDS)
    chosen, hidden, kept, other = 0, 0, 0, 0
    for row, after, places, ids in zip(
        WORDS, found["token_ids"], found["mask_positions"], found["mask_ids"], strict=True
    ):
        chosen += len(places)
        np.testing.assert_array_equal(row[places], ids)
        now = np.asarray(after)[places]
        hidden, kept = hidden + np.sum(now == 2), kept + np.sum(now == row[places])
        other += np.sum((now != 2) & (now != row[places]))
        untouched = np.delete(np.arange(100), places)
        np.testing.assert_array_equal(np.asarray(after)[untouched], row[untouched])
    assert near(chosen, WORDS.size, 0.15)
    assert near(hidden, chosen, 0.8)
    assert near(other, chosen, 0.1)
    assert near(kept, chosen, 0.1)


def test_places_are_padded_and_what_may_not_be_chosen_is_not():
    texts = np.where(np.arange(100) < 10, WORDS, 0)
    found = layers.MaskedLMMaskGenerator(1000, 0.9, 2, mask_selection_length=6, seed=1)(texts)
    assert found["mask_positions"].shape == found["mask_ids"].shape == found["mask_weights"].shape == (200, 6)
    assert found["mask_positions"].dtype == np.int32
    assert found["mask_weights"].dtype == np.float32
    assert found["mask_positions"].max() < 10
    assert (found["token_ids"][:, 10:] == 0).all()
    places = np.bincount(found["mask_positions"][found["mask_weights"] == 1], minlength=10)
    assert near(places[0], places.sum(), 0.1)  # when there are too many, none is preferred
    assert near(places[9], places.sum(), 0.1)
    everything = layers.MaskedLMMaskGenerator(1000, 1.0, 2, unselectable_token_ids=[0, 5], seed=1)([5, 6, 7, 0])
    assert everything["mask_positions"].tolist() == [1, 2]


def test_lists_stay_lists_where_lengths_differ():
    found = layers.MaskedLMMaskGenerator(10, 1.0, 9, mask_token_rate=1.0, random_token_rate=0.0)([[1, 2], [3, 4, 5]])
    assert found["token_ids"] == [[9, 9], [9, 9, 9]]
    assert found["mask_ids"] == [[1, 2], [3, 4, 5]]


def test_a_seed_makes_choices_the_same_in_every_run():
    one, two = (layers.MaskedLMMaskGenerator(1000, 0.2, 2, 30, seed=4) for _ in range(2))
    first = one(WORDS)["token_ids"]
    np.testing.assert_array_equal(first, two(WORDS)["token_ids"])
    assert np.any(first != one(WORDS)["token_ids"])
    free = []
    for _ in range(2):
        hornbeam.utils.set_random_seed(9)
        free.append(layers.MaskedLMMaskGenerator(1000, 0.2, 2, 30)(WORDS)["token_ids"])
    np.testing.assert_array_equal(*free)


@pytest.mark.parametrize("name", ["StartEndPacker", "MultiSegmentPacker", "MaskedLMMaskGenerator"])
def test_layers_on_the_host_are_rebuilt_from_their_configs(name):
    arguments = {
        "StartEndPacker": {"sequence_length": 6, "start_value": [1, 2], "end_value": 3, "name": "pack"},
        "MultiSegmentPacker": {"sequence_length": 9, "start_value": 1, "end_value": 2, "truncate": "waterfall"},
        "MaskedLMMaskGenerator": {"vocabulary_size": 9, "mask_selection_rate": 0.2, "mask_token_id": 3},
    }[name]
    layer = getattr(layers, name)(**arguments)
    again = layers.deserialize(layers.serialize(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    assert repr(layer).startswith(name)


def test_arrays_and_lists_are_packed_alike():
    packer = layers.StartEndPacker(7, 1, 2)
    np.testing.assert_array_equal(packer(WORDS[:2, :9]), packer(WORDS[:2, :9].tolist()))
    np.testing.assert_array_equal(packer(WORDS[0, :3]), packer(WORDS[:1, :3])[0])
