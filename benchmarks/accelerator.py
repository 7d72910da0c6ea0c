"""The same workloads on a GPU or TPU: `python -m benchmarks.accelerator --help`.

Here every contender is one process that goes through all workloads, so that a machine lent for minutes suffices:
libraries are read and the device is woken before the first one. Told are the first epoch (with tracing and compilation)
and the steady step, the best of several fits. Contenders compute as they do by default; PyTorch is allowed what XLA
does by default with float32 on such a device, products of 19 bits (TF32).
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.contenders import CONTENDERS
from benchmarks.contenders.protocol import Prepare
from benchmarks.data import load
from benchmarks.measure import ROOT, TIME_LIMIT, write_data
from benchmarks.workloads import DEEP, WORKLOADS

CHOSEN = ("hornbeam", "keras-jax", "torch-2")


def main() -> None:
    options = _options()
    if options.alone:
        _alone(options)
        return
    answers: dict[str, dict[str, dict[str, object]]] = {}
    with tempfile.TemporaryDirectory(prefix="hornbeam-bench-") as folder:
        write_data(sys.executable, Path(folder), [WORKLOADS[name] for name in options.workloads])
        for name in options.contenders:
            command = [
                sys.executable,
                "-m",
                "benchmarks.accelerator",
                "--alone",
                folder,
                "--repeats",
                str(options.repeats),
            ]
            command += ["--workloads", *options.workloads, "--contenders", name]
            environment = os.environ | {"HORNBEAM_HOME": f"{folder}/{name}"} | dict(CONTENDERS[name].environment)
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT, check=False
            )
            answers[name] = {row["workload"]: row for row in map(json.loads, done.stdout.splitlines())}
            if done.returncode:
                print(f"{name} stopped with exit status {done.returncode}", file=sys.stderr, flush=True)
    print("| network | " + " | ".join(answers) + " |\n" + "|---" * (len(answers) + 1) + "|")
    for work in options.workloads:
        cells = [_cell(rows[work]) if work in rows else "–" for rows in answers.values()]
        print(f"| {work} | " + " | ".join(cells) + " |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(answers, indent=1) + "\n")


def _cell(row: dict[str, object]) -> str:
    return f"{row['first']:.2f} s, {row['steady']:,.0f} µs, loss {row['loss']:.4f}"


def _alone(options: argparse.Namespace) -> None:
    """One contender: a JSON line per workload."""
    contender = CONTENDERS[options.contenders[0]]
    prepare: Prepare = importlib.import_module(f"benchmarks.contenders.{contender.script}").prepare
    for name in options.workloads:
        work = WORKLOADS[name]
        x, y = load(work, options.alone)
        start = perf_counter()
        fit = prepare(work, x, y, contender.setting)
        loss, _ = fit(1)
        first = perf_counter() - start
        epochs = work.epochs * (1 if work.rows > work.batch * 50 else 5)
        seconds = []
        for _ in range(options.repeats):
            start = perf_counter()
            loss, _ = fit(epochs)
            seconds.append((perf_counter() - start) / epochs)
        row = {"workload": name, "first": first, "steady": min(seconds) / work.steps * 1e6, "loss": loss}
        print(json.dumps(row), flush=True)
        print(f"{options.contenders[0]:12} {name:12} {_cell(row)}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accelerator", description="On a GPU or TPU.")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(DEEP), metavar="NAME")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CHOSEN), metavar="NAME")
    parser.add_argument("--repeats", type=int, default=3, help="timed fits (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--alone", type=Path, metavar="DATA", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
