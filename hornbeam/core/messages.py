"""Messages to the user: on the standard output, or to the program's log where there is nobody to read it."""

from __future__ import annotations

import logging
from dataclasses import dataclass


@dataclass
class _Talk:
    interactive: bool = True


_talk = _Talk()
_log = logging.getLogger("hornbeam")


def enable_interactive_logging() -> None:
    """Messages and progress go to the standard output, as they do from the start."""
    _talk.interactive = True


def disable_interactive_logging() -> None:
    """Messages and progress go to Python's log ``"hornbeam"``, at level INFO; ``verbose="auto"`` is a line per epoch.

    Example:
        >>> disable_interactive_logging()
        >>> say("to the log")
        >>> enable_interactive_logging()
        >>> say("to the reader")
        to the reader
    """
    _talk.interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether messages go to the standard output."""
    return _talk.interactive


def say(message: str) -> None:
    """Gives one message to the user."""
    if _talk.interactive:
        print(message)
    else:
        _log.info(message)
