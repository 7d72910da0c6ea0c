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


def learning_curves(history: dict[str, list[float]], epochs_of: dict[str, list[int]], path: str | None = None) -> Any:
    """Draws one panel per number, training and validation together, against epochs counted from 1.

    Args:
        history: dict from name to one number per epoch.
        epochs_of: dict from name to the epochs' numbers, counted from 0.
        path: file to write; None leaves the figure open.

    Returns:
        The matplotlib figure.

    Raises:
        ArgumentError: there is nothing to draw, or matplotlib is not installed.
    """
    names = [name for name in history if not name.startswith("val_")]
    if not names:
        raise ArgumentError("History.plot", "at least one epoch", "none", "Train first: fit(…, epochs=10).")
    pyplot = optional("matplotlib.pyplot", "plot", "History.plot")
    figure, axes = pyplot.subplots(1, len(names), figsize=(4.8 * len(names), 3.6), squeeze=False, layout="constrained")
    for axis, name in zip(axes[0], names, strict=True):
        for label, key, style in (("training", name, "-"), ("validation", f"val_{name}", "--")):
            if key in history:
                epochs = [epoch + 1 for epoch in epochs_of[key]]
                axis.plot(epochs, history[key], style, label=label, marker="o" if len(epochs) == 1 else None)
        axis.set_xlabel("epoch")
        axis.set_ylabel(name)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        axis.legend()
    if path is not None:
        figure.savefig(path, dpi=150)
        pyplot.close(figure)
    return figure
