"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, number, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ShapeError
from hornbeam.metrics.metric import METRICS, Metric, closing
from hornbeam.metrics.rows import lined_up


def _beta(value: Any) -> float:
    value = number()(value)
    if value <= 0:
        raise Refused("a number above 0", "Write beta=1.0 for the F1 score.")
    return value


class _FScore(Metric):
    rowwise = True
    average: str | None = None
    threshold: float | None = None
    beta: Any = 1.0

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the counts, one a class unless the average is over all decisions."""
        if self.variables:
            return
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        self.true_positives = self.add_weight(shape=shape, name="true_positives")
        self.false_positives = self.add_weight(shape=shape, name="false_positives")
        self.false_negatives = self.add_weight(shape=shape, name="false_negatives")
        self.intermediate_weights = self.add_weight(shape=shape, name="intermediate_weights")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the decisions of a batch.

        Args:
            y_true: targets, one 0 or 1 a class.
            y_pred: predictions, one number a class.
            sample_weight: weights of the samples.
        """
        y_true, y_pred, weight = lined_up(self.where, y_true, y_pred, sample_weight, self.float)
        if y_pred.ndim != 2:
            raise ShapeError(
                f"{self.where}, y_pred", "an array of shape (batch, classes)", y_pred.shape, "Give one column a class."
            )
        self.build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            # the largest of each row, all of them where several are equal, none where all are 0
            said = (y_pred >= jnp.max(y_pred, axis=-1, keepdims=True)) & (jnp.abs(y_pred) > 1e-9)
        else:
            said = y_pred > self.threshold
        said = said.astype(self.float)
        axis = None if self.average == "micro" else 0
        for state, share in (
            (self.true_positives, said * y_true),
            (self.false_positives, said * (1 - y_true)),
            (self.false_negatives, (1 - said) * y_true),
            (self.intermediate_weights, y_true),
        ):
            state.assign_add(jnp.sum(share * weight, axis=axis))

    def result(self) -> Any:
        """The score: a vector with one entry a class where ``average`` is None."""
        if not self.variables:
            return jnp.zeros((), self.float)
        found = jnp.asarray(self.true_positives.value)
        precision = found / (found + self.false_positives.value + epsilon())
        recall = found / (found + self.false_negatives.value + epsilon())
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + epsilon())
        if self.average == "weighted":
            weights = jnp.asarray(self.intermediate_weights.value)
            return jnp.sum(score * weights / (jnp.sum(weights) + epsilon()))
        return score if self.average is None else jnp.mean(score)


@METRICS.add("fbeta_score")
class FBetaScore(_FScore):
    """Weighted harmonic mean of precision and recall: ``(1 + β²) P R / (β² P + R)``.

    Args:
        average: ``"micro"`` counts all decisions together, ``"macro"`` is the mean over classes, ``"weighted"`` the
            mean weighted by how often each class occurs, None gives one score a class.
        beta: β, how many times as much recall matters as precision.
        threshold: above it a prediction is a yes; None takes the largest prediction of each row.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred ``(batch, classes)``; the result is ``()``, or ``(classes,)`` without an average.

    Example:
        >>> metric = FBetaScore(beta=2.0, threshold=0.5)
        >>> metric.update_state([[1, 1], [1, 0], [1, 1]], [[0.2, 0.6], [0.6, 0.6], [0.6, 0.8]])
        >>> metric.result().round(4).tolist()
        [0.7142999768257141, 0.9090999960899353]

    Reference:
        van Rijsbergen, 1979, Information retrieval, chapter 7.
    """

    average = field(None, convert=one_of(None, "micro", "macro", "weighted"))
    beta = field(1.0, convert=_beta)
    threshold = field(None, convert=number(optional=True))
    name, dtype = closing("fbeta_score")


@METRICS.add()
class F1Score(_FScore):
    """Harmonic mean of precision and recall: ``2 P R / (P + R)``.

    Args:
        average: ``"micro"`` counts all decisions together, ``"macro"`` is the mean over classes, ``"weighted"`` the
            mean weighted by how often each class occurs, None gives one score a class.
        threshold: above it a prediction is a yes; None takes the largest prediction of each row.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred ``(batch, classes)``; the result is ``()``, or ``(classes,)`` without an average.

    Example:
        >>> metric = F1Score(average="micro", threshold=0.5)
        >>> metric.update_state([[1, 1], [1, 0], [1, 1]], [[0.2, 0.6], [0.6, 0.6], [0.6, 0.8]])
        >>> round(float(metric.result()), 4)
        0.8
    """

    average = field(None, convert=one_of(None, "micro", "macro", "weighted"))
    threshold = field(None, convert=number(optional=True))
    name, dtype = closing("f1_score")
