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
        for name, value in _assignments(self.tree):
            self._assigned.setdefault(name, []).append(value)
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
                    items = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
                    yield from (
                        item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)
                    )

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


def _assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they are given: by assignments, one by one or several at once, and as defaults of functions."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                pairs: list[tuple[ast.expr, ast.expr]] = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                yield from ((one.id, value) for one, value in pairs if isinstance(one, ast.Name))
        elif isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            defaults = [*zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)]
            defaults += [(one, value) for one, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
            yield from ((one.arg, value) for one, value in defaults)
