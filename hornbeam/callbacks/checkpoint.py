"""ModelCheckpoint: saves the model, or its weights, while it trains."""

from __future__ import annotations

import os
from typing import Any

from hornbeam.callbacks.monitor import Monitor
from hornbeam.core.errors import ArgumentError
from hornbeam.core.messages import say
from hornbeam.training.history import Record


class ModelCheckpoint(Monitor):
    """Saves after epochs, or every so many batches.

    Args:
        filepath: file to write; ``{epoch:02d}`` (from 1), ``{batch}`` (likewise, with a number as ``save_freq``) and
            names of the logs, ``{val_loss:.3f}``, are filled in.
        monitor: name of the watched number.
        verbose: 1 says when it saves.
        save_best_only: whether only a new best is saved.
        save_weights_only: whether only weights are saved; the file's name then ends in ``.weights.h5``.
        mode: ``"min"``, ``"max"`` or ``"auto"``.
        save_freq: ``"epoch"``, or a number of batches (training then runs batch by batch).
        initial_value_threshold: the value that the first best must better.

    Differs:
        The file is written beside the old one and renamed, so that a crash leaves one whole file.
    """

    kept = ("best", "_batches")

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only, self.save_freq = save_best_only, save_weights_only, save_freq
        self.best = initial_value_threshold
        self._batches = self._epoch = 0
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ArgumentError(
                "ModelCheckpoint, save_freq", "'epoch' or a number of batches", repr(save_freq), "Leave it out."
            )
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith((ending, ".h5", ".hdf5")):
            raise ArgumentError(
                "ModelCheckpoint, filepath", f"a name that ends in {ending}", repr(self.filepath), f"Add {ending}."
            )

    def wants_batches(self, kind: str = "train") -> bool:
        return kind == "train" and self.save_freq != "epoch"

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, logs)

    def _save(self, epoch: int, logs: dict[str, Any] | None) -> None:
        if self.save_best_only:
            value = self.value(logs)
            if value is not None and not self.is_better(value, self.best):
                return
            self.best = self.best if value is None else value  # with nothing to go by, it saves
        path = self._path(epoch, logs or {})
        if self.verbose:
            say(f"Epoch {epoch + 1}: saving to {path}")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, logs: dict[str, Any]) -> str:
        try:
            return self.filepath.format_map(Record({**logs, "epoch": epoch + 1}))
        except KeyError as missing:
            raise ArgumentError(
                "ModelCheckpoint, filepath",
                f"names in the logs ({', '.join(['epoch', *logs])})",
                f"{{{missing.args[0]}}}",
                "Correct the name between the braces.",
            ) from None
