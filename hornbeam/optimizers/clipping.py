"""Clipping: gradients that are too long or too large are made smaller."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def clip_by_norm(gradient: Any, length: float) -> Any:
    """``g * length / max(|g|, length)``: one array, shortened to this Euclidean norm when it is longer.

    Example:
        >>> clip_by_norm(jnp.array([3.0, 4.0]), 1.0).round(3).tolist()
        [0.6000000238418579, 0.800000011920929]
    """
    return gradient * length / jnp.maximum(jnp.sqrt(jnp.sum(jnp.square(gradient))), length)


def clip_by_global_norm(gradients: list[Any], length: float) -> list[Any]:
    """The same for all arrays together, taken as one long vector; None stays None.

    One infinite or NaN gradient makes all of them NaN, as in Keras, so that it shows.

    Example:
        >>> clip_by_global_norm([jnp.array([3.0]), None, jnp.array([4.0])], 2.5)[0].tolist()
        [1.5]
    """
    present = [gradient for gradient in gradients if gradient is not None]
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(gradient)).astype(jnp.float32) for gradient in present))
    scale = length * jnp.minimum(1 / norm, 1 / length) + (norm - norm)
    return [None if gradient is None else gradient * scale.astype(gradient.dtype) for gradient in gradients]


def clip_by_value(gradient: Any, limit: float) -> Any:
    """Every entry brought into ``[-limit, limit]``."""
    return jnp.clip(gradient, -limit, limit)
