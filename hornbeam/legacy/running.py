"""Running scripts and notebooks of any era, as Python runs them."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from types import ModuleType
from typing import Any

from hornbeam.core.errors import FileError
from hornbeam.legacy import era as eras
from hornbeam.legacy import finder, methods
from hornbeam.legacy.finding import Finding
from hornbeam.legacy.reading import inferred

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ENGINE = ("jax", "jaxlib", "optax")


def run_script(path: str, arguments: list[str], era: str | None = None, quiet: bool = False) -> int:
    """Runs a script; returns the exit status.

    Args:
        path: the script.
        arguments: what stands after it on the command line.
        era: of which era it is; inferred from what it says when None.
        quiet: whether nothing is said of changed defaults.

    Raises:
        FileError: there is no such script.
    """
    text = read_text(path)
    with _entrance(text, era, quiet), _as_main(path, arguments) as names:
        return _guarded(text, path, names)


def read_text(path: str) -> str:
    """The text of a script or notebook.

    Raises:
        FileError: it is not there, or is no text.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise FileError(path, "a script or a notebook", error.strerror, "Check the path.") from None
    except UnicodeDecodeError as error:
        where, fix = f"{path}, byte {error.start}", "Save it in UTF-8."
        raise FileError(where, "text in UTF-8", f"the byte {error.object[error.start]:#x}", fix) from None


@contextmanager
def _entrance(text: str, era: str | None, quiet: bool) -> Iterator[None]:
    """The legacy entrance, open, with the era of a script; at the end what was said is listed."""
    strangers: list[Finding] = []
    found = era
    if era is None:
        try:
            found, strangers = inferred(text)
        except SyntaxError:
            found = "3"  # running it says so
    eras.begin(found, quiet)
    finder.put_first()
    methods.put_on()
    try:
        if era is None and found != "3":
            eras.tell(f"this is code of Keras {found}, by its words. --era names another.")
        if strangers:
            eras.tell(mixture(str(found), strangers))
        yield
        if eras.told() and not quiet:
            listed = "\n".join(f"  - {message}" for message in eras.told())
            print(f"Hornbeam ran this as code of Keras {eras.current()}:\n{listed}", file=sys.stderr)
    finally:
        methods.take_off()
        finder.take_away()
        eras.begin(None, False)


def mixture(era: str, strangers: list[Finding]) -> str:
    """One sentence on idioms that the era did not have, with their lines."""
    listed = ", ".join(
        f"{one.what} in line {one.line} ({'until' if one.until else 'since'} Keras {one.until or one.since})"
        for one in strangers[:8]
    )
    return f"idioms of two eras are mixed: taken as Keras {era}, but there is {listed}. Name the era with --era."


@contextmanager
def _as_main(path: str, arguments: list[str]) -> Iterator[dict[str, Any]]:
    """A fresh ``__main__``, and ``sys.argv`` and ``sys.path[0]`` as ``python path`` sets them."""
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__)
    before = sys.modules["__main__"], sys.argv, list(sys.path)
    sys.modules["__main__"], sys.argv = main, [path, *arguments]
    sys.path[:1] = [os.path.dirname(os.path.abspath(path))]
    try:
        yield main.__dict__
    finally:
        sys.modules["__main__"], sys.argv, sys.path[:] = before[0], before[1], before[2]


def _guarded(text: str, path: str, names: dict[str, Any]) -> int:
    """Runs it; an error is shown with the script's own lines."""
    try:
        exec(compile(text, path, "exec"), names)
    except Exception as error:
        show(error)
        return 1
    return 0


def show(error: BaseException) -> None:
    """Prints a traceback without Hornbeam's own lines, and without the engine's beneath them."""
    summary = traceback.TracebackException.from_exception(error)
    _shorten(summary)
    print("".join(summary.format()), end="", file=sys.stderr)


def _shorten(summary: traceback.TracebackException) -> None:
    ours = any(_is_in(frame.filename, _PACKAGE) for frame in summary.stack)
    kept = [
        frame
        for frame in summary.stack
        if not _is_in(frame.filename, _PACKAGE) and not (ours and _is_engine(frame.filename))
    ]
    summary.stack[:] = kept
    for other in (summary.__cause__, summary.__context__):
        if other is not None:
            _shorten(other)


def _is_in(file: str, folder: str) -> bool:
    return os.path.abspath(file).startswith(folder + os.sep)


def _is_engine(file: str) -> bool:
    parts = file.split(os.sep)
    return "site-packages" in parts and parts[parts.index("site-packages") + 1] in _ENGINE


# -- notebooks -------------------------------------------------------------------------------------------------------


def run_notebook(
    path: str, arguments: list[str], era: str | None = None, quiet: bool = False, write: str | None = None
) -> int:
    """Runs the code cells of a notebook in order; returns the exit status.

    Lines that begin with ``%`` or ``!`` are for another program than Python: they are passed over, and this is said.

    Args:
        path: the notebook.
        arguments: for ``sys.argv``.
        era, quiet: as of ``run_script``.
        write: where a copy with the outputs goes; None writes none.
    """
    try:
        notebook = json.loads(read_text(path))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        texts = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(path, "a notebook", f"{error}", "Save it again in Jupyter.") from None
    if write is not None and not os.path.isdir(os.path.dirname(os.path.abspath(write))):
        raise FileError(write, "a folder for the copy", "none", "Make the folder first.")
    plain = [_plain(text) for text in texts]
    status = 0
    with _entrance("\n".join(code for code, _ in plain), era, quiet), _as_main(path, arguments) as names:
        for number, (cell, (code, magics)) in enumerate(zip(cells, plain, strict=True), 1):
            if magics:
                eras.tell("lines with % and ! are passed over: " + ", ".join(sorted(set(magics))[:5]) + ".")
            status = _run_cell(cell, code, number, f"{path}, cell {number}", names)
            if status:
                break
    if write is not None:
        with open(write, "w", encoding="utf-8") as file:
            json.dump(notebook, file, indent=1)
    return status


def _plain(text: str) -> tuple[str, list[str]]:
    """A cell with its magic lines as comments, and those lines."""
    lines, magics = [], []
    for line in text.splitlines():
        stripped = line.lstrip()
        if stripped.startswith(("%", "!")):
            magics.append(stripped)
            lines.append(f"{line[: len(line) - len(stripped)]}pass  # {stripped}")
        else:
            lines.append(line)
    return "\n".join(lines), magics


def _run_cell(cell: dict[str, Any], code: str, number: int, where: str, names: dict[str, Any]) -> int:
    """Runs a cell, prints what it prints and the value of its last line, and keeps both in the cell."""
    printed = _Copy(sys.stdout)
    outputs: list[dict[str, Any]] = []
    cell["execution_count"] = number
    failed = 0
    try:
        with redirect_stdout(printed):
            value = _run_and_ask(code, where, names)
    except Exception as error:
        show(error)
        failed = 1
        text = f"{type(error).__name__}: {error}"
        outputs.append(
            {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": [text]}
        )
    else:
        if value is not None:
            print(repr(value))
            data = {"text/plain": repr(value).splitlines(keepends=True)}
            outputs.append({"output_type": "execute_result", "execution_count": number, "data": data, "metadata": {}})
    if printed.getvalue():
        lines = printed.getvalue().splitlines(keepends=True)
        outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": lines})
    cell["outputs"] = outputs
    return failed


class _Copy(io.StringIO):
    """Keeps what is printed, and prints it."""

    def __init__(self, out: Any):
        super().__init__()
        self._out = out

    def write(self, text: str) -> int:
        self._out.write(text)
        return super().write(text)


def _run_and_ask(code: str, where: str, names: dict[str, Any]) -> Any:
    """Runs code; gives the value of its last statement if it is an expression that ends without a semicolon."""
    tree: Any = compile(code, where, "exec", ast.PyCF_ONLY_AST)  # ast.parse would stand in the traceback
    last = tree.body[-1] if tree.body else None
    asked = isinstance(last, ast.Expr) and not code.rstrip().endswith(";")
    body = tree.body[:-1] if asked else tree.body
    exec(compile(ast.Module(body, []), where, "exec"), names)
    if asked and isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), where, "eval"), names)
    return None
