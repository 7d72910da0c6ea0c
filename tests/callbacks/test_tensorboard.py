"""TensorBoard's files, read back by a small reader that shares nothing with the writer."""

import struct

import numpy as np

import hornbeam as keras
from hornbeam.callbacks.tensorboard import masked_crc

GENERATOR = np.random.default_rng(4)
X = GENERATOR.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


def crc32c(data):
    """Bit by bit, from the polynomial."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 * (value & 1))
    return value ^ 0xFFFFFFFF


def masked(data):
    value = crc32c(data)
    return (((value >> 15) | (value << 17 & 0xFFFFFFFF)) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data, place = path.read_bytes(), 0
    while place < len(data):
        head = data[place : place + 8]
        length = struct.unpack("<Q", head)[0]
        body = data[place + 12 : place + 12 + length]
        assert struct.unpack("<I", data[place + 8 : place + 12])[0] == masked(head)
        assert struct.unpack("<I", data[place + 12 + length : place + 16 + length])[0] == masked(body)
        place += 16 + length
        yield body


def number(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place


def message(data):
    """Fields of a protocol-buffer message: number -> list of raw values."""
    fields, place = {}, 0
    while place < len(data):
        key, place = number(data, place)
        kind = key & 7
        if kind == 0:
            value, place = number(data, place)
        elif kind == 2:
            length, place = number(data, place)
            value, place = data[place : place + length], place + length
        else:
            length = {1: 8, 5: 4}[kind]
            value, place = data[place : place + length], place + length
        fields.setdefault(key >> 3, []).append(value)
    return fields


def read(folder):
    """(tag, step) -> number, or the fields of a histogram."""
    (path,) = folder.iterdir()
    first, *rest = map(message, records(path))
    assert first[3] == [b"brain.Event:2"]
    found = {}
    for event in rest:
        assert struct.unpack("<d", event[1][0])[0] > 1.6e9  # seconds since 1970
        for value in message(event[5][0])[1]:
            fields = message(value)
            key = fields[1][0].decode(), event.get(2, [0])[0]
            found[key] = struct.unpack("<f", fields[2][0])[0] if 2 in fields else message(fields[5][0])
    return found


def fitted(callback, **options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax", name="head")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, callbacks=callback, **{"epochs": 2, "batch_size": 16, "verbose": 0, **options})
    return model, history.history


def test_the_checksum_of_the_standard_text_is_the_published_one():
    assert crc32c(b"123456789") == 0xE3069283
    for data in (b"", b"123456789", bytes(range(256))):
        assert masked_crc(data) == masked(data)


def test_each_epochs_logs_stand_in_the_files(tmp_path):
    _, history = fitted(keras.callbacks.TensorBoard(tmp_path), validation_data=(X, Y))
    train, check = read(tmp_path / "train"), read(tmp_path / "validation")
    assert sorted(train) == [("epoch_accuracy", 0), ("epoch_accuracy", 1), ("epoch_loss", 0), ("epoch_loss", 1)]
    assert sorted(check) == sorted(train)
    for (tag, epoch), value in train.items():
        assert value == np.float32(history[tag.removeprefix("epoch_")][epoch])
        assert check[tag, epoch] == np.float32(history[tag.replace("epoch_", "val_")][epoch])


def test_batches_speed_and_histograms_are_written_where_wanted(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq=2, write_steps_per_second=True)
    model, history = fitted(board, epochs=1)
    found = read(tmp_path / "train")
    assert [step for tag, step in found if tag == "batch_loss"] == [2, 4]
    assert found["batch_loss", 4] == np.float32(history["loss"][0])
    assert found["epoch_steps_per_second", 0] > 0
    fields = found["head/kernel", 0]
    kernel = model.get_weights()[0].astype("float64")
    numbers = [struct.unpack("<d", fields[key][0])[0] for key in range(1, 6)]
    np.testing.assert_allclose(numbers, [kernel.min(), kernel.max(), 8, kernel.sum(), (kernel**2).sum()])
    counts = np.frombuffer(fields[7][0], "<f8")
    assert counts.sum() == 8
    assert len(fields[6][0]) == 8 * len(counts)


def test_an_evaluation_of_its_own_is_written_too(tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path)
    model, _ = fitted(None)
    loss, _ = model.evaluate(X, Y, verbose=0, callbacks=board)
    assert read(tmp_path / "validation")["evaluation_loss", 1] == np.float32(loss)
