"""``utils.get_file``: fetched once, checked, unpacked, and never outside its folder."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from hornbeam import legacy
from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.datasets import unpacking
from hornbeam.utils import get_file

TEXT = b"a line of text\n" * 100
SHA256, MD5 = hashlib.sha256(TEXT).hexdigest(), hashlib.md5(TEXT).hexdigest()


def tar(*members, pack=lambda content: content) -> bytes:
    """A tar archive of (name, content) or TarInfo."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for each in members:
            if isinstance(each, tarfile.TarInfo):
                archive.addfile(each)
                continue
            info = tarfile.TarInfo(each[0])
            info.size = len(each[1])
            archive.addfile(info, io.BytesIO(each[1]))
    return pack(whole.getvalue())


def zipped(*members) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return whole.getvalue()


def special(name: str, kind: bytes, to: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


def inside(folder: str | os.PathLike) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


MEMBERS = (("photos/one.txt", b"1"), ("photos/deeper/two.txt", b"22"))
GOOD = {os.path.join(*name.split("/")): content for name, content in MEMBERS}


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "hornbeam"


# -- fetching --------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_found_afterwards(server, cache):
    server.files["/there/text.txt"] = TEXT
    for _ in range(2):
        path = get_file("mine.txt", f"{server.address}/there/text.txt")
        assert path == str(cache / "datasets" / "mine.txt")
        assert Path(path).read_bytes() == TEXT
    assert len(server.ranges) == 1
    get_file("mine.txt", f"{server.address}/there/text.txt", force_download=True)
    assert len(server.ranges) == 2


def test_without_a_name_the_file_is_called_as_in_the_address(server, cache):
    server.files["/there/text.txt?x=/../y"] = TEXT
    assert get_file(origin=f"{server.address}/there/text.txt?x=/../y") == str(cache / "datasets" / "text.txt")


def test_the_folder_can_be_chosen(server, tmp_path):
    server.files["/x"] = TEXT
    origin = f"{server.address}/x"
    assert get_file("a", origin, cache_dir=tmp_path, cache_subdir="") == str(tmp_path / "a")
    assert get_file("a", origin, cache_dir="~/k", cache_subdir="s") == str(tmp_path / "home" / "k" / "s" / "a")
    assert get_file("a", origin, cache_subdir=str(tmp_path / "abs")) == str(tmp_path / "abs" / "a")


@pytest.mark.parametrize("words", [
    {"file_hash": SHA256}, {"file_hash": MD5.upper()}, {"md5_hash": MD5}, {"file_hash": MD5, "hash_algorithm": "md5"},
    {"file_hash": SHA256, "hash_algorithm": "sha256"},
])  # fmt: skip
def test_a_file_of_another_checksum_is_fetched_anew(server, cache, words):
    server.files["/x"] = TEXT
    (cache / "datasets").mkdir(parents=True)
    (cache / "datasets" / "x").write_bytes(b"old")
    assert Path(get_file("x", f"{server.address}/x", **words)).read_bytes() == TEXT
    server.files["/x"] = b"another"
    with pytest.raises(FileError, match="the file was removed"):
        get_file("y", f"{server.address}/x", **words)


def test_what_keras_has_left_is_taken_and_stays_as_it_is(tmp_path, home, monkeypatch, cache):
    content = tar(*MEMBERS, pack=gzip.compress)
    for folder, name in ((home / ".keras" / "datasets", "a.tar.gz"), (tmp_path / "k" / "own", "b.tar.gz")):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "k"))
    gone = "http://127.0.0.1:9/gone"
    assert get_file("a.tar.gz", gone) == str(home / ".keras" / "datasets" / "a.tar.gz")
    unpacked = get_file("b.tar.gz", gone, cache_subdir="own", extract=True)
    assert unpacked == str(cache / "own" / "b_extracted")
    assert inside(unpacked) == GOOD
    assert os.listdir(tmp_path / "k" / "own") == ["b.tar.gz"]


def test_an_interrupted_transfer_without_a_checksum_begins_anew(server, cache):
    server.files["/x"] = TEXT
    server.faults = [("cut", 10)] * 4
    with pytest.raises(DataError, match="put it at"):
        get_file("x", f"{server.address}/x")
    server.ranges.clear()
    server.files["/x"] = b"quite another file"
    assert Path(get_file("x", f"{server.address}/x")).read_bytes() == b"quite another file"
    assert server.ranges == [None]


def test_a_file_of_this_machine_is_copied(tmp_path, cache):
    (tmp_path / "here").write_bytes(TEXT)
    assert Path(get_file("x", (tmp_path / "here").as_uri(), file_hash=SHA256)).read_bytes() == TEXT
    with pytest.raises(DataError, match="expected the file y from file://"):
        get_file("y", (tmp_path / "absent").as_uri())


@pytest.mark.parametrize(("words", "message"), [
    ({}, "origin: expected an address"), ({"origin": "ftp://x/y"}, "origin"), ({"origin": "/etc/passwd"}, "origin"),
    ({"origin": "http://x/"}, "give fname="), ({"origin": "http://x/.."}, "give fname="),
    ({"origin": "http://x/a\\..\\b"}, "give fname="), ({"origin": "http://x/y", "fname": "../y"}, "cache_dir"),
    ({"origin": "http://x/y", "fname": "/tmp/y"}, "cache_dir"), ({"origin": "http://x/y", "fname": ".."}, "cache_dir"),
    ({"origin": "http://x/y", "file_hash": "12"}, "32 or 64 hexadecimal digits"),
    ({"origin": "http://x/y", "file_hash": MD5, "hash_algorithm": "sha256"}, "64 hexadecimal digits"),
    ({"origin": "http://x/y", "file_hash": MD5, "hash_algorithm": "crc"}, "hash_algorithm"),
    ({"origin": "http://x/y", "extract": True, "archive_format": "rar"}, "archive_format"),
    ({"origin": "http://x/y", "extract": True, "archive_format": None}, "archive_format"),
])  # fmt: skip
def test_arguments_that_make_no_sense_are_refused_before_anything_is_fetched(words, message):
    with pytest.raises(ArgumentError, match=message):
        get_file(**words)


# -- unpacking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "content", "words", "folder"), [
    ("photos", tar(*MEMBERS, pack=gzip.compress), {"untar": True}, "photos"),
    ("photos.tgz", tar(*MEMBERS, pack=gzip.compress), {"extract": True}, "photos_extracted"),
    ("photos.tar.bz2", tar(*MEMBERS, pack=bz2.compress), {"extract": True}, "photos_extracted"),
    ("photos.tar", tar(special("photos", tarfile.DIRTYPE), *MEMBERS), {"extract": True}, "photos_extracted"),
    ("photos", tar(*MEMBERS, pack=lzma.compress), {"extract": True, "archive_format": "tar"}, "photos"),
    ("photos.zip", zipped(*MEMBERS), {"extract": True, "archive_format": ["zip"]}, "photos_extracted"),
    (None, zipped(("photos/", b""), *MEMBERS), {"extract": True}, "archive.zip"),
])  # fmt: skip
def test_an_archive_is_unpacked_into_its_folder(server, cache, name, content, words, folder):
    server.files["/archive.zip"] = content
    path = get_file(name, f"{server.address}/archive.zip", **words)
    assert path == str(cache / "datasets" / folder)
    assert inside(path) == GOOD
    (Path(path) / "photos" / "one.txt").write_bytes(b"mine")
    assert get_file(name, f"{server.address}/archive.zip", **words) == path
    assert inside(path) == {**GOOD, os.path.join("photos", "one.txt"): b"mine"}
    time.sleep(0.01)
    get_file(name, f"{server.address}/archive.zip", force_download=True, **words)
    assert inside(path) == GOOD
    assert not list(cache.rglob("*.part"))


def _zip_link() -> bytes:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    return zipped((link, "/etc/passwd"))


def _tar_header_bomb() -> bytes:
    """A name of 64 MiB, in 64 KB."""
    header = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    header.size = 1 << 26
    return gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 26))


HOSTILE = {
    "a name that climbs out": tar(("good", b"1"), ("../evil", b"2")),
    "a name that climbs out from within": tar(("a/../../evil", b"2"), pack=gzip.compress),
    "an absolute name": tar(("/tmp/hornbeam-evil", b"2")),
    "a drive": tar(("C:evil", b"2")),
    "backslashes": tar(("..\\evil", b"2")),
    "a link out": tar(special("link", tarfile.SYMTYPE, "/etc"), ("link/evil", b"2")),
    "a link to itself": tar(special("link", tarfile.SYMTYPE, ".")),
    "a hard link": tar(special("link", tarfile.LNKTYPE, "/etc/passwd")),
    "a device": tar(special("pipe", tarfile.FIFOTYPE)),
    "a climbing name in a zip": zipped(("good", "1"), ("../evil", "2")),
    "an absolute name in a zip": zipped(("/evil", "2")),
    "a link in a zip": _zip_link(),
    "a truncated tar": tar(*MEMBERS, pack=gzip.compress)[:-20],
    "a truncated bzip2": tar(("a", os.urandom(5000)), pack=bz2.compress)[:-100],
    "a truncated zip": zipped(*MEMBERS)[:-5],
    "an altered zip": zipped(("a", TEXT)).replace(zipped(("a", TEXT))[31:36], b"\xff" * 5),
    "a header of 64 MiB": _tar_header_bomb(),
    "no archive": TEXT,
    "nothing": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_leaves_nothing(tmp_path, content):
    archive = tmp_path / "in" / "archive"
    archive.parent.mkdir()
    archive.write_bytes(content)
    for folder in (tmp_path / "new" / "folder", tmp_path / "in"):
        with pytest.raises(FileError, match="archive: expected"):
            unpacking.unpack(archive, folder)
    assert not (tmp_path / "new" / "folder").exists()
    assert set(inside(tmp_path)) == {os.path.join("in", "archive")}


@pytest.mark.parametrize("pack", [
    lambda content: tar(("a", content), pack=gzip.compress), lambda content: zipped(("a", content)),
    lambda content: tar(*((str(number), b"") for number in range(300))),
    lambda content: zipped(*((str(number), b"") for number in range(300))),
], ids=["tar", "zip", "many in a tar", "many in a zip"])  # fmt: skip
def test_a_bomb_is_refused(tmp_path, pack):
    (tmp_path / "archive").write_bytes(pack(bytes(100_000)))
    with pytest.raises(FileError, match="more than 90000 bytes"):
        unpacking.unpack(tmp_path / "archive", tmp_path / "folder", limit=90_000)
    unpacking.unpack(tmp_path / "archive", tmp_path / "folder", limit=200_000)
    assert (tmp_path / "folder").is_dir()


def test_a_link_in_the_folder_is_not_written_through(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "one.txt").write_bytes(b"mine")
    (tmp_path / "folder" / "photos").mkdir(parents=True)
    (tmp_path / "folder" / "photos" / "one.txt").symlink_to(tmp_path / "outside" / "one.txt")
    (tmp_path / "archive").write_bytes(tar(*MEMBERS))
    unpacking.unpack(tmp_path / "archive", tmp_path / "folder")
    assert inside(tmp_path / "folder") == GOOD
    assert (tmp_path / "outside" / "one.txt").read_bytes() == b"mine"


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "folder" / "photos" / "one.txt").mkdir(parents=True)
    (tmp_path / "archive").write_bytes(tar(*MEMBERS))
    with pytest.raises(FileError, match="Move away what is in the way"):
        unpacking.unpack(tmp_path / "archive", tmp_path / "folder")


# -- the manners of older Keras --------------------------------------------------------------------------------------


@pytest.fixture
def old():
    legacy.install(era="2.15", quiet=True)
    yield
    legacy.uninstall()


def test_old_code_finds_the_members_beside_the_archive(old, server, cache, tmp_path):
    from tensorflow.keras.utils import get_file

    server.files |= {"/a.zip": zipped(*MEMBERS), "/b.tgz": tar(*MEMBERS, pack=gzip.compress), "/c.gz": TEXT}
    path = get_file("a.zip", f"{server.address}/a.zip", extract=True)
    assert path == str(cache / "datasets" / "a.zip")
    assert (cache / "datasets" / "photos" / "one.txt").read_bytes() == b"1"
    path = get_file("photos", f"{server.address}/b.tgz", untar=True, cache_dir=tmp_path, cache_subdir="old")
    assert path == str(tmp_path / "old" / "photos")
    assert (Path(path) / "deeper" / "two.txt").read_bytes() == b"22"
    path = get_file("c.gz", origin=f"{server.address}/c.gz", extract=True)
    assert Path(path).read_bytes() == TEXT
    assert get_file(str(tmp_path / "c.gz"), f"{server.address}/c.gz") == str(tmp_path / "c.gz")


def test_old_code_unpacks_what_keras_has_left_in_our_own_folder(old, home, cache):
    from tensorflow.keras.utils import get_file

    folder = home / ".keras" / "datasets"
    folder.mkdir(parents=True)
    (folder / "a.zip").write_bytes(zipped(*MEMBERS))
    assert get_file("a.zip", "http://127.0.0.1:9/gone", extract=True) == str(cache / "datasets" / "a.zip")
    assert (cache / "datasets" / "photos" / "one.txt").exists()
    assert os.listdir(folder) == ["a.zip"]
