"""What encoders and decoders share: their fields, the two dense layers after attention, masks."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam import activations, initializers
from hornbeam.core import frame
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.dense import Dense
from hornbeam.layers.dropout import Dropout
from hornbeam.layers.layer import Layer
from hornbeam.layers.normalization import LayerNormalization


class TransformerBlock(Layer):
    """Base of TransformerEncoder and TransformerDecoder.

    Inner layers stand in attributes named as KerasHub's, since files name them so.
    """

    intermediate_dim = field(convert=integer(1))
    num_heads = field(convert=integer(1))
    dropout = field(0, convert=number(0, 1, open_high=True))
    activation = field("relu", convert=activations.get)
    layer_norm_epsilon = field(1e-5, convert=number(0))
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    normalize_first = field(False)

    supports_masking = True
    rowwise = True

    def head_size(self, shape: tuple[int | None, ...]) -> int:
        """The features of each head; refuses an input whose features cannot be shared out."""
        features = shape[-1] if len(shape) == 3 else None
        if features is None:
            raise ShapeError(
                self.where,
                "an input (batch, time, features) with a known number of features",
                f"shape {shape}",
                "Embed whole numbers first, for example with TokenAndPositionEmbedding.",
            )
        if features % self.num_heads:
            raise ShapeError(
                f"{self.where}, num_heads",
                f"a divisor of the {features} features",
                self.num_heads,
                "Each head gets features / num_heads of them: change one of the two.",
            )
        return features // self.num_heads

    def add_norm(self, name: str, shape: Any) -> LayerNormalization:
        """A layer normalisation."""
        layer = LayerNormalization(epsilon=self.layer_norm_epsilon, dtype=self.dtype, name=name)
        layer.build(shape)
        return layer

    def add_dropout(self, name: str) -> Dropout:
        """A dropout of the block's rate."""
        return Dropout(self.dropout, dtype=self.dtype, name=name)

    def add_dense(self, units: int, shape: Any, name: str, activation: Any = None) -> Dense:
        """A dense layer with the block's initializers."""
        starts = {"kernel_initializer": self.kernel_initializer, "bias_initializer": self.bias_initializer}
        layer = Dense(units, activation=activation, **starts, dtype=self.dtype, name=name)
        layer.build(shape)
        return layer

    def residual(self, x: Any, norm: Layer, dropout: Layer, branch: Any) -> Any:
        """``norm(x + dropout(branch(x)))``, or ``x + dropout(branch(norm(x)))`` with ``normalize_first``."""
        if self.normalize_first:
            return x + dropout(branch(norm(x)))
        return norm(x + dropout(branch(x)))


def visible(where: str, x: Any, padding_mask: Any, attention_mask: Any) -> Any:
    """What places may be looked at: ``(batch, 1 or time, source)``, None for all.

    Args:
        where: the layer and the prefix of the arguments' names, for errors.
        x: the sequence that is looked at.
        padding_mask: ``(batch, source)``, True where there is no padding; x's own mask when None.
        attention_mask: ``(batch, time, source)``.
    """
    active = frame.current()
    if padding_mask is None and active is not None:
        padding_mask = active.mask_of(x)
    masks = []
    for what, mask, rank, axes in (
        ("padding_mask", padding_mask, 2, "(batch, source)"),
        ("attention_mask", attention_mask, 3, "(batch, time, source)"),
    ):
        if mask is None:
            continue
        mask = jnp.asarray(mask)
        wrong = mask.ndim != rank or mask.shape[-1] not in (1, x.shape[1]) or mask.shape[0] not in (1, x.shape[0])
        if wrong:
            raise ShapeError(
                f"{where}{what}",
                f"a mask {axes} of a sequence of {x.shape[1]} steps in a batch of {x.shape[0]}",
                f"shape {mask.shape}",
                "Give True where it may look.",
            )
        mask = mask if mask.dtype == bool else mask > 0
        masks.append(mask[:, None] if rank == 2 else mask)
    if not masks:
        return None
    return masks[0] if len(masks) == 1 else jnp.logical_and(*masks)
