"""Axes: how layers read the numbers of axes that a user gives, and spread weights along them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer, one_of
from hornbeam.core.dtypes import image_data_format
from hornbeam.core.errors import ShapeError
from hornbeam.layers.layer import check_axis


def axis_or_axes(value: Any) -> int | tuple[int, ...]:
    """Converter to an axis, or to a tuple of several."""
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("at least one axis", "Write axis=-1 for the last.")
        return tuple(integer()(axis) for axis in value)  # type: ignore[misc]
    return integer()(value)  # type: ignore[return-value]


def data_format(value: Any) -> str:
    """Converter to where images have their channels; None takes the default of the configuration."""
    return one_of("channels_last", "channels_first")(image_data_format() if value is None else value)


def from_zero(where: str, axis: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """Axes counted from 0 and in order, from one or several that may count from the end."""
    axes = (axis,) if isinstance(axis, int) else axis
    return tuple(sorted({check_axis(where, each, rank) for each in axes}))


def lengths_along(where: str, axes: tuple[int, ...], shape: Any) -> tuple[int, ...]:
    """The lengths of axes over which a weight is to extend; refuses unknown ones."""
    unknown = [axis for axis in axes if shape[axis] is None]
    if unknown:
        raise ShapeError(
            where,
            f"a known length of axis {unknown[0]}, along which it has a weight",
            f"shape {tuple(shape)}",
            "Give Input a full shape.",
        )
    return tuple(int(shape[axis]) for axis in axes)


def spread(values: Any, axes: tuple[int, ...], rank: int) -> Any:
    """An array over ``axes`` as one of a higher rank, with length 1 along the other axes.

    Example:
        >>> spread(jnp.ones(3), (1,), 4).shape
        (1, 3, 1, 1)
    """
    values = jnp.asarray(values)
    shape = [1] * rank
    for axis, length in zip(axes, values.shape, strict=True):
        shape[axis] = length
    return values.reshape(shape)


def spread_last(values: Any, rank: int) -> Any:
    """An array over the last axes as one of a higher rank, as NumPy's rules do it silently."""
    values = jnp.asarray(values)
    return values.reshape((1,) * (rank - values.ndim) + values.shape)


def spread_first(values: Any, rank: int) -> Any:
    """An array over the first axes, such as a mask ``(batch, time)``, as one of a higher rank."""
    values = jnp.asarray(values)
    return values.reshape(values.shape + (1,) * (rank - values.ndim))
