"""What the tests of pretrained models share: golden folders, and copies of them with something changed."""

import functools
import json
import shutil
from pathlib import Path

import numpy as np

import hornbeam

GOLDEN = Path(__file__).parents[1] / "golden" / "pretrained"
ANSWERS = dict(np.load(GOLDEN / "answers.npz"))
FACTS = json.loads((GOLDEN / "answers.json").read_text(encoding="utf-8"))


@functools.cache
def opened(name):
    """A golden model, opened once."""
    return hornbeam.from_pretrained(GOLDEN / name)


def changed(tmp_path, name, **files):
    """A copy of a golden folder in which files are replaced; a dict is merged into the JSON, None takes it away."""
    folder = tmp_path / "copy"
    shutil.copytree(GOLDEN / name, folder)
    for file, content in files.items():
        path = folder / NAMES.get(file, file)
        if content is None:
            path.unlink()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, dict):
            before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            path.write_text(json.dumps({**before, **content}), encoding="utf-8")
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
    return folder


NAMES = {
    "config": "config.json",
    "weights": "model.safetensors",
    "pickle": "pytorch_model.bin",
    "index": "model.safetensors.index.json",
    "tokenizer": "tokenizer.json",
    "settings": "tokenizer_config.json",
    "modules": "modules.json",
    "task": "task.json",
}
