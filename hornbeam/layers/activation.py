"""Layers of one activation: Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import axis_or_axes, lengths_along, spread_first, spread_last
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer, check_axis


@LAYERS.add()
class Activation(Layer):
    """Any activation as a layer: ``output = activation(input)``.

    Args:
        activation: name or function; ``hornbeam.activations`` has them.

    Shapes:
        Any, and kept by all activations but ``glu``.

    Example:
        >>> import numpy as np
        >>> print(Activation("relu")(np.array([[-3.0, -1.0, 0.0, 2.0]], "float32")))
        [[0. 0. 0. 2.]]
    """

    activation = field(convert=activations.get)

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return self.activation(x)


@LAYERS.add()
class ReLU(Layer):
    """Rectified linear unit: ``max(x, 0)``, and variants of it.

    In full: ``max_value`` where ``x >= max_value``, ``x`` where ``threshold < x < max_value``, and
    ``negative_slope * (x - threshold)`` below.

    Args:
        max_value: the largest output, at least 0; None for no bound.
        negative_slope: slope below the threshold, at least 0.
        threshold: below it the unit is off, at least 0.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> print(ReLU(max_value=6)(np.array([[-1.0, 2.0, 9.0]], "float32")))
        [[0. 2. 6.]]

    Reference:
        Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines.
    """

    max_value = field(None, convert=number(0, optional=True))
    negative_slope = field(0.0, convert=number(0))
    threshold = field(0.0, convert=number(0))

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold)


@LAYERS.add()
class LeakyReLU(Layer):
    """Relu with a small slope below zero: ``x`` where ``x >= 0``, else ``negative_slope * x``.

    Args:
        negative_slope: slope below zero, at least 0. It may also be called ``alpha``.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> print(LeakyReLU(0.5)(np.array([[-10.0, 5.0]], "float32")))
        [[-5.  5.]]

    Reference:
        Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models.
    """

    negative_slope = field(0.3, convert=number(0))

    supports_masking = True
    rowwise = True

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        if "alpha" in kwargs:
            kwargs = {"negative_slope": kwargs["alpha"], **{k: v for k, v in kwargs.items() if k != "alpha"}}
        return super()._bind(args, kwargs)

    def call(self, x: Any) -> Any:
        return activations.leaky_relu(x, self.negative_slope)


def _shared(value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    axes = axis_or_axes(value)
    return (axes,) if isinstance(axes, int) else axes


@LAYERS.add()
class PReLU(Layer):
    """Relu with learned slopes below zero: ``x`` where ``x >= 0``, else ``alpha * x``.

    Args:
        alpha_initializer: first values of the slopes.
        alpha_regularizer: penalty on them, added to the loss.
        alpha_constraint: applied to them after each update.
        shared_axes: axes, counted with the batch axis as 0, along which all units have the same slope:
            ``(1, 2)`` gives images one slope a channel.

    Shapes:
        ``(batch, …)``, kept; alpha has the shape of one sample, 1 along the shared axes.

    Example:
        >>> import numpy as np
        >>> layer = PReLU(alpha_initializer="ones", shared_axes=1)
        >>> layer(np.ones((2, 5, 3), "float32")).shape, layer.alpha.shape
        ((2, 5, 3), (1, 3))

    Reference:
        He et al. (2015), Delving deep into rectifiers, equation 1.
    """

    alpha_initializer = field("Zeros", convert=initializers.get, key=False)
    alpha_regularizer = field(None, convert=regularizers.get)
    alpha_constraint = field(None, convert=constraints.get)
    shared_axes = field(None, convert=_shared)

    supports_masking = True
    rowwise = True

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        shared = {check_axis(f"{self.where}, shared_axes", axis, rank) for axis in self.shared_axes or ()}
        own = tuple(axis for axis in range(1, rank) if axis not in shared)
        lengths = dict(zip(own, lengths_along(self.where, own, input_shape), strict=True))
        self.alpha = self.add_weight(
            tuple(lengths.get(axis, 1) for axis in range(1, rank)),
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        self.input_spec = InputSpec(ndim=rank, axes=lengths)

    def call(self, x: Any) -> Any:
        return jax.nn.relu(x) - spread_last(self.alpha, x.ndim) * jax.nn.relu(-x)


@LAYERS.add()
class ELU(Layer):
    """Exponential linear unit: ``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``.

    Args:
        alpha: minus the limit for very negative x.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> print(ELU()(np.array([[-1.0, 2.0]], "float32")).round(3))
        [[-0.632  2.   ]]

    Reference:
        Clevert, Unterthiner & Hochreiter (2016), equation 15.
    """

    alpha = field(1.0, convert=number())

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return activations.elu(x, self.alpha)


@LAYERS.add()
class Softmax(Layer):
    """Probabilities from logits: ``exp(x_i) / sum_j exp(x_j)`` over what the mask leaves.

    Args:
        axis: the axis, or axes, along which the sum is 1.

    The call takes a ``mask``, true for what counts: one that spreads to the input's shape, or a mask of time
    steps. Where it is false the output is 0.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> logits = np.array([[1.0, 1.0, 5.0]], "float32")
        >>> print(Softmax()(logits, mask=np.array([[True, True, False]])))
        [[0.5 0.5 0. ]]

    Differs:
        Keras refuses the mask of time steps that layers hand on, unless it happens to spread to the input's shape.
    """

    axis = field(-1, convert=axis_or_axes)

    supports_masking = True

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = 0 not in ((self.axis,) if isinstance(self.axis, int) else self.axis)

    def call(self, x: Any, mask: Any = None) -> Any:
        axis = self.axis[0] if isinstance(self.axis, tuple) and len(self.axis) == 1 else self.axis
        if mask is None:
            return activations.softmax(x, axis)
        counts = self._spread(jnp.asarray(mask), x)
        # half precision ends at 65504; minus infinity would make NaN where nothing counts
        least = -3e4 if x.dtype == jnp.float16 else -1e9
        return jnp.where(counts, activations.softmax(jnp.where(counts, x, least), axis), 0)

    def _spread(self, mask: Any, x: Any) -> Any:
        mask = mask if mask.dtype == bool else mask > 0.5
        if 2 <= mask.ndim < x.ndim and mask.shape == x.shape[: mask.ndim]:
            return spread_first(mask, x.ndim)
        fits = mask.ndim <= x.ndim and all(a in (1, b) for a, b in zip(mask.shape[::-1], x.shape[::-1], strict=False))
        if not fits:
            raise ShapeError(
                f"{self.where}, mask",
                f"a mask that spreads to the input's shape {x.shape}",
                f"shape {mask.shape}",
                "Give one entry per logit, or one per time step.",
            )
        return spread_last(mask, x.ndim)
