"""From what users hold (lists, frames, tensors, sparse matrices, files) to arrays with rows along axis 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import DataError


def is_array(value: Any) -> bool:
    """Whether a value is array-like with rows: it has a shape and a number type."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def is_on_disk(value: Any) -> bool:
    """Whether an array lives in a file and is to be read chunk by chunk: numpy.memmap, HDF5 datasets."""
    return isinstance(value, np.memmap) or (type(value).__module__.startswith("h5py") and is_array(value))


def is_sparse(value: Any) -> bool:
    """Whether a value is a matrix of scipy.sparse."""
    return type(value).__module__.startswith("scipy.sparse")


def is_frame(value: Any) -> bool:
    """Whether a value is a pandas (or polars) frame or series."""
    return type(value).__module__.split(".")[0] in ("pandas", "polars") and hasattr(value, "to_numpy")


def map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    """Applies a function to every array of nested tuples and dicts; a list of arrays counts as a tuple."""
    if structure is None:
        return None
    if isinstance(structure, dict):
        return {key: map_leaves(function, value) for key, value in structure.items()}
    if isinstance(structure, tuple) or (isinstance(structure, list) and holds_arrays(structure)):
        return tuple(map_leaves(function, value) for value in structure)
    return function(structure)


def map_nested(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Applies a function to the leaves of equally built dicts, lists and tuples, which keep their kinds."""
    if isinstance(tree, dict):
        return {key: map_nested(function, tree[key], *(other[key] for other in others)) for key in tree}
    if isinstance(tree, (list, tuple)):
        return type(tree)([map_nested(function, *parts) for parts in zip(tree, *others, strict=True)])
    return function(tree, *others)


def leaves(structure: Any) -> list[Any]:
    """The arrays of a nested structure, in order; None is left out."""
    found: list[Any] = []
    map_leaves(found.append, structure)
    return found


def holds_arrays(values: list[Any]) -> bool:
    """Whether a list is one of several arrays, not itself one array's rows."""
    return bool(values) and all(is_array(value) or is_frame(value) for value in values) and np.ndim(values[0]) > 0


def as_array(value: Any, where: str) -> Any:
    """One array that the device can take, floats in ``floatx()``, whole numbers in at most 32 bits.

    Arrays on disk and sparse matrices stay as they are, to be read in chunks.

    Raises:
        DataError: text columns, ragged lists, NaN.
    """
    if is_on_disk(value):
        return value
    if is_sparse(value):
        return value.tocsr()  # the format whose rows can be cut
    if is_frame(value):
        _refuse_text_columns(value, where)
        value = value.to_numpy()
    if not is_array(value):
        try:
            value = np.asarray(value)
        except ValueError as error:
            raise DataError(
                where, "rows of equal length", f"a ragged list ({error})", "Fill the short rows up with zeros."
            ) from None
    elif not isinstance(value, np.ndarray) and type(value).__module__.split(".")[0] == "torch":
        value = value.detach().cpu().numpy()
    return narrow(value, where)


def narrow(value: Any, where: str) -> Any:
    """The array in the types that programs use."""
    kind = np.dtype(value.dtype).kind if str(value.dtype) != "bfloat16" else "f"
    if kind in "OSU":
        try:
            value, kind = np.asarray(value, dtype=np.float64), "f"
        except (ValueError, TypeError):
            sample = next((item for item in np.ravel(value).tolist() if not _is_number(item)), None)
            raise DataError(
                where,
                "numbers",
                f"text or objects, such as {sample!r}",
                "Encode it first: texts with x = TextVectorization(…)(texts), categories with pandas.get_dummies.",
            ) from None
    if kind == "f" and str(value.dtype) not in (floatx(), "float16", "bfloat16"):
        return value.astype(floatx())
    if kind in "iu" and value.dtype.itemsize == 8 and floatx() != "float64":
        return value.astype(np.int32)
    if kind not in "fiub":
        raise DataError(where, "numbers", f"type {value.dtype}", "Convert it with .astype('float32').")
    return value


def _is_number(item: Any) -> bool:
    try:
        float(item)
    except (ValueError, TypeError):
        return False
    return True


def _refuse_text_columns(frame: Any, where: str) -> None:
    columns = getattr(frame, "columns", None)
    if columns is None:
        return
    text = [str(name) for name in columns if _is_text(frame[name])]
    if text:
        raise DataError(
            where,
            "columns of numbers",
            f"text in column{'s' if len(text) > 1 else ''} {', '.join(map(repr, text))}",
            "Drop them, or encode them with pandas.get_dummies.",
        )


def _is_text(column: Any) -> bool:
    values = column.to_numpy()
    return values.dtype.kind in "OSU" and any(isinstance(item, (str, bytes)) for item in values)


def check_numbers(value: Any, where: str, names: list[Any] | None = None) -> None:
    """Refuses NaN, naming how many there are and in which columns, by number or by the names of a frame's.

    The product of the array with itself is NaN when, and only when, an entry is: one pass at the memory's speed.
    Only then is it looked for.
    """
    if is_on_disk(value) or is_sparse(value) or value.dtype.kind != "f":
        return
    value = np.asarray(value)
    if value.flags.c_contiguous and value.dtype != np.float16:
        flat = value.reshape(-1)
        with np.errstate(all="ignore"):
            if not np.isnan(np.dot(flat, flat)):
                return
    missing = np.isnan(value)
    total = int(missing.sum())
    if not total:
        return
    places = missing.reshape(len(value), -1).any(axis=0)
    columns = np.flatnonzero(places)
    listed = ", ".join(str(column) if names is None else repr(names[column]) for column in columns[:5])
    listed += ", …" if len(columns) > 5 else ""
    raise DataError(
        where,
        "numbers without gaps",
        f"{total} NaN in {len(columns)} column{'s' if len(columns) > 1 else ''} ({listed})",
        "Fill or drop them: x = np.nan_to_num(x), or x[~np.isnan(x).any(axis=1)].",
    )


def check_rows(arrays: list[tuple[str, Any]], where: str) -> int:
    """The common number of rows of named arrays.

    Raises:
        DataError: arrays of different lengths, or without rows.
    """
    lengths = {name: int(array.shape[0]) for name, array in arrays if len(array.shape)}
    scalars = [name for name, array in arrays if not len(array.shape)]
    if scalars:
        raise DataError(where, "arrays with rows", f"a single number for {scalars[0]}", "Give one entry per sample.")
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(where, "arrays with as many rows", listed, "Check how they were cut.")
    rows = next(iter(lengths.values()), 0)
    if rows == 0:
        raise DataError(where, "at least one row", "an empty array", "Check the selection that made it.")
    return rows
