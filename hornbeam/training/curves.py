"""Learning curves, drawn with matplotlib (an optional library, loaded when first needed)."""

from __future__ import annotations

import importlib
from typing import Any

from hornbeam.core.errors import ArgumentError


def optional(library: str, extra: str, purpose: str) -> Any:
    """An optional library, or an error that says what to install."""
    try:
        return importlib.import_module(library)
    except ImportError:
        raise ArgumentError(
            purpose, f"the library {library.split('.')[0]}", "none installed", f"pip install 'hornbeam[{extra}]'"
        ) from None


def learning_curves(history: dict[str, list[float]], epochs: list[int], path: str | None = None) -> Any:
    """Draws one panel per number, training and validation together, against epochs counted from 1.

    Args:
        history: dict from name to one number per epoch.
        epochs: the epochs' numbers, counted from 0.
        path: file to write; None leaves the figure open.

    Returns:
        The matplotlib figure.
    """
    pyplot = optional("matplotlib.pyplot", "plot", "History.plot")
    names = [name for name in history if not name.startswith("val_")]
    figure, axes = pyplot.subplots(1, len(names), figsize=(4.8 * len(names), 3.6), squeeze=False, layout="constrained")
    for axis, name in zip(axes[0], names, strict=True):
        for label, key, style in (("training", name, "-"), ("validation", f"val_{name}", "--")):
            values = history.get(key)
            if values:
                axis.plot([epoch + 1 for epoch in epochs[-len(values) :]], values, style, label=label)
        axis.set_xlabel("epoch")
        axis.set_ylabel(name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure
