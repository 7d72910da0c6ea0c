"""GroupQueryAttention: heads that share keys and values."""

from __future__ import annotations

from typing import Any

from hornbeam import constraints, initializers, regularizers
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.dense import EinsumDense
from hornbeam.layers.heads import Headed
from hornbeam.layers.layer import LAYERS


@LAYERS.add("GroupedQueryAttention", "grouped_query_attention")
class GroupQueryAttention(Headed):
    """As ``MultiHeadAttention``, but neighbouring heads share the projections of key and value.

    Caches of keys and values are then smaller by the number of heads in a group.

    Args:
        head_dim: size of each head.
        num_query_heads: number of heads.
        num_key_value_heads: number of groups, a divisor of it: 1 is multi-query attention, the number of heads itself
            is multi-head attention.
        dropout, use_bias, sliding_window, flash_attention, use_gate, seed: as in ``MultiHeadAttention``.
        kernel_initializer, bias_initializer: first values of the projections.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the projections' outputs.
        kernel_constraint, bias_constraint: applied after each update.

    The call is that of ``MultiHeadAttention``.

    Shapes:
        query ``(batch, time, features)``, value and key ``(batch, source, features)`` -> ``(batch, time, features)``,
        and the weights ``(batch, num_query_heads, time, source)``.

    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8), "float32")
        >>> layer = GroupQueryAttention(head_dim=4, num_query_heads=6, num_key_value_heads=2)
        >>> layer(x, x).shape, layer._key_dense.kernel.shape
        ((2, 5, 8), (8, 2, 4))

    Reference:
        Ainslie et al. (2023), GQA: training generalized multi-query transformer models, section 2.2.

    Differs:
        A query that may look nowhere gets the output's bias; see ``MultiHeadAttention``.
    """

    head_dim = field(convert=integer(1))
    num_query_heads = field(convert=integer(1))
    num_key_value_heads = field(convert=integer(1))
    dropout = field(0.0, convert=number(0, 1, open_high=True))
    use_bias = field(True)
    sliding_window = field(None, convert=integer(1, optional=True))
    flash_attention = field(None)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    activity_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)
    use_gate = field(False)
    seed = field(None, convert=integer(optional=True))

    filed_as = "GroupedQueryAttention"

    _gate_dense: EinsumDense | None = None

    def _ready(self) -> None:
        super()._ready()
        if self.num_query_heads % self.num_key_value_heads:
            raise ArgumentError(
                f"{self.where}, num_key_value_heads",
                f"a divisor of num_query_heads={self.num_query_heads}",
                self.num_key_value_heads,
                "Every group has equally many heads.",
            )

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:  # type: ignore[override]
        query, value = tuple(query_shape), tuple(value_shape)
        key = value if key_shape is None else tuple(key_shape)
        if {len(query), len(value), len(key)} != {3} or value[1] != key[1]:
            raise ShapeError(
                self.where,
                "query (batch, time, features), and value and key (batch, source, features) of one length",
                f"query {query}, value {value} and key {key}",
                "Add the axes that are missing; for self-attention write layer(x, x).",
            )
        self._query_dense = self.to_heads(3, self.num_query_heads, self.head_dim, "query")
        self._key_dense = self.to_heads(3, self.num_key_value_heads, self.head_dim, "key")
        if self.use_gate:
            self._gate_dense = self.to_heads(3, self.num_query_heads, self.head_dim, "gate", "sigmoid")
        self._value_dense = self.to_heads(3, self.num_key_value_heads, self.head_dim, "value")
        self._output_dense = self.from_heads(3, (query[-1],), "attention_output")
        for layer, shape in ((self._query_dense, query), (self._key_dense, key), (self._value_dense, value)):
            layer.build(shape)
        if self._gate_dense is not None:
            self._gate_dense.build(query)
        self._output_dense.build((*query[:-1], self.num_query_heads, self.head_dim))
        self.add_dropout()

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        mask = self.visible(query, value, query_mask, value_mask, key_mask, attention_mask)
        heads = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        output, weights = self.attend(*heads, mask, use_causal_mask, return_attention_scores)
        if self._gate_dense is not None:
            output = output * self._gate_dense(query)
        output = self._output_dense(output)
        return (output, weights) if return_attention_scores else output
