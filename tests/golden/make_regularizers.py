"""Write `regularizers.npz` and `regularizers.json`: every Keras regularizer's value and gradient on a fixed matrix.

Arrays: `inputs/weights/matrix`, `<case>/value` and `<case>/gradient`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_regularizers.py`.
"""

import jax
import keras
import numpy as np
from writer import Golden

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]


def main():
    golden = Golden("regularizers")
    matrix = np.random.default_rng(4).normal(size=(4, 5)).astype("float32")
    golden.inputs("weights", matrix=matrix)
    for number, (name, config) in enumerate(CASES):
        regularizer = getattr(keras.regularizers, name)(**config)
        value, gradient = jax.value_and_grad(regularizer)(jax.numpy.asarray(matrix))
        golden.add(
            f"{name}-{number}",
            name,
            config,
            {"value": value, "gradient": gradient},
            get_config=regularizer.get_config(),
        )
    golden.write()


if __name__ == "__main__":
    main()
