"""Family: what is known of one kind of pretrained text model, and how its checkpoints write it down."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.core.registry import did_you_mean
from hornbeam.saving.archive import AGAIN
from hornbeam.zoo.rows import Row

TASKS = (
    "feature-extraction",
    "text-classification",
    "token-classification",
    "fill-mask",
    "question-answering",
    "text-generation",
    "sentence-embedding",
)
_ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_approximate",
    "gelu_pytorch_tanh": "gelu_approximate",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}


@dataclass(frozen=True)
class Sizes:
    """The sizes of a network, in Hornbeam's words."""

    vocabulary_size: int
    num_layers: int
    num_heads: int
    hidden_dim: int
    intermediate_dim: int
    max_sequence_length: int
    dropout: float = 0.1
    num_segments: int = 1
    embedding_dim: int = 0
    activation: str = "gelu"
    layer_norm_epsilon: float = 1e-12
    pooled: bool = False  # whether there is a dense layer on the first word's vector
    tied: bool = True  # whether scores of words come from the table of their vectors
    mask_activation: str | None = None  # of the head for masked words, where it is another
    mask_epsilon: float | None = None


@dataclass(frozen=True)
class Head:
    """What stands on a network for a task.

    Args:
        architecture: the class of transformers, for config.json.
        build: ``(backbone, sizes, classes) -> (inputs, outputs)``.
        rows: its weights.
        aliases: other classes of transformers that have these weights.
    """

    architecture: str
    build: Callable[[Any, Sizes, int], tuple[Any, Any]]
    rows: Callable[[Sizes], list[Row]]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """A kind of network.

    Args:
        name: ``model_type`` in config.json.
        prefix: what its weights' names begin with in checkpoints that have a head.
        preset: what KerasHub's classes begin with.
        keys: how config.json calls the sizes, and their values where it says nothing.
        fixed: other keys of config.json, and the only values of them that are known here.
        build: makes the network.
        rows: its weights.
        blocks: how the names of weights in its blocks begin.
        ignored: ends of names of arrays in checkpoints that are no weights.
        heads: what may stand on it, by task.
        reserved: positions that the checkpoint's table has before the first.
        specials: its special words by role: start, end, between, pad, mask, unknown.
        byte_pairs: whether its words are made of byte pairs, else of word pieces.
    """

    name: str
    prefix: str
    preset: str
    keys: Mapping[str, tuple[str, Any]]
    build: Callable[[Sizes, Any], Any]
    rows: Callable[[Sizes], list[Row]]
    blocks: str
    heads: Mapping[str, Head]
    specials: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ("position_ids",)
    reserved: int = 0
    byte_pairs: bool = False

    def sizes(self, config: Mapping[str, Any], where: str) -> Sizes:
        """The sizes that a config.json states.

        Raises:
            FileError: one is no positive number, or a key asks for what is not known here.
        """
        for key, known in self.fixed.items():
            if config.get(key, known) not in (known, None):
                expected = f"{known!r}, as in all published models of this family"
                raise FileError(f"{where}, {key}", expected, repr(config[key])[:40], "Open it with transformers.")
        found = {name: config.get(key, default) for name, (key, default) in self.keys.items()}
        if "intermediate_dim" in found and found["intermediate_dim"] is None:  # as GPT-2 has it
            found["intermediate_dim"] = 4 * found["hidden_dim"] if _counts(found["hidden_dim"]) else None
        wrong = []
        for name, value in found.items():
            if name == "activation":
                fits = value in _ACTIVATIONS if isinstance(value, str) else False
            elif name in ("dropout", "layer_norm_epsilon"):
                fits = type(value) in (int, float) and math.isfinite(value) and 0 <= value < 1
            else:
                fits = _counts(value)
            if not fits:
                wrong.append(f"{self.keys[name][0]} {value!r}"[:60])
        if wrong:
            fix = f"Activations known here are {', '.join(_ACTIVATIONS)}."
            raise FileError(where, "positive sizes and a known activation", ", ".join(wrong), fix)
        found["activation"] = _ACTIVATIONS[found.get("activation", "gelu")]
        found["max_sequence_length"] -= self.reserved
        found.setdefault("embedding_dim", found["hidden_dim"])
        tied = config.get("tie_word_embeddings", True) is not False
        sizes = Sizes(**found, tied=tied)
        if sizes.hidden_dim % sizes.num_heads or sizes.max_sequence_length < 1:
            got = f"{sizes.hidden_dim} numbers in {sizes.num_heads} heads, {sizes.max_sequence_length} places"
            raise FileError(where, "heads that share the numbers evenly, and places for words", got, AGAIN)
        return sizes

    def config(self, sizes: Sizes) -> dict[str, Any]:
        """What config.json says of sizes."""
        words = {ours: theirs for theirs, ours in reversed(_ACTIVATIONS.items())}
        values = {**vars(sizes), "activation": words[sizes.activation]}
        values["max_sequence_length"] += self.reserved
        return {
            "model_type": self.name,
            **{key: values[name] for name, (key, _) in self.keys.items()},
            "tie_word_embeddings": sizes.tied,
        }

    def head(self, task: str, where: str) -> Head:
        """The head for a task; refuses one that the family has not."""
        if task not in self.heads:
            known = ", ".join(["feature-extraction", *self.heads])
            raise FileError(
                f"{where}, task",
                f"a task of {self.name}: {known}",
                repr(task),
                did_you_mean(task, list(TASKS)) if task not in TASKS else "Choose one of them.",
            )
        return self.heads[task]

    def task_of(self, architecture: Any) -> str | None:
        """The task of a class of transformers."""
        for task, head in self.heads.items():
            if architecture in (head.architecture, *head.aliases):
                return task
        return None


def _counts(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**31


def with_pooler(sizes: Sizes, names: Any) -> Sizes:
    """Sizes, with the dense layer on the first word's vector where the checkpoint has it."""
    return replace(sizes, pooled="pooler.dense.weight" in names)
