"""A folder in the layout of an unpacked ``.keras`` file, read like the archive itself."""

from __future__ import annotations

import os
import stat
from typing import Any, BinaryIO

from hornbeam.core.errors import FileError
from hornbeam.saving.archive import AGAIN, open_file

_MOST_FILES = 10_000


class Folder:
    """A folder, read member by member. Links in it are passed over, so that nothing outside of it is read.

    Args:
        path: the folder.
        only: names of files that are read besides ``.weights.h5``; all when None.
    """

    def __init__(self, path: Any, only: list[str] | None = None):
        self.path = os.fspath(path)
        self._sizes: dict[str, int] = {}
        for place, folders, names in os.walk(self.path, followlinks=False):
            if only is not None:
                folders.clear()
                names = [name for name in names if name in only or name.endswith(".weights.h5")]
            for name in names:
                full = os.path.join(place, name)
                status = os.lstat(full)
                if stat.S_ISREG(status.st_mode):
                    self._sizes[os.path.relpath(full, self.path).replace(os.sep, "/")] = status.st_size
            if len(self._sizes) > _MOST_FILES:
                raise FileError(self.path, f"a folder of at most {_MOST_FILES:,} files", "more", AGAIN)
        self.size = sum(self._sizes.values())

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def names(self, beginning: str, end: str) -> list[str]:
        """The names of files that begin and end so."""
        return [name for name in self._sizes if name.startswith(beginning) and name.endswith(end)]

    def read(self, name: str, most: int) -> bytes:
        """The bytes of one file.

        Raises:
            FileError: there is no such file, or it is too large.
        """
        file, _ = self.opened(name, most)
        with file:
            return file.read(most + 1)[:most]

    def opened(self, name: str, most: int) -> tuple[BinaryIO, int]:
        """One file, open for reading, and its length; the arguments and errors are those of ``read``."""
        where = f"{self.path}, {name}"
        if name not in self._sizes:
            raise FileError(where, "a file of this name", "none", AGAIN)
        if self._sizes[name] > most:
            raise FileError(
                where,
                f"at most {most:,} bytes",
                f"{self._sizes[name]:,}",
                "If the file is your own, allow more with load_model(…, max_bytes=…).",
            )
        return open_file(os.path.join(self.path, name)), self._sizes[name]
