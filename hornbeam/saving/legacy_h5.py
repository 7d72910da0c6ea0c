"""The layout of ``.h5`` files before ``.keras``: a group per layer, named and in order, with the names of its arrays.

    layer_names = [conv1, bn1, …]          attributes of the root, or of the group model_weights in whole models
    conv1/       weight_names = [conv1/kernel:0, conv1/bias:0]
    conv1/conv1/kernel:0                   the array

The arrays of a layer are its trainable ones and then the others, through all layers within it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import FileError
from hornbeam.core.variable import Variable
from hornbeam.saving import hdf5
from hornbeam.saving.archive import AGAIN
from hornbeam.saving.old_configs import era_of
from hornbeam.saving.old_weights import Origin, today
from hornbeam.saving.tree import places, refuse

WEIGHTS, OPTIMIZER, TOP = "model_weights", "optimizer_weights", "top_level_model_weights"
LONGEST = 64_512  # bytes in one attribute; what is longer is split and numbered


class OldLayer(NamedTuple):
    """The arrays of a layer in an open file, with their names there."""

    name: str
    arrays: dict[str, Any]


class OldFile(NamedTuple):
    """The layers of an open file in their order, those of the model itself, and what wrote it."""

    layers: list[OldLayer]
    own: OldLayer | None
    origin: Origin


def is_legacy(opened: hdf5.Opened) -> bool:
    """Whether an open file has this layout."""
    return any(_listed(opened, path, "layer_names") is not None for path in ("", WEIGHTS) if path in opened.groups)


def old_file(opened: hdf5.Opened) -> OldFile:
    """What an open file of this layout holds.

    Raises:
        FileError: a layer or an array is missing that it names.
    """
    root = "" if _listed(opened, "", "layer_names") is not None else WEIGHTS
    names = (_listed(opened, root, "layer_names") if root in opened.groups else None) or []
    version, backend = (
        (opened.words(root, name) or opened.words("", name) or [""])[0] for name in ("keras_version", "backend")
    )
    layers = [_old_layer(opened, f"{root}/{name}".lstrip("/"), name) for name in names]
    top = f"{root}/{TOP}".lstrip("/")
    own = _old_layer(opened, top, TOP) if top in opened.groups else None
    return OldFile(layers, own, Origin(era_of(version), backend or None))


def optimizer_arrays(opened: hdf5.Opened) -> dict[str, Any]:
    """The optimizer's arrays in their order; empty where the file has none."""
    if OPTIMIZER not in opened.groups or _listed(opened, OPTIMIZER, "weight_names") is None:
        return {}
    return _old_layer(opened, OPTIMIZER, OPTIMIZER).arrays


def _old_layer(opened: hdf5.Opened, path: str, name: str) -> OldLayer:
    if path not in opened.groups:
        raise FileError(f"{opened.where}, {path}", "the group of a layer that the file names", "none", AGAIN)
    arrays = {}
    for word in _listed(opened, path, "weight_names") or []:
        place = f"{path}/{word}".replace("//", "/")
        if place not in opened.arrays:
            raise FileError(f"{opened.where}, {place}", "an array that the file names", "none", AGAIN)
        arrays[word] = opened.arrays[place]
    return OldLayer(name, arrays)


def _listed(opened: hdf5.Opened, path: str, name: str) -> list[str] | None:
    """A list of texts, which is split into numbered attributes where it is long."""
    whole = opened.words(path, name)
    if whole is not None:
        return whole
    parts: list[list[str]] = []
    while (part := opened.words(path, f"{name}{len(parts)}")) is not None:
        parts.append(part)
    return [word for part in parts for word in part] if parts else None


# -- into a model ----------------------------------------------------------------------------------------------------


def load(model: Any, opened: hdf5.Opened, skip_mismatch: bool = False, by_name: bool = False) -> None:
    """Sets a model's weights from an open file, by the order of its layers or by their names.

    Raises:
        FileError: they do not fit; every misfit is listed, and no weight is changed.
    """
    file = old_file(opened)
    held = [layer for layer in file.layers if layer.arrays]
    own = [layer for layer in model.layers if layer.weights]
    misfits: list[str] = []
    pairs: list[tuple[Any, OldLayer]] = []
    if by_name:
        named = {layer.name: layer for layer in held}
        pairs = [(layer, named[layer.name]) for layer in own if layer.name in named]
    elif len(own) != len(held):
        names = ", ".join(layer.name for layer in held[:5])
        misfits.append(f"the model has {len(own)} layers with weights, the file {len(held)} ({names}, …)")
    else:
        pairs = list(zip(own, held, strict=True))
    settled: list[tuple[Variable, np.ndarray]] = []
    for layer, old in pairs:
        arrays = [hdf5.load(array, opened.where) for array in old.arrays.values()]
        try:
            arrays = today(layer, arrays, file.origin)
        except (ValueError, IndexError) as error:  # of shapes that no layer of the kind ever had
            misfits.append(
                f"{layer.name} ({type(layer).__name__}), {old.name!r} in the file, cannot be rearranged: {error}"
            )
            continue
        settled += _fitted(layer, old.name, arrays, misfits)
    mine = places(model)[0].weights
    if mine and not by_name:
        arrays = [] if file.own is None else [hdf5.load(array, opened.where) for array in file.own.arrays.values()]
        settled += _matched("the model itself", mine, arrays, misfits)
    if misfits:
        message = FileError(
            opened.where,
            f"the weights of {model.where}",
            "; ".join(misfits),
            "Build the model as it was when they were saved; or pass by_name=True or skip_mismatch=True.",
        )
        refuse(message, skip_mismatch)
    for variable, array in settled:
        variable.slot = np.array(array, numpy_dtype(variable.dtype), order="C", copy=None)  # nobody else holds it


def _fitted(layer: Any, name: str, arrays: list[np.ndarray], misfits: list[str]) -> list[tuple[Variable, np.ndarray]]:
    label = f"{layer.name} ({type(layer).__name__}), {name!r} in the file,"
    return _matched(label, [*layer.trainable_weights, *layer.non_trainable_weights], arrays, misfits)


def _matched(
    label: str, variables: list[Variable], arrays: list[np.ndarray], misfits: list[str]
) -> list[tuple[Variable, np.ndarray]]:
    if len(variables) != len(arrays):
        misfits.append(f"{label} has {len(variables)} weights here and {len(arrays)} there")
        return []
    wrong = [
        f"{label} has {variable.name} of shape {variable.shape} here and {array.shape} there"
        for variable, array in zip(variables, arrays, strict=True)
        if variable.shape != array.shape
    ]
    misfits += wrong
    return [] if wrong else list(zip(variables, arrays, strict=True))
