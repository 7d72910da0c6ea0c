"""Every example runs, at a small size, on the real data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = {
    "cifar10_cnn.py": "test pictures are told right",
    "mnist_cnn.py": "fashion_mnist: ",
    "text_cnn.py": "SeparableConv1D: ",
    "spam_filter.py": "spam with ",
    "imdb_lstm.py": "test reviews are told right",
    "character_model.py": "ROMEO:",
    "translation.py": "step by step:",
    "masked_language_model.py": "hidden words of unseen reviews",
}


def test_every_example_is_listed():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"mnist.py", "real_data.py", *SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_example_runs_at_small_size(script, real_data, tmp_path):
    environment = {**os.environ, "HORNBEAM_DATA": str(real_data), "PYTHONPATH": str(EXAMPLES.parent)}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / script), "--small"],
        capture_output=True, text=True, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert SCRIPTS[script] in done.stdout
