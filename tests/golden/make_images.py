"""Write `images.npz` and `images.json`: Keras's operations on images, its layers of images and sound, and the old
ImageDataGenerator's arithmetic.

Case keys: `kind` ("op": a function of keras.ops.image; "layer": a layer called with training=True, whose factors are
drawn from two equal ends; "generator": a method of the legacy ImageDataGenerator), `args` (positional arguments,
`"@name"` stands for the array `inputs/<name>/x`), and `gradient` (whether `<case>/gradient`, of sum(output * cos(k))
with k the number of an entry, is kept). Arrays: `<case>/output`.
Run: `KERAS_BACKEND=jax JAX_PLATFORMS=cpu python tests/golden/make_images.py`.
"""

import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from writer import Golden

RNG = np.random.default_rng(11)


def make_inputs():
    floats = RNG.uniform(0, 1, (2, 7, 9, 3)).astype("float32")
    floats[0, 0, 0] = 0
    floats[0, 0, 1] = 0.5
    square = RNG.integers(0, 256, (1, 6, 6, 3)).astype("float32")
    return {
        "square": square,  # where Keras finds the middle: of others it exchanges height and width
        "square_first": np.ascontiguousarray(np.moveaxis(square, -1, 1)),
        "images": floats,
        "one": floats[1],
        "first": np.ascontiguousarray(np.moveaxis(floats, -1, 1)),
        "bytes": RNG.integers(0, 256, (2, 7, 9, 3)).astype("uint8"),
        "pixels": RNG.integers(0, 256, (2, 7, 9, 3)).astype("float32"),
        "grey": RNG.uniform(0, 1, (2, 8, 8, 1)).astype("float32"),
        "volume": RNG.normal(size=(1, 4, 5, 6, 2)).astype("float32"),
        "large": RNG.uniform(0, 1, (2, 13, 12, 2)).astype("float32"),
        "large_b": RNG.uniform(0, 1, (2, 13, 12, 2)).astype("float32"),
        "sound": RNG.normal(size=(2, 70, 2)).astype("float32"),
        "sound_first": RNG.normal(size=(2, 2, 70)).astype("float32"),
        "signal": (RNG.normal(size=(300,)) * np.linspace(0.01, 1, 300)).astype("float32"),
        "signals": RNG.normal(size=(2, 200)).astype("float32"),
        "row": RNG.normal(size=(5,)).astype("float32"),
        "where_row": np.float32([[-7.2, -3.5, -0.5, 0, 0.3, 1.5, 2.5, 3.99, 4, 4.4, 6.7, 11]]),
        "where_image": RNG.uniform(-3, 10, (2, 4, 5)).astype("float32"),
        "plane": RNG.normal(size=(6, 7)).astype("float32"),
        "whole": RNG.integers(-9, 9, (6, 7)).astype("int32"),
        "affine": np.float32([[0.9, -0.3, 1.2, 0.2, 1.1, -0.7, 0, 0], [1.5, 0, -3, 0, 0.6, 1.5, 0, 0]]),
        "affine_one": np.float32([1, 0, -2, 0, 1, 1, 0, 0]),
        "corners": np.float32([[0, 0], [8, 0], [0, 6], [8, 6]]),
        "pulled": np.float32([[1, 0.5], [7, -1], [-1, 5], [9, 7]]),
        "corners_each": np.float32([[[0, 0], [8, 0], [0, 6], [8, 6]]] * 2),
        "pulled_each": np.float32([[[0, 1], [8, 1], [0, 5], [8, 5]], [[1, 0], [6, 2], [2, 6], [8, 5]]]),
    }


def operations():
    """Yield (function, args, config, gradient)."""
    for method in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
        for size in ([4, 5], [14, 18], [11, 6])[: 3 if method in ("nearest", "bilinear") else 2]:
            yield "resize", ["@images", size], {"interpolation": method}, method == "bilinear"
            if method != "nearest":
                yield "resize", ["@images", size], {"interpolation": method, "antialias": True}, False
    yield "resize", ["@bytes", [5, 13]], {"interpolation": "bicubic"}, False
    yield "resize", ["@bytes", [5, 13]], {"interpolation": "nearest"}, False
    yield "resize", ["@one", [3, 4]], {}, False
    yield "resize", ["@first", [4, 5]], {"data_format": "channels_first"}, False
    for size in ([6, 6], [10, 4], [3, 12]):
        yield "resize", ["@images", size], {"crop_to_aspect_ratio": True}, False
        yield "resize", ["@images", size], {"pad_to_aspect_ratio": True, "fill_value": 0.25}, False
    yield "resize", ["@first", [6, 6]], {"pad_to_aspect_ratio": True, "data_format": "channels_first"}, False
    for name in ("images", "bytes", "one", "grey"):
        yield "rgb_to_grayscale", [f"@{name}"], {}, False
    yield "rgb_to_grayscale", ["@first"], {"data_format": "channels_first"}, False
    for name in ("rgb_to_hsv", "hsv_to_rgb"):
        yield name, ["@images"], {}, False
        yield name, ["@one"], {}, False
        yield name, ["@first"], {"data_format": "channels_first"}, False
    for mode in ("constant", "nearest", "wrap", "mirror", "reflect"):
        for method in ("nearest", "bilinear"):
            config = {"interpolation": method, "fill_mode": mode, "fill_value": 0.4}
            yield "affine_transform", ["@images", "@affine"], config, method == "bilinear" and mode == "constant"
    yield "affine_transform", ["@bytes", "@affine"], {"fill_value": 7}, False
    yield "affine_transform", ["@one", "@affine_one"], {}, False
    yield "affine_transform", ["@first", "@affine"], {"data_format": "channels_first"}, False
    for order in (0, 1):
        for mode in ("constant", "nearest", "wrap", "mirror", "reflect"):
            config = {"order": order, "fill_mode": mode, "fill_value": 0.4}
            yield "map_coordinates", ["@row", "@where_row"], config, False
            yield "map_coordinates", ["@plane", "@where_image"], config, False
        yield "map_coordinates", ["@whole", "@where_image"], {"order": order}, False
    for config in (
        {"size": 2},
        {"size": [2, 3], "strides": [1, 2]},
        {"size": [3, 2], "strides": [2, 2], "padding": "same"},
        {"size": 3, "strides": 1, "dilation_rate": 2},
        {"size": 3, "strides": 1, "dilation_rate": 2, "padding": "same"},
    ):
        yield "extract_patches", ["@images"], config, False
    yield "extract_patches", ["@one"], {"size": 3}, False
    yield "extract_patches", ["@first"], {"size": 2, "data_format": "channels_first"}, False
    yield "extract_patches", ["@volume"], {"size": [2, 2, 3]}, False
    yield "extract_patches_3d", ["@volume"], {"size": 2, "strides": 1, "padding": "same"}, False
    yield "crop_images", ["@images", 1, 2, 3, 1], {}, False
    yield (
        "crop_images",
        ["@images"],
        {"bottom_cropping": 1, "right_cropping": 2, "target_height": 3, "target_width": 4},
        0,
    )
    yield "crop_images", ["@first", 1, 2, 3, 1], {"data_format": "channels_first"}, False
    yield "pad_images", ["@images", 1, 2, 3, 1], {}, False
    yield "pad_images", ["@one", 1, 2], {"target_height": 10, "target_width": 12}, False
    yield "pad_images", ["@first", 1, 2, 3, 1], {"data_format": "channels_first"}, False
    for size, sigma in (([3, 3], [1.0, 1.0]), ([5, 3], [0.7, 2.0]), ([4, 2], [1.0, 0.5])):
        config = {"kernel_size": size, "sigma": sigma, "data_format": "channels_last"}
        yield "gaussian_blur", ["@images"], config, False
    yield "gaussian_blur", ["@first", [3, 5]], {"data_format": "channels_first"}, False
    for method in ("nearest", "bilinear"):
        config = {"interpolation": method, "fill_value": 0.3}
        yield "perspective_transform", ["@images", "@corners_each", "@pulled_each"], config, False
        yield "perspective_transform", ["@one", "@corners", "@pulled"], config, False
    yield "perspective_transform", ["@first", "@corners_each", "@pulled_each"], {"data_format": "channels_first"}, False
    for method in ("linear", "bicubic", "lanczos3"):
        for antialias in (True, False):
            args = ["@images", [2, 5, 12, 3], [0.7, 1.4], [0.3, -1.5], [1, 2], method]
            yield "scale_and_translate", args, {"antialias": antialias}, False
    yield "sobel_edges", ["@images"], {}, False
    yield "sobel_edges", ["@first"], {"data_format": "channels_first"}, False
    yield "ssim", ["@large", "@large_b"], {}, False
    yield "ssim", ["@large", "@large_b"], {"filter_size": 7, "filter_sigma": 2.0, "max_val": 2.0}, False


def layers():
    """Yield (layer, input, config)."""
    for config in (
        {"height": 5, "width": 12},
        {"height": 5, "width": 5, "interpolation": "bicubic", "antialias": True},
        {"height": 6, "width": 6, "crop_to_aspect_ratio": True},
        {"height": 6, "width": 6, "pad_to_aspect_ratio": True, "fill_value": 0.5},
    ):
        yield "Resizing", "images", config
    yield "Resizing", "first", {"height": 5, "width": 12, "data_format": "channels_first"}
    yield "Resizing", "bytes", {"height": 5, "width": 12}
    for height, width in ((4, 4), (5, 8), (10, 4), (12, 20)):
        yield "CenterCrop", "images", {"height": height, "width": width}
    yield "CenterCrop", "first", {"height": 4, "width": 5, "data_format": "channels_first"}
    for mode in ("reflect", "wrap", "constant", "nearest"):
        more = {"fill_mode": mode, "fill_value": 0.3}
        yield "RandomRotation", "images", {"factor": [0.07, 0.07], **more}
        yield "RandomZoom", "images", {"height_factor": [0.3, 0.3], "width_factor": [-0.4, -0.4], **more}
        yield "RandomTranslation", "images", {"height_factor": [0.23, 0.23], "width_factor": [-0.31, -0.31], **more}
    yield (
        "RandomRotation",
        "first",
        {"factor": [-0.2, -0.2], "interpolation": "nearest", "data_format": "channels_first"},
    )
    yield "RandomZoom", "images", {"height_factor": [0.3, 0.3]}
    yield "RandomBrightness", "pixels", {"factor": [0.2, 0.2]}
    yield "RandomBrightness", "images", {"factor": [-0.3, -0.3], "value_range": [0, 1]}
    yield "RandomColorDegeneration", "pixels", {"factor": [0.4, 0.4]}
    yield "RandomSharpness", "pixels", {"factor": [0.2, 0.2]}
    yield "RandomSharpness", "pixels", {"factor": [0.9, 0.9]}
    yield "RandomPosterization", "pixels", {"factor": [3, 3]}
    yield "RandomInvert", "pixels", {"factor": [1, 1]}
    yield "RandomGrayscale", "pixels", {"factor": 1.0}
    yield "RandomSaturation", "images", {"factor": [0.4, 0.4], "value_range": [0, 1]}
    yield "RandomGaussianBlur", "pixels", {"factor": [1, 1], "kernel_size": [3, 5], "sigma": [0.8, 0.8]}
    yield "RandomContrast", "pixels", {"factor": [0, 0]}
    yield "Solarization", "pixels", {"threshold_factor": [0, 0], "addition_factor": [0, 0]}
    yield "AutoContrast", "pixels", {}
    yield "AutoContrast", "images", {"value_range": [0, 1]}
    yield "Equalization", "one_pixels", {}
    yield "Equalization", "one_pixels", {"bins": 16}
    for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft"):
        yield "STFTSpectrogram", "sound", {"mode": mode, "frame_length": 16}
    short = {"mode": "magnitude", "frame_length": 12, "frame_step": 5}
    for more in (
        {"padding": "same"},
        {"expand_dims": True, "fft_length": 32},
        {"window": "hamming", "periodic": True, "scaling": "spectrum"},
        {"window": None, "scaling": None},
    ):
        yield "STFTSpectrogram", "sound", {**short, **more}
    for expand in (False, True):
        yield "STFTSpectrogram", "sound_first", {**short, "data_format": "channels_first", "expand_dims": expand}
    mel = {"fft_length": 64, "sequence_stride": 20, "sampling_rate": 1000, "num_mel_bins": 8}
    for more in ({}, {"top_db": 15.0}, {"sequence_length": 40, "min_freq": 50.0, "max_freq": 300.0, "ref_power": 2.0}):
        yield "MelSpectrogram", "signal", {**mel, **more}
    yield "MelSpectrogram", "signals", {**mel, "power_to_db": False, "mag_exp": 1.0, "window": "hamming"}


def generators():
    """Yield (method, input, config, arguments)."""
    still = {"theta": 0, "tx": 0, "ty": 0, "shear": 0, "zx": 1, "zy": 1}
    for mode in ("nearest", "constant", "reflect"):
        config = {"fill_mode": mode, "cval": 40.0}
        yield "apply_transform", "square", config, {**still, "theta": 25.0, "tx": 1.5, "ty": -0.7, "zx": 0.8, "zy": 1.3}
    yield "apply_transform", "square", {}, {**still, "shear": 20.0}
    yield "apply_transform", "square", {"interpolation_order": 0}, {**still, "theta": 40.0, "zx": 1.2}
    yield "apply_transform", "square", {}, {**still, "flip_horizontal": True}
    yield "apply_transform", "square", {}, {**still, "flip_vertical": True, "channel_shift_intensity": 30.0}
    yield "apply_transform", "square", {}, {**still, "brightness": 0.6}
    yield "apply_transform", "square", {}, {**still, "brightness": 1.7}
    first = {"data_format": "channels_first"}
    yield "apply_transform", "square_first", first, {**still, "theta": 25.0, "tx": 1.5, "channel_shift_intensity": 9.0}
    yield "standardize", "pixels", {"rescale": 1 / 255}, {}
    yield "standardize", "pixels", {"samplewise_center": True, "samplewise_std_normalization": True}, {}
    yield "standardize", "pixels", {"featurewise_center": True, "featurewise_std_normalization": True}, {"fit": "grey"}
    yield (
        "standardize",
        "grey",
        {"featurewise_center": True, "zca_whitening": True, "zca_epsilon": 0.1},
        {"fit": "grey"},
    )


def probe(output):
    """A fixed weighting of an output's entries."""
    return jnp.cos(jnp.arange(output.size, dtype=jnp.float32)).reshape(output.shape)


def slope(function, given, config):
    """The gradient of the probed output with respect to the first argument."""

    def total(x):
        output = function(x, *given[1:], **config)
        return jnp.sum(output * probe(output))

    return jax.grad(total)(jnp.asarray(given[0]))


def main():
    golden, inputs = Golden("images"), make_inputs()
    inputs["one_pixels"] = inputs["pixels"][:1]
    for name, array in inputs.items():
        golden.inputs(name, x=array)

    def filled(value):
        return inputs[value[1:]] if isinstance(value, str) and value.startswith("@") else value

    for number, (name, args, config, gradient) in enumerate(operations()):
        given = [filled(each) for each in args]
        function = getattr(keras.ops.image, name)
        arrays = {"output": function(*given, **config)}
        if gradient:
            arrays["gradient"] = slope(function, given, config)
        golden.add(f"{name}-{number}", name, config, arrays, kind="op", args=args, gradient=bool(gradient))
    for number, (name, key, config) in enumerate(layers()):
        layer = getattr(keras.layers, name)(**config)
        awake = {"training": True} if name.startswith("Random") or name in ("Solarization", "Equalization") else {}
        golden.add(
            f"{name}-{number}", name, config, {"output": layer(inputs[key], **awake)}, kind="layer", args=[f"@{key}"]
        )
    for number, (name, key, config, arguments) in enumerate(generators()):
        maker = ImageDataGenerator(**config)
        if "fit" in arguments:
            maker.fit(inputs[key if name == "standardize" else arguments["fit"]])
        image = inputs[key][0].copy()
        output = maker.standardize(image) if name == "standardize" else maker.apply_transform(image, arguments)
        more = {"kind": "generator", "args": [f"@{key}"], "arguments": arguments}
        golden.add(f"{name}-{number}", name, config, {"output": np.asarray(output, "float32")}, **more)
    golden.write()


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main()
