"""Constraints: functions that put a weight back where it may be after each optimizer step."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import checks
from hornbeam.core import config as specs
from hornbeam.core.config import Spec, field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import CustomObjectScope, Registry

CONSTRAINTS = Registry("constraint", "keras.constraints")


class Constraint(Spec):
    """Base of constraints: a function from a weight to the weight that takes its place.

    Write ``__call__(self, w)``. A plain function of one array is a constraint, too.

    Example:
        >>> class AtMostOne(Constraint):
        ...     def __call__(self, w):
        ...         return jnp.minimum(w, 1)
        >>> print(AtMostOne()(jnp.array([0.5, 2.0])))
        [0.5 1. ]
    """

    def __call__(self, w: Any) -> Any:
        """The weight that takes w's place; this base class changes nothing."""
        return w


def _axes(value: Any) -> int | tuple[int, ...]:
    one = checks.integer()
    return tuple(one(axis) for axis in value) if isinstance(value, (list, tuple)) else one(value)


def _norms(w: jax.Array, axis: int | tuple[int, ...]) -> jax.Array:
    return jnp.sqrt(jnp.sum(jnp.square(w), axis=axis, keepdims=True))


def _above_zero(norms: jax.Array) -> jax.Array:
    """The norms plus 1e-7, or plus the smallest normal number of a type in which 1e-7 is flushed to 0."""
    return norms + max(epsilon(), float(jnp.finfo(norms.dtype).tiny))


@CONSTRAINTS.add()
class MaxNorm(Constraint):
    """Shortens vectors that are too long: ``w * min(|w|, max_value) / (|w| + 1e-7)``, |w| the Euclidean norm.

    Args:
        max_value: the largest allowed norm.
        axis: the axis or axes of each vector. 0 takes a Dense kernel ``(inputs, units)`` unit by unit,
            ``[0, 1, 2]`` a Conv2D kernel filter by filter.

    Shapes:
        keeps the shape.

    Example:
        >>> print(MaxNorm(2.0)(jnp.array([[6.0, 0.0], [8.0, 1.0]])).round(3))
        [[1.2 0. ]
         [1.6 1. ]]

    Reference:
        Srivastava et al., 2014, Dropout, section 5.1.
    """

    max_value = field(2, convert=checks.number(0))
    axis = field(0, convert=_axes)

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        norms = _norms(w, self.axis)
        return w * (jnp.minimum(norms, self.max_value) / _above_zero(norms))


@CONSTRAINTS.add()
class NonNeg(Constraint):
    """Negative weights become 0: ``max(w, 0)``.

    Shapes:
        keeps the shape.

    Example:
        >>> print(NonNeg()(jnp.array([-1.0, 2.0])))
        [0. 2.]
    """

    def __call__(self, w: Any) -> jax.Array:
        return jnp.maximum(jnp.asarray(w), 0)


@CONSTRAINTS.add()
class UnitNorm(Constraint):
    """Makes each vector one long: ``w / (|w| + 1e-7)``.

    Args:
        axis: the axis or axes of each vector, as in ``MaxNorm``.

    Shapes:
        keeps the shape.

    Example:
        >>> print(UnitNorm()(jnp.array([[3.0], [4.0]])).round(3))
        [[0.6]
         [0.8]]
    """

    axis = field(0, convert=_axes)

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        return w / _above_zero(_norms(w, self.axis))


@CONSTRAINTS.add()
class MinMaxNorm(Constraint):
    """Brings each vector's norm between two bounds, at once or step by step.

    ``w * (rate * clip(|w|, min_value, max_value) + (1 - rate) * |w|) / (|w| + 1e-7)``

    Args:
        min_value: the smallest allowed norm; a vector of zeros stays.
        max_value: the largest allowed norm.
        rate: how much of the way is gone at each step, from 0 to 1.
        axis: the axis or axes of each vector, as in ``MaxNorm``.

    Shapes:
        keeps the shape.

    Example:
        >>> print(MinMaxNorm(1.0, 2.0)(jnp.array([[6.0, 0.3], [8.0, 0.4]])).round(3))
        [[1.2 0.6]
         [1.6 0.8]]
    """

    min_value = field(0.0, convert=checks.number(0))
    max_value = field(1.0, convert=checks.number(0))
    rate = field(1.0, convert=checks.number(0, 1))
    axis = field(0, convert=_axes)

    def _ready(self) -> None:
        if self.min_value > self.max_value:
            raise ArgumentError(
                "MinMaxNorm, min_value and max_value",
                "min_value to be at most max_value",
                f"{self.min_value} and {self.max_value}",
                "Exchange them.",
            )

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        norms = _norms(w, self.axis)
        wanted = jnp.clip(norms, self.min_value, self.max_value)
        if self.rate != 1:
            wanted = self.rate * wanted + (1 - self.rate) * norms
        return w * (wanted / _above_zero(norms))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm


def get(identifier: Any) -> Any:
    """The constraint that a name, config, class, object or function stands for; None stays None.

    Example:
        >>> get("non_neg")
        NonNeg()
    """
    return specs.resolve(identifier, CONSTRAINTS)


def serialize(constraint: Any) -> Any:
    """A JSON-able description of a constraint."""
    return specs.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
