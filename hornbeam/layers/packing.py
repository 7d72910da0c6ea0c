"""Layers that bring lists of words to one length before training: StartEndPacker, MultiSegmentPacker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core.checks import Refused, integer, one_of
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.core.holder import Holder
from hornbeam.core.symbolic import first_symbolic
from hornbeam.data.hostarray import shown
from hornbeam.layers.layer import LAYERS

_WORD = (int, str, float, np.integer, np.floating, np.str_)


class OnHost(Holder):
    """Base of layers that work on lists and NumPy arrays, outside of programs; they are no part of a model."""

    trainable = field(False, kw_only=True, key=False)
    dtype = field(None, kw_only=True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if first_symbolic((args, kwargs)) is not None:
            raise ArgumentError(
                self.where, "lists or arrays", "a symbolic tensor", "Call it on the data, before the model."
            )
        return shown(self.call(*args, **kwargs))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Works on lists and arrays."""
        raise NotImplementedError


def rows_of(where: str, value: Any) -> tuple[list[list[Any]], bool]:
    """Lists of words, and whether they are a batch: of one list of words, of lists of them, or of an array."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        value = [item.tolist() if hasattr(item, "tolist") else item for item in value]
        if all(isinstance(item, _WORD) for item in value):
            return [list(value)], False
        if all(isinstance(item, (list, tuple)) and all(isinstance(word, _WORD) for word in item) for item in value):
            return [list(item) for item in value], True
    raise DataError(
        where,
        "numbers or words, in one list or in a list of lists",
        repr(value)[:80],
        "Split texts into words first, with a tokenizer.",
    )


def padded(rows: list[list[Any]], length: int, value: Any, side: str) -> list[list[Any]]:
    """Rows of one length."""
    fill = [[value] * (length - len(row)) for row in rows]
    return [row + more if side == "right" else more + row for row, more in zip(rows, fill, strict=True)]


def as_given(rows: list[list[Any]], batch: bool, dtype: str = "int32") -> Any:
    """Numbers as an array and words as lists; without the batch axis if there was none."""
    words = any(isinstance(word, str) for row in rows for word in row)
    found: Any = rows if words else np.asarray(rows, dtype)
    return found if batch else found[0]


def _words(value: Any) -> Any:
    if value is None or isinstance(value, _WORD):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(word, _WORD) for word in value):
        return list(value)
    raise Refused("a number, a word, a list of them, or None", "Write for example start_value=1.")


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _empty(rows: Sequence[list[Any]], marks: list[Any]) -> Any:
    """What stands for nothing beside these words."""
    return "" if any(isinstance(word, str) for row in (*rows, marks) for word in row) else 0


def _room(where: str, length: int, marks: int) -> int:
    if length < marks:
        raise ArgumentError(
            f"{where}, sequence_length", f"at least {marks}, for the start and end values alone", length, "Enlarge it."
        )
    return length - marks


@LAYERS.add(module="keras_hub.layers")
class StartEndPacker(OnHost):
    """Puts a start and an end around each list of words, and cuts or pads it to one length.

    Args:
        sequence_length: the length of each row that comes out, start and end included.
        start_value: what stands at the start, one or several; None for nothing.
        end_value: what stands at the end, likewise. Words are cut so that it has room.
        pad_value: what fills the rest; None for 0, or ``""`` beside words.
        return_padding_mask: whether to return where there is no padding, too.
        name: how errors call it.
        padding_side: ``"right"`` or ``"left"``.

    The call takes lists or an array, and ``sequence_length``, ``add_start_value`` and ``add_end_value`` for this call.

    Shapes:
        lists of any length -> ``(batch, sequence_length)`` of int32, or lists of words; one list -> one row.

    Example:
        >>> packer = StartEndPacker(sequence_length=6, start_value=1, end_value=2)
        >>> print(packer([[5, 6, 7], [8, 9, 10, 11, 12, 13]]))
        [[ 1  5  6  7  2  0]
         [ 1  8  9 10 11  2]]
    """

    sequence_length = field(convert=integer(1))
    start_value = field(None, convert=_words)
    end_value = field(None, convert=_words)
    pad_value = field(None, convert=_words)
    return_padding_mask = field(False)
    name = field(None, key=False)
    padding_side = field("right", convert=one_of("right", "left"))

    def call(
        self,
        inputs: Any,
        sequence_length: int | None = None,
        add_start_value: bool = True,
        add_end_value: bool = True,
    ) -> Any:
        rows, batch = rows_of(self.where, inputs)
        length = self.sequence_length if sequence_length is None else int(sequence_length)
        start = _listed(self.start_value) if add_start_value else []
        end = _listed(self.end_value) if add_end_value else []
        room = _room(self.where, length, len(start) + len(end))
        packed = [[*start, *row[:room], *end] for row in rows]
        fill = _empty(rows, start + end) if self.pad_value is None else self.pad_value
        output = as_given(padded(packed, length, fill, self.padding_side), batch)
        if not self.return_padding_mask:
            return output
        kept = padded([[True] * len(row) for row in packed], length, False, self.padding_side)
        return output, as_given(kept, batch, "bool")


@LAYERS.add(module="keras_hub.layers")
class MultiSegmentPacker(OnHost):
    """Packs several lists of words into one row, as BERT wants two sentences: start, first, separator, second, end.

    Args:
        sequence_length: the length of each row that comes out.
        start_value: what stands at the start (BERT's ``[CLS]``), one or several.
        end_value: what stands at the end of the last segment (``[SEP]``).
        sep_value: what stands at the end of the others; ``end_value`` when None.
        pad_value: what fills the rest; None for 0, or ``""`` beside words.
        truncate: how segments that are too long are cut: ``"round_robin"`` gives each in turn one word more, until the
            room is used up; ``"waterfall"`` fills the room from the first on.
        padding_side: ``"right"`` or ``"left"``.

    The call takes a tuple of segments, each a list of words, a list of lists or an array; and ``sequence_length``,
    ``add_start_value`` and ``add_end_value`` for this call.

    Shapes:
        a pair: words ``(batch, sequence_length)`` and the number of the segment of each, of int32; padding counts to
        segment 0.

    Example:
        >>> packer = MultiSegmentPacker(sequence_length=8, start_value=101, end_value=102)
        >>> words, segments = packer(([1, 2, 3, 4], [11, 12, 13, 14]))
        >>> print(words, segments)
        [101   1   2   3 102  11  12 102] [0 0 0 0 0 1 1 1]

    Reference:
        Devlin et al. (2019), BERT, section 3.
    """

    sequence_length = field(convert=integer(1))
    start_value = field(convert=_words)
    end_value = field(convert=_words)
    sep_value = field(None, convert=_words)
    pad_value = field(None, convert=_words)
    truncate = field("round_robin", convert=one_of("round_robin", "waterfall"))
    padding_side = field("right", convert=one_of("right", "left"))

    def call(
        self,
        inputs: Any,
        sequence_length: int | None = None,
        add_start_value: bool = True,
        add_end_value: bool = True,
    ) -> Any:
        given = [rows_of(self.where, each) for each in (inputs if isinstance(inputs, tuple) else (inputs,))]
        segments, batches = [rows for rows, _ in given], {batch for _, batch in given}
        if len(batches) != 1 or len({len(rows) for rows in segments}) != 1:
            raise DataError(
                self.where,
                "segments of equally many samples",
                " and ".join(f"{len(rows)} rows" if batch else "a single list" for rows, batch in given) or "none",
                "Give a tuple (first sentences, second sentences).",
            )
        length = self.sequence_length if sequence_length is None else int(sequence_length)
        end = _listed(self.end_value)
        separator = end if self.sep_value is None else _listed(self.sep_value)
        start, end = _listed(self.start_value) if add_start_value else [], end if add_end_value else []
        ends = [separator] * (len(segments) - 1) + [end]
        room = _room(self.where, length, len(start) + sum(map(len, ends)))
        words, numbers = [], []
        for parts in zip(*segments, strict=True):
            kept = _shares([len(part) for part in parts], room, self.truncate)
            packed = [[*part[:count], *mark] for part, count, mark in zip(parts, kept, ends, strict=True)]
            words.append(start + [word for part in packed for word in part])
            numbers.append([0] * len(start) + [number for number, part in enumerate(packed) for _ in part])
        fill = _empty(words, []) if self.pad_value is None else self.pad_value
        return tuple(
            as_given(padded(rows, length, value, self.padding_side), True in batches)
            for rows, value in ((words, fill), (numbers, 0))
        )


def _shares(lengths: list[int], room: int, how: str) -> list[int]:
    """How many words of each segment are kept.

    Example:
        >>> _shares([5, 1, 5], 7, "round_robin"), _shares([5, 1, 5], 7, "waterfall")
        ([3, 1, 3], [5, 1, 1])
    """
    kept = []
    if how == "waterfall":
        for length in lengths:
            kept.append(min(length, room))
            room -= kept[-1]
        return kept
    level = 0  # each segment is cut to this length, and the first ones may have one word more
    while level < max(lengths, default=0) and sum(min(length, level + 1) for length in lengths) <= room:
        level += 1
    rest = room - sum(min(length, level) for length in lengths)
    for length in lengths:
        more = int(length > level and rest > 0)
        kept.append(min(length, level) + more)
        rest -= more
    return kept
