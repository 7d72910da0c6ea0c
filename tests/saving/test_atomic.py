"""Saving never destroys: after a full disk, an error or a kill the old file is whole, or the new one is."""

import errno
import os
import stat
import subprocess
import sys

import pytest
from samples import sequential

import hornbeam as keras
from hornbeam.core.errors import FileError
from hornbeam.saving import archive, atomic
from hornbeam.saving.atomic import replacing


def test_the_target_appears_whole_when_the_block_ends(tmp_path):
    target = tmp_path / "notes.txt"
    with replacing(target) as temporary:
        with open(temporary, "w") as file:
            file.write("new")
        assert not target.exists()
        assert os.path.dirname(temporary) == str(tmp_path)
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_an_error_in_the_block_leaves_the_old_file_and_nothing_beside_it(error, tmp_path):
    target = tmp_path / "notes.txt"
    target.write_text("old")

    def half():
        with replacing(target) as temporary, open(temporary, "w") as file:
            file.write("half")
            raise error

    with pytest.raises(type(error)):
        half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path):
    plain, new, old = tmp_path / "plain", tmp_path / "new", tmp_path / "old"
    plain.write_text("")
    old.write_text("")
    old.chmod(0o640)
    for target in (new, old):
        with replacing(target):
            pass
    assert stat.S_IMODE(new.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    with replacing(link) as temporary, open(temporary, "w") as file:
        file.write("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize(
    ("name", "expected"), [("missing/m.keras", "a folder that exists"), ("file/m.keras", "a folder that exists")]
)
def test_a_folder_that_is_not_there_is_named(name, expected, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=expected) as caught:
        sequential().save(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder_in_the_files_place_is_named(tmp_path):
    (tmp_path / "m.keras").mkdir()
    with pytest.raises(FileError, match="the name of a file"):
        sequential().save(tmp_path / "m.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("kind", ["model.keras", "model.weights.h5", "model.h5", "model.npz"])
def test_a_full_disk_leaves_the_old_file(kind, number, tmp_path, monkeypatch):
    model = sequential()
    path = tmp_path / kind
    save = model.save if kind in ("model.keras", "model.h5") else model.save_weights
    save(path)
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    if kind.endswith(".keras"):
        monkeypatch.setattr(archive.zipfile.ZipFile, "writestr", full)
    else:
        monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(
        FileError, match=rf"writing .*{kind}.*{os.strerror(number)}.*the file that was there is as it was"
    ):
        save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


_LIMITED = """
import resource, sys
sys.path.insert(0, {folder!r})
import hornbeam as keras
from samples import sequential
model = sequential()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    model.save({path!r})
except keras.FileError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_file_size_limit_of_the_system_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.keras"
    sequential().save(path)
    before = path.read_bytes()
    assert len(before) > 4096
    code = _LIMITED.format(folder=os.path.dirname(__file__), path=str(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "a file size that the system allows" in done.stdout
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


_KILLED = """
import os, random, signal, sys, time, warnings, zipfile
warnings.simplefilter("ignore")  # JAX warns of forks; the children only save
import hornbeam as keras
folder, kills = sys.argv[1], int(sys.argv[2])
model = keras.Sequential([keras.layers.Dense(500, input_dim=1000)])
other = keras.models.clone_model(model)
old, new = ([weight * 0 + number for weight in model.get_weights()] for number in (1, 2))
save = {"keras": model.save, "h5": model.save, "weights.h5": model.save_weights, "npz": model.save_weights}
model.save(f"{folder}/model.keras")
began = time.perf_counter()
model.save(f"{folder}/model.keras")
longest = 3 * (time.perf_counter() - began)
chance = random.Random(0)
for kill in range(kills):
    ending = list(save)[kill % len(save)]
    path = f"{folder}/model.{ending}"
    model.set_weights(old)
    save[ending](path)
    child = os.fork()
    if not child:
        model.set_weights(new)
        while True:
            save[ending](path)
    time.sleep(chance.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            assert file.testzip() is None
    other.load_weights(path)
    found = other.get_weights()
    numbers = {float(number) for weight in found for number in (weight.min(), weight.max())}
    print(*numbers, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_killed_while_it_saves_leaves_one_whole_file(tmp_path):
    """Fifty kills at chance moments of saves of 2 MB, in every format: all old weights are there, or all new ones."""
    command = [sys.executable, "-c", _KILLED, str(tmp_path), "50"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 50
    assert set(lines) <= {"1.0", "2.0"}


def test_a_model_saved_over_and_over_is_the_last_one(tmp_path):
    path = tmp_path / "model.keras"
    for number in range(3):
        model = sequential()
        model.set_weights([weight * 0 + number for weight in model.get_weights()])
        model.save(path)
    assert all((weight == 2).all() for weight in keras.models.load_model(path).get_weights())
    assert list(tmp_path.iterdir()) == [path]
