"""Era: of which Keras the code is, and what was told about it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hornbeam.core.errors import ArgumentError

ERAS = ("1", "2.2", "2.15", "3")
VERSIONS = {"1": "1.2.2", "2.2": "2.2.5", "2.15": "2.15.0", "3": "3.15.1"}  # the last one of each


@functools.total_ordering
@dataclass(frozen=True)
class Era:
    """A period of Keras, named by its last version: ``"1"``, ``"2.2"``, ``"2.15"``, ``"3"``.

    Args:
        name: one of these.

    Example:
        >>> Era("2.2") < Era("2.15"), str(Era("1"))
        (True, '1')

    Raises:
        ArgumentError: no era is called so.
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in ERAS:
            listed = ", ".join(map(repr, ERAS))
            raise ArgumentError("era", f"one of {listed}", repr(self.name), "Name the nearest later version of Keras.")

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Era):
            return NotImplemented
        return ERAS.index(self.name) < ERAS.index(other.name)

    def __str__(self) -> str:
        return self.name


@dataclass
class _State:
    era: Era = Era("3")
    explicit: bool = False
    quiet: bool = False
    told: dict[str, None] = field(default_factory=dict)


_state = _State()


def begin(era: str | None, quiet: bool, explicit: bool = True) -> None:
    """Puts an era in force; None begins with today's, and idioms that are met move it back."""
    _state.era = Era("3" if era is None else str(era))
    _state.explicit, _state.quiet = explicit and era is not None, quiet
    _state.told.clear()


def current() -> Era:
    """The era in force."""
    return _state.era


@contextmanager
def during(name: str) -> Iterator[None]:
    """Puts another era in force for a while, without a word."""
    before = _state.era, _state.explicit, _state.quiet
    _state.era, _state.explicit, _state.quiet = Era(name), True, True
    told_before = dict(_state.told)
    try:
        yield
    finally:
        (_state.era, _state.explicit, _state.quiet), _state.told = before, told_before


def within(until: str | None) -> bool:
    """Whether what held until some era holds now."""
    return until is not None and _state.era <= Era(until)


def met(until: str | None, what: str) -> None:
    """Notes an idiom that ended with an era; an era that nobody named goes back to it."""
    if until is None or _state.explicit or _state.era <= Era(until):
        return
    _state.era = Era(until)
    tell(f"{what} is of Keras {until}: its defaults are in force from here on. To name the era, write --era {until}.")


def tell(message: str) -> None:
    """Says something once, on the error stream."""
    if message in _state.told:
        return
    _state.told[message] = None
    if not _state.quiet:
        print(f"Hornbeam: {message}", file=sys.stderr)


def told() -> list[str]:
    """Everything that was said, in order."""
    return list(_state.told)
