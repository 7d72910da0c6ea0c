"""The entrance for code of older Keras: ``install()`` makes ``keras`` and its kin mean Hornbeam, with old words.

The rest of Hornbeam knows today's words only. What old code says is translated here, by tables of plain rows:
``paths.py``, ``names.py``, ``arguments.py``, ``defaults.py``. ``hornbeam run`` and ``hornbeam check`` read the same.
"""

from __future__ import annotations

from typing import Any

from hornbeam.legacy import era as _era
from hornbeam.legacy import (
    finder,
    layers,  # noqa: F401  (old files name its classes)
    local,  # noqa: F401  (likewise)
    methods,
)
from hornbeam.legacy.era import ERAS, Era

__all__ = ["ERAS", "Era", "current_era", "install", "told", "uninstall"]


def install(era: str | None = None, quiet: bool = False) -> None:
    """Makes ``keras``, ``tensorflow.keras``, ``keras_preprocessing``, … mean Hornbeam in this process.

    Args:
        era: of which Keras the code is: ``"1"``, ``"2.2"``, ``"2.15"`` or ``"3"``. With None it begins as today's, and
            goes back to an older one when an idiom is met that ended with that one; this is said when it happens.
        quiet: whether nothing is said of changed defaults and of words that are passed over.

    Raises:
        ArgumentError: there is no such era.

    Example:
        >>> install(era="2.2", quiet=True)
        >>> from keras.optimizers import Adadelta
        >>> float(Adadelta().learning_rate)
        1.0
        >>> uninstall()
    """
    _era.begin(era, quiet)
    finder.put_first()
    methods.put_on()


def uninstall() -> None:
    """Undoes ``install``: modules that were imported before it are back, and Hornbeam's classes are as they were."""
    methods.take_off()
    finder.take_away()
    _era.begin(None, False)


def current_era() -> Era:
    """The era in force."""
    return _era.current()


def told() -> list[str]:
    """What was said since ``install``: changed defaults, words passed over, the era that was found."""
    return _era.told()


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext hornbeam.legacy`` does: ``install()``."""
    install()


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext`` does: ``uninstall()``."""
    uninstall()
