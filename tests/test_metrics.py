"""Metrics: every golden case of Keras, names and signatures, configs, what is refused."""

import functools
import inspect
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import FOLDER, read

from hornbeam import losses, metrics
from hornbeam.core.errors import ArgumentError, ShapeError, UnknownNameError
from hornbeam.core.frame import Frame

CASES, ARRAYS = read("metrics")
NAMES = json.loads((FOLDER / "public_names.json").read_text(encoding="utf-8"))["keras.metrics"]

# float32 rounds at 6e-8; results are quotients of sums of up to 30 terms, or sums of 199 such quotients: under 100
# roundings, relative to the result and absolutely for results that are differences of numbers near 1
CLOSE = {"rtol": 1e-5, "atol": 1e-6}

REQUIRED = {
    "IoU": {"num_classes": 3, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 2]},
    "OneHotMeanIoU": {"num_classes": 3},
    "MeanMetricWrapper": {"fn": losses.mean_squared_error},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
}
CLASSES = [name for name, row in NAMES.items() if row["kind"] == "class" and name != "Metric"]

# what XLA leaves out for programs that run once: compiling is nearly all of the time that these tests take
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


def make(name, config):
    config = dict(config)
    if isinstance(config.get("fn"), str):
        config["fn"] = getattr(losses, config["fn"])
    return getattr(metrics, name)(**config)


def compute(case, inputs):
    """The results after each batch, or the value of a function."""
    columns = [inputs["values"]] if "values" in inputs else [inputs["y_true"], inputs["y_pred"]]
    if case["object"].islower():
        return getattr(metrics, case["object"])(*columns, **case["config"])
    metric, found, start = make(case["object"], case["config"]), [], 0
    with Frame() as frame:
        for size in case["batches"]:
            rows = slice(start, start + size)
            arguments = [column[rows] for column in columns]
            if case["masked"]:
                frame.set_mask(arguments[-1], inputs["mask"][rows])
            metric.update_state(*arguments, sample_weight=inputs["sample_weight"][rows] if case["weighted"] else None)
            found.append(metric.result())
            start += size
    return jnp.stack(found)


@functools.cache
def found(name):
    """What every golden case of one object gives, in one program, which runs once and is not worth optimising."""
    cases = [case for case in CASES if case["object"] == name]
    folders = {f"inputs/{case['inputs']}/" for case in cases}
    inputs = {
        folder: {k.removeprefix(folder): v for k, v in ARRAYS.items() if k.startswith(folder)} for folder in folders
    }
    run = jax.jit(
        lambda inputs: [compute(case, inputs[f"inputs/{case['inputs']}/"]) for case in cases],
        compiler_options=QUICK,
    )
    return {case["case"]: np.asarray(value) for case, value in zip(cases, run(inputs), strict=True)}


@pytest.mark.parametrize(
    "case",
    CASES,
    ids=[case["case"] for case in CASES],
)
def test_results_are_those_of_keras(case):
    expected = ARRAYS[f"{case['case']}/{'value' if case['object'].islower() else 'result'}"]
    assert found(case["object"])[case["case"]].shape == expected.shape
    np.testing.assert_allclose(found(case["object"])[case["case"]], expected, **CLOSE)


@pytest.mark.parametrize("case", [case for case in CASES if case.get("get_config")], ids=lambda case: case["case"])
def test_the_config_says_all_that_keras_says(case):
    metric = make(case["object"], case["config"])
    config = json.loads(json.dumps(metric.get_config()))
    left_out = {"name", "dtype", "fn"}  # counted names; None for the default type; a function's name for a description
    assert {k: config[k] for k in case["get_config"] if k not in left_out} == {
        k: v for k, v in case["get_config"].items() if k not in left_out
    }
    # a wrapper is called like its function, where Keras calls every one mean_metric_wrapper
    assert metric.name.startswith(case["name"]) or case["object"] == "MeanMetricWrapper"


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_keras_signature(name):
    assert name in metrics.__all__
    if name == "MeanMetricWrapper":  # takes any keyword, which its declared fields do not show
        return
    ours = [(p.name, p.default) for p in inspect.signature(getattr(metrics, name)).parameters.values()]
    text = NAMES[name]["signature"].strip("()").replace("(0, 1)", "(0,1)")
    theirs = [part.partition("=") for part in text.split(", ")]
    assert [parameter for parameter, _ in ours] == [parameter for parameter, _, _ in theirs]
    for (parameter, default), (_, given, text) in zip(ours, theirs, strict=True):
        assert (default is inspect.Parameter.empty) == (given == ""), parameter
        assert not given or default == eval(text), parameter


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("mse", "MeanSquaredError"),
        ("MAE", "MeanAbsoluteError"),
        ("mape", "MeanAbsolutePercentageError"),
        ("msle", "MeanSquaredLogarithmicError"),
        ("acc", "Accuracy"),
        ("accuracy", "Accuracy"),
        ("bce", "BinaryCrossentropy"),
        ("logcosh", "LogCoshError"),
        ("hinge", "Hinge"),
        ("auc", "AUC"),
        ("f1_score", "F1Score"),
        ("r2_score", "R2Score"),
        ("top_k_categorical_accuracy", "TopKCategoricalAccuracy"),
        ("Precision", "Precision"),
    ],
)
def test_a_word_gives_an_object(word, name):
    assert type(metrics.get(word)) is getattr(metrics, name)


def test_functions_and_none_stay_what_they_are():
    assert metrics.get(losses.mean_squared_error) is losses.mean_squared_error
    assert metrics.get(None) is None
    with pytest.raises(UnknownNameError, match="precision"):
        metrics.get("presicion")


@pytest.mark.parametrize("name", CLASSES)
def test_config_and_json_describe_the_metric(name):
    metric = make(name, REQUIRED.get(name, {}))
    again = metrics.deserialize(json.loads(json.dumps(metrics.serialize(metric))))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert [variable.shape for variable in again.variables] == [variable.shape for variable in metric.variables]


@pytest.mark.parametrize(
    ("true", "pred", "name"),
    [
        ((None, 1), (None, 1), "Binary"),
        ((None,), (None, 1), "Binary"),
        ((None,), (None, 10), "SparseCategorical"),
        ((None, 1), (None, 10), "SparseCategorical"),
        ((None, 10), (None, 10), "Categorical"),
        ((None, 7), (None, 7, 10), "SparseCategorical"),
    ],
)
def test_accuracy_and_crossentropy_mean_what_the_shapes_say(true, pred, name):
    assert metrics.resolve_accuracy(true, pred).__name__ == name + "Accuracy"
    assert metrics.resolve_crossentropy(true, pred).__name__ == name + "Crossentropy"


# ---- by hand


def test_auc_is_the_chance_that_a_yes_is_scored_above_a_no():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 2, 300), rng.random(300)
    above = y_pred[y_true == 1][:, None] > y_pred[y_true == 0][None, :]
    metric = metrics.AUC(num_thresholds=5000)  # gaps so narrow that few pairs share one
    metric.update_state(y_true, y_pred)
    np.testing.assert_allclose(metric.result(), above.mean(), atol=1e-3)


def test_counts_at_thresholds_are_those_of_comparing():
    rng = np.random.default_rng(1)
    y_true, y_pred = rng.integers(0, 2, 50).astype("float32"), rng.random(50).astype("float32")
    metric = metrics.AUC(thresholds=[0.9, 0.2, 0.5])
    metric.update_state(y_true, y_pred)
    for place, cut in enumerate([-1e-7, 0.2, 0.5, 0.9, 1 + 1e-7]):
        assert metric.true_positives[place] == (y_true * (y_pred > cut)).sum()
        assert metric.false_positives[place] == ((1 - y_true) * (y_pred > cut)).sum()
        assert metric.true_negatives[place] == ((1 - y_true) * (y_pred <= cut)).sum()
        assert metric.false_negatives[place] == (y_true * (y_pred <= cut)).sum()


def test_thresholds_keep_the_order_in_which_they_were_given():
    metric = metrics.Recall(thresholds=[0.8, 0.1])
    metric.update_state([1, 1], [0.5, 0.9])
    assert metric.result().tolist() == [0.5, 1.0]


# ---- what is refused


@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        ("AUC", {"curve": "roc"}, "one of 'ROC', 'PR', 'PRGAIN'"),
        ("AUC", {"num_thresholds": 1}, "at least 2"),
        ("AUC", {"num_labels": 3}, "multi_label=True beside it"),
        ("Precision", {"thresholds": [0.5, 1.5]}, "numbers from 0 to 1"),
        ("Recall", {"top_k": 0}, "a positive integer"),
        ("SensitivityAtSpecificity", {"specificity": 2}, "a number from 0 to 1"),
        ("IoU", {"num_classes": 2, "target_class_ids": [0, 2]}, "class numbers below num_classes=2"),
        ("FBetaScore", {"beta": 0}, "a number above 0"),
        ("F1Score", {"average": "mean"}, "one of None, 'micro', 'macro', 'weighted'"),
        ("R2Score", {"class_aggregation": "mean"}, "one of 'uniform_average'"),
    ],
)
def test_wrong_arguments_are_refused(name, config, words):
    with pytest.raises(ArgumentError, match=name) as raised:
        getattr(metrics, name)(**config)
    assert words in str(raised.value)


@pytest.mark.parametrize("name", ["AUC", "Precision", "F1Score", "R2Score"])
def test_shapes_that_do_not_fit_are_refused(name):
    with pytest.raises(ShapeError, match="y_pred's shape"):
        getattr(metrics, name)().update_state(np.zeros((4, 3)), np.zeros((4, 2)))


def test_a_metric_of_ones_own_in_keras_style():
    class Largest(metrics.Metric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name=name, **kwargs)
            self.value = self.add_variable(shape=(), initializer="zeros", name="value")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.value.assign(jnp.maximum(self.value.value, jnp.max(y_pred)))

        def result(self):
            return self.value.value

    metric = Largest()
    assert not metric.rowwise
    assert float(metric(None, jnp.asarray([1.0, 3.0]))) == 3.0
    metric.reset_state()
    assert float(metric.result()) == 0.0
