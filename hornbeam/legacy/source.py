"""Source: a script's text, its tree, and places in the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from hornbeam.legacy.finding import Edit


class Source:
    """A script.

    Args:
        text: its source.
    """

    def __init__(self, text: str):
        self.text, self.tree = text, ast.parse(text)
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Name):
                    self._assigned.setdefault(target.id, []).append(node.value)  # type: ignore[union-attr]
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def place(self, line: int, column: int) -> int:
        """Characters from the beginning to a line (from 1) and a column in bytes, as ``ast`` counts."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def strings(self, node: ast.AST) -> Iterator[ast.Constant]:
        """The strings in an expression, and those assigned to the names in it."""
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part
            elif isinstance(part, ast.Name):
                for value in self.assigned(part.id):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield value

    def assigned(self, name: str) -> list[ast.expr]:
        """What a script assigns to a name, wherever it does."""
        return self._assigned.get(name, [])

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node begins and ends."""
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)

    def of(self, node: Any) -> str:
        """A node's text."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, node: Any, text: str) -> Edit:
        """New text for a node."""
        return Edit(*self.span(node), text)

    def attribute_edit(self, node: ast.Attribute, name: str) -> Edit:
        """Another name after the dot."""
        end = self.span(node)[1]
        return Edit(end - len(node.attr), end, name)

    def drop_argument(self, node: Any, call: ast.Call) -> Edit:
        """Takes an argument out, with the comma that stood before or after it."""
        start, end = self.span(node)
        after = re.match(r"\s*,[ \t]*", self.text[end:])
        before = re.search(r",\s*$", self.text[:start])
        if before is not None:
            return Edit(before.start(), end, "")
        return Edit(start, end + (after.end() if after else 0), "")

    def add_argument(self, call: ast.Call, text: str) -> Edit:
        """Puts an argument at the end of a call."""
        close = self.span(call)[1] - 1
        inside = self.text[self.span(call.func)[1] + 1 : close]
        stripped = inside.rstrip()
        place = close - (len(inside) - len(stripped))
        comma = "" if not stripped or stripped.endswith(",") else ", "
        return Edit(place, place, f"{comma}{' ' if stripped.endswith(',') else ''}{text}")
