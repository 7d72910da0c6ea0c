"""The words of Keras 1 and 2, and what Keras 3 and Hornbeam say instead: tables, read by ``old_configs``.

A class of an old file is renamed by ``CLASSES``; its words by ``WORDS``, under its new name, and then by ``ANYWHERE``.
``UNSAID`` are words that say nothing about what is computed, or that follow from the rest. Layers of rooms above this
one enter themselves with ``in_old_files``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hornbeam.core.registry import get_registered_name

CLASSES = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "GRUV2": "GRU",
    "LSTMV2": "LSTM",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
    "TimeDistributedDense": "Dense",  # which works on sequences itself today
}

# classes of whole models; what is no Sequential is a graph
MODELS = {"Container": "Functional", "Functional": "Functional", "Model": "Functional", "Network": "Functional"}

_POOL_1D = {"pool_length": "pool_size", "stride": "strides"}
_DROPOUT = {"p": "rate"}
_RECURRENT = {
    "output_dim": "units",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
RECURRENT = ("GRU", "LSTM", "RNN", "SimpleRNN")

WORDS: dict[str, dict[str, str]] = {
    "AlphaDropout": _DROPOUT,
    "AveragePooling1D": _POOL_1D,
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "Conv1D": {"filter_length": "kernel_size", "subsample_length": "strides", "atrous_rate": "dilation_rate"},
    "Conv2D": {"atrous_rate": "dilation_rate"},
    "Dense": {"output_dim": "units"},
    "Dropout": _DROPOUT,
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    "GRU": _RECURRENT,
    "GaussianDropout": _DROPOUT,
    "GaussianNoise": {"sigma": "stddev"},
    "LSTM": _RECURRENT,
    "LeakyReLU": {"alpha": "negative_slope"},
    "MaxPooling1D": _POOL_1D,
    "PReLU": {"init": "alpha_initializer"},
    "ReLU": {"theta": "threshold"},
    "SeparableConv2D": {"init": "depthwise_initializer"},
    "SimpleRNN": _RECURRENT,
    "SpatialDropout1D": _DROPOUT,
    "SpatialDropout2D": _DROPOUT,
    "SpatialDropout3D": _DROPOUT,
    "UpSampling1D": {"length": "size"},
}

ANYWHERE = {
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "bias": "use_bias",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "nb_filter": "filters",
    "subsample": "strides",
}

# words of a kernel's lengths, one word for each axis, that became one list
KERNEL_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))

UNSAID: dict[str, tuple[str, ...]] = {
    "": ("consume_less", "implementation", "input_dtype", "ragged", "weights", "_keras_api_names"),
    "BatchNormalization": ("fused", "renorm", "virtual_batch_size", "adjustment", "mode"),
    "Conv2D": ("output_shape",),
    "Conv1DTranspose": ("groups",),
    "Conv2DTranspose": ("groups", "output_shape"),
    "Conv3DTranspose": ("groups", "output_shape"),
    "Embedding": ("dropout",),
    "GRU": ("time_major",),
    "InputLayer": ("optional",),
    "LSTM": ("time_major",),
    "MultiHeadAttention": ("query_shape", "key_shape", "value_shape", "softmax_robust_masking"),
    "RNN": ("time_major",),
    "SeparableConv1D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups"),
    "SeparableConv2D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups"),
    "DepthwiseConv1D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups", "filters"),
    "DepthwiseConv2D": ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "groups", "filters"),
    "SimpleRNN": ("time_major",),
}

REGISTERED: dict[str, str] = {}  # a class's name in old files -> under which it was registered


def in_old_files(**words: str) -> Callable[[type], type]:
    """Decorator: descriptions of Keras 1 and 2 name this registered class too.

    Args:
        words: what those descriptions say, by today's words: ``output_dim="units"``.
    """

    def enter(cls: type[Any]) -> type[Any]:
        REGISTERED[cls.__name__], WORDS[cls.__name__] = get_registered_name(cls), words
        return cls

    return enter


DATA_FORMATS = {"th": "channels_first", "tf": "channels_last", "default": None}

# what Merge(mode) of Keras 1 is today
MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "min": "Minimum",
    "mul": "Multiply",
    "sum": "Add",
}

# functions of TensorFlow that Keras 2 wrote between layers: the class of Keras 3's operation, and its words by theirs
_SECOND, _AXIS = {"y": "x2"}, {"axis": "axis", "keepdims": "keepdims"}
FUNCTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "__operators__.add": ("Add", _SECOND),
    "abs": ("Absolute", {}),
    "clip_by_value": ("Clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "expand_dims": ("ExpandDims", {"axis": "axis"}),
    "math.abs": ("Absolute", {}),
    "math.add": ("Add", _SECOND),
    "math.divide": ("TrueDivide", _SECOND),
    "math.exp": ("Exp", {}),
    "math.log": ("Log", {}),
    "math.maximum": ("Maximum", _SECOND),
    "math.minimum": ("Minimum", _SECOND),
    "math.multiply": ("Multiply", _SECOND),
    "math.negative": ("Negative", {}),
    "math.pow": ("Power", _SECOND),
    "math.reduce_max": ("Max", _AXIS),
    "math.reduce_mean": ("Mean", _AXIS),
    "math.reduce_sum": ("Sum", _AXIS),
    "math.sigmoid": ("Sigmoid", {}),
    "math.sqrt": ("Sqrt", {}),
    "math.square": ("Square", {}),
    "math.subtract": ("Subtract", _SECOND),
    "math.tanh": ("Tanh", {}),
    "math.truediv": ("TrueDivide", _SECOND),
    "nn.relu": ("Relu", {}),
    "nn.sigmoid": ("Sigmoid", {}),
    "nn.softmax": ("Softmax", {"axis": "axis"}),
    "nn.tanh": ("Tanh", {}),
}

LOSSES = {
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence",
}

# of optimizers: words that became others, and those that said how it is run
OPTIMIZER_WORDS = {"lr": "learning_rate"}
OPTIMIZER_UNSAID = ("decay", "is_legacy_optimizer", "jit_compile", "schedule_decay", "momentum_decay")
