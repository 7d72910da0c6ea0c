"""TransformerDecoder: attention to what was said so far, and to what the encoder read."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import optional_shape
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.layers.cached_attention import CachedMultiHeadAttention
from hornbeam.layers.feedforward import TransformerBlock, visible
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.attention import both, causal


@LAYERS.add(module="keras_hub.layers")
class TransformerDecoder(TransformerBlock):
    """A block of a transformer's decoder: causal self-attention, attention to an encoder's output, two dense layers.

    ``y = norm(x + attention(x))``, ``z = norm(y + attention(y, encoder_sequence))`` and
    ``output = norm(z + dense(dense(z)))``; with ``normalize_first`` as in ``TransformerEncoder``. Called on one
    sequence, as in GPT-2, it has no middle part.

    Args:
        intermediate_dim: units of the first of the two dense layers; the second has as many as the input has features.
        num_heads: heads of each attention, a divisor of the number of features.
        dropout: the share of attention weights, and of what attention and dense layers add, dropped while training.
        activation: of the first dense layer.
        layer_norm_epsilon: added to the variance in the normalisations.
        kernel_initializer, bias_initializer: first values of the weights.
        normalize_first: whether to normalise before attention and dense layers, as GPT-2, or after them.

    The call takes ``decoder_sequence`` and ``encoder_sequence``; for each ``…_padding_mask``, True where there is no
    padding, which the array's own mask fills in, and ``…_attention_mask``, True where a place may look;
    ``use_causal_mask``, so that place i of the decoder's sequence sees only places up to i. For generating step by
    step it takes ``self_attention_cache`` and ``cross_attention_cache`` with ``…_cache_update_index``, as in
    ``CachedMultiHeadAttention``, and gives them back: ``(output, cache)`` or ``(output, cache, cross_cache)``.

    Shapes:
        decoder_sequence ``(batch, time, features)``, kept; encoder_sequence ``(batch, source, width)``; padding masks
        ``(batch, time)`` and ``(batch, source)``; attention masks ``(batch, time, time)`` and
        ``(batch, time, source)``; caches ``(batch, 2, steps, num_heads, features / num_heads)``.

    Example:
        >>> import numpy as np
        >>> decoder = TransformerDecoder(intermediate_dim=32, num_heads=2)
        >>> decoder(np.ones((3, 5, 8), "float32"), np.ones((3, 7, 8), "float32")).shape
        (3, 5, 8)

    Reference:
        Vaswani et al. (2017), Attention is all you need, section 3.1; Radford et al. (2019), GPT-2.

    Differs:
        KerasHub rounds the size of the heads down where their number does not divide the features.
    """

    decoder_sequence_shape = field(None, kw_only=True, convert=optional_shape, key=False)
    encoder_sequence_shape = field(None, kw_only=True, convert=optional_shape, key=False)

    _cross_attention_layer: Any = None

    def _ready(self) -> None:
        super()._ready()
        if self.decoder_sequence_shape is not None:
            self.build(self.decoder_sequence_shape, self.encoder_sequence_shape)

    def build(self, decoder_sequence_shape: Any, encoder_sequence_shape: Any = None) -> None:
        shape = self.decoder_sequence_shape = tuple(decoder_sequence_shape)
        size = self.head_size(shape)
        self._self_attention_layer = self._attention(size, "self_attention")
        self._self_attention_layer.build(shape, shape)
        self._self_attention_layer_norm = self.add_norm("self_attention_layer_norm", shape)
        self._self_attention_dropout = self.add_dropout("self_attention_dropout")
        if encoder_sequence_shape is not None:
            self.encoder_sequence_shape = tuple(encoder_sequence_shape)
            self._cross_attention_layer = self._attention(size, "cross_attention")
            self._cross_attention_layer.build(shape, self.encoder_sequence_shape)
            self._cross_attention_layer_norm = self.add_norm("cross_attention_layer_norm", shape)
            self._cross_attention_dropout = self.add_dropout("cross_attention_dropout")
        self._feedforward_intermediate_dense = self.add_dense(
            self.intermediate_dim, shape, "feedforward_intermediate_dense", self.activation
        )
        self._feedforward_output_dense = self.add_dense(
            int(shape[-1]), (*shape[:-1], self.intermediate_dim), "feedforward_output_dense"
        )
        self._feedforward_layer_norm = self.add_norm("feedforward_layer_norm", shape)
        self._feedforward_dropout = self.add_dropout("feedforward_dropout")

    def _attention(self, size: int, name: str) -> CachedMultiHeadAttention:
        return CachedMultiHeadAttention(
            self.num_heads,
            size,
            dropout=self.dropout,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            dtype=self.dtype,
            name=name,
        )

    def call(
        self,
        decoder_sequence: Any,
        encoder_sequence: Any = None,
        decoder_padding_mask: Any = None,
        decoder_attention_mask: Any = None,
        encoder_padding_mask: Any = None,
        encoder_attention_mask: Any = None,
        self_attention_cache: Any = None,
        self_attention_cache_update_index: Any = None,
        cross_attention_cache: Any = None,
        cross_attention_cache_update_index: Any = None,
        use_causal_mask: bool = True,
        training: Any = None,
    ) -> Any:
        self._check_call(encoder_sequence, self_attention_cache, cross_attention_cache)
        caches: dict[str, Any] = {}

        def attention(layer: Any, value: Any, cache: Any, index: Any, mask: Any, is_causal: bool = False) -> Any:
            def branch(x: Any) -> Any:
                looked_at = x if value is None else value
                found = layer(
                    x,
                    looked_at,
                    attention_mask=mask,
                    cache=cache,
                    cache_update_index=index,
                    use_causal_mask=is_causal,
                )
                x, caches[layer.name] = (found, None) if cache is None else found
                return x

            return branch

        def dense(x: Any) -> Any:
            return self._feedforward_output_dense(self._feedforward_intermediate_dense(x))

        cache, index = self_attention_cache, self_attention_cache_update_index
        seen = self._seen(decoder_sequence, decoder_padding_mask, decoder_attention_mask, use_causal_mask, cache, index)
        branch = attention(self._self_attention_layer, None, cache, index, seen, use_causal_mask and cache is None)
        x = self.residual(decoder_sequence, self._self_attention_layer_norm, self._self_attention_dropout, branch)
        if self._cross_attention_layer is not None:
            cache, index = cross_attention_cache, cross_attention_cache_update_index
            seen = visible(f"{self.where}, encoder_", encoder_sequence, encoder_padding_mask, encoder_attention_mask)
            branch = attention(self._cross_attention_layer, encoder_sequence, cache, index, seen)
            x = self.residual(x, self._cross_attention_layer_norm, self._cross_attention_dropout, branch)
        x = self.residual(x, self._feedforward_layer_norm, self._feedforward_dropout, dense)
        return x if self_attention_cache is None else (x, *caches.values())

    def _seen(
        self, sequence: Any, padding_mask: Any, attention_mask: Any, is_causal: bool, cache: Any, index: Any
    ) -> Any:
        """What the decoder's places may look at, beside causality without a cache, which the attention sees to."""
        if cache is None:
            return visible(f"{self.where}, decoder_", sequence, padding_mask, attention_mask)
        # masks are of the whole cache, of which the sequence is a part
        steps = jnp.zeros((sequence.shape[0], cache.shape[2], 1), bool)
        seen = visible(f"{self.where}, decoder_", steps, padding_mask, attention_mask)
        if not is_causal:
            return seen
        return both(seen, causal(sequence.shape[1], cache.shape[2], 0 if index is None else index)[None])

    def _check_call(self, encoder_sequence: Any, self_cache: Any, cross_cache: Any) -> None:
        crosses = self._cross_attention_layer is not None
        if crosses != (encoder_sequence is not None):
            raise ArgumentError(
                f"{self.where}, encoder_sequence",
                "one, as in its first call" if crosses else "none, as in its first call",
                "none" if crosses else f"shape {tuple(encoder_sequence.shape)}",
                "Make one layer for each way of calling: with an encoder's output it has more weights.",
            )
        if crosses and (self_cache is None) != (cross_cache is None):
            raise ArgumentError(
                f"{self.where}, self_attention_cache and cross_attention_cache",
                "both or none",
                f"only {'cross' if self_cache is None else 'self'}_attention_cache",
                "Begin both with zeros.",
            )
