"""Pictures in files, data sets of folders, and ImageDataGenerator's flows."""

import io
import struct
import warnings
import wave

import numpy as np
import pandas as pd
import pytest

import hornbeam as keras
from hornbeam import layers, utils
from hornbeam.audio import audio_dataset_from_directory, read_wav, resampled
from hornbeam.core.errors import ArgumentError, DataError, FileError, ShapeError, UnknownNameError
from hornbeam.image import (
    ImageDataGenerator,
    array_to_img,
    image_dataset_from_directory,
    img_to_array,
    load_img,
    save_img,
    smart_resize,
)
from hornbeam.preprocessing import image as old

RNG = np.random.default_rng(4)
PICTURE = RNG.integers(0, 256, (6, 8, 3)).astype("float32")
COLOURS = {"cats": (200, 10, 10), "dogs": (10, 10, 200), "eels": (10, 200, 10)}


@pytest.fixture
def folder(tmp_path):
    """Three classes of 4, 3 and 3 pictures of one colour each."""
    for number, (name, colour) in enumerate(COLOURS.items()):
        (tmp_path / name).mkdir()
        for k in range(4 - (number > 0)):
            picture = np.broadcast_to(np.float32(colour), (6 + k, 8, 3))
            save_img(tmp_path / name / f"{k}.png", picture, scale=False)
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    return tmp_path


def quietly(function, *args, **words):
    return function(*args, **({} if "verbose" in words else {"verbose": False}), **words)


# ---- files


@pytest.mark.parametrize(("mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_what_is_saved_is_loaded(tmp_path, mode, channels, data_format):
    picture = RNG.integers(0, 256, (6, 8, channels)).astype("float32")
    given = np.moveaxis(picture, -1, 0) if data_format == "channels_first" else picture
    save_img(tmp_path / "a.png", given, data_format=data_format, scale=False)
    found = load_img(tmp_path / "a.png", color_mode=mode)
    np.testing.assert_array_equal(img_to_array(found, data_format), given)


def test_scaling_stretches_to_0_and_255_and_deep_grey_is_kept(tmp_path):
    found = img_to_array(array_to_img(np.float32([[[1.0], [2.0], [3.0]]])))
    np.testing.assert_array_equal(found[0, :, 0], [0, 127, 255])
    deep = np.float32([[[0.0], [70000.0]]])
    save_img(tmp_path / "deep.tif", deep, scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(tmp_path / "deep.tif", "grayscale")), deep)
    with pytest.warns(UserWarning, match="no transparency"):
        save_img(tmp_path / "a.jpg", np.zeros((4, 4, 4)))
    assert load_img(tmp_path / "a.jpg").size == (4, 4)


def test_a_target_size_resizes_and_can_keep_the_ratio(tmp_path):
    wide = np.zeros((4, 12, 3), "float32")
    wide[:, 4:8] = 255
    save_img(tmp_path / "a.png", wide, scale=False)
    assert img_to_array(load_img(tmp_path / "a.png", target_size=(2, 2))).mean() < 255
    assert (img_to_array(load_img(tmp_path / "a.png", target_size=(2, 2), keep_aspect_ratio=True)) == 255).all()
    assert (smart_resize(wide, (2, 2)) == 255).all()


def test_damaged_missing_and_gigantic_files_are_named(tmp_path, monkeypatch):
    save_img(tmp_path / "a.png", PICTURE)
    whole = (tmp_path / "a.png").read_bytes()
    for name, content in {"cut.png": whole[: len(whole) // 2], "text.png": b"no picture", "empty.jpg": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=f"{name}.*whole picture that Pillow can read"):
            load_img(tmp_path / name)
    with pytest.raises(FileError, match=r"none\.png.*a file that exists.*working folder"):
        load_img(tmp_path / "none.png")
    with pytest.raises(FileError, match="a folder"):
        load_img(tmp_path)
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(FileError, match="at most 40 pixels"):
        load_img(tmp_path / "a.png")


def test_wrong_words_are_answered(tmp_path):
    save_img(tmp_path / "a.png", PICTURE)
    with pytest.raises(UnknownNameError, match="Did you mean 'grayscale'"):
        load_img(tmp_path / "a.png", color_mode="greyscale")
    with pytest.raises(UnknownNameError, match="Did you mean 'bilinear'"):
        load_img(tmp_path / "a.png", target_size=(2, 2), interpolation="bilinar")
    with pytest.raises(ArgumentError, match="two positive integers"):
        load_img(tmp_path / "a.png", target_size=(0, 2))
    with pytest.raises(ArgumentError, match="a path or an open file"):
        load_img(3)
    with pytest.raises(ShapeError, match="1, 3 or 4 channels"):
        array_to_img(np.zeros((4, 4, 2)))
    with pytest.raises(ShapeError, match=r"x\[0\] for the first of a batch"):
        array_to_img(np.zeros((1, 4, 4, 3)))
    with pytest.raises(ShapeError, match="rank 2 or 3"):
        img_to_array(np.zeros(3))
    with pytest.raises(DataError, match="finite"):
        array_to_img(np.full((2, 2, 1), np.nan))
    with pytest.raises(ArgumentError, match="a format that Pillow can write"):
        save_img(tmp_path / "a.nothing", PICTURE)


def test_faces_lead_here():
    assert utils.load_img is load_img
    assert utils.image_dataset_from_directory is image_dataset_from_directory
    assert keras.preprocessing.image.ImageDataGenerator is ImageDataGenerator
    assert set(old.__all__) <= set(dir(old))


# ---- folders


def test_a_folder_s_batches_hold_its_pictures_and_classes(folder):
    data = quietly(image_dataset_from_directory, folder, image_size=(5, 4), batch_size=4, shuffle=False)
    assert data.class_names == ["cats", "dogs", "eels"]
    assert [path.split("/")[-2:] for path in data.file_paths][:2] == [["cats", "0.png"], ["cats", "1.png"]]
    assert len(data) == 3
    for _ in range(2):  # it can be gone through again
        batches = list(data)
        assert [x.shape for x, _ in batches] == [(4, 5, 4, 3), (4, 5, 4, 3), (2, 5, 4, 3)]
        x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        np.testing.assert_array_equal(y, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
        np.testing.assert_allclose(x[:, 0, 0], np.float32(list(COLOURS.values()))[y], atol=1e-3)
    assert x.dtype == np.float32
    first = quietly(image_dataset_from_directory, folder, image_size=3, data_format="channels_first")
    assert first[0][0].shape == (10, 3, 3, 3)


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"),
    [("int", (3,), "int32"), ("categorical", (3, 2), "float32"), ("binary", (3, 1), "float32")],
)
def test_labels_come_as_asked_for(folder, mode, shape, dtype):
    words = {"class_names": ["dogs", "cats"], "label_mode": mode, "image_size": 4, "batch_size": 3, "shuffle": False}
    _, y = quietly(image_dataset_from_directory, folder, **words)[0]
    assert (y.shape, y.dtype) == (shape, dtype)
    assert (y[0] == (1 if mode == "categorical" else 0)).any()


def test_without_labels_batches_are_pictures_alone(folder):
    for words in ({"labels": None}, {"label_mode": None}):
        data = quietly(image_dataset_from_directory, folder, image_size=4, **words)
        assert data[0].shape == (10, 4, 4, 3)
    own = quietly(image_dataset_from_directory, folder, labels=[1] * 4 + [0] * 6, image_size=4, shuffle=False)
    assert own.class_names == ["0", "1"]
    np.testing.assert_array_equal(own[0][1], [1] * 4 + [0] * 6)
    single = quietly(image_dataset_from_directory, folder, image_size=4, batch_size=None)
    assert next(iter(single))[0].shape == (4, 4, 3)
    assert len(list(single)) == 10


def test_the_two_parts_share_no_file_and_shuffling_is_numpy_s(folder):
    words = {"validation_split": 0.3, "seed": 5, "image_size": 4}
    train = quietly(image_dataset_from_directory, folder, subset="training", **words)
    held = quietly(image_dataset_from_directory, folder, subset="validation", **words)
    both = quietly(image_dataset_from_directory, folder, subset="both", **words)
    assert len(train.file_paths) == 7
    assert not set(train.file_paths) & set(held.file_paths)
    assert [each.file_paths for each in both] == [train.file_paths, held.file_paths]
    everything = quietly(image_dataset_from_directory, folder, image_size=4, shuffle=False).file_paths
    np.random.RandomState(5).shuffle(everything)
    assert train.file_paths + held.file_paths == everything
    assert [path.split("/")[-2] for path in train.file_paths] == [train.class_names[k] for k in train.labels]


def test_passes_differ_and_runs_of_one_seed_do_not(folder):
    def passes():
        data = quietly(image_dataset_from_directory, folder, image_size=2, seed=1, batch_size=10)
        return [list(data)[0][1].tolist() for _ in range(3)]

    assert passes() == passes()
    assert len({tuple(each) for each in passes()}) > 1


def test_damaged_pictures_are_refused_or_skipped(folder):
    (folder / "cats" / "1.png").write_bytes(b"broken")
    (folder / "dogs" / "0.png").write_bytes(b"")
    words = {"image_size": 4, "batch_size": 2, "shuffle": False}
    with pytest.raises(FileError, match=r"cats.1\.png"):
        list(quietly(image_dataset_from_directory, folder, **words))
    data = quietly(image_dataset_from_directory, folder, on_error="skip", **words)
    with pytest.warns(UserWarning, match=r"skipped: picture .*\.png"):
        y = np.concatenate([y for _, y in data])
    np.testing.assert_array_equal(y, [0, 0, 0, 1, 1, 2, 2, 2])
    assert sorted(path.split("/")[-2] for path in data.skipped) == ["cats", "dogs"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sum(len(y) for _, y in data) == 8  # it is said once


def test_mistakes_about_folders_are_answered(folder, tmp_path):
    ask = quietly
    cases = [
        (FileError, "a directory; got nothing there", {"directory": tmp_path / "none"}),
        (DataError, "files that end in", {"directory": folder / "cats"}),
        (ArgumentError, "Did you mean 'cats'", {"class_names": ["cat"]}),
        (DataError, "2 classes; got 3", {"label_mode": "binary"}),
        (DataError, r"a whole number for each of 10 files; got int64 of shape \(2,\)", {"labels": [0, 1]}),
        (UnknownNameError, "Did you mean 'categorical'", {"label_mode": "categoric"}),
        (UnknownNameError, "Did you mean 'rgb'", {"color_mode": "rgbb"}),
        (UnknownNameError, "Did you mean 'bicubic'", {"interpolation": "bicubik"}),
        (ArgumentError, "two positive integers", {"image_size": (0, 3)}),
        (ArgumentError, "batch_size: expected a positive integer", {"batch_size": 0}),
        (ArgumentError, "a seed", {"validation_split": 0.2, "subset": "training"}),
        (ArgumentError, "both or neither", {"validation_split": 0.2}),
        (UnknownNameError, "Did you mean 'validation'", {"validation_split": 0.2, "subset": "validate", "seed": 1}),
        (DataError, "leaves files on both sides", {"validation_split": 0.01, "subset": "training", "seed": 1}),
        (ArgumentError, "Choose one of them", {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}),
        (ArgumentError, "'raise' or 'skip'", {"on_error": "ignore"}),
    ]
    for kind, text, words in cases:
        with pytest.raises(kind, match=text):
            ask(image_dataset_from_directory, words.pop("directory", folder), **words)


def test_a_network_learns_from_a_folder(folder):
    train, held = quietly(
        image_dataset_from_directory,
        folder,
        image_size=(4, 4),
        batch_size=3,
        subset="both",
        validation_split=0.3,
        seed=2,
    )
    network = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3, activation="softmax")])
    network.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(train, validation_data=held, epochs=20, verbose=0)
    assert network.evaluate(held, verbose=0)[1] == 1.0


def small(folder, **words):
    return quietly(image_dataset_from_directory, folder, **{"image_size": 4, "batch_size": 4, **words})


def test_a_folder_can_be_mapped_cut_and_taken_apart(folder):
    data = small(folder, shuffle=False)
    every = np.concatenate([y for _, y in data])
    assert np.concatenate([y for part in (data.take(1), data.skip(1)) for _, y in part]).tolist() == every.tolist()
    assert [int(y) for _, y in data.unbatch()] == every.tolist()
    single = small(folder, shuffle=False, batch_size=None)
    for again in (data.unbatch().batch(4), single.batch(4), data.prefetch(-1), data.map(lambda x, y: (x, y))):
        for (x, y), (x_again, y_again) in zip(data, again, strict=True):
            np.testing.assert_array_equal(x, x_again)
            np.testing.assert_array_equal(y, y_again)
    for images, labels in data.map(lambda x, y: (layers.Rescaling(1 / 255)(x), y)).take(1):
        assert images[0].numpy().max() <= 1
        assert data.class_names[labels[0]] == "cats"
    mixed = data.unbatch().shuffle(10, seed=1)
    assert mixed.class_names == data.class_names
    assert sorted(int(y) for _, y in mixed) == sorted(every.tolist())


def test_kept_pictures_are_read_once_and_taken_ones_are_not_all_read(folder):
    read = []

    def counted(data):
        whole = data.read
        data.read = lambda path: read.append(path) or whole(path)
        return data

    kept = counted(small(folder, seed=1)).cache().map(lambda x, y: (x[:, :, ::-1], y))
    network = keras.Sequential([layers.Flatten(), layers.Dense(3)])
    network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(kept, validation_data=kept, epochs=3, verbose=0)
    network.evaluate(kept, verbose=0)
    assert sorted(read) == sorted(set(read))
    assert len(read) == 10
    read.clear()
    first = counted(small(folder, batch_size=1))
    list(first.take(1))
    assert len(read) <= first.ahead + first.workers


def test_training_on_a_folder_is_training_on_its_pictures(folder):
    data = small(folder, shuffle=False, batch_size=5)
    x, y = (np.concatenate(parts) for parts in zip(*data, strict=True))
    found = []
    for given in ({"x": data}, {"x": data.cache()}, {"x": x, "y": y, "batch_size": 5}):
        utils.set_random_seed(1)
        network = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3)])
        network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        network.fit(**given, epochs=3, shuffle=False, verbose=0)
        found.append(network.get_weights())
        np.testing.assert_allclose(network.predict(data, verbose=0), network.predict(x, verbose=0), rtol=1e-5)
    for weights in found[1:]:
        for one, other in zip(found[0], weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_folder_is_split_in_two(folder):
    left, right = utils.split_dataset(small(folder, shuffle=False), left_size=0.7)
    assert [len(y) for _, y in left] + [len(y) for _, y in right] == [4, 3, 3]
    assert left.class_names == ["cats", "dogs", "eels"]


def test_real_pictures_are_read(real_data):
    pictures = real_data / "images" / "imagenet_samples_40"
    if not pictures.is_dir():
        pytest.skip(f"no pictures at {pictures}")
    data = quietly(image_dataset_from_directory, pictures, labels=None, image_size=(32, 32), batch_size=8)
    x = next(iter(data))
    assert x.shape == (8, 32, 32, 3)
    assert 20 < x.mean() < 230
    assert x.std() > 20


# ---- sounds


def written(path, samples, width=2, rate=8000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def test_every_layout_of_samples_is_read(tmp_path):
    x = np.linspace(-1, 0.99, 40).reshape(20, 2)
    whole = {1: np.round(x * 127 + 128).astype("uint8"), 2: (x * 2**15).astype("<i2"), 4: (x * 2.0**31).astype("<i4")}
    for width, samples in whole.items():
        written(tmp_path / "a.wav", samples, width)
        found, rate = read_wav(tmp_path / "a.wav")
        assert rate == 8000
        np.testing.assert_allclose(found, x, atol=2.0 ** (1 - 8 * width) + 1e-7 + (0.01 if width == 1 else 0))
    three = (x * 2**23).astype("<i4").view("uint8").reshape(20, 2, 4)[..., :3]
    written(tmp_path / "a.wav", np.ascontiguousarray(three), 3)
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav")[0], x, atol=2.0**-22)
    body = x.astype("<f4").tobytes()
    head = struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 3, 2, 8000, 64000, 8, 32, b"data", len(body))
    (tmp_path / "f.wav").write_bytes(b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVE" + head + body)
    np.testing.assert_array_equal(read_wav(tmp_path / "f.wav")[0], x.astype("float32"))


def test_damaged_sounds_are_named(tmp_path):
    written(tmp_path / "a.wav", np.zeros((100, 1), "<i2"))
    whole = (tmp_path / "a.wav").read_bytes()
    for content, text in ((whole[:100], "truncated"), (b"noise", "RIFF"), (whole[:20] + b"\x55" + whole[21:], "PCM")):
        (tmp_path / "b.wav").write_bytes(content)
        with pytest.raises(FileError, match=r"b\.wav.*" + text):
            read_wav(tmp_path / "b.wav")
    with pytest.raises(FileError, match="a file that exists"):
        read_wav(tmp_path / "c.wav")


def test_a_folder_of_sounds_gives_batches(tmp_path):
    for name, lengths in {"high": (30, 50), "low": (40,)}.items():
        (tmp_path / name).mkdir()
        for length in lengths:
            written(tmp_path / name / f"{length}.wav", np.full((length, 1), 16384, "<i2"))
    data = audio_dataset_from_directory(tmp_path, shuffle=False, verbose=False)
    x, y = data[0]
    assert x.shape == (3, 50, 1)
    assert (x[0, :30] == 0.5).all()
    assert (x[0, 30:] == 0).all()
    np.testing.assert_array_equal(y, [0, 0, 1])
    words = {"output_sequence_length": 20, "sampling_rate": 4000, "verbose": False, "label_mode": "binary"}
    x, y = audio_dataset_from_directory(tmp_path, shuffle=False, **words)[0]
    assert (x.shape, y.shape) == ((3, 20, 1), (3, 1))
    with pytest.raises(ArgumentError, match="filled with zeros"):
        audio_dataset_from_directory(tmp_path, ragged=True)
    with pytest.raises(ArgumentError, match="sampling_rate: expected a positive integer"):
        audio_dataset_from_directory(tmp_path, sampling_rate=0)


@pytest.mark.parametrize(("rate", "new"), [(8000, 16000), (8000, 6000), (1000, 441)])
def test_a_tone_keeps_its_pitch_at_another_rate(rate, new):
    time, after = np.arange(rate // 4) / rate, np.arange(new // 4) / new
    tone = np.sin(2 * np.pi * 50 * time)[:, None].astype("float32")
    found = resampled(tone, rate, new)[: len(after), 0]
    inside = slice(len(after) // 4, -len(after) // 4)
    np.testing.assert_allclose(found[inside], np.sin(2 * np.pi * 50 * after)[inside], atol=0.01)
    high = np.sin(2 * np.pi * 0.45 * rate * time)[:, None].astype("float32")
    if new < rate:  # what the new rate cannot hold is gone
        assert np.abs(resampled(high, rate, new)[inside]).max() < 0.05


# ---- ImageDataGenerator


def test_a_flow_is_endless_for_next_and_an_epoch_for_fit():
    x, y = RNG.uniform(0, 255, (7, 4, 4, 3)), np.arange(7)
    flow = ImageDataGenerator(rescale=1 / 255).flow(x, y, batch_size=3, shuffle=False)
    assert (len(flow), flow.n, flow.batch_size) == (3, 7, 3)
    seen = np.concatenate([flow.next()[1] for _ in range(6)])
    np.testing.assert_array_equal(seen, np.tile(np.arange(7), 2))
    flow.next()
    flow.reset()
    np.testing.assert_array_equal(next(flow)[1], [0, 1, 2])
    np.testing.assert_allclose(flow[2][0], x[6:] / 255, rtol=1e-6)
    network = keras.Sequential([layers.Flatten(), layers.Dense(1)])
    network.compile("sgd", "mse")
    history = network.fit(flow, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    assert network.predict(ImageDataGenerator().flow(x, batch_size=3, shuffle=False), verbose=0).shape == (7, 1)


def test_augmentation_is_the_same_for_the_same_seed():
    x = RNG.uniform(0, 255, (5, 6, 6, 3))
    maker = ImageDataGenerator(
        rotation_range=20, width_shift_range=0.2, height_shift_range=2, zoom_range=0.2, shear_range=5,
        horizontal_flip=True, vertical_flip=True, channel_shift_range=10.0, brightness_range=(0.5, 1.5),
    )  # fmt: skip
    one, two = (maker.flow(x, batch_size=5, seed=4).next() for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert (one != maker.flow(x, batch_size=5, seed=5).next()).any()
    drawn = maker.get_random_transform((6, 6, 3), seed=2)
    assert drawn["ty"] in (-1, 0, 1)
    assert abs(drawn["tx"]) <= 1.2
    np.testing.assert_array_equal(maker.random_transform(x[0], 3), maker.random_transform(x[0], 3))


def test_shift_ranges_move_images_along_their_own_axes():
    spot = np.zeros((5, 7, 1), "float32")
    spot[2, 3] = 1
    for seed in range(4):
        down = ImageDataGenerator(height_shift_range=[1]).random_transform(spot, seed)
        right = ImageDataGenerator(width_shift_range=[2]).random_transform(spot, seed)
        assert np.argwhere(down)[0].tolist() in ([1, 3, 0], [3, 3, 0])
        assert np.argwhere(right)[0].tolist() in ([2, 1, 0], [2, 5, 0])
    turned = old.apply_affine_transform(spot, theta=90, row_axis=0, col_axis=1, channel_axis=2)
    assert np.argwhere(turned > 0.5).tolist() == [[2, 3, 0]]  # the middle stays


def test_a_folder_flows_with_its_classes(folder):
    maker = ImageDataGenerator(validation_split=0.34)
    words = {"target_size": (4, 5), "batch_size": 3, "shuffle": False}
    flow = maker.flow_from_directory(folder, class_mode="sparse", **words)
    assert flow.class_indices == {"cats": 0, "dogs": 1, "eels": 2}
    assert (flow.samples, flow.num_classes, flow.image_shape) == (10, 3, (4, 5, 3))
    assert flow.filenames[0].replace("\\", "/") == "cats/0.png"
    x, y = next(flow)
    np.testing.assert_allclose(x[0, 0, 0], COLOURS["cats"])
    assert y.dtype == np.float32
    assert maker.flow_from_directory(folder, **words).next()[1].shape == (3, 3)
    assert maker.flow_from_directory(folder, class_mode=None, color_mode="grayscale", **words).next().shape == (
        3,
        4,
        5,
        1,
    )
    held = maker.flow_from_directory(folder, subset="validation", **words)
    rest = maker.flow_from_directory(folder, subset="training", **words)
    assert held.samples + rest.samples == 10
    assert not set(held.filenames) & set(rest.filenames)


def test_a_table_flows_with_its_columns(folder):
    names = [f"{kind}/{k}.png" for kind in ("cats", "dogs") for k in range(3)]
    table = pd.DataFrame({"filename": names, "class": ["c"] * 3 + ["d"] * 3, "age": np.arange(6.0), "w": 2.0})
    maker, words = ImageDataGenerator(), {"target_size": (4, 4), "shuffle": False}
    flow = maker.flow_from_dataframe(table, folder, **words)
    assert flow.class_indices == {"c": 0, "d": 1}
    np.testing.assert_array_equal(flow.next()[1].argmax(1), [0, 0, 0, 1, 1, 1])
    raw = maker.flow_from_dataframe(table, folder, y_col="age", class_mode="raw", weight_col="w", **words).next()
    np.testing.assert_array_equal(raw[1], np.arange(6.0))
    np.testing.assert_array_equal(raw[2], 2.0)
    table.loc[1, "filename"] = "cats/none.png"
    with pytest.warns(UserWarning, match="1 names are no pictures"):
        assert maker.flow_from_dataframe(table, folder, **words).n == 5
    with pytest.raises(DataError, match="Did you mean 'class'"):
        maker.flow_from_dataframe(table, folder, y_col="clas")
    with pytest.raises(DataError, match="names of classes, texts"):
        maker.flow_from_dataframe(table, folder, y_col="age", validate_filenames=False)


def test_augmented_pictures_can_be_kept(tmp_path):
    ImageDataGenerator().flow(np.ones((3, 4, 4, 3)), save_to_dir=tmp_path, save_prefix="a").next()
    assert len(list(tmp_path.glob("a_*.png"))) == 3


def test_mistakes_about_generators_are_answered(folder):
    maker, x = ImageDataGenerator(), np.zeros((4, 4, 4, 3))
    cases = [
        (UnknownNameError, "Did you mean 'nearest'", lambda: ImageDataGenerator(fill_mode="neares")),
        (ArgumentError, "two numbers", lambda: ImageDataGenerator(zoom_range=(1, 2, 3))),
        (ArgumentError, "two numbers", lambda: ImageDataGenerator(brightness_range=0.5)),
        (ArgumentError, "above 0 and below 1", lambda: ImageDataGenerator(validation_split=2)),
        (ArgumentError, "0 or 1", lambda: ImageDataGenerator(interpolation_order=3)),
        (ShapeError, "Add the axes", lambda: maker.flow(x[..., 0])),
        (ShapeError, "Add the axes", lambda: maker.fit(x[..., 0])),
        (DataError, "4 rows, as x has; got 3", lambda: maker.flow(x, [1, 2, 3])),
        (ArgumentError, "a generator with a validation_split", lambda: maker.flow(x, subset="training")),
        (ArgumentError, "a positive integer", lambda: maker.flow(x, batch_size=0)),
        (FileError, "a folder that exists", lambda: maker.flow_from_directory(folder / "none")),
        (DataError, "pictures", lambda: maker.flow_from_directory(folder / "cats")),
        (DataError, "Did you mean 'dogs'", lambda: maker.flow_from_directory(folder, classes=["dog"])),
        (UnknownNameError, "Did you mean 'sparse'", lambda: maker.flow_from_directory(folder, class_mode="spars")),
    ]
    for kind, text, make in cases:
        with pytest.raises(kind, match=text):
            make()
    with pytest.warns(UserWarning, match="before fit"):
        ImageDataGenerator(featurewise_center=True).standardize(x[0])
    with pytest.warns(UserWarning, match="zca_whitening sets featurewise_center=True"):
        ImageDataGenerator(zca_whitening=True)


def test_whitening_makes_pixels_uncorrelated():
    x = RNG.normal(size=(200, 3, 3, 1)).astype("float32")
    x[:, 1:] += x[:, :1]
    maker = ImageDataGenerator(featurewise_center=True, zca_whitening=True)
    maker.fit(x)
    white = maker.standardize(x).reshape(200, 9)
    np.testing.assert_allclose(white.T @ white / 200, np.eye(9), atol=1e-2)


def test_open_files_are_taken():
    file = io.BytesIO()
    save_img(file, PICTURE, file_format="png", scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(file)), PICTURE)
