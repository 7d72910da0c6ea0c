"""The house's walls: which room may import which, no cycles, no files that grow out of hand."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "hornbeam"

# A room imports only lower rooms. Faces (name re-exports only) stand on top.
HEIGHT = {
    "core": 1,
    "ops": 2,
    "activations": 3,
    "initializers": 3,
    "regularizers": 3,
    "constraints": 3,
    "losses": 3,
    "schedules": 3,
    "data": 3,
    "text": 3,
    "image": 4,
    "audio": 4,
    "datasets": 3,
    "random": 3,
    "dtype_policies": 3,
    "tree": 3,
    "metrics": 4,
    "layers": 4,
    "optimizers": 4,
    "graph": 5,
    "training": 6,
    "saving": 7,
    "callbacks": 8,
    "export": 8,
    "models": 9,
    "plot": 10,
    "config": 10,
    "mixed_precision": 10,
    "preprocessing": 10,
    "nlp": 10,
    "utils": 10,
    "backend": 11,
    "sklearn": 11,
    "zoo": 11,
    "wrappers": 12,
    "legacy": 13,
    "cli": 14,
    "__main__": 15,
}
# Files that may be longer than 500 lines, each with its reason.
LONG = {
    "activations.py": "one formula with its reference per activation",
}


def files():
    return sorted(path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py")


def room(path):
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(tree):
    """Modules of Hornbeam that a file imports, and whether inside a function."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hornbeam":
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "hornbeam" else [node.module]
            )
            for name in names:
                yield name.split(".")[1], id(node) in inside
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "hornbeam" and "." in alias.name:
                    yield alias.name.split(".")[1], id(node) in inside


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_imports_only_lower_rooms(path):
    mine = room(path)
    assert mine in HEIGHT, f"{mine} has no height: enter it in the table"
    for other, hidden in imports(ast.parse(path.read_text())):
        assert not hidden, f"{path.name} hides an import of {other} in a function"
        assert other == mine or HEIGHT[other] < HEIGHT[mine], f"{mine} (height {HEIGHT[mine]}) imports {other}"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_fits_on_a_few_screens(path):
    lines = path.read_text().count("\n")
    assert lines <= 500 or path.name in LONG, f"{lines} lines: split it, or say why in LONG"


def test_no_room_is_called_helpers():
    names = {part for path in files() for part in path.relative_to(HOUSE).with_suffix("").parts}
    assert not names & {"helpers", "misc", "common"}
