"""Archives (zip files) from strangers: members are read by their exact names, into memory, within a limit."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from typing import Any, BinaryIO

from hornbeam.core.errors import FileError

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)
_HEADER, _NAME_LENGTHS = 30, 26  # of what stands before a member: its length, and where it says how long its names are
_PIECE = 2**20  # bytes that are compared with a checksum together
AGAIN = "Get the file again from its source, or save the model again."


class Archive:
    """A zip file, opened for reading. Nothing is unpacked to the disk, and no name in it is used as a path.

    Args:
        path: the file.

    Raises:
        FileError: it is missing, or no zip file, or cut off.
    """

    def __init__(self, path: Any):
        self.path = os.fspath(path)
        self._file = open_file(self.path)
        self.size = os.fstat(self._file.fileno()).st_size
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._members = self._zip.infolist()
        except _DAMAGE as error:
            self._file.close()
            raise FileError(self.path, "a whole zip archive, as .keras files are", str(error), AGAIN) from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()
        self._file.close()

    def names(self, beginning: str, end: str) -> list[str]:
        """The exact names of members that begin and end so."""
        names = (member.filename for member in self._members)
        return [name for name in names if name.startswith(beginning) and name.endswith(end)]

    def read(self, name: str, most: int) -> bytes:
        """The bytes of one member, checked against its checksum.

        Args:
            name: the member's exact name.
            most: the largest size that is accepted.

        Raises:
            FileError: there is no such member, or two; it is too large, or damaged.
        """
        member, where = self._member(name, most), f"{self.path}, {name}"
        try:
            with self._zip.open(member) as stream:
                data = stream.read(member.file_size + 1)
                rest = stream.read(1)  # the checksum is compared when the end is met
        except _DAMAGE as error:
            raise FileError(where, "an undamaged member", str(error) or type(error).__name__, AGAIN) from error
        if len(data) != member.file_size or rest:
            raise FileError(where, f"{member.file_size:,} bytes, as it declares", f"{len(data):,} or more", AGAIN)
        return data

    def opened(self, name: str, most: int) -> tuple[io.RawIOBase | BinaryIO, int]:
        """One member as a file to seek in, and its length; the arguments and errors are those of ``read``.

        What is stored as it is, as weights are, is compared with its checksum piece by piece and not held in memory.
        """
        member, where = self._member(name, most), f"{self.path}, {name}"
        if member.compress_type != zipfile.ZIP_STORED:
            return io.BytesIO(self.read(name, most)), member.file_size
        checksum, length = 0, 0
        try:
            self._zip.open(member).close()  # refuses what is encrypted, or has another name where it lies
            self._file.seek(member.header_offset + _NAME_LENGTHS)
            start = member.header_offset + _HEADER + sum(struct.unpack("<HH", self._file.read(4)))
            self._file.seek(start)
            while piece := self._file.read(min(_PIECE, member.compress_size - length)):
                checksum, length = zlib.crc32(piece, checksum), length + len(piece)
        except _DAMAGE as error:
            raise FileError(where, "an undamaged member", str(error) or type(error).__name__, AGAIN) from error
        if not length == member.compress_size == member.file_size:
            raise FileError(where, f"{member.file_size:,} bytes, as it declares", f"{length:,}", AGAIN)
        if checksum != member.CRC:
            raise FileError(where, "an undamaged member", f"Bad CRC-32 for file {name!r}", AGAIN)
        return _Window(self._file, start, length), length

    def _member(self, name: str, most: int) -> zipfile.ZipInfo:
        where = f"{self.path}, {name}"
        found = [member for member in self._members if member.filename == name]
        if len(found) != 1:
            raise FileError(where, "one member of this name", f"{len(found)}", AGAIN)
        member = found[0]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileError(where, "a stored or deflated member", f"method {member.compress_type}", AGAIN)
        if member.file_size > most:
            raise FileError(
                where,
                f"at most {most:,} bytes",
                f"{member.file_size:,} declared",
                "If the file is your own, allow more with load_model(…, max_bytes=…).",
            )
        return member


class _Window(io.RawIOBase):
    """A part of a file that is open, as a file to read from."""

    def __init__(self, file: BinaryIO, start: int, length: int):
        self._file, self._start, self._length, self._place = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._length}[whence])
        return self._place

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")[: max(0, self._length - self._place)]
        self._file.seek(self._start + self._place)
        count = self._file.readinto(view)  # type: ignore[attr-defined]
        self._place += count
        return count


def open_file(path: str) -> io.BufferedReader:
    """Opens a file for reading, or says what is wrong with it."""
    try:
        return open(path, "rb")
    except OSError as error:
        here = os.path.dirname(os.path.abspath(path))
        fix = "Check the name; " + _neighbours(here)
        raise FileError(path, "a file that can be read", error.strerror or str(error), fix) from error


def _neighbours(folder: str) -> str:
    if not os.path.isdir(folder):
        return f"there is no folder {folder}."
    names = sorted(name for name in os.listdir(folder) if name.endswith((".keras", ".h5", ".hdf5")))[:5]
    return f"{folder} has {', '.join(names)}." if names else f"{folder} has no .keras or .h5 file."


def write(target: str, members: dict[str, bytes]) -> None:
    """Writes members, uncompressed and in this order, as Keras does."""
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
