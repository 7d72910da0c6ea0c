"""SpectralNormalization: a layer computed with its kernel brought to the spectral norm 1."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from hornbeam import initializers
from hornbeam.core import frame
from hornbeam.core.checks import Refused, integer
from hornbeam.core.config import deserialize, field, is_description
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError
from hornbeam.layers.layer import LAYERS, Layer


def _layer(value: Any) -> Layer:
    """Converter to a layer, from one or from its description."""
    value = deserialize(value, LAYERS) if is_description(value) else value
    if not isinstance(value, Layer):
        raise Refused("a layer", "Write for example SpectralNormalization(Conv2D(32, 3)).")
    return value


def _direction(row: Any) -> Any:
    """A row vector at length 1; zeros stay."""
    length = jnp.sqrt(jnp.sum(jnp.square(row)))
    return row / jnp.where(length > 0, length, 1)


@LAYERS.add()
class SpectralNormalization(Layer):
    """Computes a layer with ``kernel / sigma``, where sigma is the kernel's largest singular value.

    No input is then stretched more than ``|x|`` by it, which keeps a discriminator from becoming too steep. Sigma comes
    from power iteration: ``v = u · kernelᵀ`` and ``u = v · kernel``, each brought to length 1, then
    ``sigma = v · kernel · uᵀ``, with the kernel as a matrix ``(all else, units)``. In training ``u`` is kept from step
    to step, so that few iterations suffice.

    Args:
        layer: a layer with a ``kernel`` or ``embeddings``.
        power_iterations: iterations in each call, at least 1.

    Shapes:
        Those of the layer; the state ``u`` is ``(1, units)``.

    Example:
        >>> import numpy as np
        >>> from hornbeam.layers import Dense
        >>> layer = SpectralNormalization(Dense(2, use_bias=False, kernel_initializer="identity"), power_iterations=20)
        >>> print(layer(np.array([[3.0, 4.0]]), training=True).round(4))
        [[3. 4.]]

    Reference:
        Miyato et al. (2018), Spectral normalization for generative adversarial networks, algorithm 1.

    Differs:
        As in the paper the kernel itself stays as it is and every call divides by sigma, at inference too. Keras
        overwrites the kernel in training, except on JAX, where inference then runs with another kernel than training.
    """

    layer = field(convert=_layer)
    power_iterations = field(1, convert=integer(1))

    kernel: Any
    vector_u: Any

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = self.layer.rowwise
        self.supports_masking = self.layer.supports_masking

    def build(self, input_shape: Any) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)
        names = [name for name in ("kernel", "embeddings") if getattr(self.layer, name, None) is not None]
        if not names:
            raise ArgumentError(
                f"{self.where}, layer",
                "a layer with a kernel or embeddings",
                f"{type(self.layer).__name__}, which has neither",
                "Give it a Dense, Embedding or convolution.",
            )
        self.kernel = getattr(self.layer, names[0])
        self.vector_u = self.add_weight(
            (1, self.kernel.shape[-1]),
            initializers.TruncatedNormal(stddev=0.02),
            dtype=self.kernel.dtype,
            trainable=False,
            autocast=False,
            name="vector_u",
        )

    def call(self, x: Any, training: Any = False) -> Any:
        active = frame.current()
        assert active is not None  # the call of a layer opens one
        stored = jnp.asarray(active.read(self.kernel))
        u, sigma = self._largest_singular_value(stored)
        if training and self.trainable:
            self.vector_u.assign(jnp.where(sigma > 0, u, jnp.asarray(self.vector_u.value)))
        active.values[self.kernel] = stored / jnp.where(sigma > 0, sigma, 1)
        try:
            return self.layer(x).astype(numpy_dtype(self.dtype.compute_dtype))
        finally:
            active.values[self.kernel] = stored

    def _largest_singular_value(self, kernel: Any) -> tuple[Any, Any]:
        """The new ``u`` and sigma, through which alone the slope of the norm flows."""
        matrix = kernel.reshape(-1, kernel.shape[-1])
        fixed = lax.stop_gradient(matrix)
        u = jnp.asarray(self.vector_u.value)
        for _ in range(self.power_iterations):
            v = _direction(u @ fixed.T)
            u = _direction(v @ fixed)
        return u, (v @ matrix @ u.T)[0, 0]
