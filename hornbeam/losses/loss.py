"""Loss: values for samples from ``call``, and the one number that training makes small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.checks import one_of
from hornbeam.core.config import Spec, field, own_fields_first
from hornbeam.core.dtypes import as_policy, floatx, numpy_dtype
from hornbeam.core.naming import unique_name
from hornbeam.core.registry import Registry
from hornbeam.core.symbolic import first_symbolic
from hornbeam.losses.reduction import REDUCTIONS, reduced
from hornbeam.losses.shapes import changed, whole

LOSSES = Registry("loss", "keras.losses")


def _dtype(value: Any) -> str | None:
    return None if value is None else as_policy(value).compute_dtype


class Loss(Spec):
    """Base of losses. A loss of your own is a subclass with a ``call``, or a plain function of ``(y_true, y_pred)``.

    ``loss(y_true, y_pred) = reduction(sample_weight * call(y_true, y_pred))``

    Args:
        name: shown in messages and files; None makes one from the class.
        reduction: how values become one number. ``"sum_over_batch_size"`` and ``"mean"`` divide the weighted sum by
            the number of values, ``"sum"`` does not divide, ``"mean_with_sample_weight"`` divides by the sum of the
            weights, ``"none"`` and None leave the weighted values.
        dtype: float type to compute in; None means ``floatx()``.

    Shapes:
        y_true, y_pred ``(batch, …)``; ``call`` gives ``(batch,)`` or ``(batch, time)``; a call gives ``()``.

    Example:
        >>> class Pinball(Loss):
        ...     quantile = field(0.9)
        ...     def call(self, y_true, y_pred):
        ...         over = y_true - y_pred
        ...         return jnp.mean(jnp.maximum(self.quantile * over, (self.quantile - 1) * over), axis=-1)
        >>> round(float(Pinball(0.5)([[1.0], [2.0]], [[1.0], [4.0]])), 3)
        0.5
    """

    name = field(None, key=False)
    reduction = field("sum_over_batch_size", convert=one_of(*REDUCTIONS))
    dtype = field(None, convert=_dtype)

    # whether the value of a row depends on that row alone, so that rows can be added under a mask of zeros
    rowwise = False
    # whether the labels are class indices, which stay integers
    takes_indices = False
    # whether the value of a row is the mean over its last axis; a vector of predictions then counts as a column
    averages = False
    # what stands in for a prediction under a zero mask: a number where the loss and its slope are finite
    harmless = 0.5

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        own_fields_first(cls)

    def _ready(self) -> None:
        self.name = self.name or unique_name(type(self).__name__)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values, one for each sample, or for each of its steps or pixels."""
        raise NotImplementedError(f"{type(self).__name__}: write call(self, y_true, y_pred).")

    def counted(self, y_true: Any, values: Any) -> Any:
        """Which values count in the mean, for losses that leave some out; None for all."""
        return None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None) -> Any:
        """The reduced loss.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: weights of the values' leading axes.
            mask: 1 for what counts and 0 for what is absent, of the values' leading axes. What lies under a zero may be
                anything: it changes neither value nor gradient.
        """
        symbolic = first_symbolic([y_true, y_pred])
        if symbolic is not None:
            return symbolic.record(self, (y_true, y_pred), {})
        dtype = numpy_dtype(self.dtype or floatx())
        mask = _both(mask, y_pred)
        y_true = jax.tree.map(whole if self.takes_indices else lambda leaf: jnp.asarray(leaf, dtype), y_true)
        y_pred = jax.tree.map(lambda leaf: changed(leaf, lambda array: jnp.asarray(array, dtype)), y_pred)
        weight = None if sample_weight is None else jnp.asarray(sample_weight, dtype)
        return self._reduce(y_true, y_pred, weight, mask, dtype)

    def _reduce(self, y_true: Any, y_pred: Any, weight: Any, mask: Any, dtype: Any) -> Any:
        reduction = self.reduction
        if self.averages and (mask is not None or weight is not None):
            if y_pred.ndim == 1 and weight is None:
                reduction = "mean"  # as without a mask, where the mean over the last axis is the value
            y_true, y_pred = _per_entry(y_true, y_pred, mask)
        if mask is not None:
            y_true = jax.tree.map(lambda leaf: _hidden(leaf, mask, 0), y_true)
            y_pred = jax.tree.map(lambda leaf: changed(leaf, lambda x: _hidden(x, mask, self.harmless)), y_pred)
        values = jnp.asarray(self._values(y_true, y_pred, mask), dtype)
        counted = self.counted(y_true, values)
        if counted is not None:
            mask = counted if mask is None else counted & (mask != 0).reshape(
                mask.shape + (1,) * (counted.ndim - mask.ndim)
            )
        return reduced(values, reduction, weight, mask)

    def _values(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        """``call``; losses that compare rows with each other look at the mask too."""
        return self.call(y_true, y_pred)


def _both(mask: Any, y_pred: Any) -> Any:
    """The caller's mask and that of the layer which made the predictions, where either may be absent."""
    active = frame.current()
    noted = None if active is None else active.mask_of(y_pred)
    if mask is None or noted is None:
        return None if mask is noted is None else jnp.asarray(noted if mask is None else mask)
    mask, noted = jnp.asarray(mask) != 0, jnp.asarray(noted) != 0
    axes = max(mask.ndim, noted.ndim)
    return mask.reshape(mask.shape + (1,) * (axes - mask.ndim)) & noted.reshape(noted.shape + (1,) * (axes - noted.ndim))


def _per_entry(y_true: Any, y_pred: Any, mask: Any) -> tuple[Any, Any]:
    """A pair whose last axis is not one that the weights or the mask run along."""
    axes = max(y_true.ndim, y_pred.ndim, 1 + (1 if mask is None else mask.ndim))
    short = min(y_true.ndim, y_pred.ndim)
    if short == axes or short < axes - 1:
        return y_true, y_pred
    widen = lambda x: x if x.ndim == axes else x[..., None]  # noqa: E731
    return (widen(y_true), changed(y_pred, widen)) if _columns(y_true, y_pred, axes) else (y_true, y_pred)


def _columns(y_true: Any, y_pred: Any, axes: int) -> bool:
    return all(array.ndim == axes - 1 or array.shape[-1] == 1 for array in (y_true, y_pred))


def _hidden(array: Any, mask: Any, harmless: float) -> Any:
    """The array with a harmless number wherever the mask is zero.

    Not after but before the loss: a NaN that ``where`` drops from the values would come back in the gradient, 0 · NaN.
    """
    if array.shape[: mask.ndim] != mask.shape:
        return array
    return jnp.where((mask != 0).reshape(mask.shape + (1,) * (array.ndim - mask.ndim)), array, harmless)
