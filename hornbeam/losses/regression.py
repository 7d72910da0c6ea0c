"""Losses for numbers: how far a prediction is from its target."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, AlongAxis, Loss, closing
from hornbeam.losses.shapes import pair


@LOSSES.add("mse", "MSE")
@recordable
def mean_squared_error(y_true, y_pred):
    """Mean squared error: ``mean((y_true - y_pred)²)`` over the last axis.

    Args:
        y_true: targets.
        y_pred: predictions.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> mean_squared_error([[0.0, 1.0], [2.0, 3.0]], [[0.0, 2.0], [4.0, 3.0]]).tolist()
        [0.5, 2.0]
    """
    y_true, y_pred = pair("mean_squared_error", y_true, y_pred)
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


@LOSSES.add("mae", "MAE")
@recordable
def mean_absolute_error(y_true, y_pred):
    """Mean absolute error: ``mean(|y_true - y_pred|)`` over the last axis.

    Args:
        y_true: targets.
        y_pred: predictions.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> mean_absolute_error([[0.0, 1.0], [2.0, 3.0]], [[0.0, 2.0], [4.0, 3.0]]).tolist()
        [0.5, 1.0]
    """
    y_true, y_pred = pair("mean_absolute_error", y_true, y_pred)
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


@LOSSES.add("mape", "MAPE")
@recordable
def mean_absolute_percentage_error(y_true, y_pred):
    """Mean absolute error in per cent of the target: ``100 · mean(|y_true - y_pred| / max(|y_true|, ε))``.

    Args:
        y_true: targets, away from 0: a target of 0 counts as ε = 1e-7 and outweighs all others.
        y_pred: predictions.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).tolist()
        [25.0]
    """
    y_true, y_pred = pair("mean_absolute_percentage_error", y_true, y_pred)
    return 100 * jnp.mean(jnp.abs((y_true - y_pred) / jnp.maximum(jnp.abs(y_true), epsilon())), axis=-1)


@LOSSES.add("msle", "MSLE")
@recordable
def mean_squared_logarithmic_error(y_true, y_pred):
    """Mean squared error of logarithms: ``mean((log(1 + y_true) - log(1 + y_pred))²)``.

    Args:
        y_true: targets, at least 0; what is below ε = 1e-7 counts as ε.
        y_pred: predictions, likewise.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> round(float(mean_squared_logarithmic_error([[0.0]], [[1.0]])[0]), 4)  # log(2)²
        0.4805
    """
    y_true, y_pred = pair("mean_squared_logarithmic_error", y_true, y_pred)
    logarithm = lambda x: jnp.log(jnp.maximum(x, epsilon()) + 1)  # noqa: E731
    return jnp.mean(jnp.square(logarithm(y_true) - logarithm(y_pred)), axis=-1)


@LOSSES.add()
@recordable
def huber(y_true, y_pred, delta=1.0):
    """Squared near the target, straight far from it: outliers pull with bounded force.

    With ``e = y_true - y_pred``: ``mean(e²/2 where |e| ≤ δ, else δ |e| - δ²/2)``.

    Args:
        y_true: targets.
        y_pred: predictions.
        delta: distance δ at which the parabola becomes a line.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).tolist()  # (0.5 + 2.5) / 2
        [1.5]

    Reference:
        Huber, 1964, Robust estimation of a location parameter.
    """
    y_true, y_pred = pair("huber", y_true, y_pred)
    distance = jnp.abs(y_true - y_pred)
    return jnp.mean(
        jnp.where(distance <= delta, 0.5 * jnp.square(distance), delta * distance - 0.5 * delta * delta), axis=-1
    )


@LOSSES.add("logcosh")
@recordable
def log_cosh(y_true, y_pred):
    """Logarithm of the hyperbolic cosine of the error: ``mean(log(cosh(y_pred - y_true)))``.

    About e²/2 for small errors e and |e| - log 2 for large ones.

    Args:
        y_true: targets.
        y_pred: predictions.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> round(float(log_cosh([[0.0]], [[1.0]])[0]), 4)
        0.4338
    """
    y_true, y_pred = pair("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    # cosh itself overflows beyond 89: log cosh e = e + log(1 + exp(-2e)) - log 2
    return jnp.mean(error + jax.nn.softplus(-2 * error) - jnp.log(2.0).astype(error.dtype), axis=-1)


@LOSSES.add()
@recordable
def cosine_similarity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle: ``-Σ t p / (‖t‖ ‖p‖)``; -1 for equal directions, 1 for opposite ones.

    Args:
        y_true: targets.
        y_pred: predictions. A vector of zeros has similarity 0 to everything.
        axis: the axis along which the vectors lie.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> cosine_similarity([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [2.0, 2.0]]).round(3).tolist()
        [-0.0, -1.0]
    """
    y_true, y_pred = pair("cosine_similarity", y_true, y_pred)
    return -jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: jax.Array, axis: int) -> jax.Array:
    """Vectors of length 1; those shorter than 1e-6 are left short."""
    return x * jax.lax.rsqrt(jnp.maximum(jnp.sum(jnp.square(x), axis=axis, keepdims=True), 1e-12))


class Averaged(Loss):
    """Base of losses whose value is a mean over the last axis."""

    rowwise = averages = True


@LOSSES.add()
class MeanSquaredError(Averaged):
    """Mean squared error: ``mean((y_true - y_pred)²)``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[1.0, 3.0]]))
        2.5
    """

    reduction, name, dtype = closing("mean_squared_error")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``mean_squared_error``."""
        return mean_squared_error(y_true, y_pred)


@LOSSES.add()
class MeanAbsoluteError(Averaged):
    """Mean absolute error: ``mean(|y_true - y_pred|)``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> float(MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 3.0]]))
        1.5
    """

    reduction, name, dtype = closing("mean_absolute_error")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``mean_absolute_error``."""
        return mean_absolute_error(y_true, y_pred)


@LOSSES.add()
class MeanAbsolutePercentageError(Averaged):
    """Mean absolute error in per cent: ``100 · mean(|y_true - y_pred| / max(|y_true|, 1e-7))``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    reduction, name, dtype = closing("mean_absolute_percentage_error")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``mean_absolute_percentage_error``."""
        return mean_absolute_percentage_error(y_true, y_pred)


@LOSSES.add()
class MeanSquaredLogarithmicError(Averaged):
    """Mean squared error of logarithms: ``mean((log(1 + y_true) - log(1 + y_pred))²)``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[3.0]], [[3.0]]))
        0.0
    """

    reduction, name, dtype = closing("mean_squared_logarithmic_error")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``mean_squared_logarithmic_error``."""
        return mean_squared_logarithmic_error(y_true, y_pred)


@LOSSES.add()
class Huber(Averaged):
    """Squared near the target, straight far from it: ``mean(e²/2 where |e| ≤ δ, else δ |e| - δ²/2)``.

    e is y_true - y_pred.

    Args:
        delta: distance δ at which the parabola becomes a line.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> float(Huber(delta=2.0)([[0.0, 0.0]], [[1.0, 3.0]]))  # (0.5 + 4) / 2
        2.25

    Reference:
        Huber, 1964, Robust estimation of a location parameter.
    """

    delta = field(1.0, convert=number())
    reduction, name, dtype = closing("huber_loss")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``huber``."""
        return huber(y_true, y_pred, self.delta)


@LOSSES.add()
class LogCosh(Averaged):
    """Logarithm of the hyperbolic cosine of the error: ``mean(log(cosh(y_pred - y_true)))``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> round(float(LogCosh()([[0.0]], [[1.0]])), 4)
        0.4338
    """

    reduction, name, dtype = closing("log_cosh")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``log_cosh``."""
        return log_cosh(y_true, y_pred)


@LOSSES.add()
class CosineSimilarity(AlongAxis):
    """Minus the cosine of the angle between target and prediction: ``-Σ t p / (‖t‖ ‖p‖)``.

    Args:
        axis: the axis along which the vectors lie.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> round(float(CosineSimilarity()([[1.0, 1.0]], [[2.0, 2.0]])), 3)
        -1.0
    """

    axis = field(-1, convert=integer())
    reduction, name, dtype = closing("cosine_similarity")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``cosine_similarity``."""
        return cosine_similarity(y_true, y_pred, self.axis)
