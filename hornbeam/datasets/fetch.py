"""Find a data set's file on this machine, or fetch it.

Places, in this order; a file counts only with the right checksum:

1. ``$HORNBEAM_DATA``;
2. Hornbeam's cache folder (``folders.py``), the only one written to;
3. ``$KERAS_HOME/datasets`` and ``~/.keras/datasets``, where Keras may have left it;
4. its address.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from hornbeam.datasets.download import checksum, download
from hornbeam.datasets.folders import cache_folder, data_folder, keras_folders, own_file

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched.

    Args:
        name: its name on this machine; nothing is ever named by a server.
        address: where it comes from.
        digest: sha256 or md5, as Keras publishes it.
        folder: the folder within a data sets folder, for sets of several files.
        keras_names: other names under which Keras has kept the same file.

    Example:
        >>> RemoteFile("imdb.npz", KERAS + "imdb.npz", 64 * "0").name
        'imdb.npz'
    """

    name: str
    address: str
    digest: str
    folder: str = ""
    keras_names: tuple[str, ...] = ()


def _candidates(file: RemoteFile, target: Path) -> Iterator[Path]:
    own = data_folder()
    if own is not None:
        yield own / file.folder / file.name
    yield target
    for folder in keras_folders():
        for name in (file.name, *file.keras_names):
            yield folder / file.folder / name


def _is_the_file(path: Path, digest: str) -> bool:
    try:
        return path.is_file() and checksum(path, digest) == digest
    except OSError:
        return False


def fetch(file: RemoteFile, where: str, path: str | os.PathLike[str] | None = None) -> Path:
    """The path of a whole copy of ``file`` on this machine.

    Args:
        file: which.
        where: the function that the user called, for errors.
        path: the user's ``path=``: a plain name renames the copy in the cache; an absolute path to an existing file is
            taken as it is, without a checksum, being the user's own; an absolute path to nothing is where the file
            goes.

    Raises:
        DataError: when the file is nowhere and cannot be fetched; the message says what to put where.
        FileError: when what was fetched is not the file.
        ArgumentError: for a relative ``path`` with folders in it.
    """
    own = None if path is None else own_file(path, where)
    if own is not None and own.is_file():
        return own
    name = file.name if path is None else os.fspath(path)
    target = own or cache_folder() / file.folder / name
    for candidate in _candidates(file, target):
        if _is_the_file(candidate, file.digest):
            return candidate
    download(file.address, target, file.digest, where)
    return target
