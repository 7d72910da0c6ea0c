"""The comparison from the command line: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from benchmarks.contenders import CONTENDERS
from benchmarks.measure import ROOT, Bench, ContenderFailed, Sample, write_data
from benchmarks.report import MEASURES, Samples, table
from benchmarks.workloads import QUICK, WORKLOADS, Workload


def main() -> int:
    options = _options()
    names = options.workloads or (QUICK if options.quick else tuple(WORKLOADS))
    workloads = [WORKLOADS[name] for name in names]
    about = machine.describe()
    _say(", ".join(f"{name} {value}" for name, value in about.items()))
    if os.getloadavg()[0] > machine.BUSY:
        _say("warning: this machine is busy; figures measured now are no good for publishing")

    with tempfile.TemporaryDirectory(prefix="hornbeam-bench-data-") as folder:
        bench = Bench(
            data=Path(folder),
            own_python=options.python,
            peers_python=options.peers_python,
            quick=options.quick,
            repeats=3 if options.quick else 5,
        )
        write_data(options.python, bench.data, workloads)
        samples, failures = _race(bench, options.contenders, workloads, 1 if options.quick else options.rounds)

    for measure in MEASURES if samples else ():
        print(f"\n{table(samples, measure)}")
    for where, why in failures.items():
        print(f"\n{where} failed: {why}")
    if options.json:
        options.json.write_text(json.dumps(_results(about, samples, failures, options.quick), indent=1) + "\n")
        _say(f"results written to {options.json}")
    return 1 if failures else 0


def _race(
    bench: Bench, contenders: list[str], workloads: list[Workload], rounds: int
) -> tuple[Samples, dict[str, str]]:
    """Round by round, workload by workload, the contenders in turn, starting with another one each round."""
    pairs = [(name, work) for work in workloads for name in contenders if CONTENDERS[name].expresses(work)]
    samples: dict[tuple[str, str], list[Sample]] = {(name, work.name): [] for name, work in pairs}
    failures: dict[str, str] = {}
    for name in contenders:
        work = next((work for entrant, work in pairs if entrant == name), None)
        try:
            if work:
                bench.prime(CONTENDERS[name], work)
        except ContenderFailed as failure:
            failures[name] = str(failure)
            _say(f"{name} failed: {failure}")
    for turn in range(rounds):
        for work in workloads:
            entrants = [name for name, where in pairs if where is work and name not in failures]
            shift = turn % max(1, len(entrants))
            for name in entrants[shift:] + entrants[:shift]:
                if f"{name} on {work.name}" in failures:
                    continue
                try:
                    sample = bench.sample(CONTENDERS[name], work)
                except ContenderFailed as failure:
                    failures[f"{name} on {work.name}"] = str(failure)
                    continue
                samples[name, work.name].append(sample)
                _say(
                    f"round {turn + 1} {work.name:12} {name:13} cold {sample.cold:6.2f} s  warm {sample.warm:6.2f} s"
                    f"  steady {sample.steady:9,.1f} us  peak {sample.peak:6,.0f} MiB  loss {sample.loss:.4f}"
                )
    return {place: rounds for place, rounds in samples.items() if rounds}, failures


def _results(about: dict[str, object], samples: Samples, failures: dict[str, str], quick: bool) -> dict[str, object]:
    """Everything measured, every round of it, as plain data."""
    return {
        "machine": about,
        "quick": quick,
        "versions": {contender: rounds[-1].versions for (contender, _), rounds in samples.items()},
        "units": {"cold": "s", "warm": "s", "steady": "us per training step", "peak": "MiB"},
        "workloads": {work: asdict(WORKLOADS[work]) for work in dict.fromkeys(work for _, work in samples)},
        "samples": [
            {"contender": contender, "workload": work, "rounds": [_figures(sample) for sample in rounds]}
            for (contender, work), rounds in samples.items()
        ],
        "failures": failures,
    }


def _figures(sample: Sample) -> dict[str, object]:
    return {name: value for name, value in asdict(sample).items() if name != "versions"}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Hornbeam beside its peers.")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, metavar="NAME", help=", ".join(WORKLOADS))
    parser.add_argument(
        "--contenders",
        nargs="+",
        choices=CONTENDERS,
        default=list(CONTENDERS),
        metavar="NAME",
        help=", ".join(CONTENDERS),
    )
    parser.add_argument("--rounds", type=int, default=3, help="every contender's best round counts (default 3)")
    parser.add_argument(
        "--quick", action="store_true", help=f"one round, short fits, only {', '.join(QUICK)} unless told"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument(
        "--python",
        default=os.environ.get("HORNBEAM_BENCH_PYTHON", str(ROOT / ".venv/bin/python")),
        help="interpreter of Hornbeam and of the loop by hand (HORNBEAM_BENCH_PYTHON; default .venv/bin/python)",
    )
    parser.add_argument(
        "--peers-python",
        default=os.environ.get("HORNBEAM_BENCH_PEERS_PYTHON", str(ROOT / ".venv-bench/bin/python")),
        help="interpreter of the peers (HORNBEAM_BENCH_PEERS_PYTHON; default .venv-bench/bin/python)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
