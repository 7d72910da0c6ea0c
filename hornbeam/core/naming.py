"""Automatic names: dense, dense_1, dense_2, … counted per process, as Keras counts them."""

from __future__ import annotations

from collections import Counter

from hornbeam.core.registry import snake_case

_counts: Counter[str] = Counter()


def unique_name(class_name: str) -> str:
    """The next free automatic name for an object of this class."""
    base = snake_case(class_name)
    _counts[base] += 1
    return base if _counts[base] == 1 else f"{base}_{_counts[base] - 1}"


def reset_names() -> None:
    """Starts the counting anew; ``clear_session`` calls it."""
    _counts.clear()
