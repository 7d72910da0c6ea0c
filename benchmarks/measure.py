"""One contender on one workload, from outside: two fresh processes, the first with an empty compile cache.

The first process is timed to the end of its first epoch (cold); the second finds the cache that the first left, is
timed in the same way (warm), then trains on and times its own epochs (steady).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.contenders.protocol import FIRST_EPOCH_DONE
from benchmarks.workloads import Workload

ROOT = Path(__file__).parents[1]
TIME_LIMIT = 600  # seconds for one process
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class ContenderFailed(Exception):
    """A contender's process did not finish; the message is the last line it wrote."""


@dataclass(frozen=True)
class Sample:
    """What one round measured of one contender on one workload."""

    cold: float  # seconds
    warm: float  # seconds
    steady: float  # microseconds per training step, the best fit's average
    peak: float  # MiB
    loss: float  # mean training loss of the last epoch
    versions: dict[str, str]


@dataclass(frozen=True)
class Bench:
    """Where the data lie, which interpreter runs whom, and how long a fit is.

    Args:
        data: folder written by `benchmarks.data`.
        own_python: interpreter with Hornbeam's requirements.
        peers_python: interpreter with the peers.
        quick: shorter fits.
        repeats: timed fits per process.
    """

    data: Path
    own_python: str
    peers_python: str
    quick: bool = False
    repeats: int = 5

    def sample(self, contender: Contender, work: Workload) -> Sample:
        """Run the cold and the warm process, in a home folder of their own that is thrown away afterwards."""
        epochs = work.quick_epochs if self.quick else work.epochs
        steady = ["--epochs", str(epochs), "--repeats", str(self.repeats)]
        with tempfile.TemporaryDirectory(prefix="hornbeam-bench-") as home:
            environment = fresh_environment(contender, Path(home))
            command = self._command(contender, work)
            cold, _ = run_process(command, environment)
            warm, answer = run_process([*command, *steady], environment)
        return Sample(
            cold=cold,
            warm=warm,
            steady=min(answer["epoch_seconds"]) / work.steps * 1e6,
            peak=answer["peak_mib"],
            loss=answer["loss"],
            versions=answer["versions"],
        )

    def prime(self, contender: Contender, work: Workload) -> None:
        """One unmeasured run, so that no contender's first import pays for reading its libraries from disk."""
        with tempfile.TemporaryDirectory(prefix="hornbeam-bench-") as home:
            run_process(self._command(contender, work), fresh_environment(contender, Path(home)))

    def _command(self, contender: Contender, work: Workload) -> list[str]:
        python = self.peers_python if contender.peer else self.own_python
        script = f"benchmarks.contenders.{contender.script}"
        return [python, "-m", script, work.name, "--data", str(self.data), "--setting", str(contender.setting)]


def fresh_environment(contender: Contender, home: Path) -> dict[str, str]:
    """An environment without the user's settings, whose home and caches lie in `home`.

    Every contender computes on the CPU. Hornbeam's compilation cache is on by default; Keras on JAX and the loop by
    hand get theirs here, for programs of every size, so that their warm start has the same chance.
    """
    environment: dict[str, str] = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    environment |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    if contender.jax_cache:
        environment |= {
            "JAX_COMPILATION_CACHE_DIR": str(home / "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    return environment | dict(contender.environment)


def run_process(command: list[str], environment: Mapping[str, str]) -> tuple[float, dict[str, Any]]:
    """Seconds from spawning the process to the end of its first epoch, less its reading of data; and its answer."""
    first_epoch = None
    last_line = ""
    with tempfile.TemporaryFile("w+") as errors:
        start = perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        overdue = threading.Timer(TIME_LIMIT, process.kill)
        overdue.start()
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                if line.strip() == FIRST_EPOCH_DONE:
                    first_epoch = perf_counter() - start
                last_line = line
        code = process.wait()
        overdue.cancel()
        if code != 0 or first_epoch is None:
            errors.seek(0)
            lines = errors.read().strip().splitlines() or [f"exit status {code} (time limit {TIME_LIMIT} s)"]
            raise ContenderFailed(lines[-1])
    answer = json.loads(last_line)
    return first_epoch - answer["load_seconds"], answer


def write_data(python: str, folder: Path, workloads: list[Workload]) -> None:
    """Make the data in a process of its own: a large parent would show in its children's peak memory."""
    names = [work.name for work in workloads]
    subprocess.run([python, "-m", "benchmarks.data", str(folder), *names], cwd=ROOT, check=True)
