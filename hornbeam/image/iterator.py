"""Iterators of ImageDataGenerator: endless batches of augmented images from arrays, folders and tables."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator as Stream
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, integer
from hornbeam.core.errors import ArgumentError, DataError, ShapeError, UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.data.dataset import PyDataset
from hornbeam.image.files import CHANNELS, array_to_img, img_to_array, load_img
from hornbeam.ops.pictures import check_size, known

ENDINGS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")


class Iterator(PyDataset):
    """Base of them: batches by number for ``fit``, and ``next()`` without an end.

    Args:
        n: number of samples.
        batch_size: samples in a batch.
        shuffle: whether each epoch has an order of its own.
        seed: batch number i is drawn from NumPy's generator seeded with ``seed + i``; None leaves it as it is.
    """

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None):
        super().__init__()
        try:
            self.batch_size = integer(1)(batch_size)
        except Refused as refused:
            raise ArgumentError("batch_size", refused.expected, repr(batch_size), refused.fix) from None
        self.n, self.shuffle, self.seed = n, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.index_array: Any = None
        self.lock = threading.Lock()

    def _seeded(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)
        self.total_batches_seen += 1

    def _ordered(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        self._seeded()
        if self.index_array is None:
            self._ordered()
        return self._batch(self.index_array[index * self.batch_size :][: self.batch_size])

    def on_epoch_end(self) -> None:
        self._ordered()

    def batches(self, generator: np.random.Generator | None) -> Stream[Any]:
        """The batches of one epoch, in the iterator's own order."""
        yield from (self[index] for index in range(len(self)))

    def reset(self) -> None:
        """Begins anew: the next batch is the first of an epoch."""
        self.batch_index = 0

    def __iter__(self) -> Stream[Any]:
        return self

    def __next__(self) -> Any:
        with self.lock:
            self._seeded()
            if self.batch_index == 0:
                self._ordered()
            places = self.index_array[self.batch_index * self.batch_size :][: self.batch_size]
            self.batch_index = (self.batch_index + 1) % max(len(self), 1)
        return self._batch(places)

    def next(self) -> Any:
        """The next batch, of epoch after epoch."""
        return self.__next__()

    def _batch(self, places: np.ndarray) -> Any:
        raise NotImplementedError

    def _save(self, batch: np.ndarray, places: np.ndarray, words: dict[str, Any], data_format: str) -> None:
        """Writes a batch as pictures, where the user asked for it."""
        for image, place in zip(batch, places, strict=True):
            name = f"{words['save_prefix']}_{place}_{np.random.randint(10**7)}.{words['save_format']}"
            array_to_img(image, data_format, scale=True).save(os.path.join(words["save_to_dir"], name))


def check_subset(subset: Any, generator: Any) -> None:
    """Refuses a part where the generator splits nothing."""
    if subset is None:
        return
    known("subset", subset, ("training", "validation"))
    if not generator.validation_split:
        fix = "Write ImageDataGenerator(validation_split=0.2)."
        raise ArgumentError("subset", "a generator with a validation_split", "none", fix)


class NumpyArrayIterator(Iterator):
    """Batches from arrays; see ``ImageDataGenerator.flow``."""

    def __init__(
        self, x, y, image_data_generator, batch_size=32, shuffle=False, sample_weight=None, seed=None, data_format=None,
        save_to_dir=None, save_prefix="", save_format="png", subset=None, ignore_class_split=False, dtype=None,
    ):  # fmt: skip
        self.image_data_generator = image_data_generator
        self.data_format = data_format or image_data_generator.data_format
        self.dtype = dtype or image_data_generator.dtype
        self._words = {"save_to_dir": save_to_dir, "save_prefix": save_prefix, "save_format": save_format}
        others: list[Any] = []
        if isinstance(x, (tuple, list)) and len(x) == 2 and np.ndim(x[0]) == 4:  # images, and what goes with them
            others = [np.asarray(each) for each in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        x = np.asarray(x, self.dtype)
        if x.ndim != 4:
            fix = "Add the axes that are missing: x[..., None] for channels, x[None] for one image."
            raise ShapeError("flow, x", "images (batch, height, width, channels)", f"shape {x.shape}", fix)
        y, sample_weight = (None if each is None else np.asarray(each) for each in (y, sample_weight))
        for name, part in (("y", y), ("sample_weight", sample_weight), *(("x[1]", each) for each in others)):
            if part is not None and len(part) != len(x):
                raise DataError(f"flow, {name}", f"{len(x)} rows, as x has", len(part), "Give one for each image.")
        channels = x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in (1, 3, 4):
            text = f"flow: images of shape {x.shape} have {channels} channels with data_format={self.data_format!r}."
            warnings.warn(text, stacklevel=3)
        check_subset(subset, image_data_generator)
        part = slice(None)
        if subset is not None:
            cut = int(len(x) * image_data_generator.validation_split)
            part = slice(None, cut) if subset == "validation" else slice(cut, None)
            if y is not None and not ignore_class_split and set(map(str, y[:cut])) != set(map(str, y[cut:])):
                fix = "Shuffle the arrays first, or pass ignore_class_split=True."
                raise DataError("flow, subset", "the same classes in both parts", "others", fix)
        self.x, self.x_misc = x[part], [each[part] for each in others]
        self.y = None if y is None else y[part]
        self.sample_weight = None if sample_weight is None else sample_weight[part]
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _batch(self, places: np.ndarray) -> Any:
        batch = np.stack([self.image_data_generator.augmented(self.x[place]) for place in places]).astype(self.dtype)
        if self._words["save_to_dir"]:
            self._save(batch, places, self._words, self.data_format)
        images = [batch, *(each[places] for each in self.x_misc)] if self.x_misc else batch
        if self.y is None:
            return images
        parts = (images, self.y[places])
        return parts if self.sample_weight is None else (*parts, self.sample_weight[places])


class FileIterator(Iterator):
    """Base of iterators over files."""

    filenames: list[str]
    filepaths: list[str]
    classes: Any = None
    class_indices: dict[str, int]
    labels: Any = None
    sample_weight: Any = None
    MODES: tuple[str | None, ...] = ("categorical", "binary", "sparse", "input", None)

    def prepare(self, image_data_generator: Any, words: dict[str, Any]) -> None:
        """Keeps and checks how files are read."""
        self.image_data_generator = image_data_generator
        self.data_format, self.dtype = image_data_generator.data_format, image_data_generator.dtype
        self.target_size = check_size("target_size", words["target_size"])
        self.color_mode = known("color_mode", words["color_mode"], tuple(CHANNELS))
        self.class_mode, self.subset = words["class_mode"], words["subset"]
        if self.class_mode not in self.MODES:
            named = [mode for mode in self.MODES if mode]
            fix = did_you_mean(str(self.class_mode), named)
            raise UnknownNameError("class_mode", f"one of {named} or None", repr(self.class_mode), fix)
        check_subset(self.subset, image_data_generator)
        self.interpolation, self.keep_aspect_ratio = words["interpolation"], words.get("keep_aspect_ratio", False)
        channels = CHANNELS[self.color_mode]
        last = self.data_format == "channels_last"
        self.image_shape = (*self.target_size, channels) if last else (channels, *self.target_size)
        self._words = words

    def part(self, count: int) -> slice:
        """Which of ``count`` files belong to the subset: the first ones are for validation."""
        if self.subset is None:
            return slice(None)
        cut = int(self.image_data_generator.validation_split * count)
        return slice(None, cut) if self.subset == "validation" else slice(cut, None)

    def _batch(self, places: np.ndarray) -> Any:
        batch = np.stack([self._image(self.filepaths[place]) for place in places]).astype(self.dtype)
        if self._words["save_to_dir"]:
            self._save(batch, places, self._words, self.data_format)
        if self.class_mode is None:
            return batch
        y = self._targets(batch, places)
        return (batch, y) if self.sample_weight is None else (batch, y, self.sample_weight[places])

    def _image(self, path: str) -> np.ndarray:
        picture = load_img(path, self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
        return self.image_data_generator.augmented(img_to_array(picture, self.data_format, self.dtype))

    def _targets(self, batch: np.ndarray, places: np.ndarray) -> Any:
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return tuple(each[places] for each in self.labels)
        if self.class_mode == "raw":
            return self.labels[places]
        if self.class_mode in ("binary", "sparse"):
            return np.asarray([self.classes[place] for place in places], self.dtype)
        y = np.zeros((len(places), len(self.class_indices)), self.dtype)
        for row, place in enumerate(places):
            y[row, self.classes[place]] = 1
        return y
