"""scikit-learn's MLPClassifier, for the workloads it can express; the setting is the number of BLAS threads.

It keeps no metric while training, so it does a little less than the others. `warm_start` trains on with the same
weights and a fresh optimizer.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.contenders import protocol
from benchmarks.workloads import Workload

warnings.simplefilter("ignore", ConvergenceWarning)  # stopping after a given number of epochs is the point


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, setting: int) -> protocol.Fit:
    threadpool_limits(setting)
    labels = y.argmax(1) if work.loss == "categorical_crossentropy" else y.ravel()
    model = MLPClassifier(
        hidden_layer_sizes=tuple(layer.units for layer in work.layers[:-1]),
        activation="relu",
        solver="adam",
        alpha=0.0,
        batch_size=work.batch,
        learning_rate_init=1e-3,
        epsilon=1e-7,
        tol=0.0,
        n_iter_no_change=10**9,
        warm_start=True,
        random_state=0,
    )

    def fit(epochs: int) -> tuple[float, float | None]:
        model.set_params(max_iter=epochs).fit(x, labels)
        return float(model.loss_), None

    return fit


if __name__ == "__main__":
    protocol.run(prepare, ("sklearn",))
