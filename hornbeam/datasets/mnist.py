"""MNIST: 70,000 handwritten digits of 28 by 28 pixels. Part of the package; never needs a network."""

from __future__ import annotations

import os

from hornbeam.datasets.cache import cached_arrays
from hornbeam.datasets.folders import BUNDLED, own_file
from hornbeam.datasets.idx_folder import FILES, SHAPES, Split, as_split, find_own, read_four
from hornbeam.datasets.npy import read_npz

# Begins the sha256 of the training images' values.
_CACHE_NAME = "mnist-741c9888"


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> Split:
    """Load the handwritten digits, in their official order.

    Looked for in ``$HORNBEAM_DATA/mnist`` (four IDX files), then at ``path`` when it names an existing file by an
    absolute path, then in the package. The package's copy is compressed: the first load takes most of a second and
    leaves 55 MB in the cache folder, later loads take about 30 ms. Where the cache cannot be written, every load is a
    first one.

    Args:
        path: as in Keras. A plain name changes nothing, since nothing is fetched.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``, uint8; pixels from 0 (paper) to 255 (ink), labels from 0 to 9.

    Shapes:
        x_train: ``(60000, 28, 28)``; y_train: ``(60000,)``; x_test: ``(10000, 28, 28)``; y_test: ``(10000,)``

    Raises:
        FileError: when a file of the user's own is truncated or of another format.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_test.shape, y_test[:5].tolist()
        ((10000, 28, 28), [7, 2, 1, 0, 4])

    Reference: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
    """
    place = own_file(path, "datasets.mnist.load_data")
    own = find_own("mnist")
    if own is not None:
        return as_split(read_four(own))
    if place is not None and place.is_file():
        return as_split(dict(zip(SHAPES, read_npz(place, list(SHAPES)), strict=True)))
    bundled = {name: BUNDLED / f"mnist-{file}.xz" for name, file in FILES.items()}
    return as_split(cached_arrays(_CACHE_NAME, SHAPES, lambda: read_four(bundled)))
