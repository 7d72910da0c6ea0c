"""A face, because Keras has it: pictures, from ``hornbeam.image``."""

from hornbeam.image.affine import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
)
from hornbeam.image.directory import image_dataset_from_directory
from hornbeam.image.files import array_to_img, img_to_array, load_img, save_img, smart_resize
from hornbeam.image.folders import DataFrameIterator, DirectoryIterator
from hornbeam.image.generator import ImageDataGenerator
from hornbeam.image.iterator import Iterator, NumpyArrayIterator

__all__ = [
    "DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator", "NumpyArrayIterator",
    "apply_affine_transform", "apply_brightness_shift", "apply_channel_shift", "array_to_img",
    "image_dataset_from_directory", "img_to_array", "load_img", "random_brightness", "random_channel_shift",
    "random_rotation", "random_shear", "random_shift", "random_zoom", "save_img", "smart_resize",
]  # fmt: skip
