"""Seeds: one number per process from which initial weights, shuffles and dropout follow.

Initial weights and shuffles are drawn by NumPy on the host (the same on every device, and nothing to
compile); random numbers inside a program come from keys that ``core.frame`` hands out.
"""

from __future__ import annotations

import contextlib
import random as python_random
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hornbeam.core.errors import ArgumentError


@dataclass
class _State:
    seed: int | None = None
    drawn: int = 0


_state = _State()
_one_at_a_time = threading.RLock()


def set_random_seed(seed: int) -> None:
    """Makes what follows reproducible: Python's and NumPy's generators and Hornbeam's own.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    Example:
        >>> set_random_seed(7)
        >>> first = generator().random()
        >>> set_random_seed(7)
        >>> first == generator().random()
        True
    """
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ArgumentError(
            "set_random_seed", "an integer from 0 to 4294967295", repr(seed), "Call set_random_seed(0)."
        )
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _state.seed, _state.drawn = int(seed), 0


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """``set_random_seed(seed)`` for a block; afterwards every generator goes on where it stood before.

    The generators are the process's: of several threads one is in such a block at a time.

    Example:
        >>> set_random_seed(7)
        >>> with seeded(3):
        ...     inside = generator().random()
        >>> after = generator().random()
        >>> set_random_seed(7)
        >>> after == generator().random()
        True
    """
    with _one_at_a_time:
        before = python_random.getstate(), np.random.get_state(), _state.seed, _state.drawn
        set_random_seed(seed)
        try:
            yield
        finally:
            python_random.setstate(before[0])
            np.random.set_state(before[1])
            _state.seed, _state.drawn = before[2:]


def random_seed() -> int:
    """The process's seed; drawn from the system at first use when none was set."""
    if _state.seed is None:
        _state.seed = secrets.randbits(32)
    return _state.seed


def next_seed() -> int:
    """A fresh 32-bit seed, the next of the process's sequence."""
    _state.drawn += 1
    return int(np.random.SeedSequence((random_seed(), _state.drawn)).generate_state(1)[0])


def generator(seed: int | None = None) -> np.random.Generator:
    """A NumPy generator from ``seed``, or from the next of the process's sequence."""
    return np.random.default_rng(next_seed() if seed is None else seed)
