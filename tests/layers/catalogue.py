"""Every public layer in one or more rows: how to make it, what to feed it, and where it departs from the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hornbeam import layers


@dataclass(frozen=True, eq=False)
class Row:
    """One layer with one set of arguments.

    Attributes:
        layer: name of the class.
        arguments: of its constructor; of layers within layers a function of the ``dtype`` keyword that makes them.
        shapes: of one sample of each input; several make it be called on a list.
        below: the inputs are whole numbers below this; None for normally distributed ones; a tuple says it of each.
        apart: whether several inputs are arguments of their own, instead of one list.
        smooth: whether outputs have slopes that finite differences can follow.
        moves: names of the weights that a call in training moves by itself.
        mixes_rows: why an output row depends on other rows, where it does.
        feels_padding: why steps under a mask change others; NO_TIME and NO_MASKS where there is nothing to say.
        needs_length: why the length of axis 1 must be known.
        prepare: makes the layer ready, for example by ``adapt``.
        note: tells rows of one layer apart.
    """

    layer: str
    arguments: dict[str, Any] | Callable[..., dict[str, Any]] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ((5, 4),)
    below: int | tuple[int | None, ...] | None = None
    apart: bool = False
    smooth: bool = True
    moves: tuple[str, ...] = ()
    mixes_rows: str = ""
    feels_padding: str = ""
    needs_length: str = ""
    prepare: Callable[[Any], None] | None = None
    note: str = ""

    def __str__(self) -> str:
        return f"{self.layer}-{self.note}" if self.note else self.layer

    def make(self, dtype: str | None = None) -> Any:
        """A new layer, ready but not built."""
        words = {} if dtype is None else {"dtype": dtype}
        arguments = self.arguments(**words) if callable(self.arguments) else self.arguments
        layer = getattr(layers, self.layer)(**arguments, **words)
        if self.prepare is not None:
            self.prepare(layer)
        return layer

    def built(self, dtype: str | None = None) -> Any:
        """A new layer with its weights."""
        layer, shapes = self.make(dtype), [(None, *shape) for shape in self.shapes]
        if not layer.built:
            layer.build(*shapes) if self.apart else layer.build(shapes if len(shapes) > 1 else shapes[0])
        return layer

    def call(self, layer: Any, inputs: Any, **arguments: Any) -> Any:
        """The layer called on inputs."""
        return layer(*inputs, **arguments) if self.apart else layer(inputs, **arguments)

    def inputs(self, batch: int = 3, dtype: str = "float32", seed: int = 0) -> Any:
        """Data for a call: one array, or a list of them."""
        rng = np.random.default_rng(seed)
        bounds = self.below if isinstance(self.below, tuple) else (self.below,) * len(self.shapes)
        arrays = [
            rng.integers(0, below, (batch, *shape)).astype("int32")
            if below
            else rng.normal(size=(batch, *shape)).astype(dtype)
            for shape, below in zip(self.shapes, bounds, strict=True)
        ]
        return arrays if len(arrays) > 1 else arrays[0]


def square(x):
    """For Lambda; named, so that a file can name it."""
    return x * x


def adapted(layer):
    """Shows the layer data of which it takes the statistics."""
    layer.adapt(np.random.default_rng(9).normal(2.0, 3.0, (40, 5, 4)).astype("float32"))


def windowed(layer, arguments, shape, **more):
    """A row of a layer with windows: none of them takes masks."""
    return Row(layer, arguments, (shape,), feels_padding=NO_MASKS, **more)


def picture(layer, mixes_rows="", smooth=True, note="", shape=(6, 5, 3), **arguments):
    """A row of a layer on images."""
    return Row(layer, arguments, (shape,), smooth=smooth, mixes_rows=mixes_rows, feels_padding=NO_MASKS, note=note)


def within(name, argument="layer", more=None, **arguments):
    """Arguments of a layer around another, with a function that makes the inner one anew."""
    return lambda **words: {argument: getattr(layers, name)(**arguments, **words), **(more or {})}


def stacked(**words):
    """Arguments of RNN over two cells of different kinds."""
    cells = [layers.GRUCell(3, reset_after=False, **words), layers.LSTMCell(2, **words)]
    return {"cell": layers.StackedRNNCells(cells, **words), "return_sequences": True}


def piped(**words):
    """Arguments of Pipeline over a layer without weights and one with."""
    return {"layers": [layers.Rescaling(0.5, offset=1.0, **words), layers.Dense(3, activation="tanh", **words)]}


# Cells take states besides the input, and Wrapper computes nothing: they stand in the rows of the layers around them.
INSIDE = {"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells", "Wrapper"}
LAST = "the output of the last step has no mask"
SEQUENCES = {"return_sequences": True}
NO_TIME, NO_MASKS = "no time axis", "no masks"
PAIR = ((5, 4), (5, 4))
RANGE = (-10, 10)  # of normally distributed pixels
STATISTICS = ("moving_mean", "moving_variance")
RENORM = (*STATISTICS, "moving_stddev", "renorm_mean", "renorm_stddev")

ROWS = [
    Row("Dense", {"units": 3, "activation": "tanh", "kernel_regularizer": "l2"}),
    Row("Dense", {"units": 3, "use_bias": False}, ((4,),), feels_padding=NO_TIME, note="no bias"),
    Row("EinsumDense", {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        feels_padding=NO_MASKS),
    Row("EinsumDense", {"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y"}, feels_padding=NO_MASKS,
        note="dots"),
    Row("Activation", {"activation": "gelu"}),
    Row("ReLU", {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.2}),
    Row("LeakyReLU"),
    Row("PReLU", {"alpha_initializer": "ones", "shared_axes": 1}),
    Row("PReLU", {"alpha_initializer": "ones"}, needs_length="a slope for each step", note="by step"),
    Row("ELU", {"alpha": 0.7}),
    Row("Softmax"),
    Row("Softmax", {"axis": (1, 2)}, note="axes"),
    Row("Softmax", {"axis": 0}, mixes_rows="sums over the batch", feels_padding="sums over the batch", note="batch"),
    Row("Flatten", feels_padding=NO_MASKS),
    Row("Flatten", {"data_format": "channels_first"}, ((2, 3, 4),), feels_padding=NO_MASKS, note="channels first"),
    Row("Reshape", {"target_shape": (-1, 2)}, feels_padding=NO_MASKS),
    Row("Reshape", {"target_shape": (2, 10)}, feels_padding=NO_MASKS, needs_length="fixed target", note="fixed"),
    Row("Permute", {"dims": (2, 1)}, feels_padding=NO_MASKS),
    Row("RepeatVector", {"n": 3}, ((4,),), feels_padding=NO_MASKS),
    Row("Lambda", {"function": square}, mixes_rows="nobody knows what a user's function does", feels_padding=NO_MASKS),
    Row("Identity"),
    Row("Dropout", {"rate": 0.4}),
    Row("Dropout", {"rate": 0.4, "noise_shape": (None, 1, None), "seed": 3}, note="noise shape"),
    Row("AlphaDropout", {"rate": 0.4}),
    Row("GaussianDropout", {"rate": 0.4}),
    Row("GaussianNoise", {"stddev": 0.4}),
    Row("SpatialDropout1D", {"rate": 0.4}),
    Row("SpatialDropout2D", {"rate": 0.4}, ((3, 4, 2),)),
    Row("SpatialDropout3D", {"rate": 0.4, "data_format": "channels_first"}, ((2, 3, 4, 2),), feels_padding=NO_TIME),
    Row("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
    windowed("Conv1D", {"filters": 3, "kernel_size": 2, "activation": "tanh", "kernel_regularizer": "l2"}, (5, 4)),
    windowed("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "groups": 2}, (7, 4),
        note="causal"),
    windowed("Conv1D", {"filters": 2, "kernel_size": 2, "strides": 2, "data_format": "channels_first"}, (3, 6),
        needs_length="the kernel has its channels", note="channels first"),
    windowed("Conv2D", {"filters": 3, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same"}, (5, 4, 2)),
    windowed("Conv2D", {"filters": 2, "kernel_size": 1, "use_bias": False}, (3, 4, 2), note="pointwise"),
    windowed("Conv3D", {"filters": 2, "kernel_size": 2}, (3, 4, 3, 2)),
    windowed("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, (5, 4)),
    windowed("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 1}, (3, 2, 2)),
    windowed("Conv2DTranspose", {"filters": 2, "kernel_size": 2, "data_format": "channels_first"}, (3, 2, 3),
        needs_length="the kernel has its channels", note="channels first"),
    windowed("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": (1, 2, 1)}, (2, 3, 2, 2)),
    windowed("DepthwiseConv1D", {"kernel_size": 2, "depth_multiplier": 2}, (5, 3)),
    windowed("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "activation": "tanh"}, (4, 5, 3)),
    windowed("SeparableConv1D", {"filters": 3, "kernel_size": 2, "depth_multiplier": 2}, (5, 3)),
    windowed("SeparableConv2D", {"filters": 3, "kernel_size": 2, "strides": 2}, (4, 5, 2)),
    windowed("MaxPooling1D", {"pool_size": 3, "strides": 2}, (7, 2)),
    windowed("MaxPooling2D", {}, (5, 6, 2)),
    windowed("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (5, 6, 2), note="same"),
    windowed("MaxPooling3D", {"data_format": "channels_first"}, (2, 4, 3, 2), note="channels first"),
    windowed("AveragePooling1D", {"pool_size": 2, "padding": "same"}, (5, 2)),
    windowed("AveragePooling2D", {"pool_size": 2}, (5, 4, 2)),
    windowed("AveragePooling3D", {"pool_size": 2, "strides": 1}, (3, 3, 2, 2)),
    windowed("GlobalMaxPooling1D", {}, (5, 4)),
    windowed("GlobalMaxPooling2D", {"keepdims": True}, (5, 4, 2)),
    windowed("GlobalMaxPooling3D", {}, (2, 3, 4, 2)),
    Row("GlobalAveragePooling1D", feels_padding="uses the mask up"),
    windowed("GlobalAveragePooling2D", {"data_format": "channels_first"}, (2, 5, 4)),
    windowed("GlobalAveragePooling3D", {}, (2, 3, 4, 2)),
    windowed("AdaptiveMaxPooling1D", {"output_size": 3}, (7, 2)),
    windowed("AdaptiveMaxPooling2D", {"output_size": (2, 3)}, (5, 6, 2)),
    windowed("AdaptiveMaxPooling3D", {"output_size": 2}, (2, 3, 4, 2)),
    windowed("AdaptiveAveragePooling1D", {"output_size": 3}, (7, 2)),
    windowed("AdaptiveAveragePooling2D", {"output_size": (2, 3)}, (5, 6, 2)),
    windowed("AdaptiveAveragePooling3D", {"output_size": 2}, (2, 3, 4, 2)),
    windowed("ZeroPadding1D", {"padding": (1, 2)}, (3, 2)),
    windowed("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, (3, 2, 2)),
    windowed("ZeroPadding3D", {}, (2, 2, 3, 1)),
    windowed("Cropping1D", {}, (5, 2)),
    windowed("Cropping2D", {"cropping": ((1, 0), (2, 1)), "data_format": "channels_first"}, (2, 5, 6)),
    windowed("Cropping3D", {}, (4, 3, 5, 1)),
    windowed("UpSampling1D", {"size": 3}, (4, 2)),
    windowed("UpSampling2D", {"size": (2, 3)}, (3, 2, 2)),
    windowed("UpSampling2D", {"interpolation": "bilinear"}, (3, 2, 2), note="bilinear"),
    windowed("UpSampling3D", {}, (2, 3, 2, 2)),
    Row("SpectralNormalization", within("Dense", more={"power_iterations": 2}, units=3), moves=("vector_u",),
        smooth=False),
    Row("Embedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True}, ((5,),), below=9),
    Row("Masking"),
    Row("BatchNormalization", moves=STATISTICS, mixes_rows="statistics of the batch"),
    Row("BatchNormalization", {"axis": 1, "scale": False}, ((4, 3, 2),), moves=STATISTICS,
        mixes_rows="statistics of the batch", needs_length="weights along it", feels_padding=NO_TIME, note="axis 1"),
    Row("BatchNormalization", {"renorm": True, "renorm_clipping": {"rmax": 3.0, "dmax": 5.0}}, moves=RENORM,
        mixes_rows="statistics of the batch", smooth=False, note="renorm"),
    Row("LayerNormalization"),
    Row("LayerNormalization", {"axis": (1, 2), "center": False}, needs_length="weights along it",
        feels_padding="moments over time", note="axes"),
    Row("GroupNormalization", {"groups": 2}, feels_padding="moments over time, as in Keras"),
    Row("GroupNormalization", {"groups": -1, "axis": 1}, ((4, 3, 2),), feels_padding=NO_TIME,
        needs_length="weights along it", note="instance"),
    Row("RMSNormalization"),
    Row("UnitNormalization"),
    Row("Add", shapes=PAIR),
    Row("Add", shapes=((4,), (5, 4)), feels_padding="the vector has no mask", note="ranks"),
    Row("Subtract", shapes=PAIR),
    Row("Multiply", shapes=PAIR),
    Row("Average", shapes=(*PAIR, (5, 4))),
    Row("Maximum", shapes=PAIR),
    Row("Minimum", shapes=PAIR),
    Row("Concatenate", shapes=((5, 4), (5, 3))),
    Row("Concatenate", {"axis": 1}, ((5, 4), (2, 4)), feels_padding="masks are laid end to end", note="time"),
    Row("Dot", {"axes": 2}, PAIR, feels_padding=NO_MASKS),
    Row("Dot", {"axes": 1, "normalize": True}, ((4,), (4,)), feels_padding=NO_MASKS, note="cosine"),
    Row("Normalization", prepare=adapted),
    Row("Normalization", {"mean": 1.0, "variance": 4.0, "invert": True}, note="given"),
    Row("Rescaling", {"scale": [1.0, 2.0, 0.5, 3.0], "offset": -1.0}),
    Row("Discretization", {"bin_boundaries": [-1.0, 0.0, 0.5]}, smooth=False, feels_padding=NO_MASKS),
    Row("Discretization", {"num_bins": 4, "output_mode": "count"}, smooth=False, prepare=adapted,
        feels_padding=NO_MASKS, note="count"),
    Row("CategoryEncoding", {"num_tokens": 6}, ((5,),), below=6, smooth=False, feels_padding=NO_MASKS),
    Row("CategoryEncoding", {"num_tokens": 6, "output_mode": "one_hot"}, ((5,),), below=6, smooth=False,
        feels_padding=NO_MASKS, note="one hot"),
    Row("Hashing", {"num_bins": 5}, ((5,),), below=99, smooth=False, feels_padding=NO_MASKS),
    Row("Hashing", {"num_bins": 4, "mask_value": 0, "output_mode": "count"}, ((5,),), below=9, smooth=False,
        feels_padding=NO_MASKS, note="count"),
    Row("IntegerLookup", {"vocabulary": [5, 2, 7], "num_oov_indices": 2, "mask_token": 0}, ((5,),), below=9,
        smooth=False, feels_padding=NO_MASKS),
    Row("IntegerLookup", {"vocabulary": [5, 2, 7], "output_mode": "tf_idf", "idf_weights": [1.0, 0.5, 2.0]}, ((5,),),
        below=9, smooth=False, feels_padding=NO_MASKS, note="tf_idf"),
    Row("IntegerLookup", {"vocabulary": [5, 2, 7], "invert": True}, ((5,),), below=5, smooth=False,
        feels_padding=NO_MASKS, note="invert"),
    # layers of images
    picture("Resizing", height=4, width=7),
    picture("Resizing", height=4, width=7, data_format="channels_first", crop_to_aspect_ratio=True, note="cropped"),
    picture("CenterCrop", height=4, width=3),
    picture("CenterCrop", height=8, width=3, note="small"),
    picture("RandomCrop", height=4, width=3),
    picture("RandomFlip"),
    picture("RandomFlip", mode="vertical", data_format="channels_first", seed=4, note="channels first"),
    picture("RandomRotation", factor=0.2),
    # the same sampling as RandomRotation's, and below the same colours as RandomHue's: their slopes cost 2 s a row
    picture("RandomZoom", height_factor=0.3, width_factor=(-0.2, 0.1), fill_mode="wrap", smooth=False),
    picture("RandomTranslation", height_factor=0.3, width_factor=0.2, fill_mode="constant", smooth=False),
    picture("RandomShear", x_factor=0.3, y_factor=(0.1, 0.2), fill_mode="nearest", smooth=False),
    picture("RandomPerspective", scale=0.4, smooth=False),
    picture("RandomElasticTransform", value_range=RANGE, smooth=False),
    picture("RandomBrightness", factor=0.1, value_range=RANGE),
    picture("RandomContrast", factor=0.4, value_range=RANGE),
    picture("RandomInvert", value_range=RANGE),
    picture("RandomPosterization", factor=4, value_range=RANGE, smooth=False),
    picture("Solarization", addition_factor=0.1, threshold_factor=0.6, value_range=RANGE),
    picture("AutoContrast", value_range=RANGE),
    picture("Equalization", value_range=RANGE, bins=8, smooth=False),
    picture("RandomGrayscale"),
    picture("RandomColorDegeneration", factor=0.6, value_range=RANGE),
    picture("RandomHue", factor=0.4, value_range=RANGE),
    picture("RandomSaturation", factor=0.6, value_range=RANGE, smooth=False),
    picture("RandomColorJitter", value_range=RANGE, brightness_factor=0.1, saturation_factor=0.5, smooth=False),
    picture("RandomSharpness", factor=0.7, value_range=RANGE),
    picture("RandomGaussianBlur", value_range=RANGE),
    picture("RandomErasing", value_range=RANGE),
    picture("MixUp", mixes_rows="images are mixed"),
    picture("CutMix", mixes_rows="images are mixed"),
    # which of its steps an image goes through decides its slopes: they are tested one by one
    picture("RandAugment", value_range=RANGE, smooth=False),
    picture("AugMix", value_range=RANGE, num_chains=2, smooth=False),
    Row("STFTSpectrogram", {"mode": "magnitude", "frame_length": 8}, ((32, 2),), feels_padding=NO_MASKS),
    Row("STFTSpectrogram", {"mode": "real", "frame_length": 6, "padding": "same", "expand_dims": True}, ((32, 2),),
        feels_padding=NO_MASKS, note="real"),
    Row("MelSpectrogram", {"fft_length": 16, "sequence_stride": 4, "num_mel_bins": 3, "power_to_db": False}, ((40,),),
        feels_padding=NO_MASKS),
    Row("SimpleRNN", {"units": 3, **SEQUENCES, "recurrent_regularizer": "l2"}),
    Row("SimpleRNN", {"units": 3, "activation": "sigmoid", "dropout": 0.3}, feels_padding=LAST, note="any activation"),
    Row("LSTM", {"units": 3, **SEQUENCES}),
    Row("LSTM", {"units": 2, "use_bias": False, "dropout": 0.3, "recurrent_dropout": 0.2, **SEQUENCES}, note="dropout"),
    Row("LSTM", {"units": 3, "go_backwards": True}, feels_padding=LAST, note="backwards"),
    Row("GRU", {"units": 3, **SEQUENCES}),
    Row("GRU", {"units": 3, "reset_after": False, "zero_output_for_mask": True, **SEQUENCES}, note="reset before"),
    Row("GRU", {"units": 2, "unroll": True, "recurrent_dropout": 0.2, **SEQUENCES}, needs_length="written out",
        note="unrolled"),
    Row("RNN", within("LSTMCell", "cell", SEQUENCES, units=3, recurrent_activation="hard_sigmoid"), smooth=False),
    Row("RNN", stacked, note="stacked"),
    Row("Bidirectional", within("LSTM", units=3, **SEQUENCES)),
    Row("Bidirectional", within("GRU", more={"merge_mode": "mul"}, units=3), feels_padding=LAST, note="product"),
    Row("ConvLSTM1D", {"filters": 2, "kernel_size": 3, **SEQUENCES}, ((4, 5, 2),)),
    Row("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "padding": "same", **SEQUENCES}, ((4, 3, 4, 2),)),
    Row("ConvLSTM2D", {"filters": 2, "kernel_size": 2, "strides": (2, 1), "data_format": "channels_first",
        "dropout": 0.3, "recurrent_dropout": 0.2}, ((4, 2, 4, 3),), feels_padding=LAST, note="channels first"),
    Row("ConvLSTM3D", {"filters": 1, "kernel_size": 2, **SEQUENCES}, ((4, 2, 3, 2, 2),)),
    Row("TimeDistributed", within("Dense", units=3, activation="tanh")),
    Row("TimeDistributed", within("LSTM", units=3), ((5, 2, 3),), note="LSTM"),
    Row("Pipeline", piped, feels_padding=NO_MASKS),
    Row("Attention", {"use_scale": True}, PAIR),
    Row("Attention", {"use_scale": True, "score_mode": "concat", "dropout": 0.2}, ((5, 4), (5, 3), (5, 4)),
        note="concat"),
    Row("AdditiveAttention", shapes=PAIR),
    Row("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, PAIR, apart=True),
    Row("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "value_dim": 2, "output_shape": 5, "use_bias": False,
        "use_gate": True, "sliding_window": 2}, ((5, 4), (5, 3), (5, 6)), apart=True, note="gate"),
    Row("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "attention_axes": (2,), "dropout": 0.3},
        ((3, 4, 2), (3, 5, 2)), apart=True, feels_padding=NO_TIME, needs_length="others must agree", note="axes"),
    Row("GroupQueryAttention", {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}, PAIR, apart=True),
    Row("CachedMultiHeadAttention", {"num_heads": 2, "key_dim": 3}, PAIR, apart=True,
        feels_padding="masks that arrays carry are not used, as in KerasHub"),
    Row("ReversibleEmbedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True}, ((5,),), below=9),
    Row("PositionEmbedding", {"sequence_length": 6}, feels_padding=NO_MASKS),
    Row("SinePositionEncoding", feels_padding=NO_MASKS),
    Row("RotaryEmbedding"),
    Row("RotaryEmbedding", {"rope_type": "yarn", "scaling_factor": 4.0}, ((5, 2, 4),), note="yarn"),
    Row("TokenAndPositionEmbedding", {"vocabulary_size": 9, "sequence_length": 6, "embedding_dim": 3,
        "mask_zero": True}, ((5,),), below=9),
    Row("TransformerEncoder", {"intermediate_dim": 6, "num_heads": 2, "activation": "gelu"}),
    Row("TransformerEncoder", {"intermediate_dim": 6, "num_heads": 2, "normalize_first": True, "dropout": 0.1},
        note="first"),
    Row("TransformerDecoder", {"intermediate_dim": 6, "num_heads": 2, "activation": "gelu"}),
    Row("TransformerDecoder", {"intermediate_dim": 6, "num_heads": 2, "normalize_first": True, "activation": "gelu"},
        ((5, 4), (5, 6)), apart=True, note="encoder"),
    Row("FNetEncoder", {"intermediate_dim": 6, "activation": "gelu"}, feels_padding=NO_MASKS),
    Row("MaskedLMHead", {"vocabulary_size": 7, "intermediate_activation": "gelu"}, ((5, 4), (2,)), below=(None, 5),
        apart=True, feels_padding=NO_MASKS),
]  # fmt: skip

# Layers that read texts, which no program can hold: tests/text/ proves them.
ON_THE_HOST = {"HashedCrossing", "StringLookup", "TextVectorization"}
