"""BackupAndRestore: a run that was killed goes on where it stood, and ends as if it had not been."""

from __future__ import annotations

import os
import zipfile
from typing import Any

import jax
import numpy as np

from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.saving.atomic import replacing
from hornbeam.training.callback import Callback

_FILE = "backup.npz"


class BackupAndRestore(Callback):
    """Writes the whole state of training after each epoch, and starts from it when the run is started again.

    The state is: weights, statistics, the optimizer's state and learning rate, the seed from which shuffles and
    dropout follow, and the place in the run. A run killed at any moment and started again ends in the same
    weights, bit for bit, as one that was never killed.

    Args:
        backup_dir: folder for the one file, which is replaced whole.
        save_freq: ``"epoch"``, or a number of batches (training then runs batch by batch).
        double_checkpoint: accepted for Keras's sake: the file is replaced whole, and cannot be caught half-written.
        delete_checkpoint: whether the file goes away when training ends as it should.

    Raises:
        FileError: the file is damaged, or belongs to another model; training does not start.
    """

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", double_checkpoint: bool = False, delete_checkpoint: bool = True
    ):
        super().__init__()
        if not os.fspath(backup_dir):
            raise ArgumentError("BackupAndRestore, backup_dir", "a folder", repr(backup_dir), "Write 'backup'.")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ArgumentError(
                "BackupAndRestore, save_freq", "'epoch' or a positive number of batches", repr(save_freq), "Leave it out."
            )
        self.backup_dir, self.save_freq, self.delete_checkpoint = os.fspath(backup_dir), save_freq, delete_checkpoint

    @property
    def path(self) -> str:
        """The file."""
        return os.path.join(self.backup_dir, _FILE)

    def wants_batches(self, kind: str = "train") -> bool:
        return kind == "train" and self.save_freq != "epoch"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        if os.path.exists(self.path):
            self._restore()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq != "epoch" and (batch + 1) % self.save_freq == 0:
            self._backup()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._backup()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.delete_checkpoint and os.path.exists(self.path):
            os.remove(self.path)

    def _state(self) -> list[Any]:
        """Every array of the state, in an order that only the model's spec decides."""
        optimizer = self.model.optimizer
        return [v.slot for v in self.model.variables] + jax.tree.leaves(optimizer.state)

    def _backup(self) -> None:
        run = self.model.run_state
        place = np.asarray([run.seed, run.epoch, run.step, run.done], np.int64)
        arrays = {f"array_{number}": np.asarray(array) for number, array in enumerate(self._state())}
        with replacing(self.path) as temporary, open(temporary, "wb") as file:
            np.savez(file, place=place, rate=np.asarray(self.model.optimizer.rate() or 0.0), **arrays)

    def _restore(self) -> None:
        try:
            with np.load(self.path, allow_pickle=False) as file:
                place, rate = file["place"], file["rate"]
                arrays = [file[f"array_{number}"] for number in range(len(file.files) - 2)]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise FileError(
                f"BackupAndRestore, {self.path}", "a whole backup", f"a damaged one ({error})", "Delete it to start anew."
            ) from error
        state = self._state()
        if [np.shape(array) for array in arrays] != [np.shape(array) for array in state]:
            raise FileError(
                f"BackupAndRestore, {self.path}",
                f"{len(state)} arrays of this model's shapes",
                f"{len(arrays)} of another's",
                "Delete it, or give another backup_dir.",
            )
        variables = self.model.variables
        for variable, array in zip(variables, arrays, strict=False):
            variable.slot = array
        optimizer = self.model.optimizer
        structure = jax.tree.structure(optimizer.state)
        optimizer.state = jax.tree.unflatten(structure, arrays[len(variables) :])
        if optimizer.rate() is not None:
            optimizer.learning_rate = float(rate)
        run = self.model.run_state
        run.seed, run.epoch, run.step, run.done = (int(number) for number in place)
