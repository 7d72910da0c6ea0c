"""Cross-entropies of logits, whose slope is written down: probability minus target.

Left to itself, JAX differentiates the logarithm of a sum of exponentials step by step. The rules below give the slope
in closed form: on a CPU, value and slope of a batch of 128 with 10 classes then take 4.4 µs of a compiled loop instead
of 11 (``log_softmax``) or 25 (logarithm of clipped probabilities). ``custom_jvp`` rather than ``custom_vjp``, because
rules of that kind can be differentiated again and forwards, for Hessians.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from hornbeam.losses.shapes import one_hot


def _powers(logits: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The largest logit, exp(logits - largest), and the sum of those: nothing can overflow."""
    largest = jnp.max(logits, axis=-1, keepdims=True)
    powers = jnp.exp(logits - largest)
    return largest, powers, jnp.sum(powers, axis=-1, keepdims=True)


def _slope(target: jax.Array, logits: jax.Array, weight: Any = 1.0) -> jax.Array:
    # the quotient is written as jax.nn.softmax writes it, so that XLA computes the model's own softmax only once
    _, powers, total = _powers(logits)
    return weight * (powers / total) - target


@jax.custom_jvp
def categorical(y_true: jax.Array, logits: jax.Array) -> jax.Array:
    """-Σ_c t_c log softmax(z)_c along the last axis."""
    largest, _, total = _powers(logits)
    return -jnp.sum(y_true * (logits - (largest + jnp.log(total))), axis=-1)


def _categorical_jvp(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    y_true, logits = primals
    true_change, change = tangents
    parts = []
    if not isinstance(change, SymbolicZero):
        # Σ_c t_c is 1 for labels, but not for whatever else a user may pass
        weight = jnp.sum(y_true, axis=-1, keepdims=True)
        parts.append(jnp.sum(_slope(y_true, logits, weight) * change, axis=-1))
    if not isinstance(true_change, SymbolicZero):
        parts.append(-jnp.sum(jax.nn.log_softmax(logits) * true_change, axis=-1))
    return categorical(y_true, logits), sum(parts[1:], parts[0])


categorical.defjvp(_categorical_jvp, symbolic_zeros=True)


def known(labels: jax.Array, classes: int) -> jax.Array:
    """True where a label names a class; the others weigh nothing, as an all-zero one-hot row would."""
    return (labels >= 0) & (labels < classes)


@jax.custom_jvp
def sparse(labels: jax.Array, logits: jax.Array) -> jax.Array:
    """-log softmax(z)_y along the last axis, 0 where the label y is no class."""
    largest, _, total = _powers(logits)
    # read by index, which for 1000 classes takes half the time of a sum over a one-hot mask and for 3 as long
    index = jnp.clip(labels, 0, logits.shape[-1] - 1)[..., None]
    chosen = jnp.take_along_axis(logits, index, axis=-1, mode="promise_in_bounds")
    value = (jnp.log(total) + (largest - chosen))[..., 0]
    return jnp.where(known(labels, logits.shape[-1]), value, 0)


@sparse.defjvp
def _sparse_jvp(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    labels, logits = primals
    classes = logits.shape[-1]
    # the one-hot row as a comparison: it fuses with the softmax, where the transpose of a gather, a scatter, does not
    hot = one_hot(labels, classes)
    slope = jnp.where(known(labels, classes)[..., None], _slope(hot.astype(logits.dtype), logits), 0)
    return sparse(labels, logits), jnp.sum(slope * tangents[1], axis=-1)


@jax.custom_jvp
def binary(y_true: jax.Array, logits: jax.Array) -> jax.Array:
    """-t log σ(z) - (1 - t) log(1 - σ(z)), entry by entry, as max(z, 0) - z t + log(1 + exp(-|z|))."""
    return jnp.maximum(logits, 0) - logits * y_true + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def _binary_jvp(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    y_true, logits = primals
    true_change, change = tangents
    parts = []
    if not isinstance(change, SymbolicZero):
        parts.append((jax.nn.sigmoid(logits) - y_true) * change)
    if not isinstance(true_change, SymbolicZero):
        parts.append(-logits * true_change)
    return binary(y_true, logits), sum(parts[1:], parts[0])


binary.defjvp(_binary_jvp, symbolic_zeros=True)
