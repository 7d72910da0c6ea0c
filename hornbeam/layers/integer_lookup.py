"""IntegerLookup: places in a vocabulary for whole numbers, on the host and in programs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import allowance
from hornbeam.core.checks import integer, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.layers.categories import encoded
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.lookup import Lookup, output_mode, salt
from hornbeam.text.hashing import farm_hash, sip_hash


@LAYERS.add()
class IntegerLookup(Lookup):
    """Places in a vocabulary for whole numbers of any size, such as codes of products; or numbers for places.

    Args:
        max_tokens: how many places there may be, special ones included; None for any.
        num_oov_indices: how many places numbers have that are not known; they share them by the remainder of a
            division.
        mask_token: the number to be left out: place 0 in mode ``"int"``, no trace in the others. None for none.
        oov_token: stands for what is not known, when ``invert`` is True.
        vocabulary: numbers in the order of their places, or the path of a text file with one in each line.
        vocabulary_dtype: accepted for Keras's sake; ``"int64"``.
        idf_weights: for ``"tf_idf"``, what each number weighs.
        invert: whether to go from places to numbers.
        output_mode: as in ``StringLookup``.
        sparse: accepted for Keras's sake; the result is always a dense array.
        pad_to_max_tokens: whether vectors have ``max_tokens`` entries though there are fewer numbers.
        oov_method: ``"floormod"`` the remainder of a division; ``"farmhash"`` FarmHash of the digits, which does not
            fill bins unevenly when numbers have a common divisor, and which no compiled program computes.
        salt: with ``"farmhash"``, one number or two with which SipHash takes its place.
        name: how summaries, files and errors call it.

    With ``num_oov_indices=0`` a number that is not known is an error where the layer is called on arrays; inside a
    compiled program, which cannot stop, it is given -1.

    Shapes:
        As in ``StringLookup``.

    Example:
        >>> layer = IntegerLookup(vocabulary=[12, 36, 1138, 42])
        >>> print(layer(np.array([[12, 1138, 42], [42, 1000, 36]])))
        [[1 3 4]
         [4 0 2]]

    Differs:
        The config holds an adapted vocabulary too, so that copies have it. ``adapt`` may be called where a vocabulary
        was given. Numbers are of 32 bits, and vectors of floats; Keras's are whole numbers of 64 bits.
    """

    max_tokens = field(None, convert=integer(1, optional=True))
    num_oov_indices = field(1, convert=integer(0))
    mask_token = field(None, convert=integer(optional=True))
    oov_token = field(-1, convert=integer(optional=True))
    vocabulary = field(None, key=False, config=False)
    vocabulary_dtype = field("int64", convert=one_of("int64"), config=False)
    idf_weights = field(None, key=False, config=False)
    invert = field(False)
    output_mode = field("int", convert=output_mode)
    sparse = field(False)
    pad_to_max_tokens = field(False)
    oov_method = field("floormod", convert=one_of("floormod", "farmhash"))
    salt = field(None, convert=salt)
    name = field(None, key=False)

    input_dtype = "int32"
    _kind = int

    def build(self, input_shape: Any) -> None:
        self.rowwise = self.output_mode in ("int", "one_hot") or len(input_shape) > 1

    def _ready(self) -> None:
        if self.salt is not None and self.oov_method != "farmhash":
            where = f"{type(self).__name__}, salt"
            raise ArgumentError(where, "oov_method='farmhash' with it", self.oov_method, "Write both, or neither.")
        super()._ready()

    def _changed(self) -> None:
        tokens = np.array(self._words.tokens, np.int64)
        order = np.argsort(tokens, kind="stable")
        self._sorted, self._places = tokens[order], (order + self._words.first).astype(np.int32)

    def call(self, x: Any) -> Any:
        traced = isinstance(x, jax.core.Tracer)
        x = self._whole(x, traced)
        if not self._words.known and traced and allowance.is_open():
            return self._awaited(x)
        self._words.require()
        if self.invert:
            return self._inverted(x)
        numbers = self._numbers(x)
        if self.output_mode == "int":
            return numbers
        if not traced:
            return self._vectors(numbers)
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        vectors = encoded(jnp.atleast_1d(numbers), mode, self._depth, numpy_dtype(self.dtype.compute_dtype))
        if self._words.weights is None:
            return vectors
        weights = jnp.asarray(self._words.padded_weights(self._depth), vectors.dtype)
        return vectors * weights.reshape((1,) * (vectors.ndim - 1) + (-1,))

    def _whole(self, x: Any, traced: bool) -> Any:
        """The input in an integer type: floats are cut in a program, and refused outside of one if not whole."""
        x = x if traced else np.asarray(x.to_numpy() if hasattr(x, "to_numpy") else x)
        if x.dtype.kind in "iu":
            return x
        if traced:
            return x.astype(jnp.int32)
        if x.dtype.kind != "f" or not np.all(x == np.floor(x)):
            fix = "Use StringLookup." if x.dtype.kind in "OSU" else "Use Discretization."
            raise DataError(self.where, "whole numbers", f"{x.ravel()[:3].tolist()} of type {x.dtype}", fix)
        return x.astype(np.int64)

    def _awaited(self, x: Any) -> Any:
        """What only has the right shape, while a model is read from a file whose vocabularies come last."""
        zeros = jnp.zeros_like(x, jnp.int32)
        if self.output_mode == "int":
            return zeros
        depth = int(self._promised or 1)
        allowance.charge((depth,), "float32", self.where)
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        return encoded(jnp.atleast_1d(zeros), mode, depth, numpy_dtype(self.dtype.compute_dtype))

    def _numbers(self, x: Any) -> Any:
        """The place of each number: the same search on the host and in a program."""
        traced = isinstance(x, jax.core.Tracer)
        lib: Any = jnp if traced else np
        narrow = traced and x.dtype.itemsize < 8
        table = lib.asarray(self._narrowed(self._sorted) if narrow else self._sorted)
        places = lib.asarray(self._places)
        x = x.astype(table.dtype)
        near = lib.clip(lib.searchsorted(table, x), 0, len(self._sorted) - 1)
        known = table[near] == x
        masked = lib.zeros_like(known) if self.mask_token is None else x == self.mask_token
        if not traced and self.num_oov_indices == 0:
            self._refuse_unknown(x[~known & ~masked].tolist())
        numbers = lib.where(known, places[near], self._unknown(x, known, traced))
        return lib.where(masked, np.int32(0 if self.output_mode == "int" else -1), numbers)

    def _narrowed(self, table: np.ndarray) -> np.ndarray:
        """Sorted numbers in the type of programs; those that it cannot hold are refused."""
        limits = np.iinfo(np.int32)
        if table[0] < limits.min or table[-1] > limits.max:
            raise DataError(
                self.where,
                "a vocabulary of 32-bit numbers inside a compiled program",
                int(table[-1] if table[-1] > limits.max else table[0]),
                "Call the layer on the data first: x = layer(x).",
            )
        return table.astype(np.int32)

    def _unknown(self, x: Any, known: Any, traced: bool) -> Any:
        """What numbers are given that are not known."""
        count, first = self.num_oov_indices, self._words.first_unknown
        if count < 2:
            return np.int32(first if count else -1)
        if self.oov_method == "floormod":
            return (x % count + first).astype(np.int32)
        if traced:
            raise DataError(
                self.where,
                "oov_method='floormod' inside a compiled program",
                "'farmhash'",
                "Call the layer on the data first: x = layer(x).",
            )
        values, where = np.unique(x, return_inverse=True)
        return (bins(values, count, self.salt) + first)[where.reshape(x.shape)]

    def _inverted(self, x: Any) -> Any:
        lib: Any = jnp if isinstance(x, jax.core.Tracer) else np
        listed = [-1 if token is None else token for token in (*self.get_vocabulary(), self.oov_token)]
        tokens = np.array(listed, np.int64)
        limits = np.iinfo(np.int32)
        if lib is jnp or (tokens.min() >= limits.min and tokens.max() <= limits.max):
            self._narrowed(np.sort(tokens))
            tokens = lib.asarray(tokens.astype(np.int32))
        inside = (x >= 0) & (x < self._words.size)
        return tokens[lib.where(inside, x, self._words.size)]

    def _documents(self, batch: Any) -> list[list[Any]]:
        array = np.asarray(batch.to_numpy() if hasattr(batch, "to_numpy") else batch)
        if array.dtype.kind not in "iu":
            raise DataError(
                f"{self.where}, adapt", "whole numbers", f"type {array.dtype}", "Convert them: x.astype('int64')."
            )
        return array.reshape(-1, array.shape[-1] if array.ndim > 1 else 1).tolist()


def bins(values: np.ndarray, count: int, salt: tuple[int, int] | None) -> np.ndarray:
    """The bin of each whole number by the hash of its digits.

    Shapes:
        ``(n,) -> (n,)``
    """
    digits = (str(value).encode() for value in values.tolist())
    hashed = (farm_hash(data) if salt is None else sip_hash(data, salt) for data in digits)
    return np.fromiter((value % count for value in hashed), np.int32, len(values))
