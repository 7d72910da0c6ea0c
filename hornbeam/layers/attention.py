"""Attention without projections: Attention (Luong) and AdditiveAttention (Bahdanau)."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.noise import Noisy
from hornbeam.ops.attention import both, causal, masked_softmax, summed_in
from hornbeam.ops.noise import chance


class Scored(Noisy):
    """Base of layers that score each query against each key and give the values' mean with softmax of the scores."""

    use_scale: bool
    dropout: float
    scale: Any = None

    def scores(self, query: Any, key: Any) -> Any:
        """``(batch, time, size), (batch, source, size) -> (batch, time, source)``."""
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        shapes = input_shape if isinstance(input_shape, (list, tuple)) else ()
        if len(shapes) not in (2, 3) or not all(isinstance(shape, (list, tuple)) for shape in shapes):
            raise ShapeError(
                self.where,
                "a list [query, value] or [query, value, key]",
                f"shape {input_shape}",
                "For self-attention write layer([x, x]).",
            )
        shapes = [tuple(shape) for shape in shapes]
        query, value, key = shapes[0], shapes[1], shapes[-1] if len(shapes) == 3 else shapes[1]
        if {len(shape) for shape in shapes} != {3} or query[2] != key[2] or _differ(value[1], key[1]):
            raise ShapeError(
                self.where,
                "query (batch, time, size), value (batch, source, width) and key (batch, source, size)",
                ", ".join(map(str, shapes)),
                "Bring query and key to one size, for example with Dense.",
            )
        self.add_scales(query)

    def add_scales(self, query_shape: tuple[int | None, ...]) -> None:
        """Makes the weights of the scores."""
        raise NotImplementedError

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value = map(jnp.asarray, inputs[:2])
        key = jnp.asarray(inputs[2]) if len(inputs) > 2 else value
        seen, kept = self._masks(mask, query, value)
        scores = self.scores(query, key)
        scores = scores.astype(summed_in(scores.dtype))
        if use_causal_mask:
            seen = both(seen, causal(query.shape[1], key.shape[1])[None])
        weights = masked_softmax(scores, seen).astype(value.dtype)
        dropped = weights
        if training and self.dropout > 0:
            left = chance(self.next_key(), weights.shape, 1 - self.dropout)
            dropped = jnp.where(left, weights * (1 / (1 - self.dropout)), 0)
        output = jnp.matmul(dropped, value)
        if kept is not None:
            output = jnp.where(kept, output, 0)
        return (output, dropped) if return_attention_scores else output

    def _masks(self, mask: Any, query: Any, value: Any) -> tuple[Any, Any]:
        """Which values are seen, ``(batch, 1, source)``, and which queries count, ``(batch, time, 1)``."""
        masks = [None, None] if mask is None else list(mask) if isinstance(mask, (list, tuple)) else [mask]
        if mask is not None and not isinstance(mask, (list, tuple)) or len(masks) not in (2, 3):
            got = f"shape {mask.shape}" if hasattr(mask, "shape") else repr(mask)
            raise ShapeError(
                f"{self.where}, mask", "a list [query_mask, value_mask]", got, "Write None for one that is missing."
            )
        for what, each, x in zip(("query", "value"), masks, (query, value), strict=False):
            if each is not None and jnp.shape(each) != x.shape[:2]:
                raise ShapeError(
                    f"{self.where}, mask of the {what}",
                    f"shape {x.shape[:2]}, an entry for each step",
                    f"shape {jnp.shape(each)}",
                    "Give True for steps that count.",
                )
        of_query, of_value = (None if each is None else jnp.asarray(each).astype(bool) for each in masks[:2])
        return (
            None if of_value is None else of_value[:, None, :],
            None if of_query is None else of_query[:, :, None],
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else None


def _differ(one: int | None, other: int | None) -> bool:
    return None not in (one, other) and one != other


@LAYERS.add()
class Attention(Scored):
    """Dot-product attention: each query gets the mean of the values, weighted by how well their keys fit it.

    ``output = softmax(scores) · value`` with ``scores = scale · query · keyᵀ``, or with ``score_mode="concat"``
    ``scores = weight · sum(tanh(scale · (query + key)))``. The dot product is not divided by the root of its size.

    Args:
        use_scale: whether the scores get a learned factor, 1 at first.
        score_mode: ``"dot"`` or ``"concat"``.
        dropout: the share of weights that is dropped while training.
        seed: makes the dropout the same in every run; see ``Dropout``.

    The call takes ``[query, value]`` or ``[query, value, key]``; ``mask``, a list of the query's and the value's mask;
    ``return_attention_scores``, to get the weights too; ``use_causal_mask``, so that place i sees only places up to i.

    Shapes:
        query ``(batch, time, size)``, value ``(batch, source, width)``, key ``(batch, source, size)`` ->
        ``(batch, time, width)``, and the weights ``(batch, time, source)``.

    Example:
        >>> import numpy as np
        >>> query, key = np.array([[[9.0, 0.0]]], "float32"), np.array([[[1.0, 0.0], [0.0, 1.0]]], "float32")
        >>> value = np.array([[[5.0], [7.0]]], "float32")
        >>> print(Attention()([query, value, key]).round(2))
        [[[5.]]]

    Reference:
        Luong, Pham & Manning (2015), Effective approaches to attention-based neural machine translation, equation 8.

    Differs:
        Where the mask leaves no value, the output is 0; Keras takes the unmasked weights there.
    """

    use_scale = field(False)
    score_mode = field("dot", convert=one_of("dot", "concat"))
    dropout = field(0.0, convert=number(0, 1, open_high=True))
    seed = field(None, convert=integer(optional=True))

    def add_scales(self, query_shape: tuple[int | None, ...]) -> None:
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def scores(self, query: Any, key: Any) -> Any:
        scale = None if self.scale is None else jnp.asarray(self.scale)
        if self.score_mode == "dot":
            wide = summed_in(query.dtype)
            scores = jnp.einsum("btd,bsd->bts", query, key, preferred_element_type=wide)
            return scores if scale is None else scores * scale.astype(wide)
        pairs = query[:, :, None, :] + key[:, None, :, :]
        sums = jnp.sum(jnp.tanh(pairs if scale is None else pairs * scale), axis=-1)
        return sums * jnp.asarray(self.concat_score_weight)


@LAYERS.add()
class AdditiveAttention(Scored):
    """Additive attention: as ``Attention``, with ``scores = sum(scale · tanh(query + key))``.

    Args:
        use_scale: whether each feature has a learned factor; without, it is 1.
        dropout: the share of weights that is dropped while training.
        seed: makes the dropout the same in every run; see ``Dropout``.

    The call is that of ``Attention``.

    Shapes:
        query ``(batch, time, size)``, value ``(batch, source, width)``, key ``(batch, source, size)`` ->
        ``(batch, time, width)``, and the weights ``(batch, time, source)``; scale ``(size,)``.

    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 4), "float32")
        >>> output, weights = AdditiveAttention()([x, x], return_attention_scores=True)
        >>> output.shape, weights.shape
        ((2, 5, 4), (2, 5, 5))

    Reference:
        Bahdanau, Cho & Bengio (2015), Neural machine translation by jointly learning to align and translate, A.1.2.

    Differs:
        Where the mask leaves no value, the output is 0; Keras takes the unmasked weights there.
    """

    use_scale = field(True)
    dropout = field(0.0, convert=number(0, 1, open_high=True))
    seed = field(None, convert=integer(optional=True), kw_only=True)

    def add_scales(self, query_shape: tuple[int | None, ...]) -> None:
        if self.use_scale:
            self.scale = self.add_weight((query_shape[-1],), "glorot_uniform", name="scale")

    def scores(self, query: Any, key: Any) -> Any:
        waves = jnp.tanh(query[:, :, None, :] + key[:, None, :, :])
        if self.scale is None:
            return jnp.sum(waves, axis=-1)
        return jnp.matmul(waves, jnp.asarray(self.scale))
