"""Regularizers: a price on a layer's weights or outputs that is added to the loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import checks
from hornbeam.core import config as specs
from hornbeam.core.config import Spec, field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.errors import ShapeError
from hornbeam.core.registry import CustomObjectScope, Registry

REGULARIZERS = Registry("regularizer", "keras.regularizers")


class Regularizer(Spec):
    """Base of regularizers: a function from an array to a scalar that is added to the loss.

    Write ``__call__(self, x)``. A plain function of one array is a regularizer, too.

    Example:
        >>> class Mean(Regularizer):
        ...     def __call__(self, x):
        ...         return jnp.square(x.mean())
        >>> float(Mean()(jnp.array([1.0, 3.0])))
        4.0
    """

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar; this base class has none."""
        return 0.0


def _strength(default: float) -> Callable[[Any], float]:
    """Converter to a finite number of at least 0; None means ``default``."""

    def convert(value: Any) -> float:
        number = checks.number(0)(default if value is None else value)
        if math.isinf(number):
            raise checks.Refused("a finite number of at least 0", "Typical values lie between 1e-5 and 0.1.")
        return number

    return convert


@REGULARIZERS.add()
class L1(Regularizer):
    """``l1 * sum(|x|)``: drives many weights to exactly 0 (lasso).

    Args:
        l1: strength, at least 0; None means 0.01.

    Shapes:
        ``(...) -> ()``

    Example:
        >>> float(L1(0.5)(jnp.array([1.0, -3.0])))
        2.0

    Reference:
        Tibshirani, 1996, Regression shrinkage and selection via the lasso.
    """

    l1 = field(0.01, convert=_strength(0.01))

    def __call__(self, x: Any) -> jax.Array:
        return self.l1 * jnp.sum(jnp.abs(jnp.asarray(x)))


@REGULARIZERS.add()
class L2(Regularizer):
    """``l2 * sum(x**2)``: keeps weights small (ridge).

    Args:
        l2: strength, at least 0; None means 0.01.

    Shapes:
        ``(...) -> ()``

    Example:
        >>> float(L2(0.5)(jnp.array([1.0, -3.0])))
        5.0

    Reference:
        Hoerl & Kennard, 1970, Ridge regression; Krogh & Hertz, 1992. Many texts halve it: their lambda is
        twice this l2.
    """

    l2 = field(0.01, convert=_strength(0.01))

    def __call__(self, x: Any) -> jax.Array:
        return self.l2 * jnp.sum(jnp.square(jnp.asarray(x)))


@REGULARIZERS.add("l1_l2")
class L1L2(Regularizer):
    """``l1 * sum(|x|) + l2 * sum(x**2)``: both at once (elastic net).

    Args:
        l1: strength of the first part, at least 0; None means 0.
        l2: strength of the second part, at least 0; None means 0.

    Shapes:
        ``(...) -> ()``

    Example:
        >>> float(L1L2(l1=0.5, l2=0.5)(jnp.array([1.0, -3.0])))
        7.0

    Reference:
        Zou & Hastie, 2005, Regularization and variable selection via the elastic net.
    """

    l1 = field(0.0, convert=_strength(0.0))
    l2 = field(0.0, convert=_strength(0.0))

    def __call__(self, x: Any) -> jax.Array:
        x = jnp.asarray(x)
        parts = [
            strength * jnp.sum(magnitude(x))
            for strength, magnitude in ((self.l1, jnp.abs), (self.l2, jnp.square))
            if strength != 0
        ]
        return sum(parts[1:], parts[0]) if parts else jnp.zeros((), x.dtype)


@REGULARIZERS.add()
class OrthogonalRegularizer(Regularizer):
    """``factor`` times the mean of ``|cos|`` over all pairs of rows (or columns): 0 when they are orthogonal.

    Args:
        factor: strength, at least 0.
        mode: ``"rows"`` or ``"columns"``.

    Shapes:
        ``(rows, columns) -> ()``

    Raises:
        ShapeError: when x has not two axes.

    Example:
        >>> float(OrthogonalRegularizer(1.0)(jnp.array([[2.0, 0.0], [0.0, 3.0]])))
        0.0
        >>> float(OrthogonalRegularizer(1.0)(jnp.array([[2.0, 0.0], [3.0, 0.0]])))
        1.0

    Differs:
        For a single row Keras gives NaN, this 0; the gradient of a row of zeros is 0, in Keras NaN.
    """

    factor = field(0.01, convert=_strength(0.01))
    mode = field("rows", convert=checks.one_of("rows", "columns"))

    def __call__(self, x: Any) -> jax.Array:
        x = jnp.asarray(x)
        if x.ndim != 2:
            fix = "Use it on the kernel of Dense, or use another regularizer."
            raise ShapeError("OrthogonalRegularizer", "a matrix, (rows, columns)", x.shape, fix)
        vectors = x if self.mode == "rows" else x.T
        squared = jnp.sum(jnp.square(vectors), axis=1, keepdims=True)
        # a vector of zeros stays one, with finite slopes; float16 has no 1e-14
        least = max(epsilon() ** 2, float(jnp.finfo(x.dtype).tiny))
        vectors = vectors * jax.lax.rsqrt(jnp.where(squared < least, 1, squared))
        count = len(vectors)
        cosines = jnp.where(jnp.eye(count, dtype=bool), 0, vectors @ vectors.T)  # (vector, other vector)
        return self.factor * jnp.sum(jnp.abs(cosines)) / max(count * (count - 1), 1)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any) -> Any:
    """The regularizer that a name, config, class, object or function stands for; None stays None.

    Example:
        >>> get("l2")
        L2()
        >>> get({"class_name": "L1", "config": {"l1": 0.5}})
        L1(l1=0.5)
    """
    return specs.resolve(identifier, REGULARIZERS)


def serialize(regularizer: Any) -> Any:
    """A JSON-able description of a regularizer."""
    return specs.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
