"""Finding and fetching files: places, resumption, checksums, and what an offline machine is told."""

from __future__ import annotations

import hashlib
import io
import sys
from pathlib import Path

import pytest

from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.datasets import download, folders
from hornbeam.datasets.fetch import RemoteFile, fetch

CONTENT = bytes(range(256)) * 1000
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def remote(server) -> RemoteFile:
    server.files["/somewhere/else.bin"] = CONTENT
    return RemoteFile("set.npz", f"{server.address}/somewhere/else.bin", SHA256, keras_names=("old-name.npz",))


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "hornbeam" / "datasets"


def keep(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_fetched_once_under_our_own_name(remote, server, cache):
    path = fetch(remote, "sets.load_data")
    assert path == cache / "set.npz"
    assert path.read_bytes() == CONTENT
    assert fetch(remote, "sets.load_data") == path
    assert server.ranges == [None]
    assert [item.name for item in cache.iterdir()] == ["set.npz"]  # neither the address's name nor the server's


def test_an_md5_is_understood(server, cache):
    server.files["/a"] = CONTENT
    assert fetch(RemoteFile("a", f"{server.address}/a", MD5), "sets").read_bytes() == CONTENT


def test_an_interrupted_download_continues_where_it_stopped(remote, server, cache):
    keep(cache / "set.npz.part", CONTENT[:1000])
    assert fetch(remote, "sets").read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_connection_that_closes_early_is_continued(remote, server):
    server.faults = [("cut", 70_000), ("cut", 1)]
    assert fetch(remote, "sets").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-", "bytes=70001-"]


def test_a_server_that_cannot_resume_is_read_from_the_beginning(remote, server, cache):
    server.resumes = False
    keep(cache / "set.npz.part", CONTENT[:1000])
    assert fetch(remote, "sets").read_bytes() == CONTENT


def test_a_part_that_is_already_whole_is_taken(remote, server, cache):
    keep(cache / "set.npz.part", CONTENT)
    assert fetch(remote, "sets").read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT)}-"]


def test_a_part_of_another_file_is_thrown_away(remote, server, cache):
    keep(cache / "set.npz.part", b"?" * 1000)
    assert fetch(remote, "sets").read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-", None]


def test_a_busy_server_is_asked_again(remote, server):
    server.faults = [503, 429]
    assert fetch(remote, "sets").read_bytes() == CONTENT


def test_a_wrong_checksum_refuses_and_removes_the_file(remote, server, cache):
    server.files["/somewhere/else.bin"] = wrong = CONTENT + b"!"
    with pytest.raises(FileError) as refusal:
        fetch(remote, "sets.load_data")
    assert f"sets.load_data: expected the checksum {SHA256} for set.npz" in str(refusal.value)
    assert f"got {hashlib.sha256(wrong).hexdigest()}; the file was removed" in str(refusal.value)
    assert f"put it at {cache / 'set.npz'}" in str(refusal.value)
    assert list(cache.iterdir()) == []


def test_a_file_that_is_not_there_is_said_at_once(remote, server, cache):
    server.files.clear()
    with pytest.raises(DataError, match=r"HTTP status 404.*put it at .*set\.npz\."):
        fetch(remote, "sets")
    assert len(server.ranges) == 1


def test_an_offline_machine_is_told_which_file_to_put_where(cache):
    remote = RemoteFile("set.npz", "http://127.0.0.1:9/set.npz", SHA256)  # nothing listens there
    with pytest.raises(DataError) as refusal:
        fetch(remote, "sets.load_data")
    message = str(refusal.value)
    assert message.startswith(
        "sets.load_data: expected the file set.npz from http://127.0.0.1:9/set.npz; got no answer"
    )
    assert message.endswith(f"fetch the file elsewhere and put it at {cache / 'set.npz'}.")


def test_an_offline_machine_is_told_that_its_file_is_the_wrong_one(cache):
    placed = keep(cache / "set.npz", b"half a file")
    with pytest.raises(DataError, match="and a file at .*set.npz that is not it"):
        fetch(RemoteFile("set.npz", "http://127.0.0.1:9/set.npz", SHA256), "sets")
    assert placed.read_bytes() == b"half a file"


def test_a_damaged_file_in_the_cache_is_replaced(remote, cache):
    keep(cache / "set.npz", b"half a file")
    assert fetch(remote, "sets").read_bytes() == CONTENT


def test_an_endless_answer_is_cut_off(remote, cache, monkeypatch):
    monkeypatch.setattr(download, "LIMIT", 100_000)
    with pytest.raises(FileError, match="expected at most 100000 bytes; got more"):
        fetch(remote, "sets")
    assert list(cache.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(remote, tmp_path, monkeypatch):
    keep(tmp_path / "file", b"")
    monkeypatch.setenv("HORNBEAM_HOME", str(tmp_path / "file"))
    with pytest.raises(FileError, match=r"a folder with room for set\.npz that can be written.*Set HORNBEAM_HOME"):
        fetch(remote, "sets")


@pytest.mark.parametrize("name", ["set.npz", "old-name.npz"])
@pytest.mark.parametrize("place", ["~/.keras", "KERAS_HOME"])
def test_a_copy_that_keras_left_is_used(remote, server, home, tmp_path, monkeypatch, place, name):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras_home"))
    folder = home / ".keras" if place == "~/.keras" else tmp_path / "keras_home"
    placed = keep(folder / "datasets" / name, CONTENT)
    assert fetch(remote, "sets") == placed
    assert server.ranges == []


def test_a_wrong_copy_in_keras_folder_is_passed_over_and_left_alone(remote, home, cache):
    placed = keep(home / ".keras" / "datasets" / "set.npz", b"older")
    assert fetch(remote, "sets") == cache / "set.npz"
    assert placed.read_bytes() == b"older"


def test_the_users_own_folder_comes_first(remote, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("HORNBEAM_DATA", str(tmp_path / "mine"))
    placed = keep(tmp_path / "mine" / "set.npz", CONTENT)
    keep(cache / "set.npz", CONTENT)
    assert fetch(remote, "sets") == placed


def test_a_plain_path_renames_the_copy(remote, cache):
    assert fetch(remote, "sets", "mine.npz") == cache / "mine.npz"


def test_an_absolute_path_to_a_file_is_the_users_own_and_taken_as_it_is(remote, server, tmp_path):
    own = keep(tmp_path / "own.npz", b"anything")
    assert fetch(remote, "sets", own) == own
    assert server.ranges == []


def test_an_absolute_path_to_nothing_is_where_the_file_goes(remote, tmp_path):
    assert fetch(remote, "sets", tmp_path / "new" / "own.npz").read_bytes() == CONTENT
    assert (tmp_path / "new" / "own.npz").is_file()


@pytest.mark.parametrize("path", ["../set.npz", "a/b.npz", "a\\b.npz", "..", ""])
def test_a_path_that_could_leave_the_cache_is_refused(remote, server, path):
    with pytest.raises(ArgumentError, match="sets, path: expected a plain file name or an absolute path"):
        fetch(remote, "sets", path)
    assert server.ranges == []


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path, home):
    monkeypatch.delenv("HORNBEAM_HOME")
    if sys.platform != "win32":
        assert folders.cache_folder() == home / ".cache" / "hornbeam" / "datasets"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert folders.cache_folder() == tmp_path / "xdg" / "hornbeam" / "datasets"
    monkeypatch.setenv("HORNBEAM_HOME", "~/place")
    assert folders.cache_folder() == home / "place" / "datasets"


def test_progress_is_one_line_on_stderr_and_nothing_on_stdout(remote, capsys):
    fetch(remote, "sets")
    captured = capsys.readouterr()
    assert captured.err == "Downloading set.npz (0.3 MB)\n"
    assert captured.out == ""


def test_progress_is_rewritten_in_a_terminal(remote, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    fetch(remote, "sets")
    lines = sys.stderr.getvalue()
    assert lines.startswith("\rDownloading set.npz: 0.1 of 0.3 MB")
    assert lines.endswith("\rDownloading set.npz: 0.3 of 0.3 MB\n")
    assert lines.count("\n") == 1
