"""Iterators of ImageDataGenerator over files: from a folder of folders, and from a table of names."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from hornbeam.core.errors import DataError, FileError
from hornbeam.core.messages import say
from hornbeam.core.registry import did_you_mean
from hornbeam.image.iterator import ENDINGS, FileIterator


class DirectoryIterator(FileIterator):
    """Batches from a folder with a folder for each class; see ``ImageDataGenerator.flow_from_directory``."""

    def __init__(
        self, directory, image_data_generator, target_size=(256, 256), color_mode="rgb", classes=None,
        class_mode="categorical", batch_size=32, shuffle=True, seed=None, save_to_dir=None, save_prefix="",
        save_format="png", follow_links=False, subset=None, interpolation="nearest", keep_aspect_ratio=False,
    ):  # fmt: skip
        words = {"target_size": target_size, "color_mode": color_mode, "class_mode": class_mode, "subset": subset,
                 "interpolation": interpolation, "keep_aspect_ratio": keep_aspect_ratio, "save_to_dir": save_to_dir,
                 "save_prefix": save_prefix, "save_format": save_format}  # fmt: skip
        self.prepare(image_data_generator, words)
        self.directory = os.fspath(directory)
        where = f"directory {self.directory!r}"
        if not os.path.isdir(self.directory):
            raise FileError(where, "a folder that exists", "none", f"The working folder is {os.getcwd()!r}.")
        there = sorted(name for name in os.listdir(directory) if os.path.isdir(os.path.join(directory, name)))
        missing = [name for name in classes or [] if name not in there]
        if missing:
            fix = did_you_mean(missing[0], there) if there else "There is no folder in it."
            raise DataError(f"{where}, classes", f"names of folders in it: {there}", repr(missing[0]), fix)
        names = list(classes or there)
        self.num_classes, self.class_indices = len(names), {name: number for number, name in enumerate(names)}
        self.filenames, numbers = [], []
        for number, name in enumerate(names):
            found = _pictures(os.path.join(self.directory, name), follow_links)
            found = found[self.part(len(found))]
            self.filenames += [os.path.join(name, each) for each in found]
            numbers += [number] * len(found)
        self.samples = len(self.filenames)
        if not self.samples:
            expected = f"pictures ({', '.join(ENDINGS)}) in a folder for each class"
            raise DataError(
                where, expected, "none", "Check the path: it is the folder that holds the classes' folders."
            )
        self.classes = np.asarray(numbers, np.int32)
        self.labels = self.classes
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        say(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)


def _pictures(folder: str, follow_links: bool) -> list[str]:
    """Pictures in a folder and the folders in it, relative to it, sorted."""
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda each: each[0])
    return [
        os.path.relpath(os.path.join(here, name), folder)
        for here, _, files in walked
        for name in sorted(files)
        if name.lower().endswith(ENDINGS)
    ]


class DataFrameIterator(FileIterator):
    """Batches from a table of file names and labels; see ``ImageDataGenerator.flow_from_dataframe``."""

    MODES = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self, dataframe, directory=None, image_data_generator=None, x_col="filename", y_col="class", weight_col=None,
        target_size=(256, 256), color_mode="rgb", classes=None, class_mode="categorical", batch_size=32, shuffle=True,
        seed=None, save_to_dir=None, save_prefix="", save_format="png", subset=None, interpolation="nearest",
        validate_filenames=True, keep_aspect_ratio=False,
    ):  # fmt: skip
        words = {"target_size": target_size, "color_mode": color_mode, "class_mode": class_mode, "subset": subset,
                 "interpolation": interpolation, "keep_aspect_ratio": keep_aspect_ratio, "save_to_dir": save_to_dir,
                 "save_prefix": save_prefix, "save_format": save_format}  # fmt: skip
        self.prepare(image_data_generator, words)
        self.directory = os.fspath(directory or "")
        needs_y = class_mode not in (None, "input")
        wanted = [x_col] + ([weight_col] if weight_col else [])
        wanted += (list(y_col) if isinstance(y_col, (list, tuple)) else [y_col]) if needs_y else []
        for column in wanted:
            if column not in dataframe.columns:
                fix = did_you_mean(str(column), [str(each) for each in dataframe.columns])
                raise DataError("flow_from_dataframe", f"a column {column!r}", list(dataframe.columns), fix)
        frame = dataframe[[isinstance(name, str) for name in dataframe[x_col]]]
        if len(frame) < len(dataframe):
            got = f"{len(dataframe) - len(frame)} other values"
            raise DataError(f"flow_from_dataframe, {x_col}", "file names", got, "Write .astype(str).")
        if validate_filenames:
            valid = [self._is_picture(name) for name in frame[x_col]]
            if not all(valid):
                first = frame[x_col].iloc[valid.index(False)]
                text = f"flow_from_dataframe: {valid.count(False)} names are no pictures and left out, first {first!r}."
                warnings.warn(text, stacklevel=3)
                frame = frame[valid]
        if class_mode in ("binary", "sparse", "categorical"):
            frame = self._with_classes(frame, y_col, classes)
        frame = frame.iloc[self.part(len(frame))]
        self.filenames = frame[x_col].tolist()
        self.samples = len(self.filenames)
        if not self.samples:
            fix = f"Names are taken to lie in {self.directory or os.getcwd()!r}: give directory."
            raise DataError("flow_from_dataframe", "names of pictures that exist", "none", fix)
        if class_mode in ("binary", "sparse", "categorical"):
            self.classes = [self._number(label) for label in frame[y_col]]
            self.labels = self.classes
        elif class_mode == "multi_output":
            self.labels = [np.array(frame[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self.labels = frame[y_col].to_numpy()
        self.sample_weight = frame[weight_col].to_numpy() if weight_col else None
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        classes = f" belonging to {len(self.class_indices)} classes" if self.classes is not None else ""
        say(f"Found {self.samples} {'validated ' if validate_filenames else ''}image filenames{classes}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _is_picture(self, name: str) -> bool:
        return name.lower().endswith(ENDINGS) and os.path.isfile(os.path.join(self.directory, name))

    def _number(self, label: Any) -> Any:
        several = isinstance(label, (list, tuple))
        return [self.class_indices[each] for each in label] if several else self.class_indices[label]

    def _with_classes(self, frame: Any, y_col: Any, classes: Any) -> Any:
        """The rows of the classes that count, and those classes' numbers."""
        each = [list(label) if isinstance(label, (list, tuple)) else [label] for label in frame[y_col]]
        wrong = [name for names in each for name in names if not isinstance(name, str)]
        if wrong:
            fix = f"Write frame[{y_col!r}].astype(str), or class_mode='raw' for numbers."
            raise DataError(f"flow_from_dataframe, {y_col}", "names of classes, texts", repr(wrong[0]), fix)
        names = list(dict.fromkeys(classes)) if classes else sorted({name for names in each for name in names})
        if self.class_mode == "binary" and len(names) != 2:
            fix = "Use class_mode='sparse' or 'categorical'."
            raise DataError("flow_from_dataframe, class_mode='binary'", "two classes", f"{len(names)}: {names}", fix)
        self.class_indices = {name: number for number, name in enumerate(names)}
        return frame[[set(labels) <= set(names) for labels in each]]
