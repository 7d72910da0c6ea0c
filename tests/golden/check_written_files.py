"""Do Keras 3 and Keras 2 open what Hornbeam writes, and compute the same? Two steps, in two environments:

    .venv/bin/python tests/golden/check_written_files.py write FOLDER
    KERAS_2=folder .venv-bench/bin/python tests/golden/check_written_files.py read FOLDER

The first writes every row of tests/layers/catalogue.py as a model in .keras and in .h5, with an input and the output.
The second opens them with Keras 3 and, where the .h5 file is in Keras 2's words, with tf_keras, and lists what fails.
The folder holds tf_keras and keras_hub, whose layers Keras 3 knows only when it is imported.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import numpy as np

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

# rows that Keras 3.15 opens or computes otherwise, for a reason of its own
KNOWN = {
    "Discretization-count": "adds up the second axis, where its documentation says the last",
    "Equalization": "returns its input as the symbolic output, so that no graph can hold it",
    "Lambda": "wants the function in custom_objects",
    "RandomCrop": "leaves images as they are at inference, where its documentation says resized",
    "SpectralNormalization": "divides by the norm while training only, and so not here",
}


def write(folder):
    """One model for each row that can be a model."""
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "layers")]
    import h5py
    from catalogue import ROWS

    import hornbeam as keras

    notes = {}
    for number, row in enumerate(ROWS):
        name = f"{number:03d}_{str(row).replace(' ', '_')}"
        bounds = row.below if isinstance(row.below, tuple) else (row.below,) * len(row.shapes)
        try:
            entries = [
                keras.Input(shape, dtype="int32" if below else "float32", name=f"x{place}")
                for place, (shape, below) in enumerate(zip(row.shapes, bounds, strict=True))
            ]
            model = keras.Model(entries, row.call(row.make(), entries if len(entries) > 1 else entries[0]))
            chance = np.random.default_rng(number)
            model.set_weights(
                [np.abs(w + chance.normal(size=w.shape).astype(w.dtype) * 0.2) for w in model.get_weights()]
            )
            data = row.inputs()
            out = model.predict(data, verbose=0)
            model.save(folder / f"{name}.keras")
            model.save(folder / f"{name}.h5")
        except Exception as error:
            print(f"{name}: not written: {type(error).__name__} {str(error)[:150]}")
            continue
        flat = {}
        for word, values in (("x", data), ("y", out)):
            for place, value in enumerate(values if isinstance(values, list) else [values]):
                flat[f"{word}/{place}"] = np.asarray(value)
        np.savez(folder / f"{name}.npz", **flat)
        with h5py.File(folder / f"{name}.h5") as file:
            notes[name] = file.attrs["keras_version"]
    (folder / "notes.json").write_text(json.dumps(notes))
    print(f"{len(notes)} of {len(ROWS)} rows written")


def read(folder):
    """Opens them all; prints what fails."""
    sys.path.append(os.environ["KERAS_2"])
    import keras as keras_3
    import keras_hub  # noqa: F401 — registers its layers
    import tf_keras as keras_2

    warnings.simplefilter("ignore")
    right, asked = {}, {}
    for name, version in json.loads((folder / "notes.json").read_text()).items():
        with np.load(folder / f"{name}.npz") as file:
            arrays = dict(file)
        x = [arrays[key] for key in arrays if key.startswith("x/")]
        y = [arrays[key] for key in arrays if key.startswith("y/")]
        for who, keras, ending in (
            ("keras 3", keras_3, "keras"),
            ("keras 3", keras_3, "h5"),
            ("keras 2", keras_2, "h5"),
        ):
            if who == "keras 2" and version[0] != "2":
                continue
            key = f"{who} .{ending}"
            asked[key] = asked.get(key, 0) + 1
            try:
                model = keras.models.load_model(folder / f"{name}.{ending}", compile=False)
                found = model.predict(x if len(x) > 1 else x[0], verbose=0)
                found = found if isinstance(found, (list, tuple)) else [found]
                for one, two in zip(found, y, strict=True):
                    np.testing.assert_allclose(one, two, atol=1e-4, rtol=1e-4)
                right[key] = right.get(key, 0) + 1
            except Exception as error:
                text = " ".join(f"{type(error).__name__} {error}".split())
                why = KNOWN.get(name[4:])
                print(f"{key}  {name}: {f'known: {why}' if why else text[:260]}")
    print({key: f"{right.get(key, 0)} of {number}" for key, number in asked.items()})


if __name__ == "__main__":
    place = Path(sys.argv[2])
    place.mkdir(parents=True, exist_ok=True)
    {"write": write, "read": read}[sys.argv[1]](place)
