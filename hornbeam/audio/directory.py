"""audio_dataset_from_directory: folders of sounds as batches."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from hornbeam.audio.wav import read_wav, resampled
from hornbeam.core.checks import Refused, integer
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.data.folder import FolderDataset, folder_datasets
from hornbeam.data.listing import labelled_files

EXTENSIONS = (".wav",)


class AudioFolder(FolderDataset):
    """Sounds read from files; see ``audio_dataset_from_directory``."""

    def __init__(self, sampling_rate: int | None, length: int | None, **words: Any):
        super().__init__(**words)
        self._rate, self._length = sampling_rate, length

    def read(self, path: str) -> np.ndarray:
        sound, rate = read_wav(path)
        if self._rate is not None:
            sound = resampled(sound, rate, self._rate)
        return sound if self._length is None else _fitted(sound, self._length)

    def joined(self, rows: list[Any]) -> Any:
        if len({row.shape[1] for row in rows}) > 1:
            got = sorted({row.shape[1] for row in rows})
            raise FileError("sounds of one batch", "equally many channels", f"{got}", "Convert them to one channel.")
        longest = max(len(row) for row in rows)
        return np.stack([_fitted(row, longest) for row in rows])


def _fitted(sound: np.ndarray, length: int) -> np.ndarray:
    """The first samples, or zeros after the last."""
    return np.pad(sound[:length], ((0, max(0, length - len(sound))), (0, 0)))


def _positive(name: str, value: Any) -> int | None:
    try:
        return integer(1, optional=True)(value)
    except Refused as refused:
        raise ArgumentError(
            f"audio_dataset_from_directory, {name}", refused.expected, repr(value), refused.fix
        ) from None


def audio_dataset_from_directory(
    directory, labels="inferred", label_mode="int", class_names=None, batch_size=32, sampling_rate=None,
    output_sequence_length=None, ragged=False, shuffle=True, seed=None, validation_split=None, subset=None,
    follow_links=False, verbose=True, on_error="raise",
):  # fmt: skip
    """The WAV files of a folder as batches of arrays, with the classes that its folders stand for.

    Args:
        directory: a folder with a folder of WAV files for each class.
        labels, label_mode, class_names, batch_size: as in ``image_dataset_from_directory``.
        sampling_rate: samples per second to which sounds are brought; None keeps each file's.
        output_sequence_length: samples to which sounds are cut or filled with zeros; None fills them to the longest of
            their batch.
        ragged: refused; sounds of a batch are filled to one length.
        shuffle, seed, validation_split, subset, follow_links, verbose, on_error: as in
            ``image_dataset_from_directory``.

    Shapes:
        each batch ``(batch, time, channels)``, float32 from -1 to 1; and labels

    Raises:
        FileError: no such folder, or a damaged file.

    Differs:
        Keras asks for TensorFlow, and for its I/O package to change the sampling rate.
    """
    if ragged:
        raise ArgumentError(
            "audio_dataset_from_directory, ragged",
            "False",
            "True",
            "A compiled program takes arrays with one length: leave ragged out, and sounds are filled with zeros.",
        )
    rate, length = (
        _positive("sampling_rate", sampling_rate),
        _positive("output_sequence_length", output_sequence_length),
    )
    return folder_datasets(
        functools.partial(AudioFolder, rate, length, batch_size=batch_size, on_error=on_error),
        functools.partial(
            labelled_files, directory, labels=labels, class_names=class_names, extensions=EXTENSIONS,
            label_mode=label_mode, validation_split=validation_split, follow_links=follow_links,
        ),
        shuffle, seed, subset, verbose,
    )  # fmt: skip
