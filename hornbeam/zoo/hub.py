"""Hugging Face's hub: the files of a model, fetched by ``huggingface_hub`` and kept where it keeps them."""

from __future__ import annotations

import importlib
import os
import re
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.zoo.folder import Folder

_NAME = re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)?")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_SMALL = (
    *("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt"),
    *("modules.json", "1_Pooling/config.json", "sentence_bert_config.json"),
    *("metadata.json", "task.json", "task.weights.h5", "model.weights.h5"),
    *("assets/tokenizer/vocabulary.txt", "assets/tokenizer/vocabulary.json", "assets/tokenizer/merges.txt"),
)


def locate(name: Any) -> Folder:
    """A folder by its path, or that of a model of the hub by its name.

    Raises:
        FileError: there is no such folder and no such model, or the hub cannot be reached.
    """
    path = os.fspath(name)
    if os.path.isdir(path):
        return Folder(path)
    where = f"from_pretrained, {path}"
    if not _NAME.fullmatch(path):
        raise FileError(where, "a folder, or the name of a model like 'ProsusAI/finbert'", "neither", "Check the name.")
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        expected = f"a folder {path}, or the library huggingface_hub, which fetches models by name"
        raise FileError(where, expected, "neither", "Run: pip install huggingface_hub.") from error
    try:
        there = set(hub.list_repo_files(path))
        weights = next((file for file in _WEIGHTS if file in there), None)
        shards = [file for file in there if re.fullmatch(r"(model|pytorch_model)-\d+-of-\d+\.(safetensors|bin)", file)]
        wanted = [file for file in _SMALL if file in there] + ([weights] if weights else [])
        if weights is not None and weights.endswith(".index.json"):
            wanted += [file for file in shards if file.startswith(weights.split(".")[0])]
        return Folder(hub.snapshot_download(path, allow_patterns=wanted))
    except Exception as error:  # the library has many of its own, and those of the network
        got = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        fix = "Check the name and the network; or fetch the folder elsewhere, and give its path."
        raise FileError(where, "a folder of this name, or a model of the hub", got, fix) from error
