"""Names of files that a script writes in old formats, and those to write today."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from hornbeam.legacy.finding import Finding
from hornbeam.legacy.source import Source

_OLD = (".h5", ".hdf5")


def saved_findings(source: Source) -> Iterator[Finding]:
    """Strings that name what the script saves, wherever they stand: it may read it again."""
    ends: dict[str, str] = {}
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    for call in calls:
        ends.update(_written(call))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ends:
            new = node.value.rpartition(".h")[0] + ends[node.value]
            text = source.of(node).replace(node.value, new)
            yield Finding(
                node.lineno, repr(node.value), "is written in the format of today", repr(new),
                edits=[source.replace(node, text)] if text != source.of(node) else [],
            )  # fmt: skip


def _written(call: ast.Call) -> dict[str, str]:
    """The name of the file that a call writes, and how it has to end."""
    function: Any = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    place = {"save": 0, "save_weights": 0, "ModelCheckpoint": 0, "save_model": 1}.get(name)
    if place is None or len(call.args) <= place:
        return {}
    path = call.args[place]
    if not (isinstance(path, ast.Constant) and isinstance(path.value, str) and path.value.endswith(_OLD)):
        return {}
    if path.value.endswith(".weights.h5"):
        return {}
    only = any(word.arg == "save_weights_only" for word in call.keywords)
    return {path.value: ".weights.h5" if only or name == "save_weights" else ".keras"}
