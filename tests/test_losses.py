"""Losses: every golden case of Keras, names and signatures, configs, reductions, the shapes that are refused."""

import functools
import inspect
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import FOLDER, read

from hornbeam import losses
from hornbeam.core.config import field, spec_key
from hornbeam.core.errors import ArgumentError, ShapeError, UnknownNameError
from hornbeam.core.registry import CustomObjectScope

CASES, ARRAYS = read("losses")
NAMES = json.loads((FOLDER / "public_names.json").read_text(encoding="utf-8"))["keras.losses"]
CLASSES = [getattr(losses, name) for name, row in NAMES.items() if row["kind"] == "class" and name != "Loss"]

# float32 rounds at 6e-8. Sums of up to 60 terms, exponentials and logarithms of a few units in the last place stay
# under 100 roundings, relative to the value, and absolutely for values near 0, which come of differences of numbers
# near 1. The circle loss multiplies distances by 80 before it takes exponentials: 80 times as much in its slope.
VALUES = {"rtol": 1e-5, "atol": 1e-6}
SLOPES = {"rtol": 1e-5, "atol": 1e-6}
STEEP = {"rtol": 1e-4, "atol": 1e-4}

# what XLA leaves out for programs that run once: compiling is nearly all of the time that these tests take
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def compute(case, y_pred):
    """The loss of a golden case as a function of its predictions."""
    folder = f"inputs/{case['inputs']}/"
    inputs = {key.removeprefix(folder): array for key, array in ARRAYS.items() if key.startswith(folder)}
    config = dict(case["config"])
    if isinstance(config.get("axis"), list):
        config["axis"] = tuple(config["axis"])
    thing = getattr(losses, case["object"])
    if not isinstance(thing, type):
        return thing(inputs["y_true"], y_pred, **config)
    weight, mask = inputs.get(case["weight"]), inputs["mask"] if case["masked"] else None
    return thing(**config)(inputs["y_true"], y_pred, sample_weight=weight, mask=mask)


@functools.cache
def found(name):
    """Value and slope of every golden case of one loss, in one program, which runs once and is not worth optimising."""

    def value_and_slope(case, y_pred):
        def total(y_pred):
            value = compute(case, y_pred)
            return value.sum(), value

        return jax.grad(total, has_aux=True)(y_pred)

    cases = [case for case in CASES if case["object"] == name]
    run = jax.jit(
        lambda inputs: [value_and_slope(*each) for each in zip(cases, inputs, strict=True)],
        compiler_options=QUICK,
    )
    pairs = run([ARRAYS[f"inputs/{case['inputs']}/y_pred"] for case in cases])
    return {case["case"]: pair for case, pair in zip(cases, pairs, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_value_and_slope_are_those_of_keras(case):
    slope, value = map(np.asarray, found(case["object"])[case["case"]])
    expected, expected_slope = ARRAYS[f"{case['case']}/value"], ARRAYS[f"{case['case']}/gradient"]
    assert value.shape == expected.shape
    np.testing.assert_allclose(value, expected, **VALUES)
    finite = np.isfinite(expected_slope)  # Keras's root of a probability of 0 has no slope, ours has slope 0
    steep = STEEP if case["object"].lower() == "circle" else SLOPES
    np.testing.assert_allclose(slope[finite], expected_slope[finite], **steep)


@pytest.mark.parametrize("case", [case for case in CASES if "get_config" in case], ids=lambda case: case["case"])
def test_the_config_says_all_that_keras_says(case):
    config = getattr(losses, case["object"])(**case["config"]).get_config()
    assert {key: config[key] for key in case["get_config"]} == case["get_config"]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_keras_signature(name):
    thing = getattr(losses, name)
    assert name in losses.__all__
    ours = [(p.name, p.default) for p in inspect.signature(thing).parameters.values()]
    theirs = [part.partition("=") for part in NAMES[name]["signature"].strip("()").split(", ")]
    assert [parameter for parameter, _ in ours] == [parameter for parameter, _, _ in theirs]
    for (parameter, default), (_, given, text) in zip(ours, theirs, strict=True):
        assert (default is inspect.Parameter.empty) == (given == ""), parameter
        assert not given or default == eval(text), parameter


@pytest.mark.parametrize(
    ("word", "function"),
    [
        *((word, "mean_squared_error") for word in ("mse", "MSE", "mean_squared_error")),
        *((word, "mean_absolute_error") for word in ("mae", "MAE", "mean_absolute_error")),
        *((word, "mean_absolute_percentage_error") for word in ("mape", "MAPE")),
        *((word, "mean_squared_logarithmic_error") for word in ("msle", "MSLE")),
        *((word, "kl_divergence") for word in ("kld", "KLD", "kl_divergence")),
        *((word, "binary_crossentropy") for word in ("bce", "BCE", "binary_crossentropy")),
        *((word, "log_cosh") for word in ("logcosh", "log_cosh")),
        *(
            (word, word)
            for word in ("hinge", "poisson", "huber", "ctc", "circle", "dice", "tversky", "cosine_similarity")
        ),
    ],
)
def test_a_lower_case_word_names_the_function(word, function):
    assert losses.get(word) is getattr(losses, function)


def test_a_class_name_gives_an_object_and_none_stays_none():
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert losses.get(None) is None
    assert losses.get(losses.Huber).delta == 1.0


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="mean_squared_error"):
        losses.get("mean_square_error")


@pytest.mark.parametrize("cls", CLASSES)
def test_config_and_json_describe_the_loss(cls):
    loss = cls()
    again = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert type(again) is cls
    assert again.get_config() == loss.get_config()
    assert spec_key(again) == spec_key(loss) == spec_key(cls(name="other"))


def test_a_config_that_keras_wrote_is_read():
    config = {"name": "mean_squared_error", "reduction": "sum"}
    text = {"module": "keras.losses", "class_name": "MeanSquaredError", "config": config, "registered_name": None}
    assert losses.deserialize(text).reduction == "sum"
    wrapper = {"class_name": "LossFunctionWrapper", "config": {"fn": "huber", "delta": 2.0, "name": "wide"}}
    assert float(losses.deserialize(wrapper)([[0.0]], [[4.0]])) == 6.0


def test_a_builtin_function_trains_as_its_class():
    for name, function in losses.LOSSES._objects.items():
        if not isinstance(function, type):
            loss = losses.as_loss(name)
            assert not isinstance(loss, losses.FunctionLoss)
            assert loss.rowwise == type(loss)().rowwise
    assert spec_key(losses.as_loss("mse")) == spec_key(losses.MeanSquaredError())


# ---- losses of one's own


def test_a_plain_function_becomes_a_loss():
    def cubed(y_true, y_pred):
        return jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)

    loss = losses.as_loss(cubed)
    assert (loss.name, loss.rowwise) == ("cubed", False)
    assert float(loss([1.0, 1.0], [[3.0], [1.0]])) == 4.0  # (8 + 0) / 2, and not the 4 pairs of (2,) with (2, 1)


def test_a_subclass_with_a_constructor_in_keras_style():
    class Weighted(losses.Loss):
        def __init__(self, factor, name="weighted", **kwargs):
            super().__init__(name=name, **kwargs)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * jnp.mean(jnp.square(y_true - y_pred), axis=-1)

    loss = Weighted(3.0, reduction="sum")
    assert float(loss([[1.0], [2.0]], [[0.0], [0.0]])) == 15.0
    assert loss.get_config()["factor"] == 3.0
    with CustomObjectScope({"Weighted": Weighted}):
        again = losses.deserialize(losses.serialize(loss))
    assert (again.factor, again.reduction, again.name) == (3.0, "sum", "weighted")


def test_a_subclass_with_fields_takes_them_first():
    class Power(losses.Loss):
        power = field(2.0)

        def call(self, y_true, y_pred):
            return jnp.mean(jnp.abs(y_true - y_pred) ** self.power, axis=-1)

    assert float(Power(3.0, reduction="sum")([[0.0]], [[2.0]])) == 8.0
    assert Power(3.0).name.startswith("power")


def test_a_loss_may_take_dicts_of_arrays():
    class Pair(losses.Loss):
        def call(self, y_true, y_pred):
            return jnp.mean(y_pred["a"] - y_true, axis=-1) + jnp.mean(y_pred["b"], axis=-1)

    y_pred = {"a": np.ones((4, 2)), "b": np.full((4, 1), 2.0)}
    assert float(Pair()(np.zeros((4, 2)), y_pred)) == 3.0
    garbage = {"a": y_pred["a"] * [[1], [1], [np.nan], [1]], "b": y_pred["b"]}
    assert float(Pair()(np.zeros((4, 2)), garbage, mask=np.array([1, 1, 0, 1]))) == 3.0


# ---- reductions and weights


def test_reductions_by_hand():
    y_true, y_pred, weight = np.zeros((4, 1)), np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([1.0, 0.0, 2.0, 1.0])

    def value(reduction, weight=None):
        return losses.MeanAbsoluteError(reduction)(y_true, y_pred, weight)

    assert float(value("sum")) == 10.0
    assert float(value("sum", weight)) == 11.0
    assert float(value("mean", weight)) == float(value("sum_over_batch_size", weight)) == 11 / 4
    assert float(value("mean_with_sample_weight", weight)) == 11 / 4
    assert float(value("mean_with_sample_weight", 2 * weight)) == 11 / 4
    assert float(value("mean", 2 * weight)) == 11 / 2
    assert value("none", weight).tolist() == value(None, weight).tolist() == [1.0, 0.0, 6.0, 4.0]
    assert float(value("mean_with_sample_weight", 0 * weight)) == 0.0


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ArgumentError, match="MeanSquaredError, reduction: expected one of 'sum_over_batch_size'"):
        losses.MeanSquaredError(reduction="average")


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_weights_of_rows_weigh_all_their_steps(shape):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 3, 3, 2)).astype("float32")  # as many rows as steps, where Keras errs
    weight = np.array([1.0, 0.0, 3.0], "float32")
    value = losses.MeanSquaredError()(y_true, y_pred, sample_weight=weight.reshape(shape))
    expected = np.mean(np.square(y_true - y_pred).mean(-1) * weight[:, None])
    np.testing.assert_allclose(value, expected, **VALUES)


def test_weights_of_a_wrong_length_are_refused():
    with pytest.raises(ShapeError, match=r"sample_weight: .* shape is \(3,\); got \(2,\)"):
        losses.MeanSquaredError()(np.zeros((3, 2)), np.zeros((3, 2)), sample_weight=np.ones(2))


def test_half_precision_predictions_are_averaged_in_float32():
    y_pred = jnp.full((4096, 1), 0.1, jnp.bfloat16)
    value = losses.MeanSquaredError()(np.zeros((4096, 1)), y_pred)
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, np.square(np.float32(jnp.bfloat16(0.1))), **VALUES)


# ---- shapes


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "Huber", "Hinge"])
def test_a_vector_of_targets_fits_a_column_of_predictions(name):
    loss, y_true = getattr(losses, name)(), np.array([0.0, 1.0, 1.0])
    y_pred = np.array([0.2, 0.7, 0.4])
    expected = loss(y_true[:, None], y_pred[:, None])
    assert float(loss(y_true, y_pred[:, None])) == float(loss(y_true[:, None], y_pred)) == float(expected)


@pytest.mark.parametrize(
    ("name", "true", "pred", "words"),
    [
        ("mean_squared_error", (32, 10), (32, 3), "give the last layer 10 units"),
        ("mean_squared_error", (4,), (4, 4), "y_pred's shape"),
        ("binary_crossentropy", (8, 1), (8, 10), "y_pred's shape"),
        ("categorical_crossentropy", (32, 10), (32, 3), "give the last layer 10 units"),
        ("categorical_crossentropy", (32,), (32, 3), "which looks like class indices. Use to_categorical"),
        ("categorical_crossentropy", (32, 1), (32, 3), "which looks like class indices. Use to_categorical"),
        ("sparse_categorical_crossentropy", (32, 3), (32, 3), "looks one-hot. Use categorical_crossentropy"),
        ("sparse_categorical_crossentropy", (32, 5), (32, 3), "one class index a prediction"),
        ("ctc", (3,), (3, 4, 5), "Pad the labels"),
    ],
)
def test_shapes_that_cannot_belong_together_are_refused(name, true, pred, words):
    with pytest.raises(ShapeError, match=name) as raised:
        getattr(losses, name)(np.zeros(true, "int32"), np.ones(pred, "float32"))
    assert words in str(raised.value)
    assert str(true) in str(raised.value)


def test_one_class_is_warned_of():
    with pytest.warns(UserWarning, match="expected several classes"):
        losses.CategoricalCrossentropy()(np.ones((3, 1)), np.ones((3, 1)))


def test_labels_of_any_integer_type_count_beyond_255_classes():
    y_pred = np.full((2, 300), 0.5 / 299, "float32")
    y_pred[:, 44] = 0.5
    for kind in ("uint8", "int64", "float32", "bool"):
        y_true = np.array([44, 44]) if kind != "bool" else np.array([True, True])
        expected = -np.log(y_pred[0, 1 if kind == "bool" else 44])
        value = losses.SparseCategoricalCrossentropy()(y_true.astype(kind), y_pred)
        np.testing.assert_allclose(value, expected, **VALUES)
