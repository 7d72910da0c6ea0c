"""Data sets to learn with, in Keras's words; each module has ``load_data()``.

Without a network: ``mnist``, ``iris``, ``mtcars``, ``digits``, ``wine``, ``breast_cancer``, which are part of the
package. Fetched once and kept: ``fashion_mnist``, ``cifar10``, ``cifar100``, ``imdb``, ``reuters``, ``boston_housing``,
``california_housing``. See ``fetch.py`` for where files are looked for and ``files/README.md`` for origins and
licences.

Example:
    >>> from hornbeam.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()
    >>> x_train.shape, y_train[:5].tolist()
    ((60000, 28, 28), [5, 0, 4, 1, 9])
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = [
    "boston_housing",
    "breast_cancer",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "imdb",
    "iris",
    "mnist",
    "mtcars",
    "reuters",
    "wine",
]


def __getattr__(name: str) -> ModuleType:
    # A module loads on first use: fetching pulls in urllib and ssl, which the bundled sets do not need.
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
