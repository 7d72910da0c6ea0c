"""Hashing and HashedCrossing: bins for words and numbers, without a vocabulary."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.checks import integer, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import as_policy, is_float, numpy_dtype
from hornbeam.core.errors import DataError, ShapeError
from hornbeam.core.symbolic import first_symbolic
from hornbeam.layers.categories import encoded
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.lookup import refuse_symbolic, salt
from hornbeam.ops.wide import farm_hash_of_digits, remainder
from hornbeam.text.hashing import crossed, farm_hash, sip_hash
from hornbeam.text.strings import flat_strings


class _Bins(Layer):
    """What the two share: they work on the host, and give bins or vectors."""

    autocast = False
    rowwise = True
    input_dtype = "string"
    num_bins: int
    output_mode: str

    def _ready(self) -> None:
        super()._ready()
        if self.output_mode == "int" and is_float(self.dtype.compute_dtype):
            self.dtype = as_policy("int32")  # as Keras wants it in descriptions

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        refuse_symbolic(self, args)
        return super().__call__(*args, **kwargs)

    def _vectors(self, bins: np.ndarray) -> np.ndarray:
        if self.output_mode == "int":
            return bins
        dtype = numpy_dtype(self.dtype.compute_dtype)
        if self.output_mode == "one_hot":
            bins = bins[..., 0] if bins.ndim > 1 and bins.shape[-1] == 1 else bins
            return (bins[..., None] == np.arange(self.num_bins)).astype(dtype)
        bins = np.atleast_1d(bins)
        samples = bins.reshape(-1, bins.shape[-1])
        found = np.zeros((len(samples), self.num_bins), dtype)
        rows = np.broadcast_to(np.arange(len(samples))[:, None], samples.shape)
        if self.output_mode == "multi_hot":
            found[rows, samples] = 1
        else:
            np.add.at(found, (rows, samples), 1)
        return found.reshape(*bins.shape[:-1], self.num_bins)


def _flat(x: Any, where: str) -> tuple[np.ndarray, tuple[int, ...]]:
    """Texts or whole numbers as a flat array, and their shape."""
    if isinstance(x, jax.core.Tracer):
        raise DataError(where, "texts or numbers on the host", "an array of a compiled program", "Call it on the data.")
    array = np.asarray(x.to_numpy() if hasattr(x, "to_numpy") else x)
    if array.dtype.kind in "iub":
        return array.ravel().astype(np.int64), array.shape
    if array.dtype.kind == "f":
        return array.ravel().astype(np.int64), array.shape
    texts, shape = flat_strings(x, where)
    flat = np.empty(len(texts), object)
    flat[:] = texts
    return flat, shape


def _hashes(values: np.ndarray, key: tuple[int, int] | None) -> np.ndarray:
    """The hash of each text, or of each number's digits: each once for all its places."""
    unique, places = np.unique(values, return_inverse=True)
    data = (str(value).encode() for value in unique.tolist())
    hashed = (farm_hash(each) if key is None else sip_hash(each, key) for each in data)
    return np.fromiter(hashed, np.uint64, len(unique))[places]


@LAYERS.add()
class Hashing(_Bins):
    """Puts words or whole numbers into bins by their hash: ``output = hash(input) % num_bins``.

    Different words may share a bin; there is nothing to learn and nothing to keep. The bins are those of Keras. On
    texts it works on the host, when it is called: ``x = layer(words)``. Whole numbers of 32 bits can be hashed in a
    network too, if there is no salt.

    Args:
        num_bins: how many bins there are.
        mask_value: what is put into bin 0, which no other gets then.
        salt: one number or two, with which SipHash takes FarmHash's place: who does not know them cannot fill one bin.
        output_mode: ``"int"`` the bin's number; ``"one_hot"`` a vector for each word; ``"multi_hot"`` and ``"count"``
            one for each row: which bins it has, and how often.
        sparse: accepted for Keras's sake; the result is always a dense array.

    Shapes:
        ``"int"`` keeps any, in int32; one_hot ``(…, n) -> (…, n, num_bins)`` and ``(…, 1) -> (…, num_bins)``; the
        others ``(…, n) -> (…, num_bins)``, in the layer's float type.

    Example:
        >>> print(Hashing(3)([["A"], ["B"], ["C"], ["D"], ["E"]]).ravel())
        [1 0 1 1 2]

    Reference:
        Weinberger et al. (2009), Feature hashing for large scale multitask learning, section 2.
    """

    num_bins = field(convert=integer(1))
    mask_value = field(None)
    salt = field(None, convert=salt)
    output_mode = field("int", convert=one_of("int", "one_hot", "multi_hot", "count"))
    sparse = field(False)

    input_dtype = "int32"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        symbol = first_symbolic(args)
        if symbol is not None and (self.salt is not None or not symbol.dtype.startswith(("int", "uint"))):
            refuse_symbolic(self, args)
        return Layer.__call__(self, *args, **kwargs)

    def build(self, input_shape: Any) -> None:
        self.rowwise = self.output_mode in ("int", "one_hot") or len(input_shape) > 1

    def call(self, x: Any) -> Any:
        if isinstance(x, jax.core.Tracer):
            return self._in_program(x)
        values, shape = _flat(x, self.where)
        masked = self.mask_value is not None and self.num_bins > 1
        count = self.num_bins - masked
        bins = (_hashes(values, self.salt) % np.uint64(count)).astype(np.int32)
        if masked:
            bins = np.where(values == self.mask_value, 0, bins + 1).astype(np.int32)
        return self._vectors(bins.reshape(shape))

    def _in_program(self, x: Any) -> Any:
        if self.salt is not None:
            raise DataError(self.where, "no salt inside a compiled program", self.salt, "Call it on the data first.")
        if x.dtype in (jnp.uint32, jnp.uint64, jnp.int64):
            raise DataError(
                self.where,
                "numbers of type int32 inside a compiled program",
                x.dtype,
                "Write .astype('int32'), or call it on the data first.",
            )
        x = x.astype(jnp.int32)
        masked = self.mask_value is not None and self.num_bins > 1
        bins = remainder(farm_hash_of_digits(x), self.num_bins - masked).astype(jnp.int32)
        if masked:
            bins = jnp.where(x == jnp.int32(self.mask_value), 0, bins + 1)
        if self.output_mode == "int":
            return bins
        return encoded(jnp.atleast_1d(bins), self.output_mode, self.num_bins, numpy_dtype(self.dtype.compute_dtype))


@LAYERS.add()
class HashedCrossing(_Bins):
    """Puts pairs, or more, of categories into bins by the hash of all of them.

    A network that sees the bin can learn what a pair means that its parts do not. It works on the host, when it is
    called on data: ``x = layer((cities, months))``. The bins are those of Keras.

    Args:
        num_bins: how many bins there are.
        output_mode: ``"int"`` the bin's number; ``"one_hot"`` a vector.
        sparse: accepted for Keras's sake; the result is always a dense array.
        name: how summaries, files and errors call it.
        dtype: number type or policy.

    Shapes:
        Several of ``(batch,)``, ``(batch, 1)`` or ``()`` -> one of it in int32, or with num_bins as last axis.

    Example:
        >>> print(HashedCrossing(5)((["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102])))
        [1 4 1 1 3]
    """

    num_bins = field(convert=integer(1))
    output_mode = field("int", convert=one_of("int", "one_hot"))
    sparse = field(False)
    name = field(None, key=False)
    dtype = field(None, convert=as_policy)

    def call(self, x: Any) -> Any:
        if not isinstance(x, (list, tuple)) or len(x) < 2 or all(isinstance(item, (str, int)) for item in x):
            raise DataError(self.where, "at least two columns", f"{x!r:.60}", "Call layer((cities, months)).")
        flat, shapes = zip(*(_flat(column, self.where) for column in x), strict=True)
        first = shapes[0]
        if len(set(shapes)) > 1 or len(first) > 2 or (len(first) == 2 and first[1] != 1):
            raise ShapeError(
                self.where,
                "columns of equal shape (batch,) or (batch, 1)",
                ", ".join(map(str, shapes)),
                "Reshape them.",
            )
        hashed = [_hashes(column, None).tolist() if column.dtype == object else column.tolist() for column in flat]
        pairs = {pair: crossed(pair) % self.num_bins for pair in set(zip(*hashed, strict=True))}
        bins = np.fromiter(map(pairs.__getitem__, zip(*hashed, strict=True)), np.int32, len(flat[0]))
        return self._vectors(bins.reshape(first))
