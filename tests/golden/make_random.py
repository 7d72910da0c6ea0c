"""Write `random.npz` and `random.json`: what Keras draws from a seed, with JAX as its engine.

A case has `object` (the function of keras.random) and `config` (all its arguments but `seed`). Its `seed` is an integer
or `"generator"` for the second seed of `SeedGenerator(3)`. Array: `<case>/value`. `jax` names the version whose
generators drew it: another may draw other numbers.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_random.py`.
"""

import jax
from keras import random
from writer import Golden

CASES = [
    ("normal", {"shape": [2, 3], "mean": 1.0, "stddev": 2.0}),
    ("uniform", {"shape": [2, 3], "minval": -1.0, "maxval": 2.0}),
    ("truncated_normal", {"shape": [2, 3], "stddev": 0.5}),
    ("randint", {"shape": [2, 3], "minval": -3, "maxval": 9}),
    ("categorical", {"logits": [[0.0, 1.0, 2.0], [1.0, 1.0, -9.0]], "num_samples": 4}),
    ("shuffle", {"x": [1, 2, 3, 4, 5, 6]}),
    ("gamma", {"shape": [2, 3], "alpha": 2.5}),
    ("beta", {"shape": [2, 3], "alpha": 2.0, "beta": [1.0, 2.0, 3.0]}),
    ("binomial", {"shape": [2, 3], "counts": 10.0, "probabilities": 0.3}),
]


def main():
    golden = Golden("random")
    for name, config in CASES:
        for seed in (0, 2**32 - 1, "generator"):
            generator = random.SeedGenerator(3)
            generator.next()
            arrays = {key: jax.numpy.asarray(config[key]) for key in ("logits", "x") if key in config}
            value = getattr(random, name)(**config | arrays, seed=generator if seed == "generator" else seed)
            golden.add(f"{name}-{seed}", name, config, {"value": value}, seed=seed, jax=jax.__version__)
    golden.write()


if __name__ == "__main__":
    main()
