"""SwapEMAWeights: puts the moving averages in the weights' places while they are measured or kept."""

from __future__ import annotations

from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.training.callback import Callback


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the exponential moving averages that an optimizer with ``use_ema=True`` keeps.

    Args:
        swap_on_epoch: whether the averages stand in the weights' places at each epoch's end too, so that a
            ``ModelCheckpoint`` after this callback saves them.
    """

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped: list[Any] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not getattr(self.model.optimizer, "use_ema", False):
            raise ArgumentError(
                "SwapEMAWeights", "an optimizer that keeps averages", repr(self.model.optimizer), "Give it use_ema=True."
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
        self._back()
        self.model.optimizer.finalize_variable_values(self.model.trained_variables)

    def _swap(self) -> None:
        averages = self.model.optimizer.averages()
        if self._swapped is None and averages is not None:
            variables = self.model.trained_variables
            self._swapped = [variable.slot for variable in variables]
            for variable, average in zip(variables, averages, strict=True):
                variable.assign(average)

    def _back(self) -> None:
        if self._swapped is not None:
            for variable, kept in zip(self.model.trained_variables, self._swapped, strict=True):
                variable.slot = kept
            self._swapped = None
