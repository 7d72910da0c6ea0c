"""What is wrong with images, factors and words is said in four parts."""

import numpy as np
import pytest

from hornbeam import layers
from hornbeam.core.errors import ArgumentError, DataError, ShapeError, UnknownNameError
from hornbeam.ops import image

IMAGES = np.zeros((2, 6, 6, 3), "float32")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.Resizing(0, 4), "Resizing, height: expected a positive integer; got 0"),
        (lambda: layers.Resizing(4, 4, "bilinar"), "interpolation.*Did you mean 'bilinear'"),
        (lambda: layers.Resizing(4, 4, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "Choose one of them"),
        (lambda: layers.CenterCrop(4, -1), "CenterCrop, width: expected a positive integer"),
        (lambda: layers.RandomFlip("horizontl"), "RandomFlip, mode.*Did you mean 'horizontal'"),
        (
            lambda: layers.RandomRotation(90),
            "RandomRotation, factor: expected a number from -1 to 1, or two of them; got 90",
        ),
        (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), "RandomRotation, factor"),
        (lambda: layers.RandomRotation(0.1, fill_mode="reflekt"), "fill_mode.*Did you mean 'reflect'"),
        (
            lambda: layers.RandomRotation(0.1, interpolation="cubic"),
            "interpolation: expected one of 'bilinear', 'nearest'",
        ),
        (lambda: layers.RandomZoom((-1, 0)), "above -1"),
        (lambda: layers.RandomShear(-0.2), "Its sign is drawn"),
        (lambda: layers.RandomContrast(2), "RandomContrast, factor: expected a number from 0 to 1"),
        (lambda: layers.RandomBrightness(0.1, value_range=3), "value_range: expected two numbers"),
        (lambda: layers.RandomBrightness(0.1, value_range=(1, 1)), "two different numbers"),
        (lambda: layers.RandomPosterization(2.5), "RandomPosterization, factor: expected a positive integer"),
        (lambda: layers.RandomGaussianBlur(kernel_size=4), "an odd positive integer"),
        (lambda: layers.RandomErasing(fill_value="red"), "RandomErasing, fill_value"),
        (lambda: layers.RandomFlip(data_format="last"), "data_format"),
        (lambda: layers.RandomFlip(bounding_box_format="xyxy"), "moves no bounding boxes"),
        (lambda: layers.STFTSpectrogram("logs"), "mode.*Did you mean 'log'"),
        (lambda: layers.STFTSpectrogram(frame_length=8, frame_step=9), "so that no sample is left out"),
        (lambda: layers.STFTSpectrogram(frame_length=8, fft_length=4), "at least frame_length, 8"),
        (lambda: layers.STFTSpectrogram(window="han"), "window.*Did you mean 'hann'"),
        (lambda: layers.MelSpectrogram(fft_length=8, sequence_length=9), "Raise fft_length"),
        (lambda: layers.MelSpectrogram(min_freq=9000), "a frequency above min_freq"),
    ],
)
def test_constructors_say_what_is_wrong(make, text):
    with pytest.raises(ArgumentError, match=text):
        make()


@pytest.mark.parametrize(
    ("layer", "x", "text"),
    [
        (layers.Resizing(4, 4), IMAGES[0, :, :, 0], r"Add a channel axis: x\[\.\.\., None\]"),
        (layers.RandomFlip(), IMAGES[0, 0], r"\(RandomFlip\): expected an image .* got shape \(6, 3\)"),
        (layers.RandomFlip(), IMAGES[None], "Call it on one batch"),
        (layers.RandomHue(0.1), IMAGES[..., :1], "3 channels.*color_mode='rgb'"),
        (layers.RandomGrayscale(), IMAGES[..., :2], "1 or 3 channels"),
        (layers.RandomErasing((1, 1), fill_value=(1, 2, 3)), IMAGES[..., :1], "Give one number"),
        (layers.STFTSpectrogram(frame_length=16), np.zeros((1, 8, 1), "float32"), "padding='same'"),
        (layers.STFTSpectrogram(frame_length=4), np.zeros((1, 8), "float32"), "3 axes"),
        (layers.MelSpectrogram(fft_length=16), np.zeros((1, 8), "float32"), "longer sounds"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else "",
)
def test_calls_say_what_is_wrong_with_the_input(layer, x, text):
    with pytest.raises(ShapeError, match=text):
        layer(x, training=True)


def test_dicts_that_a_layer_cannot_change_are_refused():
    with pytest.raises(ArgumentError, match="Bounding boxes are not moved"):
        layers.RandomFlip()({"images": IMAGES, "bounding_boxes": np.zeros((2, 1, 4))})
    with pytest.raises(DataError, match="to_categorical"):
        layers.MixUp()({"images": IMAGES, "labels": np.array([0, 1])}, training=True)
    with pytest.raises(DataError, match="use CutMix"):
        layers.MixUp()({"images": IMAGES, "segmentation_masks": IMAGES[..., :1]}, training=True)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: image.resize(IMAGES, (4, 0)), ArgumentError, "resize, size: expected two positive integers"),
        (lambda: image.resize(IMAGES, (4, 4), "nearst"), UnknownNameError, "Did you mean 'nearest'"),
        (lambda: image.resize(IMAGES[0, 0], (4, 4)), ShapeError, "Add a channel axis"),
        (lambda: image.rgb_to_hsv(IMAGES.astype("uint8")), DataError, "Divide by 255.0"),
        (lambda: image.rgb_to_grayscale(IMAGES[..., :2]), ShapeError, "3 or 1 channels"),
        (lambda: image.affine_transform(IMAGES, np.zeros(6, "float32")), ShapeError, "8 numbers"),
        (lambda: image.affine_transform(IMAGES, np.zeros(8, "float32"), fill_mode="wrapp"), UnknownNameError, "'wrap'"),
        (lambda: image.map_coordinates(IMAGES, np.zeros((2, 3)), 1), ShapeError, r"\(4, …\)"),
        (lambda: image.map_coordinates(IMAGES[0, 0, 0], np.zeros((1, 3)), 3), ArgumentError, "0 or 1"),
        (lambda: image.extract_patches(IMAGES, 9), ShapeError, "padding='same'"),
        (lambda: image.crop_images(IMAGES, 1, 1), ArgumentError, "exactly two of top_cropping"),
        (lambda: image.crop_images(IMAGES, 4, 0, 4, 0), ShapeError, "Cut off less"),
        (lambda: image.pad_images(IMAGES, 1, 0, target_height=4, right_padding=0), ShapeError, "Raise the target"),
        (lambda: image.perspective_transform(IMAGES, np.zeros((3, 2)), np.zeros((3, 2))), ShapeError, "four points"),
        (lambda: image.gaussian_blur(IMAGES, (0, 3)), ArgumentError, "two positive integers"),
        (lambda: image.ssim(IMAGES, IMAGES), ShapeError, "at least 11 pixels"),
    ],
)
def test_operations_say_what_is_wrong(call, kind, text):
    with pytest.raises(kind, match=text):
        call()
