"""StringLookup: numbers for words that are categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.core.errors import DataError
from hornbeam.data.hostarray import shown
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.lookup import Lookup, output_mode, refuse_symbolic, salt
from hornbeam.text.hashing import farm_hash, sip_hash
from hornbeam.text.strings import flat_strings


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
        was given. Numbers are of 32 bits, and vectors of floats; Keras's are whole numbers of 64 bits.
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
        return shown(super().__call__(*args, **kwargs))

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
