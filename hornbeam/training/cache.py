"""Programs kept by what they compute, so that models with equal specs share them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hornbeam.core.settings import is_flash_attention_enabled
from hornbeam.training.program import Program

LIMIT = 64  # the least recently used program beyond this many is forgotten


@dataclass
class _Kept:
    programs: OrderedDict[Any, Program] = field(default_factory=OrderedDict)


_kept = _Kept()


def shared_program(key: Any, make: Callable[[], Program]) -> Program:
    """The program for this key, made at first need."""
    programs, key = _kept.programs, (key, is_flash_attention_enabled())
    if key not in programs:
        programs[key] = make()
        while len(programs) > LIMIT:
            programs.popitem(last=False)
    programs.move_to_end(key)
    return programs[key]


def forget_programs() -> None:
    """Empties the store; ``clear_session`` calls it."""
    _kept.programs.clear()
