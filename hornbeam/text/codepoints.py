"""Tokenizers without a vocabulary: characters by their Unicode numbers, and bytes."""

from __future__ import annotations

import unicodedata
from typing import Any

from hornbeam.core.checks import integer, one_of
from hornbeam.core.config import field
from hornbeam.text.subword import LENGTH, SubwordTokenizer

_FORMS = (None, "NFC", "NFKC", "NFD", "NFKD")
_LAST = 0x10FFFF
_NO_CHARACTER = 0xFFFD


class _Plain(SubwordTokenizer):
    """What the two share."""

    lowercase: bool
    normalization_form: Any

    def _plain(self, text: str) -> str:
        text = text.lower() if self.lowercase else text
        return text if self.normalization_form is None else unicodedata.normalize(self.normalization_form, text)


class UnicodeCodepointTokenizer(_Plain):
    """Characters as their Unicode numbers.

    Args:
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        lowercase: whether texts are brought to lower case.
        normalization_form: ``"NFC"``, ``"NFKC"``, ``"NFD"``, ``"NFKD"`` or None: how accents are written.
        errors: accepted for KerasNLP's sake: Python's texts are always whole.
        replacement_char: what stands for a number that is no character.
        input_encoding, output_encoding: accepted for KerasNLP's sake.
        vocabulary_size: characters from this number on are given the last one before it; None for all.
        dtype: ``"int32"`` for numbers, ``"string"`` for the characters themselves.

    Example:
        >>> tokenizer = UnicodeCodepointTokenizer(sequence_length=5)
        >>> tokenizer("Né").tolist(), tokenizer.detokenize([110, 233, 0])
        ([110, 233, 0, 0, 0], 'né')
    """

    sequence_length = field(None, convert=LENGTH)
    lowercase = field(True)
    normalization_form = field(None, convert=one_of(*_FORMS))
    errors = field("replace", convert=one_of("strict", "replace", "ignore"))
    replacement_char = field(_NO_CHARACTER, convert=integer(0))
    input_encoding = field("UTF-8")
    output_encoding = field("UTF-8")
    size = field(None, convert=integer(1, optional=True))

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        kwargs = dict(kwargs)
        if "vocabulary_size" in kwargs:  # a method has this name
            kwargs["size"] = kwargs.pop("vocabulary_size")
        return super()._bind(args, kwargs)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {("vocabulary_size" if name == "size" else name): value for name, value in config.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> UnicodeCodepointTokenizer:
        return cls(**config)

    def _encode(self, texts: list[str]) -> list[list[int]]:
        last = self.vocabulary_size() - 1
        return [[min(ord(letter), last) for letter in self._plain(text)] for text in texts]

    def _decode(self, numbers: list[int]) -> str:
        numbers = [self.replacement_char if 0xD800 <= number < 0xE000 else number for number in numbers]
        return "".join(map(chr, numbers)).rstrip("\0")

    def vocabulary_size(self) -> int:
        """How many numbers there are."""
        return min(self.size or _LAST + 1, _LAST + 1)

    def get_vocabulary(self) -> list[str]:
        """The characters, by number."""
        return list(map(chr, range(self.vocabulary_size())))

    def id_to_token(self, id: int) -> str:
        """The character of a number."""
        return chr(self._checked([id])[0])

    def token_to_id(self, token: str) -> int:
        """The number of a character."""
        return self._checked([ord(token)])[0]


class ByteTokenizer(_Plain):
    """The bytes of texts in UTF-8: 256 numbers for all languages.

    Args:
        lowercase: whether texts are brought to lower case.
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        normalization_form: ``"NFC"``, ``"NFKC"``, ``"NFD"``, ``"NFKD"`` or None: how accents are written.
        errors: what ``detokenize`` does with bytes that make no character: ``"replace"``, ``"ignore"`` or ``"strict"``.
        replacement_char: the number of the character that replaces them.
        dtype: ``"int32"`` for numbers, ``"string"`` for the bytes' characters.

    Example:
        >>> tokenizer = ByteTokenizer()
        >>> tokenizer("Né"), tokenizer.detokenize([110, 195, 169])
        ([110, 195, 169], 'né')

    Reference:
        Xue et al. (2022), ByT5: towards a token-free future with pre-trained byte-to-byte models.
    """

    lowercase = field(True)
    sequence_length = field(None, convert=LENGTH)
    normalization_form = field(None, convert=one_of(*_FORMS))
    errors = field("replace", convert=one_of("strict", "replace", "ignore"))
    replacement_char = field(_NO_CHARACTER, convert=integer(0))

    def _ready(self) -> None:
        self._learn(list(map(chr, range(256))))

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [list(self._plain(text).encode("utf-8", "surrogatepass")) for text in texts]

    def _decode(self, numbers: list[int]) -> str:
        text = bytes(numbers).decode("utf-8", self.errors).rstrip("\0")
        return text.replace(chr(_NO_CHARACTER), chr(self.replacement_char))
