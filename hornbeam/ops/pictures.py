"""What operations on images share: their rank, where their channels are, names of fills and interpolations."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.dtypes import image_data_format
from hornbeam.core.errors import ArgumentError, ShapeError, UnknownNameError
from hornbeam.core.registry import did_you_mean

DATA_FORMATS = ("channels_last", "channels_first")


def known(where: str, value: Any, names: tuple[str, ...]) -> str:
    """The value if it is one of the names; the nearest names are in the error."""
    if value not in names or not isinstance(value, str):
        fix = did_you_mean(value, list(names)) if isinstance(value, str) else f"Known names: {', '.join(names)}."
        raise UnknownNameError(where, "one of " + ", ".join(map(repr, names)), repr(value), fix)
    return value


def data_format_of(where: str, value: Any) -> str:
    """Where images have their channels; None takes the default of the configuration."""
    return image_data_format() if value is None else known(f"{where}, data_format", value, DATA_FORMATS)


def check_rank(where: str, images: Any) -> None:
    """Refuses what is neither one image nor a batch of them."""
    rank = len(images.shape)
    if rank in (3, 4):
        return
    fix = "Add a channel axis: x[..., None]." if rank == 2 else "Take the images apart, or put them in one batch."
    expected = "an image (height, width, channels) or a batch (batch, height, width, channels)"
    raise ShapeError(where, expected, f"shape {tuple(images.shape)}", fix)


def check_size(where: str, size: Any) -> tuple[int, int]:
    """Height and width as two positive whole numbers."""
    values = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    whole = [int(value) for value in values if _is_whole(value)]
    if len(values) != 2 or len(whole) != 2 or min(whole) < 1:
        raise ArgumentError(where, "two positive integers (height, width)", repr(size), "Write for example (224, 224).")
    return whole[0], whole[1]


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and hasattr(value, "__index__")


def channels_last(images: jax.Array, data_format: str) -> jax.Array:
    """A batch as ``(batch, height, width, channels)``; one image becomes a batch of one."""
    images = images[None] if images.ndim == 3 else images
    return jnp.moveaxis(images, 1, -1) if data_format == "channels_first" else images


def as_given(images: jax.Array, data_format: str, rank: int) -> jax.Array:
    """Undoes ``channels_last``: the axes in the user's order, without the batch axis for one image."""
    images = jnp.moveaxis(images, -1, 1) if data_format == "channels_first" else images
    return images[0] if rank == 3 else images


def lengths(images: Any, data_format: str) -> tuple[int, int]:
    """Height and width."""
    first = len(images.shape) - (3 if data_format == "channels_last" else 2)
    return int(images.shape[first]), int(images.shape[first + 1])


def back_to(values: jax.Array, dtype: Any) -> jax.Array:
    """Computed floats as a number type; whole numbers are rounded, and stay at the type's limits beyond them."""
    if values.dtype == dtype or not jnp.issubdtype(dtype, jnp.integer):
        return values.astype(dtype)
    limits = jnp.iinfo(dtype)
    return jnp.clip(jnp.round(values), float(limits.min), float(limits.max)).astype(dtype)


def computing(images: jax.Array) -> jax.Array:
    """As floats in which sums can be computed: whole numbers and halves become float32."""
    fine = jnp.issubdtype(images.dtype, jnp.floating) and images.dtype.itemsize >= 4
    return images if fine else images.astype(jnp.float32)
