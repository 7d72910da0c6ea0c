"""Intersection over union, for the labels of pixels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon, floatx
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.metrics.metric import METRICS, Metric, closing, weighed
from hornbeam.metrics.rows import quotient


def _class_ids(value: Any) -> list[int]:
    """Converter of ``target_class_ids``: a list of class numbers."""
    ids = list(value) if isinstance(value, (list, tuple, np.ndarray)) else None
    if not ids or not all(isinstance(each, (int, np.integer)) and each >= 0 for each in ids):
        raise Refused("a list of class numbers", "Write for example target_class_ids=[0, 1].")
    return [int(each) for each in ids]


class Overlap(Metric):
    """Base of metrics over a table of true and predicted classes, ``(classes, classes)``."""

    rowwise = True
    # the arguments that not every subclass has
    num_classes: Any = None
    target_class_ids: Any = None
    ignore_class: Any = None
    sparse_y_true: Any = True
    sparse_y_pred: Any = True
    axis: Any = -1

    def _start(self) -> None:
        # whole numbers unless another type is asked for: Keras counts so, and drops what weights have behind the point
        self.dtype = self.dtype or "int32"
        if self.target_class_ids is not None and max(self.target_class_ids) >= self.num_classes:
            raise ArgumentError(
                f"{self.where}, target_class_ids",
                f"class numbers below num_classes={self.num_classes}",
                self.target_class_ids,
                "Count classes from 0.",
            )
        self.total_cm = self.add_weight(shape=(self.num_classes, self.num_classes), name="total_confusion_matrix")

    def _indices(self, y: Any, sparse: bool) -> Any:
        return jnp.asarray(y) if sparse else jnp.argmax(jnp.asarray(y), axis=self.axis)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the pixels of a batch to the table.

        Args:
            y_true: class numbers, or one-hot rows.
            y_pred: class numbers, or one number a class.
            sample_weight: weights of the leading axes.
        """
        y_true, y_pred = self._indices(y_true, self.sparse_y_true), self._indices(y_pred, self.sparse_y_pred)
        if y_true.size != y_pred.size:
            raise ShapeError(
                f"{self.where}, y_true", f"as many labels as predictions, {y_pred.shape}", y_true.shape, "Check both."
            )
        weight = jnp.asarray(1 if sample_weight is None else sample_weight, self.float)
        weight = weighed(weight, y_true, self.float).reshape(-1)
        true, guess = (y.reshape(-1).astype(jnp.int32) for y in (y_true, y_pred))
        counted = (true >= 0) & (true < self.num_classes) & (guess >= 0) & (guess < self.num_classes)
        if self.ignore_class is not None:
            counted &= true != self.ignore_class
        # a cell outside of the table is dropped, so that garbage in rows of weight 0 meets no cell
        cell = jnp.where(counted & (weight != 0), true * self.num_classes + guess, self.total_cm.size)
        table = jax.ops.segment_sum(weight, cell, self.total_cm.size + 1)[:-1]
        self.total_cm.assign_add(table.reshape(self.total_cm.shape))

    def result(self) -> Any:
        """The mean of ``TP / (TP + FP + FN)`` over the classes that occur."""
        table = jnp.asarray(self.total_cm.value).astype(floatx())
        both = jnp.diagonal(table)
        either = table.sum(0) + table.sum(1) - both
        if self.target_class_ids is not None:
            chosen = np.asarray(self.target_class_ids)
            both, either = both[chosen], either[chosen]
        present = jnp.sum(either > 1e-9, dtype=table.dtype)
        return quotient(jnp.sum(both / (either + epsilon())), present)


@METRICS.add()
class IoU(Overlap):
    """Intersection over union of some classes: the mean of ``TP / (TP + FP + FN)``.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes that count.
        name: as for ``Metric``.
        dtype: type of the counts; whole numbers when None.
        ignore_class: a label whose pixels do not count; None for none.
        sparse_y_true: whether labels are class numbers; one number a class otherwise.
        sparse_y_pred: likewise for predictions.
        axis: the axis of the classes where there is one.

    Shapes:
        y_true and y_pred ``(batch, …)``, with one number a class ``(batch, …, classes)``; the result is ``()``.

    Example:
        >>> metric = IoU(num_classes=2, target_class_ids=[0])
        >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
        >>> round(float(metric.result()), 4)
        0.3333
    """

    num_classes = field(convert=integer(1))
    target_class_ids = field(convert=_class_ids)
    name, dtype = closing(None)
    ignore_class = field(None, convert=integer(optional=True))
    sparse_y_true = field(True)
    sparse_y_pred = field(True)
    axis = field(-1, convert=integer())


@METRICS.add()
class BinaryIoU(Overlap):
    """Intersection over union of yes-or-no pixels: the mean of ``TP / (TP + FP + FN)`` over the two classes.

    Args:
        target_class_ids: the classes that count, of 0 and 1.
        threshold: from it upwards a prediction is class 1.
        name: as for ``Metric``.
        dtype: type of the counts; whole numbers when None.

    Shapes:
        y_true and y_pred ``(batch, …)``; the result is ``()``.

    Example:
        >>> metric = BinaryIoU(threshold=0.3)
        >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
        >>> round(float(metric.result()), 4)
        0.3333
    """

    num_classes = 2
    target_class_ids = field((0, 1), convert=_class_ids)
    threshold = field(0.5, convert=number())
    name, dtype = closing(None)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the pixels of a batch, predictions from 0 to 1."""
        super().update_state(y_true, (jnp.asarray(y_pred) >= self.threshold).astype(jnp.int32), sample_weight)


@METRICS.add()
class MeanIoU(Overlap):
    """Intersection over union, the mean over the classes that occur: ``mean(TP / (TP + FP + FN))``.

    Args:
        num_classes: how many classes there are.
        name: as for ``Metric``.
        dtype: type of the counts; whole numbers when None.
        ignore_class: a label whose pixels do not count; None for none.
        sparse_y_true: whether labels are class numbers; one number a class otherwise.
        sparse_y_pred: likewise for predictions.
        axis: the axis of the classes where there is one.

    Shapes:
        y_true and y_pred ``(batch, …)``, with one number a class ``(batch, …, classes)``; the result is ``()``.

    Example:
        >>> metric = MeanIoU(num_classes=2)
        >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
        >>> round(float(metric.result()), 4)
        0.3333
    """

    num_classes = field(convert=integer(1))
    name, dtype = closing(None)
    ignore_class = field(None, convert=integer(optional=True))
    sparse_y_true = field(True)
    sparse_y_pred = field(True)
    axis = field(-1, convert=integer())


@METRICS.add()
class OneHotIoU(Overlap):
    """Intersection over union of some classes, from one-hot labels.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes that count.
        name: as for ``Metric``.
        dtype: type of the counts; whole numbers when None.
        ignore_class: a label whose pixels do not count; None for none.
        sparse_y_pred: whether predictions are class numbers; one number a class otherwise.
        axis: the axis of the classes.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``; the result is ``()``.

    Example:
        >>> metric = OneHotIoU(num_classes=2, target_class_ids=[0])
        >>> metric.update_state([[1, 0], [0, 1]], [[0.7, 0.3], [0.6, 0.4]])
        >>> round(float(metric.result()), 4)
        0.5
    """

    sparse_y_true = False
    num_classes = field(convert=integer(1))
    target_class_ids = field(convert=_class_ids)
    name, dtype = closing(None)
    ignore_class = field(None, convert=integer(optional=True))
    sparse_y_pred = field(False)
    axis = field(-1, convert=integer())


@METRICS.add()
class OneHotMeanIoU(Overlap):
    """Intersection over union from one-hot labels, the mean over the classes that occur.

    Args:
        num_classes: how many classes there are.
        name: as for ``Metric``.
        dtype: type of the counts; whole numbers when None.
        ignore_class: a label whose pixels do not count; None for none.
        sparse_y_pred: whether predictions are class numbers; one number a class otherwise.
        axis: the axis of the classes.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``; the result is ``()``.

    Example:
        >>> metric = OneHotMeanIoU(num_classes=2)
        >>> metric.update_state([[1, 0], [0, 1]], [[0.7, 0.3], [0.6, 0.4]])
        >>> round(float(metric.result()), 4)
        0.25
    """

    sparse_y_true = False
    num_classes = field(convert=integer(1))
    name, dtype = closing(None)
    ignore_class = field(None, convert=integer(optional=True))
    sparse_y_pred = field(False)
    axis = field(-1, convert=integer())
