"""Data sets from directories of texts, and windows over series: in training, what holds for all, what is refused."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownNameError
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
    pairs = Numbered(lambda numbers: (numbers, -numbers), count=2, batch_size=None)
    assert list(pairs) == [(0, 0), (1, -1)]
    assert len(pairs) == 2


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
