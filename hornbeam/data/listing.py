"""Files in the folders of classes, with their labels: what data sets from directories begin with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownNameError
from hornbeam.core.random import next_seed
from hornbeam.core.registry import did_you_mean

LABEL_MODES = ("int", "binary", "categorical")
SUBSETS = ("training", "validation")


class Labelled(NamedTuple):
    """Paths of files, their labels as ``label_mode`` asks (None without labels), and the classes' names."""

    paths: list[str]
    labels: np.ndarray | None
    class_names: list[str] | None


def labelled_files(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    extensions: tuple[str, ...] = (".txt",),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
) -> Labelled:
    """The files of a directory with one folder for each class, and their labels.

    For one seed the order, and so the split, is that of Keras.

    Args:
        directory: the folder of the classes' folders.
        labels: ``"inferred"`` from the folders; None for none; or a whole number for each file, in the order of their
            paths, and then the folders mean nothing.
        label_mode: ``"int"`` numbers ``(files,)`` in int32; ``"binary"`` 0 or 1, ``(files, 1)`` in float32;
            ``"categorical"`` one-hot rows ``(files, classes)`` in float32; None for no labels.
        class_names: the folders to take, which numbers the classes; all in alphabetical order when None.
        extensions: what names of files may end in, lower case.
        shuffle: whether the files are mixed, before they are split.
        seed: makes the order repeatable; a split of shuffled files needs one.
        validation_split: what share of the files is kept for validation: the last ones.
        subset: ``"training"`` or ``"validation"``: which side of the split.
        follow_links: whether links to folders are followed.

    Raises:
        FileError: there is no such directory.
        DataError: it has no files of the kind, or another number of them than there are labels.
        ArgumentError: arguments that contradict each other.
    """
    where = os.fspath(directory)
    if labels is None or label_mode is None:
        labels = label_mode = None
    _check_arguments(where, labels, label_mode, class_names, shuffle, seed, validation_split, subset)
    if not os.path.isdir(where):
        raise FileError(where, "a directory", "a file" if os.path.exists(where) else "nothing there", "Check its name.")
    folders = _folders(where, class_names) if labels == "inferred" else [""]
    found = [_files(os.path.join(where, folder), extensions, follow_links) for folder in folders]
    paths = [path for files in found for path in files]
    kinds = ", ".join(extensions)
    if not paths:
        raise DataError(
            where,
            f"files that end in {kinds}" + (", in a folder for each class" if labels == "inferred" else ""),
            f"none in {len(folders)} folders" if labels == "inferred" else "none",
            "Check the directory; without classes write labels=None.",
        )
    numbers, names = _numbered(where, labels, found, folders)
    if label_mode == "binary" and len(names or []) != 2:
        raise DataError(f"{where}, label_mode 'binary'", "2 classes", f"{len(names or [])}", "Write label_mode='int'.")
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(next_seed() if seed is None else seed).shuffle(order)
    order = _side(order, validation_split, subset, where)
    chosen = None if numbers is None else _encoded(numbers[order], label_mode, len(names or []))
    return Labelled([paths[number] for number in order.tolist()], chosen, names)


def _check_arguments(
    where: str, labels: Any, label_mode: Any, class_names: Any, shuffle: bool, seed: Any, split: Any, subset: Any
) -> None:
    if isinstance(labels, str) and labels != "inferred":
        raise UnknownNameError(
            f"{where}, labels", "'inferred', None or a list", repr(labels), did_you_mean(labels, ["inferred"])
        )
    if label_mode not in (*LABEL_MODES, None):
        raise UnknownNameError(
            f"{where}, label_mode",
            "'int', 'binary', 'categorical' or None",
            repr(label_mode),
            did_you_mean(str(label_mode), list(LABEL_MODES)),
        )
    if class_names is not None and not isinstance(labels, str):
        raise ArgumentError(
            f"{where}, class_names", "None where labels are not inferred", list(class_names), "Leave them out."
        )
    if subset not in (*SUBSETS, None):
        raise UnknownNameError(
            f"{where}, subset", "'training' or 'validation'", repr(subset), did_you_mean(str(subset), list(SUBSETS))
        )
    if (split is None or split == 0) != (subset is None):
        raise ArgumentError(
            f"{where}, validation_split and subset",
            "both or neither",
            f"{split} and {subset}",
            "Write validation_split=0.2, subset='training'.",
        )
    if split and not 0 < split < 1:
        raise ArgumentError(f"{where}, validation_split", "a share between 0 and 1", split, "Write 0.2.")
    if split and shuffle and seed is None:
        raise ArgumentError(
            f"{where}, seed",
            "a seed, so that both sides of the split are cut alike",
            "None",
            "Write seed=0 for both, or shuffle=False.",
        )


def _folders(where: str, class_names: Sequence[str] | None) -> list[str]:
    there = sorted(entry.name for entry in os.scandir(where) if entry.is_dir() and not entry.name.startswith("."))
    if class_names is None:
        return there
    missing = [str(name) for name in class_names if name not in there]
    if missing:
        raise ArgumentError(
            f"{where}, class_names", "names of folders", ", ".join(missing), did_you_mean(missing[0], there)
        )
    return list(class_names)


def _files(folder: str, extensions: tuple[str, ...], follow_links: bool) -> list[str]:
    """The files in a folder and below it, folder by folder in the order of their names."""
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(root, name)
        for root, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(extensions)
    ]


def _numbered(
    where: str, labels: Any, found: list[list[str]], folders: list[str]
) -> tuple[np.ndarray | None, list[str] | None]:
    """The number of each file's class, and the classes' names."""
    if labels is None:
        return None, None
    if isinstance(labels, str):
        return np.repeat(np.arange(len(folders), dtype=np.int32), [len(files) for files in found]), folders
    numbers = np.asarray(labels)
    if numbers.dtype.kind not in "iu" or numbers.shape != (len(found[0]),):
        raise DataError(
            f"{where}, labels",
            f"a whole number for each of {len(found[0])} files",
            f"{numbers.dtype} of shape {numbers.shape}",
            "Give them in the order of the files' paths.",
        )
    return numbers.astype(np.int32), [str(number) for number in sorted(set(numbers.tolist()))]


def _side(order: np.ndarray, split: float | None, subset: str | None, where: str) -> np.ndarray:
    if not split:
        return order
    kept = int(split * len(order))
    if kept in (0, len(order)):
        raise DataError(
            f"{where}, validation_split",
            "a share that leaves files on both sides",
            f"{split} of {len(order)} files",
            "Choose another.",
        )
    return order[:-kept] if subset == "training" else order[-kept:]


def _encoded(numbers: np.ndarray, label_mode: str | None, classes: int) -> np.ndarray:
    if label_mode == "binary":
        return numbers.astype(np.float32)[:, None]
    if label_mode == "categorical":
        return (numbers[:, None] == np.arange(classes)).astype(np.float32)
    return numbers
