"""Words of a text, and their numbers by hashing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import DataError, UnknownNameError
from hornbeam.core.registry import did_you_mean

# ASCII punctuation but the apostrophe, tab and newline
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def splitter(filters: str, lower: bool, split: str) -> Callable[[str], list[str]]:
    """The function from a text to its words that ``text_to_word_sequence`` describes."""
    table = str.maketrans(dict.fromkeys(filters, split))

    def words(text: str) -> list[str]:
        return list(filter(None, (text.lower() if lower else text).translate(table).split(split)))

    return words


def text_to_word_sequence(input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text, in order.

    Args:
        input_text: the text.
        filters: characters that separate words and are dropped.
        lower: whether words are brought to lower case.
        split: what else separates words.

    Example:
        >>> text_to_word_sequence("Quick, brown fox: don't jump!")
        ['quick', 'brown', 'fox', "don't", 'jump']
    """
    check_text(input_text, "text_to_word_sequence, input_text")
    return splitter(filters, lower, split)(input_text)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:
    """Numbers for the words of a text without a vocabulary: ``hash(word) % (n - 1) + 1``.

    Different words may get the same number. 0 is no word's number.

    Args:
        text: the text.
        n: how many numbers there are, 0 among them.
        hash_function: ``"md5"``, which gives the same numbers always; None or ``"hash"``, Python's own, which does so
            within one process; or a function from word to integer.
        filters, lower, split: as in ``text_to_word_sequence``.
        analyzer: a function from text to words, used instead.

    Example:
        >>> hashing_trick("the quick brown fox", 50, hash_function="md5")
        [43, 31, 18, 2]

    Reference:
        Weinberger et al. (2009), Feature hashing for large scale multitask learning, section 2.
    """
    where = "hashing_trick"
    n = checked(integer(2), n, f"{where}, n")
    check_text(text, f"{where}, text")
    words = splitter(filters, lower, split)(text) if analyzer is None else analyzer(text)
    hashed = _hash_function(hash_function, where)
    return [hashed(word) % (n - 1) + 1 for word in words]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:
    """``hashing_trick`` with Python's own hash, whose numbers differ from process to process.

    Args:
        input_text: the text.
        n: how many numbers there are, 0 among them.
        filters, lower, split, analyzer: as in ``hashing_trick``.

    Example:
        >>> one, two, three = one_hot("lazy lazy dog", 100)
        >>> one == two
        True
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def _hash_function(function: Any, where: str) -> Callable[[str], int]:
    if function is None or function == "hash":
        return hash
    if function == "md5":
        return lambda word: int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
    if callable(function):
        return function
    raise UnknownNameError(
        f"{where}, hash_function",
        "'md5', 'hash' or a function",
        repr(function),
        did_you_mean(str(function), ["md5", "hash"]),
    )


def check_text(text: Any, where: str) -> None:
    """Refuses what is no text."""
    if not isinstance(text, str):
        raise DataError(where, "a text", _described(text), _cure(text))


def not_a_text(item: Any, row: int, where: str) -> DataError:
    """The error for one of several texts that is none."""
    return DataError(where, "texts", f"{_described(item)} in row {row}", _cure(item))


def _described(item: Any) -> str:
    shown = repr(item)
    return f"{shown if len(shown) <= 60 else shown[:57] + '…'} ({type(item).__name__})"


def _cure(item: Any) -> str:
    if item is None or item != item:
        return "Fill or drop the rows without a text: texts = texts.fillna('')."
    if isinstance(item, bytes):
        return "Decode it first: text.decode('utf-8')."
    if isinstance(item, (list, tuple)):
        return "Call it once for each text."
    return "Make it a text first: str(value)."
