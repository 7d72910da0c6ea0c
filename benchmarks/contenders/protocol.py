"""What every contender's process does, in the same order: load, prepare, one epoch, timed fits, one JSON line."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.data import load
from benchmarks.workloads import WORKLOADS, Workload

FIRST_EPOCH_DONE = "first epoch done"

Fit = Callable[[int], tuple[float, float | None]]
"""Trains on for so many epochs; gives the last epoch's mean training loss and metric, as Python numbers."""

Prepare = Callable[[Workload, np.ndarray, np.ndarray, int], Fit]
"""From a workload, its arrays and the contender's setting to its `Fit`."""


def run(prepare: Prepare, libraries: tuple[str, ...]) -> None:
    """Run one contender on one workload and print what was measured."""
    options = _options()
    work = WORKLOADS[options.workload]

    start = perf_counter()
    x, y = load(work, options.data)
    load_seconds = perf_counter() - start  # the parent takes this off: reading files is nobody's merit

    fit = prepare(work, x, y, options.setting)
    loss, metric = fit(1)
    print(FIRST_EPOCH_DONE, flush=True)

    epoch_seconds = []
    for _ in range(options.repeats):
        start = perf_counter()
        loss, metric = fit(options.epochs)
        epoch_seconds.append((perf_counter() - start) / options.epochs)

    answer = {
        "load_seconds": load_seconds,
        "epoch_seconds": epoch_seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _units_per_mib(),
        "loss": loss,
        "metric": metric,
        "versions": {name: str(getattr(sys.modules[name], "__version__", "?")) for name in libraries},
    }
    print(json.dumps(answer), flush=True)


def _units_per_mib() -> int:
    """`ru_maxrss` counts bytes on macOS and KiB elsewhere."""
    return 2**20 if sys.platform == "darwin" else 2**10


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--data", type=Path, required=True, help="folder written by benchmarks.data")
    parser.add_argument("--setting", type=int, default=1, help="threads, or steps per execution")
    parser.add_argument("--epochs", type=int, default=1, help="epochs per timed fit")
    parser.add_argument("--repeats", type=int, default=0, help="timed fits after the first epoch")
    return parser.parse_args()
