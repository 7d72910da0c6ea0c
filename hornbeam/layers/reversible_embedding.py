"""ReversibleEmbedding: a table that turns words into vectors, and vectors into scores of words."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import constraints, initializers, regularizers
from hornbeam.core import frame
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype, standardize
from hornbeam.core.errors import ShapeError
from hornbeam.layers.embedding import Embedding
from hornbeam.layers.layer import LAYERS


def _dtype(value: Any) -> str | None:
    return None if value is None else standardize(value)


@LAYERS.add()
class ReversibleEmbedding(Embedding):
    """An ``Embedding`` that can also be called backwards: ``layer(vectors, reverse=True)`` gives ``vectors · tableᵀ``.

    A language model so uses one table for its input and, as logits, for its output.

    Args:
        input_dim: how many numbers there are: the largest plus 1.
        output_dim: length of each vector.
        tie_weights: whether the way back uses the same table; otherwise it has one of its own.
        embeddings_initializer: first values of the tables.
        embeddings_regularizer: penalty on the table, added to the loss.
        embeddings_constraint: applied to the table after each update.
        mask_zero: whether 0 stands for padding.
        reverse_dtype: type in which the way back is computed; the layer's own when None.
        logit_soft_cap: c, when the way back gives ``c · tanh(logits / c)``; None for the logits themselves.

    Shapes:
        ``(batch, …) -> (batch, …, output_dim)``, backwards ``(batch, …, output_dim) -> (batch, …, input_dim)``;
        embeddings ``(input_dim, output_dim)``, reverse_embeddings ``(output_dim, input_dim)``.

    Example:
        >>> import numpy as np
        >>> layer = ReversibleEmbedding(100, 8)
        >>> layer(layer(np.array([[3, 7]])), reverse=True).shape
        (1, 2, 100)

    Reference:
        Press & Wolf (2017), Using the output embedding to improve language models.
    """

    input_dim = field(convert=integer(1))
    output_dim = field(convert=integer(1))
    tie_weights = field(True)
    embeddings_initializer = field("uniform", convert=initializers.get, key=False)
    embeddings_regularizer = field(None, convert=regularizers.get)
    embeddings_constraint = field(None, convert=constraints.get)
    mask_zero = field(False)
    reverse_dtype = field(None, convert=_dtype)
    logit_soft_cap = field(None, convert=number(0, optional=True, open_low=True))
    weights = field(None, kw_only=True, config=False, key=False)

    def build(self, input_shape: Any = None) -> None:
        if self.built:
            return
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim), self.embeddings_initializer, name="reverse_embeddings"
            )

    def call(self, x: Any, reverse: bool = False) -> Any:  # type: ignore[override]
        if reverse:
            return self._logits(jnp.asarray(x))
        output = super().call(x)
        active = frame.current()
        if self.mask_zero and active is not None:
            active.set_mask(output, jnp.not_equal(jnp.asarray(x), 0))
        return output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: which way it was called is known to ``call`` alone, which sets the mask."""

    def _logits(self, x: Any) -> Any:
        if not x.ndim or x.shape[-1] != self.output_dim:
            raise ShapeError(
                f"{self.where}, reverse=True",
                f"vectors of {self.output_dim} numbers along the last axis",
                f"shape {x.shape}",
                "Without reverse=True it takes whole numbers.",
            )
        dtype = numpy_dtype(self.reverse_dtype or self.dtype.compute_dtype)
        table = jnp.asarray(self.embeddings if self.tie_weights else self.reverse_embeddings).astype(dtype)
        logits = jnp.matmul(x.astype(dtype), table.T if self.tie_weights else table)
        if self.logit_soft_cap is not None:
            logits = self.logit_soft_cap * jnp.tanh(logits / self.logit_soft_cap)
        return logits
