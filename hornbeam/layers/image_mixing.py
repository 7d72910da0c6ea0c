"""Layers that mix the images of a batch, and their labels with them: MixUp and CutMix."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import DataError
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_detail import boxes
from hornbeam.layers.image_layer import RandomImageLayer, between, each_image, scaled
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.noise import beta, branch


class Mixing(RandomImageLayer):
    """Base of layers that mix each image with another of its batch."""

    rowwise = False

    def partners(self, numbers: jax.Array) -> jax.Array:
        """For each image the number of its partner: a permutation."""
        return jnp.argsort(numbers[:, 0])

    def shares(self, numbers: jax.Array, key: jax.Array, alpha: Any) -> jax.Array:
        """For each image its own share, from the distribution Beta(alpha, alpha): ``(batch,)``."""
        return beta(branch(key, 1), (numbers.shape[0],), alpha, alpha)

    def mixed_labels(self, labels: jax.Array, numbers: jax.Array, weight: jax.Array) -> jax.Array:
        """Labels of both partners, by their weights."""
        if not jnp.issubdtype(labels.dtype, jnp.floating):
            raise DataError(
                f"{self.where}, labels",
                "floats, one-hot rows as to_categorical makes them",
                f"type {labels.dtype}",
                "Half a class cannot be written as a number: use label_mode='categorical', or to_categorical(labels).",
            )
        weight = weight.astype(labels.dtype).reshape((-1,) + (1,) * (labels.ndim - 1))
        return weight * labels + (1 - weight) * labels[self.partners(numbers)]


@LAYERS.add()
class MixUp(Mixing):
    """Mixes each image with another of its batch while training: ``output = w · input + (1 - w) · other``.

    Call it on ``{"images": …, "labels": …}`` to mix labels by the same weights.

    Args:
        alpha: w is drawn from the distribution Beta(alpha, alpha) for each image; small values mix little.
        data_format: where the channels are; None takes ``image_data_format()``.
        seed: makes the draws the same in every run; see ``Dropout``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> data = {"images": np.ones((4, 2, 2, 3), "float32"), "labels": np.eye(4, dtype="float32")}
        >>> print(MixUp()(data, training=True)["labels"].sum(1).round(3))
        [1. 1. 1. 1.]

    Reference:
        Zhang et al. (2018), mixup: beyond empirical risk minimization.
    """

    alpha = field(0.2, convert=number(1e-6))
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        weight = each_image(self.shares(numbers, key, self.alpha), images.dtype)
        return weight * images + (1 - weight) * images[self.partners(numbers)]

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        raise DataError(
            f"{self.where}, segmentation_masks", "images and labels", "masks", "A mean of masks is none: use CutMix."
        )

    def augment_labels(self, labels: jax.Array, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self.mixed_labels(labels, numbers, self.shares(numbers, key, self.alpha))


@LAYERS.add()
class CutMix(Mixing):
    """Covers a box of each image with the same box of another while training.

    Call it on ``{"images": …, "labels": …}`` to mix labels by the shares of the pixels.

    Args:
        factor: from which alpha is drawn, 0 to 1; the box's share of the image is ``1 - w`` with w from the
            distribution Beta(alpha, alpha); f is ``(0, f)``.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> CutMix()(np.ones((4, 8, 8, 3), "float32"), training=True).shape
        (4, 8, 8, 3)

    Reference:
        Yun et al. (2019), CutMix: regularization strategy to train strong classifiers.
    """

    factor = field(1.0, convert=between(0, 1))
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    numbers = 4

    def _box(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        alpha = scaled(numbers[0, 1], self.factor) + 1e-6  # the first image's, for the batch
        side = jnp.sqrt(1 - self.shares(numbers, key, alpha))
        return boxes(images.shape, side, side, numbers[:, 2:])

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return jnp.where(self._box(images, numbers, key), images[self.partners(numbers)], images)

    def augment_masks(self, masks: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        return self.augment(masks, numbers, key)

    def augment_labels(self, labels: jax.Array, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        covered = self._box(images, numbers, key).mean((1, 2, 3), dtype=jnp.float32)
        return self.mixed_labels(labels, numbers, 1 - covered)
