"""Vocabulary: which words or numbers a lookup layer knows, how they are numbered, and what each weighs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from hornbeam.core.config import Spec
from hornbeam.core.errors import ArgumentError, DataError, FileError, NotBuiltError
from hornbeam.text.subword import read_text

AGAIN = "Get the file again from its source."


class Vocabulary:
    """Tokens and their numbers: the mask's first, then those for what is not known, then the tokens'.

    Args:
        where: the layer, for errors.
        maximum: how many numbers there may be; None for any.
        unknowns: how many numbers stand for what is not known.
        mask: the token for what is to be left out; it has number 0 in mode ``"int"``, and none in others. Or None.
        oov: the token that stands for what is not known.
        mode: the layer's output_mode.
        invert: whether the layer goes from numbers to tokens.
    """

    def __init__(self, where: str, maximum: int | None, unknowns: int, mask: Any, oov: Any, mode: str, invert: bool):
        self.where, self.maximum, self.unknowns, self.mask, self.oov = where, maximum, unknowns, mask, oov
        self.mode, self.invert = mode, invert
        self.first_unknown = int(mask is not None and mode == "int")
        self.first = self.first_unknown + unknowns
        self.tokens: tuple[Any, ...] = ()
        self.weights: np.ndarray | None = None  # the logarithms of tf-idf, one for each number

    @property
    def known(self) -> bool:
        """Whether there is a vocabulary."""
        return bool(self.tokens)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.first + len(self.tokens)

    @property
    def specials(self) -> list[Any]:
        """The tokens before the first."""
        return [self.mask] * self.first_unknown + [self.oov] * self.unknowns

    def listed(self, specials: bool = True) -> list[Any]:
        """The tokens by number."""
        return [*(self.specials if specials else []), *self.tokens]

    def require(self) -> None:
        """Raises an error while there is no vocabulary."""
        if not self.known:
            raise NotBuiltError(
                self.where, "a vocabulary", "none yet", "Call adapt(data) first, or give vocabulary=[…]."
            )

    # -- where it comes from -------------------------------------------------------------------------

    def set(self, tokens: Iterable[Any], weights: Any = None) -> None:
        """Takes tokens, with or without the special ones before them, and what each weighs.

        Raises:
            ArgumentError: there are none, or too many, or one comes twice; weights are missing or too many.
        """
        given = list(tokens)
        where = f"{self.where}, vocabulary"
        special = bool(self.specials) and given[: self.first] == self.specials
        own = given[self.first :] if special else given
        if not own:
            raise ArgumentError(where, "at least one token", "none", "Give tokens, or call adapt(data).")
        twice = [token for token, count in Counter(own).items() if count > 1]
        if twice:
            raise ArgumentError(
                where,
                "each token once",
                "twice " + ", ".join(map(repr, twice[:5])) + (", …" if len(twice) > 5 else ""),
                "Drop the repeated ones: list(dict.fromkeys(vocabulary)).",
            )
        reserved = {self.mask} if self.mask is not None else set()
        reserved |= {self.oov} if self.invert and self.oov is not None else set()
        misplaced = reserved & set(own)
        if misplaced:
            raise ArgumentError(
                where,
                f"special tokens only at the beginning, as {self.specials}, or not at all",
                f"{sorted(misplaced)[0]!r} among the others",
                "Take it out.",
            )
        if self.maximum is not None and self.first + len(own) > self.maximum:
            raise ArgumentError(
                f"{self.where}, max_tokens",
                f"at least {self.first + len(own)}, for {len(own)} tokens and {self.first} special ones",
                self.maximum,
                "Increase it, or give fewer tokens.",
            )
        weighed = self._weights(weights, len(given), special)
        self.tokens, self.weights = tuple(own), weighed

    def _weights(self, weights: Any, count: int, special: bool) -> np.ndarray | None:
        where = f"{self.where}, idf_weights"
        if (weights is not None) != (self.mode == "tf_idf"):
            raise ArgumentError(
                where,
                "a number for each token" if self.mode == "tf_idf" else "None, as output_mode is not 'tf_idf'",
                "None" if weights is None else "some",
                "Give them with the vocabulary, or call adapt(data)." if self.mode == "tf_idf" else "Leave them out.",
            )
        if weights is None:
            return None
        array = np.asarray(weights, np.float32)
        if array.shape != (count,):
            raise ArgumentError(where, f"{count} numbers, one for each token", f"shape {array.shape}", "Give as many.")
        if special:
            return array
        return np.concatenate([np.full(self.first, array.mean(dtype=np.float64), np.float32), array])

    def learn(self, counts: Counter, documents: Counter, number: int) -> None:
        """Takes the most frequent tokens; of equally frequent ones the last by order of their letters.

        Args:
            counts: how often each token occurred.
            documents: in how many texts, for tf-idf: ``log(1 + number / (1 + documents))``.
            number: how many texts there were.

        Raises:
            DataError: there is no token.
        """
        for special in (self.mask, self.oov):
            counts.pop(special, None)
        if not counts:
            raise DataError(f"{self.where}, adapt", "at least one token", "none", "Check the data.")
        ranked = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
        if self.maximum is not None:
            ranked = ranked[: self.maximum - self.first]
        weights = None
        if self.mode == "tf_idf":
            seen = np.array([documents[token] for token in ranked])
            weights = np.log(1 + number / (1 + seen)).astype(np.float32)
        self.set(ranked, weights)

    # -- numbers as vectors --------------------------------------------------------------------------

    def bags(self, numbers: np.ndarray, rows: np.ndarray, count: int, depth: int, dtype: Any) -> np.ndarray:
        """Vectors that say which numbers each row has (multi_hot), how often (count), or what that weighs (tf_idf).

        Shapes:
            numbers ``(n,)`` and their rows ``(n,)`` -> ``(count, depth)``; negative numbers leave no trace.
        """
        kept = numbers >= 0
        places = rows[kept].astype(np.int64) * depth + numbers[kept]
        found = np.zeros(count * depth, np.float32)
        if self.mode == "multi_hot":
            found[places] = 1
        else:
            places, times = np.unique(places, return_counts=True)
            found[places] = times
        vectors = found.reshape(count, depth)
        if self.weights is not None:
            vectors *= self.padded_weights(depth)
        return vectors.astype(dtype, copy=False)

    def padded_weights(self, depth: int) -> np.ndarray:
        """What each number weighs, 0 where the vocabulary ends before the depth."""
        assert self.weights is not None
        return np.pad(self.weights, (0, depth - len(self.weights)))


def read_vocabulary(value: Any, where: str, kind: Callable[[Any], Any]) -> list[Any]:
    """Tokens from a list, an array, or a text file with one in each line.

    Raises:
        FileError: the file cannot be read, or is not in UTF-8.
        ArgumentError: something else was given.
    """
    if isinstance(value, (str, os.PathLike)):
        return from_lines(read_text(value), os.fspath(value), kind)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (bytes, dict)) or not isinstance(value, Iterable):
        raise ArgumentError(
            f"{where}, vocabulary", "a list of tokens, or the path of a file", f"{value!r:.60}", "Give a list."
        )
    return [kind(token) for token in value]


def from_lines(text: str, where: str, kind: Callable[[Any], Any]) -> list[Any]:
    """The tokens of a text with one in each line."""
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1]:
        lines.pop()
    try:
        return [kind(line) for line in lines]
    except ValueError as error:
        raise FileError(where, "a token in each line", error, AGAIN) from None


def refuse_paths(cls: type[Spec], config: dict[str, Any]) -> dict[str, Any]:
    """A lookup layer's config without what Keras notes for itself.

    Raises:
        FileError: it names a file in place of a vocabulary. A file from a stranger must not read others.
    """
    if isinstance(config.get("vocabulary"), str):
        raise FileError(
            f"config of {cls.__name__}, vocabulary",
            "a list of tokens",
            f"the path {config['vocabulary']!r}, which is not opened",
            "Set it afterwards: layer.set_vocabulary(path).",
        )
    noted = ("vocabulary_size", "has_input_vocabulary", "vocabulary_dtype")
    return {name: value for name, value in config.items() if name not in noted}
