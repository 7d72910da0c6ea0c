"""Cross-entropies: minus the logarithm of the probability that the model gave to the truth.

Probabilities that came from a softmax or sigmoid of this run are not used: the frame knows the logits they were made
from, and on those the loss is exact and its slope simple. Other probabilities are kept away from 0 and 1 by ε.
"""

from __future__ import annotations

import warnings
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.symbolic import recordable
from hornbeam.losses import logits as exact
from hornbeam.losses.loss import LOSSES, AlongAxis, Loss, closing
from hornbeam.losses.shapes import index_pair, logits_of, one_hot, one_hot_pair, pair, predictions


def chances(y_pred: jax.Array, axis: int) -> jax.Array:
    """Probabilities that sum to 1 along the axis, from ε to 1 - ε."""
    return jnp.clip(y_pred / jnp.sum(y_pred, axis=axis, keepdims=True), epsilon(), 1 - epsilon())


def smoothed(y_true: jax.Array, smoothing: float, classes: int) -> jax.Array:
    """Labels with a share of every class mixed in: ``t (1 - s) + s / classes``."""
    return y_true * (1 - smoothing) + smoothing / classes if smoothing else y_true


def chosen_of(labels: jax.Array, y_pred: jax.Array) -> jax.Array:
    """The entry of each label's class: summed over a one-hot mask, so that the gradient needs no scatter."""
    return jnp.sum(jnp.where(one_hot(labels, y_pred.shape[-1]), y_pred, 0), axis=-1)


@LOSSES.add()
@recordable
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy of one-hot labels: ``-Σ_c t_c log p_c``.

    Args:
        y_true: labels t, one number a class.
        y_pred: probabilities p, or logits z with p = softmax(z).
        from_logits: whether y_pred holds logits.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / classes``.
        axis: the axis of the classes.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Raises:
        ShapeError: y_true has another shape than y_pred.

    Example:
        >>> round(float(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 4)
        0.6931

    Differs:
        Keras smooths by the length of the last axis whatever the axis of the classes.
    """
    y_true, y_pred = one_hot_pair("categorical_crossentropy", y_true, y_pred, axis)
    y_true = smoothed(y_true, label_smoothing, y_pred.shape[axis])
    last = axis % y_pred.ndim == y_pred.ndim - 1
    known = y_pred if from_logits else logits_of(y_pred, "softmax") if last else None
    if known is not None:
        ordered = (y_true, known) if last else (jnp.moveaxis(y_true, axis, -1), jnp.moveaxis(known, axis, -1))
        return exact.categorical(*ordered)
    return -jnp.sum(y_true * jnp.log(chances(y_pred, axis)), axis=axis)


@LOSSES.add()
@recordable
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """Cross-entropy of class indices: ``-log p_y``.

    Args:
        y_true: class indices y, from 0. What is no class has loss 0.
        y_pred: probabilities p, or logits z with p = softmax(z).
        from_logits: whether y_pred holds logits.
        ignore_class: an index whose loss is 0; None for none.
        axis: the axis of the classes.

    Shapes:
        ``(batch, …), (batch, …, classes) -> (batch, …)``; y_true may have a last axis of length 1.

    Raises:
        ShapeError: y_true has not y_pred's shape without the classes.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
        0.6931
    """
    y_pred = predictions(y_pred)
    if not from_logits and axis in (-1, y_pred.ndim - 1):
        noted = logits_of(y_pred, "softmax")
        from_logits, y_pred = noted is not None, y_pred if noted is None else noted
    labels, y_pred = index_pair("sparse_categorical_crossentropy", y_true, y_pred, axis)
    labels = labels.astype(jnp.int32)
    if ignore_class is not None:
        valid = labels != ignore_class
        labels = jnp.where(valid, labels, -1)  # no class: value and slope are 0
    if from_logits:
        return exact.sparse(labels, y_pred)
    chosen = jnp.clip(chosen_of(labels, y_pred) / jnp.sum(y_pred, axis=-1), epsilon(), 1 - epsilon())
    return jnp.where(exact.known(labels, y_pred.shape[-1]), -jnp.log(chosen), 0)


@LOSSES.add("bce", "BCE")
@recordable
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy of yes-or-no labels: ``mean(-t log p - (1 - t) log(1 - p))``.

    Args:
        y_true: labels t, 0 or 1.
        y_pred: probabilities p, or logits z with p = sigmoid(z).
        from_logits: whether y_pred holds logits.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / 2``.
        axis: the axis of the mean.

    Shapes:
        ``(batch, …, outputs), (batch, …, outputs) -> (batch, …)``

    Raises:
        ShapeError: y_true has another shape than y_pred.

    Example:
        >>> round(float(binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]])[0]), 4)
        0.6931
    """
    y_true, y_pred = pair("binary_crossentropy", y_true, y_pred, stretch=False)
    y_true = smoothed(y_true, label_smoothing, 2)
    known = y_pred if from_logits else logits_of(y_pred, "sigmoid")
    entries = entropies(y_true, y_pred) if known is None else exact.binary(y_true, known)
    return jnp.mean(entries, axis=axis)


def entropies(y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
    """Binary cross-entropies of probabilities, entry by entry."""
    y_pred = jnp.clip(y_pred, epsilon(), 1 - epsilon())
    return -(y_true * jnp.log(y_pred) + (1 - y_true) * jnp.log(1 - y_pred))


@LOSSES.add()
@recordable
def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """Between mean absolute error and cross-entropy, for labels that may be wrong: ``(1 - p_y^q) / q``.

    Args:
        y_true: class indices y.
        y_pred: probabilities p.
        q: from near 0, cross-entropy, to 1, absolute error, which wrong labels disturb least.

    Shapes:
        ``(batch,), (batch, classes) -> (batch,)``

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).tolist()
        [1.0]

    Reference:
        Zhang & Sabuncu, 2018, Generalized cross entropy loss for training deep neural networks with
        noisy labels, eq. 6.
    """
    labels, y_pred = index_pair("categorical_generalized_cross_entropy", y_true, y_pred)
    chosen = chosen_of(labels.astype(jnp.int32), y_pred)
    positive = chosen > 0  # at 0 the slope of a root is infinite
    return (1 - jnp.where(positive, jnp.power(jnp.where(positive, chosen, 1), q), 0)) / q


@LOSSES.add()
class CategoricalCrossentropy(AlongAxis):
    """Cross-entropy of one-hot labels: ``-Σ_c t_c log p_c``.

    Args:
        from_logits: whether y_pred holds logits; probabilities otherwise.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / classes``.
        axis: the axis of the classes.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.5], [1.0, 0.0]])), 4)
        0.3466
    """

    from_logits = field(False)
    label_smoothing = field(0.0, convert=number(0, 1))
    axis = field(-1, convert=integer())
    reduction, name, dtype = closing("categorical_crossentropy")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``categorical_crossentropy``."""
        if y_pred.shape[self.axis] == 1:
            warnings.warn(
                f"{self.name} (CategoricalCrossentropy): expected several classes; got y_pred of shape {y_pred.shape}, "
                "for which the loss is always 0. For one yes-or-no output use binary_crossentropy.",
                stacklevel=4,
            )
        return categorical_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


@LOSSES.add()
class SparseCategoricalCrossentropy(AlongAxis):
    """Cross-entropy of class indices: ``-log p_y``.

    Args:
        from_logits: whether y_pred holds logits; probabilities otherwise.
        ignore_class: an index that does not count, neither in the sum nor in the number of values; None for none.
        reduction: as for ``Loss``.
        axis: the axis of the classes.
        name, dtype: as for ``Loss``.

    Shapes:
        y_true ``(batch, …)`` or ``(batch, …, 1)``, y_pred ``(batch, …, classes)``.

    Example:
        >>> round(float(SparseCategoricalCrossentropy()([1, 0], [[0.5, 0.5], [1.0, 0.0]])), 4)
        0.3466
    """

    from_logits = field(False)
    ignore_class = field(None, convert=integer(optional=True))
    reduction = closing(None)[0]
    axis = field(-1, convert=integer())
    name, dtype = closing("sparse_categorical_crossentropy")[1:]
    takes_indices = True

    def counted(self, y_true: Any, values: Any) -> Any:
        """All but the ignored class."""
        return None if self.ignore_class is None else (y_true != self.ignore_class).reshape(values.shape)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``sparse_categorical_crossentropy``."""
        return sparse_categorical_crossentropy(y_true, y_pred, self.from_logits, self.ignore_class, self.axis)


@LOSSES.add()
class BinaryCrossentropy(AlongAxis):
    """Cross-entropy of yes-or-no labels: ``mean(-t log p - (1 - t) log(1 - p))``.

    Args:
        from_logits: whether y_pred holds logits; probabilities otherwise.
        label_smoothing: s in 0 to 1; the labels become ``t (1 - s) + s / 2``.
        axis: the axis of the mean.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, outputs)``; either may lack the last axis when that has length 1.

    Example:
        >>> round(float(BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]])), 4)
        0.6931
    """

    averages = True
    from_logits = field(False)
    label_smoothing = field(0.0, convert=number(0, 1))
    axis = field(-1, convert=integer())
    reduction, name, dtype = closing("binary_crossentropy")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``binary_crossentropy``."""
        return binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


@LOSSES.add()
class CategoricalGeneralizedCrossEntropy(Loss):
    """Between mean absolute error and cross-entropy, for labels that may be wrong: ``(1 - p_y^q) / q``.

    Args:
        q: from near 0, cross-entropy, to 1, absolute error, which wrong labels disturb least.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true ``(batch,)``, y_pred probabilities ``(batch, classes)``.

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0

    Reference:
        Zhang & Sabuncu, 2018, Generalized cross entropy loss for training deep neural networks with
        noisy labels, eq. 6.
    """

    rowwise = takes_indices = True
    q = field(0.5, convert=number(0, 1))
    reduction, name, dtype = closing("categorical_generalized_cross_entropy")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``categorical_generalized_cross_entropy``."""
        return categorical_generalized_cross_entropy(y_true, y_pred, self.q)
