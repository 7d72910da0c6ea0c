"""image_dataset_from_directory: folders of pictures as batches."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.data.folder import FolderDataset, folder_datasets
from hornbeam.data.listing import labelled_files
from hornbeam.image.files import CHANNELS, EXTENSIONS, img_to_array, load_img
from hornbeam.ops.pictures import check_size, data_format_of, known
from hornbeam.ops.resizing import INTERPOLATIONS, host_resize


class ImageFolder(FolderDataset):
    """Pictures of one size, read from files; see ``image_dataset_from_directory``."""

    def __init__(self, look: dict[str, Any], **words: Any):
        super().__init__(**words)
        self._look = look

    def read(self, path: str) -> np.ndarray:
        look = self._look
        picture = img_to_array(load_img(path, look["color_mode"]), "channels_last", "float32")
        resized = host_resize(picture, look["size"], look["interpolation"], look["crop"], look["pad"])
        return resized.transpose(2, 0, 1) if look["data_format"] == "channels_first" else resized


def image_dataset_from_directory(
    directory, labels="inferred", label_mode="int", class_names=None, color_mode="rgb", batch_size=32,
    image_size=(256, 256), shuffle=True, seed=None, validation_split=None, subset=None, interpolation="bilinear",
    follow_links=False, crop_to_aspect_ratio=False, pad_to_aspect_ratio=False, data_format=None, format="tf",
    verbose=True, on_error="raise",
):  # fmt: skip
    """The pictures of a folder as batches of arrays, with the classes that its folders stand for.

    Files are decoded and resized in threads, ahead of the batch that is used. The result can be given to ``fit``, gone
    through again and again, asked for ``len``, ``class_names`` and ``file_paths``, and has the methods of ``Dataset``:
    ``map``, ``take``, ``skip``, ``shuffle``, ``batch``, ``unbatch``, ``repeat``, ``cache`` and ``prefetch``.

    Args:
        directory: a folder with a folder of pictures (bmp, gif, jpeg, jpg, png) for each class.
        labels: ``"inferred"`` from the folders, None for no labels, or a list of a class number for each file, in the
            order of sorted paths.
        label_mode: ``"int"`` numbers, ``"categorical"`` one-hot rows, ``"binary"`` 0.0 or 1.0, None no labels.
        class_names: the folders to read, in the order of their class numbers; all, sorted, when None.
        color_mode: ``"rgb"``, ``"rgba"`` or ``"grayscale"``.
        batch_size: pictures in a batch; None gives one at a time.
        image_size: height and width.
        shuffle: whether files are shuffled, anew in every pass.
        seed: of the shuffling; needed with ``validation_split``.
        validation_split: the share that is kept for validation.
        subset: ``"training"``, ``"validation"``, or ``"both"`` for the two of them.
        interpolation: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"lanczos3"``, ``"lanczos5"``, or ``"area"``,
            which averages where pictures become smaller.
        follow_links: whether to enter folders that are links.
        crop_to_aspect_ratio: cut pictures to the ratio of ``image_size`` instead of distorting them.
        pad_to_aspect_ratio: fill them with zeros up to that ratio.
        data_format: where the channels are; None takes ``image_data_format()``.
        format: accepted for Keras's sake.
        verbose: whether to print how many files were found.
        on_error: ``"raise"`` refuses a damaged file; ``"skip"`` leaves it out, with a warning that names it.

    Shapes:
        each batch ``(batch, height, width, channels)``, float32 from 0 to 255; and labels ``(batch,)``, ``(batch,
        classes)`` or ``(batch, 1)``

    Raises:
        FileError: no such folder, or a damaged file.
        DataError: no picture in it, or ``class_names`` that are no folders.

    Differs:
        Keras shuffles within a buffer of eight batches, and asks for a TensorFlow.
    """
    known("image_dataset_from_directory, color_mode", color_mode, tuple(CHANNELS))
    size = check_size("image_dataset_from_directory, image_size", image_size)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        expected = "crop_to_aspect_ratio or pad_to_aspect_ratio"
        raise ArgumentError("image_dataset_from_directory", expected, "both", "Choose one of them.")
    look = {
        "color_mode": color_mode,
        "size": size,
        "interpolation": _interpolation(interpolation),
        "crop": crop_to_aspect_ratio,
        "pad": pad_to_aspect_ratio,
        "data_format": data_format_of("image_dataset_from_directory", data_format),
    }
    return folder_datasets(
        functools.partial(ImageFolder, look, batch_size=batch_size, on_error=on_error),
        functools.partial(
            labelled_files, directory, labels=labels, class_names=class_names, extensions=EXTENSIONS,
            label_mode=label_mode, validation_split=validation_split, follow_links=follow_links,
        ),
        shuffle, seed, subset, verbose,
    )  # fmt: skip


def _interpolation(name: Any) -> str:
    names = (*INTERPOLATIONS, "area")
    if not isinstance(name, str) or name.lower() not in names:
        fix = did_you_mean(str(name), list(names))
        raise UnknownNameError("interpolation", "one of " + ", ".join(map(repr, names)), repr(name), fix)
    return name.lower()
