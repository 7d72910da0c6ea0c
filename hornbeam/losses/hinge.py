"""Losses of maximum-margin classifiers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, Loss, closing
from hornbeam.losses.regression import Averaged
from hornbeam.losses.shapes import pair


def _signs(y_true: jax.Array) -> jax.Array:
    """Labels -1 and 1; where all are 0 or 1 they are taken as 0 for no and 1 for yes."""
    return jnp.where(jnp.all((y_true == 0) | (y_true == 1)), 2 * y_true - 1, y_true)


@LOSSES.add()
@recordable
def hinge(y_true, y_pred):
    """Hinge loss: ``mean(max(1 - y_true · y_pred, 0))`` over the last axis.

    Args:
        y_true: labels -1 and 1, or 0 and 1.
        y_pred: scores without bound.

    Shapes:
        ``(batch, …, outputs), (batch, …, outputs) -> (batch, …)``

    Example:
        >>> hinge([[-1.0, 1.0]], [[-2.0, 0.5]]).tolist()
        [0.25]
    """
    y_true, y_pred = pair("hinge", y_true, y_pred)
    return jnp.mean(jnp.maximum(1 - _signs(y_true) * y_pred, 0), axis=-1)


@LOSSES.add()
@recordable
def squared_hinge(y_true, y_pred):
    """Squared hinge loss: ``mean(max(1 - y_true · y_pred, 0)²)`` over the last axis.

    Args:
        y_true: labels -1 and 1, or 0 and 1.
        y_pred: scores without bound.

    Shapes:
        ``(batch, …, outputs), (batch, …, outputs) -> (batch, …)``

    Example:
        >>> squared_hinge([[-1.0, 1.0]], [[-2.0, 0.5]]).tolist()
        [0.125]
    """
    y_true, y_pred = pair("squared_hinge", y_true, y_pred)
    return jnp.mean(jnp.square(jnp.maximum(1 - _signs(y_true) * y_pred, 0)), axis=-1)


@LOSSES.add()
@recordable
def categorical_hinge(y_true, y_pred):
    """Categorical hinge loss: ``max(1 + max_c (1 - t_c) p_c - Σ_c t_c p_c, 0)``.

    Args:
        y_true: one-hot labels t.
        y_pred: scores p.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.5, 0.25]]).tolist()
        [1.25]
    """
    y_true, y_pred = pair("categorical_hinge", y_true, y_pred)
    right = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong - right + 1, 0)


@LOSSES.add()
class Hinge(Averaged):
    """Hinge loss: ``mean(max(1 - y_true · y_pred, 0))`` with labels -1 and 1, or 0 and 1.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, outputs)``.

    Example:
        >>> float(Hinge()([[-1.0, 1.0]], [[-2.0, 0.5]]))
        0.25
    """

    reduction, name, dtype = closing("hinge")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``hinge``."""
        return hinge(y_true, y_pred)


@LOSSES.add()
class SquaredHinge(Averaged):
    """Squared hinge loss: ``mean(max(1 - y_true · y_pred, 0)²)`` with labels -1 and 1, or 0 and 1.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, outputs)``.

    Example:
        >>> float(SquaredHinge()([[-1.0, 1.0]], [[-2.0, 0.5]]))
        0.125
    """

    reduction, name, dtype = closing("squared_hinge")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``squared_hinge``."""
        return squared_hinge(y_true, y_pred)


@LOSSES.add()
class CategoricalHinge(Loss):
    """Categorical hinge loss: ``max(1 + max_c (1 - t_c) p_c - Σ_c t_c p_c, 0)`` with one-hot labels t.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.25]]))
        1.25
    """

    rowwise = True
    reduction, name, dtype = closing("categorical_hinge")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``categorical_hinge``."""
        return categorical_hinge(y_true, y_pred)
