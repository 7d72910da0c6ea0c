"""PretrainedTokenizer: texts as the arrays that a pretrained model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.layers import MultiSegmentPacker
from hornbeam.text.subword import SubwordTokenizer


class PretrainedTokenizer:
    """Turns texts, or pairs of texts, into a dict of arrays under the names of a model's inputs.

    ``[CLS] first [SEP] second [SEP]`` for BERT, with padding to the longest text of the call; other families have
    other special words, and GPT-2 none.

    Args:
        pieces: the tokenizer that cuts texts, with the special words in its vocabulary.
        specials: special words by role: start, end, between (may be two, with a space), pad, mask, unknown.
        inputs: names of the model's inputs.
        sequence_length: the most words of a row.
        framed: whether rows have a start and an end.
        mask_strips: whether the mask word takes the space before it along, as RoBERTa's does.

    The call takes ``texts``; ``pairs``, second texts, for models of two; ``sequence_length`` for this call, when rows
    shall all have this length. What is too long is cut, of two texts the longer one first.

    Shapes:
        n texts -> ``token_ids``, ``padding_mask`` and, where the model knows two texts apart, ``segment_ids``,
        ``(n, time)`` each.

    Example:
        >>> from hornbeam.text import WordPieceTokenizer
        >>> pieces = WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"])
        >>> specials = {"start": "[CLS]", "end": "[SEP]", "between": "[SEP]", "pad": "[PAD]"}
        >>> tokenizer = PretrainedTokenizer(pieces, specials, ["token_ids", "padding_mask"], 8)
        >>> print(tokenizer(["a b", "b"])["token_ids"])
        [[2 4 5 3]
         [2 5 3 0]]
    """

    def __init__(
        self,
        pieces: SubwordTokenizer,
        specials: Mapping[str, str],
        inputs: list[str],
        sequence_length: int,
        framed: bool = True,
        mask_strips: bool = False,
    ):
        self.pieces, self.specials, self.inputs = pieces, dict(specials), list(inputs)
        self.sequence_length, self.framed, self.mask_strips = sequence_length, framed, mask_strips

    def __call__(self, texts: Any, pairs: Any = None, sequence_length: int | None = None) -> dict[str, np.ndarray]:
        """The arrays of texts."""
        rows = self._rows(texts, "texts")
        segments = [rows] if pairs is None else [rows, self._rows(pairs, "pairs")]
        if len(segments[-1]) != len(rows):
            raise DataError(
                "PretrainedTokenizer, pairs", f"{len(rows)} texts, one for each", len(segments[-1]), "Give a list."
            )
        return self.pack(segments, sequence_length)

    def pack(self, segments: list[list[list[int]]], sequence_length: int | None = None) -> dict[str, np.ndarray]:
        """The arrays of texts that are numbers already: one list of texts, or two."""
        start, end, between = (self._numbers_of(role) if self.framed else [] for role in ("start", "end", "between"))
        marks = len(start) + len(end) + len(between) * (len(segments) - 1)
        longest = max((sum(map(len, texts)) for texts in zip(*segments, strict=True)), default=0) + marks
        if sequence_length is None:
            length = max(1, min(longest, self.sequence_length))
        else:
            length = checked(integer(1), sequence_length, "PretrainedTokenizer, sequence_length")
            if length > self.sequence_length:
                expected = f"at most {self.sequence_length}, for which the model has places"
                raise ArgumentError("PretrainedTokenizer, sequence_length", expected, length, "Make it smaller.")
        if not segments[0]:
            empty = np.zeros((0, length), "int32")
            return {name: empty for name in self.inputs}
        packer = MultiSegmentPacker(length, start, end, between, pad_value=0)
        words, parts = packer(tuple(segments))
        # a pad value may be a word as well, as GPT-2's is: lengths are counted, not looked up
        lengths = np.minimum([sum(map(len, texts)) + marks for texts in zip(*segments, strict=True)], length)
        mask = (np.arange(length) < lengths[:, None]).astype("int32")
        found = {"token_ids": np.where(mask, words, self.pad_id).astype("int32")}
        found |= {"segment_ids": parts, "padding_mask": mask}
        return {name: found[name] for name in self.inputs}

    def detokenize(self, numbers: Any) -> Any:
        """The text of a row of numbers, or texts of several rows; special words are left out."""
        array = np.asarray(numbers)
        if array.ndim == 2:
            return [self.detokenize(row) for row in array]
        special = {number for role in self.specials for number in self._numbers_of(role)}
        kept = [int(number) for number in array if int(number) not in special]
        return self.pieces.detokenize(kept) if kept else ""

    @property
    def pad_id(self) -> int:
        """The number of padding."""
        return self._numbers_of("pad" if "pad" in self.specials else "end")[0]

    def special_id(self, role: str) -> int:
        """The number of a special word: ``"mask"``, ``"end"``, …"""
        if role not in self.specials:
            known = ", ".join(map(repr, self.specials))
            raise ArgumentError("PretrainedTokenizer, special_id", f"one of {known}", repr(role), "Choose one of them.")
        return self._numbers_of(role)[0]

    def numbers(self, texts: Any) -> list[list[int]]:
        """The numbers of texts, without start and end, uncut."""
        return self._rows(texts, "texts")

    def _rows(self, texts: Any, what: str) -> list[list[int]]:
        if isinstance(texts, str):
            raise DataError(f"PretrainedTokenizer, {what}", "a list of texts", f"one, {texts[:40]!r}", "Write [text].")
        if self.mask_strips:
            space = re.compile(rf"\s+(?={re.escape(self.specials['mask'])})")
            texts = [space.sub("", text) if isinstance(text, str) else text for text in texts]
        return self.pieces.tokenize(list(texts))

    def _numbers_of(self, role: str) -> list[int]:
        return [self.pieces.token_to_id(word) for word in self.specials[role].split()]
