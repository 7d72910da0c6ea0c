"""Layers from numbers to categories: Discretization and CategoryEncoding."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import Refused, integer, number, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import as_policy, numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError, NotBuiltError
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.scaling import batches_of


def encoded(numbers: Any, mode: str, depth: int, dtype: Any, weights: Any = None) -> Any:
    """Whole numbers as vectors of zeros and ones; numbers outside ``[0, depth)`` leave no trace.

    Args:
        numbers: an integer array.
        mode: ``"one_hot"`` a vector for each number, ``"multi_hot"`` one for each sample (which of the numbers it
            has), ``"count"`` likewise (how often).
        depth: length of the vectors.
        dtype: type of the result.
        weights: what each number counts, in the shape of ``numbers``.

    Shapes:
        one_hot ``(…, n) -> (…, n, depth)`` and ``(…, 1) -> (…, depth)``; the others ``(…, n) -> (…, depth)``.
    """
    if mode == "one_hot" and numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    hot = jax.nn.one_hot(numbers, depth, dtype=dtype)
    if mode == "one_hot":
        return hot
    if mode == "multi_hot":
        return jnp.max(hot, axis=-2)
    return jnp.sum(hot if weights is None else hot * jnp.asarray(weights, dtype)[..., None], axis=-2)


def _mode(value: Any) -> str:
    return one_of("multi_hot", "one_hot", "count")("multi_hot" if value == "binary" else value)


@LAYERS.add()
class CategoryEncoding(Layer):
    """Whole numbers as vectors of zeros and ones.

    Args:
        num_tokens: how many numbers there are: the largest plus 1. Others leave no trace.
        output_mode: ``"one_hot"`` a vector for each number; ``"multi_hot"`` one for each sample, 1 where it has the
            number; ``"count"`` likewise, how often it has it.
        sparse: accepted for Keras's sake; the result is always a dense array.

    With ``"count"`` the call takes ``count_weights``, what each number counts, in the input's shape.

    Shapes:
        one_hot ``(batch, n) -> (batch, n, num_tokens)`` and ``(batch, 1) -> (batch, num_tokens)``; the others
        ``(batch, n) -> (batch, num_tokens)``; a vector ``(n,)`` is one sample to them.

    Example:
        >>> print(CategoryEncoding(4)(np.array([[3, 1], [0, 0]])))
        [[0. 1. 0. 1.]
         [1. 0. 0. 0.]]
        >>> print(CategoryEncoding(4, output_mode="count")(np.array([[3, 1], [0, 0]])))
        [[0. 1. 0. 1.]
         [2. 0. 0. 0.]]

    Differs:
        Of inputs with three axes Keras on JAX adds up the second; here it is the last, as its documentation says.
    """

    num_tokens = field(None, convert=integer(1, optional=True))
    output_mode = field("multi_hot", convert=_mode)
    sparse = field(False)

    autocast = False
    input_dtype = "int32"
    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        if self.num_tokens is None:
            raise ArgumentError(
                f"{self.where}, num_tokens", "how many numbers there are", "None", "Write num_tokens=10 for 0 to 9."
            )

    def build(self, input_shape: Any) -> None:
        self.rowwise = self.output_mode == "one_hot" or len(input_shape) > 1

    def call(self, x: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ArgumentError(
                f"{self.where}, count_weights",
                "None",
                f"weights for {self.output_mode!r}",
                "Write output_mode='count'.",
            )
        if isinstance(x, (list, tuple)) or np.dtype(x.dtype).kind in "OSU":
            raise DataError(
                self.where, f"whole numbers from 0 to {self.num_tokens - 1}", "text", "Number it first, with a dict."
            )
        numbers = jnp.atleast_1d(jnp.asarray(x).astype(jnp.int32))
        dtype = numpy_dtype(self.dtype.compute_dtype)
        return encoded(numbers, self.output_mode, self.num_tokens, dtype, count_weights)


def _boundaries(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    kind = "a rising list of numbers"
    try:
        bounds = tuple(number()(bound) for bound in np.asarray(value, dtype=np.float64).ravel().tolist())
    except (TypeError, ValueError):
        raise Refused(kind, "Write for example bin_boundaries=[0.0, 1.0, 2.0].") from None
    if any(low > high for low, high in zip(bounds, bounds[1:], strict=False)):  # type: ignore[operator]
        raise Refused(kind, "Sort it.")
    return bounds  # type: ignore[return-value]


@LAYERS.add()
class Discretization(Layer):
    """Puts each number into a bin: ``output`` is how many of the boundaries it reaches.

    ``bin_boundaries=[0, 1, 2]`` makes the bins ``(-inf, 0)``, ``[0, 1)``, ``[1, 2)`` and ``[2, inf)``, numbered from 0.

    Args:
        bin_boundaries: rising numbers; or None, and ``adapt(data)`` finds them.
        num_bins: how many bins ``adapt`` makes, with about as many of the data in each.
        epsilon: how exactly: a bin's share may be wrong by that much.
        output_mode: ``"int"`` the bin's number; ``"one_hot"``, ``"multi_hot"`` and ``"count"`` as in
            ``CategoryEncoding``.
        sparse: accepted for Keras's sake; the result is always a dense array.
        dtype: number type or policy.
        name: how summaries, files and errors call it.

    Shapes:
        ``"int"`` keeps any; the others as in ``CategoryEncoding``.

    Example:
        >>> print(Discretization(bin_boundaries=[0.0, 1.0, 2.0])(np.array([[-1.5, 1.0, 3.4, 0.5]])))
        [[0 2 3 1]]
    """

    bin_boundaries = field(None, convert=_boundaries)
    num_bins = field(None, convert=integer(1, optional=True))
    epsilon = field(0.01, convert=number(1e-6, 1))
    output_mode = field("int", convert=one_of("int", "one_hot", "multi_hot", "count"))
    sparse = field(False)
    dtype = field(None, convert=as_policy)
    name = field(None, key=False)

    rowwise = True
    only_named = True

    def _ready(self) -> None:
        super()._ready()
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise ArgumentError(
                f"{self.where}, bin_boundaries and num_bins",
                "one of them",
                "neither" if self.num_bins is None else "both",
                "Give the boundaries, or num_bins and call adapt(data).",
            )

    def build(self, input_shape: Any) -> None:
        self.rowwise = self.output_mode in ("int", "one_hot") or len(input_shape) > 1

    def call(self, x: Any) -> Any:
        if self.bin_boundaries is None:
            raise NotBuiltError(self.where, "boundaries", "none yet", "Call adapt(data) first, or give bin_boundaries.")
        x = jnp.asarray(x)
        x = x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32)
        bounds = jnp.asarray(self.bin_boundaries, x.dtype)
        # few boundaries are compared all at once, which XLA fuses; many are searched
        method = "compare_all" if len(self.bin_boundaries) <= 64 else "scan"
        bins = jnp.searchsorted(bounds, x, side="right", method=method).astype(jnp.int32)
        if self.output_mode == "int":
            return bins
        dtype = numpy_dtype(self.dtype.compute_dtype)
        return encoded(jnp.atleast_1d(bins), self.output_mode, len(self.bin_boundaries) + 1, dtype)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Finds boundaries that put about as many of the data into each bin; earlier ones are forgotten.

        Args:
            data: an array, a frame, or an iterable of batches.
            batch_size: accepted for Keras's sake.
            steps: how many batches to take from an iterable, None for all.
        """
        if self.num_bins is None:
            raise ArgumentError(
                f"{self.where}, adapt", "a layer with num_bins", "one with bin_boundaries", "Write num_bins=4 instead."
            )
        summary = np.zeros((2, 0))
        for batch in batches_of(data, steps, f"{self.where}, adapt"):
            joined = np.concatenate([_sample(batch, self.epsilon), summary], axis=1)
            joined = joined[:, np.argsort(joined[0], kind="stable")]
            summary = _quantiles(joined, round(1 / self.epsilon)) if joined.shape[1] * self.epsilon >= 1 else joined
        few = summary.shape[1] < self.num_bins
        self.bin_boundaries = tuple((summary if few else _quantiles(summary, self.num_bins))[0, :-1].tolist())

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Discretization:
        config = dict(config)
        learned = config.pop("bin_boundaries", None) if config.get("num_bins") is not None else None
        layer = super().from_config(config)
        if learned is not None:
            layer.bin_boundaries = _boundaries(learned)
        return layer


def _sample(batch: np.ndarray, epsilon: float) -> np.ndarray:
    """About ``1 / epsilon`` of the sorted numbers, evenly spread, and how many each stands for."""
    values = np.sort(np.asarray(batch, np.float32), axis=None)
    step = max(values.size * epsilon, 1)
    values = values[int(step) - 1 :: int(step)]
    return np.stack([values, np.full_like(values, step)])


def _quantiles(summary: np.ndarray, count: int) -> np.ndarray:
    """The numbers that cut a weighted sample into ``count`` equal parts, the last number included."""
    reached = summary[1].cumsum()
    shares = np.arange(1, count + 1) / count
    values, weights = (np.interp(shares, reached / reached[-1], row) for row in (summary[0], reached))
    return np.stack([values, np.diff(weights, prepend=0)]).astype(np.float32)
