"""Objective: the losses of a model's outputs, their weights, and their sum."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import losses
from hornbeam.core import frame
from hornbeam.core.config import spec_key
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.core.registry import did_you_mean


def per_output(given: Any, names: list[str], where: str, broadcast: bool = False) -> list[Any]:
    """Spreads what a user gave, one thing or a list or a dict by output name, over the outputs."""
    if isinstance(given, dict):
        unknown = [name for name in given if name not in names]
        if unknown:
            raise ArgumentError(
                where, f"names of outputs ({', '.join(names)})", repr(unknown[0]), did_you_mean(unknown[0], names)
            )
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ArgumentError(
                where, f"{len(names)} entries, one per output", len(given), "Give None for outputs without one."
            )
        return list(given)
    return [given if broadcast or not index else None for index in range(len(names))]


class Objective:
    """What training makes small.

    Args:
        loss: name, object, function, or a list or dict of them by output.
        loss_weights: numbers, likewise.
        names: the outputs' names.
    """

    def __init__(self, loss: Any, loss_weights: Any, names: list[str]):
        self.names = names
        given = per_output(loss, names, "compile, loss", broadcast=True) if loss is not None else [None] * len(names)
        self.losses = [losses.as_loss(one) for one in given]
        weights = per_output(loss_weights, names, "compile, loss_weights", broadcast=True)
        self.weights = [1.0 if weight is None else float(weight) for weight in weights]
        self.tracked = [name for name, one in zip(names, self.losses, strict=True) if one is not None]

    @property
    def rowwise(self) -> bool:
        """Whether rows under a zero mask leave no trace in any loss."""
        return all(one is None or one.rowwise for one in self.losses)

    def key(self) -> Any:
        """Equal for objectives that need the same program."""
        return tuple(map(spec_key, self.losses)), tuple(self.weights)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any, rows: Any) -> tuple[Any, list[Any]]:
        """The weighted sum and the single losses of one batch.

        Args:
            y_true: list of targets, one per output (None where an output has no loss).
            y_pred: list of outputs.
            sample_weight: list of weights, or None.
            rows: 1 for real rows, 0 for padding, ``(batch,)``; None when all are real.
        """
        active = frame.current()
        total, single = jnp.float32(0), []
        for loss, weight, target, output, rates in zip(
            self.losses, self.weights, y_true, y_pred, sample_weight, strict=True
        ):
            if loss is None:
                continue
            mask = active.mask_of(output) if active is not None else None
            value = loss(target, output, sample_weight=rates, mask=_join(rows, mask))
            value = jnp.sum(value) if jnp.ndim(value) else value
            single.append(value)
            total = total + (value if weight == 1.0 else weight * value)
        return total, single


def _join(rows: Any, mask: Any) -> Any:
    """Both masks at once: ``(batch,)`` and ``(batch, time, …)``."""
    if rows is None or mask is None:
        return mask if rows is None else rows
    return mask * rows.reshape(rows.shape + (1,) * (mask.ndim - 1)).astype(mask.dtype)


def flat_targets(y: Any, names: list[str], where: str) -> list[Any]:
    """Targets or weights as a list in the order of the outputs, from one array, a list or a dict."""
    if isinstance(y, dict):
        unknown = [name for name in y if name not in names]
        if unknown:
            raise DataError(
                where, f"names of outputs ({', '.join(names)})", repr(unknown[0]), did_you_mean(unknown[0], names)
            )
        return [y.get(name) for name in names]
    leaves = jax.tree.leaves(y, is_leaf=lambda item: item is None)
    if len(leaves) == 1 and len(names) > 1 and where.endswith("sample_weight"):
        return leaves * len(names)
    if len(leaves) != len(names):
        raise DataError(
            where, f"{len(names)} arrays, one per output ({', '.join(names)})", len(leaves), "Give a list or a dict."
        )
    return leaves
