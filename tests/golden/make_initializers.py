"""Write `initializers.npz` and `initializers.json`: what every Keras initializer draws.

Deterministic initializers: `<case>/value`, exactly. Random ones: a line for each shape with `shape`, `dtype`, and,
for those that scale by fans, `fan_in`, `fan_out`, `theory` (the standard deviation, or for uniform draws the limit,
before truncation) and `<case>/statistics` = [mean, std, min, max] of one draw of that shape, meaningful for the
shapes of 100,000 numbers. Orthogonal keeps `<case>/gram`, the smaller of QᵀQ and QQᵀ over (everything but the last
axis, last axis). `get_config` is the default's where the config is empty.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_initializers.py`.
"""

import math

import keras
import numpy as np
from keras.src.initializers.random_initializers import compute_fans
from writer import Golden

LARGE = (400, 300)
SHAPES = [LARGE, (20, 5, 1200), (5, 3, 40, 200), (500, 240)]
SMALL_SHAPES = [(7,), (6, 4), (3, 4, 5), (3, 3, 2, 8), ()]
TRUNCATION = 0.87962566103423978  # standard deviation of a unit normal cut at two
SCALING = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
}
EXACT = [
    ("Zeros", {}, (2, 3)),
    ("Ones", {}, (2, 3)),
    ("Constant", {}, (2, 3)),
    ("Constant", {"value": 3.5}, (2, 3)),
    ("Constant", {"value": [1.0, 2.0, 3.0]}, (2, 3)),
    ("Identity", {}, (3, 3)),
    ("Identity", {"gain": 2.0}, (3, 5)),
    ("Identity", {}, (4, 2)),
    ("STFT", {}, (8, 1, 5)),
    ("STFT", {"side": "imag"}, (8, 1, 5)),
    ("STFT", {"window": "hamming", "scaling": "spectrum", "periodic": True}, (6, 1, 5)),
    ("STFT", {"window": None}, (8, 1, 5)),
    ("STFT", {"scaling": None}, (8, 1, 5)),
]
PLAIN = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.5}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": -2.0, "maxval": 3.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 0.5}),
]
VARIANCE = [
    {},
    *(
        {"scale": 2.0, "mode": mode, "distribution": distribution}
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ),
    {"scale": 2.0, "mode": "fan_in", "input_axes": [0], "output_axes": [1, 2]},
]


def theory(scale, mode, distribution, shape, axes):
    """Fans, and the standard deviation (or the limit, for uniform) that the draw is made with."""
    fan_in, fan_out = compute_fans(shape, *axes)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    deviation = math.sqrt(scale / max(1.0, fan))
    made = {
        "uniform": math.sqrt(3) * deviation,
        "truncated_normal": deviation / TRUNCATION,
        "untruncated_normal": deviation,
    }[distribution]
    return {"fan_in": fan_in, "fan_out": fan_out, "distribution": distribution, "theory": made}


def main():
    golden = Golden("initializers")

    def add(name, config, shape, arrays, initializer, **more):
        words = [f"{key}={value}".replace(" ", "") for key, value in config.items()]
        if not config:
            more["get_config"] = initializer.get_config()
        golden.add(
            "-".join([name, *words, "x".join(map(str, shape)) or "scalar"]),
            name,
            config,
            arrays,
            shape=list(shape),
            **more,
        )

    def draw(name, config, shape):
        initializer = getattr(keras.initializers, name)(**config)
        return initializer, np.asarray(initializer(shape))

    for name, config, shape in EXACT:
        initializer, value = draw(name, config, shape)
        add(name, config, shape, {"value": value}, initializer)
    for name, config in PLAIN:
        initializer, value = draw(name, {**config, "seed": 7}, LARGE)
        add(name, config, LARGE, statistics(value), getattr(keras.initializers, name)(**config))
    for name, (scale, mode, distribution) in SCALING.items():
        for shape in SHAPES + SMALL_SHAPES:
            initializer, value = draw(name, {"seed": 7}, shape)
            add(
                name,
                {},
                shape,
                statistics(value),
                getattr(keras.initializers, name)(),
                **theory(scale, mode, distribution, shape, ()),
            )
    for config in VARIANCE:
        full = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", **config}
        for shape in [(20, 5, 1200)] if "input_axes" in config else SHAPES[:3]:
            initializer, value = draw("VarianceScaling", {**config, "seed": 7}, shape)
            axes = (config["input_axes"], config["output_axes"]) if "input_axes" in config else ()
            add(
                "VarianceScaling",
                config,
                shape,
                statistics(value),
                keras.initializers.VarianceScaling(**config),
                **theory(full["scale"], full["mode"], full["distribution"], shape, axes),
            )
    for config, shape in (({}, (6, 4)), ({}, (4, 6)), ({"gain": 2.0}, (5, 5)), ({"gain": 0.5}, (3, 2, 4))):
        initializer, value = draw("Orthogonal", {**config, "seed": 7}, shape)
        flat = value.reshape(-1, shape[-1])
        gram = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
        add("Orthogonal", config, shape, {"gram": gram}, keras.initializers.Orthogonal(**config))
    golden.write()


def statistics(value):
    return {"statistics": np.array([value.mean(), value.std(), value.min(), value.max()], "float32")}


if __name__ == "__main__":
    main()
