"""Texts as lists of word numbers, cut and renumbered as Keras does for IMDB and Reuters."""

from __future__ import annotations

from itertools import chain

import numpy as np

from hornbeam.core.errors import DataError, FileError


def _flatten(sequences: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
    """All words in one array, and how many each sequence has."""
    try:
        lengths = np.fromiter(map(len, sequences), np.int64, count=len(sequences))
        return np.fromiter(chain.from_iterable(sequences), np.int64, count=int(lengths.sum())), lengths
    except (TypeError, ValueError, OverflowError) as error:
        raise FileError(where, "lists of word numbers", error, "Delete the file and load the data again.") from None


def _prepend(words: np.ndarray, lengths: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Put ``first`` before every sequence."""
    longer = np.empty(len(words) + len(lengths), np.int64)
    starts = np.cumsum(lengths + 1) - (lengths + 1)
    inside = np.ones(len(longer), bool)
    inside[starts] = False
    longer[starts], longer[inside] = first, words
    return longer, lengths + 1


def _drop(words: np.ndarray, lengths: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the words where ``keep`` is False."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return words[keep], np.bincount(owner[keep], minlength=len(lengths))


def _unflatten(words: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """An array of Python lists."""
    numbers, ends = words.tolist(), np.cumsum(lengths)
    lists = (numbers[end - length : end] for end, length in zip(ends.tolist(), lengths.tolist(), strict=True))
    return np.fromiter(lists, dtype=object, count=len(lengths))


def renumber(
    sequences: np.ndarray,
    num_words: int | None,
    skip_top: int,
    maxlen: int | None,
    start_char: int | None,
    oov_char: int | None,
    index_from: int,
    where: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Shift the word numbers, mark the beginnings, leave out long texts, then replace rare and common words.

    Args:
        sequences: an array of lists; word 1 is the most frequent one.
        num_words: words numbered ``num_words`` or higher, after the shift, are replaced; None or 0: the largest number
            found, which (Keras's custom) is itself replaced.
        skip_top: words numbered below it are replaced.
        maxlen: texts of this length or longer, the start mark included, are left out; None or 0 keeps all.
        start_char: the mark before each text; None for no mark.
        oov_char: what words are replaced by; None leaves them out instead.
        index_from: added to every word number.
        where: the function that the user called, for errors.

    Shapes:
        ``(n,)`` of lists -> ``(m,)`` of lists, and ``(n,)`` of bools: which texts were kept

    Raises:
        DataError: when ``maxlen`` keeps no text.
        FileError: when the sequences are not lists of integers.

    Example:
        >>> texts = np.fromiter([[1, 2, 9], [3]], dtype=object, count=2)
        >>> renumber(texts, 10, 0, None, 1, 2, 3, "example")[0].tolist()
        [[1, 4, 5, 2], [1, 6]]
    """
    words, lengths = _flatten(sequences, where)
    words += index_from or 0
    if start_char is not None:
        words, lengths = _prepend(words, lengths, start_char)
    kept = lengths < maxlen if maxlen else np.ones(len(lengths), bool)
    if not kept.any():
        raise DataError(
            where=f"{where}, maxlen",
            expected=f"a length above that of the shortest text, {lengths.min(initial=0)}",
            got=maxlen,
            fix="Increase maxlen.",
        )
    words, lengths = words[np.repeat(kept, lengths)], lengths[kept]
    known = (skip_top <= words) & (words < (num_words or words.max(initial=0)))
    if oov_char is None:
        words, lengths = _drop(words, lengths, known)
    else:
        words = np.where(known, words, oov_char)
    return _unflatten(words, lengths), kept
