"""Atomic writes: a file is written beside its target and renamed, so that the target is the old file or the new."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator

from hornbeam.core.errors import FileError

_WHY = {
    errno.ENOSPC: ("room on the disk", "Free space, or choose a folder on another disk"),
    errno.EDQUOT: ("room in your quota", "Free space, or choose a folder on another disk"),
    errno.EFBIG: ("a file size that the system allows", "Raise the limit (ulimit -f), or choose another disk"),
    errno.ENOENT: ("a folder that exists", "Make it first: os.makedirs(folder, exist_ok=True)"),
    errno.ENOTDIR: ("a folder that exists", "Choose another name: a part of this one is a file"),
    errno.EISDIR: ("the name of a file", "Add a name after the folder"),
    errno.EACCES: ("the right to write there", "Choose another folder, or ask for the right"),
    errno.EPERM: ("the right to write there", "Choose another folder, or ask for the right"),
    errno.EROFS: ("a disk that can be written", "Choose another folder"),
}


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Gives a temporary path in the target's folder; renames it to the target when the block ends well.

    When the block ends with an error, the temporary file is removed and the target is as it was. A process that is
    killed leaves the target whole as well, and at worst a temporary file ``.<name>.….part`` beside it.

    Args:
        path: the target. A symbolic link is followed; an existing file's permissions are kept.

    Raises:
        FileError: the folder is missing, the disk is full, or writing failed otherwise.

    Example:
        >>> import tempfile, pathlib
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "notes.txt"
        >>> with replacing(target) as temporary:
        ...     count = pathlib.Path(temporary).write_text("whole or not at all")
        >>> target.read_text()
        'whole or not at all'
    """
    target = os.path.realpath(os.fspath(path))
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        try:
            _create(temporary, target)
            yield temporary
            _settle(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(temporary)
            raise
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise _explained(error, path, os.path.exists(target)) from error


def _create(temporary: str, target: str) -> None:
    """An empty file with the permissions of the one that it replaces, or those of any new file."""
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    if os.path.exists(target):
        os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))


def _settle(temporary: str, target: str) -> None:
    """Sees the bytes on the disk before the name moves, and the name as well, where the system can."""
    with open(temporary, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(temporary, target)
    with contextlib.suppress(OSError):  # folders cannot be opened everywhere
        handle = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _explained(error: OSError, path: str | os.PathLike[str], existed: bool) -> FileError:
    expected, fix = _WHY.get(error.errno or 0, ("a file that can be written", "Choose another name or folder"))
    kept = "; the file that was there is as it was." if existed and error.errno != errno.EISDIR else "."
    return FileError(f"writing {os.fspath(path)}", expected, error.strerror or str(error) or "an error", fix + kept)
