"""Losses as metrics: the mean of what the loss function gives for each sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from hornbeam import losses
from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.losses.shapes import floats, same_rank
from hornbeam.metrics.accuracy import by_labels
from hornbeam.metrics.mean import Mean, MeanOf
from hornbeam.metrics.metric import METRICS, closing, weighed


class MeanOfLoss(MeanOf):
    """Base of metrics that are a loss function's mean; its own fields are the function's further arguments."""

    function: Callable[..., Any]

    def values(self, y_true: Any, y_pred: Any) -> Any:
        own = {name: getattr(self, name) for name in self._fields if name not in ("name", "dtype")}
        return type(self).function(y_true, y_pred, **own)


@METRICS.add("mse", "MSE")
class MeanSquaredError(MeanOfLoss):
    """Mean of ``(y_true - y_pred)²``.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = MeanSquaredError()
        >>> metric.update_state([[1.0]], [[3.0]])
        >>> float(metric.result())
        4.0
    """

    name, dtype = closing("mean_squared_error")
    function = losses.mean_squared_error


@METRICS.add("mae", "MAE")
class MeanAbsoluteError(MeanOfLoss):
    """Mean of ``|y_true - y_pred|``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("mean_absolute_error")
    function = losses.mean_absolute_error


@METRICS.add("mape", "MAPE")
class MeanAbsolutePercentageError(MeanOfLoss):
    """Mean of ``100 |y_true - y_pred| / |y_true|``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("mean_absolute_percentage_error")
    function = losses.mean_absolute_percentage_error


@METRICS.add("msle", "MSLE")
class MeanSquaredLogarithmicError(MeanOfLoss):
    """Mean of ``(log(1 + y_true) - log(1 + y_pred))²``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("mean_squared_logarithmic_error")
    function = losses.mean_squared_logarithmic_error


@METRICS.add("logcosh")
class LogCoshError(MeanOfLoss):
    """Mean of ``log cosh(y_pred - y_true)``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("logcosh")
    function = losses.log_cosh


@METRICS.add("rmse", "RMSE")
class RootMeanSquaredError(Mean):
    """``sqrt(mean((y_true - y_pred)²))`` over all samples seen.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = RootMeanSquaredError()
        >>> metric.update_state([[0.0], [0.0]], [[3.0], [1.0]])
        >>> round(float(metric.result()), 4)
        2.2361
    """

    name, dtype = closing("root_mean_squared_error")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        y_true, y_pred = same_rank(floats(y_true), floats(y_pred))
        super().update_state(jnp.square(y_pred - y_true), sample_weight)

    def result(self) -> Any:
        return jnp.sqrt(super().result())


@METRICS.add()
class CosineSimilarity(MeanOfLoss):
    """Mean cosine of the angle between target and prediction: 1 for the same direction, -1 for the opposite.

    Args:
        name: its name in the logs.
        dtype: float type.
        axis: the axis of the vectors.

    Differs:
        The loss of this name is minus this.
    """

    name, dtype = closing("cosine_similarity")
    axis = field(-1)

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


@METRICS.add()
class Hinge(MeanOfLoss):
    """Mean of ``max(1 - y_true y_pred, 0)`` for labels -1 and 1 (0 counts as -1).

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("hinge")
    function = losses.hinge


@METRICS.add()
class SquaredHinge(MeanOfLoss):
    """Mean of ``max(1 - y_true y_pred, 0)²``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("squared_hinge")
    function = losses.squared_hinge


@METRICS.add()
class CategoricalHinge(MeanOfLoss):
    """Mean of ``max(1 + largest wrong - right, 0)`` for one-hot labels.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("categorical_hinge")
    function = losses.categorical_hinge


@METRICS.add("kld", "KLD")
class KLDivergence(MeanOfLoss):
    """Mean of ``Σ y_true log(y_true / y_pred)``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("kl_divergence")
    function = losses.kl_divergence


@METRICS.add()
class Poisson(MeanOfLoss):
    """Mean of ``y_pred - y_true log(y_pred)``.

    Args:
        name: its name in the logs.
        dtype: float type.
    """

    name, dtype = closing("poisson")
    function = losses.poisson


@METRICS.add("bce", "BCE")
class BinaryCrossentropy(MeanOfLoss):
    """Mean cross-entropy of yes-or-no labels.

    Args:
        name: its name in the logs.
        dtype: float type.
        from_logits: whether predictions are logits.
        label_smoothing: s; the labels become ``t (1 - s) + s / 2``.
    """

    name, dtype = closing("binary_crossentropy")
    from_logits = field(False)
    label_smoothing = field(0, convert=number(0, 1))
    function = losses.binary_crossentropy


@METRICS.add()
class CategoricalCrossentropy(MeanOfLoss):
    """Mean cross-entropy of one-hot labels.

    Args:
        name: its name in the logs.
        dtype: float type.
        from_logits: whether predictions are logits.
        label_smoothing: s; the labels become ``t (1 - s) + s / classes``.
        axis: the axis of the classes.
    """

    name, dtype = closing("categorical_crossentropy")
    from_logits = field(False)
    label_smoothing = field(0, convert=number(0, 1))
    axis = field(-1)
    function = losses.categorical_crossentropy


@METRICS.add()
class SparseCategoricalCrossentropy(MeanOfLoss):
    """Mean cross-entropy of class numbers.

    Args:
        name: its name in the logs.
        dtype: float type.
        from_logits: whether predictions are logits.
        ignore_class: a class number whose samples count with value 0.
        axis: the axis of the classes.
    """

    name, dtype = closing("sparse_categorical_crossentropy")
    from_logits = field(False)
    ignore_class = field(None)
    axis = field(-1)
    function = losses.sparse_categorical_crossentropy

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        if self.ignore_class is not None and sample_weight is not None:
            # beside weights, samples of the ignored class weigh nothing; without, they count with value 0: as in Keras
            labels = jnp.asarray(y_true)
            labels = labels[..., 0] if labels.ndim == jnp.ndim(y_pred) and labels.shape[-1] == 1 else labels
            kept = (labels != self.ignore_class).astype(self.float)
            sample_weight = weighed(sample_weight, kept, self.float) * kept
        super().update_state(y_true, y_pred, sample_weight)


def resolve_crossentropy(y_true_shape: Any, y_pred_shape: Any) -> type[MeanOf]:
    """The class that ``"crossentropy"`` means for targets and predictions of these shapes."""
    kinds = BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
    return by_labels(y_true_shape, y_pred_shape, *kinds)
