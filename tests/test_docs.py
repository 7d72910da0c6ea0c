"""The documentation's code runs, it prints what the page shows, and links lead somewhere.

Blocks of a page share their names and run in order, in an empty folder. An HTML comment on the line before a block
says what is special about it: ``<!-- not run: reason -->``, ``<!-- raises -->`` before code that ends in an error, and
``<!-- output -->`` before a text block that shows what the code before it prints.
"""

import contextlib
import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import hornbeam

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# In shown output "…" stands for anything, a time for any time, and a decimal number for one near it.
_TOKEN = re.compile(
    r"(?P<any>…)|(?P<time>\b\d+(?:us|ms|s)\b|\b\d+:\d\d(?::\d\d)?\b)"
    r"|(?P<number>[-+]?\d+\.\d+(?:e[-+]?\d+)?|[-+]?\d+e[-+]?\d+)|(?P<space>\s+)"
)
_TIME = r"(?:\d+(?:us|ms|s)|\d+:\d\d(?::\d\d)?)"
_NUMBER = r"([-+]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+|nan|inf))"


@dataclass
class Block:
    """A fenced block: its language, its text, the comment before it, the number of its first line."""

    language: str
    text: str
    comment: str
    line: int


def blocks(page):
    """The fenced blocks of a page, in order."""
    found, comment, opened = [], "", None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if opened is not None:
            if line.strip() == "```":
                found.append(opened)
                opened, comment = None, ""
            else:
                opened.text += line + "\n"
        elif line.startswith("```"):
            opened = Block(line.removeprefix("```").strip(), "", comment, number + 1)
        elif line.startswith("<!--"):
            comment = line.removeprefix("<!--").removesuffix("-->").strip()
        elif line.strip():
            comment = ""
    assert opened is None, f"{page.name}: a block is not closed"
    return found


def run(block, page, names):
    """What the block prints; an error that it is expected to raise is printed as Python prints it."""
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if block.comment == "raises":
            with pytest.raises(Exception) as caught:  # noqa: PT011
                exec(code, names)
            print(f"{type(caught.value).__name__}: {caught.value}")
        else:
            exec(code, names)
    return printed.getvalue()


def as_pattern(shown):
    """The regular expression for shown output, with a group for each decimal number, and these numbers."""
    pattern, numbers, end = "", [], 0
    for match in _TOKEN.finditer(shown):
        pattern += re.escape(shown[end : match.start()])
        end = match.end()
        if match["any"]:
            pattern += r"[\s\S]*?"
        elif match["time"]:
            pattern += _TIME
        elif match["space"]:
            pattern += r"\s+"
        else:
            pattern += _NUMBER
            numbers.append(match["number"])
    return pattern + re.escape(shown[end:]), numbers


def is_near(number, shown):
    """Whether a number is within a tenth of the shown one, or differs from it in the last shown digit only."""
    decimals = len(shown.partition("e")[0].partition(".")[2])
    return abs(float(number) - float(shown)) <= 0.1 * abs(float(shown)) + 1.5 * 10.0**-decimals


def matches(printed, shown):
    """Whether what was printed is what the page shows."""
    pattern, numbers = as_pattern(shown.strip())
    match = re.fullmatch(pattern, printed.strip())
    return match is not None and all(map(is_near, match.groups(), numbers))


def named(page):
    """A page's path, as test names have it."""
    return str(page.relative_to(ROOT))


# Folders that a page finds beside it: small models with random weights, in the place of large ones.
PREPARED = {
    "17-pretrained-text-models.md": {
        "finbert": "finbert_prefix",
        "minilm": "minilm",
        "gpt2": "gpt2",
        "bert-base-uncased": "bert_mask",
    }
}


RUNNING = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]


@pytest.mark.parametrize("page", RUNNING, ids=named)
def test_the_code_of_a_page_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, golden in PREPARED.get(page.name, {}).items():
        shutil.copytree(ROOT / "tests" / "golden" / "pretrained" / golden, tmp_path / name)
    hornbeam.utils.clear_session()
    names, printed = {"__name__": "__main__"}, ""
    for block in blocks(page):
        if block.language == "python" and not block.comment.startswith("not run"):
            printed = run(block, page, names)
        elif block.comment == "output":
            assert matches(printed, block.text), f"{page}:{block.line} shows\n{block.text}\nprinted was\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_comments_before_blocks_are_ones_that_are_understood(page):
    for block in blocks(page):
        word, _, reason = block.comment.partition(":")
        assert word in ("", "output", "raises") or (word == "not run" and reason.strip()), f"{page}:{block.line}"
        assert block.comment != "output" or block.language == "text", f"{page}:{block.line}: write ```text"
        assert block.language, f"{page}:{block.line}: the block does not say its language"


def headings(page):
    """The anchors that a page's headings give, as they are made where Markdown is shown."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    seen = {}
    for title in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        number = seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{number}" if number else anchor


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_a_file_and_a_heading(page):
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page}: {link}"
        assert not anchor or anchor in headings(target), f"{page}: {link}"


@pytest.mark.parametrize(
    ("printed", "shown", "expected"),
    [
        ("loss: 0.2673 in 12ms", "loss: 0.2671 in 300us", True),
        ("loss: 0.2673", "loss: 0.3673", False),
        ("a\nb\nc", "a\n…\nc", True),
        ("(3, 4)", "(3, 5)", False),
        ("-1.0 nan", "-1.0 2.0", False),
    ],
)
def test_shown_output_is_compared_by_its_numbers(printed, shown, expected):
    assert matches(printed, shown) is expected
