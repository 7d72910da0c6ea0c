"""Writes docs/reference/ from the docstrings: one page per public module.

python tools/make_reference.py            write the pages
python tools/make_reference.py --check    fail when a page is not what the docstrings say
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hornbeam
from hornbeam.core.config import Required, Spec
from hornbeam.core.registry import REGISTRIES

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WIDTH = 96
NOTE = "<!-- made by tools/make_reference.py from the docstrings: change those, then run it again -->"
_SECTION = re.compile(
    r"(Args|Attributes|Differs|Examples?|Notes?|Raises|References?|Returns|Shapes|Yields):(?![^\s])[ \t]*(.*)$",
    re.DOTALL,
)
_LISTS = ("Args", "Attributes", "Raises")
# methods that one room calls in another, and no user
PLUMBING = {
    "add_dense", "add_dropout", "add_norm", "add_scales", "arranged_inputs", "attend", "build_for", "ensure_built",
    "flat_outputs", "from_heads", "head_size", "is_rowwise", "join", "network_key", "nodes", "note_node",
    "output_shapes_for", "penalties", "project", "residual", "rowwise", "settle_trained", "to_heads", "visible",
    "wants_batches", "where",
}  # fmt: skip


def modules() -> dict[str, Any]:
    """The public modules by name."""
    return {name: importlib.import_module(f"hornbeam.{name}") for name in hornbeam._MODULES}


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    known = {name: module for name, module in ({"hornbeam": hornbeam} | modules()).items() if public(name, module)}
    rows = [f"| [{name}]({name}.md) | {markdown(first_sentence(module))} |" for name, module in known.items()]
    table = "| module | what is in it |\n|---|---|\n" + "\n".join(rows)
    start = "# Reference", NOTE, "Every public name, from the docstrings in the code.", table
    return {"README.md": "\n\n".join(start) + "\n"} | {
        f"{name}.md": page(name, module) for name, module in known.items()
    }


def page(name: str, module: Any) -> str:
    """The page of one module: what it is, links to its names, and an entry for each."""
    title = "hornbeam" if name == "hornbeam" else f"hornbeam.{name}"
    members = public(name, module)
    places = {key: homes().get(identity(obj), name) for key, obj in members.items()}
    groups = grouped({key: obj for key, obj in members.items() if places[key] == name}, module)
    parts = [f"# {title}", NOTE, doc(module), *contents(groups)]
    if elsewhere := [f"[{key}]({place}.md)" for key, place in places.items() if place != name]:
        parts.append("*On other pages:* " + " · ".join(elsewhere))
    for heading, inside in groups.items():
        parts += [f"## {heading}"] if heading else []
        parts += [entry(key, obj) for key, obj in inside.items()]
    return "\n\n".join(part for part in parts if part) + "\n"


def grouped(members: dict[str, Any], module: Any) -> dict[str, dict[str, Any]]:
    """The members under the names of their files, where the module is a folder; one group without a name where not."""
    groups: dict[str, dict[str, Any]] = {}
    for key, obj in members.items():
        groups.setdefault(file_of(obj, module), {})[key] = obj
    if len(groups) == 1:
        return {"": members}
    return {heading or "Common": groups[heading] for heading in sorted(groups, key=lambda word: (not word, word))}


def contents(groups: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A line of links for each group."""
    seen: dict[str, int] = {}
    for heading, members in groups.items():
        anchor(heading, seen)
        links = " · ".join(f"[{key}](#{anchor(key, seen)})" for key in members)
        yield f"*{heading}:* {links}" if heading else links


def public(name: str, module: Any) -> dict[str, Any]:
    """The documented names of a module, in the order of the alphabet."""
    own = [
        key for key, obj in vars(module).items() if key[0] != "_" and getattr(obj, "__module__", "") == module.__name__
    ]
    names = list(hornbeam._NAMES) if name == "hornbeam" else getattr(module, "__all__", own)
    found = {key: getattr(module, key) for key in sorted(names, key=lambda word: (word.lower(), word))}
    return {key: obj for key, obj in found.items() if callable(obj) or inspect.ismodule(obj)}


def identity(obj: Any) -> Any:
    """What an object is known by: itself; a module by its name."""
    return obj.__name__ if inspect.ismodule(obj) else id(obj)


@functools.cache
def homes() -> dict[Any, str]:
    """The page on which each object has its entry: the first module that lists it, faces last."""
    faces = ("backend", "saving", "utils")
    found: dict[Any, str] = {}
    for name, module in sorted(modules().items(), key=lambda pair: pair[0] in faces):
        found |= {identity(obj): name for obj in public(name, module).values() if identity(obj) not in found}
        found.setdefault(module.__name__, name)
    return found


def file_of(obj: Any, module: Any) -> str:
    """The name of the file in which an object is written, for one of a folder's files; empty otherwise."""
    home = getattr(obj, "__module__", None) or ""
    if inspect.ismodule(obj) or not home.startswith(module.__name__ + ".") or module is hornbeam:
        return ""
    return home.removeprefix(module.__name__ + ".").partition(".")[0].replace("_", " ").capitalize()


def anchor(title: str, seen: dict[str, int]) -> str:
    """The anchor that a heading gets where Markdown is shown; the second of a name gets a number."""
    plain = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
    number = seen[plain] = seen.get(plain, -1) + 1
    return f"{plain}-{number}" if number else plain


def entry(name: str, obj: Any) -> str:
    """One name: heading, signature, docstring, and a class's own methods."""
    parts = [f"### {name}"]
    if inspect.ismodule(obj):
        parts.append(markdown(inspect.getdoc(obj) or ""))
        parts += [signature(f"{name}.{key}", value) + "\n\n" + doc(value) for key, value in functions(obj)]
        return "\n\n".join(part for part in parts if part)
    if getattr(obj, "__name__", name) != name and inspect.isclass(obj):
        return f"{parts[0]}\n\nAnother name of `{obj.__name__}`."
    parts += [signature(name, obj), aliases(name, obj), doc(obj)]
    if inspect.isclass(obj):
        for key, method in methods(obj):
            if isinstance(method, property):
                parts.append(f"**`{name}.{key}`**: {doc(method)}")
            else:
                parts += [f"#### {name}.{key}", signature(f"{name}.{key}", method, skip_first=True), doc(method)]
    return "\n\n".join(part for part in parts if part)


def functions(module: Any) -> list[tuple[str, Any]]:
    """The public functions that a module defines."""
    return [
        (key, value)
        for key, value in sorted(vars(module).items())
        if inspect.isfunction(value) and value.__module__ == module.__name__ and key[0] != "_"
    ]


def methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class brings, beyond those that its public bases explain."""
    bases = {base for known in cls.__mro__[1:] if id(known) in homes() for base in known.__mro__} | {Spec, object}
    explained = {name for base in bases for name in vars(base)} | PLUMBING
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base.__module__.startswith("hornbeam") and base not in bases:
            found |= {name: value for name, value in vars(base).items() if name not in found}
    for name, value in sorted(found.items()):
        value = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        shown = (inspect.isfunction(value) or isinstance(value, property)) and inspect.getdoc(value)
        if shown and name[0] != "_" and name not in explained:
            yield name, value


def aliases(name: str, obj: Any) -> str:
    """The other names under which strings find an object."""
    tables = [
        table for table in REGISTRIES.values() if table.holds(obj) and table.kind not in ("layer", "dtype policy")
    ]
    known = {key for table in tables for key in table if table.get(key) is obj and key != name}
    others = ", ".join(f"`{key!r}`" for key in sorted(known, key=lambda key: (key.lower(), key)))
    return f"Also found under {others}." if others else ""


def signature(name: str, obj: Any, skip_first: bool = False) -> str:
    """The call, in a block; one argument on each line where it is long."""
    called = name + arguments(obj, skip_first)
    if len(called) > WIDTH:
        inner = split_arguments(called[len(name) + 1 : -1])
        called = f"{name}(\n" + "".join(f"    {argument},\n" for argument in inner) + ")"
    return f"```text\n{called}\n```"


def arguments(obj: Any, skip_first: bool = False) -> str:
    """``(a, b=1)``, without annotations; nothing where there is no signature."""
    try:
        known = inspect.signature(obj)
    except (TypeError, ValueError):
        return "(…)"
    parameters = list(known.parameters.values())[1 if skip_first else 0 :]
    shown = [p.replace(annotation=p.empty, default=as_shown(p.default)) for p in parameters]
    return str(known.replace(parameters=shown, return_annotation=known.empty))


class Shown(str):
    """A default value's text."""

    def __repr__(self) -> str:
        return str(self)


def as_shown(default: Any) -> Any:
    """A default as a reader writes it."""
    if default is inspect.Parameter.empty or default is Required:
        return inspect.Parameter.empty
    if inspect.isfunction(default) or inspect.isclass(default):
        return Shown(default.__name__)
    return Shown("…") if " at 0x" in repr(default) else default


def split_arguments(text: str) -> list[str]:
    """Arguments at the top level of a call."""
    found, depth, current = [], 0, ""
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += letter
    return [*found, current.strip()] if current.strip() else found


def doc(obj: Any) -> str:
    """An object's docstring as Markdown."""
    return markdown(inspect.getdoc(obj) or "")


def first_sentence(obj: Any) -> str:
    """The first paragraph of a docstring, in one line."""
    return (inspect.getdoc(obj) or "").partition("\n\n")[0].replace("\n", " ")


def markdown(text: str) -> str:
    """A docstring in the house's form as Markdown."""
    parts = []
    for block in blocks(text):
        match = _SECTION.match(block)
        if match is None:
            parts.append(paragraph(block))
            continue
        title, body = match[1], outdented(match[2])
        if title in _LISTS:
            parts.append(f"*{title}*\n\n{bullets(body)}")
        elif "\n\n" in body or body.startswith(">>>") or re.search(r"^\s*>>>", body, re.MULTILINE):
            parts.append(f"*{title}*\n\n" + "\n\n".join(paragraph(piece) for piece in body.split("\n\n")))
        else:
            parts.append(f"*{title}:* {prose(body)}")
    return "\n\n".join(part for part in parts if part.strip())


def blocks(text: str) -> list[str]:
    """Paragraphs; a section with everything indented under it is one."""
    found: list[str] = []
    for piece in re.split(r"\n\s*\n", text.strip("\n")):
        lines = piece.split("\n")
        starts = [i for i, line in enumerate(lines) if i and _SECTION.match(line)]
        cuts = [0, *starts, len(lines)]
        for start, stop in zip(cuts, cuts[1:], strict=False):
            part = "\n".join(lines[start:stop])
            if found and part.startswith("    ") and _SECTION.match(found[-1]):
                found[-1] += "\n\n" + part
            else:
                found.append(part)
    return found


def outdented(body: str) -> str:
    """The lines after a section's title without their common indent."""
    first, _, rest = body.partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}".strip("\n")


def bullets(body: str) -> str:
    """``name: text`` lines, with what is indented under them, as a list."""
    items: list[str] = []
    for line in body.split("\n"):
        if line.strip() and (not items or not line.startswith(" ")):
            items.append(line.strip())
        elif line.strip():
            items[-1] += " " + line.strip()
    return "\n".join("- " + item_of(item) for item in items)


def item_of(item: str) -> str:
    """``a, b: text`` with the names as code."""
    match = re.match(r"([*\w][\w, *.]*?):\s+(.*)$", item, re.DOTALL)
    if match is None:
        return prose(item)
    names = ", ".join(f"`{name.strip()}`" for name in match[1].split(","))
    return f"{names}: {prose(match[2])}"


def paragraph(text: str) -> str:
    """Prose, a formula (indented) as a block, an example (``>>>``) as a block."""
    if text.lstrip().startswith(">>>"):
        return f"```pycon\n{inspect.cleandoc(text)}\n```"
    if all(line.startswith("    ") for line in text.split("\n") if line.strip()):
        return f"```text\n{inspect.cleandoc(text)}\n```"
    lines = text.split("\n")
    if any(re.match(r"\s+\S", line) for line in lines[1:]) and any(re.match(r"    ", line) for line in lines):
        cut = next(i for i, line in enumerate(lines) if line.startswith("    "))
        if cut and not lines[0].startswith(("- ", "* ")):
            rest = [i for i, line in enumerate(lines) if i > cut and not line.startswith("    ")]
            end = rest[0] if rest else len(lines)
            pieces = ["\n".join(lines[:cut]), "\n".join(lines[cut:end]), "\n".join(lines[end:])]
            return "\n\n".join(paragraph(piece) for piece in pieces if piece.strip())
    return prose(text)


def prose(text: str) -> str:
    """Words: double backticks become single ones, and nothing outside of them is taken for a tag."""
    pieces = re.split(r"(``.+?``|`[^`\n]+`)", text, flags=re.DOTALL)
    for number, piece in enumerate(pieces):
        if number % 2:
            pieces[number] = "`" + piece.strip("`").replace("\n", " ") + "`"
        else:
            pieces[number] = piece.replace("<", "&lt;").replace("*", "\\*").replace("](", "]\\(")
    return "".join(pieces)


def main() -> int:
    """Writes the pages, or with ``--check`` says which are stale."""
    wanted = pages()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if "--check" in sys.argv[1:]:
        if stale:
            print(f"docs/reference is stale ({', '.join(stale)}): run python tools/make_reference.py")
        return len(stale) > 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name])
        else:
            (FOLDER / name).unlink()
    print(f"{len(wanted)} pages, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
