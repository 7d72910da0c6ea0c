"""CIFAR-100: 60,000 colour photographs of a hundred things in twenty groups, 32 by 32 pixels."""

from __future__ import annotations

from hornbeam.core.errors import ArgumentError
from hornbeam.datasets.cache import cached_arrays
from hornbeam.datasets.cifar import SHAPES, read_cifar
from hornbeam.datasets.fetch import RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split, as_split

_FILE = RemoteFile(
    "cifar-100-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    keras_names=("cifar-100-python-target_archive",),
)
_FOLDER = "cifar-100-python"


def load_data(label_mode: str = "fine") -> Split:
    """Load the photographs, fetched once (169 MB) and kept.

    Args:
        label_mode: ``"fine"`` for the 100 things, ``"coarse"`` for the 20 groups.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, uint8; colours from 0 to 255, labels from 0 to 99 or 0 to 19.

    Shapes:
        x_train: ``(50000, 32, 32, 3)``; y_train: ``(50000, 1)``; x_test: ``(10000, 32, 32, 3)``; y_test: ``(10000, 1)``

    Raises:
        ArgumentError: for another ``label_mode``.
        DataError: when the file is nowhere and there is no network.
        FileError: when the file is altered.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data(label_mode="coarse")  # doctest: +SKIP

    Reference: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).

    Differs: labels are uint8, as Keras documents; Keras returns int64.
    """
    where = "datasets.cifar100.load_data"
    if label_mode not in ("fine", "coarse"):
        raise ArgumentError(f"{where}, label_mode", "'fine' or 'coarse'", repr(label_mode), "Choose one of them.")

    def read() -> dict:
        return read_cifar(fetch(_FILE, where), [f"{_FOLDER}/train"], f"{_FOLDER}/test", f"{label_mode}_labels")

    return as_split(cached_arrays(f"cifar100-{label_mode}-{_FILE.digest[:8]}", SHAPES, read))
