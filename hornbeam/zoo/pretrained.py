"""Pretrained models: ordinary functional models that also carry their tokenizer, and can be written for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.models import Functional, Model
from hornbeam.text import generate
from hornbeam.zoo import heads
from hornbeam.zoo.family import Family, Head, Sizes
from hornbeam.zoo.rows import Row
from hornbeam.zoo.tokenizer import PretrainedTokenizer


@dataclass(frozen=True)
class Description:
    """What a pretrained model is: its family, sizes, task and, for sentence models, how words become one vector."""

    family: Family
    sizes: Sizes
    task: str = "feature-extraction"
    classes: int = 0
    pooling: str = "mean"
    normalized: bool = False

    @property
    def head(self) -> Head:
        """What stands on the network."""
        if self.task == "feature-extraction":
            return Head(f"{self.family.preset}Model", heads.features, heads.no_rows)
        if self.task == "sentence-embedding":
            build = heads.sentence(self.pooling, self.normalized)
            return Head(f"{self.family.preset}Model", build, heads.no_rows)
        return self.family.head(self.task, self.family.name)

    @property
    def rows(self) -> list[Row]:
        """All weights."""
        return [*self.family.rows(self.sizes), *self.head.rows(self.sizes)]


class PretrainedModel(Functional):
    """A network that was trained before; ``from_pretrained`` gives one.

    Attributes:
        tokenizer: turns texts into what the model takes: ``model.predict(model.tokenizer(texts))``.
        backbone: the network without its head, a layer of the model.
        class_names: the names of the classes, where it has any.

    It is compiled, trained and saved as any model. A ``.keras`` file of it holds the network without the tokenizer.
    """

    described_as = Functional
    description: Description
    tokenizer: PretrainedTokenizer
    backbone: Model
    class_names: list[str]

    def save_pretrained(self, folder: Any, layout: str = "transformers") -> None:
        """Writes the model and its tokenizer into a folder that other libraries open.

        Args:
            folder: the folder, made if need be.
            layout: ``"transformers"`` (config.json, model.safetensors) or ``"keras_hub"`` (a preset).

        Raises:
            FileError: a file cannot be written; those that were there before are whole.
        """
        writers: dict[str, Callable[[Any, Any], None]] = self.__dict__["_writers"]
        if layout not in writers:
            known = " or ".join(map(repr, writers))
            raise ArgumentError(f"{self.where}, save_pretrained, layout", known, repr(layout), "Choose one of them.")
        writers[layout](self, folder)


class MaskedLM(PretrainedModel):
    """A model that knows which words may stand at hidden places.

    It takes ``mask_positions`` beside what the tokenizer gives: the places whose words are asked for.
    """

    def fill_mask(self, texts: Any, n: int = 5) -> list[list[tuple[str, float]]]:
        """The most probable words for the hidden one of each text.

        Args:
            texts: texts with one mask word each (``[MASK]`` for BERT, ``<mask>`` for RoBERTa).
            n: how many words.

        Returns:
            For each text a list of ``(word, probability)``, the most probable first.
        """
        arrays, mask = self.tokenizer(texts), self.tokenizer.special_id("mask")
        hidden = arrays["token_ids"] == mask
        wrong = np.flatnonzero(hidden.sum(1) != 1)
        if len(wrong):
            raise DataError(
                f"{self.where}, fill_mask",
                f"texts with one {self.tokenizer.specials['mask']} each",
                f"{hidden.sum(1)[wrong[0]]} in text {wrong[0]}",
                "Hide one word of each text.",
            )
        places = hidden.argmax(1)[:, None].astype("int32")
        logits = self.predict({**arrays, "mask_positions": places}, verbose=0)[:, 0]
        logits = logits.astype("float64")
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        words = self.tokenizer.pieces
        best = np.argsort(-shares[:, : words.vocabulary_size()], axis=-1, kind="stable")[:, :n]
        return [
            [(words.detokenize([int(word)]).strip(), float(row[word])) for word in top]
            for row, top in zip(shares, best, strict=True)
        ]


class CausalLM(PretrainedModel):
    """A model that goes on with a text, word by word."""

    def generate(self, texts: Any, max_new_tokens: int = 50, sampler: Any = "greedy") -> list[str]:
        """Goes on with texts until they end or have so many words more.

        Args:
            texts: beginnings.
            max_new_tokens: the most words (pieces of words) that are added.
            sampler: how words are chosen: ``"greedy"``, ``"top_k"``, ``"top_p"``, ``"beam"`` or a sampler of
                ``hornbeam.text``.

        Returns:
            The texts with what was added. The loop is one compiled program for each number and length of texts.
        """
        where = f"{self.where}, generate"
        count, end = checked(integer(1), max_new_tokens, f"{where}, max_new_tokens"), self.tokenizer.special_id("end")
        rows = [row or [end] for row in self.tokenizer.numbers(texts)]
        if not rows:
            return []
        longest, most = max(map(len, rows)), self.description.sizes.max_sequence_length
        if longest + count > most:
            expected = f"at most {most} words in all, for which the model has places"
            raise ArgumentError(where, expected, f"{longest} and {count} more", "Shorten the text, or ask for fewer.")
        prompt = np.full((len(rows), longest + count), end, "int32")
        given = np.zeros(prompt.shape, bool)
        for row, (words, kept) in zip(rows, zip(prompt, given, strict=True), strict=True):
            words[: len(row)], kept[: len(row)] = row, True
        cache = self._empty_cache(*prompt.shape)
        # the texts' own words pass through the loop as well: they fill the cache and are kept
        found = np.asarray(
            generate(self._next, prompt, sampler, cache=cache, index=1, mask=given, stop_token_ids=[end])
        )
        texts = []
        for row, words in zip(rows, found, strict=True):
            made = words[len(row) : len(row) + count].tolist()
            made = made[: made.index(end)] if end in made else made
            texts.append(self.tokenizer.detokenize([*row, *made]))
        return texts

    def _empty_cache(self, batch: int, length: int) -> Any:
        sizes, dtype = self.description.sizes, self.backbone.dtype.compute_dtype
        shape = (batch, sizes.num_layers, 2, length, sizes.num_heads, sizes.hidden_dim // sizes.num_heads)
        return jnp.zeros(shape, dtype)

    @property
    def _next(self) -> Any:
        """The scores of the word at a place from those before; one function, so that its program is kept."""
        if "_step" not in self.__dict__:
            self.__dict__["_step"] = _stepper(self.backbone, self.description.sizes.num_layers)
        return self.__dict__["_step"]


def _stepper(backbone: Any, depth: int) -> Any:
    table, places = backbone.get_layer("token_embedding"), backbone.get_layer("position_embedding")
    blocks = [backbone.get_layer(f"transformer_layer_{number}") for number in range(depth)]
    norm = backbone.get_layer("layer_norm")

    def step(prompt: Any, cache: Any, index: Any) -> Any:
        words = lax.dynamic_slice_in_dim(prompt, index - 1, 1, axis=1)
        x = table(words)
        x = x + places(x, start_index=index - 1)
        caches = []
        for number, block in enumerate(blocks):
            x, kept = block(x, self_attention_cache=cache[:, number], self_attention_cache_update_index=index - 1)
            caches.append(kept)
        return table(norm(x), reverse=True)[:, 0], None, jnp.stack(caches, axis=1)

    return step


_CLASSES: dict[str, type[PretrainedModel]] = {"fill-mask": MaskedLM, "text-generation": CausalLM}


def assemble(description: Description, dtype: Any, writers: dict[str, Callable[[Any, Any], None]]) -> PretrainedModel:
    """The model of a description, with new weights and without a tokenizer."""
    backbone = description.family.build(description.sizes, dtype)
    inputs, outputs = description.head.build(backbone, description.sizes, description.classes)
    model = _CLASSES.get(description.task, PretrainedModel)(inputs, outputs)
    model.description, model.backbone, model.class_names = description, backbone, []
    model.__dict__["_writers"] = writers
    return model
