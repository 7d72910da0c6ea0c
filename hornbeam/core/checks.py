"""Converters for fields: each takes what a user wrote and returns what the code uses, or refuses it."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np


class Refused(Exception):
    """Raised by a converter; the owner of the field adds where and got."""

    def __init__(self, expected: str, fix: str):
        self.expected, self.fix = expected, fix
        super().__init__(expected)


def integer(low: int | None = None, optional: bool = False) -> Callable[[Any], Any]:
    """Converter to int; ``low`` is the smallest allowed value."""
    kind = {None: "an integer", 0: "an integer of at least 0", 1: "a positive integer"}.get(
        low, f"an integer of at least {low}"
    )

    def convert(value: Any) -> int | None:
        if value is None and optional:
            return None
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole and isinstance(value, (float, np.floating)) and float(value).is_integer():
            whole = True
        if not whole or (low is not None and value < low):
            raise Refused(kind, f"Give {kind}.")
        return int(value)

    return convert


def number(
    low: float | None = None,
    high: float | None = None,
    optional: bool = False,
    open_high: bool = False,
    open_low: bool = False,
) -> Callable[[Any], Any]:
    """Converter to float between ``low`` and ``high``; ``open_high`` leaves ``high`` itself out, ``open_low`` low."""
    if low is None and high is None:
        kind = "a number"
    elif high is None:
        kind = f"a number {'above' if open_low else 'of at least'} {low}"
    else:
        kind = f"a number from {low} to {'below ' if open_high else ''}{high}"

    def convert(value: Any) -> float | None:
        if value is None and optional:
            return None
        real = isinstance(value, numbers.Real) or (
            isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf"
        )
        if not real or isinstance(value, bool) or value != value:
            raise Refused(kind, f"Give {kind}.")
        value = float(value)
        if (low is not None and (value < low or (open_low and value == low))) or (
            high is not None and (value > high or (open_high and value == high))
        ):
            raise Refused(kind, f"Give {kind}.")
        return value

    return convert


def one_of(*choices: Any) -> Callable[[Any], Any]:
    """Converter that accepts only the given values."""

    def convert(value: Any) -> Any:
        if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
            listed = ", ".join(repr(choice) for choice in choices)
            raise Refused(f"one of {listed}", "Choose one of them.")
        return value

    return convert


def shape(value: Any) -> tuple[int | None, ...]:
    """Converter to a shape: ``3`` -> ``(3,)``; None stands for an unknown length."""
    if isinstance(value, (int, np.integer)):
        value = (value,)
    try:
        axes = tuple(None if axis is None else int(axis) for axis in value)
    except (TypeError, ValueError):
        raise Refused("a shape, a tuple of integers and None", "Write for example shape=(784,).") from None
    if any(axis is not None and axis < -1 for axis in axes):
        raise Refused("a shape without negative lengths", "Give lengths of 0 or more, None where unknown.")
    return axes


def optional_shape(value: Any) -> tuple[int | None, ...] | None:
    """``shape``, with None kept as None."""
    return None if value is None else shape(value)
