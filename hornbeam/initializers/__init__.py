"""Initializers: the first values of weights, drawn by NumPy on the host."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.core import config as specs
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import CustomObjectScope
from hornbeam.initializers.base import INITIALIZERS, Initializer
from hornbeam.initializers.chance import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from hornbeam.initializers.constant import Constant, Identity, Ones, Zeros
from hornbeam.initializers.fourier import STFT
from hornbeam.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

zeros, ones, constant = Zeros, Ones, Constant
identity = IdentityInitializer = Identity
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
orthogonal = OrthogonalInitializer = Orthogonal
variance_scaling = VarianceScaling
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
stft = STFTInitializer = STFT

__all__ = [
    "INITIALIZERS",
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]


def get(identifier: Any) -> Any:
    """The initializer that a name, config, class, object, function or array stands for; None stays None.

    A function may take ``(shape, dtype=None)`` or only ``(shape)``. An array becomes ``Constant(array)``.

    Example:
        >>> get("he_normal")
        HeNormal()
        >>> get(lambda shape: np.ones(shape))((2,), "float32")
        array([1., 1.], dtype=float32)
    """
    if not isinstance(identifier, type) and isinstance(identifier, (np.ndarray, np.generic, jax.Array)):
        return Constant(np.asarray(identifier))
    found = specs.resolve(identifier, INITIALIZERS)
    return _with_dtype(found) if inspect.isfunction(found) else found


def _with_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, or, if it takes only a shape, one that also takes the dtype."""
    signature = inspect.signature(function)
    try:
        signature.bind((1,), dtype="float32")
        return function
    except TypeError:
        pass
    try:
        signature.bind((1,))
    except TypeError:
        raise ArgumentError(
            f"initializer {function.__name__}",
            "a function of (shape, dtype=None)",
            f"{function.__name__}{signature}",
            "Give its other arguments defaults.",
        ) from None

    @functools.wraps(function)
    def with_dtype(shape: Any, dtype: Any = None) -> Any:
        return np.asarray(function(shape), numpy_dtype(dtype))

    del with_dtype.__wrapped__  # its signature is its own
    return with_dtype


def serialize(initializer: Any) -> Any:
    """A JSON-able description of an initializer."""
    return specs.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)
