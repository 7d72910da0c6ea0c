"""Progress: one line that rewrites itself in a terminal, a line per epoch in a file, one output in a notebook."""

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
import types

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.callbacks import progress

X, Y = np.zeros((64, 4), "float32"), np.zeros(64, "int64")
SCRIPT = """
import numpy as np
import hornbeam as keras
from hornbeam.callbacks import progress
progress._REFRESH_SECONDS = 0.0
bar = keras.utils.Progbar(20, interval=0.0)
for step in range(1, 21):
    bar.update(step, {"loss": 1 / step, "accuracy": step / 20, "a_metric_with_quite_a_long_name": 0.5})
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(np.zeros((64, 4)), np.zeros(64), epochs=2)
"""


def in_terminal(columns, **environment):
    """What the script writes into a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=follower, env={**os.environ, **environment})
    os.close(follower)
    out = b""
    while True:
        try:
            read = os.read(leader, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not read:
            break
        out += read
    os.close(leader)
    assert process.wait() == 0
    return out.decode().replace("\r\n", "\n")


def test_in_a_terminal_one_line_rewrites_itself_and_does_not_wrap():
    """Only the last state, which nothing has to rewrite, may be longer than the line."""
    lines = in_terminal(60).split("\n")
    states = lines[0].split("\r")[1:]
    assert len(states) == 20
    assert all(len(state) < 60 for state in states[:-1])
    assert states[0].startswith("1/20 ━─")
    assert states[-1].startswith("20/20 ━━━━━━━━━━━━━━━━━━━━ ")
    assert states[-1].rstrip().endswith("a_metric_with_quite_a_long_name: 0.5000")
    assert [line for line in lines if line.startswith("Epoch")] == ["Epoch 1/2", "Epoch 2/2"]


def test_a_terminal_without_those_characters_gets_others():
    out = in_terminal(60, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "20/20 ==================== " in out
    assert "1/20 =..." in out


def network():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_in_a_file_an_epoch_is_one_plain_line(capsys):
    network().fit(X, Y, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Epoch 1/2: 2/2 - ")
    assert " - loss: " in lines[1]
    assert " - accuracy: " in lines[1]
    assert "\r" not in "".join(lines)


def test_verbosity_0_is_silent_and_1_says_more_than_2(capsys):
    model = network()
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == ""
    model.fit(X, Y, verbose=1)
    first, bar = capsys.readouterr().out.splitlines()
    assert first == "Epoch 1/1"
    assert bar.startswith("2/2 ━━━")
    model.evaluate(X, Y, verbose=2)
    assert capsys.readouterr().out.startswith("2/2 - ")


def test_in_a_notebook_one_output_is_updated(monkeypatch):
    made, updates = [], []

    class Handle:
        def update(self, content):
            updates.append(content)

    def display(content, display_id):
        made.append(content)
        return Handle()

    kernel = types.SimpleNamespace(config={"IPKernelApp": {}})
    notebook = types.SimpleNamespace(get_ipython=lambda: kernel, display=types.SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    assert progress.default_verbose("auto") == 1
    bar = progress.Progbar(3, interval=0.0)
    for step in (1, 2, 3):
        bar.update(step, {"loss": 0.5})
    assert len(made) == 1
    assert [line[:3] for line in made + updates] == ["1/3", "2/3", "3/3"]


def test_a_program_without_a_console_trains(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    bar = progress.Progbar(1)
    bar.update(1)
    assert progress.default_verbose("auto") == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "n: 0.5000"), (0.00012345, "n: 1.2345e-04"), (0.0, "n: 0.0000"), (7, "n: 7"), (-0.25, "n: -0.2500")],
)
def test_small_numbers_are_shown_in_powers_of_ten(value, text):
    assert progress.shown("n", value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(7325, "2:02:05"), (125, "2:05"), (3, "3s"), (0.41, "410ms"), (2e-5, "20us"), (0, "0s")]
)
def test_times_are_shown_in_the_unit_that_reads_well(seconds, text):
    assert progress.duration(seconds) == text


def test_an_unknown_number_of_steps_is_shown_as_such(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    bar = progress.Progbar(None, interval=0.0)
    bar._terminal = False
    bar.update(3, finalize=True)
    assert out.getvalue().startswith("3/? ")
