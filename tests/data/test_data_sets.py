"""Data sets from directories of texts, and windows over series: in training, what holds for all, what is refused."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownLengthError, UnknownNameError
from hornbeam.data.listing import labelled_files
from hornbeam.data.pipeline import Numbered
from hornbeam.preprocessing.sequence import TimeseriesGenerator
from hornbeam.utils import text_dataset_from_directory, timeseries_dataset_from_array

WORDS = {"ham": ["see you at noon", "lunch today", "code review"], "spam": ["win cash", "free cash now", "free prize"]}


@pytest.fixture
def mails(tmp_path):
    """A directory of two classes with three texts each, and some files that are no texts."""
    for name, texts in WORDS.items():
        (tmp_path / name).mkdir()
        for number, each in enumerate(texts):
            (tmp_path / name / f"{number}.TXT").write_text(each)
        (tmp_path / name / "notes.md").write_text("not a mail")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "readme.txt").write_text("not in a class")
    return tmp_path


def quiet(directory, **arguments):
    return text_dataset_from_directory(directory, verbose=False, **arguments)


def test_texts_come_with_their_labels(mails, capsys):
    found = text_dataset_from_directory(mails, batch_size=4)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    assert found.class_names == ["ham", "spam"]
    assert len(found) == 2
    pairs = [
        (text, found.class_names[label]) for texts, labels in found for text, label in zip(texts, labels, strict=True)
    ]
    assert sorted(pairs) == sorted((text, name) for name, texts in WORDS.items() for text in texts)


def test_every_epoch_has_its_order_and_a_seed_repeats_them(mails):
    one, two = (quiet(mails, seed=3, batch_size=6) for _ in range(2))
    epochs = [[tuple(texts) for texts, _ in one] for _ in range(3)]
    assert epochs == [[tuple(texts) for texts, _ in two] for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) > 1
    plain = quiet(mails, shuffle=False, batch_size=6)
    assert [list(texts) for texts, _ in plain] == [[*WORDS["ham"], *WORDS["spam"]]] == [list(t) for t, _ in plain]


def test_a_split_shares_the_files_between_two_sets(mails):
    train, valid = quiet(mails, seed=1, validation_split=0.34, subset="both")
    assert len(train.file_paths) == 4
    assert len(valid.file_paths) == 2
    assert not set(train.file_paths) & set(valid.file_paths)
    again = quiet(mails, seed=1, validation_split=0.34, subset="validation")
    assert again.file_paths == valid.file_paths


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"),
    [("int", (6,), "int32"), ("binary", (6, 1), "float32"), ("categorical", (6, 2), "float32")],
)
def test_labels_are_encoded_as_asked(mails, mode, shape, dtype):
    ((_, labels),) = quiet(mails, label_mode=mode, shuffle=False)
    assert labels.shape == shape
    assert labels.dtype == dtype
    numbers = labels.argmax(-1) if mode == "categorical" else labels.ravel()
    assert numbers.tolist() == [0, 0, 0, 1, 1, 1]


def test_without_labels_and_with_given_ones(mails):
    (texts,) = quiet(mails, labels=None, shuffle=False)
    assert texts.tolist() == ["not in a class", *WORDS["ham"], *WORDS["spam"]]
    given = quiet(mails, labels=[3, 1, 3, 1, 3, 1, 3], shuffle=False)
    assert given.class_names == ["1", "3"]
    assert next(iter(given))[1].tolist() == [3, 1, 3, 1, 3, 1, 3]


def test_links_are_followed_only_when_asked(mails, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "far.txt").write_text("far")
    (mails / "ham" / "link").symlink_to(elsewhere, target_is_directory=True)
    assert len(quiet(mails).file_paths) == 6
    assert len(quiet(mails, follow_links=True).file_paths) == 7


def test_a_data_set_of_texts_is_mapped_and_trained_on(mails):
    vectorize = keras.layers.TextVectorization(output_sequence_length=4)
    raw = quiet(mails, batch_size=3, seed=0)
    vectorize.adapt(raw)
    assert "cash" in vectorize.get_vocabulary()
    ready = raw.map(lambda texts, labels: (vectorize(texts), labels)).prefetch(2)
    model = keras.Sequential([keras.layers.Embedding(20, 4), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(ready, epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert len(list(ready.take(1))) == len(ready.take(1)) == 1


def test_kept_batches_are_made_once():
    made = []
    kept = (
        Numbered(lambda numbers: numbers, count=5, batch_size=2, shuffle=True, seed=1)
        .map(lambda batch: made.append(len(batch)) or batch)
        .cache()
    )
    one, two = ([batch.tolist() for batch in kept] for _ in range(2))
    assert one == two
    assert made == [2, 2, 1]
    assert len(kept) == 3


# ---- the methods of tf.data

ROWS = np.arange(22, dtype="float32").reshape(11, 2)


def pairs(batch_size=2, **words):
    """Rows of two numbers with their own numbers as labels; in batches of 2, 2, 2, 2, 2 and 1."""
    return Numbered(lambda numbers: (ROWS[numbers], numbers.astype("int32")), 11, batch_size, **words)


def plain(dataset):
    """The elements of a pass in Python's lists."""
    return [tuple(part.tolist() for part in each) if isinstance(each, tuple) else each.tolist() for each in dataset]


KINDS = {
    "rows": lambda mails: pairs(),
    "single rows": lambda mails: pairs(None),
    "texts": lambda mails: quiet(mails, batch_size=4, shuffle=False),
    "windows": lambda mails: timeseries_dataset_from_array(ROWS, None, 3, batch_size=4),
    "half a data set": lambda mails: keras.utils.split_dataset(pairs(), 0.5)[1],
    "mapped": lambda mails: pairs().map(lambda x, y: {"x": x, "y": y}).map(lambda both: (both["x"] + 1, both["y"])),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def dataset(request, mails):
    return request.param(mails)


@pytest.mark.parametrize("count", [0, 1, 3, 99, -1])
def test_what_is_taken_and_what_is_skipped_are_all(dataset, count):
    taken, left = dataset.take(count), dataset.skip(count)
    assert plain(taken) + plain(left) == plain(dataset)
    assert len(taken) == len(plain(taken))
    assert len(left) == len(plain(left))


def test_a_map_keeps_the_order_and_sees_each_pass_anew(dataset):
    calls = []

    def seen(*parts):
        calls.append(len(parts))
        return parts if len(parts) > 1 else parts[0]

    mapped = dataset.map(seen, num_parallel_calls=-1)
    assert plain(mapped) == plain(dataset) == plain(mapped)
    assert len(calls) == 2 * len(dataset) == 2 * len(mapped)


def test_rows_are_taken_apart_and_put_together_again():
    assert plain(pairs().unbatch().batch(2)) == plain(pairs())
    assert plain(pairs(None).batch(3).unbatch()) == plain(pairs(None))
    assert plain(pairs().unbatch()) == plain(pairs(None))
    single = pairs(None)
    assert (len(single.batch(4)), len(single.batch(4, drop_remainder=True))) == (3, 2)
    assert [len(y) for _, y in single.batch(4, drop_remainder=True)] == [4, 4]
    assert (single.batch(4).batch_size, single.batch(4).unbatch().batch_size) == (4, None)
    assert [x.shape for x, _ in pairs().batch(3).take(1)] == [(3, 2, 2)]


def test_windows_are_cut_as_tensorflow_cuts_them():
    numbers = Numbered(lambda numbers: numbers, 7, None)

    def cut(*given, **words):
        windows = numbers.window(*given, **words)
        return [[int(item) for item in window] for window in windows.walk(0)]

    assert cut(3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert cut(3, drop_remainder=True) == [[0, 1, 2], [3, 4, 5]]
    assert cut(3, shift=2) == [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6]]
    assert cut(2, shift=1, stride=3) == [[0, 3], [1, 4], [2, 5], [3, 6], [4], [5], [6]]
    assert cut(2, 3) == [[0, 1], [3, 4], [6]]
    assert cut(1, 5) == [[0], [5]]
    assert cut(2, 4, 2) == [[0, 2], [4, 6]]
    both = pairs(None).window(2, drop_remainder=True).flat_map(lambda x, y: y.batch(2))
    assert [y.tolist() for y in both] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    with pytest.raises(DataError, match="returns a data set"):
        list(numbers.window(2).flat_map(lambda window: 3))


def test_a_filter_leaves_what_it_is_told_to():
    odd = pairs().unbatch().filter(lambda x, y: y % 2 == 1)
    assert [label for _, label in plain(odd)] == [1, 3, 5, 7, 9] == [label for _, label in plain(odd)]
    assert plain(odd) + plain(pairs(None).filter(lambda x, y: y % 2 == 0)) == [
        *plain(pairs(None))[1::2],
        *plain(pairs(None))[::2],
    ]


def test_a_pass_is_an_iterator_that_can_be_asked_for_its_next():
    found = pairs().as_numpy_iterator()
    assert [found.next()[1].tolist(), next(found)[1].tolist(), *(y.tolist() for _, y in found)] == [
        labels for _, labels in plain(pairs())
    ]


def test_texts_are_taken_apart_and_put_together_again(mails):
    found = quiet(mails, batch_size=4, shuffle=False)
    again = found.unbatch().batch(4)
    assert plain(again) == plain(found)
    assert next(iter(again))[0].dtype == object
    assert again.class_names == ["ham", "spam"]
    assert again.file_paths == found.file_paths


@pytest.mark.parametrize("buffer", [1, 3, 11, 500])
def test_shuffling_permutes_anew_in_each_pass_and_a_seed_repeats_it(buffer):
    shuffled = pairs(None).shuffle(buffer, seed=7)
    passes = [plain(shuffled) for _ in range(3)]
    again = pairs(None).shuffle(buffer, seed=7)
    assert passes == [plain(again) for _ in range(3)]
    assert all(sorted(each) == plain(pairs(None)) for each in passes)
    assert (len({str(each) for each in passes}) == 1) == (buffer == 1)
    for place, (_, label) in enumerate(passes[0]):
        assert label < place + buffer  # it has been read by then
    fixed = pairs(None).shuffle(buffer, seed=7, reshuffle_each_iteration=False)
    assert plain(fixed) == plain(fixed)


def test_every_order_is_about_equally_likely():
    shuffled = pairs(None).take(3).shuffle(3, seed=0)
    orders = [tuple(label for _, label in plain(shuffled)) for _ in range(600)]
    counts = np.array([orders.count(order) for order in set(orders)])
    assert len(counts) == 6
    # chi-square with 5 degrees of freedom exceeds 20.5 once in a thousand seeds; this seed is fixed
    assert ((counts - 100) ** 2 / 100).sum() < 20.5


def test_repeating_gives_pass_after_pass(dataset):
    assert plain(dataset.repeat(2)) == 2 * plain(dataset)
    assert len(dataset.repeat(2)) == 2 * len(dataset)
    endless = dataset.repeat()
    assert plain(endless.take(3 * len(dataset))) == 3 * plain(dataset)
    assert len(endless.take(7)) == 7
    assert plain(dataset.repeat(0)) == []
    assert plain(dataset.take(0).repeat()) == []
    both = plain(pairs(11, shuffle=True, seed=1).repeat(2))
    assert both[0] != both[1]  # each pass is shuffled anew


def test_keeping_and_fetching_ahead_change_nothing(dataset):
    kept = dataset.cache()
    assert plain(kept) == plain(dataset) == plain(kept) == plain(dataset.prefetch(-1)) == plain(dataset.prefetch())
    assert len(kept) == len(dataset.prefetch(2)) == len(dataset)


def test_kept_elements_cannot_be_changed():
    kept = pairs().cache()
    for _ in range(2):
        x, _ = next(iter(kept))
        with pytest.raises(ValueError, match="read-only"):
            x += 1


def test_a_pass_that_was_given_up_is_not_kept():
    kept = pairs().cache()
    next(iter(kept))
    assert len(plain(kept)) == 6


def test_views_of_one_data_set_count_their_passes_together():
    shuffled = pairs(11, shuffle=True, seed=0)
    looks = [str(plain(shuffled.take(1))) for _ in range(3)]
    assert len(set(looks)) == 3  # each look is at another pass
    assert looks == [str([each]) for each in plain(pairs(11, shuffle=True, seed=0).repeat(3))]


def test_what_is_given_answers_as_tensors_do(mails):
    images, labels = next(iter(pairs(shuffle=True, seed=0)))
    assert type(images.numpy()) is type(images[0].numpy()) is np.ndarray
    assert images[0].numpy().astype("uint8").shape == (2,)
    names = [f"class {number}" for number in range(11)]
    assert names[labels[0]] == names[labels[0].numpy()] == f"class {labels[0]}"
    assert {label: 1 for label in labels} == {int(label): 1 for label in labels.numpy()}
    with pytest.raises(TypeError, match="unhashable"):
        hash(labels)
    assert np.concatenate([y for _, y in pairs()]).tolist() == list(range(11))
    scaled = pairs().map(lambda x, y: (keras.layers.Rescaling(0.5)(x), y))
    assert type(next(iter(scaled))[0][0].numpy()) is np.ndarray  # what a layer gave, too
    for text, label in quiet(mails).unbatch().take(1):
        assert isinstance(text, str)
        assert label.numpy().dtype == "int32"


def learner():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def trained(data, **words):
    model = learner()
    history = model.fit(data, shuffle=False, verbose=0, **{"epochs": 3, **words}).history
    return model.get_weights(), history


def same(one, two):
    for a, b in zip(one[0], two[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[1] == two[1]


def test_training_on_a_data_set_is_training_on_its_arrays():
    x, y = ROWS, np.arange(11, dtype="int32")
    model, words = learner(), {"validation_data": pairs(3), "epochs": 3}
    history = model.fit(x, y, 2, shuffle=False, verbose=0, **{**words, "validation_data": (x, y)}).history
    weights, found = trained(pairs(), **words)
    for a, b in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)  # the last batch is padded there, and not here
    for name, values in history.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)
    for form in (pairs().cache(), pairs().prefetch(1), pairs().unbatch().batch(2), pairs(None).batch(2)):
        same(trained(form, **words), (weights, found))
    np.testing.assert_allclose(model.predict(pairs(), verbose=0), model.predict(x, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(pairs(), verbose=0), model.evaluate(x, y, verbose=0), rtol=1e-5)


def test_steps_go_on_through_the_passes():
    whole = trained(pairs(1).repeat(4), epochs=1)[0]
    for data, epochs, steps in ((pairs(1).repeat(), 4, 11), (pairs(1).repeat(), 11, 4), (pairs(1), 11, 4)):
        for a, b in zip(trained(data, epochs=epochs, steps_per_epoch=steps)[0], whole, strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(ArgumentError, match=r"or steps_per_epoch; got one without an end. Write steps_per_epoch=…"):
        learner().fit(pairs().repeat())
    with pytest.raises(ArgumentError, match="or steps; got one without an end"):
        learner().predict(pairs().repeat())


def test_a_run_that_goes_on_later_sees_the_passes_of_an_unbroken_one():
    def mixed():
        return pairs(shuffle=True, seed=5).shuffle(3, seed=1)

    model = learner()
    model.fit(mixed(), epochs=2, verbose=0)
    model.fit(mixed(), initial_epoch=2, epochs=4, verbose=0)
    for a, b in zip(model.get_weights(), trained(mixed(), epochs=4)[0], strict=True):
        np.testing.assert_array_equal(a, b)
    again, data = learner(), mixed()
    again.fit(data, epochs=2, verbose=0)
    again.fit(data, epochs=2, verbose=0)  # the same data set goes on by itself
    for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_data_set_is_split_in_two():
    left, right = keras.utils.split_dataset(pairs(), left_size=0.8)
    assert plain(left.unbatch()) + plain(right.unbatch()) == plain(pairs(None))
    left, right = keras.utils.split_dataset(pairs(None), left_size=8)
    assert plain(left) + plain(right) == plain(pairs(None))
    assert plain(left.batch(4).take(1)) == plain(pairs(4).take(1))


MISUSED = {
    "no function": (lambda: pairs().map(3), ArgumentError, "Dataset.map, map_func: expected a function; got 3"),
    "one argument for two": (
        lambda: plain(pairs().map(lambda x: x)), ArgumentError,
        "a function of 2 arguments; got one of (x). Write lambda x, y: …"),
    "two for one": (
        lambda: plain(pairs().map(lambda x, y: x).map(lambda x, y: x)), ArgumentError, "a function of one argument"),
    "nothing returned": (lambda: plain(pairs().map(lambda x, y: None)), DataError, "got None. End it with"),
    "no question": (lambda: pairs().filter(None), ArgumentError, "Dataset.filter, predicate: expected a function"),
    "an answer for each row": (
        lambda: plain(pairs().filter(lambda x, y: y > 3)), DataError, "got shape (2,). For single samples unbatch()"),
    "no answer": (lambda: plain(pairs().filter(lambda x, y: None)), DataError, "True or False; got None"),
    "a share to take": (lambda: pairs().take(0.5), ArgumentError, "Dataset.take, count", "got 0.5"),
    "less than nothing": (lambda: pairs().skip(-2), ArgumentError, "Dataset.skip, count", "got -2"),
    "an empty buffer": (lambda: pairs().shuffle(0), ArgumentError, "buffer_size: expected a positive integer; got 0"),
    "a seed in words": (lambda: pairs().shuffle(2, seed="a"), ArgumentError, "Dataset.shuffle, seed", "got 'a'"),
    "batches of none": (lambda: pairs().batch(0), ArgumentError, "batch_size: expected a positive integer; got 0"),
    "unequal rows": (
        lambda: plain(pairs().batch(6)), DataError, "elements of one shape; got ((2, 2), (2,)) and ((1, 2), (1,))"),
    "single samples": (
        lambda: plain(pairs(None).unbatch()), DataError, "got shapes ((2,), ()). Leave unbatch() out of single"),
    "the length of all": (lambda: len(pairs().repeat()), UnknownLengthError, "one without an end. Write take(count)"),
    "an unknown length": (lambda: len(pairs().unbatch()), UnknownLengthError, "Write sum(1 for _ in dataset)."),
}  # fmt: skip


@pytest.mark.parametrize(
    ("do", "kind", "parts"), [(do, kind, rest) for do, kind, *rest in MISUSED.values()], ids=MISUSED
)
def test_a_method_that_is_misused_says_so(do, kind, parts):
    with pytest.raises(kind) as caught:
        do()
    assert all(part in str(caught.value) for part in parts), caught.value


# ---- windows


def test_windows_are_trained_on():
    series = np.sin(np.arange(60, dtype="float32") / 3)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    for windows in (
        TimeseriesGenerator(series, series, length=4, batch_size=8),
        timeseries_dataset_from_array(series[:-4], series[4:], sequence_length=4, batch_size=8, shuffle=True, seed=1),
    ):
        model.fit(windows, epochs=15, verbose=0)
        assert model.evaluate(windows, verbose=0) < 0.05


def test_drawn_windows_are_windows():
    series = np.arange(50)
    made = TimeseriesGenerator(series, series, length=3, shuffle=True, batch_size=16)
    for x, y in made:
        assert (x[:, -1] + 1 == y).all()
        assert (np.diff(x, axis=1) == 1).all()


def test_single_samples_have_no_batch_axis():
    found = list(timeseries_dataset_from_array(np.arange(5), None, 3, batch_size=None))
    assert [each.tolist() for each in found] == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    found = Numbered(lambda numbers: (numbers, -numbers), count=2, batch_size=None)
    assert list(found) == [(0, 0), (1, -1)]
    assert len(found) == 2


def test_a_text_that_cannot_be_read_is_left_out_when_asked(mails):
    (mails / "ham" / "9.txt").write_bytes(b"caf\xe9")
    found = quiet(mails, on_error="skip", batch_size=2, shuffle=False)
    with pytest.warns(UserWarning, match="skipped: .*9.txt"):
        assert sum(len(texts) for texts, _ in found) == 6
    assert list(found.skipped.values()) == ["byte 0xe9 at offset 3"]


def test_a_wrong_byte_is_named_with_its_file(mails):
    (mails / "ham" / "9.txt").write_bytes(b"caf\xe9")
    with pytest.raises(FileError, match=r"9.txt: expected text in utf-8; got byte 0xe9 at offset 3. Save it .*latin-1"):
        list(quiet(mails))
    assert "café" in [text for texts, _ in quiet(mails, encoding="latin-1") for text in texts]
    with pytest.raises(ArgumentError, match="an encoding; got utf-99"):
        list(quiet(mails, encoding="utf-99"))


WRONG = {
    "no directory": (lambda d: quiet(d / "none"), FileError, "a directory; got nothing there"),
    "a file for a directory": (lambda d: quiet(d / "readme.txt"), FileError, "a directory; got a file"),
    "an empty directory": (
        lambda d: quiet(d / ".hidden"), DataError, "files that end in .txt, in a folder for each class; got none"),
    "a folder that is missing": (lambda d: quiet(d, class_names=["hum"]), ArgumentError, "got hum. Did you mean 'ham'"),
    "folders and labels": (
        lambda d: quiet(d, labels=[1], class_names=["ham"]), ArgumentError, "class_names: expected None"),
    "too few labels": (lambda d: quiet(d, labels=[1, 2]), DataError, "for each of 7 files; got int64 of shape (2,)"),
    "labels misspelt": (lambda d: quiet(d, labels="infered"), UnknownNameError, "Did you mean 'inferred'"),
    "mode misspelt": (lambda d: quiet(d, label_mode="binery"), UnknownNameError, "Did you mean 'binary'"),
    "subset misspelt": (
        lambda d: quiet(d, subset="train", validation_split=0.5, seed=1), UnknownNameError, "'training'"),
    "a subset alone": (lambda d: quiet(d, subset="training"), ArgumentError, "both or neither; got None and training"),
    "a split alone": (lambda d: quiet(d, validation_split=0.2), ArgumentError, "both or neither"),
    "a split of 2": (
        lambda d: quiet(d, validation_split=2, subset="training", seed=1), ArgumentError, "between 0 and 1"),
    "a split without seed": (lambda d: quiet(d, validation_split=0.5, subset="training"), ArgumentError, "a seed"),
    "a split that is empty": (
        lambda d: quiet(d, validation_split=0.01, subset="training", seed=1), DataError, "leaves files on both sides"),
    "three classes for two": (
        lambda d: quiet(d, class_names=["ham"], label_mode="binary"), DataError, "2 classes; got 1"),
    "a batch of none": (
        lambda d: quiet(d, batch_size=0), ArgumentError, "batch_size: expected a positive integer; got 0"),
    "unequal targets": (lambda d: TimeseriesGenerator(range(9), range(8), 2), DataError, "8 for 9 steps"),
    "windows too long": (
        lambda d: TimeseriesGenerator(range(9), range(9), 9), ArgumentError, "≤ 8, the last step; got 9 and 8"),
    "an end beyond the end": (
        lambda d: TimeseriesGenerator(range(9), range(9), 2, end_index=9), ArgumentError, "end_index ≤ 8"),
    "a stride of 0": (lambda d: TimeseriesGenerator(range(9), range(9), 2, stride=0), ArgumentError, "stride"),
    "a number for a series": (lambda d: TimeseriesGenerator(3, 4, 2), DataError, "steps along the first axis"),
    "too few steps": (
        lambda d: timeseries_dataset_from_array(range(4), None, 3, sampling_rate=2), DataError, "at least 5 steps",
        "got 4"),
    "a start beyond the end": (
        lambda d: timeseries_dataset_from_array(range(4), None, 2, start_index=3, end_index=2), ArgumentError,
        "3 and 2"),
}  # fmt: skip


@pytest.mark.parametrize(("do", "kind", "parts"), [(do, kind, parts) for do, kind, *parts in WRONG.values()], ids=WRONG)
def test_what_is_wrong_is_said(mails, do, kind, parts):
    with pytest.raises(kind) as caught:
        do(mails)
    assert all(part in str(caught.value) for part in parts), caught.value


def test_the_listing_serves_other_kinds_of_files(mails):
    found = labelled_files(mails, extensions=(".md",), shuffle=False)
    assert [path.rsplit("/", 2)[1:] for path in found.paths] == [["ham", "notes.md"], ["spam", "notes.md"]]
    assert found.labels.tolist() == [0, 1]
