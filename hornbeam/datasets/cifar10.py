"""CIFAR-10: 60,000 colour photographs of ten things, 32 by 32 pixels."""

from __future__ import annotations

from hornbeam.datasets.cache import cached_arrays
from hornbeam.datasets.cifar import SHAPES, read_cifar
from hornbeam.datasets.fetch import RemoteFile, fetch
from hornbeam.datasets.idx_folder import Split, as_split

target_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_FILE = RemoteFile(
    "cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    keras_names=("cifar-10-batches-py_archive", "cifar-10-batches-py.tar.gz"),
)
_FOLDER = "cifar-10-batches-py"


def load_data() -> Split:
    """Load the photographs, fetched once (170 MB) and kept.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, uint8; colours from 0 to 255, labels from 0 to 9, named in
        ``target_names``.

    Shapes:
        x_train: ``(50000, 32, 32, 3)``; y_train: ``(50000, 1)``; x_test: ``(10000, 32, 32, 3)``; y_test: ``(10000, 1)``

    Raises:
        DataError: when the file is nowhere and there is no network.
        FileError: when the file is altered.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> target_names[0]
        'airplane'

    Reference: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).

    Differs: Keras hands out a transposed view; this is the same array, contiguous.
    """

    def read() -> dict:
        train = [f"{_FOLDER}/data_batch_{number}" for number in range(1, 6)]
        return read_cifar(fetch(_FILE, "datasets.cifar10.load_data"), train, f"{_FOLDER}/test_batch", "labels")

    return as_split(cached_arrays(f"cifar10-{_FILE.digest[:8]}", SHAPES, read))
