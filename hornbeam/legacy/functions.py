"""Functions of old Keras that today's words do not say: an activation of the era, losses, metrics of one batch."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations
from hornbeam.core.registry import register_keras_serializable

_EPSILON = 1e-7


def activation_of_era(activation: Any) -> Any:
    """``activations.get``, whose argument here has the name by which the entrance translates its strings."""
    return activations.get(activation)


@register_keras_serializable("hornbeam.legacy")
def cosine_proximity(y_true: Any, y_pred: Any) -> Any:
    """``-Σ true · pred`` of vectors brought to length 1, one number per sample; -1 is best."""
    y_true, y_pred = _unit(jnp.asarray(y_true)), _unit(jnp.asarray(y_pred))
    return -jnp.sum(y_true * y_pred, axis=-1)


def _unit(x: Any) -> Any:
    x = x.astype("float32")
    return x / jnp.sqrt(jnp.maximum(jnp.sum(x * x, axis=-1, keepdims=True), 1e-12))


# -- metrics of one batch --------------------------------------------------------------------------------------------
#
# Keras 1 computed these of each batch and averaged over the batches by their sizes. Each gives its number once per
# sample, so that the mean over samples is just that average.


def _counts(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """True positives, positives predicted, positives there are, of the entries rounded to 0 and 1."""
    y_true, y_pred = jnp.asarray(y_true, "float32"), jnp.asarray(y_pred, "float32")
    hits = jnp.sum(jnp.round(jnp.clip(y_true * y_pred, 0, 1)))
    return hits, jnp.sum(jnp.round(jnp.clip(y_pred, 0, 1))), jnp.sum(jnp.round(jnp.clip(y_true, 0, 1)))


def _for_each(y_pred: Any, number: Any) -> Any:
    return jnp.broadcast_to(number, jnp.shape(y_pred)[:1])


def precision(y_true: Any, y_pred: Any) -> Any:
    """``hits / (predicted + 1e-7)`` of the batch."""
    hits, predicted, _ = _counts(y_true, y_pred)
    return _for_each(y_pred, hits / (predicted + _EPSILON))


def recall(y_true: Any, y_pred: Any) -> Any:
    """``hits / (there + 1e-7)`` of the batch."""
    hits, _, there = _counts(y_true, y_pred)
    return _for_each(y_pred, hits / (there + _EPSILON))


def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1.0) -> Any:
    """``(1 + β²) · p · r / (β² · p + r + 1e-7)`` of the batch, 0 without any positives."""
    hits, predicted, there = _counts(y_true, y_pred)
    p, r = hits / (predicted + _EPSILON), hits / (there + _EPSILON)
    score = (1 + beta**2) * p * r / (beta**2 * p + r + _EPSILON)
    return _for_each(y_pred, jnp.where(there == 0, 0.0, score))


def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """``fbeta_score`` with β = 1."""
    return fbeta_score(y_true, y_pred, 1.0)


def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """``(TP · TN - FP · FN) / (sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)) + 1e-7)`` of the batch.

    Reference:
        Matthews (1975), Comparison of the predicted and observed secondary structure.
    """
    true = jnp.round(jnp.clip(jnp.asarray(y_true, "float32"), 0, 1))
    said = jnp.round(jnp.clip(jnp.asarray(y_pred, "float32"), 0, 1))
    tp, tn = jnp.sum(true * said), jnp.sum((1 - true) * (1 - said))
    fp, fn = jnp.sum((1 - true) * said), jnp.sum(true * (1 - said))
    below = jnp.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return _for_each(y_pred, (tp * tn - fp * fn) / (below + _EPSILON))
