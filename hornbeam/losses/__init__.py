"""Losses: what training makes small. Each is a function of ``(y_true, y_pred)`` and a class with a reduction."""

from __future__ import annotations

from typing import Any

from hornbeam.core import config as specs
from hornbeam.core.registry import CustomObjectScope
from hornbeam.losses.classification import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
)
from hornbeam.losses.divergence import KLDivergence, Poisson, kl_divergence, poisson
from hornbeam.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from hornbeam.losses.hinge import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from hornbeam.losses.loss import LOSSES, FunctionLoss, Loss, as_loss
from hornbeam.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from hornbeam.losses.segmentation import Dice, Tversky, dice, tversky
from hornbeam.losses.sequences import CTC, ctc
from hornbeam.losses.similarity import Circle, circle

__all__ = [
    "CTC",
    "LOSSES",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "as_loss",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]


def get(identifier: Any) -> Any:
    """The loss that a name, config, class, object or function stands for.

    The name of a function gives the function, the name of a class an object of it; None stays None.

    Example:
        >>> get("mse") is mean_squared_error
        True
        >>> get("Huber")
        Huber()
    """
    return specs.resolve(identifier, LOSSES)


def serialize(loss: Any) -> Any:
    """The name of a built-in function; a JSON-able description of any other loss.

    Example:
        >>> serialize(mean_squared_error), serialize(Huber(2.0))["config"]["delta"]
        ('mean_squared_error', 2.0)
    """
    return specs.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that ``serialize`` described; ``custom_objects`` are looked up first.

    Example:
        >>> deserialize(serialize(Huber(2.0))).delta
        2.0
    """
    with CustomObjectScope(custom_objects):
        return get(name)
