"""Keras, on the backend named by KERAS_BACKEND; the setting is `steps_per_execution`."""

from __future__ import annotations

import keras
import numpy as np

from benchmarks.contenders import keras_script, protocol
from benchmarks.workloads import Workload


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, setting: int) -> protocol.Fit:
    return keras_script.prepare(keras, work, x, y, steps_per_execution=setting)


if __name__ == "__main__":
    protocol.run(prepare, ("keras", keras.backend.backend()))
