"""Converters for fields: each takes what a user wrote and returns what the code uses, or refuses it."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean


class Refused(Exception):
    """Raised by a converter; the owner of the field adds where and got."""

    def __init__(self, expected: str, fix: str):
        self.expected, self.fix = expected, fix
        super().__init__(expected)


def checked(convert: Callable[[Any], Any], value: Any, where: str) -> Any:
    """An argument of a function through a converter.

    Example:
        >>> checked(integer(1), 3.0, "pad_sequences, maxlen")
        3
    """
    try:
        return convert(value)
    except Refused as refused:
        raise ArgumentError(where, refused.expected, repr(value), refused.fix) from None


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


def integers(count: int, low: int | None = None, optional: bool = False) -> Callable[[Any], Any]:
    """Converter to a tuple of ``count`` integers, from one for all or from as many; ``low`` is the smallest allowed."""
    one = {0: "an integer of at least 0", 1: "a positive integer"}.get(low, "an integer")  # type: ignore[arg-type]
    kind = one if count == 1 else f"{one}, or {count} of them"

    def convert(value: Any) -> tuple[int, ...] | None:
        if value is None and optional:
            return None
        try:
            each = [value] * count if np.ndim(value) == 0 else list(value)
            numbers = tuple(integer(low)(item) for item in each)
        except (Refused, TypeError, ValueError):
            numbers = ()
        if len(numbers) != count:
            raise Refused(kind, f"Give {kind}.")
        return numbers  # type: ignore[return-value]

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


def word(*words: str) -> Callable[[Any], str]:
    """Converter to one of some words, in any case; a misspelt one is answered with the nearest."""

    def convert(value: Any) -> str:
        text = value.lower() if isinstance(value, str) else value
        if text not in words:
            listed = ", ".join(repr(each) for each in words[:-1]) + f" or {words[-1]!r}"
            raise Refused(listed, did_you_mean(text, list(words)) if isinstance(text, str) else "Choose one of them.")
        return text

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
