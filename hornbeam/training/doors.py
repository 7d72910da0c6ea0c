"""Doors: what compile, fit, evaluate and predict refuse before anything starts."""

from __future__ import annotations

import numbers
from collections.abc import Collection
from typing import Any

import numpy as np

from hornbeam import losses, metrics
from hornbeam.core.errors import ArgumentError, DataError, NotCompiledError
from hornbeam.training.objective import Objective

_SPARSE = ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy")
_ONE_HOT = (
    "CategoricalCrossentropy",
    "categorical_crossentropy",
    "CategoricalFocalCrossentropy",
    "categorical_focal_crossentropy",
)


def check_compile(given: dict[str, Any]) -> None:
    """Refuses unknown names of losses and metrics."""
    for leaf in _strings(given["loss"]):
        losses.get(leaf)
    for leaf in _strings([given["metrics"], given["weighted_metrics"]]):
        if leaf not in ("accuracy", "acc", "crossentropy", "ce"):
            metrics.get(leaf)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = [] if "class_name" in value else list(value.values())
    return [leaf for item in value for leaf in _strings(item)] if isinstance(value, (list, tuple)) else []


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_step(model: Any, where: str) -> None:
    """Refuses a class that writes its own step, which would never be called."""
    if any(name in vars(cls) for cls in type(model).__mro__ for name in ("train_step", "test_step")):
        raise ArgumentError(
            f"{model.where}, {where}",
            "a model whose step is the compiled one",
            "a class with its own train_step or test_step, which would not be called",
            "Write the loss as a function or with add_loss, or train by hand with optimizer.apply.",
        )


def check_compiled(model: Any, where: str, optimizer: bool = True) -> None:
    """Refuses a model that was not compiled, or without an optimizer where one is needed."""
    check_step(model, where)
    if not model.compiled or (optimizer and model.optimizer is None):
        raise NotCompiledError(
            f"{model.where}, {where}",
            "a compiled model",
            "one that was not",
            "Call compile(optimizer, loss) first.",
        )


def check_batch_size(batch_size: Any, where: str) -> None:
    """Refuses a batch size that is not a positive whole number."""
    if batch_size is not None and (not _is_whole(batch_size) or batch_size < 1):
        raise ArgumentError(f"{where}, batch_size", "a positive integer", repr(batch_size), "32 is a common choice.")


def check_fit(
    batch_size: Any,
    epochs: Any,
    validation_split: Any,
    steps_per_epoch: Any,
    validation_freq: Any,
    validation_steps: Any,
) -> None:
    """Refuses arguments of ``fit`` that make no sense."""
    check_batch_size(batch_size, "fit")
    if not _is_whole(epochs) or epochs < 0:
        raise ArgumentError("fit, epochs", "an integer of at least 0", repr(epochs), "Write epochs=10.")
    if not isinstance(validation_split or 0, numbers.Real) or not 0 <= (validation_split or 0) < 1:
        raise ArgumentError(
            "fit, validation_split", "a fraction from 0 to below 1", repr(validation_split), "Write 0.2 for a fifth."
        )
    check_steps(steps_per_epoch, "fit, steps_per_epoch")
    check_steps(validation_steps, "fit, validation_steps")
    several = isinstance(validation_freq, Collection) and all(map(_is_whole, validation_freq))
    if not several and not (_is_whole(validation_freq) and validation_freq > 0):
        raise ArgumentError(
            "fit, validation_freq",
            "a positive integer or a list of epochs' numbers",
            repr(validation_freq),
            "Leave it out to validate after every epoch.",
        )


def check_steps(steps: Any, where: str) -> None:
    """Refuses a number of steps that is not a positive whole number."""
    if steps is not None and (not _is_whole(steps) or steps < 1):
        raise ArgumentError(where, "a positive integer", repr(steps), "Leave it out to take all batches.")


def check_any(batches: int, where: str, when: str = "") -> None:
    """Refuses an iterable that gave no batch in an epoch."""
    if not batches:
        fix = "Give a list of batches, or a generator that goes on without end and steps_per_epoch."
        raise DataError(where, f"at least one batch{when}", "an iterable that is used up", fix)


def check_targets(objective: Objective, targets: list[Any], shapes: list[Any], where: str) -> None:
    """Refuses targets that cannot be the outputs: one-hot for sparse losses, the reverse, labels out of range."""
    for name, loss, target, shape in zip(objective.names, objective.losses, targets, shapes, strict=True):
        if loss is None:
            continue
        label = f"{where}, y" if len(objective.names) == 1 else f"{where}, y of output {name!r}"
        if target is None:
            if not isinstance(loss, losses.FunctionLoss):
                raise DataError(label, "targets for the loss", "none", "Give y, or a loss of None for this output.")
            continue
        kind = _loss_name(loss)
        if kind in _SPARSE:
            _check_sparse(label, kind, target, shape, getattr(loss, "ignore_class", None))
        elif kind in _ONE_HOT:
            _check_one_hot(label, kind, target, shape)


def _loss_name(loss: Any) -> str:
    function = getattr(loss, "fn", None)
    return getattr(function, "__name__", type(loss).__name__)


def _check_sparse(where: str, kind: str, target: Any, shape: tuple, ignored: Any) -> None:
    classes = shape[-1]
    if len(target.shape) == len(shape) and target.shape[-1] != 1 and target.shape[-1] == classes:
        raise DataError(
            where,
            f"class numbers of shape {(None, *shape[1:-1])} for {kind}",
            f"shape {target.shape}, which looks one-hot",
            "Use loss='categorical_crossentropy', or y = y.argmax(-1).",
        )
    if not isinstance(target, np.ndarray) or isinstance(target, np.memmap) or not target.size:
        return
    valid = target if ignored is None else target[target != ignored]
    low, high = (valid.min(), valid.max()) if valid.size else (0, 0)
    if low < 0 or (classes is not None and high >= classes):
        raise DataError(
            where,
            f"class numbers from 0 to {classes - 1}, as the output has {classes} units",
            f"labels from {low:g} to {high:g}",
            f"Give the last layer {int(high) + 1} units." if low >= 0 else f"Count classes from 0; {low:g} is below.",
        )


def _check_one_hot(where: str, kind: str, target: Any, shape: tuple) -> None:
    if len(target.shape) == len(shape) and target.shape[-1] == shape[-1]:
        return
    labels = len(target.shape) < len(shape) or target.shape[-1] == 1
    fix = (
        f"Use loss='sparse_categorical_crossentropy', or y = to_categorical(y, {shape[-1]})."
        if labels and "focal" not in kind.lower()
        else f"Give the last layer {target.shape[-1]} units, or y {shape[-1]} columns."
    )
    raise DataError(where, f"one-hot rows of shape {shape} for {kind}", f"shape {tuple(target.shape)}", fix)
