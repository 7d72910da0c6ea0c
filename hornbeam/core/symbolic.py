"""What layers and operations know of symbolic tensors: how to recognise one and to whom to hand the call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class Symbolic:
    """Base of symbolic tensors; ``record`` notes a call as a node of a graph and returns its outputs."""

    shape: tuple[int | None, ...]
    dtype: str

    def record(self, operation: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """Notes ``operation(*args, **kwargs)`` and returns symbolic outputs."""
        raise NotImplementedError


def first_symbolic(values: Any) -> Symbolic | None:
    """The first symbolic tensor in nested lists, tuples and dicts; None when there is none."""
    if isinstance(values, Symbolic):
        return values
    if isinstance(values, dict):
        values = values.values()
    elif not isinstance(values, (list, tuple)):
        return None
    for value in values:
        found = first_symbolic(value)
        if found is not None:
            return found
    return None


def recordable(function: Function) -> Function:
    """Decorator: a call on symbolic tensors becomes a node of the graph, a call on arrays is computed.

    Example:
        >>> @recordable
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        symbolic = first_symbolic((args, kwargs))
        if symbolic is not None:
            return symbolic.record(call, args, kwargs)
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]
