"""Embedding: a learned vector for each word, category or person."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam import constraints, initializers, regularizers
from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.core.errors import DataError, ShapeError
from hornbeam.layers.layer import LAYERS, Layer


@LAYERS.add()
class Embedding(Layer):
    """Looks up a vector for each whole number: ``output[…, :] = embeddings[input[…]]``.

    Args:
        input_dim: how many numbers there are: the largest plus 1. With ``mask_zero`` the 0 counts as one of them.
        output_dim: length of each vector.
        embeddings_initializer: first values of the table.
        embeddings_regularizer: penalty on the table, added to the loss.
        embeddings_constraint: applied to the table after each update.
        mask_zero: whether 0 stands for padding, which later layers and the loss are then told to leave out.
        weights: the table's first values, ``(input_dim, output_dim)``, or a list with it.

    Numbers of float types are cut to whole ones. A number outside ``[0, input_dim)`` is an error where the layer is
    called on arrays; inside a compiled program, which cannot stop, its vector is NaN, and so is the loss.

    Shapes:
        ``(batch, …) -> (batch, …, output_dim)``; embeddings ``(input_dim, output_dim)``.

    Example:
        >>> layer = Embedding(3, 2, weights=[np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])])
        >>> print(layer(np.array([[2, 1]])))
        [[[3. 4.]
          [1. 2.]]]

    Reference:
        Bengio et al. (2003), A neural probabilistic language model, section 2.

    Differs:
        Keras on JAX counts negative numbers from the end of the table, without a word.
    """

    input_dim = field(convert=integer(1))
    output_dim = field(convert=integer(1))
    embeddings_initializer = field("uniform", convert=initializers.get, key=False)
    embeddings_regularizer = field(None, convert=regularizers.get)
    embeddings_constraint = field(None, convert=constraints.get)
    mask_zero = field(False)
    weights = field(None, config=False, key=False)

    rowwise = True
    autocast = False  # bfloat16 has no 257
    input_dtype = "int32"

    def _ready(self) -> None:
        super()._ready()
        self.supports_masking = bool(self.mask_zero)
        first = self.__dict__.pop("weights", None)
        if first is not None:
            self.build()
            self.set_weights(list(first) if isinstance(first, (list, tuple)) and len(first) == 1 else [first])

    @property
    def id_limit(self) -> tuple[int, str]:  # type: ignore[override]
        """``input_dim``, as the error says that tells of a number outside."""
        return self.input_dim, f"input_dim of {self.where}"

    def build(self, input_shape: Any = None) -> None:
        if self.built:
            return
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def call(self, x: Any) -> Any:
        numbers = self._checked(x)
        table = jnp.asarray(self.embeddings)
        return table.at[numbers].get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return jnp.not_equal(jnp.asarray(inputs), 0) if self.mask_zero else None

    def _checked(self, x: Any) -> Any:
        """The numbers as integers; refuses text, and what is outside the table if that can be seen."""
        if isinstance(x, (list, tuple)) or getattr(x, "dtype", np.dtype(object)).kind in "OSU":
            sample = next(
                (item for item in np.ravel(np.asarray(x, object)) if isinstance(item, (str, bytes))), "objects"
            )
            raise DataError(
                self.where,
                f"whole numbers from 0 to {self.input_dim - 1}",
                f"text, such as {sample!r}",
                "Number the words first, with a dict from word to number.",
            )
        if x.ndim == 0:
            raise ShapeError(
                self.where, "an input with at least 1 axis, like (batch, time)", "a single number", "Write x[None]."
            )
        numbers = jnp.asarray(x)
        numbers = numbers if jnp.issubdtype(numbers.dtype, jnp.integer) else numbers.astype(jnp.int32)
        if not isinstance(numbers, jax.core.Tracer) and numbers.size:
            low, high = int(numbers.min()), int(numbers.max())
            if low < 0 or high >= self.input_dim:
                raise DataError(
                    self.where,
                    f"whole numbers from 0 to {self.input_dim - 1}",
                    low if low < 0 else high,
                    "Give no negative numbers." if low < 0 else f"Write input_dim={high + 1}, the largest plus 1.",
                )
        return numbers


# the field's default hid it
Embedding.weights = Layer.weights  # type: ignore[method-assign]
