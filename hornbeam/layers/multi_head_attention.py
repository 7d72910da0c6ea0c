"""MultiHeadAttention: attention by several heads at once, over any axes."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from hornbeam import constraints, initializers, regularizers
from hornbeam.core.checks import Refused, integer, number, optional_shape
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import axis_or_axes
from hornbeam.layers.dense import EinsumDense
from hornbeam.layers.heads import Headed
from hornbeam.layers.layer import LAYERS, check_axis


def _axes(value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    axes = axis_or_axes(value)
    return axes if isinstance(axes, tuple) else (axes,)


def _made(value: Any) -> tuple[int | None, ...] | None:
    lengths = optional_shape(value)
    if lengths is not None and (len(lengths) > 3 or any(not length or length < 0 for length in lengths)):
        raise Refused("one to three positive lengths", "Write for example output_shape=64.")
    return lengths or None


@LAYERS.add()
class MultiHeadAttention(Headed):
    """Attention by several heads, each with projections of its own: ``output = concat(head_1, …, head_n) · O + o``.

    ``head_i = softmax(q · kᵀ / sqrt(key_dim)) · v`` with ``q = query · Q_i + …``, ``k = key · K_i + …`` and
    ``v = value · V_i + …``.

    Args:
        num_heads: number of heads.
        key_dim: size of each head's query and key.
        value_dim: size of each head's value; ``key_dim`` when None.
        dropout: the share of attention weights that is dropped while training.
        use_bias: whether the projections have biases.
        output_shape: features of the output; those of the query when None.
        attention_axes: axes over which it attends; all between batch and features when None.
        sliding_window: w, when place i sees only places less than w away; None for all.
        flash_attention: see ``ops.dot_product_attention``.
        kernel_initializer, bias_initializer: first values of the projections.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the projections' outputs.
        kernel_constraint, bias_constraint: applied after each update.
        use_gate: whether each head's output is multiplied by ``sigmoid(query · G_i + …)``.
        seed: makes the dropout the same in every run; see ``Dropout``.

    The call takes ``query``, ``value`` and ``key`` (the value when None); ``query_mask``, ``value_mask`` and
    ``key_mask``, which the arrays' own masks fill in; ``attention_mask``, True where a query may look;
    ``return_attention_scores``; ``use_causal_mask``, so that place i sees only places up to i.

    Shapes:
        query ``(batch, time, features)``, value and key ``(batch, source, …)`` -> ``(batch, time, features)``, and
        the weights ``(batch, num_heads, time, source)``; attention_mask ``(batch, time, source)`` or with an axis
        for heads.

    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8), "float32")
        >>> layer = MultiHeadAttention(num_heads=2, key_dim=4)
        >>> output, weights = layer(x, x, use_causal_mask=True, return_attention_scores=True)
        >>> output.shape, weights.shape
        ((2, 5, 8), (2, 2, 5, 5))
        >>> print(weights[0, 0, 1])
        [0.5 0.5 0.  0.  0. ]

    Reference:
        Vaswani et al. (2017), Attention is all you need, section 3.2.2; Qiu et al. (2025), Gated attention.

    Differs:
        A query that may look nowhere gets the output's bias. In Keras it gets the mean over all places, padding
        included, unless scores are returned. A ``query_mask`` that is given counts; Keras overwrites it.
    """

    num_heads = field(convert=integer(1))
    key_dim = field(convert=integer(1))
    value_dim = field(None, convert=integer(1, optional=True))
    dropout = field(0.0, convert=number(0, 1, open_high=True))
    use_bias = field(True)
    output_shape = field(None, convert=_made)
    attention_axes = field(None, convert=_axes)
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

    _gate_dense: EinsumDense | None = None

    def _ready(self) -> None:
        super()._ready()
        self.value_dim = self.value_dim or self.key_dim

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:  # type: ignore[override]
        query, value = tuple(query_shape), tuple(value_shape)
        key = value if key_shape is None else tuple(key_shape)
        rank = len(query)
        self._check_shapes(query, value, key)
        self.query_dense = self.to_heads(rank, self.num_heads, self.key_dim, "query")
        self.key_dense = self.to_heads(rank, self.num_heads, self.key_dim, "key")
        if self.use_gate:
            self._gate_dense = self.to_heads(rank, self.num_heads, self.value_dim, "gate", "sigmoid")
        self.value_dense = self.to_heads(rank, self.num_heads, self.value_dim, "value")
        self.output_dense = self.from_heads(rank, self.output_shape or (query[-1],), "attention_output")
        for layer, shape in ((self.query_dense, query), (self.key_dense, key), (self.value_dense, value)):
            layer.build(shape)
        if self._gate_dense is not None:
            self._gate_dense.build(query)
        self.output_dense.build((*query[:-1], self.num_heads, self.value_dim))
        self.add_dropout()

    def _check_shapes(self, query: tuple, value: tuple, key: tuple) -> None:
        if {len(query), len(value), len(key)} != {len(query)} or not 3 <= len(query) <= 6 or value[1:-1] != key[1:-1]:
            raise ShapeError(
                self.where,
                "query (batch, time, features), and value and key (batch, source, features) of one length",
                f"query {query}, value {value} and key {key}",
                "Add the axes that are missing; for self-attention write layer(x, x).",
            )
        for axis in self.attention_axes or ():
            if check_axis(f"{self.where}, attention_axes", axis, len(query)) in (0, len(query) - 1):
                raise ShapeError(
                    f"{self.where}, attention_axes",
                    f"axes between batch and features, from 1 to {len(query) - 2}",
                    axis,
                    "Leave it out to attend over all of them.",
                )

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
        axes = self._attended(query.ndim)
        folds = len(axes) < query.ndim - 2 or query.ndim > 3
        if folds:
            if (query_mask, value_mask, key_mask) != (None, None, None):
                raise self._unfitting("mask of the input", "None over several axes; give attention_mask", query.shape)
            mask = self._folded_mask(attention_mask, query.shape, value.shape, axes)
        else:
            mask = self.visible(query, value, query_mask, value_mask, key_mask, attention_mask)
        heads = self.project(query, value, key)
        if folds:
            heads = tuple(fold(x, axes) for x in heads)
        output, weights = self.attend(*heads, mask, use_causal_mask, return_attention_scores)
        if folds:
            output = unfold(output, query.shape[:-1], axes)
            weights = weights if weights is None else _unfold_weights(weights, query.shape, value.shape, axes)
        output = self.join(output, query)
        return (output, weights) if return_attention_scores else output

    def project(self, query: Any, value: Any, key: Any) -> tuple[Any, Any, Any]:
        """Query, key and value of every head, ``(batch, …, heads, size)`` each."""
        return self.query_dense(query), self.key_dense(key), self.value_dense(value)

    def join(self, heads: Any, query: Any) -> Any:
        """The output from those of the heads, ``(batch, …, heads, size) -> (batch, …, features)``."""
        if self._gate_dense is not None:
            heads = heads * self._gate_dense(query)
        return self.output_dense(heads)

    def _attended(self, rank: int) -> tuple[int, ...]:
        axes = range(1, rank - 1) if self.attention_axes is None else (axis % rank for axis in self.attention_axes)
        return tuple(axes)

    def _folded_mask(self, mask: Any, query: tuple, value: tuple, axes: tuple[int, ...]) -> Any:
        """A mask ``(batch, others…, time…, source…)`` as one of three axes; see ``fold``."""
        seen = None
        if self.sliding_window is not None:
            seen = self.visible(jnp.zeros((1, _count(query, axes), 1)), jnp.zeros((1, _count(value, axes), 1)))
        if mask is None:
            return seen
        others = [query[axis] for axis in range(1, len(query) - 1) if axis not in axes]
        ends = [query[axis] for axis in axes], [value[axis] for axis in axes]
        full = (query[0], *others, *ends[0], *ends[1])
        mask = jnp.asarray(mask)
        if mask.ndim != len(full) or any(a not in (1, b) for a, b in zip(mask.shape, full, strict=True)):
            raise self._unfitting("attention_mask", f"{full}, with 1 where it does not vary", mask.shape)
        mask = jnp.broadcast_to(mask, full).reshape(-1, math.prod(ends[0]), math.prod(ends[1])).astype(bool)
        return mask if seen is None else mask & seen


def _count(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    return math.prod(shape[axis] for axis in axes)


def fold(x: Any, axes: tuple[int, ...]) -> Any:
    """Attended axes as one, those beside them as part of the batch: ``(batch·others, time, heads, size)``."""
    others = [axis for axis in range(1, x.ndim - 2) if axis not in axes]
    turned = jnp.transpose(x, (0, *others, *axes, x.ndim - 2, x.ndim - 1))
    return turned.reshape(-1, _count(x.shape, axes), *x.shape[-2:])


def unfold(x: Any, shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """What ``fold`` made, of an array whose axes before heads and size have these lengths, as it was."""
    order = [0, *(axis for axis in range(1, len(shape)) if axis not in axes), *axes]
    x = x.reshape(*(shape[axis] for axis in order), *x.shape[-2:])
    back = sorted(range(len(order)), key=order.__getitem__)
    return jnp.transpose(x, (*back, x.ndim - 2, x.ndim - 1))


def _unfold_weights(weights: Any, query: tuple, value: tuple, axes: tuple[int, ...]) -> Any:
    """``(batch·others, heads, time, source) -> (batch, others…, heads, time…, source…)``."""
    others = [query[axis] for axis in range(1, len(query) - 1) if axis not in axes]
    ends = [x[axis] for x in (query, value) for axis in axes]
    return weights.reshape(query[0], *others, weights.shape[1], *ends)
