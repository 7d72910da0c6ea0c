"""The workloads: dense networks from course decks, each as one row of plain facts.

Every contender reads the same row, so no contender can run a smaller network, another batch or another loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Dense:
    """One dense layer, followed by dropout where `dropout` is above zero."""

    units: int
    activation: str = "linear"
    dropout: float = 0.0


@dataclass(frozen=True)
class Workload:
    """One network, its training settings and its data's shape.

    Args:
        name: the word given to `--workloads`.
        features: number of input columns.
        layers: the dense layers in order.
        loss, metric, optimizer: in Keras's words, with Keras's default settings (learning rate 0.001).
        batch: rows per training step; the last batch of an epoch may be smaller.
        rows: training rows.
        epochs: epochs per timed fit.
        quick_epochs: the same under `--quick`.
    """

    name: str
    features: int
    layers: tuple[Dense, ...]
    loss: str
    metric: str | None
    batch: int
    rows: int
    epochs: int
    quick_epochs: int
    optimizer: str = "adam"

    @property
    def steps(self) -> int:
        """Training steps per epoch, the ragged last one included."""
        return math.ceil(self.rows / self.batch)

    @property
    def reconstructs(self) -> bool:
        """Whether the target is the input itself, as in `fit(x, x)`."""
        return self.name == "autoencoder"


_ROWS = (
    Workload(
        name="softmax",
        features=784,
        layers=(Dense(10, "softmax"),),
        loss="categorical_crossentropy",
        metric="accuracy",
        batch=128,
        rows=54_000,
        epochs=5,
        quick_epochs=2,
    ),
    Workload(
        name="mlp",
        features=784,
        layers=(Dense(256, "relu", dropout=0.4), Dense(128, "relu", dropout=0.3), Dense(10, "softmax")),
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        optimizer="rmsprop",
        batch=128,
        rows=48_000,
        epochs=4,
        quick_epochs=1,
    ),
    Workload(
        name="iris",
        features=4,
        layers=(Dense(5, "relu"), Dense(3, "softmax")),
        loss="categorical_crossentropy",
        metric="mean_absolute_error",
        batch=16,
        rows=120,
        epochs=50,  # as in the deck
        quick_epochs=20,
    ),
    Workload(
        name="autoencoder",
        features=784,
        layers=(Dense(32, "relu"), Dense(784, "sigmoid")),
        loss="binary_crossentropy",
        metric=None,
        batch=256,
        rows=48_000,
        epochs=4,
        quick_epochs=1,
    ),
    Workload(
        name="taxi",
        features=2,
        layers=(Dense(16, "relu"), Dense(16, "relu"), Dense(1)),
        loss="mae",
        metric="mae",
        batch=50,
        rows=5_000,
        epochs=20,
        quick_epochs=5,
    ),
    Workload(
        name="taxi512",
        features=2,
        layers=(Dense(512, "relu"), Dense(512, "relu"), Dense(1)),
        loss="mae",
        metric="mae",
        batch=50,
        rows=5_000,
        epochs=10,
        quick_epochs=3,
    ),
    Workload(
        name="gridnet",
        features=472,
        layers=(Dense(16), Dense(8, "relu"), Dense(1, "sigmoid")),  # the deck gives the first layer no activation
        loss="binary_crossentropy",
        metric="accuracy",
        batch=32,
        rows=2_000,
        epochs=20,
        quick_epochs=5,
    ),
)

WORKLOADS = {row.name: row for row in _ROWS}
QUICK = ("softmax", "mlp", "iris")
