"""Cross-entropies of single samples, in the words of Keras's operations; what models train with is in losses."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ShapeError
from hornbeam.ops.operation import array, floats, operation

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def _clipped(x: jax.Array) -> jax.Array:
    return jnp.clip(x, epsilon(), 1 - epsilon())


def _log_probabilities(output: jax.Array, from_logits: bool, axis: int) -> jax.Array:
    if from_logits:
        return jax.nn.log_softmax(output, axis)
    return jnp.log(_clipped(output / output.sum(axis, keepdims=True)))


def _alike(where: str, target: Any, output: Any) -> None:
    if target.shape != output.shape or target.ndim == 0:
        got = f"{target.shape} and {output.shape}"
        raise ShapeError(where, "target and output of one shape", got, "Make both (batch, classes).")


@operation
def binary_crossentropy(target, output, from_logits=False):
    """``-target * log(output) - (1 - target) * log(1 - output)``, number by number.

    Args:
        target: zeros and ones, or probabilities.
        output: probabilities, kept away from 0 and 1 by ``hornbeam.config.epsilon()``; or logits.
        from_logits: output is what a sigmoid is still to be applied to.

    Example:
        >>> print(f"{binary_crossentropy([1.0, 0.0], [0.5, 0.5])[0]:.3f}")
        0.693
    """
    target, output = floats(target), floats(output)
    _alike("binary_crossentropy", target, output)
    if from_logits:
        return -target * jax.nn.log_sigmoid(output) - (1 - target) * jax.nn.log_sigmoid(-output)
    output = _clipped(output)
    return -target * jnp.log(output) - (1 - target) * jnp.log(1 - output)


@operation
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """``-sum(target * log(output))`` over the classes.

    Args:
        target: one-hot rows, or probabilities.
        output: probabilities, scaled to the sum 1 and kept away from 0 and 1; or logits.
        from_logits: output is what a softmax is still to be applied to.
        axis: the axis of the classes.

    Shapes:
        ``(batch, classes), (batch, classes) -> (batch,)``

    Example:
        >>> print(f"{categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]:.3f}")
        0.693
    """
    target, output = floats(target), floats(output)
    _alike("categorical_crossentropy", target, output)
    return -(target * _log_probabilities(output, from_logits, axis)).sum(axis)


@operation
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """``-log(output[target])``: minus the logarithm of the true class's probability.

    Args:
        target: class numbers.
        output: probabilities, scaled to the sum 1 and kept away from 0 and 1; or logits.
        from_logits: output is what a softmax is still to be applied to.
        axis: the axis of the classes, the last.

    Shapes:
        ``(batch,), (batch, classes) -> (batch,)``

    Example:
        >>> print(f"{sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]:.3f}")
        0.693
    """
    target, output = array(target).astype(jnp.int32), floats(output)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    if output.ndim == 0 or target.shape != output.shape[:-1]:
        expected = f"class numbers of shape {output.shape[:-1]} for outputs of shape {output.shape}"
        raise ShapeError(
            "sparse_categorical_crossentropy, target",
            expected,
            target.shape,
            "For one-hot rows use categorical_crossentropy.",
        )
    hot = jax.nn.one_hot(target, output.shape[axis], axis=axis, dtype=output.dtype)
    return -(hot * _log_probabilities(output, from_logits, axis)).sum(axis)
