"""Layers that bring numbers to a handy scale: Normalization and Rescaling."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused
from hornbeam.core.config import field, serialize
from hornbeam.core.dtypes import epsilon, is_float, numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.variable import Variable
from hornbeam.data import convert
from hornbeam.data.adapt import arranged, gives_batches
from hornbeam.layers.axes import axis_or_axes, from_zero, lengths_along, spread, spread_last
from hornbeam.layers.layer import LAYERS, Layer


def number_or_array(value: Any) -> Any:
    """Converter to a float or an array of them."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return float(value)
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refused("a number or an array of numbers", "Write for example scale=1 / 255.") from None
    return float(array) if array.ndim == 0 else array.astype(np.float32)


def _optional(value: Any) -> Any:
    return None if value is None else number_or_array(value)


def _kept(value: Any) -> tuple[int, ...]:
    if value is None or (isinstance(value, (list, tuple)) and not value):
        return ()
    axes = axis_or_axes(value)
    return (axes,) if isinstance(axes, int) else axes


@LAYERS.add()
class Rescaling(Layer):
    """A straight line: ``output = input · scale + offset``.

    Args:
        scale: the factor, or one for each feature; ``1 / 255`` brings the bytes of images to [0, 1].
        offset: added afterwards; ``Rescaling(1 / 127.5, -1)`` brings them to [-1, 1].

    Shapes:
        Any, and kept. Whole numbers become floats.

    Example:
        >>> import numpy as np
        >>> print(Rescaling(1 / 127.5, offset=-1)(np.array([[0, 255]], "uint8")))
        [[-1.  1.]]
    """

    scale = field(convert=number_or_array)
    offset = field(0.0, convert=number_or_array)

    supports_masking = True
    rowwise = True

    def call(self, x: Any) -> Any:
        x = jnp.asarray(x, numpy_dtype(self.dtype.compute_dtype))
        scale, offset = (spread_last(jnp.asarray(value, x.dtype), x.ndim) for value in (self.scale, self.offset))
        return x * scale + offset


@LAYERS.add()
class Normalization(Layer):
    """Brings each feature to mean 0 and variance 1: ``output = (input - mean) / sqrt(variance)``.

    ``adapt(data)`` finds mean and variance before training; they are weights that training leaves alone.

    Args:
        axis: the axis, or axes, whose entries have each their own mean and variance; None for one pair over all.
        mean, variance: given instead of found: a number, or one for each entry along the axis.
        invert: whether to go back: ``output = mean + input · sqrt(variance)``.

    Shapes:
        Any, and kept. Whole numbers become floats.

    Example:
        >>> import numpy as np
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 9.0], [0.0, 7.0], [2.0, 9.0]]))
        >>> print(layer(np.array([[0.0, 9.0]])))
        [[-1.  1.]]

    Differs:
        After ``adapt``, Keras's ``layer.mean`` has the input's rank; here it is the weight itself, with an entry for
        each feature.
    """

    axis = field(-1, convert=_kept)
    mean = field(None, convert=_optional)
    variance = field(None, convert=_optional)
    invert = field(False)

    supports_masking = True

    def _ready(self) -> None:
        super()._ready()
        self._given = self.mean, self.variance
        self.rowwise = 0 not in self.axis
        if (self.mean is None) != (self.variance is None):
            raise ArgumentError(
                f"{self.where}, mean and variance",
                "both or neither",
                "one of them",
                "Give both, or find both with adapt(data).",
            )
        if np.shape(self.mean) != np.shape(self.variance) or np.ndim(self.mean) > len(self.axis):
            raise ArgumentError(
                f"{self.where}, mean and variance",
                f"equal shapes of at most {len(self.axis)} axes, those of axis={self.axis or None}",
                f"{np.shape(self.mean)} and {np.shape(self.variance)}",
                "Give one number for all features, or one for each.",
            )

    def build(self, input_shape: Any) -> None:
        self._axes = from_zero(self.where, self.axis, len(input_shape)) if self.axis else ()
        lengths = lengths_along(self.where, self._axes, input_shape)
        self.rowwise = 0 not in self._axes
        if self._given[0] is None:
            self.mean = self.add_weight(lengths, "zeros", trainable=False, name="mean")
            self.variance = self.add_weight(lengths, "ones", trainable=False, name="variance")
            # Keras's files have a third weight, which it leaves at 0
            self.count = self.add_weight((), "zeros", dtype="int32", trainable=False, name="count")
        elif np.shape(self.mean) not in (lengths[len(lengths) - count :] for count in range(len(lengths) + 1)):
            raise ShapeError(
                f"{self.where}, mean",
                f"one number, or shape {lengths}, that of the input's axes {self.axis}",
                f"shape {np.shape(self.mean)}",
                "Give one number for each feature.",
            )

    def call(self, x: Any) -> Any:
        x = jnp.asarray(x, numpy_dtype(self.dtype.compute_dtype))
        mean, variance = (self._spread(value, x) for value in (self.mean, self.variance))
        # a feature that never varies has deviation 0
        deviation = jnp.maximum(jnp.sqrt(variance), epsilon())
        return mean + x * deviation if self.invert else (x - mean) / deviation

    def _spread(self, value: Any, x: Any) -> Any:
        value = jnp.asarray(value, x.dtype)
        return spread(value, self._axes[len(self._axes) - value.ndim :], x.ndim)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Finds mean and variance; what was found before is forgotten.

        Args:
            data: an array, a frame, or an iterable of batches (of inputs alone or of ``(inputs, targets)``).
            batch_size: accepted for Keras's sake.
            steps: how many batches to take from an iterable, None for all.
        """
        if self._given[0] is not None:
            raise ArgumentError(
                f"{self.where}, adapt",
                "a layer without mean and variance",
                "one that was given them",
                "Leave them out.",
            )
        rows: Any = 0.0
        mean: Any = 0.0
        squares: Any = 0.0
        for batch in batches_of(data, steps, f"{self.where}, adapt"):
            shape = np.shape(batch)
            if not self.built:
                self.build((None, *shape[1:]))
            axes = from_zero(self.where, self.axis, len(shape)) if self.axis else ()
            if tuple(shape[axis] for axis in axes) != self.mean.shape:
                raise ShapeError(
                    f"{self.where}, adapt",
                    f"{self.mean.shape} entries along axis {self.axis}",
                    shape,
                    "Give data of that width.",
                )
            others = tuple(axis for axis in range(len(shape)) if axis not in axes)
            count = float(np.prod([shape[axis] for axis in others]))
            # Chan, Golub & LeVeque (1979): the moments of two parts joined, in float64
            ours = np.mean(batch, others, dtype=np.float64)
            shift = ours - mean
            squares += np.var(batch, others, dtype=np.float64) * count + shift**2 * rows * count / (rows + count)
            mean, rows = mean + shift * count / (rows + count), rows + count
        self.mean.assign(mean)
        self.variance.assign(squares / rows)

    def get_config(self) -> dict[str, Any]:
        given = dict(zip(("mean", "variance"), map(serialize, map(_listed, self._given)), strict=True))
        return {**super().get_config(), **given}


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def batches_of(data: Any, steps: int | None, where: str) -> Iterator[np.ndarray]:
    """The inputs in data: an array or a frame whole, an iterable batch by batch.

    Raises:
        DataError: text, ragged lists, NaN.
        ArgumentError: an iterable that gives nothing.
    """
    if isinstance(data, Variable):
        data = data.numpy()
    if gives_batches(data) or (isinstance(data, list) and convert.holds_arrays(data)):
        source: Any = (data[index] for index in range(len(data))) if not hasattr(data, "__iter__") else data
        seen = False
        for number, batch in enumerate(source):
            if steps is not None and number >= steps:
                break
            seen = True
            yield _checked(arranged(batch)[0], where)
        if not seen:
            raise ArgumentError(
                where, "at least one batch", "none", "Give an array, or an iterable that is not used up."
            )
        return
    yield _checked(data, where)


def _checked(batch: Any, where: str) -> np.ndarray:
    array = convert.as_array(batch, where)
    array = array.toarray() if convert.is_sparse(array) else np.asarray(array)
    convert.check_numbers(array, where)
    return array if is_float(array.dtype) else array.astype(np.float64)
