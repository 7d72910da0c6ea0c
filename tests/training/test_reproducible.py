"""The same seed gives the same bits: in two processes, in chunks of any size, and after a kill at any moment.

What is equal bit for bit and what is not: one and the same compiled program runs single batches, chunks and a restored
run, so these agree in every bit. Short epochs under callbacks that only read the logs run several at a time in a
program of their own; XLA may add in another order there, and the two agree within 1e-6.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import hornbeam as keras

GENERATOR = np.random.default_rng(3)
X = GENERATOR.normal(size=(203, 6)).astype("float32")
Y = GENERATOR.integers(0, 3, 203)


def network():
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def trained(x=X, y=Y, callbacks=None, seed=7, **options):
    keras.utils.set_random_seed(seed)
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    options = {"batch_size": 16, "epochs": 3, "verbose": 0, **options}
    history = model.fit(x, y, callbacks=callbacks, **options).history
    return model.get_weights(), history


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one[0], other[0], strict=True)) and one[1] == other[1]


class PerBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


# -- one process ----------------------------------------------------------------------------------------


def test_the_seed_decides_all_bits_and_another_seed_others():
    assert equal(trained(), trained())
    assert not equal(trained(), trained(seed=8))


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("size", [16, 29])
def test_single_batches_and_chunks_agree_bit_for_bit(shuffle, size):
    """203 rows: with 16 the last batch is smaller, with 29 all are equal."""
    options = {"shuffle": shuffle, "batch_size": size, "validation_split": 0.1}
    watched = trained(callbacks=keras.callbacks.Callback(), **options)
    assert equal(trained(callbacks=PerBatch(), **options), watched)


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 10.0])
def test_the_length_of_chunks_changes_no_bit(seconds, monkeypatch):
    wanted = trained(callbacks=keras.callbacks.Callback(), batch_size=2)
    monkeypatch.setattr("hornbeam.training.loop.CHUNK_SECONDS", seconds)
    assert equal(trained(callbacks=keras.callbacks.Callback(), batch_size=2), wanted)


def test_lending_an_array_in_place_of_copying_it_changes_no_number(monkeypatch):
    wide = np.random.default_rng(5).normal(size=(203, 40)).astype("float32")
    options = {"x": wide, "y": wide, "callbacks": keras.callbacks.Callback()}
    wanted = trained_wide(**options)
    monkeypatch.setattr("hornbeam.data.memory.LENT_BYTES", 0)
    for one, other in zip(trained_wide(**options), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)  # another program: fused in another way


def trained_wide(x, y, **options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(40)])
    model.compile("adam", "mse")
    model.fit(x, y, batch_size=16, epochs=3, verbose=0, **options)
    return [*model.get_weights(), model.predict(x, batch_size=16, verbose=0), np.array(model.evaluate(x, y, verbose=0))]


def test_several_epochs_in_one_call_agree_with_one_at_a_time():
    fused, single = trained(), trained(callbacks=keras.callbacks.Callback())
    for one, other in zip(fused[0], single[0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    for name, values in single[1].items():
        np.testing.assert_allclose(fused[1][name], values, rtol=1e-6)


def test_how_many_epochs_run_in_one_call_changes_no_bit(monkeypatch):
    wanted = trained(epochs=9)
    monkeypatch.setattr("hornbeam.training.loop.CHUNK_SECONDS", 0.0)
    assert equal(trained(epochs=9), wanted)


def test_batches_that_arrive_slowly_change_no_bit(monkeypatch):
    batches = [(X[start : start + 16], Y[start : start + 16]) for start in range(0, 203, 16)]
    wanted = trained(batches, None)
    monkeypatch.setattr("hornbeam.data.batches.GATHER_SECONDS", 0.0)
    assert equal(trained(batches, None), wanted)


# -- several processes ------------------------------------------------------------------------------------

WORKER = """
import hashlib, json, sys, time
import numpy as np
import hornbeam as keras

seed, folder, save_freq = json.loads(sys.argv[1])
if seed is not None:
    keras.utils.set_random_seed(seed)
generator = np.random.default_rng(3)
x = generator.normal(size=(203, 6)).astype("float32")
y = generator.integers(0, 3, 203)
model = keras.Sequential([
    keras.Input((6,)),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.BatchNormalization(),
    keras.layers.Dropout(0.3),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile(keras.optimizers.Adam(0.02, use_ema=True), "sparse_categorical_crossentropy", metrics=["accuracy"])
callbacks = []
if folder is not None:
    def slow(step, logs):
        print("alive", flush=True)
        time.sleep(0.005)
    watch = {"on_epoch_end": slow} if save_freq == "epoch" else {"on_train_batch_end": slow}
    callbacks = [
        keras.callbacks.BackupAndRestore(folder, save_freq=save_freq),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.97),
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.7, patience=1, min_delta=0.01),
        keras.callbacks.EarlyStopping("val_loss", patience=6, restore_best_weights=True),
        keras.callbacks.LambdaCallback(**watch),
    ]
history = model.fit(x, y, batch_size=16, epochs=40 if save_freq == "epoch" else 8, validation_split=0.2,
                    callbacks=callbacks, verbose=0)
digest = hashlib.sha256(b"".join(weight.tobytes() for weight in model.get_weights())).hexdigest()
print(json.dumps([digest, history.seed, history.epoch, history.history]), flush=True)
"""


def started(seed=None, folder=None, save_freq="epoch"):
    arguments = json.dumps([seed, None if folder is None else str(folder), save_freq])
    environment = {**os.environ, "PYTHONHASHSEED": str(random.randrange(1000))}
    command = [sys.executable, "-c", WORKER, arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def finished(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


def test_a_seed_gives_the_same_bits_in_two_processes():
    one, other = started(11), started(11)
    one, other = finished(one), finished(other)
    assert one == other
    assert one[1] == 11


def test_the_seed_in_the_history_repeats_a_run_that_had_none():
    first = finished(started())
    assert finished(started(first[1])) == first
    assert finished(started(first[1] ^ 1))[0] != first[0]


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_a_run_killed_at_any_moment_ends_in_the_same_bits(save_freq, tmp_path):
    """Weights, history and every decision of the other callbacks; three kills, at random moments of the training."""
    undisturbed = started(5, tmp_path / "undisturbed", save_freq)
    chance = random.Random(time.time_ns())
    killed = 0
    while killed < 3:
        process = started(5, tmp_path / "killed", save_freq)
        for _ in range(chance.randint(1, 6)):
            if process.stdout.readline() != "alive\n":
                break  # done before it could be killed
        time.sleep(chance.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode in (-signal.SIGKILL, 0)
        killed += 1
    last = started(5, tmp_path / "killed", save_freq)
    last, wanted = finished(last), finished(undisturbed)
    assert last[0] == wanted[0]
    assert last[2:] == wanted[2:]
    assert os.listdir(tmp_path / "killed") == []
    assert len(wanted[2]) > 3


# -- backups ------------------------------------------------------------------------------------------------


class Stop(Exception):
    pass


def interrupted(folder, epoch=2):
    """A model whose training was stopped by an error in an epoch, with its backup in the folder."""

    def stop(number, logs):
        if number == epoch:
            raise Stop

    keras.utils.set_random_seed(7)
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(Stop):
        model.fit(
            X,
            Y,
            epochs=5,
            batch_size=16,
            verbose=0,
            callbacks=[keras.callbacks.BackupAndRestore(folder), keras.callbacks.LambdaCallback(on_epoch_begin=stop)],
        )
    return model


def test_a_backup_goes_away_when_training_ends_unless_it_is_wanted(tmp_path):
    model = interrupted(tmp_path)
    assert os.listdir(tmp_path) == ["backup.npz"]
    model.fit(X, Y, epochs=5, batch_size=16, verbose=0, callbacks=keras.callbacks.BackupAndRestore(tmp_path))
    assert os.listdir(tmp_path) == []
    kept = keras.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    model.fit(X, Y, epochs=2, batch_size=16, verbose=0, callbacks=kept)
    assert os.listdir(tmp_path) == ["backup.npz"]
    history = model.fit(X, Y, epochs=2, batch_size=16, verbose=0, callbacks=kept)
    assert history.epoch == [0, 1]  # all was done, and is remembered


def test_a_restored_run_starts_where_the_backup_stands(tmp_path):
    interrupted(tmp_path)
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    callbacks = [watch, keras.callbacks.BackupAndRestore(tmp_path)]
    history = model.fit(X, Y, epochs=5, batch_size=16, verbose=0, callbacks=callbacks)
    assert seen == [2, 3, 4]
    assert history.epoch == [0, 1, 2, 3, 4]
    assert len(history.history["loss"]) == 5
    history.to_frame()


def test_a_damaged_backup_is_refused_and_changes_nothing(tmp_path):
    interrupted(tmp_path)
    whole = (tmp_path / "backup.npz").read_bytes()
    chance = np.random.default_rng(1)
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.get_weights()
    callback = keras.callbacks.BackupAndRestore(tmp_path)
    damaged = [b"", b"nothing", whole[:100], whole[: len(whole) // 2], whole[:-10]]
    middle = len(whole) // 2
    flips = []
    for place in chance.integers(200, middle, 20):
        flips.append(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
    refused = 0
    for content in [*damaged, *flips]:
        (tmp_path / "backup.npz").write_bytes(content)
        message = ""
        try:
            model.fit(X, Y, epochs=2, batch_size=16, verbose=0, callbacks=callback)
        except keras.FileError as error:
            message = str(error)
        if message:
            refused += 1
            assert "damaged" in message
            assert "Delete it" in message
            assert all(map(np.array_equal, model.get_weights(), before))
        else:  # a byte that nobody reads, such as a date in the archive: then all is as it was written
            assert content in flips
            model.set_weights(before)
    assert refused >= len(damaged) + 15


def test_the_backup_of_another_model_is_refused(tmp_path):
    interrupted(tmp_path)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(keras.FileError, match="another"):
        model.fit(X, Y, verbose=0, callbacks=keras.callbacks.BackupAndRestore(tmp_path))


def test_a_backup_keeps_half_precision(tmp_path):
    def run(callbacks):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax", dtype="bfloat16")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, Y, epochs=4, batch_size=16, verbose=0, callbacks=callbacks)
        return model.get_weights()

    def stop(epoch, logs):
        if epoch == 2:
            raise Stop

    wanted = run([keras.callbacks.BackupAndRestore(tmp_path / "a")])
    backup = keras.callbacks.BackupAndRestore(tmp_path / "b")
    with pytest.raises(Stop):
        run([backup, keras.callbacks.LambdaCallback(on_epoch_begin=stop)])
    got = run([backup])
    assert got[0].dtype.name == "bfloat16"
    assert all(map(np.array_equal, got, wanted))


# -- Ctrl-C -------------------------------------------------------------------------------------------------

INTERRUPTED = """
import json, sys
import numpy as np
import hornbeam as keras

rows = int(sys.argv[1])
generator = np.random.default_rng(3)
x = generator.normal(size=(rows, 30)).astype("float32")
y = generator.normal(size=(rows, 1)).astype("float32")
def network():
    model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.Adam(1e-4), "mse")
    return model
model = network()
model.fit(x, y, batch_size=10, shuffle=False, verbose=0)  # compiles
model = network()
print("training", flush=True)
try:
    model.fit(x, y, batch_size=10, epochs=10**7, shuffle=False, verbose=0)
except KeyboardInterrupt:
    steps = model.run_state.step
    assert int(model.optimizer.iterations) == steps > 0, steps
    again = network()
    again.fit(x, y, batch_size=10, steps_per_epoch=steps, shuffle=False, verbose=0)
    far = max(np.abs(a - b).max() for a, b in zip(model.get_weights(), again.get_weights()))
    assert np.isfinite(model.get_weights()[0]).all()
    model.fit(x[:50], y[:50], verbose=0)  # and it can go on
    print(json.dumps([steps, float(far), len(model.history.epoch)]), flush=True)
"""


@pytest.mark.parametrize("rows", [100, 30000], ids=["many epochs a call", "chunks of an epoch"])
def test_ctrl_c_stops_between_chunks_with_the_latest_weights(rows):
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(rows)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "training\n"
    time.sleep(0.5 + random.random() / 2)
    process.send_signal(signal.SIGINT)
    began = time.time()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    steps, far, _ = json.loads(out)
    assert steps > 10
    assert far < 1e-5
    assert time.time() - began < 30
