"""Tokenizer: numbers for words, the most frequent first."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError, NotBuiltError, UnknownNameError
from hornbeam.core.registry import did_you_mean
from hornbeam.text.words import FILTERS, not_a_text, splitter

MODES = ("binary", "count", "freq", "tfidf")


class Tokenizer:
    """Numbers the words of texts: 1 is the most frequent one; 0 is left free, for padding.

    Words that occur equally often are numbered in the order in which they were first seen.

    Args:
        num_words: only words with numbers below it are kept (so one word less); None keeps all.
        filters: characters that separate words and are dropped: ASCII punctuation but the apostrophe, tab, newline.
        lower: whether words are brought to lower case.
        split: what else separates words.
        char_level: whether every character is a word.
        oov_token: a word, numbered 1, that stands for those that are not known; when None they are left out.
        analyzer: a function from text to words, used instead of filters, lower and split.
        document_count: how many texts were seen before.

    Attributes:
        word_index: dict from word to number, also of the words that ``num_words`` leaves out.
        index_word: dict from number to word.
        word_counts: dict from word to how often it occurred, in the order first seen.
        word_docs, index_docs: dicts from word, and from number, to in how many texts it occurred.
        document_count: how many texts were seen.

    A text may also be a list of words. With ``char_level`` one string in place of several texts is the list of its
    characters, each a text, as old lessons on Shakespeare have it.

    Example:
        >>> lines = ["Quick brown fox", "Jumps over lazy lazy brown dog"]
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(lines)
        >>> tokenizer.word_index
        {'brown': 1, 'lazy': 2, 'quick': 3, 'fox': 4, 'jumps': 5, 'over': 6, 'dog': 7}
        >>> tokenizer.texts_to_sequences(lines)
        [[3, 1, 4], [5, 6, 2, 2, 1, 7]]

    Differs:
        Keras takes one string for several texts of one letter each, also where words are numbered; and it turns texts
        into nothing while it knows no words. Both are errors here.
    """

    # what tokenizers pickled by old versions of Keras lack
    analyzer: Callable[[str], list[str]] | None = None
    oov_token: str | None = None
    char_level = False

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], list[str]] | None = None,
        *,
        document_count: int = 0,
        nb_words: int | None = None,
    ):
        if nb_words is not None:
            warnings.warn("Tokenizer: nb_words is called num_words today.", DeprecationWarning, stacklevel=2)
            num_words = nb_words
        if oov_token is not None and not isinstance(oov_token, str):
            raise ArgumentError(
                "Tokenizer, oov_token", "a word or None", repr(oov_token), "Write for example oov_token='<unk>'."
            )
        if not split:
            raise ArgumentError("Tokenizer, split", "a separator", repr(split), "For characters write char_level=True.")
        self.num_words = checked(integer(1, optional=True), num_words, "Tokenizer, num_words")
        self.filters, self.lower, self.split = filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.document_count = document_count
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.index_docs: dict[int, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    # -- learning ------------------------------------------------------------------------------------

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words of texts and numbers them; what was counted before counts too.

        Args:
            texts: texts, or lists of words.

        Raises:
            DataError: one of them is no text; its row is named.
        """
        counts, docs, seen = Counter(self.word_counts), Counter(self.word_docs), 0
        for words in self._split(texts, "fit_on_texts"):
            counts.update(words)
            docs.update(iter(dict.fromkeys(words)))  # each once, in an order that does not change
            seen += 1
        self.document_count += seen
        self.word_counts, self.word_docs = dict(counts), dict(docs)
        ranked = sorted(counts, key=counts.__getitem__, reverse=True)  # stable: ties stay in the order first seen
        listed = ranked if self.oov_token is None else dict.fromkeys([self.oov_token, *ranked])
        self.word_index = {word: number for number, word in enumerate(listed, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        self.index_docs |= {self.word_index[word]: count for word, count in docs.items()}

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Counts in how many sequences each number occurs, which ``sequences_to_matrix`` needs for ``"tfidf"``."""
        docs = Counter(self.index_docs)
        for sequence in sequences:
            docs.update(iter(dict.fromkeys(sequence)))
            self.document_count += 1
        self.index_docs = dict(docs)

    # -- texts and numbers ---------------------------------------------------------------------------

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text; unknown words get ``oov_token``'s, or none."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """``texts_to_sequences``, one text after the other."""
        self._require_words("texts_to_sequences")
        return self._numbered(texts)

    def _numbered(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        limit = self.num_words or len(self.word_index) + 1
        known = {word: number for word, number in self.word_index.items() if number < limit}
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for words in self._split(texts, "texts_to_sequences"):
            numbers = map(known.get, words) if unknown is None else map(known.get, words, repeat(unknown))
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The words of numbers, joined by spaces; numbers without a word give ``oov_token``, or nothing."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """``sequences_to_texts``, one sequence after the other."""
        self._require_words("sequences_to_texts")
        return self._worded(sequences)

    def _worded(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        limit = self.num_words or max(self.index_word) + 1
        for sequence in sequences:
            words = (self.index_word.get(number) if number < limit else None for number in sequence)
            replaced = (self.oov_token if word is None else word for word in words)
            yield " ".join(word for word in replaced if word is not None)

    # -- matrices ------------------------------------------------------------------------------------

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """A row for each text with an entry for each word's number; see ``sequences_to_matrix``.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["to be or not to be"])
            >>> tokenizer.texts_to_matrix(["not to be", "to sleep"]).astype(int).tolist()
            [[0, 1, 1, 0, 1], [0, 1, 0, 0, 0]]
        """
        self._check_mode(mode)
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """A row for each sequence with an entry for each number.

        Args:
            sequences: lists of numbers; those of ``num_words`` and more are passed over.
            mode: ``"binary"`` 1 where the number occurs; ``"count"`` how often, c; ``"freq"`` c over the length of the
                sequence; ``"tfidf"`` ``(1 + log c) · log(1 + N / (1 + d))`` with N the ``document_count`` and d in how
                many texts it occurred.

        Shapes:
            ``(len(sequences), num_words)``, or one more than the words known when ``num_words`` is None.
        """
        self._check_mode(mode)
        where = "Tokenizer, sequences_to_matrix"
        if self.num_words is None and not self.word_index:
            raise NotBuiltError(
                where, "num_words, or a tokenizer that knows words", "neither", "Call fit_on_texts(texts) first."
            )
        if mode == "tfidf" and not self.document_count:
            raise NotBuiltError(
                f"{where}, mode 'tfidf'",
                "a tokenizer that has seen texts",
                "a new one",
                "Call fit_on_texts(texts) or fit_on_sequences(sequences) first.",
            )
        width = self.num_words or len(self.word_index) + 1
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        numbers = np.fromiter(chain.from_iterable(sequences), np.int64, int(lengths.sum()))
        if numbers.size and numbers.min() < 0:
            raise DataError(where, "numbers of at least 0", int(numbers.min()), "Number the words from 1 on.")
        rows = np.repeat(np.arange(len(lengths)), lengths)
        kept = numbers < width
        places, counts = np.unique(rows[kept] * width + numbers[kept], return_counts=True)
        matrix = np.zeros((len(lengths), width))
        matrix.reshape(-1)[places] = self._weighed(mode, counts, places % width, lengths[places // width])
        return matrix

    def _weighed(self, mode: str, counts: Any, numbers: Any, lengths: Any) -> Any:
        """What entries hold: counts of numbers in sequences of some lengths."""
        if mode == "binary":
            return 1.0
        if mode == "count":
            return counts
        if mode == "freq":
            return counts / lengths
        docs = np.fromiter((self.index_docs.get(number, 0) for number in numbers.tolist()), np.int64, len(numbers))
        return (1 + np.log(counts)) * np.log(1 + self.document_count / (1 + docs))

    # -- keeping -------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Arguments and what was counted, in Keras's layout: dicts as JSON."""
        arguments = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        learned = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {name: getattr(self, name) for name in arguments} | {
            name: json.dumps(getattr(self, name)) for name in learned
        }

    def to_json(self, **kwargs: Any) -> str:
        """All but the analyzer as JSON, for ``tokenizer_from_json``; words go to ``json.dumps``."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)

    # -- checks --------------------------------------------------------------------------------------

    def _split(self, texts: Iterable[Any], method: str) -> Iterator[Any]:
        """The words of each text."""
        where = f"Tokenizer, {method}"
        if isinstance(texts, str) and not self.char_level:
            raise DataError(where, "a list of texts", f"one text, {texts[:40]!r}", "Write [text].")
        if not hasattr(texts, "__iter__"):
            raise DataError(where, "a list of texts", repr(texts), "Write [text].")
        words_of = self.analyzer or splitter(self.filters, self.lower, self.split)
        for row, text in enumerate(texts):
            if isinstance(text, str):
                if self.char_level:
                    yield text.lower() if self.lower else text
                else:
                    yield words_of(text)
            elif isinstance(text, (list, tuple)) and all(isinstance(word, str) for word in text):
                yield [word.lower() for word in text] if self.lower else text
            else:
                raise not_a_text(text, row, where)

    def _check_mode(self, mode: Any) -> None:
        if mode not in MODES:
            raise UnknownNameError(
                "Tokenizer, mode",
                "one of " + ", ".join(map(repr, MODES)),
                repr(mode),
                did_you_mean(str(mode), list(MODES)),
            )

    def _require_words(self, method: str) -> None:
        if not self.word_index:
            raise NotBuiltError(
                f"Tokenizer, {method}", "a tokenizer that knows words", "a new one", "Call fit_on_texts(texts) first."
            )


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer that ``to_json`` described, here or in Keras.

    Example:
        >>> tokenizer = Tokenizer(oov_token="<unk>")
        >>> tokenizer.fit_on_texts(["to be or not to be"])
        >>> tokenizer_from_json(tokenizer.to_json()).texts_to_sequences(["to sleep"])
        [[2, 1]]
    """
    try:
        config = dict(json.loads(json_string)["config"])
        learned = {name: json.loads(config.pop(name)) for name in ("word_counts", "word_docs", "word_index")}
        numbered = {
            name: {int(number): value for number, value in json.loads(config.pop(name)).items()}
            for name in ("index_docs", "index_word")
        }
        if not all(isinstance(table, dict) for table in learned.values()):
            raise ValueError("a list where a dict should be")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ArgumentError(
            "tokenizer_from_json",
            "JSON that to_json wrote",
            f"{type(error).__name__}: {error}",
            "Write it again with tokenizer.to_json().",
        ) from None
    names = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
    tokenizer = Tokenizer(**{name: config[name] for name in names if name in config})
    tokenizer.__dict__.update(learned | numbered)
    return tokenizer
