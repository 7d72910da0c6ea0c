"""Hornbeam: the Keras script, with nothing added."""

from __future__ import annotations

import numpy as np

import hornbeam as keras
from benchmarks.contenders import keras_script, protocol
from benchmarks.workloads import Workload


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, setting: int) -> protocol.Fit:
    return keras_script.prepare(keras, work, x, y)


if __name__ == "__main__":
    protocol.run(prepare, ("hornbeam", "jax"))
