"""Does Keras 2 go on training where Hornbeam stopped? Two steps, in two environments:

    .venv/bin/python tests/golden/check_resumed_training.py write FOLDER
    KERAS_2=folder .venv-bench/bin/python tests/golden/check_resumed_training.py read FOLDER

The first trains a small network for five steps with each optimizer, saves it in .h5 and notes the losses of ten steps
more. The second opens the files with tf_keras, trains on, and says how far its losses are from those; beside that how
far they are when the optimizer begins anew, so that a match means something. Nadam differs: Keras 2's follows another
schedule until 2.11, and keeps no product of its momenta after.
"""

import os
import sys
from pathlib import Path

import numpy as np

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

RATE = 0.02
OPTIMIZERS = {
    "Adadelta": {"learning_rate": 1.0},
    "Adagrad": {},
    "Adam": {},
    "Adam-amsgrad": {"amsgrad": True},
    "Adamax": {},
    "Ftrl": {},
    "Nadam": {},
    "RMSprop": {},
    "RMSprop-centered": {"centered": True, "momentum": 0.8},
    "SGD": {},
    "SGD-momentum": {"momentum": 0.9, "nesterov": True},
    "SGD-clipped": {"momentum": 0.9, "clipnorm": 0.5},
}


def data():
    chance = np.random.default_rng(3)
    x = chance.normal(size=(16, 4)).astype("float32")
    return x, (x @ chance.normal(size=(4, 2)) + 0.1).astype("float32")


def losses(model, steps):
    """The loss before each step."""
    x, y = data()
    return [float(np.ravel(model.train_on_batch(x, y))[0]) for _ in range(steps)]


def write(folder):
    import hornbeam as keras

    found = {}
    for name, words in OPTIMIZERS.items():
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Dense(6, "tanh"), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
        model = keras.Sequential([keras.Input((4,)), *layers])
        optimizer = getattr(keras.optimizers, name.split("-")[0])(**{"learning_rate": 0.1, **words})
        model.compile(optimizer, "mse")
        losses(model, 4)
        optimizer.learning_rate = words.get("learning_rate", RATE)  # as a callback may change it
        losses(model, 1)
        model.save(folder / f"{name}.h5")
        found[name] = losses(model, 10)
    np.savez(folder / "losses.npz", **found)


def read(folder):
    sys.path.append(os.environ["KERAS_2"])
    import tf_keras as keras

    with np.load(folder / "losses.npz") as file:
        wanted = dict(file)
    for name in OPTIMIZERS:
        model = keras.models.load_model(folder / f"{name}.h5")
        found = losses(model, 10)
        model = keras.models.load_model(folder / f"{name}.h5")
        model.compile(type(model.optimizer).from_config(model.optimizer.get_config()), "mse")
        anew = losses(model, 10)
        far, farther = (np.abs(np.array(one) - wanted[name]).max() for one in (found, anew))
        print(f"{name:20} {far:.1e} {'goes on' if far < 1e-4 else 'DIFFERS'}; anew {farther:.1e}")


if __name__ == "__main__":
    place = Path(sys.argv[2])
    place.mkdir(parents=True, exist_ok=True)
    {"write": write, "read": read}[sys.argv[1]](place)
