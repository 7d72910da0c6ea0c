"""Weights as Keras 1 and 2 laid them out, as the same layers hold them today: kernels, gates and biases rearranged."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hornbeam.core.errors import FileError
from hornbeam.layers.layer import Layer

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")
# places of the gates in Keras 1's list of kernels, recurrent kernels and biases, in today's order of gates
_GATES = {"LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3), "GRU": (0, 1, 2)}


class Origin(NamedTuple):
    """What wrote a file: Keras 1, 2 or 3, and the library beneath it, None where it is not said."""

    era: int
    backend: str | None


def today(layer: Any, arrays: list[np.ndarray], origin: Origin) -> list[np.ndarray]:
    """A layer's arrays, trainable ones first, as today's layer has them.

    Args:
        layer: the built layer.
        arrays: its arrays in the file's order; as many as the file has.
        origin: what wrote the file.

    Raises:
        FileError: they belong to a GRU that resets before the product, and this one resets after it, or the reverse.
    """
    if origin.era > 2 or not arrays:
        return arrays
    kind = type(layer).__name__
    if kind == "Bidirectional":
        half = len(arrays) // 2
        return today(layer.forward_layer, arrays[:half], origin) + today(layer.backward_layer, arrays[half:], origin)
    if kind == "TimeDistributed":
        return today(layer.layer, arrays, origin)
    if isinstance(getattr(layer, "layers", None), list):
        return _nested(layer, arrays, origin)
    if origin.era == 1:
        arrays = _from_keras_1(layer, kind, arrays)
    if kind in _CONVOLUTIONS:
        arrays = _correlated(layer, kind, arrays, origin)
    if kind in ("LSTM", "GRU"):
        arrays = _from_cudnn(layer, kind, arrays)
    return arrays


def _nested(model: Any, arrays: list[np.ndarray], origin: Origin) -> list[np.ndarray]:
    """A model within a model: the trainable arrays of all its layers come first, then the others."""
    trained = len(model.trainable_weights)
    first, second = arrays[:trained], arrays[trained:]
    begun: list[np.ndarray] = []
    ended: list[np.ndarray] = []
    for layer in model.layers:
        mine, others = len(layer.trainable_weights), len(layer.non_trainable_weights)
        converted = today(layer, first[:mine] + second[:others], origin)
        begun, ended = begun + converted[:mine], ended + converted[mine:]
        first, second = first[mine:], second[others:]
    return begun + first + ended + second


def _from_keras_1(layer: Layer, kind: str, arrays: list[np.ndarray]) -> list[np.ndarray]:
    kernel, *rest = arrays
    first = getattr(layer, "data_format", None) == "channels_first"
    if kind in _GATES and len(arrays) == 3 * len(_GATES[kind]):
        joined = [np.concatenate([arrays[3 * gate + part] for gate in _GATES[kind]], axis=-1) for part in range(3)]
        if kind == "ConvLSTM2D" and first:
            joined[:2] = [array.transpose(2, 3, 1, 0) for array in joined[:2]]
        return joined
    if kind == "Conv1D" and kernel.ndim == 4:
        length, filters = layer.kernel_size[0], layer.filters  # type: ignore[attr-defined]
        if kernel.shape[:2] != (length, 1) or kernel.shape[3] != filters:
            kernel = kernel.transpose(2, 3, 1, 0)  # (filters, channels, length, 1)
        return [kernel[:, 0], *rest]
    order = {
        ("Conv2D", True): (2, 3, 1, 0),  # (filters, channels, height, width)
        ("Conv2DTranspose", True): (2, 3, 0, 1),
        ("Conv2DTranspose", False): (0, 1, 3, 2),  # (height, width, channels, filters)
        ("Conv3D", True): (2, 3, 4, 1, 0),
    }.get((kind, first))
    return arrays if order is None or kernel.ndim != len(order) else [kernel.transpose(order), *rest]


def _correlated(layer: Layer, kind: str, arrays: list[np.ndarray], origin: Origin) -> list[np.ndarray]:
    """Kernels of a true convolution (Theano's) turned round, and kernels of Theano's order of axes put in today's."""
    arrays = list(arrays)
    for place in range(2 if kind == "ConvLSTM2D" else 1):
        kernel = arrays[place]
        if kernel.ndim == 4 and kernel.shape != layer.weights[place].shape:
            kernel = kernel.transpose(2, 3, 1, 0)
        if origin.backend == "theano":
            kernel = kernel[(slice(None, None, -1),) * (kernel.ndim - 2)]
        arrays[place] = kernel
    return arrays


def _from_cudnn(layer: Any, kind: str, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """CuDNN's layers have two biases, recurrent kernels turned over, and kernels in columns instead of rows."""
    if len(arrays) != 3:
        return arrays
    kernel, recurrent, bias = arrays
    gates = 4 if kind == "LSTM" else 3
    if bias.shape == (2 * gates * layer.units,):
        if kind == "GRU" and not layer.reset_after:
            raise _reset(layer, "a CuDNNGRU's", "True")
        by_gate = [part.T.reshape(part.shape, order="F") for part in np.split(kernel, gates, axis=1)]
        turned = [part.T for part in np.split(recurrent, gates, axis=1)]
        halves = bias.reshape(2, -1)
        return [np.hstack(by_gate), np.hstack(turned), halves.sum(0) if kind == "LSTM" else halves]
    if kind == "GRU" and bias.ndim != (2 if layer.reset_after else 1):
        raise _reset(layer, f"a bias of shape {bias.shape}", str(not layer.reset_after))
    return arrays


def _reset(layer: Layer, got: str, wanted: str) -> FileError:
    return FileError(
        f"{layer.name} (GRU)",
        f"weights of a GRU with reset_after={layer.reset_after}",  # type: ignore[attr-defined]
        got,
        f"Make the layer with reset_after={wanted}.",
    )
