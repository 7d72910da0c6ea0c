"""Names of files that a script writes under old names, and those to write today."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import Any

from hornbeam.legacy.finding import Edit, Finding
from hornbeam.legacy.source import Source

_MODEL, _WEIGHTS = ".keras", ".weights.h5"
_SAVES = {"save": 0, "save_weights": 0, "ModelCheckpoint": 0, "save_model": 1}  # and where the name stands
_LOADS = {"load_model": 0, "load_weights": 0}
_TODAYS = {_MODEL: (_MODEL,), _WEIGHTS: (_WEIGHTS, ".npz", ".safetensors")}
# what ``save`` of a model was given; pictures, figures and arrays are saved too
_OF_MODELS = ("", ".h5", ".hdf5", ".hdf", ".hd5", ".h5py", ".model", ".ckpt", ".tf", ".mdl", ".weights")
_ANY = "\0"  # in a name, what only running the script tells


def saved_findings(source: Source) -> Iterator[Finding]:
    """Strings that name what the script saves, there and where the script reads it again."""
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    modules = _modules(source.tree)
    written: dict[str, str] = {}
    renamed: dict[Any, str] = {}
    for call in calls:
        ending = _ending(call)
        for node in _last_strings(_path(call, _SAVES), source) if ending else ():
            if ending and _is_old(call, _name(node), ending, modules):
                renamed[node] = written[_name(node)] = ending
    for call in calls:
        for node in _last_strings(_path(call, _LOADS), source):
            for name, ending in written.items():
                if re.fullmatch(re.escape(name).replace(re.escape(_ANY), ".+"), _name(node), re.DOTALL):
                    renamed.setdefault(node, ending)
    for part in ast.walk(source.tree):  # it may ask os.path.exists
        named = isinstance(part, ast.Constant) and isinstance(part.value, str) and os.path.splitext(part.value)[1]
        if named and _name(part) in written:
            renamed.setdefault(part, written[_name(part)])
    for string, ending in renamed.items():
        edit, old, new = _renaming(string, ending, source)
        does = "is written in the format of today"
        yield Finding(string.lineno, old, does, new, edits=[edit] if old != new else [])


def _path(call: ast.Call, places: dict[str, int]) -> ast.expr | None:
    """The argument of a call that is the name of a file."""
    place = places.get(_called(call))
    if place is None:
        return None
    named = [word.value for word in call.keywords if word.arg == "filepath"]
    return named[0] if named else call.args[place] if len(call.args) > place else None


def _called(call: ast.Call) -> str:
    function: Any = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _ending(call: ast.Call) -> str:
    """How the name of what a call saves has to end today; empty where it saves nothing."""
    name = _called(call)
    if name != "ModelCheckpoint":
        return {"save_weights": _WEIGHTS, "save": _MODEL, "save_model": _MODEL}.get(name, "")
    only: Any = [word.value for word in call.keywords if word.arg == "save_weights_only"] or call.args[4:5]
    return _WEIGHTS if only and getattr(only[0], "value", True) else _MODEL


def _last_strings(node: Any, source: Source, names: tuple[str, ...] = ()) -> Iterator[ast.expr]:
    """The strings with which the value of an expression ends."""
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        or isinstance(node, ast.JoinedStr)
        and node.values
        and isinstance(node.values[-1], ast.Constant)
    ):
        yield node
    elif isinstance(node, ast.Name) and node.id not in names:
        for value in source.assigned(node.id):
            yield from _last_strings(value, source, (*names, node.id))
    elif isinstance(node, ast.BinOp):
        yield from _last_strings(node.right if isinstance(node.op, ast.Add) else node.left, source, names)
    elif isinstance(node, ast.Call) and _called(node) == "join" and node.args:
        yield from _last_strings(node.args[-1], source, names)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from _last_strings(node.func.value, source, names)


def _name(node: Any) -> str:
    """A string as a name of files, with signs where something is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else _ANY for part in node.values)
    return re.sub(r"\{[^{}]*\}|%[-\d.]*[sdif]", _ANY, node.value).strip("/")  # a folder is named with or without it


def _split(name: str) -> tuple[str, str]:
    """A name without its ending, and that."""
    stem, ending = os.path.splitext(name)
    if not re.fullmatch(r"\.[A-Za-z]\w{0,8}", ending):  # such as the rest of a number
        return name, ""
    return stem.removesuffix(".weights"), name[len(stem.removesuffix(".weights")) :]


def _is_old(call: ast.Call, name: str, ending: str, modules: set[str]) -> bool:
    if name.endswith(_TODAYS[ending]):
        return False
    function = call.func
    of_another = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in modules
    return _called(call) != "save" or (_split(name)[1] in _OF_MODELS and not of_another)


def _modules(tree: ast.AST) -> set[str]:
    """The names of modules in a script: ``np.save`` saves no model."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return {alias.asname or alias.name.split(".")[0] for node in imports for alias in node.names}


def _renaming(node: Any, ending: str, source: Source) -> tuple[Edit, str, str]:
    """The edit that gives a string its ending, its text before and after."""
    text, ended = source.of(node), _split(_name(node))[1]
    quotes = 3 if text.endswith(('"""', "'''")) else 1
    body, quote = text[:-quotes].rstrip("/"), text[-quotes:]
    new = body.removesuffix(ended) + ending + quote if body.endswith(ended) else text
    return source.replace(node, new), text, new
