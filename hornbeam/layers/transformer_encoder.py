"""TransformerEncoder: self-attention and two dense layers, each with a way around."""

from __future__ import annotations

from typing import Any

from hornbeam.layers.feedforward import TransformerBlock, visible
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.multi_head_attention import MultiHeadAttention


@LAYERS.add(module="keras_hub.layers")
class TransformerEncoder(TransformerBlock):
    """A block of a transformer's encoder: ``y = norm(x + attention(x))``, ``output = norm(y + dense(dense(y)))``.

    With ``normalize_first``: ``y = x + attention(norm(x))``, ``output = y + dense(dense(norm(y)))``. Several of them,
    one after the other, make an encoder.

    Args:
        intermediate_dim: units of the first of the two dense layers; the second has as many as the input has features.
        num_heads: heads of the attention, a divisor of the number of features.
        dropout: the share of attention weights, and of what attention and dense layers add, dropped while training.
        activation: of the first dense layer.
        layer_norm_epsilon: added to the variance in the normalisations.
        kernel_initializer, bias_initializer: first values of the weights.
        normalize_first: whether to normalise before attention and dense layers, as GPT-2, or after them, as BERT.

    The call takes ``padding_mask``, True where there is no padding, which the input's own mask fills in;
    ``attention_mask``, True where a place may look; ``return_attention_scores``.

    Shapes:
        ``(batch, time, features)``, kept, and the weights ``(batch, num_heads, time, time)``; padding_mask
        ``(batch, time)``, attention_mask ``(batch, time, time)``.

    Example:
        >>> import numpy as np
        >>> encoder = TransformerEncoder(intermediate_dim=32, num_heads=2)
        >>> encoder(np.ones((3, 5, 8), "float32")).shape
        (3, 5, 8)

    Reference:
        Vaswani et al. (2017), Attention is all you need, section 3.1; Xiong et al. (2020) for ``normalize_first``.

    Differs:
        KerasHub rounds the size of the heads down where their number does not divide the features.
    """

    def build(self, inputs_shape: Any) -> None:
        shape = tuple(inputs_shape)
        size = self.head_size(shape)
        self._self_attention_layer = MultiHeadAttention(
            self.num_heads,
            size,
            dropout=self.dropout,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            dtype=self.dtype,
            name="self_attention_layer",
        )
        self._self_attention_layer.build(shape, shape)
        self._self_attention_layer_norm = self.add_norm("self_attention_layer_norm", shape)
        self._self_attention_dropout = self.add_dropout("self_attention_dropout")
        self._feedforward_layer_norm = self.add_norm("feedforward_layer_norm", shape)
        self._feedforward_intermediate_dense = self.add_dense(
            self.intermediate_dim, shape, "feedforward_intermediate_dense", self.activation
        )
        self._feedforward_output_dense = self.add_dense(
            int(shape[-1]), (*shape[:-1], self.intermediate_dim), "feedforward_output_dense"
        )
        self._feedforward_dropout = self.add_dropout("feedforward_dropout")

    def call(
        self,
        inputs: Any,
        padding_mask: Any = None,
        attention_mask: Any = None,
        training: Any = None,
        return_attention_scores: bool = False,
    ) -> Any:
        mask, weights = visible(f"{self.where}, ", inputs, padding_mask, attention_mask), None

        def attention(x: Any) -> Any:
            nonlocal weights
            found = self._self_attention_layer(
                x, x, attention_mask=mask, return_attention_scores=return_attention_scores
            )
            x, weights = found if return_attention_scores else (found, None)
            return x

        def dense(x: Any) -> Any:
            return self._feedforward_output_dense(self._feedforward_intermediate_dense(x))

        x = self.residual(inputs, self._self_attention_layer_norm, self._self_attention_dropout, attention)
        x = self.residual(x, self._feedforward_layer_norm, self._feedforward_dropout, dense)
        return (x, weights) if return_attention_scores else x
