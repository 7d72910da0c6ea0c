"""One file over HTTP: resumed where it stopped, tried again, checked, and only then given its name."""

from __future__ import annotations

import functools
import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from hornbeam.core.errors import DataError, FileError

TRIES = 4
PAUSE = 1.0  # seconds before the second try; doubles each time
TIMEOUT = 30.0
LIMIT = 1 << 30  # the largest set that Keras offers has 171 MB
_STEP = 1 << 16
_WORTH_A_RETRY = {408, 425, 429, 500, 502, 503, 504}


class _Interrupted(Exception):
    """The transfer stopped early; what came is in the .part file."""


def checksum(path: Path, like: str) -> str:
    """The file's sha256, or its md5 when ``like`` has the 32 digits of one (Keras publishes no other for two word
    lists).

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "empty"
        >>> _ = path.write_bytes(b"")
        >>> checksum(path, 32 * "0")
        'd41d8cd98f00b204e9800998ecf8427e'
    """
    with open(path, "rb") as stream:
        make = hashlib.sha256 if len(like) == 64 else functools.partial(hashlib.md5, usedforsecurity=False)
        return hashlib.file_digest(stream, make).hexdigest()


class _Progress:
    """A line on stderr: rewritten in a terminal, written once elsewhere."""

    def __init__(self, name: str, total: int | None, out: TextIO):
        self.name, self.total, self.out = name, total, out
        self.due = 0.0
        if not out.isatty():
            size = f" ({total / 1e6:.1f} MB)" if total else ""
            print(f"Downloading {name}{size}", file=out, flush=True)

    def show(self, received: int, last: bool = False) -> None:
        now = time.monotonic()
        if self.out.isatty() and (last or now >= self.due):
            of, end = (f" of {self.total / 1e6:.1f}" if self.total else ""), ("\n" if last else "")
            print(f"\rDownloading {self.name}: {received / 1e6:.1f}{of} MB", end=end, file=self.out, flush=True)
            self.due = now + 0.1


def _ask(address: str, have: int) -> Any:
    headers = {"User-Agent": "hornbeam", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=TIMEOUT)


def _length(answer: Any) -> int | None:
    """How many bytes are to come; None where the server does not say."""
    said = answer.headers.get("Content-Length") or ""
    return int(said) if said.isdigit() and not answer.headers.get("Transfer-Encoding") else None


def _chunks(answer: Any) -> Iterator[bytes]:
    try:
        while chunk := answer.read(_STEP):
            yield chunk
    except (OSError, http.client.HTTPException) as error:  # the network's; the disk's pass through
        raise _Interrupted(error) from None


def _receive_once(address: str, part: Path, name: str, limit: int) -> None:
    """Append to the .part file what is missing, or begin it anew where the server will not resume."""
    have = part.stat().st_size if part.exists() else 0
    try:
        answer = _ask(address, have)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after our last byte: it is whole, the checksum decides
            return
        raise
    with answer:
        resumed = answer.status == 206
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink()
            raise _Interrupted("the server resumed at another place")
        received = have if resumed else 0
        length = _length(answer)
        total = None if length is None else received + length
        progress = _Progress(name, total, sys.stderr)
        with open(part, "ab" if resumed else "wb") as stream:
            for chunk in _chunks(answer):
                stream.write(chunk)
                received += len(chunk)
                progress.show(received)
                if received > limit:
                    break
        progress.show(received, last=True)
    if received > limit:
        part.unlink()
        raise FileError(address, f"at most {limit} bytes", "more", "The address does not serve what it once did.")
    if total is not None and received < total:
        raise _Interrupted(f"the connection closed after {received} of {total} bytes")


def _receive(address: str, part: Path, where: str, target: Path, limit: int) -> None:
    problem: object = None
    for attempt in range(TRIES):
        try:
            return _receive_once(address, part, target.name, limit)
        except urllib.error.HTTPError as error:
            problem = f"HTTP status {error.code}"
            if error.code not in _WORTH_A_RETRY:
                break
        except (_Interrupted, urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            problem = getattr(error, "reason", error)
        if attempt + 1 < TRIES:
            time.sleep(PAUSE * 2**attempt)
    stale = f", and a file at {target} that is not it" if target.exists() else ""
    raise DataError(
        where=where,
        expected=f"the file {target.name} from {address}",
        got=f"no answer that could be used ({problem}){stale}",
        fix=f"Check the network and try again, or fetch the file elsewhere and put it at {target}.",
    )


def download(address: str, target: Path, digest: str | None, where: str, limit: int | None = None) -> None:
    """Fetch ``address`` into ``target``.

    The bytes go to ``target`` + ``.part``, which stays after an interruption and is continued by the next call; after
    the checksum has been compared, the file is renamed. The name is the caller's, never the server's.

    Args:
        address: http, https, or file on this machine.
        target: where the file shall lie; its folder is made.
        digest: sha256 or md5 that the file must have, in hexadecimal; None where nobody knows it, and then an
            interrupted transfer begins anew, as nothing would tell two halves of different files.
        where: the function that the user called, for errors.
        limit: the most bytes that it may have; a GiB when None.

    Raises:
        DataError: when there is no network or the server has no such file; the message says which file to put where.
        FileError: when the checksum differs (the file is removed) or the folder cannot be written.
    """
    part, limit = target.with_name(f"{target.name}.part"), LIMIT if limit is None else limit
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if digest is None:
            part.unlink(missing_ok=True)
            _receive(address, part, where, target, limit)
            os.replace(part, target)
            return
        continued = part.exists()
        _receive(address, part, where, target, limit)
        got = checksum(part, digest)
        if got != digest and continued:  # the old piece may be of an older file: once more from the beginning
            part.unlink()
            _receive(address, part, where, target, limit)
            got = checksum(part, digest)
        if got == digest:
            os.replace(part, target)
            return
        part.unlink()
    except FileError:
        raise
    except OSError as error:
        fix = "Set HORNBEAM_HOME to such a folder, or give get_file cache_dir=."
        raise FileError(where, f"a folder with room for {target.name} that can be written", error, fix) from None
    raise FileError(
        where=where,
        expected=f"the checksum {digest} for {target.name} from {address}",
        got=f"{got}; the file was removed",
        fix=f"Try again later, or fetch the right file elsewhere and put it at {target}.",
    )
