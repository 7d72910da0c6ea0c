"""Callbacks that Keras had once."""

from __future__ import annotations

from typing import Any

from hornbeam.training.callback import Callback


class BaseLogger(Callback):
    """Averaged the metrics of batches in old Keras; fit does so by itself, so that this one only stands there.

    Args:
        stateful_metrics: accepted; every metric keeps its own state.
    """

    passive = True

    def __init__(self, stateful_metrics: Any = None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])
