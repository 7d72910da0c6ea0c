"""Drawings: the text is Graphviz's language, labels are escaped, and a missing program is no misfortune."""

import os
import re
import stat

import pytest

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, FileError, NotBuiltError
from hornbeam.models import model_to_dot, plot_model


def chain():
    return keras.Sequential(
        [layers.Dense(3, activation="relu", input_dim=4, name="first"), layers.Dense(1, name="last")], name="chain"
    )


def branches():
    x = keras.Input((4,), name="x")
    shared = layers.Dense(3, name="shared")
    return keras.Model(x, chain_of_three()(shared(x) + shared(x * 2.0)), name="branches")


def chain_of_three():
    return keras.Sequential([layers.Dense(2, name="one"), layers.Dense(2, name="two")], name="inner")


@pytest.fixture
def fake_dot(tmp_path, monkeypatch):
    """A program called dot that writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(body):
        program = folder / "dot"
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    return make


@pytest.fixture
def no_dot(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def arrows(text):
    return re.findall(r'"([^"]+)" -> "([^"]+)";', text)


def test_one_box_a_layer_and_one_arrow_a_tensor():
    text = model_to_dot(branches())
    assert text.startswith("digraph model {")
    assert text.rstrip().endswith("}")
    assert arrows(text) == [
        ("x", "shared"),
        ("x", "multiply"),
        ("multiply", "shared"),
        ("shared", "add"),
        ("add", "inner"),
    ]
    assert '"shared" [label="{shared (Dense)}"];' in text


def test_boxes_show_what_is_asked_for():
    words = ("show_shapes", "show_dtype", "show_layer_activations", "show_trainable")
    text = model_to_dot(chain(), rankdir="LR", dpi=72, **dict.fromkeys(words, True))
    for part in (
        "rankdir=LR",
        "dpi=72",
        "activation: relu",
        "input: (None, 4)",
        "output: (None, 3)",
        "dtype: float32",
        "|trainable",
    ):
        assert part in text
    plain = model_to_dot(chain(), show_layer_names=False)
    assert '"first" [label="{Dense}"];' in plain
    with pytest.raises(ArgumentError, match="rankdir.*'LT'"):
        model_to_dot(chain(), rankdir="LT")


def test_inner_models_are_drawn_in_a_frame_when_expanded():
    text = model_to_dot(branches(), expand_nested=True)
    assert 'subgraph "cluster_inner" {' in text
    found = arrows(text)
    assert ("inner/one", "inner/two") in found
    assert any(source == "add" and target.startswith("inner/") for source, target in found)
    assert text.count("{") == text.count("}")


def test_letters_that_mean_something_to_graphviz_lose_their_meaning():
    name = 'a"b\\c{d}|<e>\nf'
    text = model_to_dot(keras.Sequential([layers.Dense(1, input_dim=2, name=name)]))
    assert len([line for line in text.splitlines() if "label=" in line]) == 2
    assert '[label="{a\\"b\\\\c\\{d\\}\\|\\<e\\> f (Dense)}"];' in text
    assert '"a\\"b\\\\c{d}|<e> f" [' in text
    # every quote that is not escaped opens or closes a string
    assert len(re.findall(r'(?<!\\)(?:\\\\)*"', text)) % 2 == 0


@pytest.mark.parametrize("ending", ["dot", "gv"])
def test_text_is_written_without_any_program(ending, tmp_path, no_dot):
    model = chain()
    path = plot_model(model, tmp_path / f"m.{ending}")
    assert (tmp_path / f"m.{ending}").read_text() == model_to_dot(model, show_layer_names=False)
    assert path == str(tmp_path / f"m.{ending}")


@pytest.mark.parametrize("name", ["m.png", "m"])
def test_without_the_program_the_text_is_written_and_a_warning_says_what_to_install(name, tmp_path, no_dot):
    with pytest.warns(UserWarning, match=r"m.*: expected the program dot.*got none.*apt install graphviz"):
        path = plot_model(chain(), tmp_path / name)
    assert path == str(tmp_path / "m.dot")
    assert (tmp_path / "m.dot").read_text().startswith("digraph")


def test_the_program_gets_the_text_and_no_shell(tmp_path, fake_dot):
    fake_dot(f'echo "$@" > {tmp_path}/args; cat > {tmp_path}/text; echo picture > "$3"')
    model, path = chain(), tmp_path / "a; touch pwned.svg"
    assert plot_model(model, path, show_layer_names=True) == str(path)
    assert path.read_text() == "picture\n"
    assert (tmp_path / "args").read_text() == f"-Tsvg -o {path}\n"
    assert (tmp_path / "text").read_text() == model_to_dot(model)
    assert not (tmp_path / "pwned.svg").exists()


def test_what_the_program_complains_of_is_told(tmp_path, fake_dot):
    fake_dot("echo 'out of ink' >&2; exit 3")
    with pytest.raises(FileError, match="out of ink"):
        plot_model(chain(), tmp_path / "m.pdf")


def test_what_cannot_be_drawn_is_told(tmp_path):
    with pytest.raises(NotBuiltError, match="input_shape="):
        plot_model(keras.Sequential([layers.Dense(1)]), tmp_path / "m.dot")
    with pytest.raises(ArgumentError, match=r"ends in \.png"):
        plot_model(chain(), tmp_path / "m.docx")
    with pytest.raises(FileError, match="a file that can be written"):
        plot_model(chain(), tmp_path / "missing" / "m.dot")


def test_the_layers_of_a_model_of_the_users_are_boxes_without_arrows():
    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first, self.last = layers.Dense(3, name="first"), layers.Dense(1, name="last")

        def call(self, x):
            return self.last(self.first(x))

    model = Net()
    model.build((None, 4))
    text = model_to_dot(model)
    assert arrows(text) == []
    assert '"first" [label="{first (Dense)}"];' in text
