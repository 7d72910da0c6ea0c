"""Callbacks that Keras had once."""

from __future__ import annotations

import os
from typing import Any

from hornbeam import callbacks
from hornbeam.training.callback import Callback


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """``callbacks.ModelCheckpoint``, whose file may have any name, ``cp.ckpt``: so ``save`` and ``save_weights`` may.

    Args:
        filepath: name of the file.
        words: as of ``callbacks.ModelCheckpoint``.
    """

    def __init__(self, filepath: Any, *args: Any, **words: Any):
        path = os.fspath(filepath)
        super().__init__(path + ".h5", *args, **words)  # a name that today's takes for both kinds
        self.filepath = path


class BaseLogger(Callback):
    """Averaged the metrics of batches in old Keras; fit does so by itself, so that this one only stands there.

    Args:
        stateful_metrics: accepted; every metric keeps its own state.
    """

    passive = True

    def __init__(self, stateful_metrics: Any = None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])
