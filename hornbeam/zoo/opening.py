"""from_pretrained: a trained text model from a folder or from the hub."""

from __future__ import annotations

from typing import Any

from hornbeam.core.errors import UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.zoo.checkpoint import CONFIG, read_checkpoint, write_checkpoint
from hornbeam.zoo.family import TASKS
from hornbeam.zoo.hub import locate
from hornbeam.zoo.preset import is_preset, read_preset, write_preset
from hornbeam.zoo.pretrained import PretrainedModel

_WRITERS = {"transformers": write_checkpoint, "keras_hub": write_preset}


def from_pretrained(folder_or_hub_name: Any, task: str | None = None, dtype: Any = None) -> PretrainedModel:
    """A pretrained text model with its tokenizer, from a folder of transformers or of KerasHub.

    Known are BERT (and MiniLM's sentence models), RoBERTa, DistilBERT, GPT-2 and ELECTRA's encoder. Nothing in a
    folder is run, and no file outside of it is opened. The model is an ordinary one: compile, fit and predict it.

    Args:
        folder_or_hub_name: a folder; or a name such as ``"ProsusAI/finbert"``, which the library huggingface_hub
            fetches.
        task: what the model is for: ``"text-classification"``, ``"token-classification"``, ``"fill-mask"``,
            ``"question-answering"``, ``"text-generation"``, ``"sentence-embedding"``, or ``"feature-extraction"``,
            which gives the vectors of the words; what the folder says when None.
        dtype: number type or policy of the layers; as the file has it when None.

    Raises:
        FileError: a file is missing, damaged or not of its format; the family is not known; the folder has no weights
            for the task.
        UnknownNameError: there is no such task.

    Example:
        >>> import os, tempfile
        >>> from_pretrained(tempfile.mkdtemp())  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        hornbeam.core.errors.FileError: ...: expected config.json; got an empty folder. Give the folder that ...
    """
    if task is not None and task not in TASKS:
        known = ", ".join(map(repr, TASKS))
        raise UnknownNameError(
            "from_pretrained, task", f"one of {known}", repr(task), did_you_mean(str(task), list(TASKS))
        )
    folder = locate(folder_or_hub_name)
    read = read_preset if is_preset(folder.json(CONFIG)) else read_checkpoint
    return read(folder, task, dtype, _WRITERS)
