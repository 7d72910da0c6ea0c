"""Finding: one old thing in a script; Edit: what is to be written in its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from hornbeam.legacy.era import ERAS


@dataclass(frozen=True)
class Edit:
    """New text for a part of the source.

    Attributes:
        start, end: places in the source, in characters from its beginning.
        text: what is to stand there.
    """

    start: int
    end: int
    text: str


@dataclass
class Finding:
    """One old thing.

    Attributes:
        line: its line, from 1.
        what: the old words.
        meant: what they meant then.
        does: what Hornbeam does with them.
        write: what to write today.
        until: the last era in which they stood for themselves; None: they are no sign of an era.
        since: the first era in which they could be written; None for any.
        edits: how ``--fix`` changes the source.
    """

    line: int
    what: str
    does: str = ""
    write: str = ""
    meant: str = ""
    until: str | None = None
    since: str | None = None
    edits: list[Edit] = field(default_factory=list)

    def fits(self, era: str) -> bool:
        """Whether an era could have written it."""
        place = ERAS.index(era)
        return (self.until is None or place <= ERAS.index(self.until)) and (
            self.since is None or place >= ERAS.index(self.since)
        )

    @property
    def is_old(self) -> bool:
        """Whether it is to be reported, and not a mere sign of the era."""
        return bool(self.does)


def infer(findings: list[Finding]) -> tuple[str, list[Finding]]:
    """The era that most findings fit, the latest of several; and the findings that do not fit it."""
    era = min(reversed(ERAS), key=lambda name: sum(not one.fits(name) for one in findings))
    return era, [one for one in findings if not one.fits(era)]
