"""Masking: which time steps of padded sequences are real."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.config import field
from hornbeam.layers.axes import spread_last
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.scaling import number_or_array


@LAYERS.add()
class Masking(Layer):
    """Masks the time steps whose features all equal ``mask_value``, and sets them to 0.

    Later layers and the loss then leave those steps out.

    Args:
        mask_value: the number that the padding is made of, or one for each feature.

    Shapes:
        ``(batch, time, features)``, kept; the mask is ``(batch, time)``, true for real steps.

    Example:
        >>> import numpy as np
        >>> x = np.array([[[1.0, 2.0], [9.0, 9.0]]], "float32")
        >>> print(Masking(9.0)(x))
        [[[1. 2.]
          [0. 0.]]]
    """

    mask_value = field(0.0, convert=number_or_array)

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        return jnp.where(self._real(x)[..., None], x, 0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self._real(inputs)

    def _real(self, x: Any) -> Any:
        x = jnp.asarray(x)
        return jnp.any(x != spread_last(jnp.asarray(self.mask_value, x.dtype), x.ndim), axis=-1)
