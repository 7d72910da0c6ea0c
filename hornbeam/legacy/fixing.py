"""Writing the modernised script: the edits of the findings, and the imports that they need."""

from __future__ import annotations

import ast
import importlib.util
import re

from hornbeam.legacy.finding import Edit
from hornbeam.legacy.reading import inferred, names_of, read

_ROUNDS = 8  # an edit within another one waits for the next round


def fixed(text: str, era: str | None = None) -> str:
    """The script in today's words, with the defaults of its era written out.

    It gives the same results without the legacy entrance. Comments and the layout stay.

    Args:
        text: the script.
        era: of which era it is; inferred when None.
    """
    era = inferred(text)[0] if era is None else era
    names = names_of(text)  # the first round takes the imports that tell
    for _ in range(_ROUNDS):
        edits = _apart([edit for one in read(text, era, names) for edit in one.edits])
        if not edits:
            break
        text = _applied(text, edits)
    return _with_imports(text)


def _apart(edits: list[Edit]) -> list[Edit]:
    """Edits of which none touches another, the outermost first; equal ones once."""
    chosen: list[Edit] = []
    for edit in sorted(dict.fromkeys(edits), key=lambda one: (one.end - one.start, one.start)):
        if all(edit.end <= other.start or edit.start >= other.end for other in chosen) or all(
            edit.start == edit.end and edit != other and edit.start in (other.start, other.end) for other in chosen
        ):
            chosen.append(edit)
    return chosen


def _applied(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _with_imports(text: str) -> str:
    """With the imports of the modules of Hornbeam that the text names in full."""
    named = {_module_in(path) for path in re.findall(r"\bhornbeam(?:\.[a-z_0-9]+)+(?=\.\w)", text)}
    tree = ast.parse(text)
    there = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
             if alias.asname is None}  # fmt: skip
    bare = any(
        isinstance(node, ast.Name) and node.id == "hornbeam" for node in ast.walk(tree)
    )  # fmt: skip
    wanted = sorted(
        name for name in named
        if name.startswith("hornbeam.legacy.") and any(part in text for part in (f"{name}.",)) and bare
    )  # fmt: skip
    lines = [f"import {name}" for name in (["hornbeam"] if bare and not wanted else wanted) if name not in there]
    if not lines:
        return text
    place = _first_place(tree)
    rows = text.splitlines(keepends=True)
    return "".join(rows[:place] + [f"{line}\n" for line in lines] + rows[place:])


def _module_in(path: str) -> str:
    """The longest part of dotted names that is a module."""
    parts = path.split(".")
    name = parts[0]
    for part in parts[1:]:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.submodule_search_locations is None or not importlib.util.find_spec(f"{name}.{part}"):
            break
        name = f"{name}.{part}"
    return name


def _first_place(tree: ast.Module) -> int:
    """Number of lines before the first statement that is neither the docstring nor from ``__future__``."""
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            return node.lineno - 1
    return 0
