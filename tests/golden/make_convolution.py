"""Write `convolution.npz` and `convolution.json`: Keras's convolutions, pooling, padding, cropping and upsampling.

Keys of cases and arrays are those of `make_layers.py`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_convolution.py`.
"""

import numpy as np
from make_layers import write


def make_inputs(golden):
    rng = np.random.default_rng(8)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    golden.inputs("sequence", x=normal(2, 7, 4), mask=np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]], bool))
    golden.inputs("sequence_turned", x=normal(2, 4, 7))
    golden.inputs("picture", x=normal(2, 7, 6, 4))
    golden.inputs("picture_turned", x=normal(2, 4, 7, 6))
    golden.inputs("small", x=normal(2, 3, 4, 2))
    golden.inputs("volume", x=normal(1, 4, 3, 5, 2))
    golden.inputs("volume_turned", x=normal(1, 2, 4, 3, 5))
    golden.inputs("steps", x=np.floor(rng.normal(size=(2, 7, 6, 2)) * 1.5).astype("float32"))  # with many ties
    golden.inputs("matrix", x=normal(5, 4))


def convolutions():
    f = {"filters": 4}
    for config in (
        {"kernel_size": 3},
        {"kernel_size": 1, "activation": "relu"},
        {"kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False},
        {"kernel_size": 4, "padding": "same", "dilation_rate": 2},
        {"kernel_size": 3, "padding": "causal", "activation": "tanh"},
        {"kernel_size": 2, "padding": "causal", "dilation_rate": 3, "groups": 2},
        {"kernel_size": 3, "strides": 3, "padding": "causal"},
        {"kernel_size": 2, "groups": 4, "kernel_regularizer": "l2", "activity_regularizer": "l1"},
    ):
        yield "Conv1D", {**f, **config}, "sequence"
    yield (
        "Conv1D",
        {"filters": 3, "kernel_size": 3, "data_format": "channels_first", "padding": "same"},
        "sequence_turned",
    )
    for config in (
        {"kernel_size": 3},
        {"kernel_size": (3, 2), "strides": (1, 2), "padding": "same"},
        {"kernel_size": 3, "strides": 2, "padding": "same"},
        {"kernel_size": (2, 3), "dilation_rate": (2, 1), "groups": 2},
        {"kernel_size": 3, "dilation_rate": 2, "padding": "same", "activation": "relu"},
        {"kernel_size": 2, "strides": 2},
    ):
        yield "Conv2D", {**f, **config}, "picture"
    yield (
        "Conv2D",
        {"filters": 3, "kernel_size": (3, 2), "strides": (2, 1), "data_format": "channels_first"},
        "picture_turned",
    )
    for config in (
        {"kernel_size": 2},
        {"kernel_size": (1, 3, 2), "strides": (2, 1, 1), "padding": "same", "groups": 2},
    ):
        yield "Conv3D", {"filters": 2, **config}, "volume"
    yield "Conv3D", {"filters": 2, "kernel_size": (2, 1, 3), "data_format": "channels_first"}, "volume_turned"


def transposed():
    for config in (
        {"kernel_size": 3},
        {"kernel_size": 3, "strides": 2, "padding": "same"},
        {"kernel_size": 4, "strides": 2, "padding": "same"},
        {"kernel_size": 2, "strides": 3},
        {"kernel_size": 2, "strides": 3, "output_padding": 0},
        {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1, "activation": "relu"},
        {"kernel_size": 4, "strides": 3, "padding": "same", "output_padding": 2},
        {"kernel_size": 3, "dilation_rate": 2, "padding": "same", "use_bias": False},
    ):
        yield "Conv1DTranspose", {"filters": 2, **config}, "sequence"
    for config in (
        {"kernel_size": 3, "strides": 2, "padding": "same"},
        {"kernel_size": (2, 3), "strides": (1, 2)},
        {"kernel_size": 3, "strides": 2, "output_padding": (1, 0)},
        {"kernel_size": (2, 3), "dilation_rate": (1, 2)},
    ):
        yield "Conv2DTranspose", {"filters": 3, **config}, "small"
    first = {"data_format": "channels_first"}
    yield "Conv2DTranspose", {"filters": 2, "kernel_size": 2, "strides": 2, **first}, "picture_turned"
    yield "Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": (1, 2, 1), "padding": "same"}, "volume"
    yield (
        "Conv3DTranspose",
        {"filters": 1, "kernel_size": (2, 1, 2), "strides": 2, "output_padding": 1, **first},
        "volume_turned",
    )


def by_channel():
    first = {"data_format": "channels_first"}
    for config in ({"kernel_size": 3}, {"kernel_size": 2, "strides": 2, "padding": "same", "depth_multiplier": 3}):
        yield "DepthwiseConv1D", config, "sequence"
    yield "DepthwiseConv1D", {"kernel_size": 3, "dilation_rate": 2, **first}, "sequence_turned"
    for config in (
        {"kernel_size": 3, "padding": "same", "activation": "relu"},
        {"kernel_size": (2, 3), "depth_multiplier": 2, "use_bias": False},
        {"kernel_size": 2, "dilation_rate": 2, "depthwise_regularizer": "l2"},
    ):
        yield "DepthwiseConv2D", config, "picture"
    yield "DepthwiseConv2D", {"kernel_size": 3, "strides": 2, **first}, "picture_turned"
    for config in ({"kernel_size": 3}, {"kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2}):
        yield "SeparableConv1D", {"filters": 3, **config}, "sequence"
    yield "SeparableConv1D", {"filters": 3, "kernel_size": 2, "dilation_rate": 3, **first}, "sequence_turned"
    yield "SeparableConv2D", {"filters": 3, "kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, "picture"
    yield "SeparableConv2D", {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "activation": "relu"}, "picture"
    yield (
        "SeparableConv2D",
        {"filters": 2, "kernel_size": (3, 1), "strides": 2, "use_bias": False, **first},
        "picture_turned",
    )


def pools():
    first = {"data_format": "channels_first"}
    for kind in ("Max", "Average"):
        for config in (
            {"pool_size": 2},
            {"pool_size": 3, "strides": 2, "padding": "same"},
            {"pool_size": 3, "strides": 1},
        ):
            yield f"{kind}Pooling1D", config, "sequence"
        yield f"{kind}Pooling1D", {"pool_size": 2, "padding": "same", **first}, "sequence_turned"
        for config in (
            {"pool_size": 2},
            {"pool_size": (3, 2), "strides": (2, 1)},
            {"pool_size": 3, "strides": 2, "padding": "same"},
            {"pool_size": 2, "strides": 3, "padding": "same"},
        ):
            yield f"{kind}Pooling2D", config, "steps"
        yield f"{kind}Pooling2D", {"pool_size": (2, 3), **first}, "picture_turned"
        yield f"{kind}Pooling3D", {"pool_size": 2}, "volume"
        yield f"{kind}Pooling3D", {"pool_size": (2, 3, 2), "strides": 1, "padding": "same", **first}, "volume_turned"
        for rank, name in ((1, "sequence"), (2, "picture"), (3, "volume")):
            yield f"Global{kind}Pooling{rank}D", {}, name
            yield f"Global{kind}Pooling{rank}D", {"keepdims": True, **first}, f"{name}_turned"
            yield f"Adaptive{kind}Pooling{rank}D", {"output_size": 3}, name
            yield f"Adaptive{kind}Pooling{rank}D", {"output_size": 2, **first}, f"{name}_turned"
        yield f"Adaptive{kind}Pooling2D", {"output_size": [5, 4]}, "picture"
        yield f"Adaptive{kind}Pooling1D", {"output_size": 9}, "sequence"


def edges():
    first = {"data_format": "channels_first"}
    yield "ZeroPadding1D", {}, "sequence"
    yield "ZeroPadding1D", {"padding": [1, 2], **first}, "sequence_turned"
    yield "ZeroPadding2D", {"padding": [1, 2]}, "small"
    yield "ZeroPadding2D", {"padding": [[1, 0], [2, 3]], **first}, "picture_turned"
    yield "ZeroPadding3D", {}, "volume"
    yield "ZeroPadding3D", {"padding": [[1, 0], [0, 2], [1, 1]], **first}, "volume_turned"
    yield "Cropping1D", {"cropping": [1, 2]}, "sequence"
    yield "Cropping1D", {"cropping": [2, 0]}, "sequence"
    yield "Cropping2D", {}, "picture"
    yield "Cropping2D", {"cropping": [[1, 0], [2, 3]]}, "picture"
    yield "Cropping2D", {"cropping": 1, **first}, "picture_turned"
    yield "Cropping3D", {}, "volume"
    yield "Cropping3D", {"cropping": [[1, 0], [0, 2], [1, 1]], **first}, "volume_turned"
    yield "UpSampling1D", {"size": 3}, "sequence"
    yield "UpSampling2D", {}, "small"
    yield "UpSampling2D", {"size": [2, 3], **first}, "picture_turned"
    for method in ("bilinear", "bicubic", "lanczos3", "lanczos5"):
        yield "UpSampling2D", {"size": [2, 3], "interpolation": method}, "small"
    yield "UpSampling2D", {"size": 2, "interpolation": "bilinear", **first}, "picture_turned"
    yield "UpSampling3D", {}, "volume"
    yield "UpSampling3D", {"size": [1, 2, 3], **first}, "volume_turned"


def cases():
    """Yield (object, config, inputs, more)."""
    for family in (convolutions, transposed, by_channel, pools, edges):
        for name, config, inputs in family():
            yield name, config, [inputs], {}
    for config in ({}, {"keepdims": True}):
        yield "GlobalAveragePooling1D", config, ["sequence"], {"masked": [True]}
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3, "name": "inner"}}
    conv = {
        "module": "keras.layers",
        "class_name": "Conv2D",
        "config": {"filters": 3, "kernel_size": 2, "name": "inner"},
    }
    in_training = {"call": {"training": True}}
    yield "SpectralNormalization", {"layer": dense}, ["matrix"], in_training
    yield "SpectralNormalization", {"layer": conv, "power_iterations": 3}, ["picture"], in_training


if __name__ == "__main__":
    write("convolution", make_inputs, cases)
