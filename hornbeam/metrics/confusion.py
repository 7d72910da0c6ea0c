"""Counts of right and wrong yes-or-no answers at given thresholds, precision and recall."""

from __future__ import annotations

import numbers
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import Refused, integer
from hornbeam.core.config import field
from hornbeam.losses.shapes import one_hot
from hornbeam.metrics.metric import METRICS, Metric, closing
from hornbeam.metrics.rows import lined_up, quotient


def cuts(value: Any) -> Any:
    """Converter of ``thresholds``: None, a number, or a list of numbers, from 0 to 1."""
    if value is None:
        return None
    listed = [value] if isinstance(value, numbers.Real) else list(value)
    if not listed or not all(isinstance(each, numbers.Real) and 0 <= float(each) <= 1 for each in listed):
        raise Refused("numbers from 0 to 1", "Write for example thresholds=0.5 or thresholds=[0.2, 0.5, 0.8].")
    return float(value) if isinstance(value, numbers.Real) else [float(each) for each in listed]


def only_largest(y_pred: Any, k: int) -> Any:
    """The k largest entries of the last axis; the others become -10¹⁰. Of equal ones the first counts."""
    _, places = lax.top_k(y_pred, k)
    kept = jnp.any(one_hot(places, y_pred.shape[-1]), axis=-2)
    return jnp.where(kept, y_pred, -1e10)


class Counted(Metric):
    """Base of metrics that count, at each threshold, answers of some of the four kinds.

    A prediction above the threshold is a yes; a target other than 0 is a yes.
    """

    rowwise = True
    kinds: tuple[str, ...] = ()
    # the arguments that not every subclass has
    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None

    def _start(self) -> None:
        default = 0.5 if self.top_k is None else -1e10
        given = default if self.thresholds is None else self.thresholds
        self._cuts = np.atleast_1d(np.asarray(given, self.float))
        for kind in self.kinds:
            setattr(self, kind, self.add_weight(shape=self._cuts.shape, name=kind))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the answers of a batch.

        Args:
            y_true: targets, 0 or 1, of any shape.
            y_pred: predictions of that shape.
            sample_weight: weights of the leading axes.
        """
        y_true, y_pred, weight = lined_up(self.where, y_true, y_pred, sample_weight, self.float)
        if self.top_k is not None:
            y_pred = only_largest(y_pred, self.top_k)
        if self.class_id is not None:
            y_true, y_pred, weight = (array[..., self.class_id] for array in (y_true, y_pred, weight))
        yes = y_pred.reshape(1, -1) > self._cuts[:, None]  # (thresholds, answers)
        right = (y_true.reshape(-1) != 0).astype(self.float)
        weight = weight.reshape(-1)
        shares = {
            "true": {"positives": right, "negatives": 1 - right},
            "false": {"positives": 1 - right, "negatives": right},
        }
        for kind in self.kinds:
            truth, answer = kind.split("_")
            said = yes if answer == "positives" else ~yes
            getattr(self, kind).assign_add(said.astype(self.float) @ (shares[truth][answer] * weight))

    def _counts(self) -> list[Any]:
        return [jnp.asarray(getattr(self, kind).value) for kind in self.kinds]

    def _one_or_all(self, values: Any) -> Any:
        """One number for one threshold, a vector for several."""
        return values[0] if len(self._cuts) == 1 else values


class _OneKind(Counted):
    def result(self) -> Any:
        """How many there were, or the sum of their weights, at each threshold."""
        return self._one_or_all(self._counts()[0])


@METRICS.add()
class TruePositives(_OneKind):
    """How many yeses were right: the sum of the weights where ``y_true = 1`` and ``y_pred > threshold``.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = TruePositives()
        >>> metric.update_state([0, 1, 1, 1], [0.6, 0.2, 0.7, 0.9])
        >>> float(metric.result())
        2.0
    """

    kinds = ("true_positives",)
    thresholds = field(None, convert=cuts)
    name, dtype = closing(None)


@METRICS.add()
class TrueNegatives(_OneKind):
    """How many noes were right: the sum of the weights where ``y_true = 0`` and ``y_pred <= threshold``.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = TrueNegatives()
        >>> metric.update_state([0, 0, 1], [0.6, 0.2, 0.3])
        >>> float(metric.result())
        1.0
    """

    kinds = ("true_negatives",)
    thresholds = field(None, convert=cuts)
    name, dtype = closing(None)


@METRICS.add()
class FalsePositives(_OneKind):
    """How many yeses were wrong: the sum of the weights where ``y_true = 0`` and ``y_pred > threshold``.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = FalsePositives()
        >>> metric.update_state([0, 0, 1], [0.6, 0.2, 0.3])
        >>> float(metric.result())
        1.0
    """

    kinds = ("false_positives",)
    thresholds = field(None, convert=cuts)
    name, dtype = closing(None)


@METRICS.add()
class FalseNegatives(_OneKind):
    """How many noes were wrong: the sum of the weights where ``y_true = 1`` and ``y_pred <= threshold``.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = FalseNegatives()
        >>> metric.update_state([0, 1, 1], [0.6, 0.2, 0.7])
        >>> float(metric.result())
        1.0
    """

    kinds = ("false_negatives",)
    thresholds = field(None, convert=cuts)
    name, dtype = closing(None)


@METRICS.add()
class Precision(Counted):
    """How many of the yeses were right: ``TP / (TP + FP)``, 0 while there is no yes.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5, or no threshold beside ``top_k``.
        top_k: only the k largest predictions of a row can be a yes; None for all.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = Precision()
        >>> metric.update_state([0, 1, 1, 1], [0.6, 0.2, 0.7, 0.9])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    kinds = ("true_positives", "false_positives")
    thresholds = field(None, convert=cuts)
    top_k = field(None, convert=integer(1, optional=True))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def result(self) -> Any:
        """The precision at each threshold."""
        found, wrong = self._counts()
        return self._one_or_all(quotient(found, found + wrong))


@METRICS.add()
class Recall(Counted):
    """How many of the targets that are yes were found: ``TP / (TP + FN)``, 0 while there is none.

    Args:
        thresholds: a number or a list of numbers from 0 to 1; None is 0.5, or no threshold beside ``top_k``.
        top_k: only the k largest predictions of a row can be a yes; None for all.
        class_id: the only class that is looked at; None for all.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred alike; the result is ``()``, or ``(thresholds,)`` for a list.

    Example:
        >>> metric = Recall()
        >>> metric.update_state([0, 1, 1, 1], [0.6, 0.2, 0.7, 0.9])
        >>> round(float(metric.result()), 4)
        0.6667
    """

    kinds = ("true_positives", "false_negatives")
    thresholds = field(None, convert=cuts)
    top_k = field(None, convert=integer(1, optional=True))
    class_id = field(None, convert=integer(0, optional=True))
    name, dtype = closing(None)

    def result(self) -> Any:
        """The recall at each threshold."""
        found, missed = self._counts()
        return self._one_or_all(quotient(found, found + missed))
