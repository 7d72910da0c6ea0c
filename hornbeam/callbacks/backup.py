"""BackupAndRestore: a run that was killed goes on where it stood, and ends as if it had not been."""

from __future__ import annotations

import contextlib
import glob
import json
import os
from collections import Counter
from typing import Any

import jax
import numpy as np

from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.core.variable import Variable
from hornbeam.saving.atomic import replacing
from hornbeam.training.callback import Callback

_FILE = "backup.npz"


class BackupAndRestore(Callback):
    """Writes the whole state of training after each epoch, and starts from it when the run is started again.

    The state is: weights, statistics, the optimizer's state and learning rate, the seed from which shuffles and
    dropout follow, the place in the run, the metrics' sums, and what the other callbacks remember (the best value of
    an ``EarlyStopping``, the history). A run killed at any moment and started again ends in the same weights, bit for
    bit, as one that was never killed. It runs after the other callbacks, wherever it stands in their list.

    Args:
        backup_dir: folder for the one file, which is replaced whole.
        save_freq: ``"epoch"``, or a number of batches (training then runs batch by batch).
        double_checkpoint: accepted for Keras's sake: the file is replaced whole, and cannot be caught half-written.
        delete_checkpoint: whether the file goes away when training ends as it should.

    Raises:
        FileError: the file is damaged, or belongs to another model; training does not start.
    """

    last = True

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", double_checkpoint: bool = False, delete_checkpoint: bool = True
    ):
        super().__init__()
        if not os.fspath(backup_dir):
            raise ArgumentError("BackupAndRestore, backup_dir", "a folder", repr(backup_dir), "Write 'backup'.")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ArgumentError(
                "BackupAndRestore, save_freq",
                "'epoch' or a positive number of batches",
                repr(save_freq),
                "Leave it out.",
            )
        self.backup_dir, self.save_freq, self.delete_checkpoint = os.fspath(backup_dir), save_freq, delete_checkpoint
        self._others: dict[str, Any] = {}
        self._rates: list[Any] = []

    @property
    def path(self) -> str:
        """The file."""
        return os.path.join(self.backup_dir, _FILE)

    def wants_batches(self, kind: str = "train") -> bool:
        return kind == "train" and self.save_freq != "epoch"

    def set_companions(self, callbacks: list[Any]) -> None:
        kinds = Counter[str]()
        self._others = {}
        for callback in callbacks:
            if callback.kept:
                name = type(callback).__name__
                kinds[name] += 1
                self._others[f"{name}_{kinds[name]}"] = callback

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        for part in glob.glob(os.path.join(glob.escape(self.backup_dir), f".{_FILE}.*.part")):
            os.remove(part)  # of a run that was killed while it wrote
        if os.path.exists(self.path):
            self._restore()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        # in the middle of an epoch the learning rate was set for it already: a schedule must not change it again
        for variable, rate in zip(_rates(self.model.optimizer), self._rates, strict=False):
            variable.slot = rate
        self._rates = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.save_freq != "epoch" and (batch + 1) % self.save_freq == 0:
            self._backup()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._backup()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self.delete_checkpoint:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path)

    # -- the file ------------------------------------------------------------------------------------

    def _held(self) -> list[Variable]:
        return [*self.model.variables, *_rates(self.model.optimizer)]

    def _state(self) -> list[Any]:
        """Every array of the model's and the optimizer's, in an order that only their specs decide."""
        return [variable.slot for variable in self._held()] + jax.tree.leaves(self.model.optimizer.state)

    def _backup(self) -> None:
        run = self.model.run_state
        facts: dict[str, Any] = {
            "place": [run.seed, run.epoch, run.step, run.done],
            "stopped": bool(self.model.stop_training),
            "callbacks": {},
        }
        arrays = {f"state_{number}": np.asarray(array) for number, array in enumerate(self._state())}
        if run.done:
            arrays |= {f"sum_{number}": np.asarray(array) for number, array in enumerate(run.sums)}
        for label, callback in self._others.items():
            plain, several = _told(callback)
            facts["callbacks"][label] = plain
            arrays |= {f"{label}_{name}_{place}": a for name, held in several.items() for place, a in enumerate(held)}
        with replacing(self.path) as temporary, open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, facts=np.asarray(json.dumps(facts)), **arrays)

    def _restore(self) -> None:
        try:
            with open(self.path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            facts = json.loads(str(arrays.pop("facts")))
            seed, epoch, step, done = facts["place"]
        except Exception as error:  # whatever reading a damaged archive may raise
            raise FileError(
                f"BackupAndRestore, {self.path}",
                "a whole backup",
                f"a damaged one ({type(error).__name__}: {error})",
                "Delete it to start anew.",
            ) from error
        self._put_back(_several(arrays, "state"))
        for label, plain in facts["callbacks"].items():
            if label in self._others:
                _remind(self._others[label], plain, arrays, label)
        run = self.model.run_state
        run.seed, run.epoch, run.step, run.done = seed, epoch, step, done
        run.sums = _several(arrays, "sum") or None
        self._rates = [variable.slot for variable in _rates(self.model.optimizer)] if done else []
        self.model.stop_training = facts["stopped"]

    def _put_back(self, arrays: list[np.ndarray]) -> None:
        state, held, optimizer = self._state(), self._held(), self.model.optimizer
        if [np.shape(array) for array in arrays] != [np.shape(array) for array in state]:
            raise FileError(
                f"BackupAndRestore, {self.path}",
                f"{len(state)} arrays of this model's shapes",
                f"{len(arrays)} of another's",
                "Delete it, or give another backup_dir.",
            )
        own = [_typed(array, like) for array, like in zip(arrays, state, strict=True)]
        for variable, array in zip(held, own, strict=False):
            variable.slot = array
        optimizer.state = jax.tree.unflatten(jax.tree.structure(optimizer.state), own[len(held) :])


def _rates(optimizer: Any) -> list[Variable]:
    """The variables that hold learning rates."""
    return [variable for variable in optimizer.variables if variable.name == "learning_rate"]


def _told(callback: Any) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What a callback keeps: plain values with "arrays" where there are lists of arrays, and those."""
    plain: dict[str, Any] = {}
    several: dict[str, list[Any]] = {}
    for name in callback.kept:
        value = getattr(callback, name)
        if isinstance(value, list) and value and all(isinstance(item, np.ndarray) for item in value):
            plain[name], several[name] = "arrays", value
        else:
            plain[name] = _plain(value)
    return plain, several


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _remind(callback: Any, plain: dict[str, Any], arrays: dict[str, np.ndarray], label: str) -> None:
    """Gives a callback back what it kept."""
    for name, value in plain.items():
        now = getattr(callback, name)
        if value == "arrays":
            value = _several(arrays, f"{label}_{name}")
        setattr(callback, name, type(now)(value) if isinstance(value, dict) else value)


def _several(arrays: dict[str, np.ndarray], name: str) -> list[np.ndarray]:
    """The arrays ``name_0``, ``name_1``, …"""
    return [arrays[f"{name}_{number}"] for number in range(len(arrays)) if f"{name}_{number}" in arrays]


def _typed(array: np.ndarray, like: Any) -> np.ndarray:
    """The array in the type of another; NumPy's files call bfloat16 plain bytes."""
    return array.view(like.dtype) if array.dtype.kind == "V" else array.astype(like.dtype, copy=False)
