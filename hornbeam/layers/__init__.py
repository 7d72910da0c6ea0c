"""Layers, by family: one file each."""

from __future__ import annotations

import importlib
from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.registry import CustomObjectScope
from hornbeam.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from hornbeam.layers.attention import AdditiveAttention, Attention
from hornbeam.layers.batch_normalization import BatchNormalization
from hornbeam.layers.cached_attention import CachedMultiHeadAttention
from hornbeam.layers.categories import CategoryEncoding, Discretization
from hornbeam.layers.dense import Dense, EinsumDense
from hornbeam.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from hornbeam.layers.embedding import Embedding
from hornbeam.layers.f_net_encoder import FNetEncoder
from hornbeam.layers.group_query_attention import GroupQueryAttention
from hornbeam.layers.identity import ActivityRegularization, Identity
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.joining import Concatenate, Dot, concatenate, dot
from hornbeam.layers.lambda_layer import Lambda
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.masked_lm_head import MaskedLMHead
from hornbeam.layers.masked_lm_mask_generator import MaskedLMMaskGenerator
from hornbeam.layers.masking import Masking
from hornbeam.layers.merging import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    maximum,
    minimum,
    multiply,
    subtract,
)
from hornbeam.layers.multi_head_attention import MultiHeadAttention
from hornbeam.layers.noise import GaussianDropout, GaussianNoise
from hornbeam.layers.normalization import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization
from hornbeam.layers.packing import MultiSegmentPacker, StartEndPacker
from hornbeam.layers.positions import PositionEmbedding, SinePositionEncoding
from hornbeam.layers.reshape import Flatten, Permute, RepeatVector, Reshape
from hornbeam.layers.reversible_embedding import ReversibleEmbedding
from hornbeam.layers.rotary_embedding import RotaryEmbedding
from hornbeam.layers.scaling import Normalization, Rescaling
from hornbeam.layers.token_and_position_embedding import TokenAndPositionEmbedding
from hornbeam.layers.transformer_decoder import TransformerDecoder
from hornbeam.layers.transformer_encoder import TransformerEncoder

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "Average",
    "BatchNormalization",
    "CachedMultiHeadAttention",
    "CategoryEncoding",
    "Concatenate",
    "Dense",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "FNetEncoder",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "GroupQueryAttention",
    "Identity",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaskedLMHead",
    "MaskedLMMaskGenerator",
    "Masking",
    "Maximum",
    "Minimum",
    "MultiHeadAttention",
    "MultiSegmentPacker",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "PositionEmbedding",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "ReversibleEmbedding",
    "RotaryEmbedding",
    "SinePositionEncoding",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StartEndPacker",
    "Subtract",
    "TokenAndPositionEmbedding",
    "TransformerDecoder",
    "TransformerEncoder",
    "UnitNormalization",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]


def serialize(layer: Any) -> Any:
    """A JSON-able description of a layer."""
    return specs.serialize(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The layer that ``serialize`` described, with new weights; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return specs.deserialize(config, LAYERS)


def __getattr__(name: str) -> Any:
    """``Input`` and ``InputLayer``, which Keras counts among the layers, live in the graph room above this one."""
    if name in ("Input", "InputLayer"):
        return getattr(importlib.import_module("hornbeam.graph.tensor"), name)
    raise AttributeError(f"module 'hornbeam.layers' has no attribute {name!r}")
