"""MaskedLMHead: which words stood at the places that were hidden."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, initializers
from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.dense import Dense
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.normalization import LayerNormalization
from hornbeam.layers.reversible_embedding import ReversibleEmbedding


def _embedding(value: Any) -> ReversibleEmbedding | None:
    if value is not None and not isinstance(value, ReversibleEmbedding):
        raise Refused("a ReversibleEmbedding or None", "Give embedding.token_embedding of a TokenAndPositionEmbedding.")
    return value


@LAYERS.add(module="keras_hub.layers")
class MaskedLMHead(Layer):
    """The scores of all words at chosen places: ``norm(dense(x[places])) · kernel + bias``.

    Args:
        vocabulary_size: number of words; may be left out with ``token_embedding``.
        token_embedding: a ``ReversibleEmbedding`` whose table, turned round, serves as kernel; None for one of its own.
        intermediate_activation: of the dense layer.
        activation: of the scores; None leaves logits.
        layer_norm_epsilon: added to the variance in the normalisation.
        kernel_initializer, bias_initializer: first values of the weights.

    Shapes:
        ``(batch, time, features)`` and mask_positions ``(batch, places)``, whole numbers from 0 ->
        ``(batch, places, vocabulary_size)``.

    Example:
        >>> import numpy as np
        >>> head = MaskedLMHead(vocabulary_size=100, activation="softmax")
        >>> head(np.ones((2, 5, 8), "float32"), np.array([[0, 3], [1, 1]])).shape
        (2, 2, 100)

    Reference:
        Devlin et al. (2019), BERT, section 3.1; Press & Wolf (2017) for the shared table.
    """

    vocabulary_size = field(None, convert=integer(1, optional=True))
    token_embedding = field(None, convert=_embedding)
    intermediate_activation = field("relu", convert=activations.get)
    activation = field(None, convert=activations.get)
    layer_norm_epsilon = field(1e-5, convert=number(0))
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)

    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        table = self.token_embedding
        size = self.vocabulary_size if table is None else table.input_dim
        if size is None or self.vocabulary_size not in (None, size):
            raise ArgumentError(
                f"{self.where}, vocabulary_size",
                "the number of words" + ("" if table is None else f", {size} as in token_embedding"),
                self.vocabulary_size,
                "Give vocabulary_size or token_embedding.",
            )
        self.vocabulary_size = size

    def build(self, inputs_shape: Any, mask_positions_shape: Any = None) -> None:
        if len(inputs_shape) != 3 or inputs_shape[-1] is None:
            raise ShapeError(
                self.where,
                "vectors (batch, time, features) with a known number of features",
                f"shape {tuple(inputs_shape)}",
                "Give it an encoder's output.",
            )
        features = int(inputs_shape[-1]) if self.token_embedding is None else self.token_embedding.output_dim
        self._intermediate_dense = Dense(
            features,
            activation=self.intermediate_activation,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            dtype=self.dtype,
            name="intermediate_dense",
        )
        self._intermediate_layer_norm = LayerNormalization(
            epsilon=self.layer_norm_epsilon, dtype=self.dtype, name="intermediate_layer_norm"
        )
        self._intermediate_dense.build((None, None, int(inputs_shape[-1])))
        self._intermediate_layer_norm.build((None, None, features))
        if self.token_embedding is None:
            shape = (features, self.vocabulary_size)
            self._kernel = self.add_weight(shape, self.kernel_initializer, name="output_kernel")
        self._bias = self.add_weight((self.vocabulary_size,), self.bias_initializer, name="output_bias")

    def call(self, inputs: Any, mask_positions: Any) -> Any:
        places = jnp.asarray(mask_positions).astype(jnp.int32)
        if places.ndim != 2 or places.shape[0] != inputs.shape[0]:
            raise ShapeError(
                f"{self.where}, mask_positions",
                f"places ({inputs.shape[0]}, places), a row for each sample",
                f"shape {places.shape}",
                "Pad rows with 0, and give the padding a weight of 0.",
            )
        x = jnp.take_along_axis(jnp.asarray(inputs), places[:, :, None], axis=1, mode="fill")
        x = self._intermediate_layer_norm(self._intermediate_dense(x))
        if self.token_embedding is None:
            scores = jnp.matmul(x, jnp.asarray(self._kernel))
        else:
            scores = self.token_embedding(x, reverse=True).astype(x.dtype)
        return self.activation(scores + jnp.asarray(self._bias).reshape(1, 1, -1))
