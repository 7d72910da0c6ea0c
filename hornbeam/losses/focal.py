"""Focal cross-entropies: examples that are right already count less."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.symbolic import recordable
from hornbeam.losses.classification import chances, entropies, smoothed
from hornbeam.losses.loss import LOSSES, AlongAxis, closing
from hornbeam.losses.shapes import one_hot_pair, pair


@LOSSES.add()
@recordable
def binary_focal_crossentropy(
    y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """Binary cross-entropy times ``(1 - p_t)^γ``, where p_t is the probability given to the truth.

    ``mean(w (1 - p_t)^γ (-log p_t))`` with ``p_t = t p + (1 - t)(1 - p)`` and ``w = α t + (1 - α)(1 - t)`` or 1.

    Args:
        y_true: labels t, 0 or 1.
        y_pred: probabilities p, or logits.
        apply_class_balancing: whether the weights w apply.
        alpha: α, the weight of label 1.
        gamma: γ, how fast the weight of right answers falls; 0 gives binary cross-entropy.
        from_logits: whether y_pred holds logits.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / 2``.
        axis: the axis of the mean.

    Shapes:
        ``(batch, …, outputs), (batch, …, outputs) -> (batch, …)``

    Example:
        >>> round(float(binary_focal_crossentropy([[1.0]], [[0.5]])[0]), 4)  # 0.25 log 2
        0.1733

    Reference:
        Lin et al., 2017, Focal loss for dense object detection, eq. 4 and 5.
    """
    y_true, y_pred = pair("binary_focal_crossentropy", y_true, y_pred, stretch=False)
    y_true = smoothed(y_true, label_smoothing, 2)
    if from_logits:
        y_pred = jax.nn.sigmoid(y_pred)
    right = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    values = jnp.power(1 - right, gamma) * entropies(y_true, y_pred)
    if apply_class_balancing:
        values = values * (y_true * alpha + (1 - y_true) * (1 - alpha))
    return jnp.mean(values, axis=axis)


@LOSSES.add()
@recordable
def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """Categorical cross-entropy times ``α (1 - p)^γ``: ``-Σ_c α_c (1 - p_c)^γ t_c log p_c``.

    Args:
        y_true: one-hot labels t.
        y_pred: probabilities p, or logits.
        alpha: α, one weight, or one for each class.
        gamma: γ, how fast the weight of right answers falls.
        from_logits: whether y_pred holds logits.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / classes``.
        axis: the axis of the classes.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Example:
        >>> round(float(categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 4)  # 0.25 · 0.25 log 2
        0.0433

    Reference:
        Lin et al., 2017, Focal loss for dense object detection, eq. 5.
    """
    y_true, y_pred = one_hot_pair("categorical_focal_crossentropy", y_true, y_pred, axis)
    y_true = smoothed(y_true, label_smoothing, y_pred.shape[axis])
    if from_logits:
        y_pred = jax.nn.softmax(y_pred, axis=axis)
    y_pred = chances(y_pred, axis)
    weight = jnp.asarray(alpha, y_pred.dtype)
    if weight.ndim:
        weight = jnp.expand_dims(weight, [other for other in range(y_pred.ndim) if other != axis % y_pred.ndim])
    return jnp.sum(-y_true * jnp.log(y_pred) * weight * jnp.power(1 - y_pred, gamma), axis=axis)


@LOSSES.add()
class BinaryFocalCrossentropy(AlongAxis):
    """Binary cross-entropy times ``(1 - p_t)^γ``, where p_t is the probability given to the truth.

    Args:
        apply_class_balancing: whether label 1 weighs α and label 0 weighs 1 - α.
        alpha: α.
        gamma: γ, how fast the weight of right answers falls; 0 gives binary cross-entropy.
        from_logits: whether y_pred holds logits; probabilities otherwise.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / 2``.
        axis: the axis of the mean.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, outputs)``.

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
        0.1733

    Reference:
        Lin et al., 2017, Focal loss for dense object detection, eq. 4 and 5.
    """

    averages = True
    apply_class_balancing = field(False)
    alpha = field(0.25, convert=number())
    gamma = field(2.0, convert=number())
    from_logits = field(False)
    label_smoothing = field(0.0, convert=number(0, 1))
    axis = field(-1, convert=integer())
    reduction, name, dtype = closing("binary_focal_crossentropy")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``binary_focal_crossentropy``."""
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            self.apply_class_balancing,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )


@LOSSES.add()
class CategoricalFocalCrossentropy(AlongAxis):
    """Categorical cross-entropy times ``α (1 - p)^γ``: ``-Σ_c α_c (1 - p_c)^γ t_c log p_c``.

    Args:
        alpha: α, one weight, or one for each class.
        gamma: γ, how fast the weight of right answers falls.
        from_logits: whether y_pred holds logits; probabilities otherwise.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / classes``.
        axis: the axis of the classes.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``.

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.0433

    Reference:
        Lin et al., 2017, Focal loss for dense object detection, eq. 5.
    """

    alpha = field(0.25)
    gamma = field(2.0, convert=number())
    from_logits = field(False)
    label_smoothing = field(0.0, convert=number(0, 1))
    axis = field(-1, convert=integer())
    reduction, name, dtype = closing("categorical_focal_crossentropy")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``categorical_focal_crossentropy``."""
        return categorical_focal_crossentropy(
            y_true, y_pred, self.alpha, self.gamma, self.from_logits, self.label_smoothing, self.axis
        )
