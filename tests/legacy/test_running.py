"""``hornbeam run``: scripts and notebooks of any era, as Python runs them, with their own tracebacks."""

# ruff: noqa: E501  (old code in one line)

import json
import subprocess
import sys

import pytest

import hornbeam
from hornbeam import cli, legacy
from hornbeam.core.errors import ArgumentError

OLD = """\
import sys
from keras.models import Sequential
from keras.layers.core import Dense
import numpy as np
import friend
model = Sequential()
model.add(Dense(1, input_dim=2))
model.compile(optimizer='adadelta', loss='mse', metrics=['accuracy'])
history = model.fit(np.zeros((4, 2)), np.zeros(4), nb_epoch=2, verbose=0)
if __name__ == "__main__":
    print(sys.argv[1:], float(model.optimizer.lr), sorted(history.history), friend.word, len(history.epoch))
"""


@pytest.fixture
def script(tmp_path):
    def write(text, name="lesson.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    (tmp_path / "friend.py").write_text("word = 'beside it'\n")
    return write


def run(*arguments):
    return cli.main(["run", *arguments])


def test_a_script_runs_as_python_runs_it(script, capsys):
    assert run(script(OLD), "--epochs", "3") == 0
    printed, said = capsys.readouterr()
    assert printed == "['--epochs', '3'] 1.0 ['acc', 'loss'] beside it 2\n"
    assert said.count("Adadelta, learning_rate: 1.0, as in Keras 2.2 (today 0.001)") == 2  # then, and at the end
    assert "Hornbeam ran this as code of Keras 1" in said


def test_an_era_that_is_named_wins_and_quiet_says_nothing(script, capsys):
    assert run("--era", "2.15", "--quiet", script(OLD)) == 0
    printed, said = capsys.readouterr()
    assert "0.001" in printed
    assert said == ""


def test_the_entrance_is_closed_afterwards(script, capsys):
    before = dict(sys.modules)
    run(script(OLD))
    assert not [name for name in sys.modules if name not in before and name.split(".")[0] in ("keras", "tensorflow")]
    assert "lr" not in vars(hornbeam.Optimizer)
    assert "output_shape" not in vars(hornbeam.Layer)


def test_a_failing_script_shows_its_own_lines_only(script, capsys):
    path = script("from keras.layers import Dense\n\ndef make():\n    return Dense(-3)\n\nmake()\n")
    assert run(path) == 1
    said = capsys.readouterr().err
    assert f'File "{path}", line 6' in said
    assert f'File "{path}", line 4, in make' in said
    assert "return Dense(-3)" in said
    assert "hornbeam/" not in said
    assert "Dense, units: expected" in said


def test_a_custom_layer_that_fails_within_hornbeam_shows_its_line(script, capsys):
    path = script(
        "import numpy as np\nfrom keras.layers import Layer\nclass My(Layer):\n    def call(self, x):\n"
        "        return x.nothing\nMy()(np.ones((1, 2)))\n"
    )
    assert run(path) == 1
    said = capsys.readouterr().err
    assert "line 5, in call" in said
    assert "layers/layer.py" not in said


def test_an_unknown_era_is_answered_with_the_list(script, capsys):
    assert run("--era", "2.7", script(OLD)) == 2
    assert "expected one of '1', '2.2', '2.15', '3'; got '2.7'" in capsys.readouterr().err
    with pytest.raises(ArgumentError, match="'2.15'"):
        legacy.install(era="4")


def test_a_mixture_of_eras_is_pointed_out_with_the_lines(script, capsys):
    text = OLD.replace("Dense(1, input_dim=2)", "Dense(output_dim=1, init='zero', input_dim=2)")
    mixed = text + "model.fit(np.zeros((4, 2)), np.zeros(4), epochs=1, verbose=0)\n"
    assert run(script(mixed)) == 0
    assert "idioms of two eras are mixed: taken as Keras 1, but there is epochs= in line 12" in capsys.readouterr().err


def test_a_script_that_is_not_there_is_said_so(capsys):
    assert run("nowhere.py") == 2
    assert "expected a script or a notebook" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.ipynb", b"{bad", "bad.ipynb: expected a notebook; got Expecting property name"),
        ("bad.ipynb", b"[1]", "bad.ipynb: expected a notebook; got"),
        ("bad.py", b"\xff\xfe", "bad.py, byte 0: expected text in UTF-8; got the byte 0xff. Save it in UTF-8."),
    ],
)
def test_a_file_that_is_no_script_is_said_so(name, content, said, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    assert run(str(tmp_path / name)) == 2
    assert said in capsys.readouterr().err


def test_a_mistake_of_syntax_is_shown_with_its_place_alone(script, capsys):
    path = script("import keras\nx = (1,\n")
    assert run(path) == 1
    assert capsys.readouterr().err.startswith(f'  File "{path}", line 2\n')
    path = script(notebook("x = (1,"), "lesson.ipynb")
    assert run(path) == 1
    said = capsys.readouterr().err
    assert f'File "{path}, cell 1", line 1' in said
    assert "ast.py" not in said


def test_a_copy_without_a_folder_is_refused_before_anything_runs(script, tmp_path, capsys):
    path = script(notebook("print('ran')"), "lesson.ipynb")
    assert run("--write", str(tmp_path / "nowhere" / "copy.ipynb"), path) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert "expected a folder for the copy; got none. Make the folder first." in said


def test_sys_exit_is_the_status(script):
    with pytest.raises(SystemExit) as left:
        run(script("import sys\nsys.exit(3)\n"))
    assert left.value.code == 3


def notebook(*cells):
    return json.dumps(
        {
            "cells": [{"cell_type": "markdown", "source": ["# Lesson"], "metadata": {}}]
            + [{"cell_type": "code", "source": cell, "outputs": [], "execution_count": None} for cell in cells],
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
        }
    )


def test_a_notebook_runs_in_order_and_its_copy_has_the_outputs(script, tmp_path, capsys):
    path = script(
        notebook("%matplotlib inline\nfrom keras.layers import Dense\nl = Dense(output_dim=3)", "print('units')\nl.units", "!pip install keras\n2;"),
        "lesson.ipynb",
    )  # fmt: skip
    copy = tmp_path / "copy.ipynb"
    assert run("--write", str(copy), path) == 0
    printed, said = capsys.readouterr()
    assert printed == "units\n3\n"
    assert "%matplotlib inline" in said
    _, first, second, third = json.loads(copy.read_text())["cells"]
    assert second["outputs"][0] == {"output_type": "stream", "name": "stdout", "text": ["units\n"]}
    assert second["outputs"][1]["data"] == {"text/plain": ["3"]}
    assert (first["execution_count"], third["outputs"]) == (1, [])


def test_a_cell_that_fails_ends_the_notebook_and_stands_in_the_copy(script, tmp_path, capsys):
    path = script(notebook("x = 1", "\n1 / 0", "print('never')"), "lesson.ipynb")
    copy = tmp_path / "copy.ipynb"
    assert run("--write", str(copy), path) == 1
    printed, said = capsys.readouterr()
    assert "never" not in printed
    assert "cell 2" in said
    assert json.loads(copy.read_text())["cells"][2]["outputs"][0]["ename"] == "ZeroDivisionError"


def test_the_command_is_a_module_too(script):
    path = script("import keras\nprint(keras.__version__)\n")
    done = subprocess.run(
        [sys.executable, "-m", "hornbeam", "run", "--era", "1", path], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1.2.2\n"


def test_without_an_era_an_old_idiom_moves_the_defaults_back(capsys):
    legacy.install()
    try:
        from keras.optimizers import Adadelta

        assert float(Adadelta().learning_rate) == pytest.approx(0.001)
        from keras.layers.core import Dense

        assert str(legacy.current_era()) == "2.2"
        assert float(Adadelta().learning_rate) == 1.0
        Dense(output_dim=3)
        assert str(legacy.current_era()) == "1"
        assert "import keras.layers.core is of Keras 2.2" in legacy.told()[0]
    finally:
        legacy.uninstall()


def test_a_keras_that_was_imported_before_comes_back():
    real = type(sys)("keras")
    sys.modules["keras"] = real
    try:
        legacy.install(era="3")
        import keras

        assert keras is not real
        legacy.uninstall()
        assert sys.modules["keras"] is real
    finally:
        legacy.uninstall()
        del sys.modules["keras"]


def test_a_notebook_extension_opens_the_entrance():
    hornbeam.load_ipython_extension(None)
    try:
        import keras

        assert keras.layers.Dense(3).units == 3
    finally:
        legacy.uninstall()
