"""The audio room: sounds in files, and data sets of them."""

from hornbeam.audio.directory import audio_dataset_from_directory
from hornbeam.audio.wav import read_wav, resampled

__all__ = ["audio_dataset_from_directory", "read_wav", "resampled"]
