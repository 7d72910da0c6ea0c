"""``get_file``: a file of the user's choice, fetched once, kept, and unpacked where it is an archive."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.datasets.download import checksum, download
from hornbeam.datasets.folders import cache_folder, keras_folders
from hornbeam.datasets.unpacking import unpack

_WHERE = "utils.get_file"
_DIGITS = {"md5": 32, "sha256": 64}
LIMIT = 1 << 36  # 64 GiB; whose file it is knows how large it may be


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike[str] = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """The path of a file from an address: fetched on the first call, found in the cache afterwards.

    Args:
        fname: its name on this machine; None takes the last part of the address.
        origin: the address: ``https://…``, ``http://…`` or ``file://…``.
        untar: the older word for ``extract``, of tar archives alone.
        md5_hash: the older word for ``file_hash``.
        file_hash: the md5 or sha256 that the file must have, in hexadecimal. A file in the cache with another one is
            fetched anew.
        cache_subdir: folder within the cache; an absolute one stands for itself.
        hash_algorithm: ``"md5"``, ``"sha256"``, or ``"auto"``, which counts the digits.
        extract: whether the file is an archive that is to be unpacked.
        archive_format: ``"tar"`` (also compressed by gzip, bzip2 or xz), ``"zip"``, a list of them, or ``"auto"`` for
            both.
        cache_dir: the cache; ``HORNBEAM_HOME``, or ``~/.cache/hornbeam``, when None.
        force_download: whether what is in the cache is passed over.

    Returns:
        The file's path. Of an archive the path of the folder: called like ``fname`` where that has no full stop, and
        else like its part before the first one, with ``_extracted``. A folder that is newer than the archive is left
        as it is.

    Raises:
        ArgumentError: there is no origin, a name would leave the cache, or an argument is none of its words.
        DataError: the file cannot be fetched; the message says where to put it.
        FileError: the checksum differs, or the archive is damaged or holds what would leave the folder.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "there.txt").write_text("one")
        >>> path = get_file("here.txt", (folder / "there.txt").as_uri(), cache_dir=folder)
        >>> os.path.relpath(path, folder), Path(path).read_text()
        ('datasets/here.txt', 'one')

    Differs:
        Keras's cache is ``KERAS_HOME``, or ``~/.keras``. Hornbeam looks for the file there too, and writes only into
        its own. Keras leaves members out that would leave the folder; here nothing of such an archive is unpacked,
        nor of one with links.
    """
    address, unpacks = _address(origin), extract or untar
    given = _plain_name(fname, address)
    name, folder_name = _names(given, fname is not None) if unpacks else (given, "")
    formats = _formats("tar" if untar else archive_format) if unpacks else []
    digest = _digest(md5_hash, file_hash, hash_algorithm)
    target = own_folder(cache_dir, cache_subdir) / name
    places = [target]
    if cache_dir is None:
        places += [folder.parent / cache_subdir / name for folder in keras_folders()]
    path = _kept(places, digest) if not force_download else None
    if path is None:
        download(address, target, digest, _WHERE, LIMIT)
        path = target
    if not unpacks:
        return str(path)
    unpacked = target.with_name(folder_name)
    if not unpacked.is_dir() or unpacked.stat().st_mtime_ns <= path.stat().st_mtime_ns:
        unpack(path, unpacked, formats)
    return str(unpacked)


def _kept(places: list[Path], digest: str | None) -> Path | None:
    """The first of the places that holds the file, None where none does."""
    there = (each for each in places if each.is_file())
    return next((each for each in there if digest is None or checksum(each, digest) == digest), None)


def own_folder(cache_dir: Any, cache_subdir: Any) -> Path:
    """The folder in which ``get_file`` keeps what it fetches."""
    base = cache_folder().parent if cache_dir is None else Path(os.path.expanduser(cache_dir))
    return base / cache_subdir


# -- arguments -------------------------------------------------------------------------------------------------------


def _address(origin: Any) -> str:
    scheme = urllib.parse.urlsplit(origin).scheme if isinstance(origin, str) else None
    if scheme not in ("http", "https", "file"):
        raise ArgumentError(
            f"{_WHERE}, origin", "an address that begins with https://, http:// or file://", repr(origin),
            "Write get_file(name, 'https://…').",
        )  # fmt: skip
    return origin


def _plain_name(fname: Any, address: str) -> str:
    """The name of the file in its folder, which neither the address nor the caller can leave by it."""
    name = os.fspath(fname) if fname else urllib.parse.urlsplit(address).path.rpartition("/")[2]
    if name in ("", ".", "..") or any(each in name for each in "/\\:\0"):
        if fname:
            fix = "Give the folder as cache_dir, and cache_subdir=''."
        else:
            fix = "The address has no such name at its end: give fname=."
        raise ArgumentError(f"{_WHERE}, fname", "a plain file name", repr(name), fix)
    return name


def _names(name: str, given: bool) -> tuple[str, str]:
    """The names of an archive and of the folder with its members, as Keras 3 has them."""
    stem = name.partition(".")[0]
    if given and stem != name:
        return name, f"{stem}_extracted"
    return f"{name}_archive", name


def _formats(archive_format: Any) -> Sequence[str]:
    known = {"auto": ["tar", "zip"], "tar": ["tar"], "zip": ["zip"]}
    formats = known.get(archive_format) if isinstance(archive_format, str) else archive_format
    if not formats or not set(formats) <= {"tar", "zip"}:
        raise ArgumentError(
            f"{_WHERE}, archive_format", "'auto', 'tar', 'zip' or a list of them", repr(archive_format),
            "Leave extract out for other files.",
        )  # fmt: skip
    return list(formats)


def _digest(md5_hash: Any, file_hash: Any, algorithm: str) -> str | None:
    if md5_hash is not None and file_hash is None:
        file_hash, algorithm = md5_hash, "md5"
    if algorithm not in ("auto", *_DIGITS):
        raise ArgumentError(f"{_WHERE}, hash_algorithm", "'auto', 'md5' or 'sha256'", repr(algorithm), "Leave it out.")
    if file_hash is None:
        return None
    lengths = list(_DIGITS.values()) if algorithm == "auto" else [_DIGITS[algorithm]]
    text = str(file_hash).lower()
    if len(text) not in lengths or not set(text) <= set("0123456789abcdef"):
        digits = " or ".join(map(str, lengths))
        raise ArgumentError(
            f"{_WHERE}, file_hash", f"{digits} hexadecimal digits", repr(file_hash), "Take what sha256sum prints."
        )
    return text
