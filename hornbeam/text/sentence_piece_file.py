"""SentencePiece's ``.model`` files: the few fields of the protocol buffer that tokenizing needs, read strictly."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hornbeam.core.errors import FileError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
UNIGRAM, BPE, WORD, CHAR = range(1, 5)
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_AGAIN = "Get the file again from its source."


@dataclass
class Piece:
    """A piece: its text, its score (a log-probability, or minus the number of its merge) and its kind."""

    text: str = ""
    score: float = 0.0
    kind: int = NORMAL


@dataclass
class SentencePieceFile:
    """What a file says.

    Attributes:
        pieces: by number.
        model: UNIGRAM, BPE, WORD or CHAR.
        byte_fallback: whether unknown characters are given as bytes.
        suffix: whether the mark of white space stands at the ends of words.
        unknown, start, end: texts of the pieces with these offices.
        unknown_text: what stands for unknown characters in decoded texts.
        charsmap: the rules that bring characters to normal form, compiled.
        dummy_prefix: whether a space is put before texts.
        single_spaces: whether spaces at both ends are taken away, and several made one.
        escaped_spaces: whether spaces are written as ``▁``.
    """

    pieces: list[Piece] = field(default_factory=list)
    model: int = UNIGRAM
    byte_fallback: bool = False
    suffix: bool = False
    unknown: str = "<unk>"
    start: str = "<s>"
    end: str = "</s>"
    unknown_text: str = " \u2047 "
    charsmap: bytes = b""
    dummy_prefix: bool = True
    single_spaces: bool = True
    escaped_spaces: bool = True


# number of the field in the file -> our name and how it is read, for three of the file's messages
_PIECE = {1: ("text", "text"), 2: ("score", "float"), 3: ("kind", "int")}
_TRAINER = {
    3: ("model", "int"),
    24: ("suffix", "bool"),
    35: ("byte_fallback", "bool"),
    44: ("unknown_text", "text"),
    45: ("unknown", "text"),
    46: ("start", "text"),
    47: ("end", "text"),
}
_NORMALIZER = {
    2: ("charsmap", "bytes"),
    3: ("dummy_prefix", "bool"),
    4: ("single_spaces", "bool"),
    5: ("escaped_spaces", "bool"),
}


def parse(data: bytes, where: str) -> SentencePieceFile:
    """Reads the bytes of a file.

    Args:
        data: the file.
        where: its name, for errors.

    Raises:
        FileError: it is cut off, altered, or no such file.
    """
    found = SentencePieceFile()
    for number, value in _fields(memoryview(data), where):
        if number == 1:
            found.pieces.append(Piece(**_read(_message(value, where), _PIECE, where)))
        elif number in (2, 3):
            table = _TRAINER if number == 2 else _NORMALIZER
            found.__dict__.update(_read(_message(value, where), table, where))
    texts = [piece.text for piece in found.pieces]
    unknown = [piece for piece in found.pieces if piece.kind == UNKNOWN]
    if len(unknown) != 1 or len(set(texts)) < len(texts) or not all(texts):
        raise FileError(
            where,
            "a SentencePiece model: pieces that differ, one of which is for what is unknown",
            f"{len(texts)} pieces, {len(set(texts))} of them different, {len(unknown)} for what is unknown",
            _AGAIN,
        )
    return found


def _read(message: memoryview, table: dict[int, tuple[str, str]], where: str) -> dict[str, Any]:
    """The fields of a message that the table names."""
    found: dict[str, Any] = {}
    for number, value in _fields(message, where):
        if number in table:
            name, kind = table[number]
            found[name] = _VALUES[kind](value, f"{where}, {name}")
    return found


def _fields(data: memoryview, where: str) -> Iterator[tuple[int, Any]]:
    """Number and value of each field: an int, four or eight bytes, or a view of as many bytes as it declares."""
    at, size = 0, len(data)
    while at < size:
        key, at = _varint(data, at, where)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(data, at, where)
            yield number, value
            continue
        if kind == _BYTES:
            length, at = _varint(data, at, where)
        elif kind in (_FOUR_BYTES, _EIGHT_BYTES):
            length = 4 if kind == _FOUR_BYTES else 8
        else:
            raise FileError(where, "a SentencePiece model", f"a field of type {kind} at byte {at}", _AGAIN)
        if length > size - at:
            raise FileError(
                where, f"{length:,} bytes, as the field at byte {at} declares", f"{size - at:,}: it is cut off", _AGAIN
            )
        yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int, where: str) -> tuple[int, int]:
    """A number of up to 64 bits in groups of seven, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise FileError(where, "a whole number", "the end of the data: it is cut off", _AGAIN)
        byte = data[at]
        value, at = value | (byte & 0x7F) << shift, at + 1
        if byte < 0x80:
            return value, at
    raise FileError(where, "a number of at most 64 bits", f"a longer one before byte {at}", _AGAIN)


def _message(value: Any, where: str) -> memoryview:
    if not isinstance(value, memoryview):
        raise FileError(where, "a SentencePiece model", f"the number {value} where a message should be", _AGAIN)
    return value


def _text(value: Any, where: str) -> str:
    try:
        return bytes(_message(value, where)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(where, "text in UTF-8", f"a wrong byte at offset {error.start} of it", _AGAIN) from None


def _float(value: Any, where: str) -> float:
    if not isinstance(value, memoryview) or len(value) != 4:
        raise FileError(where, "a number of four bytes", repr(value), _AGAIN)
    return struct.unpack("<f", value)[0]


def _int(value: Any, where: str) -> int:
    if not isinstance(value, int):
        raise FileError(where, "a whole number", f"{len(value)} bytes", _AGAIN)
    return value


_VALUES = {
    "text": _text,
    "float": _float,
    "int": _int,
    "bool": lambda value, where: bool(_int(value, where)),
    "bytes": lambda value, where: bytes(_message(value, where)),
}
