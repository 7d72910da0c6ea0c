"""Layers that apply other augmentations, drawn by chance: RandAugment and AugMix."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_color import RandomColorDegeneration
from hornbeam.layers.image_detail import RandomSharpness
from hornbeam.layers.image_layer import INTERPOLATION, RandomImageLayer, between, value_range
from hornbeam.layers.image_light import (
    AutoContrast,
    Equalization,
    RandomBrightness,
    RandomContrast,
    RandomPosterization,
    Solarization,
)
from hornbeam.layers.image_motion import RandomRotation, RandomShear, RandomTranslation
from hornbeam.layers.layer import LAYERS
from hornbeam.ops.noise import beta, branch, dirichlet, uniform


class Policy(RandomImageLayer):
    """Base of layers that choose among others."""

    factor: tuple[float, float]
    value_range: tuple[float, float]
    interpolation: str
    all_ops = True
    channels = (1, 3)
    numbers = 0

    def _ready(self) -> None:
        super()._ready()
        f: Any = self.factor
        mix: dict[str, Any] = {"interpolation": self.interpolation, "dtype": self.dtype}
        tone: dict[str, Any] = {"value_range": self.value_range, "dtype": self.dtype}
        self._choices: list[RandomImageLayer] = [
            RandomShear(f, f, **mix),
            RandomTranslation(f, f, **mix),
            RandomRotation(f, **mix),
            RandomPosterization(max(1, int(8 * f[1])), **tone),
            Solarization(f, f, **tone),
            AutoContrast(**tone),
            Equalization(**tone),
        ]
        if self.all_ops:
            self._choices += [
                RandomBrightness(f, **tone),
                RandomColorDegeneration(f, **tone),
                RandomContrast(f, **tone),
                RandomSharpness(f, **tone),
            ]

    def drawn(self, count: int, key: jax.Array) -> jax.Array:
        return jnp.zeros((count, 0), jnp.float32)

    def one_of(self, images: jax.Array, key: jax.Array, steps: list[RandomImageLayer | None]) -> jax.Array:
        """The images after one of the steps, the same for all of them; None does nothing."""
        choice = jnp.floor(uniform(branch(key, 1), ()) * len(steps)).astype(jnp.int32)

        def applied(step: RandomImageLayer | None) -> Any:
            if step is None:
                return lambda images, key: images
            return lambda images, key: step.randomly(images, key).astype(images.dtype)

        return jax.lax.switch(choice, [applied(step) for step in steps], images, branch(key, 2))


@LAYERS.add()
class RandAugment(Policy):
    """Applies some of eleven augmentations, drawn for each batch, while training.

    They are shear, translation, rotation, brightness, colour degeneration, contrast, sharpness, posterization,
    solarization, automatic contrast and equalization.

    Args:
        value_range: the least and the largest value of a pixel.
        num_ops: how many are applied, one after the other.
        factor: the factor of each of them, 0 to 1; f is ``(0, f)``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> RandAugment()(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)

    Reference:
        Cubuk et al. (2020), RandAugment: practical automated data augmentation.
    """

    value_range = field((0, 255), convert=value_range)
    num_ops = field(2, convert=integer(0))
    factor = field(0.5, convert=between(0, 1))
    interpolation = field("bilinear", convert=INTERPOLATION)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        # one compiled body for all turns
        return jax.lax.fori_loop(
            0, self.num_ops, lambda turn, x: self.one_of(x, branch(key, turn + 3), list(self._choices)), images
        )


@LAYERS.add()
class AugMix(Policy):
    """Mixes images with versions of themselves that went through chains of augmentations, while training.

    ``output = w · input + (1 - w) · sum_i v_i · chain_i(input)`` with w drawn from Beta(alpha, alpha) and v from the
    Dirichlet distribution of alpha, for each batch.

    Args:
        value_range: the least and the largest value of a pixel.
        num_chains: how many chains.
        chain_depth: augmentations in each; one of them in twelve is left out.
        factor: the factor of each of them, 0 to 1; f is ``(0, f)``.
        alpha: small values make one chain dominate.
        all_ops: whether brightness, colour degeneration, contrast and sharpness are among them; see ``RandAugment``.
        interpolation: ``"bilinear"`` or ``"nearest"``.
        seed: makes the draws the same in every run; see ``Dropout``.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, height, width, 3)``, kept.

    Example:
        >>> import numpy as np
        >>> AugMix(num_chains=2)(np.ones((2, 8, 8, 3), "float32"), training=True).shape
        (2, 8, 8, 3)

    Reference:
        Hendrycks et al. (2020), AugMix: a simple data processing method to improve robustness and uncertainty.

    Differs:
        Keras draws the chains once, when its function is compiled, with Python's generator.
    """

    value_range = field((0, 255), convert=value_range)
    num_chains = field(3, convert=integer(1))
    chain_depth = field(3, convert=integer(1))
    factor = field(0.3, convert=between(0, 1))
    alpha = field(1.0, convert=number(1e-6))
    all_ops = field(True)
    interpolation = field("bilinear", convert=INTERPOLATION)
    seed = field(None, convert=integer(optional=True))
    data_format = field(None, convert=data_format)

    def augment(self, images: jax.Array, numbers: jax.Array, key: jax.Array) -> jax.Array:
        dtype = images.dtype
        shares = dirichlet(branch(key, 1), self.num_chains, self.alpha).astype(dtype)
        weight = beta(branch(key, 2), (), self.alpha, self.alpha).astype(dtype)

        def step(place: Any, x: jax.Array, chain: Any) -> jax.Array:
            return self.one_of(x, branch(key, 3 + chain * self.chain_depth + place), [*self._choices, None])

        def add(chain: Any, total: jax.Array) -> jax.Array:
            changed = jax.lax.fori_loop(0, self.chain_depth, lambda place, x: step(place, x, chain), images)
            return total + shares[chain] * changed

        mixed = jax.lax.fori_loop(0, self.num_chains, add, jnp.zeros_like(images))
        return jnp.clip(weight * images + (1 - weight) * mixed, *self.value_range)
