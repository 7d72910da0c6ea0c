"""The command ``hornbeam``: one function and one row of the table for each subcommand."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

import hornbeam.models
from hornbeam.core.errors import FileError, HornbeamError
from hornbeam.legacy.era import Era
from hornbeam.legacy.finding import Finding
from hornbeam.legacy.fixing import fixed
from hornbeam.legacy.reading import inferred, read
from hornbeam.legacy.running import mixture, read_text, run_notebook, run_script
from hornbeam.saving import weights
from hornbeam.saving.converting import main_convert
from hornbeam.saving.inspecting import main_inspect


class Command(NamedTuple):
    """A subcommand: what it does, how its arguments are declared, and the function that does it."""

    help: str
    declare: Callable[[argparse.ArgumentParser], None]
    do: Callable[[argparse.Namespace], int]


def _declare_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--era", help="of which Keras the code is: 1, 2.2, 2.15 or 3; inferred when left out")
    parser.add_argument("--quiet", action="store_true", help="say nothing of changed defaults")
    parser.add_argument("--write", metavar="COPY", help="write a copy of the notebook with its outputs")
    parser.add_argument("script", help="a script or a notebook")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script finds in sys.argv")


def _run(given: argparse.Namespace) -> int:
    """Runs a script or a notebook of any era of Keras."""
    if given.script.endswith(".ipynb"):
        return run_notebook(given.script, given.arguments, given.era, given.quiet, given.write)
    return run_script(given.script, given.arguments, given.era, given.quiet)


def _declare_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--era", help="of which Keras the code is: 1, 2.2, 2.15 or 3; inferred when left out")
    parser.add_argument(
        "--fix", nargs="?", const="-", metavar="OUT", help="write the script in today's words to OUT, or print it"
    )
    parser.add_argument("script", help="a script")


def _check(given: argparse.Namespace) -> int:
    """Lists what is old in a script, or writes it anew; the exit status is 1 where something is old."""
    text = read_text(given.script)
    if given.script.endswith(".ipynb"):
        raise FileError(given.script, "a script", "a notebook", "Export its code as a script; or run it as it is.")
    if given.era is not None:
        Era(given.era)
    try:
        era, strangers = inferred(text)
    except SyntaxError as error:
        where, fix = f"{given.script}:{error.lineno}", "Python 2 is rewritten by 2to3; mend other mistakes first."
        raise FileError(where, "Python 3", error.msg, fix) from None
    if given.fix == "-":
        print(fixed(text, given.era), end="")
        return 0
    if given.fix is not None:
        with open(given.fix, "w", encoding="utf-8") as file:
            file.write(fixed(text, given.era))
        return 0
    found = [one for one in read(text, given.era) if one.is_old]
    lines = dict.fromkeys(f"{given.script}:{one.line}: {_said(one)}" for one in found)  # of equal ones in a line one
    for line in lines:
        print(line)
    if strangers and given.era is None:
        print(mixture(era, strangers))
    print(f"{len(lines)} old things; code of Keras {given.era or era}.")
    return 1 if found else 0


def _said(one: Finding) -> str:
    meant = f" Then: {one.meant}." if one.meant else ""
    return f"{one.what}: {one.does}.{meant} Today: {one.write}"


def _declare_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a model, weights or an architecture, in any format that Hornbeam reads")


def _inspect(given: argparse.Namespace) -> int:
    """Prints what a file holds; the exit status is 1 where something in it is suspicious."""
    return main_inspect(given.file)


def _declare_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", help="a file that Hornbeam reads")
    parser.add_argument("target", help="the file to write; its ending names the format")
    parser.add_argument("--dtype", help="what the weights are cast to, such as float16")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")


def _convert(given: argparse.Namespace) -> int:
    """Writes the model of one file into another."""
    if not given.target.endswith(".onnx"):
        return main_convert(given.source, given.target, given.overwrite, given.dtype)
    weights.refuse_existing(given.target, given.overwrite)
    hornbeam.models.load_model(given.source, compile=False, dtype=given.dtype).export(given.target)
    print(f"{given.target}: {os.path.getsize(given.target):,} bytes")
    return 0


COMMANDS = {
    "run": Command("run a script or a notebook of any era of Keras", _declare_run, _run),
    "check": Command("say what is old in a script, and what to write today", _declare_check, _check),
    "inspect": Command("say what a file holds, without building anything", _declare_inspect, _inspect),
    "convert": Command("write the model of one file into another format", _declare_convert, _convert),
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one subcommand; returns the exit status.

    Args:
        arguments: those of the command line when None.
    """
    parser = argparse.ArgumentParser("hornbeam", description="Neural networks in Keras's words.")
    chosen = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        command.declare(chosen.add_parser(name, help=command.help))
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command].do(given)
    except BrokenPipeError:  # the reader of the output, such as head, has had enough
        sys.stdout = None  # type: ignore[assignment]
        return 0
    except (HornbeamError, OSError, SyntaxError) as error:
        print(f"hornbeam {given.command}: {error}", file=sys.stderr)
        return 2
