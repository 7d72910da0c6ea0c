"""Lookup: what layers with a vocabulary share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, integer, one_of
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.core.symbolic import first_symbolic
from hornbeam.data.adapt import arranged, gives_batches
from hornbeam.layers.layer import Layer
from hornbeam.layers.vocabulary import AGAIN, Vocabulary, from_lines, read_vocabulary, refuse_paths

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def output_mode(value: Any) -> str:
    """Converter to the name of an output mode, old names included."""
    return one_of(*MODES)({"binary": "multi_hot", "tf-idf": "tf_idf"}.get(value, value))


def salt(value: Any) -> tuple[int, int] | None:
    """Converter to two whole numbers, from two or one; None stays."""
    if value is None:
        return None
    numbers = (value, value) if isinstance(value, (int, np.integer)) else value
    if not isinstance(numbers, (tuple, list)) or len(numbers) != 2:
        raise Refused("a whole number, or two", "Write salt=133.")
    return tuple(map(integer(), numbers))  # type: ignore[return-value]


def refuse_symbolic(layer: Layer, inputs: Any) -> None:
    """Raises an error where a layer that reads texts is made part of a network."""
    if first_symbolic(inputs) is not None:
        raise DataError(
            layer.where,
            "texts: no compiled program can hold them, so this layer works before the network",
            "a symbolic tensor",
            "Call the layer on the data, x = layer(texts), and give the network x.",
        )


class Lookup(Layer):
    """Base of layers with a vocabulary. A subclass says how it reads inputs and finds numbers."""

    autocast = False
    rowwise = True
    _kind: Any = str  # of tokens
    _promised: int | None = None  # how many numbers a file's description speaks of, whose vocabulary is read later

    max_tokens: int | None
    num_oov_indices: int
    mask_token: Any
    oov_token: Any
    vocabulary: Any
    idf_weights: Any
    invert: bool
    output_mode: str
    pad_to_max_tokens: bool

    def _ready(self) -> None:
        super()._ready()
        if self.max_tokens is not None and self.max_tokens < 2:
            raise ArgumentError(f"{self.where}, max_tokens", "at least 2", self.max_tokens, "Increase it.")
        if self.invert and self.output_mode != "int":
            raise ArgumentError(
                f"{self.where}, output_mode", "'int', as invert is True", repr(self.output_mode), "Leave it out."
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ArgumentError(
                f"{self.where}, max_tokens", "a number, as pad_to_max_tokens is True", "None", "Give max_tokens."
            )
        self._words = Vocabulary(
            self.where,
            self.max_tokens,
            self.num_oov_indices,
            self.mask_token,
            self.oov_token,
            self.output_mode,
            self.invert,
        )
        given, weights = self.__dict__.pop("vocabulary", None), self.__dict__.pop("idf_weights", None)
        if given is not None:
            self.set_vocabulary(given, weights)
        elif weights is not None:
            raise ArgumentError(f"{self.where}, idf_weights", "a vocabulary with them", "none", "Give vocabulary=[…].")

    # -- the vocabulary ------------------------------------------------------------------------------

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Takes a vocabulary; an earlier one is forgotten.

        Args:
            vocabulary: tokens in the order of their numbers, with or without the special ones before them, or the path
                of a text file with one in each line.
            idf_weights: for ``"tf_idf"``, what each token weighs.
        """
        self._words.set(read_vocabulary(vocabulary, self.where, self._kind), idf_weights)
        self._changed()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by number; without the special ones before them, if they are not to be included."""
        return self._words.listed(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many numbers there are, those of special tokens included."""
        return self._words.size

    def named_arrays(self) -> dict[str, np.ndarray]:
        """What Keras keeps among a layer's weights by name: ``idf_weights``, one for each number."""
        return {} if self._words.weights is None else {"idf_weights": self._words.padded_weights(self._depth)}

    def take_vocabulary(self, text: str, where: str, weights: np.ndarray | None = None) -> None:
        """Takes the vocabulary of a model's file, unless the description had one.

        Args:
            text: a token in each line, the special ones too.
            where: the file, for errors.
            weights: for ``"tf_idf"``, what each number weighs; zeros may follow.
        """
        if self._words.known:
            return
        if (self.output_mode == "tf_idf") != (weights is not None):
            has = "one without them" if weights is None else "one with them"
            raise FileError(where, f"a vocabulary of {self.where}, with weights for 'tf_idf' alone", has, AGAIN)
        tokens = from_lines(text, where, self._kind)
        if tokens and tokens == self._words.specials:  # the layer had not been adapted
            return
        self.set_vocabulary(tokens, None if weights is None else weights[: len(tokens)])
        if self._promised not in (None, self._words.size):
            raise FileError(where, f"{self._promised} tokens, as the description says", self._words.size, AGAIN)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Finds the vocabulary: the most frequent tokens; what was found before is forgotten.

        Of equally frequent tokens the last in order comes first. For ``"tf_idf"`` each row is a document.

        Args:
            data: tokens in lists, an array, a column of a frame, or an iterable of batches (of inputs alone or of
                ``(inputs, targets)``).
            batch_size: accepted for Keras's sake.
            steps: how many batches to take from an iterable, None for all.
        """
        counts: Counter = Counter()
        documents: Counter = Counter()
        number = 0
        for batch in batches(data, steps, f"{self.where}, adapt"):
            rows = self._documents(batch)
            for row in rows:
                counts.update(row)
                if self.output_mode == "tf_idf":
                    documents.update(iter(dict.fromkeys(row)))
            number += len(rows)
        self._words.learn(self._named(counts), self._named(documents), number)
        self._changed()

    def _documents(self, batch: Any) -> list[list[Any]]:
        """The tokens of each row."""
        raise NotImplementedError

    def _named(self, counts: Counter) -> Counter:
        """The counts by tokens as the vocabulary has them."""
        return counts

    def _changed(self) -> None:
        """Called when there is another vocabulary."""

    # -- config --------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        known, weights = self._words.known, self._words.weights
        learned = {
            "vocabulary": self.get_vocabulary() if known else None,
            "idf_weights": None if weights is None else weights.tolist(),
        }
        config = {**super().get_config(), **learned}
        if config["activity_regularizer"] is None:
            del config["activity_regularizer"]  # Keras's lookups do not know the word
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        layer = super().from_config(refuse_paths(cls, config))
        layer._promised = config.get("vocabulary_size")
        return layer

    def _program_key(self) -> Any:
        weights = self._words.weights
        return self._words.tokens, None if weights is None else weights.tobytes()

    # -- results -------------------------------------------------------------------------------------

    @property
    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else self._words.size

    def _vectors(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers on the host in the layer's output mode."""
        dtype = numpy_dtype(self.dtype.compute_dtype)
        if self.output_mode == "one_hot":
            numbers = numbers[..., 0] if numbers.ndim > 1 and numbers.shape[-1] == 1 else numbers
            return (numbers[..., None] == np.arange(self._depth)).astype(dtype)
        numbers = np.atleast_1d(numbers)
        samples = numbers.reshape(-1, numbers.shape[-1])
        rows = np.repeat(np.arange(len(samples)), samples.shape[1])
        bags = self._words.bags(samples.ravel(), rows, len(samples), self._depth, dtype)
        return bags.reshape(*numbers.shape[:-1], self._depth)

    def _refuse_unknown(self, unknown: list[Any]) -> None:
        if unknown:
            raise DataError(
                self.where,
                "only tokens of the vocabulary, as num_oov_indices is 0",
                ", ".join(map(repr, list(dict.fromkeys(unknown))[:5])),
                "Write num_oov_indices=1.",
            )


def batches(data: Any, steps: int | None, where: str) -> Iterator[Any]:
    """The inputs in data: lists, arrays and columns whole, an iterable batch by batch.

    Raises:
        ArgumentError: an iterable that gives nothing.
    """
    if not gives_batches(data):
        yield data
        return
    source = data if hasattr(data, "__iter__") else (data[index] for index in range(len(data)))
    seen = False
    for number, batch in enumerate(source):
        if steps is not None and number >= steps:
            break
        seen = True
        yield arranged(batch)[0] if isinstance(batch, tuple) else batch
    if not seen:
        raise ArgumentError(where, "at least one batch", "none", "Give a list, or an iterable that is not used up.")
