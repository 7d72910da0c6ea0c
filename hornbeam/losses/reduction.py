"""From one value a sample to one number: weights, masks and the five reductions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.errors import ShapeError
from hornbeam.losses.shapes import truth

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def beside(weight: jax.Array, values: jax.Array, what: str = "sample_weight") -> jax.Array:
    """Weights or a mask with as many axes as the values, aligned with their leading axes.

    Shapes:
        weight ``(batch,)``, values ``(batch, time) -> (batch, 1)``

    Differs:
        Keras aligns weights of shape ``(batch,)`` with the last axis of values ``(batch, time)``: it stops there,
        or, when the two lengths are equal by chance, weights the wrong axis.
    """
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    if weight.ndim < values.ndim:
        weight = weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
    fits = values.ndim == 0 or (
        weight.ndim == values.ndim and all(w in (1, v) for w, v in zip(weight.shape, values.shape, strict=True))
    )
    if not fits:
        raise ShapeError(
            what,
            f"one weight for each of the values, whose shape is {values.shape}",
            weight.shape,
            f"Give an array of shape {values.shape[:1]} or {values.shape}.",
        )
    return weight


def reduced(values: jax.Array, reduction: str | None, weight: Any = None, mask: Any = None) -> jax.Array:
    """One number from values, or the weighted values where the reduction is none.

    ``sum``: Σ wᵢ vᵢ; ``sum_over_batch_size`` and ``mean``: Σ wᵢ vᵢ / n; ``mean_with_sample_weight``:
    Σ wᵢ vᵢ / Σ wᵢ. Under a mask, i runs over the valid values only and n counts those.

    Args:
        values: one value a sample, or a step, or a pixel.
        reduction: one of the above, ``"none"`` or None.
        weight: weights of the values' leading axes; None for ones.
        mask: true or 1 where a value counts, of the values' leading axes; None for everywhere.
    """
    if mask is not None and values.ndim:  # a scalar has used its mask already
        mask = truth(beside(mask, values, "mask"))
        values = jnp.where(mask, values, 0)
    else:
        mask = None
    if weight is not None:
        weight = beside(weight.astype(values.dtype), values)
        weight = weight if mask is None else jnp.where(mask, weight, 0)
        values = values * weight
    if reduction in (None, "none"):
        return values
    total = jnp.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weight is not None:
        count = jnp.sum(weight)
        return total / jnp.where(count == 0, 1, count)
    if mask is None:
        return total / max(values.size, 1)
    return total / jnp.maximum(jnp.sum(jnp.broadcast_to(mask, values.shape).astype(values.dtype)), 1)
