"""Laws of metrics: batches, order, weights, padding, merging; each computed inside a traced program."""

import functools

import jax
import numpy as np
import pytest

from hornbeam import losses, metrics
from hornbeam.core.frame import Frame

# 100 roundings of float32 at 6e-8: the two sides of a law add the same numbers in another order
CLOSE = {"rtol": 1e-5, "atol": 1e-6}

# what XLA leaves out for programs that run once: compiling is nearly all of the time that these tests take
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


RNG = np.random.default_rng(0)
CLASSES = RNG.integers(0, 4, 8)
SCORES = RNG.random((8, 4)).astype("float32")
SCORES /= SCORES.sum(1, keepdims=True)
ONE_HOT = np.eye(4, dtype="float32")[CLASSES]
LABELS = RNG.integers(0, 2, (8, 3)).astype("float32")
CHANCES = RNG.random((8, 3)).astype("float32")
NUMBERS = RNG.normal(size=(2, 8, 3)).astype("float32")
POSITIVE = RNG.random((2, 8, 3)).astype("float32") + 0.1
GUESSES = np.where(RNG.random(8) < 0.5, CLASSES, RNG.integers(0, 4, 8))

sparse, dense, binary, numbers, positive = (CLASSES, SCORES), (ONE_HOT, SCORES), (LABELS, CHANCES), NUMBERS, POSITIVE
KINDS = {
    "Accuracy": ((CLASSES, GUESSES), {}),
    "BinaryAccuracy": (binary, {}),
    "CategoricalAccuracy": (dense, {}),
    "SparseCategoricalAccuracy": (sparse, {}),
    "TopKCategoricalAccuracy": (dense, {"k": 2}),
    "SparseTopKCategoricalAccuracy": (sparse, {"k": 2}),
    "AUC": (binary, {}),
    "AUC of labels": (binary, {"multi_label": True, "curve": "PR"}),
    "AUC at thresholds": (binary, {"thresholds": [0.2, 0.6], "label_weights": [1.0, 2.0, 0.5]}),
    **{name: (binary, {"thresholds": [0.3, 0.6]}) for name in ("TruePositives", "TrueNegatives", "FalsePositives")},
    "FalseNegatives": (binary, {}),
    "Precision": (binary, {"thresholds": [0.3, 0.6]}),
    "Precision of the largest": (dense, {"top_k": 2, "class_id": 1}),
    "Recall": (binary, {}),
    "SensitivityAtSpecificity": (binary, {"specificity": 0.4}),
    "SpecificityAtSensitivity": (binary, {"sensitivity": 0.4}),
    "PrecisionAtRecall": (binary, {"recall": 0.4}),
    "RecallAtPrecision": (binary, {"precision": 0.4}),
    "IoU": ((CLASSES, GUESSES), {"num_classes": 4, "target_class_ids": [0, 2]}),
    "BinaryIoU": (binary, {"dtype": "float32"}),
    "MeanIoU": ((CLASSES, GUESSES), {"num_classes": 4}),
    "OneHotIoU": (dense, {"num_classes": 4, "target_class_ids": [0, 2]}),
    "OneHotMeanIoU": (dense, {"num_classes": 4}),
    "F1Score": (dense, {}),
    "FBetaScore": (binary, {"average": "weighted", "beta": 2.0, "threshold": 0.5}),
    "R2Score": (numbers, {}),
    **{
        name: (numbers, {})
        for name in ("MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError")
    },
    **{name: (numbers, {}) for name in ("CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation")},
    **{name: (positive, {}) for name in ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson")},
    "KLDivergence": (dense, {}),
    **{name: ((2 * LABELS - 1, NUMBERS[0]), {}) for name in ("Hinge", "SquaredHinge", "CategoricalHinge")},
    "Hinge of 0 and 1": ((LABELS, NUMBERS[0]), {}),
    "BinaryCrossentropy": (binary, {}),
    "CategoricalCrossentropy": (dense, {}),
    "SparseCategoricalCrossentropy": (sparse, {}),
    "MeanMetricWrapper": (numbers, {"fn": losses.huber, "delta": 0.5}),
}
every_metric = pytest.mark.parametrize("kind", KINDS)
WEIGHT = np.float32([1, 0.5, 2, 1, 1.5, 1, 3, 0.25])
COUNTS = np.float32([1, 1, 2, 1, 1, 1, 1, 1])  # for metrics that count in whole numbers
TWICE = np.array([0, 1, 2, 2, 3, 4, 5, 6, 7])
ORDER = np.array([3, 0, 5, 1, 7, 4, 2, 6])


def make(kind):
    return getattr(metrics, kind.partition(" ")[0])(**KINDS[kind][1])


def padded(columns):
    """The columns with four more rows of garbage."""
    return [
        np.concatenate([c, np.zeros_like(c[:4]) + _garbage(c.dtype).reshape(4, *[1] * (c.ndim - 1))]) for c in columns
    ]


def _garbage(dtype):
    return np.array([0, -7, 99, 3]) if dtype.kind == "i" else np.float32([0, np.nan, np.inf, -1e30])


def updated(kind, *batches):
    """A metric, in the frame that is open, that has seen the batches: columns and weights."""
    metric = make(kind)
    for columns, weight in batches:
        metric.update_state(*columns, sample_weight=weight)
    return metric


@functools.cache
def facts(kind):
    """What the laws below compare, computed in one program."""
    weight = COUNTS if "IoU" in kind else WEIGHT

    def run(columns, long):
        half = lambda rows: ([c[rows] for c in columns], weight[rows])  # noqa: E731
        first, second = half(slice(0, 5)), half(slice(5, 8))
        with Frame():
            whole = updated(kind, (columns, weight))
            fresh = make(kind)
            fresh.build(*((None, *c.shape[1:]) for c in columns))
            forgotten = updated(kind, (columns, weight))
            forgotten.reset_state()
            merged = updated(kind, first)
            merged.merge_state([updated(kind, second)])
            others = {
                "plain": updated(kind, (columns, None)),
                "ones": updated(kind, (columns, np.ones(8, "float32"))),
                "halves": updated(kind, first, second),
                "order": updated(kind, ([c[ORDER] for c in columns], weight[ORDER])),
                "padding": updated(kind, (long, np.r_[weight, np.zeros(4, "float32")])),
                "weight 2": updated(kind, (columns, COUNTS)),
                "twice": updated(kind, ([c[TWICE] for c in columns], None)),
            }
            metrics_ = {"whole": whole, "fresh": fresh, "forgotten": forgotten, "merged": merged, **others}
            return {name: metric.result() for name, metric in metrics_.items()}

    once = jax.jit(run, compiler_options=QUICK)
    columns = list(KINDS[kind][0])
    return jax.tree.map(np.asarray, once(columns, padded(columns)))


def test_every_metric_has_its_laws_tested():
    from_functions = {name for name in metrics.__all__ if isinstance(getattr(metrics, name), type)}
    assert from_functions - {kind.partition(" ")[0] for kind in KINDS} == {"Metric", "Mean", "Sum", "MeanOf"}


@every_metric
def test_two_halves_are_as_good_as_the_whole(kind):
    np.testing.assert_allclose(facts(kind)["halves"], facts(kind)["whole"], **CLOSE)


@every_metric
def test_merging_is_as_good_as_seeing_all_batches(kind):
    np.testing.assert_allclose(facts(kind)["merged"], facts(kind)["whole"], **CLOSE)


@every_metric
def test_the_order_of_the_batch_does_not_matter(kind):
    np.testing.assert_allclose(facts(kind)["order"], facts(kind)["whole"], **CLOSE)


@every_metric
def test_a_weight_of_two_is_the_row_twice(kind):
    np.testing.assert_allclose(facts(kind)["weight 2"], facts(kind)["twice"], **CLOSE)


@every_metric
def test_weights_of_one_change_nothing(kind):
    np.testing.assert_allclose(facts(kind)["ones"], facts(kind)["plain"], **CLOSE)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_weight_zero_leave_no_trace(kind):
    assert make(kind).rowwise
    np.testing.assert_allclose(facts(kind)["padding"], facts(kind)["whole"], **CLOSE)


@every_metric
def test_a_reset_metric_is_as_new(kind):
    np.testing.assert_array_equal(facts(kind)["forgotten"], facts(kind)["fresh"])
    assert np.isfinite(facts(kind)["fresh"]).all()


@pytest.mark.parametrize("kind", ["AUC of labels", "F1Score", "R2Score"])
def test_a_metric_whose_state_hangs_on_the_data_is_built_from_shapes(kind):
    columns, _ = KINDS[kind]
    before, after = make(kind), make(kind)
    before.build(*((None, *c.shape[1:]) for c in columns))
    shapes = [variable.shape for variable in before.variables]
    before.update_state(*columns)
    after.update_state(*columns)
    assert [v.shape for v in before.variables] == [v.shape for v in after.variables] == shapes
    np.testing.assert_allclose(after.result(), facts(kind)["plain"], **CLOSE)


@pytest.mark.parametrize(("name", "result"), [("Mean", 2.25), ("Sum", 9.0)])
def test_mean_and_sum_of_plain_values(name, result):
    metric = getattr(metrics, name)()
    metric.update_state(np.float32([1, np.nan]), sample_weight=np.float32([1, 0]))
    metric.update_state([2.0, 3.0], sample_weight=[1.0, 2.0])
    assert float(metric.result()) == result
    other = getattr(metrics, name)()
    other.merge_state([metric])
    assert float(other.result()) == result


def test_an_axis_along_the_batch_is_not_rowwise():
    assert not metrics.PearsonCorrelation(axis=0).rowwise
    assert not metrics.ConcordanceCorrelation(axis=0).rowwise
    assert not metrics.R2Score(num_regressors=1).rowwise


def test_accuracy_is_that_of_argmax_also_for_ties_and_labels_that_are_no_class():
    scores = RNG.integers(0, 3, (50, 4)).astype("float32")  # many ties: the first of the largest counts
    labels = RNG.integers(-1, 5, 50).astype("int32")
    expected = (labels == scores.argmax(-1)).astype("float32")
    assert 5 < expected.sum() < 30
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy(labels, scores), expected)
    known = labels % 4
    found = metrics.categorical_accuracy(np.eye(4, dtype="float32")[known], scores)
    np.testing.assert_array_equal(found, known == scores.argmax(-1))
