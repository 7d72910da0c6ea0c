"""Write `metrics.npz` and `metrics.json`: every Keras metric after each of two batches, and every metric function.

Case keys: `inputs` (name of the shared arrays `inputs/<name>/{y_true, y_pred, sample_weight, mask}`; `values` in
place of the first two for Mean and Sum), `batches` (rows in each update: the first rows, then the rest; batches of
different size, as in training), `weighted`, `masked` (`y_pred` carried the mask), and, once for each config, `name`
(of a fresh metric) and `get_config`. Array: `<case>/result`, the result after each update, one row an update. A case
whose object is a lower-case name is the function, called once on all rows: `<case>/value`. MeanMetricWrapper's `fn`
is written as the name of a function in `keras.losses`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_metrics.py`.
"""

import keras
import numpy as np
from keras.src.backend import set_keras_mask
from writer import Golden


def softmax(x, axis=-1):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def make_inputs(golden):
    """All shared arrays: ten rows, updates of six and four. Predictions hold ties and the ends 0 and 1."""
    rng = np.random.default_rng(1)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    def one_hot(indices, size):
        return np.eye(size, dtype="float32")[indices]

    weight = np.array([1, 0.5, 2, 0, 1.5, 1, 3, 0.25, 1, 0], "float32")
    steps = rng.choice(np.float32([0, 0.5, 1, 2]), (10, 3))
    mask = rng.random((10, 3)) < 0.6

    scores = rng.random((10, 3)).astype("float32")
    scores[0] = [0, 1, 0.5]
    scores[7] = scores[2]
    labels = (scores + 0.7 * normal(10, 3) > 0.5).astype("float32")
    labels[:2, 0] = [0, 1]
    class_logits = normal(10, 4)
    class_logits[3] = 0.5
    class_logits[4, :2] = class_logits[4].max() + 1
    classes = rng.integers(0, 4, 10).astype("int32")
    classes[:5] = class_logits[:5].argmax(1)
    step_logits = normal(10, 3, 4)
    step_classes = np.where(rng.random((10, 3)) < 0.5, step_logits.argmax(-1), rng.integers(0, 4, (10, 3))).astype(
        "int32"
    )
    guesses = np.where(rng.random(10) < 0.6, classes, rng.integers(0, 4, 10)).astype("int32")
    regression = normal(10, 3)

    golden.inputs("values", values=normal(10), sample_weight=weight)
    golden.inputs("values_2d", values=normal(10, 3), sample_weight=weight)
    golden.inputs("values_steps", values=normal(10, 3), sample_weight=steps)
    golden.inputs("labels", y_true=classes, y_pred=guesses, sample_weight=weight)
    golden.inputs("labels_column", y_true=classes[:, None], y_pred=guesses[:, None], sample_weight=weight)
    golden.inputs(
        "labels_holed",
        y_true=np.where(np.arange(10) % 4 == 1, 255, classes).astype("int32"),
        y_pred=guesses,
        sample_weight=weight,
    )
    golden.inputs(
        "labels_counts", y_true=classes, y_pred=guesses, sample_weight=np.int32([1, 2, 0, 1, 3, 1, 1, 0, 2, 1])
    )
    golden.inputs("binary", y_true=labels[:, 0], y_pred=scores[:, 0], sample_weight=weight)
    golden.inputs("binary_column", y_true=labels[:, :1], y_pred=scores[:, :1], sample_weight=weight)
    golden.inputs("binary_mixed_rank", y_true=labels[:, 0], y_pred=scores[:, :1], sample_weight=weight)
    golden.inputs("binary_logits", y_true=labels[:, 0], y_pred=normal(10) * 3, sample_weight=weight)
    golden.inputs("multilabel", y_true=labels, y_pred=scores, sample_weight=weight)
    golden.inputs("multilabel_logits", y_true=labels, y_pred=normal(10, 3) * 3, sample_weight=weight)
    golden.inputs("multilabel_steps", y_true=labels, y_pred=scores, sample_weight=steps)
    golden.inputs("signs", y_true=labels * 2 - 1, y_pred=regression, sample_weight=weight)
    golden.inputs("classes", y_true=one_hot(classes, 4), y_pred=softmax(class_logits), sample_weight=weight)
    golden.inputs("class_logits", y_true=one_hot(classes, 4), y_pred=class_logits, sample_weight=weight)
    golden.inputs(
        "class_counts",
        y_true=one_hot(classes, 4),
        y_pred=softmax(class_logits),
        sample_weight=np.int32([1, 2, 0, 1, 3, 1, 1, 0, 2, 1]),
    )
    golden.inputs(
        "class_steps", y_true=one_hot(step_classes, 4), y_pred=softmax(step_logits), sample_weight=steps, mask=mask
    )
    golden.inputs("class_guesses", y_true=one_hot(classes, 4), y_pred=guesses, sample_weight=weight)
    golden.inputs("sparse", y_true=classes, y_pred=softmax(class_logits), sample_weight=weight)
    golden.inputs("sparse_column", y_true=classes[:, None], y_pred=softmax(class_logits), sample_weight=weight)
    golden.inputs("sparse_logits", y_true=classes, y_pred=class_logits, sample_weight=weight)
    golden.inputs("sparse_steps", y_true=step_classes, y_pred=softmax(step_logits), sample_weight=steps, mask=mask)
    golden.inputs(
        "sorted_ids",
        y_true=classes,
        y_pred=np.argsort(-class_logits, 1, kind="stable").astype("int32"),
        sample_weight=weight,
    )
    golden.inputs("regression", y_true=regression, y_pred=regression + normal(10, 3) / 2, sample_weight=weight)
    golden.inputs("regression_column", y_true=regression[:, 0], y_pred=regression[:, :1] + 0.3, sample_weight=weight)
    golden.inputs("regression_steps", y_true=normal(10, 3, 2), y_pred=normal(10, 3, 2), sample_weight=steps, mask=mask)
    golden.inputs(
        "positive",
        y_true=rng.random((10, 3)).astype("float32") * 3,
        y_pred=rng.random((10, 3)).astype("float32") * 3,
        sample_weight=weight,
    )


def with_and_without_weight(name, config, *inputs):
    for each in inputs:
        for weighted in (False, True):
            yield name, config, each, weighted, False


def cases():
    """Yield (object, config, inputs, weighted, masked)."""
    both = with_and_without_weight
    for name in ("Mean", "Sum"):
        yield from both(name, {}, "values", "values_2d", "values_steps")
    yield from both("Accuracy", {}, "labels", "labels_column")
    yield from both(
        "BinaryAccuracy", {}, "binary", "binary_column", "binary_mixed_rank", "multilabel", "multilabel_steps"
    )
    yield from both("BinaryAccuracy", {"threshold": 0.3}, "multilabel")
    yield from both("CategoricalAccuracy", {}, "classes", "class_steps")
    yield from both("SparseCategoricalAccuracy", {}, "sparse", "sparse_column", "sparse_steps")
    for weighted in (False, True):
        yield "CategoricalAccuracy", {}, "class_steps", weighted, True
        yield "SparseCategoricalAccuracy", {}, "sparse_steps", weighted, True
        yield "MeanSquaredError", {}, "regression_steps", weighted, True
    for k in (1, 2, 3):
        yield from both("TopKCategoricalAccuracy", {"k": k}, "classes", "class_steps")
        yield from both("SparseTopKCategoricalAccuracy", {"k": k}, "sparse", "sparse_steps")
        yield from both("SparseTopKCategoricalAccuracy", {"k": k, "from_sorted_ids": True}, "sorted_ids")
    yield from both("TopKCategoricalAccuracy", {}, "classes")
    yield from both("SparseTopKCategoricalAccuracy", {}, "sparse_column")

    for curve in ("ROC", "PR", "PRGAIN"):
        for method in ("interpolation", "minoring", "majoring"):
            yield from both("AUC", {"curve": curve, "summation_method": method}, "binary")
        yield from both("AUC", {"curve": curve, "multi_label": True}, "multilabel")
    yield from both("AUC", {"multi_label": True, "num_labels": 3, "label_weights": [0.5, 2.0, 1.0]}, "multilabel")
    yield from both("AUC", {"multi_label": True, "label_weights": [0.5, 2.0, 1.0], "curve": "PR"}, "multilabel")
    yield from both("AUC", {"label_weights": [0.5, 2.0, 1.0]}, "multilabel")
    yield from both("AUC", {}, "multilabel", "binary_column", "binary_mixed_rank")
    yield from both("AUC", {"num_thresholds": 5}, "binary")
    yield from both("AUC", {"num_thresholds": 2}, "binary")
    yield from both("AUC", {"thresholds": [0.1, 0.5, 0.55]}, "binary")
    yield from both("AUC", {"from_logits": True}, "binary_logits", "multilabel_logits")
    for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"):
        for config in ({}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.5, 0.8]}):
            yield from both(name, config, "binary", "multilabel")
    for name in ("Precision", "Recall"):
        for config in ({}, {"thresholds": 0.3}, {"thresholds": [0.2, 0.5, 0.8]}):
            yield from both(name, config, "binary", "multilabel")
        yield from both(name, {"class_id": 1}, "multilabel", "classes")
        yield from both(name, {"top_k": 2}, "classes")
        yield from both(name, {"top_k": 2, "class_id": 1}, "classes")
        yield from both(name, {"top_k": 1, "thresholds": 0.4}, "classes")
        yield from both(name, {"class_id": 2, "thresholds": [0.2, 0.6]}, "classes")
    for name in ("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"):
        argument = {"Sens": "specificity", "Spec": "sensitivity", "Prec": "recall", "Reca": "precision"}[name[:4]]
        for value in (0.2, 0.5, 0.8):
            yield from both(name, {argument: value}, "binary")
        yield from both(name, {argument: 0.5, "num_thresholds": 5}, "binary")
        yield from both(name, {argument: 0.5, "num_thresholds": 1}, "binary")
        yield from both(name, {argument: 0.5, "class_id": 1}, "multilabel")
        yield from both(name, {argument: 0.5}, "multilabel")

    yield from both("IoU", {"num_classes": 4, "target_class_ids": [0]}, "labels", "labels_counts")
    yield from both("IoU", {"num_classes": 4, "target_class_ids": [1, 3]}, "labels", "labels_column")
    yield from both("IoU", {"num_classes": 4, "target_class_ids": [1, 3], "dtype": "float32"}, "labels")
    yield from both("IoU", {"num_classes": 4, "target_class_ids": [0, 1], "ignore_class": 255}, "labels_holed")
    yield from both(
        "IoU",
        {"num_classes": 4, "target_class_ids": [0, 1], "sparse_y_true": False, "sparse_y_pred": False},
        "class_counts",
    )
    yield from both("BinaryIoU", {}, "binary", "multilabel_steps")
    yield from both("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "binary")
    yield from both("MeanIoU", {"num_classes": 4}, "labels", "labels_counts")
    yield from both("MeanIoU", {"num_classes": 5}, "labels")
    yield from both("MeanIoU", {"num_classes": 4, "ignore_class": 0}, "labels")
    yield from both("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, "sparse")
    yield from both("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, "classes", "class_counts")
    yield from both("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2], "sparse_y_pred": True}, "class_guesses")
    yield from both("OneHotMeanIoU", {"num_classes": 4}, "classes", "class_counts")
    yield from both("OneHotMeanIoU", {"num_classes": 4, "ignore_class": 1}, "classes")

    for average in (None, "micro", "macro", "weighted"):
        yield from both("F1Score", {"average": average}, "classes")
        yield from both("F1Score", {"average": average, "threshold": 0.5}, "multilabel")
        yield from both("FBetaScore", {"average": average, "beta": 2.0}, "classes")
        yield from both("FBetaScore", {"average": average, "beta": 0.5, "threshold": 0.3}, "multilabel")
    for aggregation in (None, "uniform_average", "variance_weighted_average"):
        yield from both("R2Score", {"class_aggregation": aggregation}, "regression")
    yield from both("R2Score", {"num_regressors": 2}, "regression")
    yield from both("R2Score", {}, "regression_column")
    for name in ("CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation"):
        yield from both(name, {}, "regression", "regression_steps")
        yield name, {"axis": 0}, "regression", False, False
        yield name, {"axis": 1}, "regression_steps", False, False
    for name in ("MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "LogCoshError"):
        yield from both(name, {}, "regression", "regression_column", "regression_steps")
    for name in ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson"):
        yield from both(name, {}, "positive")
    yield from both("KLDivergence", {}, "classes", "positive")
    for name in ("Hinge", "SquaredHinge", "CategoricalHinge"):
        yield from both(name, {}, "signs", "multilabel")
    yield from both("MeanMetricWrapper", {"fn": "mean_squared_error"}, "regression")
    yield from both("MeanMetricWrapper", {"fn": "huber", "delta": 0.3, "name": "small_huber"}, "regression")
    yield from both("BinaryCrossentropy", {}, "binary_column", "multilabel")
    yield from both("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "multilabel_logits")
    yield from both("CategoricalCrossentropy", {}, "classes", "class_steps")
    yield from both("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "class_logits")
    yield from both("SparseCategoricalCrossentropy", {}, "sparse", "sparse_column", "sparse_steps")
    yield from both("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse_logits")
    yield from both("SparseCategoricalCrossentropy", {"ignore_class": 1}, "sparse", "sparse_steps")

    for name, inputs in (
        ("binary_accuracy", "multilabel"),
        ("categorical_accuracy", "class_steps"),
        ("sparse_categorical_accuracy", "sparse_steps"),
        ("sparse_categorical_accuracy", "sparse_column"),
        ("top_k_categorical_accuracy", "classes"),
        ("sparse_top_k_categorical_accuracy", "sparse"),
        ("pearson_correlation", "regression"),
        ("concordance_correlation", "regression"),
    ):
        yield name, {"k": 2} if "top_k" in name else {}, inputs, False, False


def build(name, config):
    keras.backend.clear_session()
    config = dict(config)
    if "fn" in config:
        config["fn"] = getattr(keras.losses, config["fn"])
    return getattr(keras.metrics, name)(**config)


def results(metric, columns, weight, mask, batches=(6, 4)):
    """The metric's result after each update, one row an update."""
    rows, found = 0, []
    for size in batches:
        part = slice(rows, rows + size)
        arguments = [keras.ops.convert_to_tensor(column[part]) for column in columns]
        if mask is not None:
            set_keras_mask(arguments[-1], keras.ops.convert_to_tensor(mask[part]))
        metric.update_state(*arguments, sample_weight=None if weight is None else weight[part])
        found.append(np.asarray(metric.result()))
        rows += size
    return np.stack(found)


def main():
    golden = Golden("metrics")
    make_inputs(golden)
    for name, config, inputs, weighted, masked in cases():

        def get(what, inputs=inputs):
            return golden.arrays[f"inputs/{inputs}/{what}"]

        columns = [get("values")] if inputs.startswith("values") else [get("y_true"), get("y_pred")]
        words = [f"{key}={value}".replace(" ", "") for key, value in config.items()]
        case = "-".join([name, inputs, *words] + ["weighted"] * weighted + ["masked"] * masked)
        if name.islower():
            golden.add(case, name, config, {"value": getattr(keras.metrics, name)(*columns, **config)}, inputs=inputs)
            continue
        metric = build(name, config)
        more = {} if weighted or masked else {"name": metric.name, "get_config": metric.get_config()}
        result = results(metric, columns, get("sample_weight") if weighted else None, get("mask") if masked else None)
        golden.add(
            case,
            name,
            config,
            {"result": result},
            inputs=inputs,
            batches=[6, 4],
            weighted=weighted,
            masked=masked,
            **more,
        )
    golden.write()


if __name__ == "__main__":
    main()
