"""History: the numbers of every epoch, as a record that can be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.random import random_seed
from hornbeam.training.callback import Callback
from hornbeam.training.curves import learning_curves, optional


class Record(dict):
    """A dict of lists by name that answers to ``acc`` where it holds ``accuracy``, and the reverse."""

    def __missing__(self, key: Any) -> Any:
        other = _other_spelling(key)
        if other is not None and dict.__contains__(self, other):
            return self[other]
        raise KeyError(key)

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


def _other_spelling(key: Any) -> str | None:
    """``acc`` for ``accuracy`` and the reverse, with any prefix (``val_``, an output's name)."""
    if not isinstance(key, str):
        return None
    head, _, tail = key.rpartition("_")
    swapped = {"acc": "accuracy", "accuracy": "acc"}.get(tail)
    return None if swapped is None else f"{head}_{swapped}" if head else swapped


class History(Callback):
    """What ``fit`` returns.

    Attributes:
        history: dict from name to a list with one number per epoch; ``acc`` and ``accuracy`` both answer.
        epoch: the epochs' numbers, counted from 0.
        seed: ``set_random_seed(history.seed)`` at the start of the program repeats the run.
    """

    passive = True
    kept = ("history", "epoch", "_epochs_of")

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = Record()
        self.epoch: list[int] = []
        self.seed = random_seed()
        self._epochs_of: dict[str, list[int]] = {}  # validation need not be in every epoch

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.history, self.epoch, self._epochs_of = Record(), [], {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs_of.setdefault(name, []).append(epoch)

    def to_frame(self) -> Any:
        """A pandas DataFrame, a row per epoch and a column per name; NaN where an epoch was not validated."""
        pandas = optional("pandas", "pandas", "History.to_frame")
        columns = {
            name: pandas.Series(values, index=self._epochs_of[name], dtype=None if np.ndim(values[0]) == 0 else object)
            for name, values in self.history.items()
        }
        return pandas.DataFrame(columns, index=pandas.Index(self.epoch, name="epoch"))

    def plot(self, path: str | None = None) -> Any:
        """Draws the learning curves: one panel per number, training and validation together.

        Args:
            path: file to write; None leaves the figure open.

        Returns:
            The matplotlib figure.
        """
        return learning_curves(self.history, self._epochs_of, path)

    def __repr__(self) -> str:
        last = {name: round(values[-1], 4) for name, values in self.history.items() if values}
        return f"<History of {len(self.epoch)} epochs, last {last}>"
