"""Good files of every format with bytes flipped, cut out and put in: a load gives the right model, or a FileError.

A few hundred files here; ``make fuzz`` tries as many as one likes (``python tests/saving/test_fuzz.py 20000``).
"""

import json
import random
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import FileError

ENDINGS = ("keras", "h5", "hdf5", "weights.h5", "npz", "json", "weights.json")
FEW = 30  # altered files of each format


def small():
    """A model with statistics, a gate order and an optimizer's state."""
    inner = [layers.Dense(3, activation="relu"), layers.BatchNormalization(), layers.Reshape((3, 1)), layers.LSTM(2)]
    model = keras.Sequential([keras.Input((4,)), *inner, layers.Dense(1)], name="small")
    model.compile("adam", "mse")
    return model


def write_all(model, folder):
    """One good file of each format."""
    for ending in ENDINGS:
        path = folder / f"good.{ending}"
        if ending == "json":
            path.write_text(model.to_json())
        elif ending == "weights.json":
            model.save_weights(folder / "good_00000.weights.h5")
            names = {"/layers/dense/vars": "good_00000.weights.h5"}
            path.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": names}))
        else:
            (model.save if ending in ("keras", "h5") else model.save_weights)(path)


def altered(data, chance):
    """The bytes with one of five kinds of damage."""
    kind, place = chance.randrange(5), chance.randrange(len(data))
    if kind == 0:  # some bits flipped
        data = bytearray(data)
        for _ in range(chance.choice((1, 1, 4, 32))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    if kind == 1:
        return data[:place]
    length = chance.choice((1, 4, 64))
    if kind == 2:
        return data[:place] + data[place + length :]
    if kind == 3:
        return data[:place] + chance.randbytes(length) + data[place:]
    return data[:place] + data[place : place + length] * 2 + data[place + length :]


def assert_right_or_refused(path, ending, model, good):
    """Loads an altered file; says whether it was refused."""
    before = [np.asarray(weight) for weight in model.get_weights()]
    try:
        if ending in ("keras", "h5"):
            found = keras.models.load_model(path).get_weights()
        elif ending == "json":
            found = [weight * 0 for weight in keras.models.model_from_json(path.read_text("latin-1")).get_weights()]
        else:
            model.load_weights(path)
            found = model.get_weights()
    except FileError:
        for one, two in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(one, two)
        return True
    if ending in ("keras", "h5", "hdf5", "weights.h5", "npz", "weights.json"):
        for one, two in zip(found, good, strict=True):
            np.testing.assert_array_equal(one, two)
    return False


def try_files(number, folder, seed=0):
    """Alters a good file so many times; gives how many were refused."""
    model, chance = small(), random.Random(seed)
    write_all(model, folder)
    good = model.get_weights()
    refused = 0
    for turn in range(number):
        ending = ENDINGS[turn % len(ENDINGS)]
        target = folder / f"good.{ending}"
        source = folder / "good_00000.weights.h5" if ending == "weights.json" and chance.random() < 0.5 else target
        data = source.read_bytes()
        source.write_bytes(altered(data, chance))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                refused += assert_right_or_refused(target, ending, model, good)
        except BaseException:
            kept = Path("fuzz-failure")
            kept.mkdir(exist_ok=True)
            (kept / source.name).write_bytes(source.read_bytes())
            raise
        finally:
            source.write_bytes(data)
            model.set_weights(good)
    return refused


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be replaced there")
def test_an_altered_file_is_refused_or_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert try_files(FEW * len(ENDINGS), tmp_path) > FEW * len(ENDINGS) // 2


if __name__ == "__main__":
    import resource
    import tempfile

    limit = 8 * 2**30  # bytes: a load that asks for more is a MemoryError, and fails
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as place:
        print(
            f"{try_files(wanted, Path(place), seed=1)} of {wanted} altered files were refused, the others did no harm"
        )
