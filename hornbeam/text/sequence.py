"""Sequences of equal length, and pairs of neighbouring words."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer, number
from hornbeam.core.errors import ArgumentError, DataError, ShapeError, UnknownNameError
from hornbeam.core.random import generator
from hornbeam.core.registry import did_you_mean


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Brings sequences to one length, filling up the short ones and cutting the long ones.

    Args:
        sequences: lists or arrays; their entries may have axes of their own.
        maxlen: the length; that of the longest when None.
        dtype: type of the result; ``object`` for words.
        padding: whether short ones are filled up at the beginning (``"pre"``) or the end (``"post"``).
        truncating: whether long ones are cut at the beginning (``"pre"``) or the end (``"post"``).
        value: what fills up.

    Shapes:
        n sequences with entries of shape ``(…)`` -> ``(n, maxlen, …)``

    Example:
        >>> pad_sequences([[3, 1, 4], [5, 6, 2, 2, 1, 7]], maxlen=5).tolist()
        [[0, 0, 3, 1, 4], [6, 2, 2, 1, 7]]
    """
    where = "pad_sequences"
    for name, given in (("padding", padding), ("truncating", truncating)):
        if given not in ("pre", "post"):
            raise UnknownNameError(
                f"{where}, {name}", "'pre' or 'post'", repr(given), did_you_mean(str(given), ["pre", "post"])
            )
    maxlen = checked(integer(1, optional=True), maxlen, f"{where}, maxlen")
    dtype = np.dtype(dtype)
    if isinstance(value, str) and dtype.kind not in "OSU":
        raise ArgumentError(f"{where}, value", f"a number, for dtype {dtype}", repr(value), "Write dtype=object.")
    lengths = _lengths(sequences, where)
    if maxlen is None:
        maxlen = max(lengths, default=0)
    if lengths and max(lengths) > maxlen:
        sequences = [row[-maxlen:] if truncating == "pre" else row[:maxlen] for row in sequences]
        lengths = [min(length, maxlen) for length in lengths]
    entries = _joined(sequences, lengths, dtype, where)
    padded = np.full((len(lengths), maxlen, *entries.shape[1:]), value, dtype)
    steps, kept = np.arange(maxlen), np.array(lengths, np.int64)[:, None]
    padded[steps >= maxlen - kept if padding == "pre" else steps < kept] = entries
    return padded


def _lengths(sequences: Any, where: str) -> list[int]:
    if isinstance(sequences, (str, bytes)) or not hasattr(sequences, "__len__"):
        raise DataError(where, "a list of sequences", repr(sequences)[:60], "Write [sequence].")
    lengths = []
    for row, sequence in enumerate(sequences):
        if isinstance(sequence, (str, bytes)):
            raise DataError(
                where,
                "lists of numbers",
                f"the text {sequence[:40]!r} in row {row}",
                "Number its words first: tokenizer.texts_to_sequences(texts).",
            )
        if not hasattr(sequence, "__len__") or np.shape(sequence[:0]) == ():
            raise ShapeError(
                where,
                "a list of sequences",
                f"{sequence!r} in row {row}",
                "For one sequence write [sequence]; make iterators lists first.",
            )
        lengths.append(len(sequence))
    return lengths


def _joined(sequences: Any, lengths: list[int], dtype: np.dtype, where: str) -> np.ndarray:
    """All entries of all sequences, ``(entries, …)``."""
    filled = [row for row, length in zip(sequences, lengths, strict=True) if length]
    if not filled:
        return np.zeros(0, dtype)
    try:
        if dtype.kind in "biuf" and not any(isinstance(row, np.ndarray) for row in filled) and np.ndim(filled[0]) == 1:
            return np.fromiter(chain.from_iterable(filled), dtype, sum(lengths))  # numbers in lists
        arrays = [np.asarray(row, dtype) for row in filled]
    except (ValueError, TypeError) as error:
        raise _misfit(sequences, dtype, where, error) from None
    if len({array.shape[1:] for array in arrays}) > 1:
        raise _misfit(sequences, dtype, where, None)
    return np.concatenate(arrays)


def _misfit(sequences: Any, dtype: np.dtype, where: str, error: Exception | None) -> Exception:
    """The error for the first sequence whose entries are not like those of the others."""
    first = None
    for row, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        try:
            shape = np.asarray(sequence, dtype).shape[1:]
        except (ValueError, TypeError):
            word = next((item for item in sequence if isinstance(item, (str, bytes))), None)
            if word is not None:
                return DataError(
                    where,
                    f"numbers, for dtype {dtype}",
                    f"{word!r} in row {row}",
                    "Number the words first, or write dtype=object.",
                )
            return ShapeError(
                where, "entries of one shape", f"{sequence!r:.60} in row {row}", "Give lists of numbers of equal depth."
            )
        first = shape if first is None else first
        if shape != first:
            return ShapeError(
                where, f"entries of shape {first}, as in the first row", f"{shape} in row {row}", "Give equal shapes."
            )
    return DataError(where, f"numbers, for dtype {dtype}", error, "Check the sequences.")


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """With what probability to keep the word of each rank, so that common words do not prevail in ``skipgrams``.

    ``p(rank) = min(1, sqrt(sampling_factor / frequency))``, with Zipf's law for the frequency:
    ``1 / frequency = rank · (log(rank) + γ) + 1/2 - 1 / (12 · rank)``; rank 0 counts as 1.

    Args:
        size: how many ranks.
        sampling_factor: the larger, the more common words are kept.

    Shapes:
        ``(size,)``

    Example:
        >>> make_sampling_table(4, sampling_factor=1e-3).round(3).tolist()
        [0.032, 0.032, 0.055, 0.074]

    Reference:
        Mikolov et al. (2013), Distributed representations of words and phrases, section 2.3.
    """
    size = checked(integer(1), size, "make_sampling_table, size")
    rank = np.maximum(np.arange(size), 1)
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse))


def skipgrams(
    sequence: Any,
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words that stand near each other, labelled 1, and pairs with a random second word, labelled 0.

    Args:
        sequence: the words' numbers; 0 is no word and is passed over.
        vocabulary_size: the largest number plus 1; random words are drawn from 1 to it.
        window_size: how far apart the words of a pair may stand.
        negative_samples: how many random pairs for each true one; 0 for none.
        shuffle: whether the pairs are shuffled.
        categorical: whether labels are ``[0, 1]`` and ``[1, 0]`` instead of 1 and 0.
        sampling_table: with what probability a word of each number begins pairs, as ``make_sampling_table`` gives.
        seed: makes all draws repeatable.

    Returns:
        ``(pairs, labels)``, two lists.

    Example:
        >>> skipgrams([1, 2, 3], vocabulary_size=4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])

    Reference:
        Mikolov et al. (2013), Efficient estimation of word representations in vector space, section 3.2.

    Differs:
        In Keras the seed governs the shuffle only.
    """
    where = "skipgrams"
    size = checked(integer(1), vocabulary_size, f"{where}, vocabulary_size")
    window = checked(integer(1), window_size, f"{where}, window_size")
    share = checked(number(0), negative_samples, f"{where}, negative_samples")
    words = np.asarray(sequence)
    if words.ndim != 1 or (words.size and words.dtype.kind not in "iu"):
        raise DataError(
            f"{where}, sequence",
            "a list of whole numbers",
            f"shape {words.shape} of {words.dtype}",
            "Give the numbers of one text: tokenizer.texts_to_sequences([text])[0].",
        )
    if words.size and (words.min() < 0 or words.max() >= size):
        raise DataError(
            f"{where}, sequence",
            f"numbers from 0 to {size - 1}",
            int(words.min() if words.min() < 0 else words.max()),
            f"Write vocabulary_size={int(words.max()) + 1}, the largest plus 1.",
        )
    rng = generator(seed)
    begins = words != 0
    if sampling_table is not None:
        begins &= np.asarray(sampling_table)[words] >= rng.random(len(words))
    places = np.arange(len(words))[:, None] + np.concatenate([np.arange(-window, 0), np.arange(1, window + 1)])
    inside = (places >= 0) & (places < len(words))
    others = np.where(inside, words[np.clip(places, 0, max(len(words) - 1, 0))] if words.size else 0, 0)
    first, _ = keep = np.nonzero(begins[:, None] & (others != 0))
    true = np.stack([words[first], others[keep]], axis=1)
    count = int(len(true) * share)
    centres = np.resize(rng.permutation(true[:, 0]), count)
    drawn = np.stack([centres, rng.integers(1, max(size, 2), count)], axis=1)
    pairs, labels = np.concatenate([true, drawn]), np.repeat([1, 0], [len(true), count])
    if shuffle:
        order = rng.permutation(len(pairs))
        pairs, labels = pairs[order], labels[order]
    return pairs.tolist(), (np.stack([1 - labels, labels], axis=1) if categorical else labels).tolist()
