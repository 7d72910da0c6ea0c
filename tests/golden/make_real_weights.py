"""Makes real_weights.npz: what Keras computes with the two real weight files (folder: first argument)."""

import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "saving"))

from real_networks import FILES


def main():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 64, 64, 3)).astype("float32")
    found = {}
    for make, name in FILES.items():
        model = make(keras)
        model.load_weights(Path(sys.argv[1]) / name)
        found[make.__name__] = model.predict(x, verbose=0)
    np.savez_compressed(Path(__file__).parent / "real_weights.npz", **found)
    print({name: array.shape for name, array in found.items()})


if __name__ == "__main__":
    main()
