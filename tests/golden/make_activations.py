"""Write `activations.npz` and `activations.json`: every Keras activation, its value and derivative.

`input` names the shared array `inputs/<input>/x`: `grid` (points that include kinks, -0.0 and ±100) or `rows` (a
matrix, for the activations that mix an axis). Arrays: `<case>/value` and `<case>/gradient`, of sum(value *
inputs/<input>/cotangent_<shape>) with respect to x; the cotangent is all ones on the grid, so there the gradient is
the derivative.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_activations.py`.
"""

import jax
import keras
import numpy as np
from writer import Golden

GRID = [
    -100,
    -20,
    -6,
    -3.5,
    -3,
    -2.5,
    -2,
    -1.5,
    -1,
    -0.7,
    -0.5,
    -0.25,
    -1e-3,
    -0.0,
    0,
    1e-3,
    0.25,
    0.5,
    0.7,
    1,
    1.5,
    2,
    2.5,
    3,
    3.5,
    5.9,
    6,
    6.1,
    20,
    100,
]
ON_GRID = {
    "relu": [
        {},
        {"negative_slope": 0.1},
        {"max_value": 2.0},
        {"threshold": 1.0},
        {"negative_slope": 0.1, "max_value": 3.0, "threshold": 0.6},
    ],
    "leaky_relu": [{}, {"negative_slope": 0.3}],
    "relu6": [{}],
    "elu": [{}, {"alpha": 0.5}],
    "celu": [{}, {"alpha": 0.5}],
    "selu": [{}],
    "gelu": [{}, {"approximate": True}],
    "silu": [{}],
    "swish": [{}],
    "hard_silu": [{}],
    "hard_swish": [{}],
    "mish": [{}],
    "sigmoid": [{}],
    "hard_sigmoid": [{}],
    "sparse_sigmoid": [{}],
    "log_sigmoid": [{}],
    "tanh": [{}],
    "hard_tanh": [{}],
    "tanh_shrink": [{}],
    "soft_shrink": [{}, {"threshold": 1.0}],
    "hard_shrink": [{}, {"threshold": 1.0}],
    "threshold": [{"threshold": 0.6, "default_value": -2.0}],
    "softplus": [{}],
    "softsign": [{}],
    "sparse_plus": [{}],
    "squareplus": [{}, {"b": 1}],
    "exponential": [{}],
    "linear": [{}],
}
ON_ROWS = {
    "softmax": [{}, {"axis": 0}, {"axis": [0, 1]}],
    "log_softmax": [{}, {"axis": 0}],
    "sparsemax": [{}, {"axis": 0}],
    "glu": [{}, {"axis": 0}],
}


def compute(name, config, x, cotangent):
    """Value, and gradient of sum(value * cotangent of the value's shape)."""

    def function(x):
        return getattr(keras.activations, name)(x, **config)

    value = function(x)
    gradient = jax.grad(lambda x: (function(x) * cotangent(value.shape)).sum())(x)
    return {"value": value, "gradient": gradient}


def main():
    golden = Golden("activations")
    rng = np.random.default_rng(3)
    rows = (rng.normal(size=(4, 6)) * 2).astype("float32")
    rows[0, :3] = 40, 40, -40
    cotangents = {shape: rng.normal(size=shape).astype("float32") for shape in ((4, 6), (4, 3), (2, 6))}
    golden.inputs("grid", x=np.float32(GRID))
    golden.inputs("rows", x=rows, **{f"cotangent_{a}x{b}": value for (a, b), value in cotangents.items()})
    for inputs, table, cotangent in (("grid", ON_GRID, lambda shape: 1.0), ("rows", ON_ROWS, cotangents.get)):
        x = jax.numpy.asarray(golden.arrays[f"inputs/{inputs}/x"])
        for name, config in ((name, config) for name, configs in table.items() for config in configs):
            if isinstance(config.get("axis"), list):
                config = {"axis": tuple(config["axis"])}
            words = [f"{key}={value}".replace(" ", "") for key, value in config.items()]
            golden.add("-".join([name, *words]), name, config, compute(name, config, x, cotangent), input=inputs)
    golden.write()


if __name__ == "__main__":
    main()
