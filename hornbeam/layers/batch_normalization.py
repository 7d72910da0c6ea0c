"""BatchNormalization: each channel at mean 0 and variance 1, counted over the batch."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam import constraints, initializers, regularizers
from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import from_zero, lengths_along, spread, spread_first
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.moments import affine, at_least_float32, normalize


def _clipping(value: Any) -> dict[str, float] | None:
    known = ("rmax", "rmin", "dmax")
    if value is None:
        return None
    if not isinstance(value, dict) or any(name not in known for name in value):
        raise Refused("a dict with rmax, rmin and dmax", "Write for example {'rmax': 3.0, 'dmax': 5.0}.")
    bounds = {name: number(0, optional=True)(bound) for name, bound in value.items()}
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    if bounds.get("rmin", 0) > bounds.get("rmax", np.inf):  # type: ignore[operator]
        raise Refused("rmin of at most rmax", "Exchange them.")
    return bounds  # type: ignore[return-value]


@LAYERS.add()
class BatchNormalization(Layer):
    """Brings each channel to mean beta and deviation gamma, in training by the statistics of the batch.

    ``output = (input - mean) / sqrt(variance + epsilon) · gamma + beta``. In training, mean and variance are those of
    the batch, for each channel over all other axes, and moving averages follow them:
    ``moving = momentum · moving + (1 - momentum) · batch's``. At inference the moving averages stand in their place; so
    they do with ``trainable = False``, in training too.

    Args:
        axis: the axis of the channels.
        momentum: how slowly the moving averages follow, from 0 to 1.
        epsilon: added to the variance.
        center: whether beta is added.
        scale: whether it is multiplied by gamma.
        beta_initializer, gamma_initializer: first values of the weights.
        moving_mean_initializer, moving_variance_initializer: first values of the averages.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        renorm: batch renormalisation: in training too the output follows moving averages, by ``unit · r + d`` with the
            corrections ``r = batch's deviation / average`` and ``d = (batch's mean - average) / average deviation``,
            through which no gradient flows.
        renorm_clipping: dict with bounds of the corrections: ``rmax``, ``rmin``, ``dmax``.
        renorm_momentum: momentum of the averages that the corrections follow.
        synchronized: accepted for Keras's sake; one program sees the whole batch anyway.

    A mask ``(batch, time)`` leaves steps out of mean and variance. Half precision is computed in float32.

    Shapes:
        Any of at least 2 axes, and kept; the weights have an entry for each channel.

    Example:
        >>> x = np.array([[1.0, 10.0], [3.0, 30.0]], "float32")
        >>> print(BatchNormalization(epsilon=1e-6)(x, training=True).round(3))
        [[-1. -1.]
         [ 1.  1.]]

    Reference:
        Ioffe & Szegedy (2015), Batch normalization, algorithms 1 and 2; Ioffe (2017), Batch renormalization.
    """

    axis = field(-1, convert=integer())
    momentum = field(0.99, convert=number(0, 1))
    epsilon = field(1e-3, convert=number(0))
    center = field(True)
    scale = field(True)
    beta_initializer = field("zeros", convert=initializers.get, key=False)
    gamma_initializer = field("ones", convert=initializers.get, key=False)
    moving_mean_initializer = field("zeros", convert=initializers.get, key=False)
    moving_variance_initializer = field("ones", convert=initializers.get, key=False)
    beta_regularizer = field(None, convert=regularizers.get)
    gamma_regularizer = field(None, convert=regularizers.get)
    beta_constraint = field(None, convert=constraints.get)
    gamma_constraint = field(None, convert=constraints.get)
    renorm = field(False)
    renorm_clipping = field(None, convert=_clipping)
    renorm_momentum = field(0.99, convert=number(0, 1))
    synchronized = field(False)

    supports_masking = True
    rowwise = False

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        if rank < 2:
            raise ShapeError(
                self.where,
                "an input with at least 2 axes, like (batch, channels)",
                f"shape {tuple(input_shape)}",
                "For one sample, add a batch axis: x[None, :].",
            )
        self._axes = from_zero(self.where, self.axis, rank)
        shape = lengths_along(self.where, self._axes, input_shape)
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self._weight(
                "gamma", shape, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
            )
        if self.center:
            self.beta = self._weight("beta", shape, self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        self.moving_mean = self._average("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._average("moving_variance", shape, self.moving_variance_initializer)
        if self.renorm:
            deviation = np.sqrt(self.moving_variance.numpy().astype(np.float32))
            self.moving_stddev = self._average("moving_stddev", shape, lambda shape, dtype: deviation)
            self.renorm_mean = self._average("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._average("renorm_stddev", shape, lambda shape, dtype: deviation)
        self.input_spec = InputSpec(ndim=rank, axes={self.axis: shape[0]})

    def _weight(self, name: str, shape: Any, initializer: Any, regularizer: Any, constraint: Any) -> Any:
        return self.add_weight(
            shape, initializer, regularizer=regularizer, constraint=constraint, autocast=False, name=name
        )

    def _average(self, name: str, shape: Any, initializer: Any) -> Any:
        return self.add_weight(shape, initializer, trainable=False, autocast=False, name=name)

    def call(self, x: Any, training: Any = None, mask: Any = None) -> Any:
        x = at_least_float32(x)
        if training and self.trainable:
            output = self._by_batch(x, None if mask is None else self._spread_mask(jnp.asarray(mask), x))
        else:
            values = self.moving_mean, self.moving_variance, self.gamma, self.beta
            mean, variance, gamma, beta = (self._spread(value, x) for value in values)
            output = affine(x, mean, lax.rsqrt(variance + self.epsilon), gamma, beta)
        return output.astype(numpy_dtype(self.dtype.compute_dtype))

    def _by_batch(self, x: Any, mask: Any) -> Any:
        """The output by the batch's statistics; the averages move."""
        axes = tuple(axis for axis in range(x.ndim) if axis not in self._axes)
        gamma, beta = self._spread(self.gamma, x), self._spread(self.beta, x)
        if not self.renorm:
            output, mean, variance = normalize(x, gamma, beta, mask, axes, self.epsilon)
            self._follow(self.moving_mean, mean, self.momentum)
            self._follow(self.moving_variance, variance, self.momentum)
            return output
        unit, mean, variance = normalize(x, None, None, mask, axes, self.epsilon)
        stddev = jnp.sqrt(variance + self.epsilon)
        r, d = self._corrections(x, mean, stddev)
        self._follow(self.renorm_mean, mean, self.renorm_momentum)
        self._follow(self.renorm_stddev, stddev, self.renorm_momentum)
        self._follow(self.moving_mean, mean, self.momentum)
        self._follow(self.moving_stddev, stddev, self.momentum)
        squared = jnp.square(jnp.asarray(self.moving_stddev.value))
        self.moving_variance.assign(jnp.maximum(squared - self.epsilon, 0))
        return affine(unit * r + d, 0, 1, gamma, beta)

    def _corrections(self, x: Any, mean: Any, stddev: Any) -> tuple[Any, Any]:
        """r and d of batch renormalisation."""
        bounds = self.renorm_clipping or {}
        average = jnp.maximum(self._spread(self.renorm_stddev, x), self.epsilon**0.5)
        r = jnp.clip(stddev / average, bounds.get("rmin"), bounds.get("rmax"))
        d = (mean - self._spread(self.renorm_mean, x)) / average
        d = jnp.clip(d, -bounds["dmax"], bounds["dmax"]) if "dmax" in bounds else d
        return lax.stop_gradient(r), lax.stop_gradient(d)

    def _follow(self, average: Any, value: Any, momentum: float) -> None:
        value = value.reshape(average.shape)
        average.assign(jnp.asarray(average.value, value.dtype) * momentum + value * (1 - momentum))

    def _spread(self, values: Any, x: Any) -> Any:
        """A weight over the channels, in the input's type and rank."""
        return None if values is None else spread(values, self._axes, x.ndim).astype(x.dtype)

    def _spread_mask(self, mask: Any, x: Any) -> Any:
        if mask.ndim >= x.ndim or mask.shape != x.shape[: mask.ndim]:
            raise ShapeError(
                f"{self.where}, mask",
                f"a mask over the first axes of the input {x.shape}, like (batch, time)",
                f"shape {mask.shape}",
                "Leave out the axis of the channels.",
            )
        return spread_first(mask, x.ndim).astype(bool)
