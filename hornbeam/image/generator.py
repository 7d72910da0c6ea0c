"""ImageDataGenerator: Keras's old class that augments images on the host, batch by batch."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.image.affine import FILL_MODES, apply_affine_transform, apply_brightness_shift, apply_channel_shift
from hornbeam.image.folders import DataFrameIterator, DirectoryIterator
from hornbeam.image.iterator import NumpyArrayIterator
from hornbeam.ops.pictures import data_format_of, known


class ImageDataGenerator:
    """Batches of images, changed by chance and standardised, one image at a time on the host.

    Code of Keras 1 and 2 uses it. In new code the layers ``RandomFlip``, ``RandomRotation``, … do the same inside the
    compiled program, many times faster.

    Args:
        featurewise_center: subtract the mean of the data that ``fit`` saw, channel by channel.
        samplewise_center: subtract each image's mean.
        featurewise_std_normalization: divide by the standard deviation of the data that ``fit`` saw.
        samplewise_std_normalization: divide each image by its standard deviation.
        zca_whitening: remove correlations of pixels, as ``fit`` found them.
        zca_epsilon: added to their standard deviations.
        rotation_range: draw an angle up to this many degrees, to either side.
        width_shift_range, height_shift_range: a float below 1 is a share of the width (height), from 1 on pixels, a
            whole number n draws from whole numbers below n, an array from its numbers; with either sign.
        brightness_range: two factors between which to draw.
        shear_range: draw a slant up to this many degrees.
        zoom_range: draw two zooms between these; z is ``(1 - z, 1 + z)``.
        channel_shift_range: draw a number up to this, and add it to all channels.
        fill_mode: what lies outside: ``"nearest"``, ``"constant"``, ``"reflect"`` or ``"wrap"``.
        cval: the number outside with ``"constant"``.
        horizontal_flip, vertical_flip: mirror every second image.
        rescale: multiply by this, after ``preprocessing_function``.
        preprocessing_function: applied to each image first, after augmentation.
        data_format: where the channels are; None takes ``image_data_format()``.
        validation_split: the share of the data that ``subset="validation"`` gives: the first of each class.
        interpolation_order: 0 takes the nearest pixel, 1 mixes the four around.
        dtype: number type, ``floatx()`` when None.

    Example:
        >>> maker = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
        >>> flow = maker.flow(np.full((5, 8, 8, 3), 255.0), np.arange(5), batch_size=2)
        >>> x, y = next(flow)
        >>> print(x.shape, y.shape, x.max(), len(flow))
        (2, 8, 8, 3) (2,) 1.0 3

    Differs:
        In Keras 3, and in Keras 2 from 2019 on, ``height_shift_range`` moves images along their width, and the other
        way round.

    Reference:
        Krizhevsky, Sutskever and Hinton (2012), section 4.1, for augmentation; Krizhevsky (2009), appendix A, for ZCA.
    """

    def __init__(
        self, featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False,
        samplewise_std_normalization=False, zca_whitening=False, zca_epsilon=1e-6, rotation_range=0,
        width_shift_range=0.0, height_shift_range=0.0, brightness_range=None, shear_range=0.0, zoom_range=0.0,
        channel_shift_range=0.0, fill_mode="nearest", cval=0.0, horizontal_flip=False, vertical_flip=False,
        rescale=None, preprocessing_function=None, data_format=None, validation_split=0.0, interpolation_order=1,
        dtype=None,
    ):  # fmt: skip
        where = "ImageDataGenerator"
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range = (
            None if brightness_range is None else _two(f"{where}, brightness_range", brightness_range)
        )
        one = np.ndim(zoom_range) == 0
        self.zoom_range = _two(f"{where}, zoom_range", (1 - zoom_range, 1 + zoom_range) if one else zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = known(f"{where}, fill_mode", fill_mode, FILL_MODES), cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format, self.dtype = data_format_of(where, data_format), dtype or floatx()
        if validation_split and not 0 < validation_split < 1:
            expected = "a share above 0 and below 1"
            raise ArgumentError(f"{where}, validation_split", expected, validation_split, "Write for example 0.2.")
        if interpolation_order not in (0, 1):
            fix = "Write interpolation_order=1."
            raise ArgumentError(f"{where}, interpolation_order", "0 or 1", repr(interpolation_order), fix)
        self.validation_split, self.interpolation_order = validation_split, interpolation_order
        last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None
        self._settle()

    def _settle(self) -> None:
        """Arguments that need others, and one that excludes another."""
        changes = [
            (self.zca_whitening and not self.featurewise_center, "featurewise_center", True, "zca_whitening"),
            (self.zca_whitening and self.featurewise_std_normalization, "featurewise_std_normalization", False,
             "zca_whitening"),
            (self.featurewise_std_normalization and not self.featurewise_center and not self.zca_whitening,
             "featurewise_center", True, "featurewise_std_normalization"),
            (self.samplewise_std_normalization and not self.samplewise_center, "samplewise_center", True,
             "samplewise_std_normalization"),
        ]  # fmt: skip
        for happens, name, value, reason in changes:
            if happens:
                setattr(self, name, value)
                warnings.warn(f"ImageDataGenerator: {reason} sets {name}={value}.", stacklevel=3)

    # -- flows ---------------------------------------------------------------------------------------

    def flow(
        self, x, y=None, batch_size=32, shuffle=True, sample_weight=None, seed=None, save_to_dir=None, save_prefix="",
        save_format="png", ignore_class_split=False, subset=None,
    ):  # fmt: skip
        """Batches of augmented images from arrays, without an end.

        Args:
            x: images ``(batch, height, width, channels)``, or ``[images, others]``.
            y: labels.
            batch_size: images in a batch.
            shuffle: whether each epoch has an order of its own.
            sample_weight: weights of the images.
            seed: makes the draws the same in every run.
            save_to_dir: a folder to which augmented images are written; None writes none.
            save_prefix, save_format: of their files.
            ignore_class_split: whether the two subsets may have different classes.
            subset: ``"training"`` or ``"validation"``, with ``validation_split``.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format, save_to_dir, save_prefix,
            save_format, subset, ignore_class_split, self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self, directory, target_size=(256, 256), color_mode="rgb", classes=None, class_mode="categorical",
        batch_size=32, shuffle=True, seed=None, save_to_dir=None, save_prefix="", save_format="png",
        follow_links=False, subset=None, interpolation="nearest", keep_aspect_ratio=False,
    ):  # fmt: skip
        """Batches of augmented images from a folder with a folder for each class.

        Args:
            directory: the folder.
            target_size: height and width.
            color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
            classes: the folders to read, in the order of their class numbers; all, sorted, when None.
            class_mode: ``"categorical"`` one-hot rows, ``"binary"`` and ``"sparse"`` numbers, ``"input"`` the images,
                None no labels.
            follow_links: whether to enter folders that are links.
            interpolation, keep_aspect_ratio: as in ``load_img``.
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: as in ``flow``.
        """
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed, save_to_dir,
            save_prefix, save_format, follow_links, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip

    def flow_from_dataframe(
        self, dataframe, directory=None, x_col="filename", y_col="class", weight_col=None, target_size=(256, 256),
        color_mode="rgb", classes=None, class_mode="categorical", batch_size=32, shuffle=True, seed=None,
        save_to_dir=None, save_prefix="", save_format="png", subset=None, interpolation="nearest",
        validate_filenames=True,
    ):  # fmt: skip
        """Batches of augmented images from a pandas table of file names and labels.

        Args:
            dataframe: the table.
            directory: folder in which the names lie.
            x_col: column of the names.
            y_col: column of the labels, or several columns for ``class_mode="multi_output"`` and ``"raw"``.
            weight_col: column of the weights.
            classes: the labels that count, in the order of their class numbers; all, sorted, when None.
            class_mode: as in ``flow_from_directory``; ``"raw"`` gives the numbers of ``y_col``, ``"multi_output"`` an
                array for each of its columns.
            validate_filenames: whether to leave out, with a warning, names of files that are no pictures.
            target_size, color_mode, interpolation: as in ``flow_from_directory``.
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: as in ``flow``.
        """
        return DataFrameIterator(
            dataframe, directory, self, x_col, y_col, weight_col, target_size, color_mode, classes, class_mode,
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset, interpolation, validate_filenames,
        )  # fmt: skip

    # -- one image -----------------------------------------------------------------------------------

    def augmented(self, x: Any) -> np.ndarray:
        """One image, changed by chance and standardised."""
        x = np.asarray(x, self.dtype)
        return self.standardize(np.array(self.apply_transform(x, self.get_random_transform(x.shape)), self.dtype))

    def standardize(self, x):
        """An image, or a batch, after ``preprocessing_function``, ``rescale``, centring, scaling and whitening."""
        x = self.preprocessing_function(x) if self.preprocessing_function else x
        x = np.array(x, self.dtype)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= x.mean()
        if self.samplewise_std_normalization:
            x /= x.std() + 1e-6
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted("featurewise_std_normalization", self.std):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, math.prod(x.shape[-3:]))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape).astype(x.dtype)
        return x

    def _fitted(self, name: str, value: Any) -> bool:
        if value is None:
            warnings.warn(f"ImageDataGenerator: {name} does nothing before fit(x) has seen data.", stacklevel=4)
        return value is not None

    def get_random_transform(self, img_shape, seed=None):
        """Draws what ``apply_transform`` does to one image: a dict of theta, tx, ty, shear, zx, zy, flip_horizontal,
        flip_vertical, channel_shift_intensity and brightness.

        The numbers come from NumPy's generator, in Keras's order.
        """
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        if seed is not None:
            np.random.seed(seed)
        theta = np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        ty = _shift(self.height_shift_range, rows)
        tx = _shift(self.width_shift_range, columns)
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        still = self.zoom_range == (1, 1)
        zx, zy = (1, 1) if still else np.random.uniform(*self.zoom_range, 2)
        flips = [bool(np.random.random() < 0.5) and bool(on) for on in (self.horizontal_flip, self.vertical_flip)]
        reach = self.channel_shift_range
        intensity = np.random.uniform(-reach, reach) if reach else None
        brightness = None if self.brightness_range is None else np.random.uniform(*self.brightness_range)
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy, "flip_horizontal": flips[0],
            "flip_vertical": flips[1], "channel_shift_intensity": intensity, "brightness": brightness,
        }  # fmt: skip

    def apply_transform(self, x, transform_parameters):
        """One image, changed as a dict says; see ``get_random_transform``. What it lacks is left alone."""
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        given = transform_parameters.get
        x = apply_affine_transform(
            x, given("theta", 0), given("tx", 0), given("ty", 0), given("shear", 0), given("zx", 1), given("zy", 1),
            row, column, channel, self.fill_mode, self.cval, self.interpolation_order,
        )  # fmt: skip
        if given("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, given("channel_shift_intensity"), channel)
        if given("flip_horizontal", False):
            x = np.flip(x, column)
        if given("flip_vertical", False):
            x = np.flip(x, row)
        if given("brightness") is not None:
            last = np.moveaxis(x, channel, -1)
            x = np.moveaxis(apply_brightness_shift(last, given("brightness"), False), -1, channel)
        return x

    def random_transform(self, x, seed=None):
        """One image, changed by chance."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Learns from data what centring, scaling and whitening need.

        Args:
            x: images ``(batch, height, width, channels)``.
            augment: whether to change them by chance first.
            rounds: how often, with ``augment``.
            seed: of those changes.
        """
        x = np.array(x, self.dtype)
        if x.ndim != 4:
            fix = "Add the axes that are missing: x[..., None] for channels, x[None] for one image."
            raise ShapeError("fit, x", "images (batch, height, width, channels)", f"shape {x.shape}", fix)
        if x.shape[self.channel_axis] not in (1, 3, 4):
            text = f"fit: images of shape {x.shape} have {x.shape[self.channel_axis]} channels."
            warnings.warn(text, stacklevel=2)
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x])
        over, shape = (0, self.row_axis, self.col_axis), [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = x.mean(over).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(over).reshape(shape)
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T


def _two(where: str, value: Any) -> tuple[float, float]:
    if isinstance(value, (tuple, list, np.ndarray)) and len(value) == 2 and all(np.ndim(each) == 0 for each in value):
        return tuple(value)  # type: ignore[return-value]
    raise ArgumentError(where, "two numbers", repr(value), "Write for example (0.8, 1.2).")


def _shift(reach: Any, length: int) -> Any:
    """A shift in pixels: from numbers that are given, from whole numbers below one, or up to a float."""
    if np.ndim(reach) == 0 and not reach:
        return 0
    if np.ndim(reach) or isinstance(reach, (int, np.integer)):
        shift = np.random.choice(reach) * np.random.choice([-1, 1])
    else:
        shift = np.random.uniform(-reach, reach)
    return shift * length if np.max(reach) < 1 else shift
