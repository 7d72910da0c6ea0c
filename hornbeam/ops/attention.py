"""Attention: how much each place of one sequence takes from each place of another."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.engine import target
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.settings import is_flash_attention_enabled
from hornbeam.ops.operation import all_floats, array, operation

__all__ = ["dot_product_attention"]


@operation
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """Scaled dot-product attention: ``softmax(query · keyᵀ · scale + bias) · value``, for each head.

    Half precision is multiplied as it is and summed and normalised in float32. A place that sees nothing, as under
    a mask without a single True, gets 0.

    Args:
        query: what each place looks for.
        key: what each place of the source is found by.
        value: what it gives.
        bias: added to the logits before softmax; of a shape that spreads to ``(batch, heads, time, source)``.
        mask: True where the query may look, of a shape that spreads likewise.
        scale: factor of the logits, ``1 / sqrt(size)`` when None.
        is_causal: whether place i sees only places up to i.
        flash_attention: on a GPU, whether cuDNN's kernel computes it, which never stores the weights; None uses it
            for half precision and sizes that it can take, unless ``config.disable_flash_attention`` was called.
            Elsewhere it is without effect.
        attn_logits_soft_cap: limit c of the logits, as ``c · tanh(logits / c)``; None for no limit.

    Shapes:
        query ``(batch, time, heads, size)``, key ``(batch, source, groups, size)``, value
        ``(batch, source, groups, width)`` -> ``(batch, time, heads, width)``. The number of heads is a multiple of
        the number of groups; neighbouring heads share a group's key and value.

    Example:
        >>> x = jnp.zeros((1, 3, 1, 2))
        >>> value = jnp.arange(3.0).reshape(1, 3, 1, 1)
        >>> print(dot_product_attention(x, x, value, is_causal=True).ravel())
        [0.  0.5 1. ]

    Reference:
        Vaswani et al. (2017), Attention is all you need, equation 1; Ainslie et al. (2023), GQA, for groups.

    Differs:
        Keras gives a place that sees nothing the mean of all values, padding included. It caps logits on TPUs only.
    """
    query, key, value = all_floats(query, key, value)
    _check(query, key, value)
    bias = None if bias is None else _four(array(bias), "bias")
    mask = None if mask is None else as_mask(mask)
    if attn_logits_soft_cap is None and _takes_fused(query, key, value, flash_attention):
        return fused(query, key, value, bias, mask, scale, is_causal)
    if is_causal:
        mask = both(mask, causal(query.shape[1], key.shape[1])[None, None])
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    simple = bias is None and attn_logits_soft_cap is None and isinstance(scale, (int, float))
    if simple and query.shape[2] == key.shape[2] and query.dtype == key.dtype == value.dtype:
        heads = (jnp.swapaxes(x, 1, 2) for x in (query, key, value))
        return jnp.swapaxes(attend(*heads, mask, float(scale)), 1, 2)
    weights = attention_weights(query, key, bias, mask, scale, attn_logits_soft_cap)
    return weigh(weights, value)


@partial(jax.custom_vjp, nondiff_argnums=(4,))
def attend(query: Any, key: Any, value: Any, mask: Any, scale: float) -> jax.Array:
    """``softmax(query · keyᵀ · scale) · value`` over what the mask leaves, with its gradient written out.

    JAX's own gradient sums ``weights · slope`` over all pairs of places; by the chain rule that is the sum of
    ``output · slope`` over each head's few features. A training step of 8 heads on 32 x 128 x 512 numbers takes 364 ms
    in place of 392, two heads on 32 x 128 x 256 take 145 in place of 156 (two busy CPU cores); one product for query,
    key and value together gained nothing there (408 and 164).

    Shapes:
        ``(batch, heads, time, size), (batch, heads, source, size), (batch, heads, source, width) ->
        (batch, heads, time, width)``; the mask spreads to ``(batch, heads, time, source)``, or is None.

    Reference:
        Dao et al. (2022), FlashAttention, appendix B.2.
    """
    return _attend(query, key, value, mask, scale)[0]


def _attend(query: Any, key: Any, value: Any, mask: Any, scale: float) -> tuple[Any, Any]:
    logits = jnp.einsum("bhtd,bhsd->bhts", query, key, preferred_element_type=summed_in(query.dtype))
    weights = masked_softmax(logits * scale, mask).astype(value.dtype)
    output = jnp.einsum("bhts,bhsd->bhtd", weights, value)
    return output, (query, key, value, weights, output)


def _pull_back(scale: float, kept: tuple, slope: Any) -> tuple[Any, Any, Any, None]:
    query, key, value, weights, output = kept
    wide = summed_in(query.dtype)
    common = jnp.sum(output.astype(wide) * slope.astype(wide), axis=-1, keepdims=True)
    by_weights = jnp.einsum("bhtd,bhsd->bhts", slope, value, preferred_element_type=wide)
    by_logits = (weights.astype(wide) * (by_weights - common) * scale).astype(query.dtype)
    by_query = jnp.einsum("bhts,bhsd->bhtd", by_logits, key)
    by_key = jnp.einsum("bhts,bhtd->bhsd", by_logits, query)
    by_value = jnp.einsum("bhts,bhtd->bhsd", weights, slope)
    return by_query, by_key, by_value, None


attend.defvjp(_attend, _pull_back)


def attention_weights(
    query: Any, key: Any, bias: Any = None, mask: Any = None, scale: float | None = None, soft_cap: float | None = None
) -> jax.Array:
    """How much each place takes from each: ``softmax(query · keyᵀ · scale + bias)`` over what the mask leaves.

    Shapes:
        ``(batch, time, heads, size), (batch, source, groups, size) -> (batch, heads, time, source)``, of at least
        float32; bias and mask have four axes and spread to that.
    """
    batch, time, heads, size = query.shape
    source, groups = key.shape[1:3]
    scale = 1 / math.sqrt(size) if scale is None else scale
    wide = summed_in(query.dtype)
    if groups == heads:
        logits = jnp.einsum("bthd,bshd->bhts", query, key, preferred_element_type=wide)
    else:
        query = query.reshape(batch, time, groups, heads // groups, size)
        logits = jnp.einsum("btghd,bsgd->bghts", query, key, preferred_element_type=wide)
        logits = logits.reshape(batch, heads, time, source)
    logits = logits * jnp.asarray(scale, wide)
    if bias is not None:
        logits = logits + bias.astype(wide)
    if soft_cap is not None:
        logits = soft_cap * jnp.tanh(logits / soft_cap)
    return masked_softmax(logits, mask)


def summed_in(dtype: Any) -> Any:
    """The type in which products are summed: float32 for half precision."""
    return dtype if dtype in (jnp.float32, jnp.float64) else jnp.float32


def weigh(weights: Any, value: Any) -> jax.Array:
    """The values, summed with each place's weights.

    Shapes:
        ``(batch, heads, time, source), (batch, source, groups, width) -> (batch, time, heads, width)``
    """
    batch, heads, time, source = weights.shape
    groups, width = value.shape[2:]
    weights = weights.astype(value.dtype)
    if groups == heads:
        return jnp.einsum("bhts,bshd->bthd", weights, value)
    weights = weights.reshape(batch, groups, heads // groups, time, source)
    return jnp.einsum("bghts,bsgd->btghd", weights, value).reshape(batch, time, heads, width)


def masked_softmax(logits: Any, mask: Any = None) -> jax.Array:
    """Softmax over the last axis of what the mask leaves; 0 elsewhere, and everywhere where nothing is left."""
    if mask is None:
        return jax.nn.softmax(logits, -1)
    # minus infinity would make NaN where nothing is left, and NaN in its gradient even if replaced afterwards
    least = jnp.asarray(jnp.finfo(logits.dtype).min / 2, logits.dtype)
    return jnp.where(mask, jax.nn.softmax(jnp.where(mask, logits, least), -1), 0)


def causal(time: int, source: int, start: Any = 0) -> jax.Array:
    """True where place ``start + i`` may look at place j, which is up to itself.

    Shapes:
        ``(time, source)``

    Example:
        >>> print(causal(2, 4, start=1).astype(int))
        [[1 1 0 0]
         [1 1 1 0]]
    """
    places = jnp.asarray(start, jnp.int32) + jnp.arange(time, dtype=jnp.int32)
    return places[:, None] >= jnp.arange(source, dtype=jnp.int32)[None, :]


def near(time: int, source: int, window: int) -> jax.Array:
    """True where two places are less than ``window`` apart, ``(time, source)``."""
    i, j = jnp.arange(time, dtype=jnp.int32), jnp.arange(source, dtype=jnp.int32)
    return jnp.abs(i[:, None] - j[None, :]) < window


def both(one: Any, other: Any) -> Any:
    """What two masks leave together, either of which may be None."""
    if one is None or other is None:
        return other if one is None else one
    return jnp.logical_and(one, other)


def as_mask(mask: Any) -> jax.Array:
    """As booleans of four axes, ``(batch, heads, time, source)``; those that are missing at the left have length 1."""
    mask = _four(array(mask), "mask")
    return mask if mask.dtype == bool else mask > 0.5


def _four(x: jax.Array, what: str) -> jax.Array:
    if x.ndim > 4:
        raise ShapeError(
            f"dot_product_attention, {what}", "at most the axes (batch, heads, time, source)", x.shape, "Reshape it."
        )
    return x.reshape((1,) * (4 - x.ndim) + x.shape)


def _check(query: jax.Array, key: jax.Array, value: jax.Array) -> None:
    ranks = {x.ndim for x in (query, key, value)}
    fits = ranks == {4} and (
        query.shape[0] == key.shape[0] == value.shape[0]
        and key.shape[1:3] == value.shape[1:3]
        and query.shape[3] == key.shape[3]
        and query.shape[2] % max(key.shape[2], 1) == 0
    )
    if not fits:
        raise ShapeError(
            "dot_product_attention",
            "query (batch, time, heads, size), key (batch, source, groups, size) and value (batch, source, groups, "
            "width), with a number of heads that the number of groups divides",
            f"{query.shape}, {key.shape} and {value.shape}",
            "Without heads, give each an axis of length 1 there: x[:, :, None].",
        )


def _takes_fused(query: jax.Array, key: jax.Array, value: jax.Array, wanted: bool | None) -> bool:
    """Whether cuDNN's kernel is to compute it and can: a GPU since Ampere, half precision, sizes by 8 up to 128."""
    wanted = is_flash_attention_enabled() if wanted is None else wanted
    if wanted is False or target() != "gpu":
        return False
    size = query.shape[-1]
    able = (
        query.dtype == key.dtype == value.dtype
        and query.dtype in (jnp.float16, jnp.bfloat16)
        and value.shape[-1] == size
        and size % 8 == 0
        and size <= 128
        and float(getattr(jax.devices()[0], "compute_capability", 0) or 0) >= 8
    )
    if wanted and not able:
        raise ArgumentError(
            "dot_product_attention, flash_attention",
            "half precision, heads of equal size, a multiple of 8 up to 128, and a GPU since Ampere",
            f"{query.dtype}, query {query.shape} and value {value.shape}",
            "Leave flash_attention out, or set the policy 'mixed_bfloat16'.",
        )
    return able


def fused(
    query: Any, key: Any, value: Any, bias: Any, mask: Any, scale: Any, is_causal: bool, implementation: Any = "cudnn"
) -> jax.Array:
    """``dot_product_attention`` by JAX's own function, which hands it to cuDNN."""
    seen = None
    if mask is not None:
        seen = both(mask, causal(query.shape[1], key.shape[1])[None, None]) if is_causal else mask
        seen = jnp.any(seen, axis=-1, keepdims=True)  # (batch, heads, time, 1)
        mask = mask | ~seen  # the kernel's gradient is not a number where nothing is seen
    output = jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=is_causal, implementation=implementation
    )
    return output if seen is None else jnp.where(jnp.swapaxes(seen, 1, 2), output, 0)
