"""Write `activations.npz` and `activations.json`: every Keras activation, its value and derivative.

`input` names the shared array `inputs/<input>/x`: `grid` (points that include kinks, -0.0 and ±100) or `rows` (a matrix, for the
activations that mix an axis). Arrays: `<case>/value` and `<case>/gradient`, of sum(value * inputs/<input>/cotangent_<shape>) with respect
to x; the cotangent is all ones on the grid, so there the gradient is the derivative.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_activations.py`.
"""

import jax
import keras
import numpy as np
from writer import Golden

GRID = [-100, -20, -6, -3.5, -3, -2.5, -2, -1.5, -1, -0.7, -0.5, -0.25, -1e-3, -0.0, 0, 1e-3, 0.25, 0.5, 0.7, 1, 1.5, 2, 2.5, 3, 3.5, 5.9, 6, 6.1, 20, 100]
ON_GRID = {
    "relu": [{}, {"negative_slope": 0.1}, {"max_value": 2.0}, {"threshold": 1.0}, {"negative_slope": 0.1, "max_value": 3.0, "threshold": 0.6}],
    "leaky_relu": [{}, {"negative_slope": 0.3}], "relu6": [{}], "elu": [{}, {"alpha": 0.5}], "celu": [{}, {"alpha": 0.5}], "selu": [{}],
    "gelu": [{}, {"approximate": True}], "silu": [{}], "swish": [{}], "hard_silu": [{}], "hard_swish": [{}], "mish": [{}], "sigmoid": [{}], "hard_sigmoid": [{}],
    "sparse_sigmoid": [{}], "log_sigmoid": [{}], "tanh": [{}], "hard_tanh": [{}], "tanh_shrink": [{}], "soft_shrink": [{}, {"threshold": 1.0}],
    "hard_shrink": [{}, {"threshold": 1.0}], "threshold": [{"threshold": 0.6, "default_value": -2.0}], "softplus": [{}], "softsign": [{}],
    "sparse_plus": [{}], "squareplus": [{}, {"b": 1}], "exponential": [{}], "linear": [{}],
}
ON_ROWS = {
    "softmax": [{}, {"axis": 0}, {"axis": [0, 1]}], "log_softmax": [{}, {"axis": 0}], "sparsemax": [{}, {"axis": 0}], "glu": [{}, {"axis": 0}],
}


def main():
    golden = Golden("activations")
    rng = np.random.default_rng(3)
    rows = (rng.normal(size=(4, 6)) * 2).astype("float32")
    rows[0, :3] = 40, 40, -40
    golden.inputs("grid", x=np.float32(GRID))
    golden.inputs("rows", x=rows, cotangent_4x6=rng.normal(size=(4, 6)), cotangent_4x3=rng.normal(size=(4, 3)), cotangent_2x6=rng.normal(size=(2, 6)))
    for inputs, table in (("grid", ON_GRID), ("rows", ON_ROWS)):
        x = jax.numpy.asarray(golden.arrays[f"inputs/{inputs}/x"])
        for name, configs in table.items():
            for config in configs:
                if isinstance(config.get("axis"), list):
                    config = {"axis": tuple(config["axis"])}
                function = lambda x: getattr(keras.activations, name)(x, **config)
                value = function(x)
                cotangent = 1.0
                if inputs == "rows":
                    cotangent = golden.arrays[f"inputs/rows/cotangent_{value.shape[0]}x{value.shape[1]}"].astype("float32")
                gradient = jax.grad(lambda x: (function(x) * cotangent).sum())(x)
                words = [f"{key}={value}".replace(" ", "") for key, value in config.items()]
                golden.add("-".join([name, *words]), name, config, {"value": value, "gradient": gradient}, input=inputs)
    known = {each for table in (ON_GRID, ON_ROWS) for each in table}
    print("left out:", sorted(set(dir(keras.activations)) - known))
    golden.write()


if __name__ == "__main__":
    main()
