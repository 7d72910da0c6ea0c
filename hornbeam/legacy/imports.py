"""Old imports and names in a script, and what to import today."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from hornbeam.legacy.era import Era
from hornbeam.legacy.finding import Edit, Finding
from hornbeam.legacy.names import NAMES
from hornbeam.legacy.paths import PATHS, ROOTS, canonical
from hornbeam.legacy.rows import Changed, Name, Refused
from hornbeam.legacy.signs import SINCE_PATHS
from hornbeam.legacy.source import Source


class Imported(NamedTuple):
    """What a name in a script stands for: an old path, and the name of the root in the script."""

    path: str
    alias: str


def import_findings(node: Any, names: dict[str, Imported], source: Source, era: str = "3") -> Iterator[Finding]:
    """The old imports of a statement; their names are noted in ``names``."""
    if isinstance(node, ast.Import):
        yield from _plain(node, names, source)
    elif node.module and node.level == 0 and node.module.split(".")[0] in ROOTS:
        yield from _from(node, names, source, era)


def _plain(node: ast.Import, names: dict[str, Imported], source: Source) -> Iterator[Finding]:
    old = [alias for alias in node.names if alias.name.split(".")[0] in ROOTS]
    for alias in old:
        local = alias.asname or alias.name.split(".")[0]
        names[local] = Imported(alias.name if alias.asname else local, local)
    if not old:
        return
    written = [_import_of(alias) if alias in old else f"import {_as(alias.name, alias.asname)}" for alias in node.names]
    edit = source.replace(node, _joined(written, node, source))
    for alias in old:
        yield _of_path(alias.name, node.lineno, f"import {alias.name}", _import_of(alias), [edit])


def _import_of(alias: ast.alias) -> str:
    """Today's import of an old module."""
    local = alias.asname or alias.name.split(".")[0]
    if canonical(alias.name) == "tensorflow":
        return f"from hornbeam.legacy import tensorflow as {local}"
    if alias.asname is None:
        return f"import hornbeam as {local}"
    rooms = PATHS[canonical(alias.name)].rooms if canonical(alias.name) in PATHS else ("",)
    room = rooms[0] if rooms else ""
    return f"import hornbeam.{room} as {local}" if room else f"import hornbeam as {local}"


def _joined(lines: list[str], node: Any, source: Source) -> str:
    """Statements in place of one, each on its line."""
    indent = " " * node.col_offset
    return f"\n{indent}".join(dict.fromkeys(lines))


def _as(name: str, asname: str | None) -> str:
    return name if asname is None or asname == name else f"{name} as {asname}"


def _from(node: ast.ImportFrom, names: dict[str, Imported], source: Source, era: str) -> Iterator[Finding]:
    module = node.module or ""
    by_module: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for alias in node.names:
        if alias.name == "*":
            by_module.setdefault(_module_of(module), []).append("*")
            continue
        local = alias.asname or alias.name
        path = f"{module}.{alias.name}"
        names[local] = Imported(path, local)
        place, name = _today(module, alias.name, era)
        by_module.setdefault(place, []).append(_as(name, local))
        row = row_of(module, alias.name, era)
        if isinstance(row, Refused) or (row is not None and row.until is not None):
            findings.append(_of_name(row, alias.name, node.lineno, []))
        since = SINCE_PATHS.get(path) or SINCE_PATHS.get(canonical(path))
        if since is not None:
            findings.append(Finding(node.lineno, path, since=since))
    lines = [
        f"from {place} import {', '.join(listed)}" if place else f"import {listed[0]}"
        for place, listed in by_module.items()
    ]
    edit = source.replace(node, _joined(lines, node, source))
    yield _of_path(module, node.lineno, f"from {module} import", "; ".join(lines), [edit])
    yield from findings


def _today(module: str, name: str, era: str) -> tuple[str, str]:
    """Where a name that was imported from an old module stands today."""
    row = row_of(module, name, era)
    if isinstance(row, (Name, Changed)) and row.until is not None:
        place, _, today = f"hornbeam.{row.target}".rpartition(".")
        return place, today
    inner = canonical(f"{module}.{name}")
    if inner == "keras":
        return "", "hornbeam"
    if inner in PATHS and PATHS[inner].rooms:
        place, _, today = f"hornbeam.{PATHS[inner].rooms[0]}".rstrip(".").rpartition(".")
        return place, today
    return _room_with(module, name), name


def _room_with(module: str, name: str) -> str:
    """The module of today, of those that an old module stands for, that has a name."""
    row = PATHS.get(canonical(module))
    for room in row.rooms if row is not None else ():
        place = f"hornbeam.{room}".rstrip(".")
        if room != "sklearn" and name in dir(importlib.import_module(place)):
            return place
    return _module_of(module)


def _module_of(module: str) -> str:
    row = PATHS.get(canonical(module))
    return f"hornbeam.{row.rooms[0]}".rstrip(".") if row is not None and row.rooms else "hornbeam"


def row_of(module: str, name: str, era: str = "3") -> Name | Changed | Refused | None:
    """The row of an old name, looked up in the rooms of its module; a changed one where the era had its old meaning."""
    path = PATHS.get(canonical(module))
    for room in (canonical(module), *path.rooms) if path is not None else ():
        if name in NAMES.get(room, {}):
            row = NAMES[room][name]
            return None if isinstance(row, Changed) and not Era(era) <= Era(row.until) else row
    return None


def name_finding(
    node: ast.Attribute, module: str, name: str, root: Imported, source: Source, era: str
) -> Iterator[Finding]:
    """An old name that is reached through a module: ``keras.layers.core.Dense``, ``np_utils.to_categorical``."""
    chain = source.of(node)
    known = f"{module}.{name}"
    if root.path != root.alias and not known.startswith(root.path):
        return
    row, path = row_of(module, name, era), PATHS[canonical(module)]
    edits: list[Edit] = []
    place, today = _today(module, name, era)
    # the text up to the name: what follows it (a method, an attribute) stays
    length = len(root.alias) + len(known) - len(root.path)
    start = source.span(node)[0]
    plain = chain[:length].replace("\n", "").replace(" ", "") == chain[:length]
    is_module = canonical(known) in PATHS
    moved = module != root.path and (path.until is not None or module.startswith("tensorflow."))
    if plain and not is_module and (moved or (row is not None and row.until is not None)):
        edits = [Edit(start, start + length, f"{_through(root, place)}.{today}")]
    if canonical(known) == "tensorflow.random.set_seed":
        edits = [Edit(start, start + length, "hornbeam.utils.set_random_seed")]
        yield Finding(node.lineno, known, "works", "hornbeam.utils.set_random_seed", edits=edits)
    elif row is not None and (isinstance(row, Refused) or row.until is not None):
        yield _of_name(row, name, node.lineno, edits)
    elif path.until is not None and module != root.path:
        yield _of_path(module, node.lineno, f"{module}.{name}", f"{place}.{today}", edits)
    elif edits:
        yield Finding(node.lineno, f"{module}.{name}", "works", f"{place}.{today}", edits=edits)


def _through(root: Imported, place: str) -> str:
    """A module of today as the script's own name for a module reaches it, in full where it does not."""
    path = PATHS.get(canonical(root.path))
    own = f"hornbeam.{path.rooms[0]}".rstrip(".") if path is not None and path.rooms else "nothing"
    if place.startswith("hornbeam.legacy") or not f"{place}.".startswith(f"{own}."):
        return place
    return root.alias + place[len(own) :]


def _of_path(module: str, line: int, what: str, write: str, edits: list[Edit]) -> Finding:
    row = PATHS.get(canonical(module))
    since = SINCE_PATHS.get(".".join(module.split(".")[:2])) or SINCE_PATHS.get(module.split(".")[0])
    if row is None:
        return Finding(line, what, "is refused: Hornbeam does not know it", "nothing", since=since)
    return Finding(line, what, "works", write, until=row.until, since=since, edits=edits)


def _of_name(row: Name | Changed | Refused, name: str, line: int, edits: list[Edit]) -> Finding:
    if isinstance(row, Refused):
        return Finding(line, name, f"is refused: {row.why}", row.write, until=row.until)
    if isinstance(row, Changed):  # no sign of an era: today's code has the name too
        return Finding(line, name, "means what it did then", f"hornbeam.{row.target}", row.note, edits=edits)
    return Finding(line, name, "works", row.today or row.target, row.note, row.until, edits=edits)
