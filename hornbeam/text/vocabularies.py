"""Vocabularies for the tokenizers of pieces, learnt from texts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.text.subword import library, read_text
from hornbeam.text.word_piece import normalizer
from hornbeam.text.words import not_a_text

RESERVED = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")


def compute_word_piece_vocabulary(
    data: Any,
    vocabulary_size: int,
    vocabulary_output_file: Any = None,
    lowercase: bool = False,
    strip_accents: bool = False,
    split: bool = True,
    split_on_cjk: bool = True,
    suffix_indicator: str = "##",
    reserved_tokens: Iterable[str] = RESERVED,
) -> list[str]:
    """Pieces for a ``WordPieceTokenizer``, learnt from texts: the most useful ones, the reserved ones first.

    Args:
        data: texts, batches of texts, or ``pathlib.Path`` objects of files whose lines are the texts.
        vocabulary_size: how many pieces there may be at most, reserved ones included. Every character is a piece.
        vocabulary_output_file: path of a file to which they are written too, one in each line.
        lowercase, strip_accents, split, split_on_cjk, suffix_indicator: as in ``WordPieceTokenizer``.
        reserved_tokens: pieces that are there in any case.

    Example:
        >>> vocabulary = compute_word_piece_vocabulary(["bat sat pat mat rat", "bat sat mat"], 16)
        >>> vocabulary[:5], "##at" in vocabulary
        (['[PAD]', '[CLS]', '[SEP]', '[UNK]', '[MASK]'], True)

    Differs:
        KerasNLP takes strings for names of files; here they are texts. It learns pieces in another way, so they differ.
    """
    where = "compute_word_piece_vocabulary"
    lib = library()
    reserved = _reserved(reserved_tokens, where)
    size = _size(vocabulary_size, len(reserved), where)
    learner = lib.Tokenizer(lib.models.WordPiece(unk_token=reserved[0] if reserved else "[UNK]"))
    learner.normalizer = normalizer(lowercase, strip_accents, split and split_on_cjk)
    if split:
        learner.pre_tokenizer = lib.pre_tokenizers.BertPreTokenizer()
    texts = list(_every_text(data, where))
    # The library numbers the letters inside of words in the order of a hash table, which differs from run to run, and
    # decides between equally frequent pairs by these numbers. Given beforehand, the numbers are always the same.
    inside = [suffix_indicator + letter for letter in sorted(_inside(learner, texts)) if suffix_indicator]
    trainer = lib.trainers.WordPieceTrainer(
        vocab_size=max(size, len(reserved) + len(inside)),
        special_tokens=[*reserved, *inside],
        continuing_subword_prefix=suffix_indicator,
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    tokens = _by_number(learner)
    if vocabulary_output_file is not None:
        with open(vocabulary_output_file, "w", encoding="utf-8", newline="\n") as file:
            file.write("".join(f"{token}\n" for token in tokens))
    return tokens


def compute_byte_pair_vocabulary(
    data: Any, vocabulary_size: int, add_prefix_space: bool = False, reserved_tokens: Iterable[str] = ()
) -> tuple[dict[str, int], list[str]]:
    """Vocabulary and merges for a ``BytePairTokenizer``, learnt from texts.

    Args:
        data: texts, batches of texts, or ``pathlib.Path`` objects of files whose lines are the texts.
        vocabulary_size: how many tokens there may be at most: the 256 bytes and the reserved ones included.
        add_prefix_space: as in ``BytePairTokenizer``.
        reserved_tokens: tokens that are there in any case, with the first numbers.

    Returns:
        ``(vocabulary, merges)``: a dict from token to number, and the merges in order.

    Example:
        >>> vocabulary, merges = compute_byte_pair_vocabulary(["low lower lowest", "new newer newest"], 270)
        >>> len(vocabulary), len(merges), "low" in vocabulary
        (270, 14, True)
    """
    where = "compute_byte_pair_vocabulary"
    lib = library()
    reserved = _reserved(reserved_tokens, where)
    trainer = lib.trainers.BpeTrainer(
        vocab_size=_size(vocabulary_size, 256 + len(reserved), where),
        special_tokens=reserved,
        initial_alphabet=lib.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner = lib.Tokenizer(lib.models.BPE())
    learner.pre_tokenizer = lib.pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    learner.train_from_iterator(_every_text(data, where), trainer)
    merges = json.loads(learner.to_str())["model"]["merges"]
    vocabulary = {token: number for number, token in enumerate(_by_number(learner))}
    return vocabulary, [" ".join(pair) for pair in merges]


def _inside(learner: Any, texts: list[str]) -> set[str]:
    """The characters that stand in words after the first."""
    words: set[str] = set()
    for text in texts:
        text = learner.normalizer.normalize_str(text)
        found = [(text, ())] if learner.pre_tokenizer is None else learner.pre_tokenizer.pre_tokenize_str(text)
        words.update(word for word, _ in found)
    return {letter for word in words for letter in word[1:]}


def _by_number(learner: Any) -> list[str]:
    numbers = learner.get_vocab()
    return sorted(numbers, key=numbers.__getitem__)


def _size(size: Any, least: int, where: str) -> int:
    return checked(integer(least + 1), size, f"{where}, vocabulary_size")


def _reserved(tokens: Iterable[str], where: str) -> list[str]:
    listed = list(tokens)
    if not all(isinstance(token, str) and token for token in listed) or len(set(listed)) < len(listed):
        raise ArgumentError(f"{where}, reserved_tokens", "texts that differ", repr(listed), "Give each once.")
    return listed


def _every_text(data: Any, where: str) -> Iterator[str]:
    """The texts in texts, in batches of them, and in files."""
    if isinstance(data, (str, bytes, os.PathLike)) or not hasattr(data, "__iter__"):
        raise DataError(where, "a list of texts", repr(data)[:60], "Write [text], or [pathlib.Path(name)].")
    for row, item in enumerate(data):
        if isinstance(item, str):
            yield item
        elif isinstance(item, os.PathLike):
            yield from read_text(item).splitlines()
        elif hasattr(item, "__iter__") and not isinstance(item, bytes) and all(isinstance(text, str) for text in item):
            yield from item
        else:
            raise not_a_text(item, row, where)
