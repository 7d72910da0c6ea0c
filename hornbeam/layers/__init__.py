"""Layers, by family: one file each."""

from hornbeam.layers.dense import Dense
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer

__all__ = ["LAYERS", "Dense", "InputSpec", "Layer"]
