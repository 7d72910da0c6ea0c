"""Texts as layers are given them: one, lists, arrays or columns of them, flat and with their shape."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from hornbeam.core.errors import DataError
from hornbeam.text.words import not_a_text


def flat_strings(inputs: Any, where: str, encoding: str = "utf-8") -> tuple[list[str], tuple[int, ...]]:
    """All texts in order, and the shape that they stand in.

    Args:
        inputs: a text, nested lists, an array or a column of a frame; bytes are decoded.
        where: the layer, for errors.
        encoding: how bytes are written.

    Raises:
        DataError: numbers, None or NaN among them (the row is named), lists of different lengths.

    Example:
        >>> flat_strings([["a"], ["b"]], "example")
        (['a', 'b'], (2, 1))
    """
    if isinstance(inputs, (str, bytes)):
        return [_decoded(inputs, 0, where, encoding)], ()
    if isinstance(inputs, (list, tuple)) and all(type(item) is str for item in inputs):
        return list(inputs), (len(inputs),)
    if isinstance(inputs, jax.core.Tracer):
        raise DataError(where, "texts", "numbers inside a compiled program", "Call it on the data first.")
    if hasattr(inputs, "to_numpy"):
        inputs = inputs.to_numpy()
    try:
        array = np.asarray(inputs, dtype=object)
    except ValueError as error:
        raise DataError(where, "lists of equal length", error, "Fill the short ones up with ''.") from None
    flat = array.ravel().tolist()
    width = max(1, array.size // max(1, len(array))) if array.ndim else 1
    return [_decoded(item, place // width, where, encoding) for place, item in enumerate(flat)], array.shape


def _decoded(item: Any, row: int, where: str, encoding: str) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, bytes):
        try:
            return item.decode(encoding)
        except UnicodeDecodeError as error:
            raise DataError(
                where,
                f"text in {encoding}",
                f"byte 0x{item[error.start]:02x} at offset {error.start} in row {row}",
                "Decode it first: text.decode('latin-1').",
            ) from None
    if isinstance(item, (list, tuple)):
        raise DataError(where, "lists of equal length", f"{item!r:.60} in row {row}", "Fill the short ones up with ''.")
    raise not_a_text(item, row, where)
