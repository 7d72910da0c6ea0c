"""What y_true and y_pred must look like beside each other, checked when a program is traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core import frame
from hornbeam.core.dtypes import floatx, numpy_dtype
from hornbeam.core.errors import ShapeError

KINDS = ("softmax", "sigmoid")


def floats(x: Any) -> jax.Array:
    """As an array of floats; integers and booleans become ``floatx()``."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(numpy_dtype(floatx()))


def whole(labels: Any) -> jax.Array:
    """As an array of integers: class labels may arrive as floats."""
    labels = jnp.asarray(labels)
    return labels if jnp.issubdtype(labels.dtype, jnp.integer) else labels.astype(jnp.int32)


def truth(mask: Any) -> jax.Array:
    """A mask of booleans or of zeros and ones, as booleans."""
    mask = jnp.asarray(mask)
    return mask if mask.dtype == bool else mask != 0


def one_hot(labels: jax.Array, classes: int) -> jax.Array:
    """True where the class is the label, ``(…) -> (…, classes)``: a comparison, which fuses with what follows."""
    return labels[..., None] == lax.broadcasted_iota(labels.dtype, (*labels.shape, classes), labels.ndim)


def logits_of(y_pred: Any, kind: str) -> Any:
    """What softmax or sigmoid was applied to when it gave ``y_pred``; None when nobody noted it."""
    active = frame.current()
    return None if active is None else active.logits_of(y_pred, kind)


def changed(y_pred: Any, change: Callable[[Any], Any]) -> Any:
    """``change(y_pred)``, which keeps the note of its logits: they are changed likewise."""
    result, active = change(y_pred), frame.current()
    if active is not None and result is not y_pred:
        for kind in KINDS:
            logits = active.logits_of(y_pred, kind)
            if logits is not None:
                active.set_logits(result, change(logits), kind)
    return result


def predictions(y_pred: Any) -> jax.Array:
    """As an array of floats; an array of floats stays the very object, under which the frame knows its logits."""
    return changed(y_pred, floats) if isinstance(y_pred, jax.Array) else floats(y_pred)


def same_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """The pair with equally many axes, where one of them has a last axis of length 1 too many or too few.

    Shapes:
        ``(batch,), (batch, 1) -> (batch, 1), (batch, 1)`` and the reverse;
        ``(batch, time), (batch, time, 1) -> (batch, time), (batch, time)`` and the reverse.
    """
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        if y_true.ndim == 1:
            return y_true[:, None], y_pred
        return y_true, changed(y_pred, lambda array: array[..., 0])
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        if y_pred.ndim == 1:
            return y_true, changed(y_pred, lambda array: array[:, None])
        return y_true[..., 0], y_pred
    return y_true, y_pred


def pair(where: str, y_true: Any, y_pred: Any, stretch: bool = True) -> tuple[jax.Array, Any]:
    """Both as floats of one type and one shape, for losses that compare entry by entry.

    Args:
        where: name of the loss, for the error.
        y_true: targets.
        y_pred: predictions; the very object comes back where nothing has to change.
        stretch: whether an axis of length 1 may stand for any length, as in NumPy.

    Raises:
        ShapeError: the shapes do not fit.
    """
    y_pred = predictions(y_pred)
    y_true, y_pred = same_rank(jnp.asarray(y_true, y_pred.dtype), y_pred)
    axes = zip(y_true.shape, y_pred.shape, strict=False)
    fits = y_true.ndim == y_pred.ndim and all(t == p or (stretch and 1 in (t, p)) for t, p in axes)
    if not fits:
        units = f"give the last layer {y_true.shape[-1]} units" if y_true.ndim > 1 else "give the last layer 1 unit"
        raise ShapeError(
            f"{where}, y_true",
            f"y_pred's shape {y_pred.shape}",
            y_true.shape,
            f"Shape the labels like the predictions, or {units}.",
        )
    return y_true, y_pred


def one_hot_pair(where: str, y_true: Any, y_pred: Any, axis: int) -> tuple[jax.Array, Any]:
    """``pair`` for losses over classes, whose labels are one number a class."""
    y_true, y_pred = jnp.asarray(y_true), predictions(y_pred)
    true_shape, shape = y_true.shape, y_pred.shape
    if len(shape) > 1 and shape[-1] != 1 and true_shape in (shape[:-1], (*shape[:-1], 1)):
        raise ShapeError(
            f"{where}, y_true",
            f"one number for each of the {shape[axis]} classes, shape {shape}",
            f"{true_shape}, which looks like class indices",
            f"Use to_categorical(y, {shape[axis]}), or the loss sparse_categorical_crossentropy.",
        )
    return pair(where, y_true, y_pred, stretch=False)


def index_pair(where: str, y_true: Any, y_pred: Any, axis: int = -1) -> tuple[jax.Array, Any]:
    """Class indices without a last axis of length 1, and predictions with the classes' axis last."""
    y_pred = predictions(y_pred)
    labels, last = whole(y_true), axis % y_pred.ndim == y_pred.ndim - 1
    if not last:
        y_pred = jnp.moveaxis(y_pred, axis, -1)
    if labels.ndim == y_pred.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.shape != y_pred.shape[:-1]:
        spread = labels.shape == y_pred.shape
        raise ShapeError(
            f"{where}, y_true",
            f"one class index a prediction, shape {y_pred.shape[:-1]}",
            f"{labels.shape}, which looks one-hot" if spread else labels.shape,
            "Use categorical_crossentropy, or y.argmax(-1)."
            if spread
            else f"Give the labels the shape of the predictions {y_pred.shape} without the classes' axis.",
        )
    return labels, y_pred
