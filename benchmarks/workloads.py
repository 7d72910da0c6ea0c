"""The workloads: networks from course decks, each as one row of plain facts.

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
        network: the builder of a deeper network in the contenders' `networks_…` files; "dense" where `layers` say all.
        shape: shape of one sample, for a deeper network.
        vocabulary: how many words there are, when samples are sequences of words.
        classes: how many classes the labels have; 1 for yes or no.
        blocks: transformer blocks, heads, width.
    """

    name: str
    features: int = 0
    layers: tuple[Dense, ...] = ()
    loss: str = "binary_crossentropy"
    metric: str | None = "accuracy"
    batch: int = 32
    rows: int = 0
    epochs: int = 1
    quick_epochs: int = 1
    optimizer: str = "adam"
    network: str = "dense"
    shape: tuple[int, ...] = ()
    vocabulary: int = 0
    classes: int = 1
    blocks: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_dense(self) -> bool:
        """Whether ``layers`` say all."""
        return self.network == "dense"

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

_SPARSE = "sparse_categorical_crossentropy"
_DEEP = (
    Workload("cifar", network="cifar", shape=(32, 32, 3), classes=10, loss=_SPARSE, batch=32, rows=6_400),
    Workload("mnistcnn", network="mnistcnn", shape=(28, 28, 1), classes=10, loss=_SPARSE, batch=128, rows=12_800),
    Workload("textcnn", network="textcnn", shape=(69, 100), batch=128, rows=6_400),
    Workload("spam", network="spam", shape=(500,), vocabulary=10_000, batch=50, rows=5_000, epochs=2),
    Workload("lstm", network="lstm", shape=(100,), vocabulary=10_000, batch=32, rows=6_400),
    Workload("gru", network="gru", shape=(100,), vocabulary=10_000, batch=32, rows=6_400),
    Workload("bilstm", network="bilstm", shape=(100,), vocabulary=10_000, batch=32, rows=3_200),
    Workload("seq2seq", network="seq2seq", shape=(40,), vocabulary=5_000, classes=5_000, loss=_SPARSE, batch=64,
             rows=640),
    Workload("encoder", network="encoder", shape=(128,), vocabulary=5_000, batch=32, rows=640, blocks=(2, 2, 128)),
    Workload("bertsmall", network="encoder", shape=(128,), vocabulary=8_000, batch=8, rows=80, blocks=(4, 8, 512)),
)  # fmt: skip

_ROWS += _DEEP
DEEP = tuple(row.name for row in _DEEP)
WORKLOADS = {row.name: row for row in _ROWS}
QUICK = ("softmax", "mlp", "iris")
