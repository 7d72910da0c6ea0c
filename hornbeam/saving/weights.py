"""Weights in ``.weights.h5`` files: written from a model, compared with a model, and set all at once or not at all."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.variable import Variable
from hornbeam.saving import hdf5, tensors
from hornbeam.saving.archive import Archive, open_file
from hornbeam.saving.atomic import replacing
from hornbeam.saving.tree import Place, places

WEIGHTS = "model.weights.h5"
_OPTIMIZER = "optimizer"


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Saves a model's weights; see ``Model.save_weights``."""
    path = os.fspath(filepath)
    if path.endswith(".safetensors"):
        refuse_existing(path, overwrite)
        return tensors.save_weights(model, path)
    if not path.endswith(".weights.h5"):
        raise FileError(path, "a name that ends in .weights.h5", repr(path), f"Write {_stem(path)}.weights.h5.")
    refuse_existing(path, overwrite)
    data = hdf5.write(weight_groups(model))
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(data)


def weight_groups(model: Any) -> dict[str, hdf5.Group]:
    """A model's weights by path, as files have them."""
    return {
        place.path: hdf5.Group(place.layer.name, [variable.numpy() for variable in place.weights])
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
    if path.endswith(".safetensors"):
        return tensors.load_weights(model, path)
    data, where = _weight_bytes(path, max_bytes)
    with hdf5.reading(data, where, max_bytes) as stored:
        put(_matched(model, stored, where, skip_mismatch, by_name), where)


def _weight_bytes(path: str, max_bytes: int | None) -> tuple[bytes, str]:
    """The HDF5 file in a ``.weights.h5`` or ``.keras`` file, and what errors call it."""
    if path.endswith(".keras"):
        with Archive(path) as archive:
            return archive.read(WEIGHTS, archive.size if max_bytes is None else max_bytes), f"{path}, {WEIGHTS}"
    if not path.endswith(".weights.h5"):
        raise FileError(
            path,
            "a .weights.h5 or a .keras file",
            repr(os.path.basename(path)),
            "Other formats, .h5 of Keras 1 and 2 among them, are not read yet: save as .weights.h5 with Keras 3.",
        )
    with open_file(path) as file:
        return file.read(), path


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
    if not skip_mismatch:
        raise message
    warnings.warn(f"These weights were not loaded. {message}", stacklevel=4)
    return pairs


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
