"""Metrics over many thresholds at once: the area under a curve, and one rate where another is high enough.

A prediction is sorted into the gap between two thresholds in which it lies, one step per prediction whatever their
number, and only the weights in each gap are kept; the counts at the thresholds are sums over gaps and wait for
``result``.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.metrics.confusion import cuts
from hornbeam.metrics.metric import METRICS, Metric, closing
from hornbeam.metrics.rows import lined_up, quotient


class Curve(Metric):
    """Base of metrics over many thresholds.

    State: the weights of targets that are yes, and no, in each gap, ``(thresholds + 1,)`` or
    ``(thresholds + 1, labels)``.
    """

    rowwise = True

    def _divide(self, steps: int, outwards: bool) -> None:
        """Thresholds 0, 1/steps, …, 1; moved outwards, the ends leave 0 above the first and 1 below the last."""
        self._cuts = np.linspace(0, 1, steps + 1).astype(self.float) if steps else np.asarray([0.5], self.float)
        self._range = None if not steps else (1, steps) if outwards else (0, steps + 1)

    def _make(self, labels: tuple[int, ...] = ()) -> None:
        self.positives = self.add_weight(shape=(len(self._cuts) + 1, *labels), name="positives")
        self.negatives = self.add_weight(shape=(len(self._cuts) + 1, *labels), name="negatives")

    def _gaps(self, y_pred: Any) -> Any:
        """How many thresholds lie below each prediction."""
        if self._range is not None:
            return jnp.clip(jnp.ceil(y_pred * (len(self._cuts) - 1)), *self._range).astype(jnp.int32)
        return jnp.sum(y_pred[..., None] > self._cuts.reshape((1,) * y_pred.ndim + (-1,)), axis=-1, dtype=jnp.int32)

    def _add(self, y_true: Any, y_pred: Any, weight: Any) -> None:
        """Adds answers of shape ``(answers,)`` or ``(answers, labels)``."""
        gaps, labels = self._gaps(y_pred), self.positives.shape[1:]
        if labels:  # one row of gaps for each label, laid out as one
            gaps = gaps * labels[0] + jnp.arange(labels[0], dtype=jnp.int32)[None, :]
        for state, share in ((self.positives, y_true), (self.negatives, 1 - y_true)):
            sums = jax.ops.segment_sum((share * weight).reshape(-1), gaps.reshape(-1), state.size)
            state.assign_add(sums.reshape(state.shape))

    def _above(self, state: Any) -> tuple[Any, Any]:
        """Weights above and not above each threshold."""
        weights = jnp.asarray(state.value)
        above = jnp.cumsum(weights[::-1], axis=0)[::-1]
        # not as a difference of the total: the sum over few gaps loses nothing beside that over many
        below = jnp.cumsum(weights, axis=0)
        return above[1:], below[:-1]

    @property
    def true_positives(self) -> Any:
        """Weights of right yeses at each threshold."""
        return self._above(self.positives)[0]

    @property
    def false_negatives(self) -> Any:
        """Weights of wrong noes at each threshold."""
        return self._above(self.positives)[1]

    @property
    def false_positives(self) -> Any:
        """Weights of wrong yeses at each threshold."""
        return self._above(self.negatives)[0]

    @property
    def true_negatives(self) -> Any:
        """Weights of right noes at each threshold."""
        return self._above(self.negatives)[1]


@METRICS.add()
class AUC(Curve):
    """Area under a curve of rates at many thresholds: for ROC the chance that a yes is scored above a no.

    ROC: recall ``TP / (TP + FN)`` over false alarms ``FP / (FP + TN)``; PR: precision ``TP / (TP + FP)`` over recall;
    PRGAIN: ``1 - FP/TP · P/N`` over ``max(1 - FN/TP · P/N, 0)``, with P yeses and N noes.

    Args:
        num_thresholds: how many thresholds, from 0 to 1 in even steps, at least 2.
        curve: ``"ROC"``, ``"PR"`` or ``"PRGAIN"``.
        summation_method: between two thresholds ``"interpolation"`` takes the mean of their heights (under PR it
            interpolates the counts), ``"minoring"`` the lower and ``"majoring"`` the higher.
        name, dtype: as for ``Metric``.
        thresholds: the inner thresholds, in place of even steps.
        multi_label: whether each column is a label with a curve of its own; the result is the mean over labels.
        num_labels: how many labels; None takes it from the first batch.
        label_weights: weights of the labels, in the mean with ``multi_label`` and in the counts without.
        from_logits: whether y_pred holds logits, which are put through a sigmoid.

    Shapes:
        y_true and y_pred alike, with ``multi_label`` ``(batch, labels)``; the result is ``()``.

    Example:
        >>> metric = AUC()
        >>> metric.update_state([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
        >>> float(metric.result())
        0.75

    Reference:
        Davis & Goadrich, 2006, The relationship between precision-recall and ROC curves (interpolated PR);
        Flach & Kull, 2015, Precision-recall-gain curves.

    Differs:
        Keras keeps four counts at each threshold as state; here they are properties.
    """

    num_thresholds = field(200, convert=integer(2))
    curve = field("ROC", convert=one_of("ROC", "PR", "PRGAIN"))
    summation_method = field("interpolation", convert=one_of("interpolation", "minoring", "majoring"))
    name, dtype = closing(None)
    thresholds = field(None, convert=cuts)
    multi_label = field(False)
    num_labels = field(None, convert=integer(1, optional=True))
    label_weights = field(None)
    from_logits = field(False)

    def _start(self) -> None:
        if self.num_labels is not None and not self.multi_label:
            raise ArgumentError(
                f"{self.where}, num_labels", "multi_label=True beside it", "False", "Write multi_label=True."
            )
        if self.thresholds is None:
            self._divide(self.num_thresholds - 1, outwards=True)
        else:
            inner = sorted(np.atleast_1d(self.thresholds).tolist())
            self._cuts = np.asarray([-epsilon(), *inner, 1 + epsilon()], self.float)
            self._range, self.num_thresholds = None, len(self._cuts)
        if self.label_weights is not None:
            self._label_weights = np.asarray(self.label_weights, self.float)
        if not self.multi_label:
            self._make()
        elif self.num_labels is not None:
            self._make((self.num_labels,))

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the state of a metric whose number of labels was not given."""
        if self.multi_label and not self.variables:
            self._make((y_pred_shape[-1],))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the answers of a batch.

        Args:
            y_true: targets, 0 or 1.
            y_pred: predictions from 0 to 1, or logits.
            sample_weight: weights of the leading axes.
        """
        y_true, y_pred, weight = lined_up(self.where, y_true, y_pred, sample_weight, self.float)
        self.build(y_true.shape, y_pred.shape)
        if self.from_logits:
            y_pred = jax.nn.sigmoid(y_pred)
        if self.multi_label:
            self._check_labels(y_pred.shape, self.positives.shape[-1])
            self._add(y_true, y_pred, weight)
            return
        if self.label_weights is not None:
            self._check_labels(y_pred.shape, len(self._label_weights))
            weight = weight * self._label_weights.reshape((1,) * (weight.ndim - 1) + (-1,))
        self._add(y_true.reshape(-1), y_pred.reshape(-1), weight.reshape(-1))

    def _check_labels(self, shape: tuple[int, ...], labels: int) -> None:
        if shape[-1] != labels or (self.multi_label and len(shape) != 2):
            raise ShapeError(
                f"{self.where}, y_pred", f"predictions of shape (batch, {labels})", shape, "Give one column a label."
            )

    def result(self) -> Any:
        """The area."""
        if not self.variables:
            return jnp.zeros((), self.float)
        areas = self._areas()
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return jnp.mean(areas)
        return quotient(jnp.sum(areas * self._label_weights), jnp.sum(self._label_weights))

    def _areas(self) -> Any:
        (tp, fn), (fp, tn) = self._above(self.positives), self._above(self.negatives)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated_precision(tp, fp, fn)
        if self.curve == "ROC":
            along, height = quotient(fp, fp + tn), quotient(tp, tp + fn)
        elif self.curve == "PR":
            along, height = quotient(tp, tp + fn), quotient(tp, tp + fp)
        else:
            odds = quotient(tp + fn, fp + tn)
            along = jnp.where(tp > 0, jnp.maximum(1 - odds * quotient(fn, tp), 0), 0)
            height = 1 - odds * quotient(fp, tp)
        heights = {
            "interpolation": (height[:-1] + height[1:]) / 2,
            "minoring": jnp.minimum(height[:-1], height[1:]),
            "majoring": jnp.maximum(height[:-1], height[1:]),
        }
        return jnp.sum((along[:-1] - along[1:]) * heights[self.summation_method], axis=0)


def _interpolated_precision(tp: Any, fp: Any, fn: Any) -> Any:
    """Area under precision over recall when TP, between two thresholds, grows linearly with TP + FP.

    With p = TP + FP, slope s = ΔTP / Δp and offset c = TP - s p at the upper threshold, each piece is
    ``s (ΔTP + c log(p_lower / p_upper)) / (TP + FN)``.
    """
    said = tp + fp
    more = tp[:-1] - tp[1:]
    slope = quotient(more, jnp.maximum(said[:-1] - said[1:], 0))
    offset = tp[1:] - slope * said[1:]
    both = (said[:-1] > 0) & (said[1:] > 0)
    growth = jnp.where(both, jnp.where(both, said[:-1], 1) / jnp.where(both, said[1:], 1), 1)
    return jnp.sum(quotient(slope * (more + offset * jnp.log(growth)), jnp.maximum(tp[1:] + fn[1:], 0)), axis=0)


class _AtLeast(Curve):
    """Base of metrics that ask for the best of one rate among the thresholds where another is high enough."""

    wanted = ""
    class_id: int | None = None
    num_thresholds = 200

    def _start(self) -> None:
        self._divide(self.num_thresholds - 1, outwards=False)
        self._make()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the answers of a batch.

        Args:
            y_true: targets, 0 or 1.
            y_pred: predictions from 0 to 1.
            sample_weight: weights of the leading axes.
        """
        arrays = lined_up(self.where, y_true, y_pred, sample_weight, self.float)
        if self.class_id is not None:
            arrays = tuple(array[..., self.class_id] for array in arrays)
        self._add(*(array.reshape(-1) for array in arrays))

    def _rates(self) -> tuple[Any, Any]:
        """The rate that is bound and the rate that is asked for, at each threshold."""
        raise NotImplementedError

    def result(self) -> Any:
        """The best rate, 0 where no threshold will do."""
        bound, asked = self._rates()
        return jnp.max(jnp.where(bound >= getattr(self, self.wanted), asked, 0))

    def _recall(self) -> Any:
        found, missed = self._above(self.positives)
        return quotient(found, found + missed)

    def _precision(self) -> Any:
        return quotient(self.true_positives, self.true_positives + self.false_positives)

    def _specificity(self) -> Any:
        wrong, right = self._above(self.negatives)
        return quotient(right, right + wrong)


@METRICS.add()
class SensitivityAtSpecificity(_AtLeast):
    """The highest sensitivity ``TP / (TP + FN)`` among thresholds with specificity ``TN / (TN + FP)`` high enough.

    Args:
        specificity: the least specificity, from 0 to 1.
        num_thresholds: how many thresholds, in even steps.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``.

    Example:
        >>> metric = SensitivityAtSpecificity(0.5)
        >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
        >>> float(metric.result())
        0.5
    """

    wanted = "specificity"
    specificity = field(convert=number(0, 1))
    num_thresholds = field(200, convert=integer(1))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def _rates(self) -> tuple[Any, Any]:
        return self._specificity(), self._recall()


@METRICS.add()
class SpecificityAtSensitivity(_AtLeast):
    """The highest specificity ``TN / (TN + FP)`` among thresholds with sensitivity ``TP / (TP + FN)`` high enough.

    Args:
        sensitivity: the least sensitivity, from 0 to 1.
        num_thresholds: how many thresholds, in even steps.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``.

    Example:
        >>> metric = SpecificityAtSensitivity(0.5)
        >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    wanted = "sensitivity"
    sensitivity = field(convert=number(0, 1))
    num_thresholds = field(200, convert=integer(1))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def _rates(self) -> tuple[Any, Any]:
        return self._recall(), self._specificity()


@METRICS.add()
class PrecisionAtRecall(_AtLeast):
    """The highest precision ``TP / (TP + FP)`` among thresholds with recall ``TP / (TP + FN)`` high enough.

    Args:
        recall: the least recall, from 0 to 1.
        num_thresholds: how many thresholds, in even steps.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``.

    Example:
        >>> metric = PrecisionAtRecall(0.5)
        >>> metric.update_state([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])
        >>> float(metric.result())
        0.5
    """

    wanted = "recall"
    recall = field(convert=number(0, 1))
    num_thresholds = field(200, convert=integer(1))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def _rates(self) -> tuple[Any, Any]:
        return self._recall(), self._precision()


@METRICS.add()
class RecallAtPrecision(_AtLeast):
    """The highest recall ``TP / (TP + FN)`` among thresholds with precision ``TP / (TP + FP)`` high enough.

    Args:
        precision: the least precision, from 0 to 1.
        num_thresholds: how many thresholds, in even steps.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``.

    Example:
        >>> metric = RecallAtPrecision(0.8)
        >>> metric.update_state([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
        >>> float(metric.result())
        0.5
    """

    wanted = "precision"
    precision = field(convert=number(0, 1))
    num_thresholds = field(200, convert=integer(1))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def _rates(self) -> tuple[Any, Any]:
        return self._precision(), self._recall()
