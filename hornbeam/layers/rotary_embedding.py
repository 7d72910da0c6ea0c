"""RotaryEmbedding: places as rotations of queries and keys."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.layer import LAYERS, Layer, check_axis
from hornbeam.layers.positions import places_of
from hornbeam.ops.positions import rotary_rates, rotate, yarn_rates


@LAYERS.add(module="keras_hub.layers")
class RotaryEmbedding(Layer):
    """Turns pairs of numbers by angles that grow with the place, slower from pair to pair; nothing is learned.

    Pair ``(x_i, x_{i + size/2})`` at place t is turned by ``t / max_wavelength**(2i / size)``. The product of a query
    and a key so turned depends on their distance alone.

    Args:
        max_wavelength: the slowest pair takes nearly 2π times as many places for a turn.
        scaling_factor: s, for sequences s times longer than those of training.
        rope_type: how: ``"linear"`` divides the places by s; ``"dynamic"`` stretches the wavelengths; ``"yarn"``
            divides for slow pairs alone.
        beta_fast, beta_slow, original_max_position_embeddings, truncate: of ``"yarn"``; see ``ops.positions``.
        sequence_axis: the axis of the places.
        feature_axis: the axis of the numbers that are turned, of even length.
        denominator_dim: what stands for size in the exponent; size itself when None.

    The call takes ``start_index`` and ``positions`` as ``PositionEmbedding``.

    Shapes:
        ``(batch, time, …, size)``, kept; for heads ``(batch, time, heads, size)``.

    Example:
        >>> turned = RotaryEmbedding()(np.array([[[1.0, 0.0], [1.0, 0.0]]], "float32"))
        >>> print(np.array(turned, "float64").round(3))
        [[[1.    0.   ]
          [0.54  0.841]]]

    Reference:
        Su et al. (2021), RoFormer, section 3.2; Peng et al. (2023), YaRN.

    Differs:
        Angles are computed in float32 in half precision too.
    """

    max_wavelength = field(10000, convert=number(0, open_low=True))
    scaling_factor = field(1.0, convert=number(0, open_low=True))
    rope_type = field("linear", convert=one_of("linear", "dynamic", "yarn"))
    beta_fast = field(32.0, convert=number(0, open_low=True))
    beta_slow = field(1.0, convert=number(0, open_low=True))
    original_max_position_embeddings = field(4096, convert=integer(1))
    truncate = field(True)
    sequence_axis = field(1, convert=integer())
    feature_axis = field(-1, convert=integer())
    denominator_dim = field(None, convert=number(0, optional=True, open_low=True))

    supports_masking = True
    rowwise = True

    def call(self, inputs: Any, start_index: Any = 0, positions: Any = None) -> Any:
        time, features = (check_axis(self.where, axis, inputs.ndim) for axis in (self.sequence_axis, self.feature_axis))
        size = inputs.shape[features]
        if time == features or 0 in (time, features) or size % 2:
            raise ShapeError(
                self.where,
                "an axis of places, and another of features of even length to turn in pairs",
                f"shape {inputs.shape} with sequence_axis={self.sequence_axis}, feature_axis={self.feature_axis}",
                "Turn each head, (batch, time, heads, size), or choose an even number of features.",
            )
        places = places_of(inputs.shape[time], start_index, positions)
        if inputs.dtype == jnp.float64:
            places = places.astype(jnp.float64)
        turned = rotate(jnp.moveaxis(inputs, (time, features), (1, -1)), places, *self._rates(size))
        return jnp.moveaxis(turned, (1, -1), (time, features))

    def _rates(self, size: int) -> tuple[np.ndarray, float]:
        """The rates of the pairs, and how much longer they become."""
        factor = self.scaling_factor
        if self.rope_type == "yarn":
            betas = (self.beta_fast, self.beta_slow, self.original_max_position_embeddings, self.truncate)
            return yarn_rates(size, self.max_wavelength, factor, *betas), float(0.1 * np.log(factor) + 1)
        return rotary_rates(size, self.max_wavelength, factor, self.rope_type, self.denominator_dim), 1.0
