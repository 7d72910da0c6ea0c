"""What attention with heads shares: projections, masks, and attention over any axes."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.dense import EinsumDense
from hornbeam.layers.dropout import Dropout
from hornbeam.layers.layer import Layer
from hornbeam.ops.attention import attention_weights, both, causal, dot_product_attention, near, weigh

_LETTERS = "bcefghij"  # of the axes before the features


class Headed(Layer):
    """Base of layers that project query, key and value to heads, attend with each, and join the heads again.

    A subclass makes its projections with ``to_heads`` and ``from_heads``, in attributes named as Keras's, since files
    name them so.
    """

    dropout: float
    use_bias: bool
    use_gate: bool
    sliding_window: int | None
    flash_attention: bool | None
    seed: int | None
    supports_masking = True
    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        if self.flash_attention and self.dropout > 0:
            raise ArgumentError(
                f"{self.where}, flash_attention",
                "no dropout, which the fused kernel does not know",
                f"dropout={self.dropout}",
                "Leave flash_attention out, or write dropout=0.0.",
            )

    # -- projections ---------------------------------------------------------------------------------

    def to_heads(self, rank: int, heads: int, size: int, name: str, activation: Any = None) -> EinsumDense:
        """A layer ``(batch, …, features) -> (batch, …, heads, size)``."""
        places = _LETTERS[: rank - 1]
        lengths = (*_unknown(rank - 2), heads, size)
        return self._projection(f"{places}x,xyz->{places}yz", lengths, "yz", name, activation)

    def from_heads(self, rank: int, shape: tuple[int, ...], name: str) -> EinsumDense:
        """A layer ``(batch, …, heads, size) -> (batch, …, *shape)``."""
        places, made = _LETTERS[: rank - 1], "uvw"[: len(shape)]
        lengths = (*_unknown(rank - 2), *shape)
        return self._projection(f"{places}yz,yz{made}->{places}{made}", lengths, made, name, made_last=True)

    def _projection(
        self, equation: str, shape: Any, bias: str, name: str, activation: Any = None, made_last: bool = False
    ) -> EinsumDense:
        shared = ("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer")
        return EinsumDense(
            equation,
            shape,
            activation=activation,
            bias_axes=bias if self.use_bias else None,
            # the base class counts that of the output
            activity_regularizer=None if made_last else self.activity_regularizer,
            **{each: getattr(self, each) for each in (*shared, "kernel_constraint", "bias_constraint")},
            dtype=self.dtype,
            name=name,
        )

    def add_dropout(self) -> None:
        """Makes the layer that drops weights of attention."""
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype)

    # -- masks ---------------------------------------------------------------------------------------

    def visible(
        self,
        query: Any,
        value: Any,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
    ) -> Any:
        """What each place of the query may look at, causality aside: ``(batch, time, source)``, or None for all.

        The masks of query, value and key have an entry for each step; ``attention_mask`` is
        ``(batch, time, source)`` or ``(batch, heads, time, source)``, 1 where it does not vary.
        """
        seen = None
        for what, mask, x, axis in (
            ("query_mask", query_mask, query, -1),
            ("value_mask", value_mask, value, -2),
            ("key_mask", key_mask, value, -2),
        ):
            if mask is not None:
                mask = jnp.asarray(mask)
                if mask.shape != x.shape[:-1]:
                    raise self._unfitting(what, f"{x.shape[:-1]}, an entry for each step", mask.shape)
                seen = both(seen, jnp.expand_dims(_bools(mask.reshape(mask.shape[0], -1)), axis))
        if self.sliding_window is not None:
            seen = both(seen, near(_places(query), _places(value), self.sliding_window)[None])
        if attention_mask is None:
            return seen
        mask = _bools(jnp.asarray(attention_mask))
        if mask.ndim == 2:
            mask = mask[None]
        if seen is not None and mask.ndim > 3:
            seen = jnp.expand_dims(seen, tuple(range(1, mask.ndim - 2)))
        return both(mask, seen)

    def _unfitting(self, what: str, expected: str, shape: Any) -> ShapeError:
        return ShapeError(f"{self.where}, {what}", f"shape {expected}", f"shape {tuple(shape)}", "Give one that fits.")

    def _with_heads(self, mask: Any, shape: tuple[int, ...]) -> Any:
        """A mask with an axis for the heads, checked against the shape ``(batch, heads, time, source)``."""
        if mask is None:
            return None
        full = mask[:, None] if mask.ndim == 3 else mask
        if full.ndim != 4 or any(a not in (1, b) for a, b in zip(full.shape, shape, strict=True)):
            batch, _, time, source = shape
            expected = f"{(batch, time, source)} or {shape}, with 1 where it does not vary"
            raise self._unfitting("attention_mask", expected, mask.shape)
        return full

    # -- attention -----------------------------------------------------------------------------------

    def attend(
        self, query: Any, key: Any, value: Any, mask: Any = None, is_causal: bool = False, scores: bool = False
    ) -> tuple[Any, Any]:
        """Attention of each head, and its weights if they are asked for.

        Shapes:
            query ``(batch, time, heads, size)``, key ``(batch, source, groups, size)``, value
            ``(batch, source, groups, width)`` -> ``(batch, time, heads, width)``, ``(batch, heads, time, source)``.
        """
        scale = 1 / math.sqrt(query.shape[-1])
        mask = self._with_heads(mask, (query.shape[0], query.shape[2], query.shape[1], key.shape[1]))
        active = frame.current()
        drops = self.dropout > 0 and active is not None and active.training
        if not drops and not scores:
            flash = self.flash_attention
            return dot_product_attention(query, key, value, None, mask, scale, is_causal, flash), None
        if self.flash_attention:
            raise ArgumentError(
                f"{self.where}, return_attention_scores",
                "False, as the fused kernel never has the weights",
                "True",
                "Make the layer without flash_attention=True.",
            )
        if is_causal:
            mask = both(mask, causal(query.shape[1], key.shape[1])[None, None])
        weights = attention_weights(query, key, None, mask, scale)
        weights = weights.astype(numpy_dtype(self.dtype.compute_dtype))
        return weigh(self._dropout_layer(weights), value), weights


def _bools(mask: Any) -> Any:
    return mask if mask.dtype == bool else mask > 0.5


def _unknown(count: int) -> tuple[int | None, ...]:
    return (None,) * count


def _places(x: Any) -> int:
    """How many places there are between the batch axis and the features."""
    return math.prod(x.shape[1:-1])
