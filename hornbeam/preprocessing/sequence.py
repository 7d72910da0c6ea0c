"""A face, because old Keras has it: sequences of equal length, pairs of words, windows over a series."""

from hornbeam.data.timeseries import TimeseriesGenerator
from hornbeam.text import make_sampling_table, pad_sequences, skipgrams

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
