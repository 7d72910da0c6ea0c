"""The import hook: old packages are answered with modules made from the tables."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from hornbeam.core.registry import did_you_mean
from hornbeam.legacy import era
from hornbeam.legacy.modules import OldModule, drop
from hornbeam.legacy.paths import PATHS, ROOTS, canonical


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers the imports of ``keras``, ``tensorflow``, … and of everything beneath them."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        """The spec of an old module, None for all others.

        Raises:
            ModuleNotFoundError: an old package has no such module, here or then.
        """
        if fullname.split(".")[0] not in ROOTS:
            return None
        row = PATHS.get(canonical(fullname))
        if row is None:
            raise ModuleNotFoundError(
                f"import {fullname}: expected a module that old code has; got one that Hornbeam does not know. "
                + did_you_mean(fullname, [*PATHS]),
                name=fullname,
            )
        if row.until is not None:
            era.met(row.until, f"import {fullname}")
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: Any) -> ModuleType:
        """A new old module."""
        return OldModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: its names are found when they are asked for."""


_finder = Finder()
_replaced: dict[str, ModuleType] = {}


def _names() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] in ROOTS]


def put_first() -> None:
    """Answers imports of the old packages from now on; modules of theirs that were imported are put aside."""
    if _finder not in sys.meta_path:
        _replaced.update(drop(_names()))
        sys.meta_path.insert(0, _finder)


def take_away() -> None:
    """Answers them no more, and puts back what was put aside."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
        drop(_names())
        sys.modules.update(_replaced)
        _replaced.clear()
