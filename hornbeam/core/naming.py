"""Automatic names: dense, dense_1, dense_2, … counted per process, as Keras counts them."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any

from hornbeam.core.errors import ArgumentError
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


class name_scope:
    """A heading for a part of a script, as TensorFlow's graphs had it: ``with name_scope("encoder"): …``.

    Layers are called by their own names, and files find weights by the model's structure, so that nothing is named
    after it.

    Args:
        name: a text without ``/``.
        options: accepted for Keras's sake.

    Raises:
        ArgumentError: the name is no text, or has a ``/``.

    Example:
        >>> with name_scope("encoder") as scope:
        ...     scope.name
        'encoder'
    """

    def __init__(self, name: str, **options: Any):
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError("name_scope, name", "a text without '/'", repr(name), "Write name_scope('encoder').")
        self.name = name

    def __enter__(self) -> name_scope:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""
