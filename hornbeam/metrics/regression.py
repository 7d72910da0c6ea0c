"""How much of the targets' variation the predictions explain, and correlations."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import integer, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ShapeError
from hornbeam.core.symbolic import recordable
from hornbeam.losses.shapes import pair
from hornbeam.metrics.mean import MeanOf
from hornbeam.metrics.metric import METRICS, Metric, closing
from hornbeam.metrics.rows import lined_up, quotient


@METRICS.add()
class R2Score(Metric):
    """Coefficient of determination: ``1 - Σ (y_true - y_pred)² / Σ (y_true - mean(y_true))²``.

    Args:
        class_aggregation: how the scores of several outputs become one: ``"uniform_average"``, their mean,
            ``"variance_weighted_average"``, weighted by the targets' variation; None leaves one score an output.
        num_regressors: number p of inputs of the model; above 0 the score is adjusted,
            ``1 - (1 - R²)(n - 1) / (n - p - 1)`` with n entries of targets seen.
        name, dtype: as for ``Metric``.

    Shapes:
        y_true and y_pred ``(batch, outputs)`` or ``(batch,)``; the result is ``()``, or ``(outputs,)``.

    Example:
        >>> metric = R2Score()
        >>> metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
        >>> round(float(metric.result()), 4)
        0.5714
    """

    class_aggregation = field("uniform_average", convert=one_of("uniform_average", "variance_weighted_average", None))
    num_regressors = field(0, convert=integer(0))
    name, dtype = closing("r2_score")

    def _start(self) -> None:
        # the adjustment counts samples whatever their weight, padding too
        self.rowwise = self.num_regressors == 0
        self.num_samples = self.add_weight(name="num_samples")

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the sums, one an output."""
        if len(self.variables) > 1:
            return
        outputs = (y_pred_shape[-1] if len(y_pred_shape) > 1 else 1,)
        self.sum = self.add_weight(shape=outputs, name="sum")
        self.squared_sum = self.add_weight(shape=outputs, name="squared_sum")
        self.total_mse = self.add_weight(shape=outputs, name="residual")
        self.count = self.add_weight(shape=outputs, name="count")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds the samples of a batch.

        Args:
            y_true: targets.
            y_pred: predictions.
            sample_weight: weights of the samples.
        """
        y_true, y_pred, weight = lined_up(self.where, y_true, y_pred, sample_weight, self.float)
        if y_true.ndim == 1:
            y_true, y_pred, weight = y_true[:, None], y_pred[:, None], weight[:, None]
        if y_true.ndim != 2:
            raise ShapeError(f"{self.where}, y_pred", "an array of shape (batch, outputs)", y_pred.shape, "Reshape it.")
        self.build(y_true.shape, y_pred.shape)
        self.num_samples.assign_add(y_true.size)  # Keras counts entries, not rows
        self.sum.assign_add(jnp.sum(weight * y_true, axis=0))
        self.squared_sum.assign_add(jnp.sum(weight * y_true * y_true, axis=0))
        self.total_mse.assign_add(jnp.sum(weight * jnp.square(y_true - y_pred), axis=0))
        self.count.assign_add(jnp.sum(weight, axis=0))

    def result(self) -> Any:
        """The score."""
        if len(self.variables) == 1:
            return jnp.zeros((), self.float)
        total = jnp.asarray(self.squared_sum.value) - quotient(
            jnp.square(self.sum.value), jnp.asarray(self.count.value)
        )
        scores = jnp.where(total == 0, 0, 1 - jnp.asarray(self.total_mse.value) / jnp.where(total == 0, 1, total))
        if self.class_aggregation == "uniform_average":
            scores = jnp.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = quotient(jnp.sum(total * scores), jnp.sum(total))
        if not self.num_regressors:
            return scores
        samples = jnp.asarray(self.num_samples.value)
        free = samples - self.num_regressors - 1  # with none left the score stays as it is
        return jnp.where(free > 0, 1 - (1 - scores) * (samples - 1) / jnp.where(free > 0, free, 1), scores)


def _centred(where: str, y_true: Any, y_pred: Any, axis: int) -> tuple[Any, Any, Any]:
    """Both minus their means, and the difference of the means."""
    y_true, y_pred = pair(where, y_true, y_pred)
    mean_true, mean_pred = (jnp.mean(y, axis=axis, keepdims=True) for y in (y_true, y_pred))
    return y_true - mean_true, y_pred - mean_pred, jnp.squeeze(mean_true - mean_pred, axis)


@METRICS.add()
@recordable
def pearson_correlation(y_true, y_pred, axis=-1):
    """Pearson's correlation: ``cov(y_true, y_pred) / (std(y_true) std(y_pred))``, from -1 to 1.

    Args:
        y_true: targets.
        y_pred: predictions.
        axis: the axis along which the numbers vary.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> round(float(pearson_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]])[0]), 4)
        1.0
    """
    y_true, y_pred, _ = _centred("pearson_correlation", y_true, y_pred, axis)
    lengths = jnp.sqrt(jnp.mean(y_true**2, axis=axis)) * jnp.sqrt(jnp.mean(y_pred**2, axis=axis))
    return jnp.mean(y_true * y_pred, axis=axis) / jnp.maximum(lengths, epsilon() ** 2)


@METRICS.add()
@recordable
def concordance_correlation(y_true, y_pred, axis=-1):
    """Agreement of two sets of numbers: ``2 cov / (var(y_true) + var(y_pred) + (mean(y_true) - mean(y_pred))²)``.

    1 only when they are equal, where Pearson's correlation is 1 for any rising straight line.

    Args:
        y_true: targets.
        y_pred: predictions.
        axis: the axis along which the numbers vary.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> round(float(concordance_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]])[0]), 4)
        0.9756

    Reference:
        Lin, 1989, A concordance correlation coefficient to evaluate reproducibility.
    """
    y_true, y_pred, gap = _centred("concordance_correlation", y_true, y_pred, axis)
    spread = jnp.mean(y_true**2, axis=axis) + jnp.mean(y_pred**2, axis=axis) + jnp.square(gap)
    return 2 * jnp.mean(y_true * y_pred, axis=axis) / (spread + epsilon())


class _Correlation(MeanOf):
    axis: Any = -1

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = self.axis != 0


@METRICS.add()
class PearsonCorrelation(_Correlation):
    """Mean of Pearson's correlations: ``cov(y_true, y_pred) / (std(y_true) std(y_pred))``.

    Args:
        name, dtype: as for ``Metric``.
        axis: the axis along which the numbers vary.

    Shapes:
        y_true and y_pred ``(batch, …, features)``; the result is ``()``.

    Example:
        >>> metric = PearsonCorrelation()
        >>> metric.update_state([[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]])
        >>> round(float(metric.result()), 4)
        0.9967
    """

    name, dtype = closing("pearson_correlation")
    axis = field(-1, convert=integer())

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """``pearson_correlation``."""
        return pearson_correlation(y_true, y_pred, self.axis)


@METRICS.add()
class ConcordanceCorrelation(_Correlation):
    """Mean of concordance correlations: ``2 cov / (var(y_true) + var(y_pred) + (mean(y_true) - mean(y_pred))²)``.

    Args:
        name, dtype: as for ``Metric``.
        axis: the axis along which the numbers vary.

    Shapes:
        y_true and y_pred ``(batch, …, features)``; the result is ``()``.

    Example:
        >>> metric = ConcordanceCorrelation()
        >>> metric.update_state([[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]])
        >>> round(float(metric.result()), 4)
        0.9816

    Reference:
        Lin, 1989, A concordance correlation coefficient to evaluate reproducibility.
    """

    name, dtype = closing("concordance_correlation")
    axis = field(-1, convert=integer())

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """``concordance_correlation``."""
        return concordance_correlation(y_true, y_pred, self.axis)
