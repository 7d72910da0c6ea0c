"""Atomic writes: a file is written beside its target and renamed, so that the target is the old file or the new."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

from hornbeam.core.errors import FileError


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Gives a temporary path in the target's folder; renames it to the target when the block ends well.

    Args:
        path: the target.

    Raises:
        FileError: the folder is missing, the disk is full, or writing failed otherwise; the old file is whole.
    """
    target = os.path.abspath(os.fspath(path))
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".hornbeam-", suffix=".part")
        os.close(handle)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            f"writing {target}",
            "a folder with room and the right to write",
            f"{error.strerror or error}",
            "Free space or choose another folder; the file that was there before is whole.",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.remove(temporary)
