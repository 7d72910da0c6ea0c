"""The bases of layers on images: batches with the channels last inside, random numbers for each image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused, number
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.registry import did_you_mean
from hornbeam.layers.layer import Layer
from hornbeam.layers.noise import Noisy
from hornbeam.ops.noise import uniform
from hornbeam.ops.pictures import as_given, channels_last

# ---- converters of fields


def name_of(*names: str) -> Callable[[Any], str]:
    """Converter to one of the names; the nearest are offered for another."""

    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            fix = did_you_mean(value, list(names)) if isinstance(value, str) else "Choose one of them."
            raise Refused("one of " + ", ".join(map(repr, names)), fix)
        return value

    return convert


def between(low: float, high: float, open_low: bool = False) -> Callable[[Any], tuple[float, float]]:
    """Converter to the two ends from which a factor is drawn; one number f stands for ``(-f, f)``.

    Args:
        low, high: what both ends must lie between; one number gives no end below ``low``.
        open_low: whether ``low`` itself is refused when two numbers are given.
    """
    kind = f"a number from {low} to {high}, or two of them"

    def convert(value: Any) -> tuple[float, float]:
        two = isinstance(value, (tuple, list))
        if two and len(value) != 2:
            raise Refused(kind, f"Write for example ({low}, {high}).")
        try:
            ends = [float(number(low, high)(each)) for each in (value if two else [value])]
        except Refused:
            raise Refused(kind, f"Give {kind}.") from None
        if open_low and min(ends) == low:
            raise Refused(f"{kind}, and above {low}", f"Give numbers above {low}.")
        if two:
            return min(ends), max(ends)
        return max(-abs(ends[0]), low), abs(ends[0])

    return convert


def value_range(value: Any) -> tuple[float, float]:
    """Converter to the least and the largest value of a pixel."""
    try:
        low, high = (float(number()(each)) for each in value)
    except (TypeError, ValueError, Refused):
        raise Refused("two numbers, the least and the largest of a pixel", "Write (0, 255) or (0, 1).") from None
    if low == high:
        raise Refused("two different numbers", "Write (0, 255) or (0, 1).")
    return min(low, high), max(low, high)


FILL_MODE = name_of("reflect", "wrap", "constant", "nearest")
INTERPOLATION = name_of("bilinear", "nearest")


# ---- bases


class ImageLayer(Layer):
    """Base of layers on one image ``(height, width, channels)`` or on a batch of them.

    A subclass declares ``data_format``; what it computes sees ``(batch, height, width, channels)`` in the compute type.
    """

    data_format: str
    rowwise = True
    channels: tuple[int, ...] = ()  # how many of them it can work on, any number when empty

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        if kwargs.get("bounding_box_format") is not None:
            raise ArgumentError(
                f"{type(self).__name__}, bounding_box_format",
                "images, labels and segmentation masks",
                repr(kwargs["bounding_box_format"]),
                "Hornbeam moves no bounding boxes: leave it out, and move them in a function of your own.",
            )
        return super()._bind(args, {name: each for name, each in kwargs.items() if name != "bounding_box_format"})

    def batched(self, images: Any, function: Callable[[jax.Array], jax.Array]) -> jax.Array:
        """The function on images as a batch with the channels last, and its result as the user's were."""
        images = jnp.asarray(images)
        if images.ndim not in (3, 4):
            raise ShapeError(
                self.where,
                "an image (height, width, channels) or a batch (batch, height, width, channels)",
                f"shape {images.shape}",
                "Add a channel axis: x[..., None]." if images.ndim < 3 else "Call it on one batch of images.",
            )
        batch = channels_last(images.astype(numpy_dtype(self.dtype.compute_dtype)), self.data_format)
        if self.channels and batch.shape[-1] not in self.channels:
            raise ShapeError(
                self.where,
                f"images of {' or '.join(map(str, self.channels))} channels with data_format={self.data_format!r}",
                f"shape {images.shape}",
                "Load them in color_mode='rgb', or set data_format to where the channels are.",
            )
        return as_given(function(batch), self.data_format, images.ndim)


class RandomImageLayer(ImageLayer, Noisy):
    """Base of layers that change each image by chance while training, and leave it alone at inference.

    A subclass says in ``numbers`` how many random numbers an image gets, and what they do to it in ``augment``.
    Called by hand, outside of ``fit`` and ``predict`` and without ``training=``, it augments, as in Keras: so the
    loop that shows nine versions of a picture shows nine different ones.
    """

    numbers = 1
    supports_masking = False

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        """The changed images.

        Args:
            images: ``(batch, height, width, channels)``.
            numbers: ``(batch, numbers)``, from 0 to below 1.
            key: for what needs more numbers than that.
        """
        raise NotImplementedError(f"{type(self).__name__} must define augment(self, images, numbers, key).")

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        """The changed segmentation masks of the images; those of layers that move no pixels stay."""
        return masks

    def augment_labels(self, labels: jax.Array, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        """The changed labels ``(batch, …)`` of the images; those of layers that mix no images stay."""
        return labels

    def at_rest(self, images: jax.Array) -> jax.Array:
        """What inference does."""
        return images

    def drawn(self, count: int, key: jax.Array) -> jax.Array:
        """The random numbers of ``count`` images."""
        return uniform(key, (count, self.numbers))

    def randomly(self, images: jax.Array, key: jax.Array) -> jax.Array:
        """``augment`` with the numbers that follow from a key."""
        return self.augment(images, self.drawn(images.shape[0], key), key)

    def call(self, data: Any, training: Any = True) -> Any:
        key = self.next_key() if training else None
        if isinstance(data, dict):
            return self._together(data, key)
        return self.batched(data, self.at_rest if key is None else lambda images: self.randomly(images, key))

    def _together(self, data: dict[str, Any], key: jax.Array | None) -> dict[str, Any]:
        """Images with their labels and masks, changed by the same numbers."""
        unknown = sorted(set(data) - {"images", "labels", "segmentation_masks"})
        if unknown or "images" not in data:
            got = ", ".join(sorted(data)) or "an empty dict"
            fix = "Bounding boxes are not moved: take them out of the dict." if "bounding_boxes" in unknown else (
                "Rename the entries."
            )  # fmt: skip
            raise ArgumentError(self.where, "images, and besides labels or segmentation_masks", got, fix)
        images, result = jnp.asarray(data["images"]), dict(data)
        one = images.ndim == 3
        if key is None:
            return {**result, "images": self.batched(images, self.at_rest)}
        numbers = self.drawn(1 if one else images.shape[0], key)
        result["images"] = self.batched(images, lambda batch: self.augment(batch, numbers, key))
        if "labels" in data:
            labels = jnp.asarray(data["labels"])
            batch = channels_last(images, self.data_format)
            mixed = self.augment_labels(labels[None] if one else labels, batch, numbers, key)
            result["labels"] = mixed[0] if one else mixed
        if "segmentation_masks" in data:
            masks = jnp.asarray(data["segmentation_masks"])
            moved = self.augment_masks(channels_last(masks, self.data_format), numbers, key)
            result["segmentation_masks"] = as_given(moved, self.data_format, masks.ndim)
        return result


def scaled(number: jax.Array, ends: tuple[float, float]) -> jax.Array:
    """Numbers from 0 to 1 brought between two ends."""
    low, high = ends
    return low + number * (high - low)


def each_image(values: jax.Array, dtype: Any) -> jax.Array:
    """``(batch,)`` as ``(batch, 1, 1, 1)``, to meet images."""
    return values.astype(dtype)[:, None, None, None]


def to_range(images: jax.Array, old: tuple[float, float], new: tuple[float, float]) -> jax.Array:
    """Pixels of one range of values in another."""
    if old == new:
        return images
    return (images - old[0]) * ((new[1] - new[0]) / (old[1] - old[0])) + new[0]


BYTES = (0.0, 255.0)
UNIT = (0.0, 1.0)
HALF = np.float32(0.5)
