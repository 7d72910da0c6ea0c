"""A home of its own for each test, and a server of files on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; nothing of the user's own settings is seen."""
    folder = tmp_path / "home"
    folder.mkdir()
    for variable in ("HORNBEAM_DATA", "KERAS_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("HORNBEAM_HOME", str(tmp_path / "hornbeam"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("hornbeam.datasets.download.PAUSE", 0.0)
    return folder


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the checkout."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


class FileServer:
    """What the server holds, how it misbehaves, and what it was asked.

    Set ``files`` (path -> content), ``resumes`` (whether it honours Range), ``faults`` (one per coming request: a
    status, or a number of bytes after which to hang up, as ``("cut", 10)``), and read ``ranges`` (the Range header of
    each request).
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.resumes = True
        self.faults: list = []
        self.ranges: list[str | None] = []
        self.address = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int) or handler.path not in self.files:
            handler.send_error(fault or 404)
            return
        content = self.files[handler.path]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.resumes else 0
        if start >= len(content) > 0:
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.send_header("Content-Disposition", 'attachment; filename="../../evil"')
        handler.end_headers()
        handler.wfile.write(content[start:][: fault[1] if fault else None])


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A running server on 127.0.0.1."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.answer(self)

        def log_message(self, *ignored: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        state.address = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        running.shutdown()
        thread.join()


class Bomb:
    """An object whose pickle, read by Python's own reader, makes a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __reduce__(self) -> tuple[Callable, tuple]:
        return os.mkdir, (str(self.folder),)


@pytest.fixture
def bomb(tmp_path: Path) -> Iterator[Bomb]:
    """A bomb; the test fails if it went off."""
    bomb = Bomb(tmp_path / "went_off")
    yield bomb
    assert not bomb.folder.exists(), "code in the file has run"
