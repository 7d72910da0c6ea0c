"""Reuters: 11,228 newswires as word numbers, in 46 topics."""

from __future__ import annotations

import os

import numpy as np

from hornbeam.datasets.fetch import KERAS, RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split
from hornbeam.datasets.npy import read_npz
from hornbeam.datasets.sequences import renumber
from hornbeam.datasets.split import check_pairs, check_test_split
from hornbeam.datasets.word_index import read_word_index

_FILE = RemoteFile(
    "reuters.npz", KERAS + "reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
)
_WORDS = RemoteFile("reuters_word_index.json", KERAS + "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921")

_LABELS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude
    nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel
    rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead
"""


def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """Load the newswires, fetched once (2 MB) and kept.

    Args:
        path: the file's name in the cache folder, or an absolute path.
        num_words: keep word numbers below this one; others become ``oov_char``. None keeps all but the largest.
        skip_top: word numbers below this one become ``oov_char``.
        maxlen: leave out newswires of this length or longer. None keeps all.
        test_split: the fraction of newswires in the test half.
        seed: of the shuffle.
        start_char: the mark before each newswire; None for no mark.
        oov_char: what words left out become; None removes them.
        index_from: added to every word number.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``; x: arrays of lists of integers; y: topics from 0 to 45.

    Shapes:
        x: ``(8982,)`` and ``(2246,)`` of lists, y likewise, each fewer with ``maxlen``

    Raises:
        ArgumentError: for a ``test_split`` outside [0, 1).
        DataError: when the file is nowhere and there is no network, or ``maxlen`` leaves no newswire.
        FileError: when the file is altered, or asks for anything but arrays and lists.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(num_words=10000)  # doctest: +SKIP

    Reference: Lewis, "Reuters-21578 text categorization test collection" (1997).
    """
    where = "datasets.reuters.load_data"
    check_test_split(test_split, where)
    x, y = read_npz(fetch(_FILE, where, path), ("x", "y"), objects=True)
    check_pairs(x, y, where)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, kept = renumber(x[order], num_words, skip_top, maxlen, start_char, oov_char, index_from, where)
    y, cut = y[order][kept], int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """The number of each word, 1 for the most frequent; add ``index_from`` to compare with ``load_data``.

    Args:
        path: the file's name in the cache folder, or an absolute path.

    Raises:
        DataError: when the file is nowhere and there is no network.
        FileError: when it is no such list.

    Example:
        >>> words = {number + 3: word for word, number in get_word_index().items()}  # doctest: +SKIP
    """
    return read_word_index(fetch(_WORDS, "datasets.reuters.get_word_index", path))


def get_label_names() -> tuple[str, ...]:
    """The 46 topics, in the order of the labels.

    Example:
        >>> get_label_names()[:2]
        ('cocoa', 'grain')

    Reference: Thoma, "The Reuters dataset" (2017), https://martin-thoma.com/nlp-reuters/
    """
    return tuple(_LABELS.split())
