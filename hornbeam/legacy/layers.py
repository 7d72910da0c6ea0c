"""Layers that Keras had once."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field, own_fields_first
from hornbeam.core.registry import register_keras_serializable
from hornbeam.layers.layer import Layer
from hornbeam.saving.old_words import in_old_files


@register_keras_serializable("hornbeam.legacy")
class ThresholdedReLU(Layer):
    """``x`` where ``x > theta``, 0 elsewhere.

    Args:
        theta: where it begins, at least 0.

    Example:
        >>> print(ThresholdedReLU(1.0)(jnp.array([[0.5, 1.0, 2.0]])))
        [[0. 0. 2.]]

    Reference:
        Konda, Memisevic & Krueger (2015), Zero-bias autoencoders and the benefits of co-adapting features.
    """

    theta = field(1.0, convert=number(0))
    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return jnp.where(x > self.theta, x, 0)


@in_old_files()
@register_keras_serializable("hornbeam.legacy")
class ParametricSoftplus(Layer):
    """``alpha · log(1 + exp(beta · x))`` with an alpha and a beta that are learned for every entry.

    Args:
        alpha_init, beta_init: first values.

    Example:
        >>> ParametricSoftplus()(jnp.zeros((2, 3))).shape
        (2, 3)
    """

    alpha_init = field(0.2, convert=number())
    beta_init = field(5.0, convert=number())
    rowwise = True

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape[1:])
        self.alpha = self.add_weight(shape, initializers.Constant(self.alpha_init), name="alpha")
        self.beta = self.add_weight(shape, initializers.Constant(self.beta_init), name="beta")

    def call(self, x: Any) -> Any:
        return jnp.asarray(self.alpha) * jax.nn.softplus(jnp.asarray(self.beta) * x)


class _Old(Layer):
    """What the dense layers of Keras 1 share."""

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        own_fields_first(cls)

    activation = field(None, convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    rowwise = True

    def _kernel(self, shape: Any, name: str = "kernel") -> Any:
        return self.add_weight(
            shape, self.kernel_initializer, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
            name=name,
        )  # fmt: skip

    def _bias(self, shape: Any, initializer: Any = "zeros", name: str = "bias") -> Any:
        return self.add_weight(
            shape, initializer, regularizer=self.bias_regularizer, constraint=self.bias_constraint, name=name
        )


@in_old_files(output_dim="units")
@register_keras_serializable("hornbeam.legacy")
class MaxoutDense(_Old):
    """The largest of several affine functions, entry by entry: ``max_k (x · kernel[k] + bias[k])``.

    Args:
        units: number of outputs.
        nb_feature: number of functions, k.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernels.
        kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint: as of ``Dense``.

    Shapes:
        ``(batch, features) -> (batch, units)``; kernel ``(nb_feature, features, units)``.

    Example:
        >>> MaxoutDense(3)(jnp.ones((2, 4))).shape
        (2, 3)

    Reference:
        Goodfellow et al. (2013), Maxout networks, section 3.
    """

    units = field(convert=integer(1))
    nb_feature = field(4, convert=integer(1))

    def build(self, input_shape: Any) -> None:
        self.kernel = self._kernel((self.nb_feature, input_shape[-1], self.units))
        if self.use_bias:
            self.bias = self._bias((self.nb_feature, self.units))

    def call(self, x: Any) -> Any:
        sums = jnp.einsum("bi,kio->bko", x, jnp.asarray(self.kernel))
        return jnp.max(sums + jnp.asarray(self.bias) if self.use_bias else sums, axis=1)


@in_old_files()
@register_keras_serializable("hornbeam.legacy")
class Highway(_Old):
    """``t · activation(x · kernel + bias) + (1 - t) · x`` with a learned gate ``t = sigmoid(x · gate + gate_bias)``.

    Args:
        activation: of the new values.
        transform_bias: first value of the gate's bias; below 0 the layer begins by passing its input on.
        use_bias: whether biases are added.
        kernel_initializer: first values of the kernels.
        kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint: as of ``Dense``.

    Shapes:
        ``(batch, features) -> (batch, features)``.

    Example:
        >>> Highway(activation="relu")(jnp.ones((2, 4))).shape
        (2, 4)

    Reference:
        Srivastava, Greff & Schmidhuber (2015), Highway networks, equation 3.
    """

    transform_bias = field(-2.0, convert=number())

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        self.kernel, self.gate = self._kernel((size, size)), self._kernel((size, size), "gate")
        if self.use_bias:
            self.bias = self._bias((size,))
            self.gate_bias = self._bias((size,), initializers.Constant(self.transform_bias), "gate_bias")

    def call(self, x: Any) -> Any:
        new, gate = x @ jnp.asarray(self.kernel), x @ jnp.asarray(self.gate)
        if self.use_bias:
            new, gate = new + jnp.asarray(self.bias)[None], gate + jnp.asarray(self.gate_bias)[None]
        gate = jax.nn.sigmoid(gate)
        new = new if self.activation is None else self.activation(new)
        return gate * new + (1 - gate) * x


class AbstractRNNCell(Layer):
    """Base of the users' cells for ``RNN``: a subclass has ``state_size``, ``output_size`` and ``call(x, states)``."""

    @property
    def state_size(self) -> Any:
        """Length of the state, or of each of several."""
        raise NotImplementedError(f"{type(self).__name__} must define state_size.")

    @property
    def output_size(self) -> Any:
        """Length of the output."""
        raise NotImplementedError(f"{type(self).__name__} must define output_size.")

    def get_initial_state(self, inputs: Any = None, batch_size: int | None = None, dtype: Any = None) -> Any:
        """Zeros, one array for each state."""
        rows = inputs.shape[0] if batch_size is None else batch_size
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.state_size]
        states = [jnp.zeros((rows, size), dtype or self.dtype.compute_dtype) for size in sizes]
        return states if len(states) > 1 else states[0]
