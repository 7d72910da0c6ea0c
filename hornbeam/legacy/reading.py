"""Reading a script without running it: what is old in it, and of which era it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from hornbeam.legacy.calls import call_findings
from hornbeam.legacy.finding import Edit, Finding, infer
from hornbeam.legacy.imports import Imported, import_findings, name_finding
from hornbeam.legacy.names import METHODS
from hornbeam.legacy.paths import PATHS, canonical
from hornbeam.legacy.rows import Name
from hornbeam.legacy.saved import saved_findings
from hornbeam.legacy.signs import OLD_LOGS, SINCE_PATHS
from hornbeam.legacy.source import Source


def read(text: str, era: str | None = None, names: dict[str, Imported] | None = None) -> list[Finding]:
    """Everything old in a script, in the order of its lines.

    Args:
        text: the script.
        era: of which era it is, which decides what defaults it had; inferred when None.
        names: what its names stand for, where its imports do not tell any more.

    Raises:
        SyntaxError: it is no Python of today.
    """
    source = Source(text)
    if era is None:
        era = infer(list(_walk(source, "3")))[0]
    found = list(_walk(source, era, names))
    return sorted(found, key=lambda one: one.line)


def inferred(text: str) -> tuple[str, list[Finding]]:
    """The era of a script, and what in it does not fit that era."""
    return infer(list(_walk(Source(text), "3")))


def names_of(text: str) -> dict[str, Imported]:
    """What the names that a script imports from old packages stand for."""
    names: dict[str, Imported] = {}
    source = Source(text)
    for node in _imports(source):
        list(import_findings(node, names, source))
    return names


def _imports(source: Source) -> list[Any]:
    return [node for node in ast.walk(source.tree) if isinstance(node, (ast.Import, ast.ImportFrom))]


def _walk(source: Source, era: str, known: dict[str, Imported] | None = None) -> Iterator[Finding]:
    names = dict(known or {})
    layers = _named_layers(source.tree)
    yield from saved_findings(source)
    own_acc = _names_acc_itself(source.tree)
    for node in _imports(source):
        yield from import_findings(node, names, source, era)
    within: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and id(node) not in within:
            inner: Any = node.value
            while isinstance(inner, ast.Attribute):
                within.add(id(inner))
                inner = inner.value
            yield from _attribute(node, names, source, layers, era)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield from _sign(names[node.id].path, node.lineno)
        if isinstance(node, ast.Call):
            yield from _numpy(node, names, source)
            yield from _weight_name(node, source)
            yield from _symbolic_loss(node, source)
            yield from call_findings(node, names, source, era)
        if isinstance(node, ast.Constant) and node.value in OLD_LOGS and not own_acc:
            yield Finding(node.lineno, repr(node.value), until=OLD_LOGS[node.value])


def _numpy(node: ast.Call, names: dict[str, Imported], source: Source) -> Iterator[Finding]:
    """``tensor.numpy()`` in a script over TensorFlow: JAX's arrays have no such method."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and function.attr == "numpy") or node.args or node.keywords:
        return
    if any(
        canonical(name.path).startswith("tensorflow") or name.path.startswith("tensorflow") for name in names.values()
    ):
        (start, end), inner = source.span(node), source.span(function.value)[1]
        edits = [Edit(start, start, "hornbeam.ops.convert_to_numpy("), Edit(inner, end, ")")]
        yield Finding(node.lineno, ".numpy()", "works", "hornbeam.ops.convert_to_numpy(…)", edits=edits)


def _weight_name(node: ast.Call, source: Source) -> Iterator[Finding]:
    """``self.add_weight("kernel", shape)``: the shape comes first today."""
    first = node.args[0] if node.args else None
    named = isinstance(node.func, ast.Attribute) and node.func.attr == "add_weight"
    if named and isinstance(first, ast.Constant) and isinstance(first.value, str):
        places = zip(("name", "shape", "dtype", "initializer"), node.args, strict=False)
        edits = [source.replace(arg, f"{name}={source.of(arg)}") for name, arg in places]
        yield Finding(
            node.lineno, "add_weight(name)", "works", f"add_weight({edits[0].text})", until="2.15", edits=edits
        )


def _symbolic_loss(node: ast.Call, source: Source) -> Iterator[Finding]:
    """``model.add_loss(tensor)``: today only a layer's own call adds losses."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and function.attr == "add_loss" and node.args):
        return
    owner: Any = function.value
    if not isinstance(owner, ast.Name) or owner.id == "self":
        return
    start, end = source.span(owner)
    edits = [Edit(start, start, "hornbeam.legacy.graphs.add_loss("), Edit(end, source.span(node.args[0])[0], ", ")]
    write = "hornbeam.legacy.graphs.add_loss(model, tensor), or self.add_loss in a layer's call"
    yield Finding(node.lineno, ".add_loss of a model", "works", write, until="2.15", edits=edits)


def _sign(path: str, line: int) -> Iterator[Finding]:
    since = SINCE_PATHS.get(path) or SINCE_PATHS.get(canonical(path))
    if since is not None:
        yield Finding(line, path, since=since)


def _names_acc_itself(tree: ast.AST) -> bool:
    """Whether a metric is called acc by the script, so that no era is meant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "metrics":
            return any(isinstance(part, ast.Constant) and part.value == "acc" for part in ast.walk(node.value))
    return False


def _attribute(
    node: ast.Attribute, names: dict[str, Imported], source: Source, layers: set[str], era: str
) -> Iterator[Finding]:
    chain = _chain(node)
    if chain and chain[0] in names:
        path = ".".join([names[chain[0]].path, *chain[1:]])
        yield from _sign(path, node.lineno)
        module, name = _split(path)
        if module is not None and name:
            yield from name_finding(node, module, name, names[chain[0]], source, era)
        return
    yield from _method(node, source, layers)


# methods of today that take the arguments of the old ones
_AS_WELL = ("predict", "fit", "evaluate", "reset_state")


def _method(node: ast.Attribute, source: Source, layers: set[str]) -> Iterator[Finding]:
    row = METHODS.get(node.attr)
    if row is not None:
        write = row.today if isinstance(row, Name) else row.write
        does = "works" if isinstance(row, Name) else f"is refused: {row.why}"
        edits = []
        if isinstance(row, Name) and row.target in _AS_WELL:
            edits = [source.attribute_edit(node, row.target)]
        yield Finding(node.lineno, f".{node.attr}", does, write, until=row.until, edits=edits)
    elif node.attr == "lr" and isinstance(node.value, ast.Attribute) and node.value.attr == "optimizer":
        edits = [source.attribute_edit(node, "learning_rate")]
        yield Finding(node.lineno, ".lr", "works", ".learning_rate", until="2.15", edits=edits)
    elif node.attr in ("input_shape", "output_shape") and _is_a_layer(node.value, layers):
        what = node.attr.removesuffix("_shape")
        edits = [source.attribute_edit(node, f"{what}.shape")]
        yield Finding(node.lineno, f".{node.attr} of a layer", "works", f".{what}.shape", until="2.15", edits=edits)


def _named_layers(tree: ast.AST) -> set[str]:
    """Names that a script gives to layers: ``for layer in model.layers``, ``layer = model.get_layer(…)``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            if isinstance(node.iter, ast.Attribute) and node.iter.attr == "layers":
                found.add(node.target.id)
        elif isinstance(node, ast.Assign) and _is_a_layer(node.value, set()):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return found


def _is_a_layer(node: ast.AST, named: set[str]) -> bool:
    """Whether it reads ``….layers[…]`` or ``….get_layer(…)``, or is a name of one."""
    if isinstance(node, ast.Name):
        return node.id in named
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "layers"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_layer"


def _chain(node: Any) -> list[str]:
    """``["keras", "layers", "Dense"]`` of dotted names; empty where there is more than names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else []


def _split(path: str) -> tuple[str | None, str]:
    """The longest old module of a path, and the name that follows."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        if canonical(".".join(parts[:count])) in PATHS:
            return ".".join(parts[:count]), parts[count] if count < len(parts) else ""
    return None, ""
