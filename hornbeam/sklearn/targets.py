"""Labels: from the user's classes to the numbers that a model is trained on, and from its outputs back."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from hornbeam import losses
from hornbeam.core.errors import DataError
from hornbeam.data.arrays import to_categorical

SEVERAL, LABELS = "multiclass-multioutput", "multilabel-indicator"


class Classes:
    """The classes that ``fit`` saw.

    Args:
        y: labels of one output, ``(rows,)``; 0 and 1 for each of several labels, or a class for each of several
            outputs, ``(rows, outputs)``.
        classes: all classes there are, where ``y`` need not hold each of them (``partial_fit``).

    Attributes:
        kind: scikit-learn's word: ``binary``, ``multiclass``, ``multilabel-indicator``, ``multiclass-multioutput``.
        names: the classes, sorted; a list of such arrays for several outputs; the columns' numbers for labels.
    """

    def __init__(self, y: np.ndarray, classes: Any = None):
        check_classification_targets(y)
        self.kind = type_of_target(y, input_name="y")
        if self.kind in ("binary", "multiclass"):
            y = column_or_1d(y, warn=True)
        if self.kind == SEVERAL:
            self.names: Any = [np.unique(column) for column in y.T]
        elif self.kind == LABELS:
            self.names = np.arange(y.shape[1])
        else:
            self.names = np.unique(y) if classes is None else np.unique(classes)
            self.kind = "binary" if len(self.names) < 3 else "multiclass"

    @property
    def counts(self) -> Any:
        """How many there are; a list for several outputs."""
        return [len(each) for each in self.names] if self.kind == SEVERAL else len(self.names)

    def numbers(self, y: np.ndarray, where: str) -> Any:
        """The classes' numbers: ``(rows,)``, or ``(rows, labels)``; a list of the former for several outputs.

        Raises:
            DataError: there is a class that ``fit`` did not see.
        """
        if self.kind == LABELS:
            if y.ndim != 2 or y.shape[1] != len(self.names):
                expected = f"{len(self.names)} columns of 0 and 1, as at first"
                raise DataError(f"{where}, y", expected, f"shape {y.shape}", "Give the labels that fit was given.")
            return y.astype(np.float32)
        if self.kind == SEVERAL:
            return [_places(column, names, where) for column, names in zip(y.T, self.names, strict=True)]
        return _places(column_or_1d(y, warn=True), self.names, where)

    def probabilities(self, outputs: Any) -> Any:
        """A column for each class from a model's outputs; a list of such arrays for several outputs."""
        if self.kind == SEVERAL:
            return [_columns(each, len(names)) for each, names in zip(outputs, self.names, strict=True)]
        return outputs if self.kind == LABELS else _columns(outputs, len(self.names))

    def most_probable(self, outputs: Any, exclusive: bool = False) -> np.ndarray:
        """The classes that a model's outputs say; ``exclusive`` is whether one label of each row is right."""
        if self.kind == SEVERAL:
            chosen = [names[_largest(each)] for each, names in zip(outputs, self.names, strict=True)]
            return np.stack(chosen, axis=1)
        if self.kind == LABELS:
            return to_categorical(outputs.argmax(-1), len(self.names)).astype(int) if exclusive else (
                outputs > 0.5
            ).astype(int)  # fmt: skip
        return self.names[_largest(outputs)]


def _places(y: np.ndarray, names: np.ndarray, where: str) -> np.ndarray:
    places = np.searchsorted(names, y).clip(0, len(names) - 1)
    new = np.unique(y[names[places] != y])
    if new.size:
        expected = f"classes that the first fit saw: {', '.join(map(str, names[:10]))}"
        fix = "Name all classes at first: partial_fit(X, y, classes=…)."
        raise DataError(f"{where}, y", expected, ", ".join(map(str, new[:5])), fix)
    return places


def _columns(outputs: np.ndarray, count: int) -> np.ndarray:
    """``(rows, 1)``, the probability of the second class, as two columns."""
    if outputs.shape[-1] == 1:
        return np.hstack([1 - outputs, outputs])[:, :count]
    return outputs[:, :count]


def _largest(outputs: np.ndarray) -> np.ndarray:
    if outputs.shape[-1] == 1:
        return (outputs[:, 0] > 0.5).astype(int)
    return outputs.argmax(-1)


def as_targets(numbers: Any, kinds: list[Any], shapes: list[Any], where: str) -> Any:
    """The classes' numbers as the model's losses take them: one-hot where they compare with each unit.

    Args:
        numbers: from ``Classes.numbers``.
        kinds: the losses, one for each output.
        shapes: the outputs' shapes.
        where: the estimator's name.
    """
    if isinstance(numbers, list):
        if len(numbers) != len(shapes):
            fix = "Give the model one output for each column of y."
            raise DataError(f"{where}, y", f"{len(shapes)} columns, one for each output", f"{len(numbers)}", fix)
        return [_as_target(*each, where) for each in zip(numbers, kinds, shapes, strict=True)]
    return _as_target(numbers, kinds[0], shapes[0], where)


def _as_target(numbers: np.ndarray, loss: Any, shape: Any, where: str) -> np.ndarray:
    units = shape[-1]
    if numbers.ndim == 2:
        return numbers
    if units == 1:
        if numbers.max(initial=0) > 1:
            raise DataError(
                f"{where}, y",
                "two classes, as the model has one unit at its end",
                f"{numbers.max() + 1} classes",
                f"End the model with Dense({numbers.max() + 1}, activation='softmax').",
            )
        return numbers.astype(np.float32)
    name = loss_name(loss)
    if name.lower().startswith("sparse") or losses.LOSSES.name_of(_kind(loss)) is None:
        return numbers  # a loss of the user's is given class numbers, as Keras's old wrapper did
    if numbers.max(initial=0) >= units:
        fix = f"End the model with {numbers.max() + 1} units."
        raise DataError(f"{where}, y", f"at most {units} classes, one for each unit", f"{numbers.max() + 1}", fix)
    return to_categorical(numbers, units).astype(np.float32)


def _kind(loss: Any) -> Any:
    known = losses.get(loss)
    return type(known) if isinstance(known, losses.Loss) else known


def loss_name(loss: Any) -> str:
    """The name of a loss's function or class."""
    return _kind(loss).__name__


def is_exclusive(loss: Any) -> bool:
    """Whether a loss takes one class of each row to be right."""
    return loss is not None and "categorical" in loss_name(loss).lower()


def scaled(outputs: np.ndarray, loss: Any) -> np.ndarray:
    """Probabilities from a model's outputs: as they are, or through softmax or sigmoid where the loss took logits."""
    if not isinstance(loss, losses.Loss) or not loss.get_config().get("from_logits", False):
        return outputs
    if outputs.shape[-1] > 1 and is_exclusive(loss):
        powers = np.exp(outputs - outputs.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)
    return 1 / (1 + np.exp(-outputs))
