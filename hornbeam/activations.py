"""Activations: the functions between a layer's weighted sum and its output, each from an array to an array.

All but ``glu`` keep the shape. All but the softmaxes, ``sparsemax`` and ``glu`` act on each number alone. The
file is long because there are many of them; each is a formula, its range and where it comes from.
"""

from __future__ import annotations

import warnings
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import config as specs
from hornbeam.core import frame
from hornbeam.core.dtypes import floatx, numpy_dtype
from hornbeam.core.errors import ShapeError
from hornbeam.core.registry import CustomObjectScope, Registry
from hornbeam.core.symbolic import recordable

ACTIVATIONS = Registry("activation", "keras.activations")


def _floats(x: Any) -> jax.Array:
    """As an array; integers and booleans become ``floatx()``."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(numpy_dtype(floatx()))


# ---- straight lines and rectifiers


@ACTIVATIONS.add()
@recordable
def linear(x):
    """The identity: ``linear(x) = x``. What a layer without an activation has.

    Example:
        >>> linear(3.0)
        3.0
    """
    return x


@ACTIVATIONS.add()
@recordable
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit: ``relu(x) = max(x, 0)``, in [0, inf).

    In full: ``max_value`` where ``x >= max_value``, ``x`` where ``threshold < x < max_value``, and
    ``negative_slope * (x - threshold)`` below. The derivative at 0 is taken as 0.

    Args:
        x: an array of any shape.
        negative_slope: slope below the threshold.
        max_value: the largest output; None for no bound.
        threshold: below it the unit is off.

    Example:
        >>> print(relu([-2.0, 0.0, 3.0, 9.0]))
        [0. 0. 3. 9.]
        >>> print(relu([-2.0, 0.0, 3.0, 9.0], negative_slope=0.5, max_value=6.0))
        [-1.  0.  3.  6.]

    Reference:
        Nair & Hinton, 2010, Rectified linear units improve restricted Boltzmann machines.
    """
    x = jnp.asarray(x)
    if negative_slope == 0 and threshold == 0:
        positive = jax.nn.relu(x)
        return positive if max_value is None else jnp.minimum(positive, max_value)
    if max_value is None and threshold == 0:
        return jax.nn.leaky_relu(x, negative_slope)
    capped = x if max_value is None else jnp.minimum(x, max_value)
    # without a slope a plain zero: inf * 0 would be NaN
    return jnp.where(x > threshold, capped, negative_slope * (x - threshold) if negative_slope != 0 else 0)


@ACTIVATIONS.add()
@recordable
def relu6(x):
    """Relu cut off at 6: ``relu6(x) = min(max(x, 0), 6)``, in [0, 6].

    Example:
        >>> print(relu6([-2.0, 3.0, 9.0]))
        [0. 3. 6.]

    Reference:
        Krizhevsky, 2010, Convolutional deep belief networks on CIFAR-10; used in MobileNet.
    """
    return jax.nn.relu6(_floats(x))


@ACTIVATIONS.add()
@recordable
def leaky_relu(x, negative_slope=0.2):
    """Relu with a small slope below zero: ``x`` where ``x >= 0``, else ``negative_slope * x``.

    Args:
        x: an array of any shape.
        negative_slope: slope below zero; courses often use 0.01.

    Example:
        >>> print(leaky_relu([-5.0, 3.0]))
        [-1.  3.]

    Reference:
        Maas, Hannun & Ng, 2013, Rectifier nonlinearities improve neural network acoustic models.
    """
    return jax.nn.leaky_relu(_floats(x), negative_slope)


@ACTIVATIONS.add()
@recordable
def threshold(x, threshold, default_value):
    """Keeps what is above a threshold: ``x`` where ``x > threshold``, else ``default_value``.

    Example:
        >>> print(threshold([-1.0, 0.5, 2.0], 1.0, 0.0))
        [0. 0. 2.]
    """
    return jnp.where((x := _floats(x)) > threshold, x, default_value)


# ---- exponential and smooth units


@ACTIVATIONS.add()
@recordable
def elu(x, alpha=1.0):
    """Exponential linear unit: ``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``; in (-alpha, inf).

    Args:
        x: an array of any shape.
        alpha: minus the limit for very negative x.

    Example:
        >>> round(float(elu(-1.0)), 3)
        -0.632

    Reference:
        Clevert, Unterthiner & Hochreiter, 2016, eq. 15.
    """
    return jax.nn.elu(_floats(x), alpha)


@ACTIVATIONS.add()
@recordable
def selu(x):
    """Scaled elu: ``1.0507 * elu(x, alpha=1.6733)``, in (-1.7581, inf).

    The two constants make a layer keep mean 0 and variance 1 when its kernel comes from
    ``LecunNormal``; its dropout is ``AlphaDropout``.

    Example:
        >>> round(float(selu(-1.0)), 3)
        -1.111

    Reference:
        Klambauer et al., 2017, Self-normalizing neural networks, eq. 2.
    """
    return jax.nn.selu(_floats(x))


@ACTIVATIONS.add()
@recordable
def celu(x, alpha=1.0):
    """Elu with a continuous slope: ``max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)``; in (-alpha, inf).

    Args:
        x: an array of any shape.
        alpha: minus the limit for very negative x; the slope at 0 is 1 for every alpha.

    Example:
        >>> round(float(celu(-2.0, alpha=2.0)), 3)
        -1.264

    Reference:
        Barron, 2017, Continuously differentiable exponential linear units, eq. 2.
    """
    return jax.nn.celu(_floats(x), alpha)


@ACTIVATIONS.add()
@recordable
def exponential(x):
    """``exp(x)``, in (0, inf): an output that must be positive, such as a rate.

    Example:
        >>> round(float(exponential(1.0)), 3)
        2.718
    """
    return jnp.exp(_floats(x))


@ACTIVATIONS.add()
@recordable
def softplus(x):
    """Smooth relu: ``log(1 + exp(x))``, in (0, inf); computed so that it does not overflow.

    Example:
        >>> round(float(softplus(0.0)), 3)
        0.693

    Reference:
        Dugas et al., 2001; Glorot, Bordes & Bengio, 2011.
    """
    return jax.nn.softplus(_floats(x))


@ACTIVATIONS.add()
@recordable
def squareplus(x, b=4):
    """Smooth relu without exponentials: ``(x + sqrt(x**2 + b)) / 2``, in (0, inf).

    Args:
        x: an array of any shape.
        b: width of the bend around 0; 0 gives relu.

    Example:
        >>> print(squareplus([-1.5, 0.0, 1.5]))
        [0.5 1.  2. ]

    Reference:
        Barron, 2021, Squareplus: a softplus-like algebraic rectifier, eq. 1.
    """
    return jax.nn.squareplus(_floats(x), b)


@ACTIVATIONS.add()
@recordable
def sparse_plus(x):
    """Softplus that is exactly 0 far left: 0 for ``x <= -1``, ``(x + 1)**2 / 4`` between, ``x`` for ``x >= 1``.

    Example:
        >>> print(sparse_plus([-2.0, 0.0, 3.0]))
        [0.   0.25 3.  ]

    Reference:
        Blondel, Martins & Niculae, 2019, Learning with Fenchel-Young losses; its slope is ``sparse_sigmoid``.
    """
    return jax.nn.sparse_plus(_floats(x))


@ACTIVATIONS.add("swish")
@recordable
def silu(x):
    """Sigmoid linear unit, also called swish: ``x * sigmoid(x)``, in [-0.2785, inf).

    Example:
        >>> round(float(silu(-1.0)), 3)
        -0.269

    Reference:
        Ramachandran, Zoph & Le, 2017, Searching for activation functions.
    """
    return jax.nn.silu(_floats(x))


@ACTIVATIONS.add("hard_swish")
@recordable
def hard_silu(x):
    """Silu from straight lines: ``x * min(max(x + 3, 0), 6) / 6``, in [-0.375, inf).

    Example:
        >>> print(hard_silu([-3.0, -1.5, 0.0, 3.0]))
        [-0.    -0.375  0.     3.   ]

    Reference:
        Howard et al., 2019, Searching for MobileNetV3, section 5.2.
    """
    return jax.nn.hard_silu(_floats(x))


@ACTIVATIONS.add()
@recordable
def gelu(x, approximate=False):
    """Gaussian error linear unit: ``x * P(Z <= x)`` for a standard normal Z, in [-0.17, inf).

    Args:
        x: an array of any shape.
        approximate: use ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))``, as GPT-2 does; it
            differs by at most 0.0005.

    Example:
        >>> round(float(gelu(-1.0)), 3)
        -0.159

    Reference:
        Hendrycks & Gimpel, 2016, Gaussian error linear units, section 2.
    """
    return jax.nn.gelu(_floats(x), approximate)


@ACTIVATIONS.add("gelu_new")
@recordable
def gelu_approximate(x):
    """``gelu(x, approximate=True)`` under a name, as GPT-2 and KerasHub's models have it.

    Example:
        >>> round(float(gelu_approximate(-1.0)), 3)
        -0.159
    """
    return gelu(x, approximate=True)


@ACTIVATIONS.add()
@recordable
def mish(x):
    """``x * tanh(softplus(x))``, in [-0.3088, inf).

    Example:
        >>> round(float(mish(-1.0)), 3)
        -0.303

    Reference:
        Misra, 2019, Mish: a self regularized non-monotonic activation function.
    """
    return jax.nn.mish(_floats(x))


# ---- S-shapes


def _note_logits(output: Any, logits: Any, kind: str) -> Any:
    """Lets a cross-entropy find what the probabilities were made from: it is exact on those."""
    active = frame.current()
    if active is not None:
        active.set_logits(output, logits, kind)
    return output


@ACTIVATIONS.add()
@recordable
def sigmoid(x):
    """The logistic function: ``1 / (1 + exp(-x))``, in (0, 1): a probability from a logit.

    Example:
        >>> round(float(sigmoid(1.0)), 3)
        0.731
    """
    x = _floats(x)
    return _note_logits(jax.nn.sigmoid(x), x, "sigmoid")


@ACTIVATIONS.add()
@recordable
def hard_sigmoid(x):
    """Sigmoid from straight lines: ``min(max(x / 6 + 0.5, 0), 1)``, in [0, 1].

    Example:
        >>> print(hard_sigmoid([-3.0, 0.0, 1.5, 9.0]))
        [0.   0.5  0.75 1.  ]

    Differs:
        Keras 1 and 2 had ``0.2 * x + 0.5`` inside; Keras 3 and Hornbeam have ``x / 6 + 0.5``.
    """
    return jax.nn.hard_sigmoid(_floats(x))


@ACTIVATIONS.add()
@recordable
def hard_sigmoid_of_keras_2(x):
    """The ``hard_sigmoid`` of Keras 1 and 2, in [0, 1]: ``min(max(0.2 * x + 0.5, 0), 1)``. Their files mean it.

    Example:
        >>> print(hard_sigmoid_of_keras_2([-3.0, 0.0, 1.0, 9.0]))
        [0.  0.5 0.7 1. ]
    """
    return jnp.clip(0.2 * _floats(x) + 0.5, 0, 1)


@ACTIVATIONS.add()
@recordable
def sparse_sigmoid(x):
    """Sigmoid that reaches its bounds: ``min(max((x + 1) / 2, 0), 1)``, in [0, 1].

    Example:
        >>> print(sparse_sigmoid([-2.0, 0.0, 0.5, 1.0]))
        [0.   0.5  0.75 1.  ]

    Reference:
        Blondel, Martins & Niculae, 2019, Learning with Fenchel-Young losses.
    """
    return jax.nn.sparse_sigmoid(_floats(x))


@ACTIVATIONS.add()
@recordable
def log_sigmoid(x):
    """``log(sigmoid(x)) = -softplus(-x)``, in (-inf, 0).

    Example:
        >>> round(float(log_sigmoid(0.0)), 3)
        -0.693
    """
    return jax.nn.log_sigmoid(_floats(x))


@ACTIVATIONS.add()
@recordable
def tanh(x):
    """Hyperbolic tangent: ``(exp(x) - exp(-x)) / (exp(x) + exp(-x))``, in (-1, 1).

    Example:
        >>> round(float(tanh(1.0)), 3)
        0.762
    """
    return jnp.tanh(_floats(x))


@ACTIVATIONS.add()
@recordable
def hard_tanh(x):
    """Tanh from straight lines: ``min(max(x, -1), 1)``, in [-1, 1].

    Example:
        >>> print(hard_tanh([-2.0, 0.5, 2.0]))
        [-1.   0.5  1. ]
    """
    return jax.nn.hard_tanh(_floats(x))


@ACTIVATIONS.add()
@recordable
def softsign(x):
    """``x / (1 + |x|)``, in (-1, 1): like tanh, but nears its bounds slowly.

    Example:
        >>> print(softsign([-1.0, 0.0, 3.0]))
        [-0.5   0.    0.75]
    """
    return jax.nn.soft_sign(_floats(x))


# ---- shrinking


@ACTIVATIONS.add()
@recordable
def hard_shrink(x, threshold=0.5):
    """Zero for small values: ``x`` where ``|x| > threshold``, else 0.

    Example:
        >>> print(hard_shrink([-2.0, 0.25, 1.0]))
        [-2.  0.  1.]
    """
    return jnp.where(jnp.abs(x := _floats(x)) > threshold, x, 0.0)


@ACTIVATIONS.add()
@recordable
def soft_shrink(x, threshold=0.5):
    """Moves every value towards 0: ``sign(x) * max(|x| - threshold, 0)``.

    Example:
        >>> print(soft_shrink([-2.0, 0.25, 1.0]))
        [-1.5  0.   0.5]
    """
    x = _floats(x)
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0.0))


@ACTIVATIONS.add()
@recordable
def tanh_shrink(x):
    """``x - tanh(x)``: nearly 0 around 0.

    Example:
        >>> round(float(tanh_shrink(1.0)), 3)
        0.238
    """
    return (x := _floats(x)) - jnp.tanh(x)


# ---- across an axis


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


@ACTIVATIONS.add()
@recordable
def softmax(x, axis=-1):
    """Probabilities from logits: ``exp(x_i) / sum_j exp(x_j)``; in [0, 1], with sum 1.

    Args:
        x: logits.
        axis: the axis, or tuple of axes, along which the sum is 1.

    Shapes:
        ``(batch, classes) -> (batch, classes)``

    Example:
        >>> print(softmax([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1000.0]]))
        [[0.25 0.25 0.25 0.25]
         [0.   0.   0.   1.  ]]
    """
    x, axis = _floats(x), _axes(axis)
    if isinstance(axis, int) and -x.ndim <= axis < x.ndim and x.shape[axis] == 1:
        warnings.warn(
            f"softmax: expected several classes along axis {axis}; got shape {x.shape}, whose every output is 1. "
            "For one yes-or-no output use sigmoid, or give the layer one unit per class.",
            stacklevel=3,
        )
    output = jax.nn.softmax(x, axis)
    return _note_logits(output, x, "softmax") if axis in (-1, x.ndim - 1) else output


@ACTIVATIONS.add()
@recordable
def log_softmax(x, axis=-1):
    """Logarithms of softmax: ``x_i - log(sum_j exp(x_j))``, in (-inf, 0].

    Args:
        x: logits.
        axis: the axis, or tuple of axes, of the sum.

    Example:
        >>> [round(value, 3) for value in log_softmax([0.0, 0.0]).tolist()]
        [-0.693, -0.693]
    """
    return jax.nn.log_softmax(_floats(x), _axes(axis))


@ACTIVATIONS.add()
@recordable
def sparsemax(x, axis=-1):
    """The point of the probability simplex nearest to x: ``max(x_i - tau, 0)``, with tau such that the sum is 1.

    Unlike softmax it gives exact zeros to classes far behind.

    Args:
        x: logits.
        axis: the axis along which the sum is 1.

    Example:
        >>> print(sparsemax([0.5, 0.25, -2.0]))
        [0.625 0.375 0.   ]

    Reference:
        Martins & Astudillo, 2016, From softmax to sparsemax, algorithm 1.

    Differs:
        Keras 3.15 adds up cumulative sums when it finds tau, and its output then does not sum to 1
        whenever more than one class is above zero.
    """
    x = _floats(x)
    x = x - jax.lax.stop_gradient(x.max(axis, keepdims=True))  # a shift changes nothing but rounding
    falling = jnp.sort(x, axis, descending=True)
    place = jnp.arange(1, x.shape[axis] + 1, dtype=x.dtype)
    place = jnp.expand_dims(place, [other for other in range(x.ndim) if other != axis % x.ndim])
    inside = 1 + place * falling > jnp.cumsum(falling, axis)
    size = inside.sum(axis, keepdims=True).astype(x.dtype)
    tau = (jnp.where(inside, falling, 0.0).sum(axis, keepdims=True) - 1) / size
    return jax.nn.relu(x - tau)


@ACTIVATIONS.add()
@recordable
def glu(x, axis=-1):
    """Gated linear unit: halves x into a and b along an axis and gives ``a * sigmoid(b)``.

    Args:
        x: an array with an even length along the axis.
        axis: the axis to halve.

    Shapes:
        ``(batch, 2 * features) -> (batch, features)``

    Example:
        >>> print(glu([3.0, 4.0, 0.0, 0.0]))
        [1.5 2. ]

    Reference:
        Dauphin et al., 2017, Language modeling with gated convolutional networks, eq. 1.
    """
    x = _floats(x)
    if x.shape[axis] % 2:
        raise ShapeError("glu", f"an even length along axis {axis}", x.shape, "Give the layer before it 2 * n units.")
    return jax.nn.glu(x, axis)


swish, hard_swish = silu, hard_silu


# ---- names and descriptions


def get(identifier: Any) -> Any:
    """The activation that a name, config, layer or function stands for; None stands for ``linear``.

    Example:
        >>> get("relu") is relu
        True
    """
    return linear if identifier is None else specs.resolve(identifier, ACTIVATIONS)


def serialize(activation: Any) -> Any:
    """The name of a built-in activation; a JSON-able description of any other."""
    return specs.serialize(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The activation that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
