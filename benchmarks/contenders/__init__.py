"""The contenders: which script, which interpreter, which setting, and which workloads they can express."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.workloads import Workload

CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _anything(work: Workload) -> bool:
    return True


def _dense(work: Workload) -> bool:
    return work.is_dense


def _as_scikit_learn(work: Workload) -> bool:
    """scikit-learn has no dropout, RMSprop or absolute loss, and one activation for all hidden layers."""
    if not work.is_dense:
        return False
    hidden = {layer.activation for layer in work.layers[:-1]}
    plain = work.optimizer == "adam" and not any(layer.dropout for layer in work.layers)
    return plain and hidden <= {"relu"} and "crossentropy" in work.loss and not work.reconstructs


@dataclass(frozen=True)
class Contender:
    """One column of the comparison.

    Args:
        script: module in this folder, run as a process of its own.
        peer: whether it runs under the peers' interpreter; Hornbeam's otherwise.
        setting: the script's one number (threads, or steps per execution).
        jax_cache: whether JAX's compilation cache is switched on for it through the environment.
        environment: further environment variables.
        expresses: whether it can train a given workload.
    """

    script: str
    peer: bool = True
    setting: int = 1
    jax_cache: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    expresses: Callable[[Workload], bool] = _anything


def _keras(backend: str, steps: int) -> Contender:
    return Contender("keras_fit", setting=steps, jax_cache=backend == "jax", environment={"KERAS_BACKEND": backend})


_THREADS = sorted({1, 2, CPUS})

CONTENDERS: dict[str, Contender] = {
    "hornbeam": Contender("hornbeam_fit", peer=False),
    "hand": Contender("jax_by_hand", peer=False, jax_cache=True, expresses=_dense),
    "keras-jax": _keras("jax", 1),
    "keras-jax-64": _keras("jax", 64),
    "keras-tf": _keras("tensorflow", 1),
    "keras-tf-64": _keras("tensorflow", 64),
    **{f"torch-{n}": Contender("torch_loop", setting=n) for n in _THREADS},
    **{f"sklearn-{n}": Contender("sklearn_fit", setting=n, expresses=_as_scikit_learn) for n in sorted({1, CPUS})},
}

HORNBEAM = "hornbeam"
NOT_A_TOOLKIT = "hand"  # a loop written for one network: a yardstick, not a rival
