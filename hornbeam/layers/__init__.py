"""Layers, by family: one file each."""

from __future__ import annotations

import importlib
from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.registry import CustomObjectScope
from hornbeam.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from hornbeam.layers.batch_normalization import BatchNormalization
from hornbeam.layers.categories import CategoryEncoding, Discretization
from hornbeam.layers.dense import Dense, EinsumDense
from hornbeam.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from hornbeam.layers.embedding import Embedding
from hornbeam.layers.hashed import HashedCrossing, Hashing
from hornbeam.layers.identity import ActivityRegularization, Identity
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.integer_lookup import IntegerLookup
from hornbeam.layers.joining import Concatenate, Dot, concatenate, dot
from hornbeam.layers.lambda_layer import Lambda
from hornbeam.layers.layer import LAYERS, Layer
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
from hornbeam.layers.noise import GaussianDropout, GaussianNoise
from hornbeam.layers.normalization import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization
from hornbeam.layers.reshape import Flatten, Permute, RepeatVector, Reshape
from hornbeam.layers.scaling import Normalization, Rescaling
from hornbeam.layers.string_lookup import StringLookup
from hornbeam.layers.text_vectorization import TextVectorization

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "BatchNormalization",
    "CategoryEncoding",
    "Concatenate",
    "Dense",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "InputSpec",
    "IntegerLookup",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "Maximum",
    "Minimum",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "StringLookup",
    "Subtract",
    "TextVectorization",
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
