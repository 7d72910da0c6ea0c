"""Layers that tell a network where in a sequence it is: learned, as waves, as rotations; and with words."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import initializers
from hornbeam.core import frame
from hornbeam.core.checks import integer, number, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import DataError, ShapeError
from hornbeam.core.infer import stands_in
from hornbeam.layers.layer import LAYERS, Layer, check_axis
from hornbeam.layers.reversible_embedding import ReversibleEmbedding
from hornbeam.ops.positions import rotary_rates, rotate, sine_encoding, yarn_rates


def _places(time: int, start_index: Any, positions: Any) -> Any:
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
            places = _places(time, 0, positions)
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
        places = _places(inputs.shape[-2], start_index, positions)
        if inputs.dtype == jnp.float64:
            places = places.astype(jnp.float64)
        waves = sine_encoding(places, inputs.shape[-1], self.max_wavelength)
        waves = waves.astype(numpy_dtype(self.dtype.compute_dtype))
        return jnp.broadcast_to(waves.reshape((1,) * (inputs.ndim - 3) + waves.shape), inputs.shape)


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
        places = _places(inputs.shape[time], start_index, positions)
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


@LAYERS.add(module="keras_hub.layers")
class TokenAndPositionEmbedding(Layer):
    """A learned vector for each word plus one for its place: ``output[…, t, :] = words[input[…, t]] + places[t]``.

    Args:
        vocabulary_size: how many words there are: the largest number plus 1.
        sequence_length: the greatest length of a sequence.
        embedding_dim: length of the vectors.
        tie_weights: of ``token_embedding``, a ``ReversibleEmbedding``.
        embeddings_initializer: first values of both tables.
        mask_zero: whether 0 stands for padding, which later layers and the loss are then told to leave out.

    The call takes ``start_index`` and ``positions`` as ``PositionEmbedding``.

    Shapes:
        ``(batch, time) -> (batch, time, embedding_dim)``.

    Example:
        >>> layer = TokenAndPositionEmbedding(vocabulary_size=100, sequence_length=20, embedding_dim=8)
        >>> layer(np.array([[3, 7, 0]])).shape
        (1, 3, 8)

    Reference:
        Devlin et al. (2019), BERT, section 3.
    """

    vocabulary_size = field(convert=integer(1))
    sequence_length = field(convert=integer(1))
    embedding_dim = field(convert=integer(1))
    tie_weights = field(True)
    embeddings_initializer = field("uniform", convert=initializers.get, key=False)
    mask_zero = field(False)

    rowwise = True
    autocast = False  # bfloat16 has no 257
    input_dtype = "int32"

    def _ready(self) -> None:
        super()._ready()
        self.supports_masking = bool(self.mask_zero)
        self.token_embedding = ReversibleEmbedding(
            self.vocabulary_size,
            self.embedding_dim,
            tie_weights=self.tie_weights,
            embeddings_initializer=self.embeddings_initializer,
            mask_zero=self.mask_zero,
            dtype=self.dtype,
            name="token_embedding",
        )
        self.position_embedding = PositionEmbedding(
            self.sequence_length, self.embeddings_initializer, dtype=self.dtype, name="position_embedding"
        )

    def build(self, input_shape: Any) -> None:
        self.token_embedding.build(tuple(input_shape))
        self.position_embedding.build((*input_shape, self.embedding_dim))

    def call(self, inputs: Any, start_index: Any = 0, positions: Any = None) -> Any:
        words = self.token_embedding(inputs)
        return words + self.position_embedding(words, start_index=start_index, positions=positions)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.not_equal(jnp.asarray(inputs), 0) if self.mask_zero else None
