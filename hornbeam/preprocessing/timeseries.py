"""A face, because old Keras has it: windows over a series."""

from hornbeam.data.timeseries import TimeseriesGenerator, timeseries_dataset_from_array

__all__ = ["TimeseriesGenerator", "timeseries_dataset_from_array"]
