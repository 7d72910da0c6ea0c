"""Compiled programs are kept between processes, found only where they are meant, and never trusted to others."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.training import kept

WORKER = """
import json, sys
import numpy as np
import hornbeam as keras
from hornbeam.training import program

traced = []
step = program.Program._train_step
program.Program._train_step = lambda self, *args: traced.append(1) or step(self, *args)

def mine(y_true, y_pred):
    return (y_true - y_pred) ** 2

options = json.loads(sys.argv[1])
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation=options["activation"]),
                          keras.layers.Dropout(0.2), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(options["rate"]), mine if options["mine"] else "mse", metrics=["mae"])
x = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
history = model.fit(x, x[:, :1], epochs=3, validation_split=0.2, verbose=0, callbacks=keras.callbacks.Callback())
print(json.dumps([len(traced), history.history["val_mae"][-1], float(model.predict(x, verbose=0).sum())]))
"""


def run(home, activation="relu", rate=0.01, mine=False):
    """How many steps were traced in a process of its own, and two numbers that it came to."""
    options = json.dumps({"activation": activation, "rate": rate, "mine": mine})
    done = subprocess.run(
        [sys.executable, "-c", WORKER, options],
        env={**os.environ, "HORNBEAM_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    traced, *numbers = json.loads(done.stdout)
    return traced, numbers


def test_a_second_process_traces_nothing_and_gives_the_same(tmp_path):
    first, numbers = run(tmp_path)
    second, again = run(tmp_path)
    assert first > 0
    assert second == 0
    assert again == numbers
    assert run(tmp_path, rate=0.02)[0] == 0  # a rate is a value
    assert run(tmp_path, activation="tanh")[0] > 0  # another network
    assert run(tmp_path, mine=True)[0] > 0
    assert run(tmp_path, mine=True)[0] > 0  # a function of the user's is known to its process only


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A function that trains a model anew, and the files that it left."""
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)

    def train():
        keras.models.clear_session()
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile("sgd", "mse")
        x = np.ones((8, 3), "float32")
        model.fit(x, x[:, :2], verbose=0)
        return model.get_weights()[0], sorted((tmp_path / "ready").iterdir())

    return train


def test_a_damaged_file_is_compiled_anew(trained):
    weights, (place,) = trained()
    whole = place.read_bytes()
    for damaged in (whole[:100], whole[:-1], whole[:50] + b"x" + whole[51:], b""):
        place.write_bytes(damaged)
        again, files = trained()
        np.testing.assert_array_equal(again, weights)
        assert files == [place]
        assert len(place.read_bytes()) == len(whole)


def test_a_file_that_others_may_write_is_not_read(trained, monkeypatch):
    _, (place,) = trained()
    place.chmod(0o666)
    monkeypatch.setattr(kept.pickle, "loads", lambda content: pytest.fail("it was read"))
    trained()
    assert place.stat().st_mode & 0o777 == 0o600


def test_another_version_of_hornbeam_or_another_setting_finds_nothing(trained, monkeypatch):
    trained()
    monkeypatch.setattr(kept, "_versions", lambda: "another")
    assert len(trained()[1]) == 2
    monkeypatch.setattr(kept.dtypes, "epsilon", lambda: 1e-3)
    assert len(trained()[1]) == 3


def test_the_folder_does_not_grow_without_end(trained, monkeypatch):
    trained()
    monkeypatch.setattr(kept, "ROOM_BYTES", 0)
    monkeypatch.setattr(kept, "_versions", lambda: "another")
    assert trained()[1] == []


def test_a_full_disk_does_not_stop_training(trained, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.tempfile, "mkstemp", full)
    assert np.isfinite(trained()[0]).all()


@pytest.mark.parametrize("private", [lambda x: x, object(), run, type("Mine", (), {}), np.zeros(3), {1: 2}])
def test_what_is_the_users_has_no_text(private):
    assert kept.text_of(("train", (private,))) is None


def test_texts_differ_where_programs_do():
    keys = [1, 1.0, True, "1", None, (1,), ((1,),), (1, 1), np.float32(1), np.int32(1), frozenset({1}), b"1"]
    keys += [keras.activations.relu, keras.activations.tanh, keras.layers.Dense, keras.DTypePolicy("mixed_bfloat16")]
    assert len({kept.text_of(key) for key in keys}) == len(keys)
    assert None not in map(kept.text_of, keys[:4])
