"""The command ``hornbeam``: one function and one row of the table for each subcommand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NamedTuple

from hornbeam.core.errors import HornbeamError
from hornbeam.legacy.fixing import fixed
from hornbeam.legacy.reading import inferred, read
from hornbeam.legacy.running import mixture, run_notebook, run_script
from hornbeam.models import load_model


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
    with open(given.script, encoding="utf-8") as file:
        text = file.read()
    if given.fix == "-":
        print(fixed(text, given.era), end="")
        return 0
    if given.fix is not None:
        with open(given.fix, "w", encoding="utf-8") as file:
            file.write(fixed(text, given.era))
        return 0
    era, strangers = inferred(text)
    found = [one for one in read(text, given.era) if one.is_old]
    for one in found:
        meant = f" Then: {one.meant}." if one.meant else ""
        print(f"{given.script}:{one.line}: {one.what}: {one.does}.{meant} Today: {one.write}")
    if strangers and given.era is None:
        print(mixture(era, strangers))
    print(f"{len(found)} old things; code of Keras {given.era or era}.")
    return 1 if found else 0


def _declare_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a model in a .keras file")
    parser.add_argument("output", help="the file to write, whose name ends in .onnx")


def _convert(given: argparse.Namespace) -> int:
    """Writes a saved model in another program's format."""
    load_model(given.model, compile=False).export(given.output)
    return 0


COMMANDS = {
    "run": Command("run a script or a notebook of any era of Keras", _declare_run, _run),
    "convert": Command("write a saved model as an ONNX file", _declare_convert, _convert),
    "check": Command("say what is old in a script, and what to write today", _declare_check, _check),
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
    except (HornbeamError, OSError, SyntaxError) as error:
        print(f"hornbeam {given.command}: {error}", file=sys.stderr)
        return 2
