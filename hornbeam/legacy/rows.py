"""The kinds of rows of which the tables of this room are made, and the conversions that rows name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hornbeam.core.errors import ArgumentError

# A callable is named by where it stands today, without the package: "layers.Dense", "models.Model.fit". A name that
# has no successor of the same meaning stands for itself: "layers.CuDNNLSTM".


class Path(NamedTuple):
    """An old module path: where its names are looked up today."""

    rooms: tuple[str, ...]  # modules of Hornbeam, in order
    until: str | None = None  # the last era in which it could be imported; None: it can today
    today: str = ""  # what to import today; the first room when empty


class Name(NamedTuple):
    """An old name: what it stands for."""

    target: str  # "layers.LSTM": module and attribute beneath the package
    until: str | None = "2.15"
    today: str = ""  # what to write today; the target when empty
    note: str = ""  # what it meant
    key: str = ""  # under which its arguments and defaults are listed; the target when empty


class Changed(NamedTuple):
    """A name that can be written today, with another meaning: what it meant until an era."""

    target: str  # "activations.hard_sigmoid_of_keras_2"
    until: str
    note: str


class Refused(NamedTuple):
    """An old name that has no meaning here: why, and what to write."""

    until: str
    why: str
    write: str


class Word(NamedTuple):
    """An old keyword of some callables."""

    callables: tuple[str, ...]
    old: tuple[str, ...]  # several old words together make one of today's
    new: str | None  # None: nothing is left of it
    until: str
    value: Callable[..., Any] | None = None  # of the old values; a dict where ``new`` is empty
    note: str = ""  # why nothing is left of it, or what to write
    shown: str = ""  # how the value is written today, with {0}, {1} for the old values' text


class Order(NamedTuple):
    """Old positional arguments of a callable."""

    callables: tuple[str, ...]
    names: tuple[str, ...]
    until: str
    when: Callable[[tuple], bool] = lambda args: True


class Default(NamedTuple):
    """A default that an era changes."""

    callables: tuple[str, ...]
    argument: str
    value: Any
    until: str
    today: Any  # the default of today


class Replaced(NamedTuple):
    """A class whose formula an era changes: the class that computes as it was."""

    key: str
    new: str  # "legacy.optimizers.RMSprop"
    until: str
    note: str  # what was computed, and what is today


class Value(NamedTuple):
    """A string whose meaning, or name, an era changes."""

    argument: str  # the keyword in whose value it stands
    callables: tuple[str, ...]  # empty: any
    old: str
    new: Any  # another string, or the path of a function: "legacy.functions.precision"
    until: str
    note: str = ""


# -- conversions -----------------------------------------------------------------------------------------------------


def pair(*lengths: Any) -> tuple:
    """Several numbers as one tuple."""
    return tuple(lengths)


def layout(dim_ordering: Any) -> Any:
    """``data_format`` of Keras 1's ``dim_ordering``."""
    known = {"tf": "channels_last", "th": "channels_first", "default": None, None: None}
    if dim_ordering not in known:
        raise ArgumentError("dim_ordering", "'tf' or 'th'", repr(dim_ordering), "Write data_format='channels_last'.")
    return known[dim_ordering]


def first_bias(forget_bias_init: Any) -> bool:
    """``unit_forget_bias`` of Keras 1's ``forget_bias_init``."""
    return forget_bias_init in ("one", "ones")


def frequency(period: Any) -> Any:
    """``save_freq`` of ``period``: only every single epoch has a word today."""
    if period != 1:
        raise ArgumentError(
            "ModelCheckpoint, period", "1", period, "Write save_freq=batches, the number of batches between two files."
        )
    return "epoch"
