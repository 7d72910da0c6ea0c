"""Whole tar and zip archives unpacked into a folder, of which no member leaves it."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from hornbeam.core.errors import FileError
from hornbeam.datasets.archive import LIMIT, fault_of_member, fault_of_name

RATIO = 100  # an archive may unfold to so many times its own size: texts come to 10, pictures to 1
_OVERHEAD = 512  # what a member costs at least, so that a million empty files count too
_STEP = 1 << 16
_HEADER = 1 << 20
_MAGIC: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_DAMAGED = (
    *(EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile),
    *(RuntimeError, NotImplementedError, ValueError),  # of zip: a password, an unknown method; of a name
)


class _Member(NamedTuple):
    """One member: its name, its size, its content (None for a folder), and what is wrong with it."""

    name: str
    size: int
    content: IO[bytes] | None
    fault: str | None


class _Careful:
    """The unfolded bytes of a tar archive, of which no header may ask for many at once.

    A long name or a list of properties is read as a whole before the member that it belongs to can be looked at.
    """

    def __init__(self, path: str):
        with open(path, "rb") as stream:
            start = stream.read(6)
        unfolds = next((each for magic, each in _MAGIC.items() if start.startswith(magic)), open)
        self.path, self._stream = path, unfolds(path, "rb")
        self.tell, self.seek, self.close = self._stream.tell, self._stream.seek, self._stream.close

    def read(self, size: int) -> bytes:
        if size > _HEADER:
            raise FileError(
                self.path, f"headers of at most {_HEADER} bytes", f"one of {size}", "Do not trust this file: delete it."
            )
        content: bytes = self._stream.read(size)
        return content


@contextlib.contextmanager
def _opened_tar(path: str) -> Iterator[tuple[_Careful, tarfile.TarFile]]:
    with (
        contextlib.closing(_Careful(path)) as stream,
        tarfile.open(fileobj=stream, mode="r:") as archive,  # type: ignore[call-overload]
    ):
        yield stream, archive


def _is_tar(path: str) -> bool:
    try:
        with _opened_tar(path):
            return True
    except _DAMAGED:
        return False


def _tar_members(path: str) -> Iterator[_Member]:
    with _opened_tar(path) as (stream, archive):
        for each in archive:
            fault = fault_of_member(each)
            content = None if fault or each.isdir() else archive.extractfile(each)
            yield _Member(each.name, each.size, content, fault)
        while rest := stream.read(_STEP):  # the compression's checksum comes last
            yield _Member(".", len(rest), None, None)


def _zip_members(path: str) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as archive:
        for each in archive.infolist():
            kind = stat.S_IFMT(each.external_attr >> 16)
            fault = fault_of_name(each.filename)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                fault = f"a link or a device, {each.filename!r}"
            if each.is_dir() or fault:
                yield _Member(each.filename, 0, None, fault)
                continue
            with archive.open(each) as content:
                yield _Member(each.filename, each.file_size, content, None)


_FORMATS = {"tar": (_is_tar, _tar_members), "zip": (zipfile.is_zipfile, _zip_members)}


def format_of(path: str | os.PathLike[str], formats: Sequence[str] = ("tar", "zip")) -> str | None:
    """Which of the formats a file has, None for none of them.

    Example:
        >>> path = os.path.join(tempfile.mkdtemp(), "one.zip")
        >>> with zipfile.ZipFile(path, "w") as archive:
        ...     archive.writestr("hello", "hi")
        >>> format_of(path)
        'zip'
    """
    return next((name for name in formats if _FORMATS[name][0](os.fspath(path))), None)


def unpack(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    formats: Sequence[str] = ("tar", "zip"),
    limit: int | None = None,
) -> None:
    """Unpacks an archive into a folder, or nothing of it.

    Members are written beside the folder first and moved when all of them are there. Files get names and contents
    only: no owners, no rights, no times. Files of the folder that bear the same names are replaced.

    Args:
        path: the archive.
        folder: made where it is not there.
        formats: which formats are tried, of ``"tar"`` (plain or compressed by gzip, bzip2 or xz) and ``"zip"``.
        limit: the most bytes that all members together may take; None for a GiB, or a hundred times the archive's
            own size where that is more.

    Raises:
        FileError: it is no archive of these formats, truncated, or holds a link, a device, an absolute name, a name
            with ``..``, or more than ``limit``. The folder is as it was.

    Example:
        >>> folder = tempfile.mkdtemp()
        >>> with zipfile.ZipFile(os.path.join(folder, "one.zip"), "w") as archive:
        ...     archive.writestr("inner/hello", "hi")
        >>> unpack(os.path.join(folder, "one.zip"), os.path.join(folder, "one"))
        >>> Path(folder, "one", "inner", "hello").read_text()
        'hi'
    """
    path, folder = os.fspath(path), Path(folder)
    found = format_of(path, formats)
    if found is None:
        raise FileError(
            path, f"an archive of the format {' or '.join(formats)}", "another file", "Leave extract out to keep it."
        )
    limit = max(LIMIT, RATIO * os.path.getsize(path)) if limit is None else limit
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = folder if folder.exists() else folder.parent
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:100]}-", suffix=".part", dir=place))
    try:
        _write(path, found, beside, limit)
        if folder.exists():
            try:
                _move_into(beside, folder)
            except OSError as error:  # a folder where a file is to be, or a file where a folder is
                raise FileError(path, f"room in {folder}", error, "Move away what is in the way.") from None
            os.utime(folder)
        else:
            beside.chmod(0o777 & ~_mask())
            beside.rename(folder)
    finally:
        with contextlib.suppress(FileNotFoundError):  # renamed
            shutil.rmtree(beside)


def _move_into(beside: Path, folder: Path) -> None:
    """Moves files to their places; one takes the place of a file or link of its name, and never follows a link."""
    for each in sorted(beside.iterdir()):
        target = folder / each.name
        if each.is_dir() and target.is_dir() and not target.is_symlink():
            _move_into(each, target)
        elif each.is_dir() and not os.path.lexists(target):
            each.rename(target)
        else:
            os.replace(each, target)


def _mask() -> int:
    """The rights that new folders do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write(path: str, found: str, folder: Path, limit: int) -> None:
    total = 0
    try:
        for member in _FORMATS[found][1](path):
            total += _OVERHEAD + member.size
            fault = member.fault or (f"more than {limit} bytes" if total > limit else None)
            if fault:
                raise FileError(path, "plain files with relative names", fault, "Do not trust this file: delete it.")
            target = folder.joinpath(*PurePosixPath(member.name.replace("\\", "/")).parts)
            if member.content is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as stream:
                shutil.copyfileobj(member.content, stream, _STEP)
    except FileError:
        raise
    except (OSError, *_DAMAGED) as error:
        raise FileError(path, f"a whole {found} archive", error, "Delete the file and load it again.") from None
