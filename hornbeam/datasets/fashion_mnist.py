"""Fashion-MNIST: 70,000 pictures of ten kinds of clothes, 28 by 28 pixels."""

from __future__ import annotations

from hornbeam.datasets.cache import cached_arrays
from hornbeam.datasets.fetch import KERAS, RemoteFile, fetch
from hornbeam.datasets.idx_folder import FILES, SHAPES, Split, as_split, find_own, read_four

target_names = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

_DIGESTS = {
    "x_train": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "y_train": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "x_test": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "y_test": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}


def _remote(name: str) -> RemoteFile:
    file = f"{FILES[name]}.gz"
    return RemoteFile(file, KERAS + file, _DIGESTS[name], folder="fashion-mnist")


def load_data() -> Split:
    """Load the pictures of clothes.

    Taken from ``$HORNBEAM_DATA/fashion_mnist`` (four IDX files, gzipped or plain) when they are there, otherwise
    fetched once (31 MB) and kept.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, uint8; pixels from 0 to 255, labels from 0 to 9, named in
        ``target_names``.

    Shapes:
        x_train: ``(60000, 28, 28)``; y_train: ``(60000,)``; x_test: ``(10000, 28, 28)``; y_test: ``(10000,)``

    Raises:
        DataError: when the files are nowhere and there is no network.
        FileError: when a file is truncated or altered.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
        >>> target_names[9]
        'Ankle boot'

    Reference: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset" (2017).
    """
    own = find_own("fashion_mnist")
    if own is not None:
        return as_split(read_four(own))

    def read() -> dict:
        return read_four({name: fetch(_remote(name), "datasets.fashion_mnist.load_data") for name in FILES})

    return as_split(cached_arrays(f"fashion-mnist-{_DIGESTS['x_train'][:8]}", SHAPES, read))
