"""Accuracies: how often the answer was right."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.symbolic import recordable
from hornbeam.losses.shapes import floats, same_rank
from hornbeam.metrics.mean import MeanOf
from hornbeam.metrics.metric import METRICS, closing


def _equal(left: Any, right: Any) -> Any:
    return (left == right).astype(floats(0).dtype)


@recordable
def accuracy(y_true, y_pred):
    """1 where two arrays agree, 0 elsewhere, entry by entry."""
    y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
    return _equal(y_true.astype(y_pred.dtype), y_pred)


@METRICS.add()
@recordable
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Fraction of a sample's entries on the right side of the threshold.

    Shapes:
        ``(batch, …, outputs), (batch, …, outputs) -> (batch, …, outputs)``

    Example:
        >>> binary_accuracy([[1.0], [0.0]], [[0.9], [0.8]]).tolist()
        [[1.0], [0.0]]
    """
    y_true, y_pred = same_rank(floats(y_true), floats(y_pred))
    return _equal(y_true, (y_pred > threshold).astype(y_true.dtype))


def _first_largest(values: Any) -> Any:
    """The first position of the largest entry along the last axis."""
    return jnp.argmax(values, axis=-1)


def _is_first_largest(labels: Any, y_pred: Any) -> Any:
    """Whether a label names the first of the largest predictions along the last axis; never, where one is not a number.

    All are compared with the label's own, in one pass that fuses with a softmax before it. XLA:CPU's argmax does not:
    of a step with 1,280 words out of 5,000 it takes 15 ms of 82, and this 1.
    """
    last = labels.ndim
    labels = jnp.expand_dims(labels, last)
    places = lax.broadcasted_iota(jnp.int32, y_pred.shape, last)
    at = jnp.clip(labels, 0, y_pred.shape[-1] - 1)
    own = jnp.take_along_axis(y_pred, at, axis=-1, mode="promise_in_bounds")
    behind = (y_pred < own) | ((y_pred == own) & (places >= labels))
    return jnp.all(behind, axis=-1) & (labels == at)[..., 0]


@METRICS.add()
@recordable
def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is the class of the one-hot label.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Example:
        >>> categorical_accuracy([[0.0, 1.0]], [[0.2, 0.8]]).tolist()
        [1.0]
    """
    y_pred = jnp.asarray(y_pred)
    labels = _first_largest(jnp.asarray(y_true)).astype(jnp.int32)
    return _is_first_largest(labels, y_pred).astype(floats(0).dtype)


def _labels(y_true: Any, y_pred: Any) -> Any:
    """Class numbers without a last axis of length 1."""
    y_true = jnp.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    return y_true.astype(jnp.int32)


@METRICS.add()
@recordable
def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is the class that the label names.

    Shapes:
        ``(batch, …), (batch, …, classes) -> (batch, …)``

    Example:
        >>> sparse_categorical_accuracy([1], [[0.2, 0.8]]).tolist()
        [1.0]
    """
    y_pred = jnp.asarray(y_pred)
    return _is_first_largest(_labels(y_true, y_pred), y_pred).astype(floats(0).dtype)


def among_largest(labels: Any, y_pred: Any, k: int) -> Any:
    """Whether the prediction for the label is among the k largest.

    It is, when fewer than k predictions are larger; nothing is sorted. A label that is no class is not among them.
    """
    classes = y_pred.shape[-1]
    hot = labels[..., None] == lax.broadcasted_iota(jnp.int32, (*labels.shape, classes), labels.ndim)
    own = jnp.sum(jnp.where(hot, y_pred, 0), axis=-1, keepdims=True)
    larger = jnp.sum(y_pred > own, axis=-1)
    return jnp.any(hot, axis=-1) & (larger < k) & jnp.all(jnp.isfinite(own), axis=-1)


@recordable
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the class of the one-hot label is among the k largest predictions.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Example:
        >>> top_k_categorical_accuracy([[0.0, 0.0, 1.0]], [[0.5, 0.2, 0.3]], k=2).tolist()
        [1.0]
    """
    y_pred = floats(y_pred)
    return among_largest(_first_largest(jnp.asarray(y_true)), y_pred, k).astype(y_pred.dtype)


@recordable
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the class that the label names is among the k largest predictions.

    Args:
        y_true: class numbers.
        y_pred: predictions, or with ``from_sorted_ids`` class numbers, the likeliest first.
        k: how many count.
        from_sorted_ids: see ``y_pred``.

    Shapes:
        ``(batch, …), (batch, …, classes) -> (batch, …)``

    Example:
        >>> sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2).tolist()
        [1.0]
    """
    y_pred = floats(y_pred)
    labels = _labels(y_true, y_pred)
    if from_sorted_ids:
        return jnp.any(labels[..., None] == y_pred[..., :k].astype(jnp.int32), axis=-1).astype(y_pred.dtype)
    return among_largest(labels, y_pred, k).astype(y_pred.dtype)


@METRICS.add()
class Accuracy(MeanOf):
    """Fraction of predictions that equal their targets.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = Accuracy()
        >>> metric.update_state([1, 2], [1, 3])
        >>> float(metric.result())
        0.5
    """

    name, dtype = closing("accuracy")

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return accuracy(y_true, y_pred)


@METRICS.add()
class BinaryAccuracy(MeanOf):
    """Fraction of entries on the right side of the threshold.

    Args:
        name: its name in the logs.
        dtype: float type.
        threshold: above it a prediction counts as 1; between 0 and 1.

    Example:
        >>> metric = BinaryAccuracy()
        >>> metric.update_state([[1.0], [0.0]], [[0.9], [0.8]])
        >>> float(metric.result())
        0.5
    """

    name, dtype = closing("binary_accuracy")
    threshold = field(0.5, convert=number(0, 1))

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return binary_accuracy(y_true, y_pred, self.threshold)


@METRICS.add()
class CategoricalAccuracy(MeanOf):
    """Fraction of samples whose largest prediction is the class of the one-hot label.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = CategoricalAccuracy()
        >>> metric.update_state([[0.0, 1.0]], [[0.2, 0.8]])
        >>> float(metric.result())
        1.0
    """

    name, dtype = closing("categorical_accuracy")

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return categorical_accuracy(y_true, y_pred)


@METRICS.add()
class SparseCategoricalAccuracy(MeanOf):
    """Fraction of samples whose largest prediction is the class that the label names.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = SparseCategoricalAccuracy()
        >>> metric.update_state([1], [[0.2, 0.8]])
        >>> float(metric.result())
        1.0
    """

    name, dtype = closing("sparse_categorical_accuracy")

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return sparse_categorical_accuracy(y_true, y_pred)


@METRICS.add()
class TopKCategoricalAccuracy(MeanOf):
    """Fraction of samples whose class is among the k largest predictions.

    Args:
        k: how many count.
        name: its name in the logs.
        dtype: float type.
    """

    k = field(5, convert=integer(1))
    name, dtype = closing("top_k_categorical_accuracy")

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return top_k_categorical_accuracy(y_true, y_pred, self.k)


@METRICS.add()
class SparseTopKCategoricalAccuracy(MeanOf):
    """Fraction of samples for which the class that the label names is among the k largest predictions.

    Args:
        k: how many count.
        name: its name in the logs.
        dtype: float type.
        from_sorted_ids: whether predictions are class numbers, the likeliest first.
    """

    k = field(5, convert=integer(1))
    name, dtype = closing("sparse_top_k_categorical_accuracy")
    from_sorted_ids = field(False)

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return sparse_top_k_categorical_accuracy(y_true, y_pred, self.k, self.from_sorted_ids)


def by_labels(y_true_shape: Any, y_pred_shape: Any, binary: Any, one_hot: Any, sparse: Any) -> Any:
    """The one of three that targets and predictions of these shapes ask for.

    One output: binary. Targets as long as the predictions: one-hot. Otherwise class numbers.
    """
    if y_pred_shape[-1] == 1:
        return binary
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return sparse
    return one_hot


def resolve_accuracy(y_true_shape: Any, y_pred_shape: Any) -> type[MeanOf]:
    """The class that ``"accuracy"`` means for targets and predictions of these shapes."""
    return by_labels(y_true_shape, y_pred_shape, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)
