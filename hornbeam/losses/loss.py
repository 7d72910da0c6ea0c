"""Loss: values for samples from ``call``, and the one number that training makes small."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import frame
from hornbeam.core.checks import one_of
from hornbeam.core.config import Spec, field, own_fields_first, resolve
from hornbeam.core.dtypes import as_policy, floatx, numpy_dtype
from hornbeam.core.naming import unique_name
from hornbeam.core.registry import Registry, snake_case
from hornbeam.core.symbolic import first_symbolic
from hornbeam.losses.reduction import REDUCTIONS, reduced
from hornbeam.losses.shapes import changed, same_rank, truth, whole

LOSSES = Registry("loss", "keras.losses")


def _dtype(value: Any) -> str | None:
    return None if value is None else as_policy(value).compute_dtype


def closing(name: str | None) -> tuple[Any, Any, Any]:
    """The fields that end the constructor of a built-in loss: reduction, name, dtype."""
    return (
        field("sum_over_batch_size", convert=one_of(*REDUCTIONS)),
        field(name, key=False),
        field(None, convert=_dtype),
    )


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
    reduction, dtype = closing(None)[::2]

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
            return symbolic.record(self, (y_true, y_pred, sample_weight, mask), {})
        dtype = numpy_dtype(self.dtype or floatx())
        mask = _both(mask, y_pred)
        weight = None if sample_weight is None else jnp.asarray(sample_weight, dtype)
        y_true = _each(y_true, whole if self.takes_indices else lambda array: jnp.asarray(array, dtype))
        y_pred = _each(y_pred, lambda array: changed(array, lambda x: jnp.asarray(x, dtype)))
        return self._reduce(y_true, y_pred, weight, mask, dtype)

    def _reduce(self, y_true: Any, y_pred: Any, weight: Any, mask: Any, dtype: Any) -> Any:
        reduction = self.reduction
        if self.averages and (mask is not None or weight is not None):
            if y_true.ndim == y_pred.ndim == 1 and weight is None:
                reduction = "mean"  # the mean over the last axis, which is the value where no mask is given
            y_true, y_pred = _spaced(y_true, y_pred, weight, mask)
        if mask is not None:
            y_true = _each(y_true, lambda array: _hidden(array, mask, 0))
            y_pred = _each(y_pred, lambda array: changed(array, lambda x: _hidden(x, mask, self.harmless)))
        values = jnp.asarray(self._values(y_true, y_pred, mask), dtype)
        counted = self.counted(y_true, values)
        mask = counted if mask is None else mask if counted is None else _joined(mask, counted)
        return reduced(values, reduction, weight, mask)

    def _values(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        """``call``; a loss that compares rows with each other looks at the mask too."""
        return self.call(y_true, y_pred)


class AlongAxis(Loss):
    """Base of losses whose mean or sum runs along ``axis``; where that is the batch, a row's value is not its own."""

    rowwise = True
    axis: Any

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = self.axis != 0
        self.averages = self.averages and self.axis == -1


class FunctionLoss(Loss):
    """The loss that a plain function of ``(y_true, y_pred)`` describes; ``compile`` makes it from such a function.

    Args:
        fn: gives one value a sample, or the name of a built-in function that does.
        kwargs: further arguments of ``fn``, a dict.
        reduction, name, dtype: as for ``Loss``; the name is the function's when None.

    Example:
        >>> def cubed(y_true, y_pred):
        ...     return jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)
        >>> float(FunctionLoss(cubed)([[1.0, 1.0]], [[3.0, 1.0]]))
        4.0
    """

    fn = field(convert=lambda fn: LOSSES.get(fn) if isinstance(fn, str) else fn)
    kwargs = field(None)
    reduction, name, dtype = closing(None)

    def _ready(self) -> None:
        self.name = self.name or getattr(self.fn, "__name__", type(self.fn).__name__)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """What the function gives, after ``(batch,)`` and ``(batch, 1)`` were made alike."""
        if isinstance(y_true, jax.Array) and isinstance(y_pred, jax.Array):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **(self.kwargs or {}))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FunctionLoss:
        """Reads Keras's layout too, where the function's arguments stand among the others."""
        known = {name: value for name, value in config.items() if name in cls._fields}
        more = {name: value for name, value in config.items() if name not in cls._fields}
        return super().from_config({**known, "kwargs": {**(known.get("kwargs") or {}), **more} or None})


LOSSES.add("LossFunctionWrapper")(FunctionLoss)
LOSSES.add()(Loss)


def as_loss(identifier: Any) -> Loss | None:
    """The ``Loss`` object for whatever ``compile`` accepts: a name, function, class, instance, config or None.

    A built-in function gives its class, so that ``"mse"`` and ``MeanSquaredError()`` train with one program.

    Example:
        >>> as_loss(lambda y_true, y_pred: y_pred[:, 0]).reduction
        'sum_over_batch_size'
    """
    found = resolve(identifier, LOSSES)
    if found is None or isinstance(found, Loss):
        return found
    if LOSSES.holds(found):
        return next(
            cls for cls in LOSSES.values() if isinstance(cls, type) and snake_case(cls.__name__) == found.__name__
        )()
    return FunctionLoss(found)


def _each(y: Any, change: Callable[[Any], Any]) -> Any:
    """``change`` of an array, or of each array in a dict or a list of arrays; a list of numbers is an array."""
    if isinstance(y, dict):
        return {name: _each(item, change) for name, item in y.items()}
    if (
        isinstance(y, (list, tuple))
        and y
        and all(isinstance(item, (np.ndarray, jax.Array)) and item.ndim for item in y)
    ):
        return type(y)(_each(item, change) for item in y)
    return change(y)


def _both(mask: Any, y_pred: Any) -> Any:
    """The caller's mask and that of the layer which made the predictions, where either may be absent."""
    active = frame.current()
    noted = None if active is None else active.mask_of(y_pred)
    masks = [truth(each) for each in (mask, noted) if each is not None]
    return None if not masks else masks[0] if len(masks) == 1 else _joined(*masks)


def _joined(first: jax.Array, second: jax.Array) -> jax.Array:
    """Where both masks hold; a shorter one speaks of the leading axes."""
    axes = max(first.ndim, second.ndim)
    return _widened(first, axes) & _widened(second, axes)


def _widened(array: jax.Array, axes: int) -> jax.Array:
    return array.reshape(array.shape + (1,) * (axes - array.ndim))


def _spaced(y_true: Any, y_pred: Any, weight: Any, mask: Any) -> tuple[Any, Any]:
    """The pair with a last axis to average over, apart from the axes that the weights and the mask run along.

    Shapes:
        ``(batch,)`` and weights ``(batch,)``: ``-> (batch, 1)``;
        ``(batch, time)`` and a mask ``(batch, time)``: ``-> (batch, time, 1)``.

    Differs:
        Keras takes the mean of all rows first and multiplies it by the mean weight, or fails on the shapes.
    """
    taken = max(_length(other.shape) for other in (weight, mask) if other is not None)
    widen = lambda array: array[..., None] if array.ndim == taken else array  # noqa: E731
    return widen(y_true), changed(y_pred, widen)


def _length(shape: tuple[int, ...]) -> int:
    """How many axes there are without the trailing ones of length 1 that came of ``x[:, None]``."""
    return len(shape) - 1 if len(shape) > 1 and shape[-1] == 1 else len(shape)


def _hidden(array: Any, mask: Any, harmless: float) -> Any:
    """The array with a harmless number wherever the mask does not hold.

    Before the loss and not only after it: a NaN that ``where`` keeps out of the values comes back in the gradient, as
    0 · NaN.
    """
    if array.shape[: mask.ndim] != mask.shape:
        return array
    return jnp.where(_widened(mask, array.ndim), array, jnp.asarray(harmless, array.dtype))
