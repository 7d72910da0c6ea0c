"""Tables from samples: one per measure, contenders down, workloads across, each with its ratio to Hornbeam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contenders import HORNBEAM, NOT_A_TOOLKIT
from benchmarks.measure import Sample

Samples = Mapping[tuple[str, str], Sequence[Sample]]
"""All rounds' samples by (contender, workload)."""


@dataclass(frozen=True)
class Measure:
    """One table: a field of `Sample`, its title and how its figures are written."""

    field: str
    title: str
    form: str
    compared: bool = True


MEASURES = (
    Measure(
        "cold", "Cold start: seconds from spawning the process to the end of the first epoch, nothing cached", ".2f"
    ),
    Measure("warm", "Warm start: the same in a second process, compile cache kept", ".2f"),
    Measure("steady", "Steady training: microseconds per step", ",.0f"),
    Measure("peak", "Peak memory of the steady process: MiB", ",.0f"),
    Measure(
        "loss", "Did all do the same work? Mean training loss after the same number of epochs", ".4f", compared=False
    ),
)


def best(samples: Samples, field: str) -> dict[tuple[str, str], float]:
    """The smallest figure of all rounds; for the loss, which is no race, the last round's."""
    choose = (lambda values: values[-1]) if field == "loss" else min
    return {place: choose([getattr(sample, field) for sample in rounds]) for place, rounds in samples.items()}


def table(samples: Samples, measure: Measure) -> str:
    """A Markdown table whose columns line up; `1.5x` means one and a half times Hornbeam's figure."""
    figures = best(samples, measure.field)
    contenders = list(dict.fromkeys(contender for contender, _ in figures))
    workloads = list(dict.fromkeys(work for _, work in figures))

    def cell(contender: str, work: str) -> str:
        if (contender, work) not in figures:
            return "-"
        text = format(figures[contender, work], measure.form)
        ratio = _ratio(figures, contender, work) if measure.compared and contender != HORNBEAM else ""
        return f"{text} {ratio}".strip()

    rows = [[contender, *(cell(contender, work) for work in workloads)] for contender in contenders]
    if measure.compared and HORNBEAM in contenders:
        rows.append(["**best peer**", *(_best_peer(figures, work) for work in workloads)])
    return f"{measure.title}\n\n{_lined_up([['', *workloads], *rows])}"


def _ratio(figures: Mapping[tuple[str, str], float], contender: str, work: str) -> str:
    own = figures.get((HORNBEAM, work))
    return f"({figures[contender, work] / own:.2f}x)" if own else ""


def _best_peer(figures: Mapping[tuple[str, str], float], work: str) -> str:
    peers = [name for name, where in figures if where == work and name not in (HORNBEAM, NOT_A_TOOLKIT)]
    first = min(peers, key=lambda name: figures[name, work], default=None)
    return f"{first} {_ratio(figures, first, work)}".strip() if first else "-"


def _lined_up(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        others = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("| " + " | ".join([row[0].ljust(widths[0]), *others]) + " |")
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]])
