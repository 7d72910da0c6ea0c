"""BytePairTokenizer: bytes merged step by step, as GPT-2 and RoBERTa have them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.text.subword import LENGTH, SubwordTokenizer, check_tokens, library, read_text


class BytePairTokenizer(SubwordTokenizer):
    """Begins with the bytes of each word and merges pairs of neighbours, in the order in which the merges were learnt.

    Every text has tokens, as every byte is one: nothing is unknown. Bytes are written as GPT-2 writes them: a space is
    ``Ġ``.

    Args:
        vocabulary: dict from token to number, or the path of ``vocab.json``.
        merges: the merges in order, ``"a b"`` or ``("a", "b")`` each, or the path of ``merges.txt``.
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        add_prefix_space: whether a space is put before each text, so that its first word is like the others.
        unsplittable_tokens: tokens that are found in texts first, and never cut, such as ``"<|endoftext|>"``.
        dtype: ``"int32"`` for numbers, ``"string"`` for the tokens themselves.

    Example:
        >>> vocabulary = {"butter": 1, "fly": 2, **{letter: 3 + n for n, letter in enumerate("buterfly")}}
        >>> merges = ["b u", "t t", "e r", "bu tt", "butt er", "f l", "fl y"]
        >>> vocabulary |= {"".join(merge.split()): 20 + n for n, merge in enumerate(merges[:4] + merges[5:6])}
        >>> tokenizer = BytePairTokenizer(vocabulary, merges)
        >>> tokenizer("butterfly"), tokenizer.detokenize([1, 2])
        ([1, 2], 'butterfly')

    Reference:
        Sennrich, Haddow & Birch (2016), Neural machine translation of rare words with subword units, section 3.2;
        Radford et al. (2019), Language models are unsupervised multitask learners, section 2.2.
    """

    vocabulary = field(None, config=False)
    merges = field(None, config=False)
    sequence_length = field(None, convert=LENGTH)
    add_prefix_space = field(False)
    unsplittable_tokens = field(None)

    def _ready(self) -> None:
        where = type(self).__name__
        numbers = _numbers(self.__dict__.pop("vocabulary"), where)
        self._merges = merges = _merges(self.__dict__.pop("merges"), where)
        lost = [token for pair in merges for token in (*pair, "".join(pair)) if token not in numbers]
        if lost:
            raise ArgumentError(
                f"{where}, merges",
                "merges of tokens of the vocabulary into tokens of the vocabulary",
                ", ".join(map(repr, dict.fromkeys(lost[:5]))),
                "Give the vocabulary and the merges of one model.",
            )
        lib = library()
        self._tokenizer = lib.Tokenizer(lib.models.BPE(vocab=numbers, merges=merges))
        self._tokenizer.pre_tokenizer = lib.pre_tokenizers.ByteLevel(add_prefix_space=self.add_prefix_space)
        self._tokenizer.decoder = lib.decoders.ByteLevel()
        kept = list(self.unsplittable_tokens or [])
        missing = [token for token in kept if token not in numbers]
        if missing:
            raise ArgumentError(
                f"{where}, unsplittable_tokens",
                "tokens of the vocabulary",
                ", ".join(map(repr, missing)),
                "Add them to the vocabulary.",
            )
        self._tokenizer.add_special_tokens(kept)
        self._numbers = numbers
        by_number = {number: token for token, number in numbers.items()}
        self._tokens = [by_number.get(number, "") for number in range(max(by_number) + 1)]

    def get_config(self) -> dict[str, Any]:
        merges = [" ".join(pair) for pair in self._merges]
        return {"vocabulary": dict(self._numbers), "merges": merges, **super().get_config()}

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [found.ids for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _decode(self, numbers: list[int]) -> str:
        text = self._tokenizer.decode(numbers, skip_special_tokens=False)
        return text.removeprefix(" ") if self.add_prefix_space else text


def _numbers(vocabulary: Any, where: str) -> dict[str, int]:
    if isinstance(vocabulary, (str, os.PathLike)):
        path = os.fspath(vocabulary)
        try:
            vocabulary = json.loads(read_text(path))
        except (ValueError, RecursionError) as error:
            raise FileError(path, "JSON, a dict from token to number", error, "Give the model's vocab.json.") from None
    if (
        not isinstance(vocabulary, Mapping)
        or not vocabulary
        or not all(type(number) is int and number >= 0 for number in vocabulary.values())
        or len(set(vocabulary.values())) < len(vocabulary)
        or max(vocabulary.values()) > 100 * len(vocabulary) + 1000
    ):
        raise ArgumentError(
            f"{where}, vocabulary",
            "a dict from token to a number of its own, or the path of vocab.json",
            repr(vocabulary)[:60],
            "Give it as {'a': 0, 'b': 1, …}.",
        )
    return {str(token): number for token, number in vocabulary.items()}


def _merges(merges: Any, where: str) -> list[tuple[str, str]]:
    if isinstance(merges, (str, os.PathLike)):
        merges = [line for line in read_text(merges).splitlines() if line and not line.startswith("#version")]
    if merges is None:
        raise ArgumentError(f"{where}, merges", "a list, or the path of merges.txt", "None", "Give merges=[…].")
    pairs = [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in merges]
    wrong = [pair for pair in pairs if len(pair) != 2]
    if wrong:
        raise ArgumentError(f"{where}, merges", "two tokens in each, like 'a b'", repr(wrong[0]), "Give pairs.")
    if pairs:
        check_tokens([f"{one} {two}" for one, two in pairs], f"{where}, merges as a")
    return pairs  # type: ignore[return-value]
