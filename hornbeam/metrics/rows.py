"""Targets, predictions and weights side by side, with rows of weight 0 made harmless."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.errors import ShapeError
from hornbeam.losses.shapes import floats, same_rank
from hornbeam.metrics.metric import weighed


def lined_up(where: str, y_true: Any, y_pred: Any, weight: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Three arrays of one shape and float type; where the weight is 0, the other two are 0 too.

    Args:
        where: the metric, for the error.
        y_true: targets.
        y_pred: predictions.
        weight: weights of the leading axes; None for ones.
        dtype: the float type.

    Raises:
        ShapeError: targets and predictions have different shapes.
    """
    y_true, y_pred = same_rank(floats(y_true).astype(dtype), floats(y_pred).astype(dtype))
    if y_true.shape != y_pred.shape:
        raise ShapeError(
            f"{where}, y_true", f"y_pred's shape {y_pred.shape}", y_true.shape, "Shape the labels like the predictions."
        )
    if weight is None:
        return y_true, y_pred, jnp.ones(y_true.shape, dtype)
    weight = weighed(weight, y_true, dtype)
    # chosen before anything is computed: 0 · NaN is NaN, and a class index of garbage lies anywhere
    return jnp.where(weight == 0, 0, y_true), jnp.where(weight == 0, 0, y_pred), weight


def quotient(above: Any, below: Any) -> Any:
    """``above / below``, 0 where ``below`` is 0."""
    return jnp.where(below == 0, 0, above / jnp.where(below == 0, 1, below))
