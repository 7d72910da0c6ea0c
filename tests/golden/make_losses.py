"""Write `losses.npz` and `losses.json`: every Keras loss class and function, its value and gradient.

Case keys: `inputs` (name of the shared arrays `inputs/<name>/{y_true, y_pred, sample_weight, sample_weight_per_row,
mask}`), `weight` (which of the two weights the call got, or null), `masked` (true: `y_pred` carried the mask) and, in
plain cases, `get_config`. Arrays: `<case>/value`, what the loss returned, and `<case>/gradient`, of the sum of that
value with respect to `y_pred`. A case whose object is a lower-case name is the function, called as `function(y_true,
y_pred, **config)`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_losses.py`.
"""

import jax
import keras
import numpy as np
from keras.src.backend import set_keras_mask
from writer import Golden

REDUCTIONS = ("sum", "mean", "sum_over_batch_size", "mean_with_sample_weight", "none")


def softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def make_inputs(golden):
    """All shared arrays. Weights hold a zero; probabilities and logits hold extremes."""
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    def one_hot(indices, size):
        return np.eye(size, dtype="float32")[indices]

    regression = normal(6, 3)
    sequence = normal(3, 4, 2)
    labels = rng.integers(0, 2, (6, 3)).astype("float32")
    logits = normal(6, 3) * 3
    logits[0, 0], logits[1, 1] = 90, -90
    chance = 1 / (1 + np.exp(-logits.clip(-20, 20)))
    chance[0, 0], chance[1, 1] = 1, 0
    class_logits = normal(6, 4) * 2
    class_logits[0] = [60, -60, 0, 1]
    class_chance = softmax(class_logits)
    class_chance[1] = [0, 1, 0, 0]
    indices = np.array([1, 1, 0, 3, 2, 2], "int32")
    token_logits = normal(3, 4, 5)
    tokens = rng.integers(0, 5, (3, 4)).astype("int32")
    tokens[0, 2:] = 0
    holed = np.where(rng.random((3, 4)) < 0.4, -1, tokens).astype("int32")
    pictures = rng.integers(0, 2, (2, 4, 4, 3)).astype("float32")
    weight = np.array([1, 0.5, 2, 0, 1.5, 1], "float32")
    steps = np.array([[1, 2, 0, 0.5], [0, 0, 1, 1], [3, 1, 1, 0.25]], "float32")
    rows = np.array([[1], [0.5], [2]], "float32")
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
    per_step = dict(sample_weight=steps, sample_weight_per_row=rows, mask=mask)

    golden.inputs("regression", y_true=regression, y_pred=normal(6, 3), sample_weight=weight, mask=weight > 0.75)
    golden.inputs(
        "positive",
        y_true=rng.random((6, 3)).astype("float32") * 3,
        y_pred=rng.random((6, 3)).astype("float32") * 3,
        sample_weight=weight,
    )
    golden.inputs(
        "edges",
        y_true=np.float32([[0, 0, 1], [-1, 2, 0], [1e3, -50, 0]]),
        y_pred=np.float32([[0, 1, 0], [-2, -3, 1e-9], [-1e3, 50, 1e3]]),
        sample_weight=weight[:3],
    )
    golden.inputs("column", y_true=regression[:, 0], y_pred=normal(6, 1), sample_weight=weight)
    golden.inputs("sequence", y_true=sequence, y_pred=normal(3, 4, 2), **per_step)
    golden.inputs(
        "positive_steps",
        y_true=rng.random((3, 4, 2)).astype("float32"),
        y_pred=rng.random((3, 4, 2)).astype("float32"),
        **per_step,
    )
    golden.inputs("binary", y_true=labels, y_pred=chance.astype("float32"), sample_weight=weight)
    golden.inputs("binary_column", y_true=labels[:, 0], y_pred=chance[:, 1:2].astype("float32"), sample_weight=weight)
    golden.inputs("binary_logits", y_true=labels, y_pred=logits, sample_weight=weight)
    golden.inputs(
        "binary_steps",
        y_true=rng.integers(0, 2, (3, 4, 2)).astype("float32"),
        y_pred=rng.random((3, 4, 2)).astype("float32"),
        **per_step,
    )
    golden.inputs("signs", y_true=labels * 2 - 1, y_pred=normal(6, 3), sample_weight=weight)
    golden.inputs("classes", y_true=one_hot(indices, 4), y_pred=class_chance, sample_weight=weight)
    golden.inputs("soft_classes", y_true=softmax(normal(6, 4)), y_pred=class_chance * 3, sample_weight=weight)
    golden.inputs("class_logits", y_true=one_hot(indices, 4), y_pred=class_logits, sample_weight=weight)
    golden.inputs("class_steps", y_true=one_hot(tokens, 5), y_pred=softmax(token_logits), **per_step)
    golden.inputs(
        "class_axis_1",
        y_true=one_hot(tokens, 5).transpose(0, 2, 1),
        y_pred=softmax(token_logits).transpose(0, 2, 1),
        **per_step,
    )
    golden.inputs("sparse", y_true=indices, y_pred=class_chance, sample_weight=weight)
    golden.inputs("sparse_inner", y_true=indices, y_pred=softmax(normal(6, 4)), sample_weight=weight)
    golden.inputs("sparse_column", y_true=indices[:, None], y_pred=class_chance, sample_weight=weight)
    golden.inputs("sparse_logits", y_true=indices, y_pred=class_logits, sample_weight=weight)
    golden.inputs("sparse_steps", y_true=tokens, y_pred=softmax(token_logits), **per_step)
    golden.inputs("sparse_step_logits", y_true=tokens, y_pred=token_logits, **per_step)
    golden.inputs("sparse_holed", y_true=holed, y_pred=softmax(token_logits), **per_step)
    golden.inputs(
        "pictures",
        y_true=pictures,
        y_pred=rng.random((2, 4, 4, 3)).astype("float32"),
        sample_weight=np.float32([2, 0.5]),
    )
    embeddings = normal(8, 5)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    golden.inputs(
        "embeddings",
        y_true=np.int32([0, 1, 1, 0, 2, 2, 0, 1]),
        y_pred=embeddings,
        sample_weight=np.float32([1, 2, 0, 1, 0.5, 1, 1, 1]),
    )
    golden.inputs("lone_label", y_true=np.int32([0, 1, 1, 0, 3, 0, 0, 1]), y_pred=embeddings)
    golden.inputs(
        "ctc",
        y_true=np.int32([[1, 2, 2, 0, 0], [3, 1, 4, 2, 1], [2, 0, 0, 0, 0]]),
        y_pred=normal(3, 9, 5),
        sample_weight=np.float32([1, 2, 0.5]),
    )


def cases():
    """Yield (object, config, inputs, weight, masked)."""
    plain = {
        **dict.fromkeys(
            ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "CosineSimilarity"), "regression"
        ),
        **dict.fromkeys(
            ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson", "KLDivergence"), "positive"
        ),
        **dict.fromkeys(("Hinge", "SquaredHinge", "CategoricalHinge"), "signs"),
        **dict.fromkeys(("BinaryCrossentropy", "BinaryFocalCrossentropy"), "binary"),
        **dict.fromkeys(("CategoricalCrossentropy", "CategoricalFocalCrossentropy"), "classes"),
        **dict.fromkeys(("Dice", "Tversky"), "pictures"),
        "SparseCategoricalCrossentropy": "sparse",
        "CategoricalGeneralizedCrossEntropy": "sparse_inner",
        "Circle": "embeddings",
        "CTC": "ctc",
    }
    for name, inputs in plain.items():
        yield name, {}, inputs, None, False
        for reduction in REDUCTIONS:
            config = {"axis": [1, 2, 3]} if inputs == "pictures" else {}
            yield name, {**config, "reduction": reduction}, inputs, "sample_weight", False
        if plain[name] in ("regression", "positive"):
            yield name, {"reduction": "none"}, "edges", None, False
        if plain[name] in ("regression", "positive", "signs"):
            steps = "positive_steps" if inputs == "positive" else "sequence"
            yield name, {}, steps, None, False
            yield name, {}, steps, "sample_weight", False
            yield name, {"reduction": "none"}, steps, "sample_weight", False
            yield name, {}, steps, "sample_weight_per_row", False
    for reduction in REDUCTIONS:
        yield "MeanSquaredError", {"reduction": reduction}, "regression", None, True
        yield "MeanSquaredError", {"reduction": reduction}, "sequence", None, True
        yield "MeanSquaredError", {"reduction": reduction}, "sequence", "sample_weight", True
        yield "SparseCategoricalCrossentropy", {"reduction": reduction}, "sparse_steps", "sample_weight", True
        yield "SparseCategoricalCrossentropy", {"reduction": reduction, "ignore_class": -1}, "sparse_holed", None, False
        yield (
            "SparseCategoricalCrossentropy",
            {"reduction": reduction, "ignore_class": -1},
            "sparse_holed",
            "sample_weight",
            False,
        )
        yield (
            "SparseCategoricalCrossentropy",
            {"reduction": reduction, "ignore_class": -1},
            "sparse_holed",
            "sample_weight",
            True,
        )
        yield "Circle", {"reduction": reduction}, "embeddings", None, False
    for name in ("MeanSquaredError", "MeanAbsoluteError", "Huber"):
        yield name, {"reduction": "none"}, "column", None, False
        yield name, {}, "column", "sample_weight", False
    for delta in (0.3, 2.0):
        yield "Huber", {"delta": delta}, "regression", None, False
    for axis in (0, 1):
        yield "CosineSimilarity", {"axis": axis, "reduction": "none"}, "sequence", None, False
    for name in ("Hinge", "SquaredHinge", "CategoricalHinge"):
        yield name, {"reduction": "none"}, "binary", None, False
    yield "KLDivergence", {}, "soft_classes", "sample_weight", False

    yield "BinaryFocalCrossentropy", {"gamma": 0.5}, "binary_steps", None, False
    for name, more in (
        ("BinaryCrossentropy", [{}]),
        (
            "BinaryFocalCrossentropy",
            [{}, {"gamma": 1.0}, {"apply_class_balancing": True}, {"apply_class_balancing": True, "alpha": 0.7}],
        ),
    ):
        for config in more:
            yield name, {**config, "reduction": "none"}, "binary", None, False
            yield name, {**config, "reduction": "none", "from_logits": True}, "binary_logits", None, False
            yield name, {**config, "label_smoothing": 0.1}, "binary", None, False
            yield name, {**config, "label_smoothing": 0.2, "from_logits": True}, "binary_logits", "sample_weight", False
        yield name, {}, "binary_column", "sample_weight", False
        yield name, {}, "binary_steps", "sample_weight", False
        yield name, {"axis": 1, "reduction": "none"}, "binary_steps", None, False

    for name, more in (
        ("CategoricalCrossentropy", [{}]),
        ("CategoricalFocalCrossentropy", [{}, {"gamma": 0.5}, {"alpha": [0.1, 0.2, 0.3, 0.4]}]),
    ):
        for config in more:
            for inputs in ("classes", "soft_classes"):
                yield name, {**config, "reduction": "none"}, inputs, None, False
                yield name, {**config, "label_smoothing": 0.1}, inputs, None, False
            yield name, {**config, "reduction": "none", "from_logits": True}, "class_logits", None, False
            yield name, {**config, "label_smoothing": 0.2, "from_logits": True}, "class_logits", "sample_weight", False
        yield name, {}, "class_steps", "sample_weight", False
        yield name, {}, "class_steps", "sample_weight_per_row", False
        yield name, {"axis": 1, "reduction": "none"}, "class_axis_1", None, False
    yield "CategoricalCrossentropy", {}, "class_steps", None, True

    name = "SparseCategoricalCrossentropy"
    for inputs, config in (
        ("sparse", {}),
        ("sparse_column", {}),
        ("sparse_logits", {"from_logits": True}),
        ("sparse_steps", {}),
        ("sparse_step_logits", {"from_logits": True}),
    ):
        yield name, {**config, "reduction": "none"}, inputs, None, False
        yield name, config, inputs, "sample_weight", False
    yield name, {"ignore_class": 2}, "sparse", "sample_weight", False
    yield name, {"ignore_class": 2}, "sparse_column", None, False
    yield name, {"ignore_class": 0, "from_logits": True}, "sparse_step_logits", None, False
    yield "CategoricalGeneralizedCrossEntropy", {"reduction": "none"}, "sparse", None, False
    for q in (0.1, 0.9):
        yield "CategoricalGeneralizedCrossEntropy", {"q": q, "reduction": "none"}, "sparse_inner", None, False
    for name, more in (("Dice", [{}]), ("Tversky", [{}, {"alpha": 0.3, "beta": 0.7}])):
        for config in more:
            yield name, {**config, "axis": [1, 2]}, "pictures", None, False
            yield name, {**config, "axis": [1, 2, 3], "reduction": "none"}, "pictures", None, False
            yield name, {**config, "axis": -1, "reduction": "none"}, "pictures", None, False
            yield name, {**config}, "binary", None, False
    for config in ({"gamma": 2.0, "margin": 0.1}, {"remove_diagonal": False}):
        yield "Circle", {**config, "reduction": "none"}, "embeddings", None, False
    yield "Circle", {"reduction": "none"}, "lone_label", None, False
    yield "Circle", {}, "lone_label", None, False

    for function, inputs in (
        ("mean_squared_error", "sequence"),
        ("mean_absolute_error", "sequence"),
        ("mean_absolute_percentage_error", "positive"),
        ("mean_squared_logarithmic_error", "positive"),
        ("cosine_similarity", "regression"),
        ("huber", "regression"),
        ("log_cosh", "regression"),
        ("kl_divergence", "classes"),
        ("poisson", "positive"),
        ("hinge", "signs"),
        ("squared_hinge", "signs"),
        ("categorical_hinge", "classes"),
        ("binary_crossentropy", "binary"),
        ("binary_focal_crossentropy", "binary"),
        ("categorical_crossentropy", "classes"),
        ("categorical_focal_crossentropy", "classes"),
        ("sparse_categorical_crossentropy", "sparse"),
        ("dice", "pictures"),
        ("tversky", "pictures"),
        ("circle", "embeddings"),
        ("ctc", "ctc"),
    ):
        yield function, {}, inputs, None, False
    yield "huber", {"delta": 0.4}, "regression", None, False
    yield "cosine_similarity", {"axis": 0}, "regression", None, False
    yield "categorical_generalized_cross_entropy", {"q": 0.5}, "sparse_inner", None, False
    for function, inputs in (
        ("binary_crossentropy", "binary_logits"),
        ("categorical_crossentropy", "class_logits"),
        ("sparse_categorical_crossentropy", "sparse_logits"),
    ):
        yield function, {"from_logits": True}, inputs, None, False


def compute(name, config, y_true, y_pred, weight, mask):
    """Return the value, and the gradient of its sum with respect to y_pred."""
    thing = getattr(keras.losses, name)

    def value(y_pred):
        if not isinstance(thing, type):
            return thing(y_true, y_pred, **config)
        y_pred = y_pred * 1  # a fresh tensor, so that no mask stays on the argument
        if mask is not None:
            set_keras_mask(y_pred, jax.numpy.asarray(mask))
        return thing(**config)(y_true, y_pred, sample_weight=weight)

    gradient = jax.grad(lambda y_pred: value(y_pred).sum())(jax.numpy.asarray(y_pred))
    return {"value": value(jax.numpy.asarray(y_pred)), "gradient": gradient}


def main():
    golden = Golden("losses")
    make_inputs(golden)
    seen = set()
    for name, config, inputs, weight, masked in cases():
        config = {
            key: tuple(value) if key == "axis" and isinstance(value, list) else value for key, value in config.items()
        }
        words = [value if key == "reduction" else f"{key}={value}".replace(" ", "") for key, value in config.items()]
        words += (
            ["weighted"] * (weight == "sample_weight")
            + ["row_weighted"] * (weight == "sample_weight_per_row")
            + ["masked"] * masked
        )
        case = "-".join([name, inputs, *words])
        if case in seen:
            continue
        seen.add(case)

        def get(what, inputs=inputs):
            return golden.arrays[f"inputs/{inputs}/{what}"]

        arrays = compute(
            name, config, get("y_true"), get("y_pred"), get(weight) if weight else None, get("mask") if masked else None
        )
        more = (
            {"get_config": getattr(keras.losses, name)(**config).get_config()}
            if name[0].isupper() and not words
            else {}
        )
        golden.add(case, name, config, arrays, inputs=inputs, weight=weight, masked=masked, **more)
    golden.write()


if __name__ == "__main__":
    main()
