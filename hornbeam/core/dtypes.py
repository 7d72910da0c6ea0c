"""Number types: the default float, and policies that compute in one type and keep weights in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import ml_dtypes
import numpy as np

from hornbeam.core import engine  # noqa: F401  (sets JAX up before anything is compiled)
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import Registry

POLICIES = Registry("dtype policy", "keras.dtype_policies")

_FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass
class _Defaults:
    floatx: str = "float32"
    policy: DTypePolicy | None = None
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"


_defaults = _Defaults()


def floatx() -> str:
    """Name of the default float type, ``"float32"`` unless ``set_floatx`` changed it."""
    return _defaults.floatx


def set_floatx(value: str) -> None:
    """Sets the default float type; ``"float64"`` switches JAX's 64-bit mode on."""
    if value not in _FLOATS:
        raise ArgumentError("set_floatx", f"one of {', '.join(_FLOATS)}", repr(value), "Choose one of them.")
    if value == "float64":
        jax.config.update("jax_enable_x64", True)
    _defaults.floatx = value


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite, 1e-7."""
    return _defaults.epsilon


def set_epsilon(value: float) -> None:
    """Sets ``epsilon()``."""
    _defaults.epsilon = float(value)


def image_data_format() -> str:
    """Where images have their channels: ``"channels_last"`` or ``"channels_first"``."""
    return _defaults.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets ``image_data_format()``."""
    formats = ("channels_last", "channels_first")
    if data_format not in formats:
        raise ArgumentError("set_image_data_format", f"one of {formats}", repr(data_format), "Choose one of them.")
    _defaults.image_data_format = data_format


def standardize(dtype: Any) -> str:
    """Name of a type given as string, NumPy or JAX type; None means ``floatx()``."""
    if dtype is None:
        return floatx()
    if isinstance(dtype, str) and dtype == "bfloat16":
        return dtype
    if isinstance(dtype, str) and dtype == "bool":
        return dtype
    try:
        return np.dtype(dtype).name
    except TypeError:
        texts = "No network holds texts: number them first, x = layer(texts) with a layer such as TextVectorization."
        fix = texts if dtype == "string" else "Write for example 'float32'."
        raise ArgumentError("dtype", "the name of a number type", repr(dtype), fix) from None


def numpy_dtype(dtype: Any) -> np.dtype:
    """NumPy's type object of a name, bfloat16 included."""
    name = standardize(dtype)
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def is_float(dtype: Any) -> bool:
    """Whether a type is one of the float types."""
    return standardize(dtype) in _FLOATS


def is_integer(dtype: Any) -> bool:
    """Whether a type is one of the integers, signed or not; truth values are none."""
    return standardize(dtype).startswith(("int", "uint"))


def result_type(*dtypes: Any) -> str:
    """The number type of a result of arrays of these types, by JAX's table; ``int`` and ``float`` give way to arrays.

    Args:
        dtypes: names, NumPy's or JAX's types, Python's ``bool``, ``int`` and ``float``; None stands for ``floatx()``.

    Example:
        >>> result_type("int32", "bfloat16"), result_type("bfloat16", float), result_type()
        ('bfloat16', 'bfloat16', 'float32')
    """
    python = (bool, int, float)
    canonical = jax.dtypes.canonicalize_dtype  # 64 bits only in the 64-bit mode
    given = [each() if each in python else canonical(numpy_dtype(each)) for each in dtypes or (None,)]
    with jax.numpy_dtype_promotion("standard"):
        return standardize(jax.numpy.result_type(*given))


@POLICIES.add(module="keras")
class DTypePolicy:
    """Which type a layer computes in and which type its weights have.

    Args:
        name: ``"float32"`` and the like for both, or ``"mixed_float16"`` / ``"mixed_bfloat16"``:
            computation in half precision over float32 weights.

    A layer's ``dtype`` is its policy. Where a number type is asked for, as in ``ops.cast(x, layer.dtype)``, and beside
    a string it stands for the type of the weights, which is what ``layer.dtype`` is in Keras.

    Example:
        >>> DTypePolicy("mixed_bfloat16").compute_dtype
        'bfloat16'
        >>> DTypePolicy("mixed_bfloat16") == "float32", np.zeros(1, DTypePolicy("float64")).dtype
        (True, dtype('float64'))
    """

    def __init__(self, name: str | None = None):
        self.name = name or floatx()
        if self.name.startswith("mixed_") and self.name[6:] in ("float16", "bfloat16"):
            self.compute_dtype, self.variable_dtype = self.name[6:], "float32"
        else:
            self.compute_dtype = self.variable_dtype = standardize(self.name)

    def get_config(self) -> dict[str, Any]:
        """The policy's name."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """Builds the policy that ``get_config`` described."""
        return cls(config["name"])

    @property
    def dtype(self) -> np.dtype:
        """NumPy's type of the weights; by this name NumPy and JAX look for it."""
        return numpy_dtype(self.variable_dtype)

    def __repr__(self) -> str:
        return f"DTypePolicy({self.name!r})"

    def __str__(self) -> str:
        return self.variable_dtype

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, DTypePolicy) else self.variable_dtype == other

    def __hash__(self) -> int:
        return hash(self.variable_dtype)


# the name of a time when integers had policies of their own
FloatDTypePolicy = DTypePolicy
POLICIES.alias("FloatDTypePolicy", DTypePolicy)


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none."""
    return _defaults.policy or DTypePolicy(floatx())


def set_dtype_policy(policy: DTypePolicy | str) -> None:
    """Sets the policy of the layers made from now on."""
    _defaults.policy = policy if isinstance(policy, DTypePolicy) else DTypePolicy(policy)


def as_policy(value: Any) -> DTypePolicy:
    """A policy from None, a name, a type, a config or a policy."""
    if value is None:
        return dtype_policy()
    if isinstance(value, DTypePolicy):
        return value
    if isinstance(value, dict):
        return DTypePolicy.from_config(value["config"])
    return DTypePolicy(value if isinstance(value, str) else standardize(value))
