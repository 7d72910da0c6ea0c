"""Data sets from directories of files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.data.folder import FolderDataset, folder_datasets
from hornbeam.data.listing import labelled_files


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
    on_error: str = "raise",
) -> Any:
    """Texts from ``.txt`` files, in a folder for each class, in batches of ``(texts, labels)``.

    Files are read in threads, ahead of the batch that is used. The data set can be gone through again and again, has a
    length, and the methods of ``Dataset``: ``map``, ``take``, ``skip``, ``shuffle``, ``batch``, ``unbatch``,
    ``repeat``, ``cache`` and ``prefetch``.

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
        on_error: ``"raise"`` refuses a damaged file; ``"skip"`` leaves it out, with a warning that names it.

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
    return folder_datasets(
        partial(TextFolder, max_length, encoding, batch_size=batch_size, on_error=on_error),
        partial(
            labelled_files, directory, labels, label_mode, class_names, (".txt",),
            validation_split=validation_split, follow_links=follow_links,
        ),
        shuffle, seed, subset, verbose,
    )  # fmt: skip


class TextFolder(FolderDataset):
    """Texts read from files; see ``text_dataset_from_directory``."""

    def __init__(self, max_length: int | None, encoding: str, **words: Any):
        super().__init__(**words)
        self._max_length, self._encoding = max_length, encoding

    def read(self, path: str) -> str:
        return read_text(path, self._encoding)[: self._max_length]

    def joined(self, rows: list[Any]) -> Any:
        texts = np.empty(len(rows), object)
        texts[:] = rows
        return texts


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
