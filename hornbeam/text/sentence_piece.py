"""SentencePieceTokenizer: pieces of whole texts, spaces included, from a ``.model`` or ``.spm`` file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, FileError
from hornbeam.text import sentence_piece_file as files
from hornbeam.text.charsmap import CharsMap
from hornbeam.text.subword import LENGTH, SubwordTokenizer, library, read_bytes

SPACE = "\u2581"  # ▁, which pieces have for a space


class SentencePieceTokenizer(SubwordTokenizer):
    """Cuts texts into the pieces of a SentencePiece model, and gives the numbers that SentencePiece gives.

    Unigram models take the most probable pieces, ``argmax Σ score(piece)``; BPE models merge neighbours, best first.

    Args:
        proto: the model: the path of a ``.model`` or ``.spm`` file, or its bytes.
        sequence_length: when given, ``tokenize`` gives an array with rows of this length, cut or filled up with 0.
        add_bos: whether texts begin with the piece for the start.
        add_eos: whether texts end with the piece for the end.
        dtype: ``"int32"`` for numbers, ``"string"`` for the pieces themselves.

    Raises:
        FileError: the model cannot be read, is cut off or altered, or is of a kind other than unigram and BPE.

    Reference:
        Kudo & Richardson (2018), SentencePiece: a simple and language independent subword tokenizer; Kudo (2018),
        Subword regularization, section 3.
    """

    proto = field(None, config=False)
    sequence_length = field(None, convert=LENGTH)
    add_bos = field(False)
    add_eos = field(False)

    def _ready(self) -> None:
        where = type(self).__name__
        data: Any = self.__dict__.pop("proto")
        if isinstance(data, (str, os.PathLike)):
            where, data = os.fspath(data), read_bytes(data)
        if not isinstance(data, bytes):
            raise ArgumentError(
                f"{where}, proto", "the path of a .model file, or its bytes", repr(data)[:60], "Give one of them."
            )
        self._file = file = files.parse(data, where)
        if file.model not in (files.UNIGRAM, files.BPE) or not file.escaped_spaces:
            kind = {files.WORD: "word", files.CHAR: "char"}.get(file.model, f"number {file.model}")
            got = f"one of type {kind}" if file.escaped_spaces else "one that keeps spaces"
            raise FileError(where, "a unigram or BPE model", got, "Train one of these.")
        self._learn([piece.text for piece in file.pieces])
        self._unknown = next(n for n, piece in enumerate(file.pieces) if piece.kind == files.UNKNOWN)
        self._bytes = {int(piece.text[1:-1], 16): n for n, piece in enumerate(file.pieces) if _is_byte(piece, where)}
        if file.byte_fallback and len(self._bytes) != 256:
            raise FileError(where, "a piece for each of 256 bytes", f"{len(self._bytes)}", "Get the file again.")
        self._ends = [
            self._office(file.start, "add_bos", where) if self.add_bos else [],
            self._office(file.end, "add_eos", where) if self.add_eos else [],
        ]
        self._normal = CharsMap(file.charsmap, where)
        given = sorted((piece.text for piece in file.pieces if piece.kind == files.USER_DEFINED), key=len, reverse=True)
        self._given = re.compile(f"({'|'.join(map(re.escape, given))})") if given else None
        self._tokenizer = self._made()

    def _office(self, text: str, argument: str, where: str) -> list[int]:
        if text not in self._numbers:
            raise ArgumentError(f"{where}, {argument}", f"a model with a piece {text!r}", "none", "Leave it out.")
        return [self._numbers[text]]

    def _made(self) -> Any:
        """The model for texts in normal form; pieces that no text may contain are given names with a space."""
        lib, file = library(), self._file
        matched = (files.NORMAL, files.USER_DEFINED)
        names = [piece.text if piece.kind in matched else f" {n}" for n, piece in enumerate(file.pieces)]
        if file.model == files.UNIGRAM:
            scores = [piece.score for piece in file.pieces]
            made = lib.Tokenizer(lib.models.Unigram(list(zip(names, scores, strict=True)), self._unknown))
        else:
            model = lib.models.BPE(
                {name: n for n, name in enumerate(names)},
                _merges(file.pieces),
                unk_token=names[self._unknown],
                fuse_unk=True,
            )
            made = lib.Tokenizer(model)
        given = (piece.text for piece in file.pieces if piece.kind == files.USER_DEFINED)
        made.add_tokens([lib.AddedToken(text, normalized=False) for text in given])
        return made

    def _encode(self, texts: list[str]) -> list[list[int]]:
        normal = list(map(self._normal_form, texts))
        found = self._tokenizer.encode_batch(normal, add_special_tokens=False)
        first, last = self._ends
        return [[*first, *self._with_bytes(each, text), *last] for each, text in zip(found, normal, strict=True)]

    def _normal_form(self, text: str) -> str:
        file = self._file
        text = text.encode("utf-8", "replace").decode()  # halves of characters become question marks
        if self._given is None:
            text = self._normal(text)
        else:  # pieces that the user gave stay as they are
            parts = self._given.split(text)
            text = "".join(part if n % 2 else self._normal(part) for n, part in enumerate(parts))
        if file.single_spaces:
            text = " ".join(filter(None, text.split(" ")))
        if text and file.dummy_prefix:
            text = f"{text} " if file.suffix else f" {text}"
        return text.replace(" ", SPACE)

    def _with_bytes(self, found: Any, text: str) -> list[int]:
        """The numbers, with the bytes of unknown characters in the model's place for them."""
        if not self._file.byte_fallback or self._unknown not in found.ids:
            return found.ids
        numbers: list[int] = []
        for number, (start, stop) in zip(found.ids, found.offsets, strict=True):
            unknown = number == self._unknown
            numbers += [self._bytes[byte] for byte in text[start:stop].encode()] if unknown else [number]
        return numbers

    def _decode(self, numbers: list[int]) -> str:
        text = "".join(self._texts(numbers)).replace(SPACE, " ")
        pieces = (self._file.pieces[number] for number in numbers)
        first = next((piece for piece in pieces if piece.kind != files.CONTROL), files.Piece())
        added = first.text.startswith(SPACE) and (self._file.dummy_prefix or self._file.single_spaces)
        return text.removeprefix(" ") if added else text

    def _texts(self, numbers: list[int]) -> Iterator[str]:
        """The text of each piece; bytes that stand together are read together."""
        held = bytearray()
        for number in numbers:
            piece = self._file.pieces[number]
            if piece.kind == files.BYTE:
                held.append(int(piece.text[1:-1], 16))
                continue
            yield held.decode("utf-8", "replace")
            held.clear()
            if piece.kind != files.CONTROL:
                yield self._file.unknown_text if piece.kind == files.UNKNOWN else piece.text
        yield held.decode("utf-8", "replace")


def _is_byte(piece: files.Piece, where: str) -> bool:
    if piece.kind != files.BYTE:
        return False
    text = piece.text
    if (
        len(text) != 6
        or not text.startswith("<0x")
        or not text.endswith(">")
        or set(text[3:5]) - set("0123456789ABCDEF")
    ):
        raise FileError(where, "a byte's piece like <0x0A>", repr(text), "Get the file again from its source.")
    return True


def _merges(pieces: list[files.Piece]) -> list[tuple[str, str]]:
    """The merges that give each piece from two others, the best pieces first."""
    scores = {piece.text: piece.score for piece in pieces if piece.kind == files.NORMAL}
    ranked = sorted((text for text in scores if len(text) > 1), key=scores.__getitem__, reverse=True)
    return [
        (text[:cut], text[cut:])
        for text in ranked
        for cut in range(1, len(text))
        if text[:cut] in scores and text[cut:] in scores
    ]
