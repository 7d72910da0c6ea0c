"""Data sets from directories of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.data.batched import Batched
from hornbeam.data.listing import Labelled, labelled_files


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
    *,
    encoding: str = "utf-8",
) -> Any:
    """Texts from ``.txt`` files, in a folder for each class, in batches of ``(texts, labels)``.

    Files are read when their batch is asked for. The data set can be walked through again and again, has a length, and
    ``map(function)`` and ``take(count)``.

    Args:
        directory: the folder of the classes' folders.
        labels: ``"inferred"`` from the folders; None for none; or a whole number for each file, in the order of their
            paths.
        label_mode: ``"int"`` numbers ``(batch,)``; ``"binary"`` 0 or 1, ``(batch, 1)`` in float32; ``"categorical"``
            one-hot rows ``(batch, classes)``; None for texts alone.
        class_names: the folders to take, which numbers the classes; all in alphabetical order when None.
        batch_size: texts in a batch; None gives single ones.
        max_length: longer texts are cut to so many characters.
        shuffle: whether the texts come in another order in each epoch.
        seed: makes the orders repeatable; a split of shuffled texts needs one.
        validation_split: what share of the files is kept for validation.
        subset: ``"training"`` or ``"validation"``: which side; ``"both"`` gives a list of two data sets.
        follow_links: whether links to folders are followed.
        format: accepted for Keras's sake.
        verbose: whether the numbers of files and classes are printed.
        encoding: how the files are written.

    Returns:
        A data set with ``class_names`` and ``file_paths``. Texts are an array of type object.

    Raises:
        FileError: there is no such directory; or, when it is read, a file is not in the encoding: the file and the
            number of the wrong byte are named.
        DataError: the directory has no such files.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name, text in {"ham": "See you at noon.", "spam": "Win cash now!"}.items():
        ...     (folder / name).mkdir()
        ...     _ = (folder / name / "1.txt").write_text(text)
        >>> mails = text_dataset_from_directory(folder, shuffle=False)
        Found 2 files belonging to 2 classes.
        >>> mails.class_names, list(mails)
        (['ham', 'spam'], [(array(['See you at noon.', 'Win cash now!'], dtype=object), array([0, 1], dtype=int32))])
    """
    where = "text_dataset_from_directory"
    batch_size = checked(integer(1, optional=True), batch_size, f"{where}, batch_size")
    max_length = checked(integer(1, optional=True), max_length, f"{where}, max_length")
    sides = ["training", "validation"] if subset == "both" else [subset]
    made = []
    for side in sides:
        listed = labelled_files(
            directory,
            labels,
            label_mode,
            class_names,
            (".txt",),
            shuffle,
            seed,
            validation_split,
            side,
            follow_links,
        )
        if verbose:
            _report(listed, side)
        mixed = shuffle and not (subset == "both" and side == "validation")
        made.append(_texts(listed, batch_size, max_length, mixed, seed, encoding))
    return made if subset == "both" else made[0]


def _texts(
    listed: Labelled, batch_size: int | None, max_length: int | None, shuffle: bool, seed: int | None, encoding: str
) -> Batched:
    def read(numbers: np.ndarray) -> Any:
        texts = np.empty(len(numbers), object)
        for place, number in enumerate(numbers.tolist()):
            texts[place] = read_text(listed.paths[number], encoding)[:max_length]
        return texts if listed.labels is None else (texts, listed.labels[numbers])

    dataset = Batched(read, len(listed.paths), batch_size, shuffle, seed)
    dataset.class_names, dataset.file_paths = listed.class_names, listed.paths
    return dataset


def _report(listed: Labelled, side: str | None) -> None:
    classes = "" if listed.class_names is None else f" belonging to {len(listed.class_names)} classes"
    print(f"Found {len(listed.paths)} files{classes}{'' if side is None else f' for {side}'}.")


def read_text(path: str, encoding: str = "utf-8") -> str:
    """A file's text.

    Raises:
        FileError: it cannot be read, or is not in the encoding; the number of the wrong byte is named.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise FileError(path, "a file that can be read", error.strerror or str(error), "Check its rights.") from error
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileError(
            path,
            f"text in {encoding}",
            f"byte 0x{data[error.start]:02x} at offset {error.start}",
            "Save it in UTF-8, or name its encoding: encoding='latin-1'.",
        ) from None
    except LookupError:
        raise ArgumentError(
            "text_dataset_from_directory, encoding", "an encoding", encoding, "Write 'utf-8'."
        ) from None
