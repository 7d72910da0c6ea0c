"""Weights in files: written from a model, compared with a model, and set all at once or not at all."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.variable import Variable
from hornbeam.layers.lookup import Lookup
from hornbeam.saving import formats, hdf5, legacy_file, legacy_h5, npz, tensors
from hornbeam.saving.archive import AGAIN, Archive, open_file
from hornbeam.saving.atomic import replacing
from hornbeam.saving.folder import Folder
from hornbeam.saving.formats import recognise
from hornbeam.saving.tree import Place, places, refuse

WEIGHTS = "model.weights.h5"
_OPTIMIZER = "optimizer"
_LONGEST_LIST = 2**26


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Saves a model's weights; see ``Model.save_weights``."""
    path = os.fspath(filepath)
    if path.endswith(".safetensors"):
        refuse_existing(path, overwrite)
        return tensors.save_weights(model, path)
    if not path.endswith((".h5", ".hdf5", ".npz")):
        fix = f"Write {_stem(path)}.weights.h5."
        raise FileError(path, "a name that ends in .weights.h5, .h5, .hdf5, .npz or .safetensors", repr(path), fix)
    refuse_existing(path, overwrite)
    if path.endswith(".weights.h5"):
        data = hdf5.write(weight_groups(model))
    else:
        data = npz.write(weight_groups(model)) if path.endswith(".npz") else legacy_file.write_weights(model)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


def weight_groups(model: Any) -> dict[str, hdf5.Group]:
    """A model's weights by path, as files have them."""
    return {
        place.path: hdf5.Group(
            place.layer.name,
            [variable.numpy() for variable in place.weights],
            place.layer.named_arrays() if isinstance(place.layer, Lookup) else {},
        )
        for place in places(model)
    }


def optimizer_group(optimizer: Any) -> dict[str, hdf5.Group]:
    """An optimizer's values in Keras's order: iteration, learning rate, then those beside the weights."""
    return {_OPTIMIZER: hdf5.Group(optimizer.name, [variable.numpy() for variable in optimizer.variables])}


def load_weights(
    model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, max_bytes: int | None = None
) -> None:
    """Sets a model's weights from a file; see ``Model.load_weights``."""
    path = os.fspath(filepath)
    kind = recognise(path)
    if kind == formats.TENSORS:
        return tensors.load_weights(model, path)
    if kind == formats.JSON:
        raise FileError(path, "weights", formats.NAMES[kind], "Make a model of it with model_from_json.")
    if kind == formats.NPZ:
        npz.load(model, path, skip_mismatch, max_bytes)
    elif kind == formats.H5:
        with open_file(path) as file, hdf5.opening(file, os.fstat(file.fileno()).st_size, path, max_bytes) as opened:
            if legacy_h5.is_legacy(opened):
                legacy_h5.load(model, opened, skip_mismatch, by_name)
            else:
                put(_matched(model, hdf5.by_layer([opened]), path, skip_mismatch, by_name), path)
    else:
        with source(path, kind) as members, stored_in(members, max_bytes) as (stored, where):
            put(_matched(model, stored, where, skip_mismatch, by_name), where)


def source(path: str, kind: str) -> Archive | Folder:
    """A ``.keras`` file, an unpacked one, or a folder with weights in several files, to be read member by member."""
    if kind == formats.SHARDS:
        return Folder(os.path.dirname(os.path.abspath(path)), [os.path.basename(path)])
    return Folder(path) if kind == formats.FOLDER else Archive(path)


@contextlib.contextmanager
def stored_in(file: Archive | Folder, max_bytes: int | None) -> Iterator[tuple[dict[str, hdf5.Stored], str]]:
    """The weights of an archive or a folder, in one file or in several, and what errors call them."""
    with contextlib.ExitStack() as stack:
        files = []
        for member, size, where in _members(file, file.size if max_bytes is None else max_bytes):
            files.append(stack.enter_context(hdf5.opening(stack.enter_context(member), size, where, max_bytes)))
        yield hdf5.by_layer(files), files[0].where


def _members(file: Archive | Folder, most: int) -> Iterator[tuple[io.RawIOBase | BinaryIO, int, str]]:
    """Each file of weights, its length, its name. A list of several names them; only those beside it are read."""
    lists = file.names("", ".weights.json")
    if WEIGHTS in file.names("", WEIGHTS) or len(lists) != 1:
        yield *file.opened(WEIGHTS, most), f"{file.path}, {WEIGHTS}"
        return
    where = f"{file.path}, {lists[0]}"
    try:
        named = json.loads(file.read(lists[0], _LONGEST_LIST))["weight_map"].values()
        names = sorted({str(name) for each in named for name in (each if isinstance(each, list) else [each])})
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise FileError(where, "a weight_map from arrays to files", str(error), AGAIN) from error
    stem = lists[0].removesuffix(".weights.json")
    wrong = [name for name in names if not re.fullmatch(re.escape(stem) + r"_\d{5}\.weights\.h5", name)]
    if wrong or not names:
        expected = f"names like {stem}_00000.weights.h5"
        raise FileError(where, expected, repr(wrong[0]) if wrong else "none", AGAIN)
    for name in names:
        member, size = file.opened(name, most)
        most -= size  # all of them together
        yield member, size, f"{file.path}, {name}"


def refuse_existing(path: str, overwrite: bool) -> None:
    """Raises a FileError where a file stands that may not be replaced."""
    if not overwrite and os.path.exists(path):
        raise FileError(path, "a name that is free", "a file of that name", "Choose another, or pass overwrite=True.")


def put(pairs: Iterable[tuple[Variable, Any]], where: str) -> None:
    """Reads every array, and sets the variables when all are there."""
    arrays = [(variable, hdf5.load(dataset, where)) for variable, dataset in pairs]
    for variable, array in arrays:
        variable.slot = array.astype(numpy_dtype(variable.dtype), copy=False)  # nobody else holds it


def read_all(model: Any, stored: dict[str, hdf5.Stored], where: str) -> None:
    """Sets all weights of a model from an open file, which must hold them all and no others."""
    put(_matched(model, stored, where, False, False), where)


def read_optimizer(optimizer: Any, stored: dict[str, hdf5.Stored], where: str) -> None:
    """Sets an optimizer's values from an open file; a file without them leaves it as new.

    Raises:
        FileError: the file has values of another optimizer, or of other weights.
    """
    if _OPTIMIZER not in stored:
        return
    variables, datasets = optimizer.variables, stored[_OPTIMIZER].datasets
    if len(datasets) == len(variables) - 1 and datasets[0].shape == ():
        variables = [variables[0], *variables[2:]]  # Keras 2 kept no learning rate among them
    if [v.shape for v in variables] != [d.shape for d in datasets]:
        raise FileError(
            f"{where}, {_OPTIMIZER}/vars",
            f"the {len(variables)} arrays of {type(optimizer).__name__} for this model",
            f"{len(datasets)} of other shapes or number",
            "Load it with compile=False, and compile anew.",
        )
    put(zip(variables, datasets, strict=True), where)


def _matched(
    model: Any, stored: dict[str, hdf5.Stored], where: str, skip_mismatch: bool, by_name: bool
) -> list[tuple[Variable, Any]]:
    """Pairs of variable and dataset; raises one error that lists every misfit."""
    pairs: list[tuple[Variable, Any]] = []
    misfits: list[str] = []
    own = places(model)
    stored = _public(stored, {place.path for place in own})
    named = {held.name: held for held in stored.values()}
    for place in own:
        held = named.get(place.layer.name) if by_name else stored.get(place.path)
        if held is None and by_name:
            continue
        wrong = _misfits(place, [] if held is None else held.datasets)
        misfits += wrong
        if not wrong and held is not None:
            pairs += zip(place.weights, held.datasets, strict=True)
    if not by_name:
        misfits += _strangers(own, stored)
    if not misfits:
        return pairs
    message = FileError(
        where,
        f"the weights of {model.where}",
        "; ".join(misfits),
        "Build the model as it was when they were saved; or pass skip_mismatch=True to load the others.",
    )
    refuse(message, skip_mismatch)
    return pairs


def _public(stored: dict[str, hdf5.Stored], known: set[str]) -> dict[str, hdf5.Stored]:
    """Keras 2 wrote ``_query_dense`` and ``conv_lst_m2d``, Keras 3 ``query_dense`` and ``conv_lstm2d``."""
    bare = {
        path: "/".join(part.removeprefix("_").replace("conv_lst_m", "conv_lstm") for part in path.split("/"))
        for path in stored
    }
    return {bare[path] if path not in known and bare[path] in known else path: held for path, held in stored.items()}


def _misfits(place: Place, datasets: list[Any]) -> list[str]:
    label = f"{place.path or 'the model itself'} ({place.layer.name})"
    if len(datasets) != len(place.weights):
        return [f"{label} has {len(place.weights)} weights, the file {len(datasets)}"]
    return [
        f"{label} {variable.name} has shape {variable.shape}, the file {dataset.shape}"
        for variable, dataset in zip(place.weights, datasets, strict=True)
        if variable.shape != dataset.shape
    ]


def _strangers(own: list[Place], stored: dict[str, hdf5.Stored]) -> list[str]:
    """What the file has for layers that the model lacks; states of random generators and metrics are passed over."""
    known = {place.path for place in own}
    return [
        f"{path} ({held.name or 'without a name'}) is in the file only"
        for path, held in stored.items()
        if path not in known
        and path.split("/")[0] not in (_OPTIMIZER, "metrics", "_metrics", "compile_metrics", "_compile_metrics")
        and path.split("/")[-1] not in ("seed_generator", "_seed_generator")
    ]


def _stem(path: str) -> str:
    for ending in (".weights", ".h5", ".hdf5", ".keras"):
        path = path.removesuffix(ending)
    return path
