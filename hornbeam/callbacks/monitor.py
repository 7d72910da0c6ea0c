"""Monitor: watches one number of the logs and knows which direction is better."""

from __future__ import annotations

import math
import warnings
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean
from hornbeam.training.callback import Callback
from hornbeam.training.history import Record

_MODES = ("auto", "min", "max")
_LARGER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2", "correlation", "positives")


class Monitor(Callback):
    """Base of callbacks that watch a number.

    Args:
        monitor: its name in the logs, for example ``"val_loss"``; ``acc`` and ``accuracy`` both answer.
        mode: ``"min"`` or ``"max"``, which is better; ``"auto"`` takes max for accuracies, precision, recall, AUC, …
        min_delta: a change must be larger than this to count.
        baseline: the value that must be bettered first.
    """

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0.0, baseline: float | None = None):
        super().__init__()
        if mode not in _MODES:
            raise ArgumentError(f"{type(self).__name__}, mode", f"one of {_MODES}", repr(mode), "Choose 'auto'.")
        self.monitor, self.mode, self.min_delta, self.baseline = monitor, mode, abs(min_delta), baseline
        self.best: float | None = None

    @property
    def larger_is_better(self) -> bool:
        """Whether max is the better direction."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_").lower()
        return any(word in name for word in _LARGER_IS_BETTER) and "false" not in name

    @property
    def worst(self) -> float:
        """Infinity, on the worse side."""
        return -math.inf if self.larger_is_better else math.inf

    def value(self, logs: dict[str, Any] | None) -> float | None:
        """The watched number; a warning and None when the logs do not have it."""
        found = Record(logs or {}).get(self.monitor)
        if found is None:
            warnings.warn(
                f"{type(self).__name__}, monitor: expected a name in the logs; got {self.monitor!r}. "
                + did_you_mean(self.monitor, list(logs or {"loss": 0})),
                stacklevel=3,
            )
            return None
        return float(found)

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether a value betters another by more than ``min_delta``."""
        if than is None:
            return True
        return value - self.min_delta > than if self.larger_is_better else value + self.min_delta < than
