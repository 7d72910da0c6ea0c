"""What the tokenizers for pieces of words share: one text or many in, lists or a padded array of numbers out."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.core.checks import integer, one_of
from hornbeam.core.config import Spec, field
from hornbeam.core.errors import ArgumentError, DataError, FileError, UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.text.words import not_a_text

LENGTH = integer(1, optional=True)


class SubwordTokenizer(Spec):
    """Base of tokenizers for pieces of words. A subclass defines ``_encode`` and ``_decode``, and fills ``_tokens``.

    Args:
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        dtype: ``"int32"`` for numbers, ``"string"`` for the tokens themselves.
    """

    sequence_length: int | None = None
    dtype = field("int32", convert=one_of("int32", "int64", "string"), kw_only=True)

    _tokens: list[str]  # by number
    _numbers: dict[str, int]  # by token
    _paths = ("vocabulary", "merges", "proto")  # arguments that a user may give as the path of a file

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        for name in cls._paths:
            if isinstance(config.get(name), str):
                raise FileError(
                    f"config of {cls.__name__}, {name}",
                    "the tokens themselves",
                    f"the path {config[name]!r}, which is not opened",
                    f"Give it to the constructor: {cls.__name__}({name}=…).",
                )
        return super().from_config(config)

    def _encode(self, texts: list[str]) -> list[list[int]]:
        """The numbers of each text."""
        raise NotImplementedError

    def _decode(self, numbers: list[int]) -> str:
        """The text of numbers that are all in the vocabulary."""
        raise NotImplementedError

    def __call__(self, inputs: Any) -> Any:
        """``tokenize``."""
        return self.tokenize(inputs)

    def tokenize(self, inputs: Any) -> Any:
        """The tokens of one text or of several.

        Args:
            inputs: a text, or a list, array or column of texts.

        Returns:
            A list of numbers for one text, a list of lists for several; with ``sequence_length`` an array
            ``(sequence_length,)`` or ``(texts, sequence_length)``.
        """
        single = isinstance(inputs, str)
        texts = [inputs] if single else _texts(inputs, type(self).__name__)
        found: Any = self._encode(texts)
        if self.dtype == "string":
            found = [[self.id_to_token(number) for number in row] for row in found]
        if self.sequence_length is not None:
            found = self._padded(found)
        return found[0] if single else found

    def _padded(self, rows: list[list[Any]]) -> np.ndarray:
        words = self.dtype == "string"
        shape = len(rows), int(self.sequence_length or 0)
        padded = np.full(shape, "" if words else 0, object if words else self.dtype)
        for row, numbers in zip(padded, rows, strict=True):
            kept = numbers[: self.sequence_length]
            row[: len(kept)] = kept
        return padded

    def detokenize(self, inputs: Any) -> Any:
        """The text of numbers, or the texts of several rows of numbers."""
        if isinstance(inputs, (list, tuple)):
            single = not len(inputs) or np.ndim(inputs[0]) == 0
        else:
            single = np.ndim(inputs) == 1
        return self._decode(self._checked(inputs)) if single else [self._decode(self._checked(row)) for row in inputs]

    def _checked(self, numbers: Any) -> list[int]:
        array = np.asarray(numbers)
        if not array.size:
            return []
        where = f"{type(self).__name__}, detokenize"
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise DataError(where, "whole numbers", f"{array.dtype} of shape {array.shape}", "Give what tokenize gave.")
        if array.min() < 0 or array.max() >= self.vocabulary_size():
            wrong = int(array.min() if array.min() < 0 else array.max())
            raise DataError(
                where,
                f"numbers from 0 to {self.vocabulary_size() - 1}",
                wrong,
                "Give numbers that this tokenizer gave.",
            )
        return array.tolist()

    # -- the vocabulary ------------------------------------------------------------------------------

    def _learn(self, tokens: list[str]) -> None:
        """Takes the tokens by number."""
        self._tokens, self._numbers = tokens, {token: number for number, token in enumerate(tokens)}

    def vocabulary_size(self) -> int:
        """How many tokens there are."""
        return len(self._tokens)

    def get_vocabulary(self) -> list[str]:
        """The tokens, by number."""
        return list(self._tokens)

    def id_to_token(self, id: int) -> str:
        """The token of a number."""
        if not 0 <= id < self.vocabulary_size():
            raise DataError(
                f"{type(self).__name__}, id_to_token",
                f"a number from 0 to {self.vocabulary_size() - 1}",
                id,
                "See vocabulary_size().",
            )
        return self._tokens[id]

    def token_to_id(self, token: str) -> int:
        """The number of a token."""
        if token not in self._numbers:
            raise UnknownNameError(
                f"{type(self).__name__}, token_to_id",
                "a token of the vocabulary",
                repr(token),
                did_you_mean(token, self._tokens[:10]),
            )
        return self._numbers[token]


def library() -> Any:
    """The Rust library ``tokenizers``, imported when first needed."""
    return importlib.import_module("tokenizers")


def _texts(inputs: Any, where: str) -> list[str]:
    if not hasattr(inputs, "__iter__") or isinstance(inputs, (bytes, dict)):
        raise DataError(where, "a text or a list of texts", repr(inputs)[:60], "Give a text, or texts in a list.")
    texts = [str(item) if isinstance(item, np.str_) else item for item in inputs]
    for row, item in enumerate(texts):
        if not isinstance(item, str):
            raise not_a_text(item, row, where)
    return texts


def listed(vocabulary: Any, where: str) -> list[str]:
    """Tokens from a list, or from a text file with one in each line.

    Raises:
        ArgumentError: none were given, or one twice.
    """
    if isinstance(vocabulary, (str, os.PathLike)):
        vocabulary = read_text(vocabulary).split("\n")
        while vocabulary and not vocabulary[-1]:
            vocabulary.pop()
    if vocabulary is None or isinstance(vocabulary, dict) or not isinstance(vocabulary, Iterable):
        raise ArgumentError(
            f"{where}, vocabulary", "a list of tokens, or the path of a file", repr(vocabulary)[:60], "Give it."
        )
    tokens = [str(token).rstrip("\r") for token in vocabulary]
    check_tokens(tokens, where)
    return tokens


def check_tokens(tokens: list[str], where: str) -> None:
    """Refuses an empty vocabulary, and tokens that come twice."""
    if not tokens:
        raise ArgumentError(f"{where}, vocabulary", "tokens", "none", "Give at least one.")
    if len(set(tokens)) < len(tokens):
        seen: set[str] = set()
        twice = list(dict.fromkeys(token for token in tokens if token in seen or seen.add(token)))  # type: ignore[func-returns-value]
        raise ArgumentError(
            f"{where}, vocabulary",
            "each token once",
            "twice " + ", ".join(map(repr, twice[:5])) + (", …" if len(twice) > 5 else ""),
            "Drop the repeated ones: list(dict.fromkeys(vocabulary)).",
        )


def read_text(path: Any) -> str:
    """A text file in UTF-8.

    Raises:
        FileError: it cannot be read, or a byte of it is no UTF-8; where that stands is said.
    """
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            os.fspath(path),
            "text in UTF-8",
            f"byte 0x{data[error.start]:02x} at offset {error.start}",
            "Save it in UTF-8.",
        ) from None


def read_bytes(path: Any) -> bytes:
    """A file's bytes, or an error that says why not."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise FileError(
            os.fspath(path), "a file that can be read", error.strerror or str(error), "Check the name."
        ) from error
