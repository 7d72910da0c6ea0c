"""Write `constraints.npz` and `constraints.json`: every Keras constraint applied to a matrix and a convolution kernel.

`input` names the array `inputs/weights/<input>`; array: `<case>/value`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_constraints.py`.
"""

import keras
import numpy as np
from writer import Golden

CASES = [
    ("NonNeg", {}, "matrix"),
    ("MaxNorm", {}, "matrix"),
    ("MaxNorm", {"max_value": 1.0, "axis": 1}, "matrix"),
    ("MaxNorm", {"max_value": 3.0}, "matrix"),
    ("MaxNorm", {"max_value": 1.5, "axis": [0, 1, 2]}, "kernel"),
    ("UnitNorm", {}, "matrix"),
    ("UnitNorm", {"axis": 1}, "matrix"),
    ("UnitNorm", {"axis": [0, 1, 2]}, "kernel"),
    ("MinMaxNorm", {}, "matrix"),
    ("MinMaxNorm", {"min_value": 1.0, "max_value": 2.0}, "matrix"),
    ("MinMaxNorm", {"min_value": 1.0, "max_value": 2.0, "rate": 0.3, "axis": 1}, "matrix"),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "axis": [0, 1, 2]}, "kernel"),
]


def main():
    golden = Golden("constraints")
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(4, 5)).astype("float32")
    matrix[:, 0] = 0
    golden.inputs("weights", matrix=matrix, kernel=rng.normal(size=(2, 3, 2, 4)).astype("float32"))
    for number, (name, config, which) in enumerate(CASES):
        config = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
        constraint = getattr(keras.constraints, name)(**config)
        value = constraint(keras.ops.convert_to_tensor(golden.arrays[f"inputs/weights/{which}"]))
        golden.add(f"{name}-{number}", name, config, {"value": value}, input=which, get_config=constraint.get_config())
    golden.write()


if __name__ == "__main__":
    main()
