"""IMDB: 50,000 film reviews as word numbers, each praise (1) or blame (0)."""

from __future__ import annotations

import os

import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.datasets.fetch import KERAS, RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.npy import read_npz
from hornbeam.datasets.sequences import renumber
from hornbeam.datasets.split import check_pairs
from hornbeam.datasets.word_index import read_word_index

_FILE = RemoteFile("imdb.npz", KERAS + "imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
_WORDS = RemoteFile("imdb_word_index.json", KERAS + "imdb_word_index.json", "bfafd718b763782e994055a2d397834f")


def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """Load the reviews, fetched once (17 MB) and kept.

    Words are numbered by frequency, 1 being the most frequent; ``index_from`` is added, so that 0 can stand for
    padding, 1 for the beginning and 2 for a word left out.

    Args:
        path: the file's name in the cache folder, or an absolute path.
        num_words: keep word numbers below this one; others become ``oov_char``. None keeps all but the largest.
        skip_top: word numbers below this one become ``oov_char``.
        maxlen: leave out reviews of this length or longer. None keeps all.
        seed: of the shuffle.
        start_char: the mark before each review; None for no mark.
        oov_char: what words left out become; None removes them.
        index_from: added to every word number.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``; x: arrays of lists of integers; y: arrays of 0 and 1.

    Shapes:
        x: ``(25000,)`` of lists, y: ``(25000,)``, each fewer with ``maxlen``

    Raises:
        DataError: when the file is nowhere and there is no network, or ``maxlen`` leaves no review.
        FileError: when the file is altered, or asks for anything but arrays and lists.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(num_words=10000)  # doctest: +SKIP

    Reference: Maas et al., "Learning word vectors for sentiment analysis" (2011).
    """
    where = "datasets.imdb.load_data"
    arrays = read_npz(fetch(_FILE, where, path), ("x_train", "y_train", "x_test", "y_test"), objects=True)
    check_pairs(arrays[0], arrays[1], where)
    check_pairs(arrays[2], arrays[3], where)
    generator = np.random.RandomState(seed)
    orders = [np.arange(len(arrays[0])), np.arange(len(arrays[2]))]
    for order in orders:  # training first: Keras's sequence of draws
        generator.shuffle(order)
    x = np.concatenate([arrays[0][orders[0]], arrays[2][orders[1]]])
    y = np.concatenate([arrays[1][orders[0]], arrays[3][orders[1]]])
    x, kept = renumber(x, num_words, skip_top, maxlen, start_char, oov_char, index_from, where)
    cut = int(kept[: len(orders[0])].sum())
    if cut == 0 or cut == len(x):
        raise DataError(
            f"{where}, maxlen", "reviews in both halves", f"an empty half with {maxlen}", "Increase maxlen."
        )
    y = y[kept]
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """The number of each word, 1 for the most frequent; add ``index_from`` to compare with ``load_data``.

    Args:
        path: the file's name in the cache folder, or an absolute path.

    Raises:
        DataError: when the file is nowhere and there is no network.
        FileError: when it is no such list.

    Example:
        >>> words = {number + 3: word for word, number in get_word_index().items()}  # doctest: +SKIP
    """
    return read_word_index(fetch(_WORDS, "datasets.imdb.get_word_index", path))
