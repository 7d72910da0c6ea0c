"""SwapEMAWeights: puts the moving averages in the weights' places while they are measured or kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.errors import ArgumentError
from hornbeam.training.callback import Callback


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the exponential moving averages that an optimizer with ``use_ema=True`` keeps.

    Args:
        swap_on_epoch: whether the averages stand in the weights' places at each epoch's end too, so that a
            ``ModelCheckpoint`` after this callback saves them.
    """

    kept = ("_swapped",)

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped: list[Any] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not _keeps_averages(self.model.optimizer):
            raise ArgumentError(
                "SwapEMAWeights",
                "an optimizer that keeps averages",
                repr(self.model.optimizer),
                "Give it use_ema=True.",
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._back()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.swap_on_epoch:
            self._swap()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._swap()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._back()

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._swap()

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._back()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._swapped = None  # training has put the averages in the weights' places for good

    def _swap(self) -> None:
        optimizer, variables = self.model.optimizer, self.model.trained_variables
        if self._swapped is None and optimizer is not None and optimizer.built and int(optimizer.iterations):
            self._swapped = [np.asarray(variable.slot) for variable in variables]
            optimizer.finalize_variable_values(variables)

    def _back(self) -> None:
        if self._swapped is not None:
            for variable, kept in zip(self.model.trained_variables, self._swapped, strict=True):
                variable.slot = kept
            self._swapped = None


def _keeps_averages(optimizer: Any) -> bool:
    """Whether an optimizer, or one inside of it, has ``use_ema=True``."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return any(each.use_ema for each in getattr(inner, "optimizers", [inner]))
