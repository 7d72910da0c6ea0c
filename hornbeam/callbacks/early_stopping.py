"""EarlyStopping: ends training when the watched number stops getting better."""

from __future__ import annotations

from typing import Any

from hornbeam.callbacks.monitor import Monitor
from hornbeam.core.messages import say


class EarlyStopping(Monitor):
    """Stops when ``monitor`` has not bettered its best for ``patience`` epochs.

    Args:
        monitor: name of the watched number.
        min_delta: a change must be larger than this to count as better.
        patience: epochs without a better value to wait for.
        verbose: 1 says when it stops.
        mode: ``"min"``, ``"max"`` or ``"auto"``.
        baseline: the value that must be bettered at all; patience runs while it is not.
        restore_best_weights: whether the weights of the best epoch come back at the end.
        start_from_epoch: epochs before which nothing is watched.

    Attributes:
        stopped_epoch: the epoch, from 0, after which it stopped; 0 when it did not.
        best_epoch: the epoch, from 0, of the best value.

    Reference:
        Prechelt (1998), Early Stopping – But When?
    """

    kept = ("best", "wait", "stopped_epoch", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__(monitor, mode, min_delta, baseline)
        self.patience, self.verbose = patience, verbose
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = None, None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        value = self.value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                say(f"Restoring the weights of the best epoch, {self.best_epoch + 1}")
            self.model.set_weights(self.best_weights)
