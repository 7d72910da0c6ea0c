"""TokenAndPositionEmbedding: a vector for each word, and one for its place."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import initializers
from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.positions import PositionEmbedding
from hornbeam.layers.reversible_embedding import ReversibleEmbedding


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
        >>> import numpy as np
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

    @property
    def id_limit(self) -> tuple[int, str]:  # type: ignore[override]
        """``vocabulary_size``, as the error says that tells of a number outside."""
        return self.vocabulary_size, f"vocabulary_size of {self.where}"

    def build(self, input_shape: Any) -> None:
        self.token_embedding.build(tuple(input_shape))
        self.position_embedding.build((*input_shape, self.embedding_dim))

    def call(self, inputs: Any, start_index: Any = 0, positions: Any = None) -> Any:
        words = self.token_embedding(inputs)
        return words + self.position_embedding(words, start_index=start_index, positions=positions)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.not_equal(jnp.asarray(inputs), 0) if self.mask_zero else None
