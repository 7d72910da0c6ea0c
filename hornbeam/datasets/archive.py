"""Members of a tar archive, read in memory; nothing is ever written to disk."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from hornbeam.core.errors import FileError

# CIFAR-10 and CIFAR-100 unfold to 186 MB each.
LIMIT = 1 << 30


def fault_of_name(name: str) -> str | None:
    """What is wrong with a member's name; None for a harmless one."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or plain[1:2] == ":":
        return f"an absolute name, {name!r}"
    if ".." in PurePosixPath(plain).parts:
        return f"a name that climbs out, {name!r}"
    return None


def fault_of_member(member: tarfile.TarInfo) -> str | None:
    """What is wrong with a member; None for a plain file or folder with a harmless name."""
    if member.size < 0:
        return f"a negative size, {member.name!r}"
    if member.issym() or member.islnk():
        return f"a link, {member.name!r} to {member.linkname!r}"
    if not (member.isreg() or member.isdir()):
        return f"a device, {member.name!r}"
    return fault_of_name(member.name)


def read_members(path: str | os.PathLike[str], names: Sequence[str], limit: int = LIMIT) -> dict[str, bytes]:
    """Read the named files of a .tar.gz archive, after checking every member.

    Args:
        path: the archive.
        names: the files wanted, with their folders: ``"cifar-10-batches-py/test_batch"``.
        limit: the most bytes that all members together may unfold to.

    Returns:
        A dict from name to content.

    Raises:
        FileError: when the archive is truncated, lacks a name, holds a link, a device, an absolute name or one with
            ``..``, or unfolds to more than ``limit``.

    Example:
        >>> import io, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "one.tar.gz")
        >>> with tarfile.open(path, "w:gz") as archive:
        ...     member = tarfile.TarInfo("folder/hello"); member.size = 2
        ...     archive.addfile(member, io.BytesIO(b"hi"))
        >>> read_members(path, ["folder/hello"])
        {'folder/hello': b'hi'}
    """
    path = os.fspath(path)
    contents: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(path, "r|gz") as archive:  # a stream: no member is skipped unseen
            for member in archive:
                total += tarfile.BLOCKSIZE + member.size
                fault = fault_of_member(member) or (f"more than {limit} bytes" if total > limit else None)
                if fault:
                    raise FileError(
                        path, "plain files with relative names", fault, "Do not trust this file: delete it."
                    )
                content = archive.extractfile(member) if member.name in names else None
                if content is not None:
                    contents[member.name] = content.read()
    except FileError:
        raise
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise FileError(path, "a whole .tar.gz archive", error, "Delete the file and load the data again.") from None
    missing = [name for name in names if name not in contents]
    if missing:
        raise FileError(path, f"the files {', '.join(names)}", f"none called {', '.join(missing)}", "Delete the file.")
    return contents
