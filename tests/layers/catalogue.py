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
        arguments: of its constructor.
        shapes: of one sample of each input; several make it be called on a list.
        below: the inputs are whole numbers below this; None for normally distributed ones.
        smooth: whether outputs have slopes that finite differences can follow.
        moves: names of the weights that a call in training moves by itself.
        mixes_rows: why an output row depends on other rows, where it does.
        feels_padding: why steps under a mask change others; NO_TIME and NO_MASKS where there is nothing to say.
        needs_length: why the length of axis 1 must be known.
        prepare: makes the layer ready, for example by ``adapt``.
        note: tells rows of one layer apart.
    """

    layer: str
    arguments: dict[str, Any] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ((5, 4),)
    below: int | None = None
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
        layer = getattr(layers, self.layer)(**self.arguments, **({} if dtype is None else {"dtype": dtype}))
        if self.prepare is not None:
            self.prepare(layer)
        return layer

    def built(self, dtype: str | None = None) -> Any:
        """A new layer with its weights."""
        layer, shapes = self.make(dtype), [(None, *shape) for shape in self.shapes]
        if not layer.built:
            layer.build(shapes if len(shapes) > 1 else shapes[0])
        return layer

    def inputs(self, batch: int = 3, dtype: str = "float32", seed: int = 0) -> Any:
        """Data for a call: one array, or a list of them."""
        rng = np.random.default_rng(seed)
        arrays = [
            rng.integers(0, self.below, (batch, *shape)).astype("int32")
            if self.below
            else rng.normal(size=(batch, *shape)).astype(dtype)
            for shape in self.shapes
        ]
        return arrays if len(arrays) > 1 else arrays[0]


def square(x):
    """For Lambda; named, so that a file can name it."""
    return x * x


def adapted(layer):
    """Shows the layer data of which it takes the statistics."""
    layer.adapt(np.random.default_rng(9).normal(2.0, 3.0, (40, 5, 4)).astype("float32"))


def picture(layer, mixes_rows="", smooth=True, note="", shape=(6, 5, 3), **arguments):
    """A row of a layer on images."""
    return Row(layer, arguments, (shape,), smooth=smooth, mixes_rows=mixes_rows, feels_padding=NO_MASKS, note=note)


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
]  # fmt: skip
