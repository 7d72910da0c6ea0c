"""Listing: the files of a directory with the classes that its folders stand for, in Keras's order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownNameError
from hornbeam.core.registry import did_you_mean

SUBSETS = ("training", "validation")


def labelled_files(
    directory: Any,
    labels: Any,
    label_mode: str | None,
    class_names: Sequence[str] | None,
    extensions: Sequence[str],
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
    follow_links: bool,
) -> tuple[list[str], list[int] | None, list[str] | None]:
    """The files of a directory, their class numbers and the classes' names.

    Files are sorted by name within each class, classes by name. ``shuffle`` permutes them as
    ``numpy.random.RandomState(seed)`` does, and the validation part is the end of what results, so that both parts
    of one seed share no file.

    Args:
        directory: a folder; with ``labels="inferred"`` one folder in it for each class.
        labels: ``"inferred"``, None for no labels, or a class number for each file, in the order of sorted paths.
        label_mode: ``"int"``, ``"categorical"``, ``"binary"``, or None for no labels.
        class_names: the folders to read, in the order of their class numbers; all, sorted, when None.
        extensions: endings of the files that count, in lower case, with the dot.
        shuffle: whether to permute the files.
        seed: of the permutation; needed when a part is asked for.
        validation_split: the share of the files that is the validation part.
        subset: ``"training"`` or ``"validation"``, with ``validation_split``.
        follow_links: whether to enter folders that are links.

    Raises:
        FileError: no such folder.
        DataError: no file in it, or another number of labels than of files.
    """
    where = f"directory {os.fspath(directory)!r}"
    _check(labels, label_mode, class_names, shuffle, seed, validation_split, subset)
    if not os.path.isdir(directory):
        raise FileError(where, "a folder that exists", "none", f"The working folder is {os.getcwd()!r}.")
    root = os.fspath(directory)
    inferred = isinstance(labels, str)
    names = _folders(root, where, class_names) if inferred else [""]
    paths, found = [], []
    for number, name in enumerate(names):
        inside = _files(os.path.join(root, name) if name else root, tuple(extensions), follow_links)
        paths += inside
        found += [number] * len(inside)
    if not paths:
        looked = ", ".join(extensions) + (" in a folder for each class" if inferred else "")
        fix = "Check the path, or pass labels=None for files that lie in no folders of classes."
        raise DataError(where, f"files ending in {looked}", "none", fix)
    if not inferred and labels is not None and len(labels) != len(paths):
        raise DataError(f"{where}, labels", f"one for each of {len(paths)} files", len(labels), "Sort them by path.")
    numbers: list[int] | None = found if inferred else None if labels is None else [int(each) for each in labels]
    if numbers is not None and not inferred:
        names = [str(each) for each in sorted(set(numbers))]
    if shuffle:
        state = seed if seed is not None else np.random.randint(10**6)
        np.random.RandomState(state).shuffle(paths)
        if numbers is not None:
            np.random.RandomState(state).shuffle(numbers)
    if numbers is None or label_mode is None:
        numbers = None
    if label_mode == "binary" and numbers is not None and len(names) != 2:
        raise DataError(
            f"{where}, label_mode='binary'", "two classes", f"{len(names)}: {names}", "Use label_mode='int'."
        )
    part = slice(None)
    if validation_split:
        held = int(validation_split * len(paths))
        if held in (0, len(paths)):
            got = f"{validation_split} of {len(paths)} files"
            raise DataError(f"{where}, validation_split", "files in both parts", got, "Choose another share.")
        part = slice(None, -held) if subset == "training" else slice(-held, None)
    return paths[part], None if numbers is None else numbers[part], None if labels is None else names


def _check(labels: Any, label_mode: Any, names: Any, shuffle: bool, seed: Any, split: Any, subset: Any) -> None:
    if label_mode not in ("int", "categorical", "binary", None):
        modes = ["int", "categorical", "binary"]
        raise UnknownNameError(
            "label_mode",
            "'int', 'categorical', 'binary' or None",
            repr(label_mode),
            did_you_mean(str(label_mode), modes),
        )
    if isinstance(labels, str) and labels != "inferred":
        raise ArgumentError("labels", "'inferred', None or a list of class numbers", repr(labels), "Leave it out.")
    if names is not None and not isinstance(labels, str):
        fix = "Leave one of the two out."
        raise ArgumentError("class_names", "labels='inferred' beside it", f"labels={type(labels).__name__}", fix)
    if split is not None and split != 0 and not 0 < split < 1:
        raise ArgumentError("validation_split", "a share above 0 and below 1", split, "Write for example 0.2.")
    if bool(split) != (subset is not None):
        got = f"validation_split={split} and subset={subset!r}"
        raise ArgumentError("subset", "validation_split and subset together, or neither", got, "Give both.")
    if subset is not None and subset not in SUBSETS:
        fix = did_you_mean(str(subset), list(SUBSETS))
        raise UnknownNameError("subset", "'training' or 'validation'", repr(subset), fix)
    if split and shuffle and seed is None:
        fix = "Pass the same seed to both calls, so that the two parts share no file."
        raise ArgumentError("seed", "a number where files are shuffled and split", "None", fix)


def _folders(root: str, where: str, class_names: Sequence[str] | None) -> list[str]:
    """The classes' folders."""
    there = [
        name
        for name in sorted(os.listdir(root))
        if os.path.isdir(os.path.join(root, name)) and not name.startswith(".")
    ]
    if class_names is None:
        return there
    missing = [name for name in class_names if name not in there]
    if missing:
        fix = did_you_mean(missing[0], there) if there else "There is no folder in it."
        raise DataError(f"{where}, class_names", f"names of folders in it: {there}", repr(missing[0]), fix)
    return list(class_names)


def _files(folder: str, extensions: tuple[str, ...], follow_links: bool) -> list[str]:
    """Files with these endings in a folder and the folders in it, sorted."""
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda each: each[0])
    return [
        os.path.join(here, name)
        for here, _, files in walked
        for name in sorted(files)
        if name.lower().endswith(extensions)
    ]
