"""Layers that tell a network where in a sequence it is: vectors that are learned, and waves."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import initializers
from hornbeam.core import frame
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import DataError, ShapeError
from hornbeam.core.infer import stands_in
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.positions import sine_encoding


def places_of(time: int, start_index: Any, positions: Any) -> Any:
    """The places of an input's steps, ``(batch or 1, time)``."""
    if positions is None:
        return (jnp.arange(time, dtype=jnp.int32) + jnp.asarray(start_index, jnp.int32))[None]
    positions = jnp.asarray(positions)
    return positions[None] if positions.ndim == 1 else positions


@LAYERS.add(module="keras_hub.layers")
class PositionEmbedding(Layer):
    """A learned vector for each place of a sequence: ``output[…, t, :] = position_embeddings[start_index + t]``.

    Args:
        sequence_length: the greatest length of a sequence.
        initializer: first values of the vectors.

    The call takes an array, of which only the shape counts; ``start_index``, the place of its first step;
    ``positions``, the place of each step, instead.

    Shapes:
        ``(batch, …, time, features)``, kept; positions ``(time,)`` or ``(batch, time)``; position_embeddings
        ``(sequence_length, features)``.

    Example:
        >>> import numpy as np
        >>> PositionEmbedding(sequence_length=10)(np.zeros((2, 5, 4), "float32")).shape
        (2, 5, 4)

    Reference:
        Gehring et al. (2017), Convolutional sequence to sequence learning, section 3.1; Devlin et al. (2019), BERT.
    """

    sequence_length = field(convert=integer(1))
    initializer = field("glorot_uniform", convert=initializers.get, key=False)

    rowwise = True

    def build(self, inputs_shape: Any) -> None:
        features = inputs_shape[-1] if len(inputs_shape) >= 2 else None
        if features is None:
            raise ShapeError(
                self.where,
                "an input with axes (batch, time, features) and a known number of features",
                f"shape {tuple(inputs_shape)}",
                "It takes vectors: use TokenAndPositionEmbedding for whole numbers.",
            )
        shape = (self.sequence_length, int(features))
        self.position_embeddings = self.add_weight(shape, self.initializer, name="embeddings")

    def call(self, inputs: Any, start_index: Any = 0, positions: Any = None) -> Any:
        table, time = jnp.asarray(self.position_embeddings), inputs.shape[-2]
        if positions is None:
            vectors = self._from(table, time, start_index)
        else:
            places = places_of(time, 0, positions)
            self._check_places(places)
            vectors = table.at[places].get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False)
        vectors = vectors.reshape((1,) * (inputs.ndim - vectors.ndim) + vectors.shape)
        return jnp.broadcast_to(vectors, inputs.shape)

    def _from(self, table: Any, time: int, start_index: Any) -> Any:
        active = frame.current()
        if active is not None and active.inferring and time > self.sequence_length and stands_in(time):
            return table[:1]
        known = not isinstance(start_index, jax.core.Tracer)
        start = int(start_index) if known else 0
        if start < 0 or start + time > self.sequence_length:
            raise ShapeError(
                self.where,
                f"a sequence of at most {self.sequence_length} steps, its sequence_length",
                f"{time} steps" + (f" from place {start} on" if start else ""),
                "Cut the sequences, or give the layer a greater sequence_length.",
            )
        if known:
            return table[start : start + time]
        return jax.lax.dynamic_slice_in_dim(table, jnp.asarray(start_index, jnp.int32), time)

    def _check_places(self, places: Any) -> None:
        if isinstance(places, jax.core.Tracer) or not places.size:
            return
        low, high = int(places.min()), int(places.max())
        if low < 0 or high >= self.sequence_length:
            raise DataError(
                f"{self.where}, positions",
                f"places from 0 to {self.sequence_length - 1}",
                low if low < 0 else high,
                "Give the layer a greater sequence_length, or other positions.",
            )


@LAYERS.add(module="keras_hub.layers")
class SinePositionEncoding(Layer):
    """Waves of growing length for each place: sines in even columns, cosines in odd ones; nothing is learned.

    ``output[…, t, 2i] = sin(t / max_wavelength**(2i / features))``, and the cosine of the same in column ``2i + 1``.

    Args:
        max_wavelength: the longest wave is nearly 2π times as many places long.

    The call takes an array, of which only the shape counts, ``start_index`` and ``positions`` as ``PositionEmbedding``.

    Shapes:
        ``(batch, time, features)``, kept.

    Example:
        >>> import numpy as np
        >>> print(SinePositionEncoding()(np.zeros((1, 2, 2), "float32")).round(3))
        [[[0.    1.   ]
          [0.841 0.54 ]]]

    Reference:
        Vaswani et al. (2017), Attention is all you need, section 3.5.

    Differs:
        Waves are computed in float32 and then rounded; KerasHub counts places in half precision under such a policy.
    """

    max_wavelength = field(10000, convert=number(0, open_low=True))

    rowwise = True

    def call(self, inputs: Any, start_index: Any = 0, positions: Any = None) -> Any:
        places = places_of(inputs.shape[-2], start_index, positions)
        if inputs.dtype == jnp.float64:
            places = places.astype(jnp.float64)
        waves = sine_encoding(places, inputs.shape[-1], self.max_wavelength)
        waves = waves.astype(numpy_dtype(self.dtype.compute_dtype))
        return jnp.broadcast_to(waves.reshape((1,) * (inputs.ndim - 3) + waves.shape), inputs.shape)
