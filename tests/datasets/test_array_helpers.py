"""to_categorical, normalize and split_dataset."""

from __future__ import annotations

import random

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as some
import numpy as np
import pytest
from hypothesis import given, settings

from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.data.arrays import normalize, to_categorical
from hornbeam.data.splitting import Batches, split_dataset


@given(some.lists(some.integers(0, 9), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_each_row_is_a_row_of_the_identity(labels):
    np.testing.assert_array_equal(to_categorical(labels, 10), np.eye(10)[labels])
    np.testing.assert_array_equal(to_categorical(labels).argmax(-1), labels)


@pytest.mark.parametrize(
    ("shape", "want"),
    [((), (5,)), ((1,), (1, 5)), ((3,), (3, 5)), ((3, 1), (3, 5)), ((3, 2), (3, 2, 5)), ((0,), (0, 5))],
)
def test_the_classes_become_the_last_axis(shape, want):
    assert to_categorical(np.zeros(shape, int), 5).shape == want


@pytest.mark.parametrize("x", [[0.0, 2.0], np.array([0, 2], np.uint8), [[0], [2]], (0, 2), np.array([0, 2], np.uint64)])
def test_whole_numbers_of_any_type_are_labels(x):
    assert to_categorical(x).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert to_categorical(x).dtype == np.float64


def test_booleans_are_labels():
    assert to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("x", "num_classes", "reason"),
    [
        ([0, 3], 3, "x: expected labels from 0 to 2; got 3. Number the classes from 0"),
        ([-1, 5, 5, 1], 3, "x: expected labels from 0 to 2; got -1, 5. "),
        ([-1, 2], None, "x: expected labels from 0 to 2; got -1. "),
        ([-1], None, "x: expected labels from 0; got -1. "),
        (range(100), 10, "got 10, 11, 12, 13, 14, …. "),
        ([0.5, 1], None, "x: expected whole numbers, .* got 1 others, such as 0.5. Round"),
        ([np.nan, np.inf], 3, "got 2 others, such as nan"),
        (["cat", "dog"], None, "got dtype <U3. Number the classes first: names, x = np.unique"),
        ([], None, "expected at least one label; got none"),
        ([1j], None, "got dtype complex128"),
    ],
)
def test_labels_that_are_no_classes_are_refused(x, num_classes, reason):
    with pytest.raises(DataError, match=reason):
        to_categorical(x, num_classes)


@pytest.mark.parametrize("num_classes", [0, -3, 2.5, "3", True])
def test_a_number_of_classes_that_is_none_is_refused(num_classes):
    with pytest.raises(ArgumentError, match="to_categorical, num_classes: expected a positive integer or None"):
        to_categorical([0], num_classes)


FLOATS = arrays.arrays(np.float64, (3, 4), elements=some.floats(-100, 100).filter(lambda x: x == 0 or abs(x) > 1e-3))


@given(FLOATS, some.sampled_from([0, 1, -1, -2]), some.sampled_from([1, 2, 3, np.inf]))
@settings(max_examples=60, deadline=None)
def test_every_vector_has_norm_one_or_was_zero(x, axis, order):
    y = normalize(x, axis, order)
    size = np.abs(y).max(axis) if order == np.inf else (np.abs(y) ** order).sum(axis) ** (1 / order)
    np.testing.assert_allclose(size, np.where((x == 0).all(axis), 0, 1), rtol=1e-9)
    np.testing.assert_allclose(normalize(7 * x, axis, order), y, rtol=1e-9)


def test_normalize_keeps_float32_and_leaves_its_input_alone():
    x = np.array([[3, 4]], np.float32)
    assert normalize(x).dtype == np.float32
    assert x.tolist() == [[3, 4]]
    assert normalize([3, 4]).tolist() == [0.6, 0.8]


@pytest.mark.parametrize("arguments", [{"axis": 2}, {"axis": None}, {"axis": (0, 1)}, {"order": "l2"}, {"order": None}])
def test_normalize_refuses_an_axis_or_order_that_is_none(arguments):
    with pytest.raises(ArgumentError, match=r"normalize, (axis|order): expected"):
        normalize(np.ones((2, 2)), **arguments)


def test_normalize_refuses_words():
    with pytest.raises(DataError, match="normalize, x: expected numbers; got dtype <U1"):
        normalize(["a"])


X, Y = np.arange(20).reshape(10, 2), np.arange(10)


@pytest.mark.parametrize(
    ("left", "right", "lengths"),
    [(0.8, None, (8, 2)), (None, 0.3, (7, 3)), (3, None, (3, 7)), (None, 3, (7, 3)), (2, 3, (2, 3)), (0.5, 0.2, (5, 2))]
    + [(0.84, None, (8, 2)), (0.85, None, (8, 2)), (5, 0.5, (5, 5)), (np.int64(4), None, (4, 6))],
)
def test_sizes_are_fractions_or_numbers_of_samples(left, right, lengths):
    first, last = split_dataset(Y, left, right)
    assert (len(first), len(last)) == lengths
    assert first.tolist() == Y[: lengths[0]].tolist()
    assert last.tolist() == Y[-lengths[1] :].tolist()


@pytest.mark.parametrize(
    "dataset",
    [(X, Y), [X, Y], {"x": X, "y": Y}, ({"a": X, "b": X}, Y), (X.tolist(), Y)],
    ids=["tuple", "list", "dict", "nested", "lists"],
)
def test_the_parts_are_built_like_the_whole(dataset):
    if isinstance(dataset, tuple) and isinstance(dataset[0], list):
        dataset = (np.array(dataset[0]), dataset[1])
    left, right = split_dataset(dataset, 0.7)

    def check(whole, first, last):
        assert type(first) is type(last) is type(whole)
        if isinstance(whole, np.ndarray):
            np.testing.assert_array_equal(np.concatenate([first, last]), whole)
        else:
            for key in whole if isinstance(whole, dict) else range(len(whole)):
                check(whole[key], first[key], last[key])

    check(dataset, left, right)


def test_the_shuffle_is_that_of_keras_for_the_same_seed():
    order = list(range(10))
    random.Random(3).shuffle(order)
    (x, y), (_, rest) = split_dataset((X, Y), 0.6, shuffle=True, seed=3)
    assert [*y, *rest] == order
    np.testing.assert_array_equal(x[:, 0], 2 * y)


def test_the_shuffle_leaves_the_global_generator_alone():
    random.seed(1)
    before = random.getstate()
    split_dataset(Y, 0.5, shuffle=True)
    assert random.getstate() == before


@pytest.mark.parametrize("make", [iter, list], ids=["generator", "list"])
def test_batches_are_taken_apart_and_put_together_again(make):
    batches = [(X[start : start + 4], Y[start : start + 4]) for start in range(0, 10, 4)]
    left, right = split_dataset(make(batches), 0.7)
    assert isinstance(left, Batches)
    for _ in range(2):  # any number of times
        assert [y.tolist() for _, y in left] == [[0, 1, 2, 3], [4, 5, 6]]
        assert [y.tolist() for _, y in right] == [[7, 8, 9]]
    assert len(left) == 2
    assert left[-1][0].tolist() == X[4:7].tolist()
    with pytest.raises(IndexError):
        _ = left[2]


def test_batches_of_dicts_and_of_single_arrays_are_split():
    left, _ = split_dataset(({"x": X[row : row + 2]} for row in range(0, 10, 2)), 4)
    assert [batch["x"].shape for batch in left] == [(2, 2), (2, 2)]
    left, _ = split_dataset((Y[row : row + 5] for row in (0, 5)), 7)
    assert [batch.tolist() for batch in left] == [[0, 1, 2, 3, 4], [5, 6]]


@pytest.mark.parametrize("size", [0, 10, 11, -1, 0.0, 1.0, 1.5, "3", True, [3]])
@pytest.mark.parametrize("side", ["left_size", "right_size"])
def test_a_size_that_makes_no_part_is_refused(side, size):
    with pytest.raises(
        ArgumentError, match=f"split_dataset, {side}: expected a fraction between 0 and 1, or a number of"
    ):
        split_dataset(Y, **{side: size})


@pytest.mark.parametrize(("left", "right"), [(0.8, 0.3), (6, 5), (0.01, None), (0.99, None)])
def test_sizes_that_do_not_make_two_parts_are_refused(left, right):
    with pytest.raises(ArgumentError, match="two parts that are not empty and together have at most 10 samples; got"):
        split_dataset(Y, left, right)


def test_neither_size_is_refused():
    with pytest.raises(ArgumentError, match="expected left_size, right_size or both; got neither"):
        split_dataset(Y)


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ((X, Y[:5]), r"same number of samples.*got shapes \(10, 2\), \(5,\)"),
        ([], "got shapes none"),
        ({}, "got shapes none"),
        (np.zeros((0, 3)), r"got shapes \(0, 3\)"),
        (np.array(3), r"got shapes \(\)"),
        (7, r"got shapes \(\)"),
        (iter([]), "expected at least one batch; got none"),
        (iter([(X, Y), (X, Y[:5])]), r"batch 1: expected .* got shapes \(10, 2\), \(5,\)"),
        (iter([(X[0], 1)]), r"batch 0: expected .*got shapes \(2,\), \(\)"),
        (iter([(X, Y), (X,)]), "split_dataset, batch 1: expected a batch built like batch 0"),
        (iter([{"a": X}, {"b": X}]), "split_dataset, batch 1: expected a batch built like batch 0"),
        (iter([X, X[:, :1]]), "split_dataset, batch 1: expected a batch built like batch 0"),
    ],
)
def test_data_that_cannot_be_cut_is_refused(dataset, reason):
    with pytest.raises(DataError, match=reason):
        split_dataset(dataset, 0.5)
