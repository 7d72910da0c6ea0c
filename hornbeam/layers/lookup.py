"""StringLookup and IntegerLookup: numbers for words and for categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import allowance
from hornbeam.core.checks import Refused, integer, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError, FileError
from hornbeam.core.symbolic import first_symbolic
from hornbeam.data.adapt import arranged, gives_batches
from hornbeam.layers.categories import encoded
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.layers.vocabulary import AGAIN, Vocabulary, from_lines, read_vocabulary, refuse_paths
from hornbeam.text.hashing import farm_hash, sip_hash
from hornbeam.text.strings import flat_strings

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def output_mode(value: Any) -> str:
    """Converter to the name of an output mode, old names included."""
    return one_of(*MODES)({"binary": "multi_hot", "tf-idf": "tf_idf"}.get(value, value))


def salt(value: Any) -> tuple[int, int] | None:
    """Converter to two whole numbers, from two or one; None stays."""
    if value is None:
        return None
    numbers = (value, value) if isinstance(value, (int, np.integer)) else value
    if not isinstance(numbers, (tuple, list)) or len(numbers) != 2:
        raise Refused("a whole number, or two", "Write salt=133.")
    return tuple(map(integer(), numbers))  # type: ignore[return-value]


def refuse_symbolic(layer: Layer, inputs: Any) -> None:
    """Raises an error where a layer that reads texts is made part of a network."""
    if first_symbolic(inputs) is not None:
        raise DataError(
            layer.where,
            "texts: no compiled program can hold them, so this layer works before the network",
            "a symbolic tensor",
            "Call the layer on the data, x = layer(texts), and give the network x.",
        )


class Lookup(Layer):
    """Base of layers with a vocabulary. A subclass says how it reads inputs and finds numbers."""

    autocast = False
    rowwise = True
    _kind: Any = str  # of tokens
    _promised: int | None = None  # how many numbers a file's description speaks of, whose vocabulary is read later

    max_tokens: int | None
    num_oov_indices: int
    mask_token: Any
    oov_token: Any
    vocabulary: Any
    idf_weights: Any
    invert: bool
    output_mode: str
    pad_to_max_tokens: bool

    def _ready(self) -> None:
        super()._ready()
        if self.max_tokens is not None and self.max_tokens < 2:
            raise ArgumentError(f"{self.where}, max_tokens", "at least 2", self.max_tokens, "Increase it.")
        if self.invert and self.output_mode != "int":
            raise ArgumentError(
                f"{self.where}, output_mode", "'int', as invert is True", repr(self.output_mode), "Leave it out."
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ArgumentError(
                f"{self.where}, max_tokens", "a number, as pad_to_max_tokens is True", "None", "Give max_tokens."
            )
        self._words = Vocabulary(
            self.where,
            self.max_tokens,
            self.num_oov_indices,
            self.mask_token,
            self.oov_token,
            self.output_mode,
            self.invert,
        )
        given, weights = self.__dict__.pop("vocabulary", None), self.__dict__.pop("idf_weights", None)
        if given is not None:
            self.set_vocabulary(given, weights)
        elif weights is not None:
            raise ArgumentError(f"{self.where}, idf_weights", "a vocabulary with them", "none", "Give vocabulary=[…].")

    # -- the vocabulary ------------------------------------------------------------------------------

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Takes a vocabulary; an earlier one is forgotten.

        Args:
            vocabulary: tokens in the order of their numbers, with or without the special ones before them, or the path
                of a text file with one in each line.
            idf_weights: for ``"tf_idf"``, what each token weighs.
        """
        self._words.set(read_vocabulary(vocabulary, self.where, self._kind), idf_weights)
        self._changed()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens by number; without the special ones before them, if they are not to be included."""
        return self._words.listed(include_special_tokens) if self._words.known else []

    def vocabulary_size(self) -> int:
        """How many numbers there are, those of special tokens included."""
        return self._words.size

    def take_vocabulary(self, text: str, where: str) -> None:
        """Takes the vocabulary of a model's file, unless the description had one.

        Args:
            text: a token in each line, the special ones too.
            where: the file, for errors.
        """
        if self._words.known:
            return
        if self.output_mode == "tf_idf":
            raise FileError(
                where, "a vocabulary without weights", "one for 'tf_idf'", "Save the model with the vocabulary given."
            )
        self.set_vocabulary(from_lines(text, where, self._kind))
        if self._promised not in (None, self._words.size):
            raise FileError(where, f"{self._promised} tokens, as the description says", self._words.size, AGAIN)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Finds the vocabulary: the most frequent tokens; what was found before is forgotten.

        Of equally frequent tokens the last in order comes first. For ``"tf_idf"`` each row is a document.

        Args:
            data: tokens in lists, an array, a column of a frame, or an iterable of batches (of inputs alone or of
                ``(inputs, targets)``).
            batch_size: accepted for Keras's sake.
            steps: how many batches to take from an iterable, None for all.
        """
        counts: Counter = Counter()
        documents: Counter = Counter()
        number = 0
        for batch in batches(data, steps, f"{self.where}, adapt"):
            rows = self._documents(batch)
            for row in rows:
                counts.update(row)
                if self.output_mode == "tf_idf":
                    documents.update(iter(dict.fromkeys(row)))
            number += len(rows)
        self._words.learn(counts, documents, number)
        self._changed()

    def _documents(self, batch: Any) -> list[list[Any]]:
        """The tokens of each row."""
        raise NotImplementedError

    def _changed(self) -> None:
        """Called when there is another vocabulary."""

    # -- config --------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        known, weights = self._words.known, self._words.weights
        learned = {
            "vocabulary": self.get_vocabulary() if known else None,
            "idf_weights": None if weights is None else weights.tolist(),
        }
        config = {**super().get_config(), **learned}
        if config["activity_regularizer"] is None:
            del config["activity_regularizer"]  # Keras's lookups do not know the word
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        layer = super().from_config(refuse_paths(cls, config))
        layer._promised = config.get("vocabulary_size")
        return layer

    def _program_key(self) -> Any:
        weights = self._words.weights
        return self._words.tokens, None if weights is None else weights.tobytes()

    # -- results -------------------------------------------------------------------------------------

    @property
    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else self._words.size

    def _vectors(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers on the host in the layer's output mode."""
        dtype = numpy_dtype(self.dtype.compute_dtype)
        if self.output_mode == "one_hot":
            numbers = numbers[..., 0] if numbers.ndim > 1 and numbers.shape[-1] == 1 else numbers
            return (numbers[..., None] == np.arange(self._depth)).astype(dtype)
        numbers = np.atleast_1d(numbers)
        samples = numbers.reshape(-1, numbers.shape[-1])
        rows = np.repeat(np.arange(len(samples)), samples.shape[1])
        bags = self._words.bags(samples.ravel(), rows, len(samples), self._depth, dtype)
        return bags.reshape(*numbers.shape[:-1], self._depth)

    def _refuse_unknown(self, unknown: list[Any]) -> None:
        if unknown:
            raise DataError(
                self.where,
                "only tokens of the vocabulary, as num_oov_indices is 0",
                ", ".join(map(repr, list(dict.fromkeys(unknown))[:5])),
                "Write num_oov_indices=1.",
            )


@LAYERS.add()
class StringLookup(Lookup):
    """Numbers for words, by a vocabulary that is given or found by ``adapt``; or words for numbers.

    It works on the host, when it is called on texts: ``x = layer(words)``. No compiled program can hold texts.

    Args:
        max_tokens: how many numbers there may be, special ones included; None for any.
        num_oov_indices: how many numbers words have that are not known; they share them by FarmHash.
        mask_token: the word to be left out: number 0 in mode ``"int"``, no trace in the others. None for none.
        oov_token: stands for what is not known, when ``invert`` is True.
        vocabulary: words in the order of their numbers, or the path of a text file with one in each line.
        idf_weights: for ``"tf_idf"``, what each word weighs.
        invert: whether to go from numbers to words.
        output_mode: ``"int"`` numbers; ``"one_hot"`` a vector for each word; ``"multi_hot"``, ``"count"`` and
            ``"tf_idf"`` one for each row: which words it has, how often, and that times
            ``log(1 + rows / (1 + rows with the word))``.
        pad_to_max_tokens: whether vectors have ``max_tokens`` entries though there are fewer words.
        sparse: accepted for Keras's sake; the result is always a dense array.
        encoding: how texts given as bytes are written.
        name: how summaries, files and errors call it.
        salt: one number or two, with which SipHash takes FarmHash's place.
        oov_method: accepted for Keras's sake; words are always hashed.

    Shapes:
        ``"int"`` keeps any, in int32; one_hot ``(…, n) -> (…, n, depth)`` and ``(…, 1) -> (…, depth)``; the others
        ``(…, n) -> (…, depth)``, in the layer's float type.

    Example:
        >>> layer = StringLookup(vocabulary=["a", "b", "c", "d"])
        >>> print(layer([["a", "c", "d"], ["d", "z", "b"]]))
        [[1 3 4]
         [4 0 2]]
        >>> print(StringLookup(vocabulary=["a", "b", "c", "d"], invert=True)([[1, 3, 4], [4, 0, 2]]))
        [['a' 'c' 'd']
         ['d' '[UNK]' 'b']]

    Differs:
        The config holds an adapted vocabulary too, so that copies have it. ``adapt`` may be called where a vocabulary
        was given.
    """

    max_tokens = field(None, convert=integer(1, optional=True))
    num_oov_indices = field(1, convert=integer(0))
    mask_token = field(None)
    oov_token = field("[UNK]")
    vocabulary = field(None, key=False, config=False)
    idf_weights = field(None, key=False, config=False)
    invert = field(False)
    output_mode = field("int", convert=output_mode)
    pad_to_max_tokens = field(False)
    sparse = field(False)
    encoding = field("utf-8")
    name = field(None, key=False)
    salt = field(None, convert=salt)
    oov_method = field("floormod", kw_only=True)

    input_dtype = "string"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        refuse_symbolic(self, args)
        return super().__call__(*args, **kwargs)

    def _changed(self) -> None:
        self._index = {token: self._words.first + place for place, token in enumerate(self._words.tokens)}

    def call(self, x: Any) -> Any:
        self._words.require()
        if self.invert:
            return self._inverted(x)
        words, shape = flat_strings(x, self.where, self.encoding)
        numbers = np.array(self.numbers(words), np.int32).reshape(shape)
        return numbers if self.output_mode == "int" else self._vectors(numbers)

    def numbers(self, words: list[str]) -> list[int]:
        """The number of each word; of the mask, where it has none, -1."""
        index, unknowns, first = self._index, self.num_oov_indices, self._words.first_unknown
        masked = {} if self.mask_token is None else {self.mask_token: 0 if self.output_mode == "int" else -1}
        if unknowns == 1:
            index = index | masked if masked else index
            return [index.get(word, first) for word in words]
        if unknowns == 0:
            self._refuse_unknown([word for word in words if word not in index and word not in masked])
        others = {word: first + self._bin(word) for word in set(words).difference(index, masked)}
        index = {**index, **masked, **others}
        return [index[word] for word in words]

    def _bin(self, word: str) -> int:
        data = word.encode()
        return (farm_hash(data) if self.salt is None else sip_hash(data, self.salt)) % self.num_oov_indices

    def _inverted(self, x: Any) -> np.ndarray:
        numbers = np.asarray(x)
        if numbers.dtype.kind not in "iu":
            raise DataError(self.where, "whole numbers, as invert is True", numbers.dtype, "Give what a lookup gave.")
        tokens = np.array([*self.get_vocabulary(), self.oov_token], object)
        inside = (numbers >= 0) & (numbers < self._words.size)
        return tokens[np.where(inside, numbers, -1)]

    def _documents(self, batch: Any) -> list[list[Any]]:
        words, shape = flat_strings(batch, f"{self.where}, adapt", self.encoding)
        width = shape[-1] if len(shape) > 1 else 1
        return [words[start : start + width] for start in range(0, len(words), max(width, 1))]


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
        was given.
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


def batches(data: Any, steps: int | None, where: str) -> Iterator[Any]:
    """The inputs in data: lists, arrays and columns whole, an iterable batch by batch.

    Raises:
        ArgumentError: an iterable that gives nothing.
    """
    if not gives_batches(data):
        yield data
        return
    source = data if hasattr(data, "__iter__") else (data[index] for index in range(len(data)))
    seen = False
    for number, batch in enumerate(source):
        if steps is not None and number >= steps:
            break
        seen = True
        yield arranged(batch)[0] if isinstance(batch, tuple) else batch
    if not seen:
        raise ArgumentError(where, "at least one batch", "none", "Give a list, or an iterable that is not used up.")
