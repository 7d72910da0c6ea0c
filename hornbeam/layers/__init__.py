"""Layers, by family: one file each."""

from __future__ import annotations

import importlib
from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.registry import CustomObjectScope
from hornbeam.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from hornbeam.layers.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from hornbeam.layers.attention import AdditiveAttention, Attention
from hornbeam.layers.batch_normalization import BatchNormalization
from hornbeam.layers.bidirectional import Bidirectional
from hornbeam.layers.cached_attention import CachedMultiHeadAttention
from hornbeam.layers.categories import CategoryEncoding, Discretization
from hornbeam.layers.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from hornbeam.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution1D, Convolution2D, Convolution3D
from hornbeam.layers.dense import Dense, EinsumDense
from hornbeam.layers.depthwise_convolution import (
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    SeparableConvolution1D,
    SeparableConvolution2D,
)
from hornbeam.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from hornbeam.layers.edges import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from hornbeam.layers.embedding import Embedding
from hornbeam.layers.f_net_encoder import FNetEncoder
from hornbeam.layers.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from hornbeam.layers.group_query_attention import GroupQueryAttention
from hornbeam.layers.gru import GRU, GRUCell
from hornbeam.layers.hashed import HashedCrossing, Hashing
from hornbeam.layers.identity import ActivityRegularization, Identity
from hornbeam.layers.image_color import (
    RandomColorDegeneration,
    RandomColorJitter,
    RandomGrayscale,
    RandomHue,
    RandomSaturation,
)
from hornbeam.layers.image_detail import (
    RandomElasticTransform,
    RandomErasing,
    RandomGaussianBlur,
    RandomPerspective,
    RandomSharpness,
)
from hornbeam.layers.image_light import (
    AutoContrast,
    Equalization,
    RandomBrightness,
    RandomContrast,
    RandomInvert,
    RandomPosterization,
    Solarization,
)
from hornbeam.layers.image_mixing import CutMix, MixUp
from hornbeam.layers.image_motion import RandomFlip, RandomRotation, RandomShear, RandomTranslation, RandomZoom
from hornbeam.layers.image_policies import AugMix, RandAugment
from hornbeam.layers.image_size import CenterCrop, RandomCrop, Resizing
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.integer_lookup import IntegerLookup
from hornbeam.layers.joining import Concatenate, Dot, concatenate, dot
from hornbeam.layers.lambda_layer import Lambda
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.lstm import LSTM, LSTMCell
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
from hornbeam.layers.pipeline import Pipeline
from hornbeam.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from hornbeam.layers.positions import PositionEmbedding, SinePositionEncoding
from hornbeam.layers.recurrent import RNN
from hornbeam.layers.reshape import Flatten, Permute, RepeatVector, Reshape
from hornbeam.layers.reversible_embedding import ReversibleEmbedding
from hornbeam.layers.rotary_embedding import RotaryEmbedding
from hornbeam.layers.scaling import Normalization, Rescaling
from hornbeam.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from hornbeam.layers.spectral import SpectralNormalization
from hornbeam.layers.spectrogram import MelSpectrogram, STFTSpectrogram
from hornbeam.layers.stacked_cells import StackedRNNCells
from hornbeam.layers.string_lookup import StringLookup
from hornbeam.layers.text_vectorization import TextVectorization
from hornbeam.layers.time_distributed import TimeDistributed
from hornbeam.layers.token_and_position_embedding import TokenAndPositionEmbedding
from hornbeam.layers.transformer_decoder import TransformerDecoder
from hornbeam.layers.transformer_encoder import TransformerEncoder
from hornbeam.layers.transposed_convolution import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    Convolution1DTranspose,
    Convolution2DTranspose,
    Convolution3DTranspose,
)
from hornbeam.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from hornbeam.layers.wrapper import Wrapper

__all__ = [
    "ELU",
    "GRU",
    "LAYERS",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CachedMultiHeadAttention",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "FNetEncoder",
    "Flatten",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Identity",
    "InputSpec",
    "IntegerLookup",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaskedLMHead",
    "MaskedLMMaskGenerator",
    "Masking",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MelSpectrogram",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
    "MultiSegmentPacker",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "Pipeline",
    "PositionEmbedding",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "ReversibleEmbedding",
    "RotaryEmbedding",
    "STFTSpectrogram",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "SinePositionEncoding",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StartEndPacker",
    "StringLookup",
    "Subtract",
    "TextVectorization",
    "TimeDistributed",
    "TokenAndPositionEmbedding",
    "TransformerDecoder",
    "TransformerEncoder",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
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
