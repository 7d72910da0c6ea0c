"""WordPieceTokenizer: words in pieces, as BERT has them."""

from __future__ import annotations

from typing import Any

from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean
from hornbeam.text.subword import LENGTH, SubwordTokenizer, library, listed


class WordPieceTokenizer(SubwordTokenizer):
    """Cuts words into the longest pieces that the vocabulary has, from left to right, as BERT does.

    Args:
        vocabulary: the pieces by number, in a list or in a text file with one in each line.
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        lowercase: whether texts are brought to lower case.
        strip_accents: whether accents are taken off letters.
        split: whether texts are cut at white space and punctuation first; otherwise each is one word.
        split_on_cjk: whether each Chinese character counts as a word.
        suffix_indicator: what pieces begin with that do not begin a word.
        oov_token: the piece for words that cannot be made of pieces.
        special_tokens: pieces that the vocabulary must have, such as ``"[CLS]"``.
        special_tokens_in_strings: whether ``"[CLS]"`` in a text is that piece, or five characters.
        dtype: ``"int32"`` for numbers, ``"string"`` for the pieces themselves.

    Example:
        >>> tokenizer = WordPieceTokenizer(["[UNK]", "the", "qu", "##ick", "br", "##own", "fox", "."], lowercase=True)
        >>> tokenizer("The quick brown fox.")
        [1, 2, 3, 4, 5, 6, 7]
        >>> tokenizer.detokenize([1, 2, 3, 4, 5, 6, 7])
        'the quick brown fox .'

    Reference:
        Wu et al. (2016), Google's neural machine translation system, section 4.1.
    """

    vocabulary = field(None, config=False)
    sequence_length = field(None, convert=LENGTH)
    lowercase = field(False)
    strip_accents = field(False)
    split = field(True)
    split_on_cjk = field(True)
    suffix_indicator = field("##")
    oov_token = field("[UNK]")
    special_tokens = field(None)
    special_tokens_in_strings = field(False)

    def _ready(self) -> None:
        where = type(self).__name__
        self._learn(listed(self.__dict__.pop("vocabulary"), where))
        needed = {"oov_token": [self.oov_token], "special_tokens": list(self.special_tokens or [])}
        for name, tokens in needed.items():
            missing = [token for token in tokens if token not in self._numbers]
            if missing:
                raise ArgumentError(
                    f"{where}, {name}",
                    "tokens of the vocabulary",
                    ", ".join(map(repr, missing)),
                    f"Add it to the vocabulary. {did_you_mean(str(missing[0]), self._tokens[:10])}",
                )
        self._tokenizer = self._made()

    def _made(self) -> Any:
        lib = library()
        model = lib.models.WordPiece(
            vocab=self._numbers,
            unk_token=self.oov_token,
            max_input_chars_per_word=100,
            continuing_subword_prefix=self.suffix_indicator,
        )
        made = lib.Tokenizer(model)
        made.normalizer = normalizer(self.lowercase, self.strip_accents, self.split and self.split_on_cjk)
        if self.split:
            made.pre_tokenizer = lib.pre_tokenizers.BertPreTokenizer()
        if self.special_tokens_in_strings:
            made.add_special_tokens(list(self.special_tokens or []))
        return made

    def get_config(self) -> dict[str, Any]:
        return {"vocabulary": self.get_vocabulary(), **super().get_config()}

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [found.ids for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _decode(self, numbers: list[int]) -> str:
        joined = ""
        for token in map(self._tokens.__getitem__, numbers):
            inside = self.suffix_indicator and token.startswith(self.suffix_indicator) and joined
            joined += token.removeprefix(self.suffix_indicator) if inside else f" {token}"
        return joined.strip()


def normalizer(lowercase: bool, strip_accents: bool, split_on_cjk: bool) -> Any:
    """What is done to texts before they are cut into words."""
    return library().normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=split_on_cjk, strip_accents=strip_accents, lowercase=lowercase
    )
