"""TextVectorization: from texts to numbers of their words, or to one vector each."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, integer, one_of
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, DataError, ShapeError
from hornbeam.core.registry import did_you_mean
from hornbeam.data.hostarray import shown
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.lookup import Lookup, output_mode, refuse_symbolic
from hornbeam.text.strings import flat_strings

_PUNCTUATION = string.punctuation.encode()
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
# Work on bytes: it is TensorFlow's rule, which Keras follows (only ASCII letters are brought to lower case, only
# ASCII white space separates words), and Python's fastest way of doing all of it.
_STANDARDIZE: dict[Any, Callable[[bytes], bytes]] = {
    None: lambda text: text,
    "lower": lambda text: text.translate(_LOWER),
    "strip_punctuation": lambda text: text.translate(None, _PUNCTUATION),
    "lower_and_strip_punctuation": lambda text: text.translate(_LOWER, _PUNCTUATION),
}
_SPLIT = ("whitespace", "character")


def _word_for(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Converter to one of the names, a function or None."""

    def convert(value: Any) -> Any:
        if value is None or callable(value) or value in names:
            return value
        raise Refused(f"{', '.join(map(repr, names))}, a function or None", did_you_mean(str(value), list(names)))

    return convert


def _ngrams(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, (tuple, list)):
        return tuple(map(integer(1), value))
    return integer(1)(value)


@LAYERS.add()
class TextVectorization(Lookup):
    """Turns texts into numbers: it standardises them, splits them into words, and looks these up in a vocabulary.

    It works on the host, when it is called on texts: ``x = layer(texts)``. No compiled program can hold texts.

    Args:
        max_tokens: how many numbers there may be, special ones included; None for any.
        standardize: ``"lower_and_strip_punctuation"``, ``"lower"``, ``"strip_punctuation"``, None, or a function from
            an array of texts to one of the same shape. Only ASCII letters and punctuation are meant.
        split: ``"whitespace"``, ``"character"``, None (each text is one word), or a function from an array of texts to
            a list of lists of words.
        ngrams: 2 gives each word, and each two words in a row, joined by a space; a tuple gives the lengths it names.
        output_mode: ``"int"`` numbers; ``"multi_hot"``, ``"count"`` and ``"tf_idf"`` a vector for each text: which
            words it has, how often, and that times ``log(1 + texts / (1 + texts with the word))``.
        output_sequence_length: length to which the numbers of each text are cut or filled up with 0; that of the
            longest one in the call when None. Only for ``"int"``.
        pad_to_max_tokens: whether vectors have ``max_tokens`` entries though there are fewer words.
        vocabulary: words in the order of their numbers, or the path of a text file with one in each line.
        idf_weights: for ``"tf_idf"``, what each word weighs.
        sparse: accepted for Keras's sake; the result is always a dense array.
        ragged: False; texts of different lengths are filled up.
        encoding: how texts given as bytes are written.
        name: how summaries, files and errors call it.

    In mode ``"int"`` number 0 is for filling up and 1 for words that are not known; in the others 0 is for these.

    Shapes:
        ``(batch,)`` or ``(batch, 1)`` -> ``(batch, time)`` in int32, or ``(batch, depth)`` in the layer's float type.

    Example:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'baz', 'bar', 'foo', 'boom', 'bada']
        >>> print(layer(["Foo qux: bar!", "qux baz"]))
        [[4 1 3 0]
         [1 2 0 0]]

    Differs:
        The config holds an adapted vocabulary too, so that copies have it. ``adapt`` may be called where a vocabulary
        was given. Numbers are of 32 bits, and vectors of floats; Keras's are whole numbers of 64 bits.
        ``output_mode="one_hot"``, which Keras lets pass and which fails there, is refused.
    """

    max_tokens = field(None, convert=integer(1, optional=True))
    standardize = field("lower_and_strip_punctuation", convert=_word_for(tuple(_STANDARDIZE)[1:]))
    split = field("whitespace", convert=_word_for(_SPLIT))
    ngrams = field(None, convert=_ngrams)
    output_mode = field("int", convert=output_mode)
    output_sequence_length = field(None, convert=integer(1, optional=True))
    pad_to_max_tokens = field(False)
    vocabulary = field(None, key=False, config=False)
    idf_weights = field(None, key=False, config=False)
    sparse = field(False)
    ragged = field(False, convert=one_of(False))
    encoding = field("utf-8")
    name = field(None, key=False)

    input_dtype = "string"
    num_oov_indices = 1
    mask_token = ""
    oov_token = "[UNK]"
    invert = False

    def _ready(self) -> None:
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise ArgumentError(
                f"{type(self).__name__}, output_sequence_length",
                "None, as output_mode is not 'int'",
                self.output_sequence_length,
                "Leave it out.",
            )
        if self.output_mode == "one_hot":
            raise ArgumentError(
                f"{type(self).__name__}, output_mode",
                "'int', 'multi_hot', 'count' or 'tf_idf'",
                "'one_hot'",
                "Write 'multi_hot' for a vector of each text.",
            )
        self._table: dict[bytes, int] = {}
        super()._ready()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        refuse_symbolic(self, args)
        return shown(super().__call__(*args, **kwargs))

    def _changed(self) -> None:
        first = self._words.first
        self._table = {token.encode(): first + place for place, token in enumerate(self._words.tokens)}
        self._table[b""] = 0 if self.output_mode == "int" else -1

    def call(self, x: Any) -> Any:
        self._words.require()
        texts, given = flat_strings(x, self.where, self.encoding)
        documents, shape = self._documents_in(texts, given, self.where)
        lengths = np.fromiter(map(len, documents), np.int64, len(documents))
        unknown, find = self._words.first_unknown, self._table.get
        numbers = np.fromiter(
            (find(token, unknown) for token in chain.from_iterable(documents)), np.int32, int(lengths.sum())
        )
        if self.output_mode == "int":
            whole = self.split is None and self.ngrams is None and self.output_sequence_length is None
            if whole and len(given) < 2:  # a text is a word, and keeps its place
                return numbers.reshape(given)
            filled = self._filled(numbers, lengths)
            return filled.reshape(*shape, filled.shape[-1])
        rows = np.repeat(np.arange(len(lengths)), lengths)
        dtype = numpy_dtype(self.dtype.compute_dtype)
        return self._words.bags(numbers, rows, len(lengths), self._depth, dtype).reshape(*shape, self._depth)

    def _filled(self, numbers: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """``(texts, time)``, cut or filled up with 0."""
        longest = int(lengths.max(initial=0))
        length = self.output_sequence_length or longest
        filled = np.zeros((len(lengths), longest), np.int32)
        filled[np.arange(longest) < lengths[:, None]] = numbers
        return filled[:, :length] if longest >= length else np.pad(filled, ((0, 0), (0, length - longest)))

    # -- words ---------------------------------------------------------------------------------------

    def _documents(self, batch: Any) -> list[list[Any]]:
        where = f"{self.where}, adapt"
        documents, _ = self._documents_in(*flat_strings(batch, where, self.encoding), where)
        return documents

    def _named(self, counts: Counter) -> Counter:
        return Counter({token.decode(): count for token, count in counts.items()})

    def _documents_in(
        self, texts: list[str], shape: tuple[int, ...], where: str
    ) -> tuple[list[list[bytes]], tuple[int, ...]]:
        """The words, or runs of words, of each document, in UTF-8, and the shape in which the documents stand.

        A document is a text; or, where texts are not split, a row of them.
        """
        documents = self._split_up(self._standardized(texts, where), where)
        if len(shape) > 1:
            *shape, width = shape  # type: ignore[assignment]
            if self.split is None:
                starts = range(0, len(documents), max(width, 1))
                documents = [list(chain.from_iterable(documents[start : start + width])) for start in starts]
            elif width != 1:
                raise ShapeError(
                    where,
                    "texts in shape (batch,) or (batch, 1)",
                    f"shape {(*shape, width)}",
                    "Join those of a row, or write split=None for words.",
                )
        if self.ngrams is not None:
            documents = [self._runs(tokens) for tokens in documents]
        return documents, tuple(shape)

    def _standardized(self, texts: list[str], where: str) -> list[bytes]:
        if callable(self.standardize):
            given = np.array(texts)
            texts, shape = flat_strings(self.standardize(given), f"{where}, standardize")
            if shape != given.shape:
                raise DataError(f"{where}, standardize", f"texts of shape {given.shape}", shape, "Keep the shape.")
            return [text.encode() for text in texts]
        standard = _STANDARDIZE[self.standardize]
        return [standard(text.encode("utf-8", "replace")) for text in texts]

    def _split_up(self, texts: list[bytes], where: str) -> list[list[bytes]]:
        if callable(self.split):
            given = np.array([text.decode() for text in texts])
            split = [flat_strings(words, f"{where}, split")[0] for words in self.split(given)]
            if len(split) != len(texts):
                raise DataError(f"{where}, split", f"words for each of {len(texts)} texts", len(split), "Give a list.")
            return [[word.encode() for word in words] for words in split]
        if self.split == "whitespace":
            return [text.split() for text in texts]
        if self.split == "character":
            return [[letter.encode() for letter in text.decode()] for text in texts]
        return [[text] for text in texts]

    def _runs(self, tokens: list[bytes]) -> list[bytes]:
        """As many words in a row as ``ngrams`` says, the shortest runs first."""
        lengths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return [
            b" ".join(tokens[start : start + length]) for length in lengths for start in range(len(tokens) - length + 1)
        ]
