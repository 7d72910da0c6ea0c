"""TerminateOnNaN: ends training quietly when the loss is no number any more."""

from __future__ import annotations

import math
from typing import Any

from hornbeam.core.errors import TrainingDiverged
from hornbeam.core.messages import say
from hornbeam.training.callback import Callback


class TerminateOnNaN(Callback):
    """Stops at a NaN or infinite loss; without it ``fit`` raises ``TrainingDiverged``.

    Args:
        raise_error: whether to raise all the same.
        keep_finite_weights: whether the weights go back to those of the end of the last epoch whose loss was
            finite (or to those at the beginning).
    """

    handles_nan = True
    kept = ("_kept",)

    def __init__(self, raise_error: bool = False, keep_finite_weights: bool = False):
        super().__init__()
        self.raise_error, self.keep_finite_weights = raise_error, keep_finite_weights
        self._kept: list[Any] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._keep()

    def on_chunk_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.keep_finite_weights and self._kept is not None:
            self.model.set_weights(self._kept)
        if self.raise_error:
            raise TrainingDiverged(
                "fit", "a finite loss", f"{loss} in the {step} batches of this epoch", "Lower the learning rate."
            )
        say(f"Batch {step}: the loss is {loss}, training stops")
        self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if math.isfinite((logs or {}).get("loss", 0.0)):
            self._keep()

    def _keep(self) -> None:
        if self.keep_finite_weights:
            self._kept = self.model.get_weights()
