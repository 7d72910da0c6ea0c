"""Normalisation of each sample by itself: by layer, by group, by mean square, to unit length."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from hornbeam import constraints, initializers, regularizers
from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import axis_or_axes, from_zero, lengths_along, spread
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.moments import at_least_float32, mean_along, normalize


class Normalizing(Layer):
    """What the layers of this file share: weights along some axes, and computation in at least float32."""

    supports_masking = True
    rowwise = True
    gamma: Any = None
    beta: Any = None

    def add_gamma_and_beta(self, shape: tuple[int, ...], gamma: bool, beta: bool) -> None:
        """Makes the weights that are wanted; the subclass has their initializers, regularizers and constraints."""
        for name, wanted in (("gamma", gamma), ("beta", beta)):
            if wanted:
                weight = self.add_weight(
                    shape,
                    getattr(self, f"{name}_initializer"),
                    regularizer=getattr(self, f"{name}_regularizer"),
                    constraint=getattr(self, f"{name}_constraint"),
                    autocast=False,
                    name=name,
                )
                setattr(self, name, weight)

    def lowered(self, x: Any) -> Any:
        """The output in the layer's type."""
        return x.astype(numpy_dtype(self.dtype.compute_dtype))


def _spread(values: Any, axes: tuple[int, ...], x: Any) -> Any:
    return None if values is None else spread(values, axes, x.ndim).astype(x.dtype)


@LAYERS.add()
class LayerNormalization(Normalizing):
    """Brings the numbers along an axis of each sample to mean 0 and variance 1, then to ``· gamma + beta``.

    ``output = (input - mean) / sqrt(variance + epsilon) · gamma + beta``, mean and variance along ``axis``.

    Args:
        axis: the axis, or axes, along which mean and variance are counted and the weights extend.
        epsilon: added to the variance.
        center: whether beta is added.
        scale: whether it is multiplied by gamma.
        beta_initializer, gamma_initializer: first values of the weights.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        rms_scaling: leaves the mean in and beta out, for files of older versions; ``RMSNormalization`` is meant.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> print(LayerNormalization(epsilon=1e-6)(np.array([[1.0, 3.0], [10.0, 30.0]], "float32")).round(3))
        [[-1.  1.]
         [-1.  1.]]

    Reference:
        Ba, Kiros & Hinton (2016), Layer normalization, equation 4.
    """

    axis = field(-1, convert=axis_or_axes)
    epsilon = field(1e-3, convert=number(0))
    center = field(True)
    scale = field(True)
    beta_initializer = field("zeros", convert=initializers.get, key=False)
    gamma_initializer = field("ones", convert=initializers.get, key=False)
    beta_regularizer = field(None, convert=regularizers.get)
    gamma_regularizer = field(None, convert=regularizers.get)
    beta_constraint = field(None, convert=constraints.get)
    gamma_constraint = field(None, convert=constraints.get)
    rms_scaling = field(False, kw_only=True)

    autocast = False

    def build(self, input_shape: Any) -> None:
        axes = from_zero(self.where, self.axis, len(input_shape))
        self.rowwise = 0 not in axes
        lengths_along(self.where, axes, input_shape)
        # Keras sorts axes as they are written, [-1, 1] before [1, 2], and its files hold weights of that order
        written = sorted(self.axis) if isinstance(self.axis, tuple) else [self.axis]
        shape = tuple(input_shape[axis] for axis in written)
        self.add_gamma_and_beta(shape, self.scale or self.rms_scaling, self.center and not self.rms_scaling)

    def call(self, x: Any) -> Any:
        x = at_least_float32(x)
        axes = from_zero(self.where, self.axis, x.ndim)
        shape = tuple(length if axis in axes else 1 for axis, length in enumerate(x.shape))
        gamma, beta = (
            None if values is None else jnp.asarray(values, x.dtype).reshape(shape)
            for values in (self.gamma, self.beta)
        )
        if self.rms_scaling:
            rate = lax.rsqrt(jnp.var(x, axes, keepdims=True) + self.epsilon)
            return self.lowered(x * rate * gamma)
        output, _, _ = normalize(x, gamma, beta, None, axes, self.epsilon)
        return self.lowered(output)


def _groups(value: Any) -> int:
    groups = integer(-1)(value)
    if groups == 0:
        raise Refused("a positive integer, or -1 for as many groups as channels", "Write for example groups=8.")
    return groups  # type: ignore[return-value]


@LAYERS.add()
class GroupNormalization(Normalizing):
    """Brings each group of channels of each sample to mean 0 and variance 1, then each channel to ``· gamma + beta``.

    Mean and variance are counted over the channels of the group and all axes between.

    Args:
        groups: number of groups, a divisor of the number of channels; 1 is one group over everything, -1 a group for
            each channel ("instance normalisation").
        axis: the axis of the channels.
        epsilon: added to the variance.
        center: whether beta is added.
        scale: whether it is multiplied by gamma.
        beta_initializer, gamma_initializer: first values of the weights.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: applied after each update.

    Shapes:
        ``(batch, …, channels)``, kept; the weights have an entry for each channel.

    Example:
        >>> import numpy as np
        >>> x = np.array([[1.0, 3.0, 10.0, 30.0]], "float32")
        >>> print(GroupNormalization(groups=2, epsilon=1e-6)(x).round(3))
        [[-1.  1. -1.  1.]]

    Reference:
        Wu & He (2018), Group normalization, equation 7.
    """

    groups = field(32, convert=_groups)
    axis = field(-1, convert=integer())
    epsilon = field(1e-3, convert=number(0))
    center = field(True)
    scale = field(True)
    beta_initializer = field("zeros", convert=initializers.get, key=False)
    gamma_initializer = field("ones", convert=initializers.get, key=False)
    beta_regularizer = field(None, convert=regularizers.get)
    gamma_regularizer = field(None, convert=regularizers.get)
    beta_constraint = field(None, convert=constraints.get)
    gamma_constraint = field(None, convert=constraints.get)

    autocast = False

    def build(self, input_shape: Any) -> None:
        self._axes = from_zero(self.where, self.axis, len(input_shape))
        (channels,) = lengths_along(self.where, self._axes, input_shape)
        self._each = 1 if self.groups == -1 else channels // self.groups
        if self._axes == (0,) or (self.groups != -1 and channels % self.groups):
            divisors = [str(count) for count in range(1, channels + 1) if channels % count == 0]
            raise ShapeError(
                f"{self.where}, groups",
                f"a divisor of the {channels} channels (axis {self.axis} of {tuple(input_shape)})",
                self.groups,
                f"Choose one of {', '.join(divisors)}.",
            )
        self.add_gamma_and_beta((channels,), self.scale, self.center)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, x: Any) -> Any:
        x = at_least_float32(x)
        (axis,) = self._axes
        grouped = x.reshape(*x.shape[:axis], -1, self._each, *x.shape[axis + 1 :])  # (batch, …, groups, channels, …)
        along = tuple(each for each in range(1, grouped.ndim) if each != axis)
        gamma, beta = (
            None if values is None else _spread(jnp.asarray(values).reshape(-1, self._each), (axis, axis + 1), grouped)
            for values in (self.gamma, self.beta)
        )
        output, _, _ = normalize(grouped, gamma, beta, None, along, self.epsilon)
        return self.lowered(output.reshape(x.shape))


@LAYERS.add()
class RMSNormalization(Normalizing):
    """Brings the numbers along an axis of each sample to a mean square of 1, then to ``· scale``.

    ``output = input / sqrt(mean(input²) + epsilon) · scale``: layer normalisation without the mean.

    Args:
        axis: the axis, or axes, along which the mean is counted and the weight extends.
        epsilon: added to the mean square.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> print(RMSNormalization()(np.array([[3.0, -3.0]], "float32")).round(3))
        [[ 1. -1.]]

    Reference:
        Zhang & Sennrich (2019), Root mean square layer normalization, equation 4.
    """

    axis = field(-1, convert=axis_or_axes)
    epsilon = field(1e-6, convert=number(0))

    def build(self, input_shape: Any) -> None:
        axes = from_zero(self.where, self.axis, len(input_shape))
        self.rowwise = 0 not in axes
        shape = lengths_along(self.where, axes, input_shape)
        self.scale = self.add_weight(shape, "ones", autocast=False, name="scale")

    def call(self, x: Any) -> Any:
        x = at_least_float32(x)
        axes = from_zero(self.where, self.axis, x.ndim)
        rate = lax.rsqrt(mean_along(jnp.square(x), axes) + self.epsilon)
        return self.lowered(x * rate * _spread(self.scale, axes, x))


@LAYERS.add()
class UnitNormalization(Normalizing):
    """Divides the numbers along an axis of each sample by their length: ``input / sqrt(sum(input²))``.

    Args:
        axis: the axis, or axes, along which the sum goes.

    Shapes:
        Any, and kept; a vector of zeros stays one.

    Example:
        >>> import numpy as np
        >>> print(UnitNormalization()(np.array([[3.0, 4.0]], "float32")))
        [[0.6 0.8]]
    """

    axis = field(-1, convert=axis_or_axes)

    def build(self, input_shape: Any) -> None:
        self.rowwise = 0 not in from_zero(self.where, self.axis, len(input_shape))

    def call(self, x: Any) -> Any:
        x = at_least_float32(x)
        return self.lowered(unit_length(x, from_zero(self.where, self.axis, x.ndim)))


def unit_length(x: Any, axes: tuple[int, ...]) -> Any:
    """x over its length along axes; lengths below 1e-12 count as that."""
    squares = jnp.sum(jnp.square(x), axes, keepdims=True)
    return x * lax.rsqrt(jnp.maximum(squares, 1e-24))
