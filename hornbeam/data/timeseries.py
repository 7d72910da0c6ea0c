"""Windows over a series: samples of consecutive steps, with what is to be foretold."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.core.random import generator
from hornbeam.data import convert
from hornbeam.data.dataset import PyDataset
from hornbeam.data.pipeline import Dataset, Numbered


class TimeseriesGenerator(PyDataset):
    """Batches of windows that end before a step, and the target of that step.

    Sample i is ``data[i - length : i : sampling_rate]`` with ``targets[i]``.

    Args:
        data: the series, ``(steps, …)``.
        targets: what belongs to each step.
        length: how many steps a window spans.
        sampling_rate: every how many-th of them is taken.
        stride: how many steps lie between samples.
        start_index, end_index: the first and the last step that are used; the last of all when None.
        shuffle: whether samples are drawn at random, with repetition.
        reverse: whether windows run backwards.
        batch_size: samples in a batch.
        workers, use_multiprocessing, max_queue_size: as in ``PyDataset``.

    Shapes:
        Batches of ``(batch, ceil(length / sampling_rate), …)`` and ``(batch, …)``.

    Example:
        >>> series = np.arange(10)
        >>> x, y = TimeseriesGenerator(series, series, length=4, sampling_rate=2, batch_size=2)[0]
        >>> x.tolist(), y.tolist()
        ([[0, 2], [1, 3]], [4, 5])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ):
        super().__init__(workers, use_multiprocessing, max_queue_size)
        where = type(self).__name__
        self.data, self.targets = _series(data, f"{where}, data"), _series(targets, f"{where}, targets")
        if len(self.data) != len(self.targets):
            raise DataError(
                where, "a target for each step", f"{len(self.targets)} for {len(self.data)} steps", "Check the cuts."
            )
        self.length = checked(integer(1), length, f"{where}, length")
        self.sampling_rate = checked(integer(1), sampling_rate, f"{where}, sampling_rate")
        self.stride = checked(integer(1), stride, f"{where}, stride")
        self.batch_size = checked(integer(1), batch_size, f"{where}, batch_size")
        self.start_index = checked(integer(0), start_index, f"{where}, start_index") + self.length
        last = len(self.data) - 1
        self.end_index = last if end_index is None else checked(integer(0), end_index, f"{where}, end_index")
        if self.start_index > self.end_index or self.end_index > last:
            raise ArgumentError(
                f"{where}, start_index, length and end_index",
                f"start_index + length ≤ end_index ≤ {last}, the last step",
                f"{self.start_index} and {self.end_index}",
                "Choose a shorter length, or give more steps.",
            )
        self.shuffle, self.reverse = shuffle, reverse
        self._random = generator() if shuffle else None

    def __len__(self) -> int:
        return -(-(self.end_index - self.start_index + 1) // (self.batch_size * self.stride))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        if self._random is not None:
            rows = self._random.integers(self.start_index, self.end_index + 1, self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        steps = np.arange(-self.length, 0, self.sampling_rate)
        places = rows[:, None] + (steps[::-1] if self.reverse else steps)
        return self.data[places], self.targets[rows]


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """Batches of windows that begin at a step, and the target of that step.

    Sample i is ``data[i : i + sequence_length · sampling_rate : sampling_rate]`` with ``targets[i]``.

    Args:
        data: the series, ``(steps, …)``.
        targets: what belongs to the window that begins at each step; None for windows alone.
        sequence_length: steps in a window.
        sequence_stride: how many steps lie between the beginnings of windows.
        sampling_rate: how many steps lie between those of a window.
        batch_size: windows in a batch; None gives single ones.
        shuffle: whether windows come in another order in each epoch.
        seed: makes the orders repeatable.
        start_index, end_index: only steps from the first one and before the second one are used.
        format: accepted for Keras's sake.

    Shapes:
        Batches of ``(batch, sequence_length, …)``, or of these and ``(batch, …)``.

    Example: the next value from the last three.
        >>> series = np.arange(10.0)
        >>> windows = timeseries_dataset_from_array(series[:-3], series[3:], sequence_length=3, batch_size=2)
        >>> x, y = next(iter(windows))
        >>> x.tolist(), y.tolist()
        ([[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]], [3.0, 4.0])
    """
    where = "timeseries_dataset_from_array"
    series = _series(data, f"{where}, data")
    length = checked(integer(1), sequence_length, f"{where}, sequence_length")
    rate = checked(integer(1), sampling_rate, f"{where}, sampling_rate")
    stride = checked(integer(1), sequence_stride, f"{where}, sequence_stride")
    batch_size = None if batch_size is None else checked(integer(1), batch_size, f"{where}, batch_size")
    start = checked(integer(0), start_index or 0, f"{where}, start_index")
    stop = len(series) if end_index is None else checked(integer(1), end_index, f"{where}, end_index")
    if not start < stop <= len(series):
        raise ArgumentError(
            f"{where}, start_index and end_index",
            f"start_index < end_index ≤ {len(series)}, the number of steps",
            f"{start} and {stop}",
            "Choose others.",
        )
    windows = stop - start - (length - 1) * rate
    labels = None if targets is None else _series(targets, f"{where}, targets")
    if labels is not None:
        windows = min(windows, len(labels) - start)
    if windows < 1:
        raise DataError(
            where,
            f"at least {(length - 1) * rate + 1} steps, those of a window, and a target",
            f"{stop - start} steps" + ("" if labels is None else f" and {len(labels)} targets"),
            "Choose a smaller sequence_length or sampling_rate, or give more steps.",
        )
    begins = np.arange(0, windows, stride)

    def read(numbers: np.ndarray) -> Any:
        rows = begins[numbers]
        found = series[start + rows[:, None] + np.arange(length) * rate]
        return found if labels is None else (found, labels[start + rows])

    return Numbered(read, len(begins), batch_size, shuffle, seed)


def _series(values: Any, where: str) -> np.ndarray:
    array = np.asarray(values.to_numpy() if convert.is_frame(values) else values)
    if array.ndim == 0 or not len(array):
        raise DataError(where, "steps along the first axis", f"shape {array.shape}", "Give an array (steps, …).")
    return array
