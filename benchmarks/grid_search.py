"""A grid search of deck 001 beside its peers: `python -m benchmarks.grid_search`.

Four architectures, five folds, twenty epochs each on 2,000 x 472 in batches of 32, and the best one again on all rows:
21 fits in scikit-learn's own GridSearchCV. Each contender runs in a process of its own with an empty cache, and in a
second one that finds the caches of the first. Imports are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.measure import ROOT, fresh_environment

TIME_LIMIT = 900  # seconds for one search
CONTENDERS = {
    "hornbeam": Contender("grid_search_hornbeam", peer=False),
    "keras-jax": Contender("grid_search_keras", jax_cache=True, environment={"KERAS_BACKEND": "jax"}),
    "keras-tf": Contender("grid_search_keras", environment={"KERAS_BACKEND": "tensorflow"}),
}


def run(python: str, contender: Contender, home: Path) -> dict[str, Any]:
    """One search in a process of its own; its caches are in `home`."""
    command = [python, "-m", f"benchmarks.contenders.{contender.script}"]
    done = subprocess.run(
        command, cwd=ROOT, env=fresh_environment(contender, home), capture_output=True, text=True, timeout=TIME_LIMIT
    )
    if done.returncode:
        raise SystemExit(f"{contender.script} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    options = _options()
    pythons = {False: options.python, True: options.peers_python}
    for name in options.contenders:
        with tempfile.TemporaryDirectory(prefix="hornbeam-bench-") as home:
            for cache in ["cold"] if options.cold_only else ["cold", "warm"]:
                answer = run(pythons[CONTENDERS[name].peer], CONTENDERS[name], Path(home))
                print(
                    f"{name:10} {cache}  {answer['seconds']:7.2f} s  CPU {answer['cpu_seconds']:7.2f} s  "
                    f"scores {answer['scores']} ± {answer['spread']}  best {answer['best']}  ({answer['version']})",
                    flush=True,
                )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grid_search", description=__doc__)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME")
    parser.add_argument("--cold-only", action="store_true", help="one search each")
    parser.add_argument("--python", default=os.environ.get("HORNBEAM_BENCH_PYTHON", sys.executable))
    parser.add_argument(
        "--peers-python", default=os.environ.get("HORNBEAM_BENCH_PEERS_PYTHON", str(ROOT / ".venv-bench/bin/python"))
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
