"""Estimators of scikit-learn's kind, around models: in pipelines, cross-validation and searches of parameters."""

from __future__ import annotations

from hornbeam.training.curves import optional

optional("sklearn", "sklearn", "hornbeam.sklearn")

from hornbeam.sklearn.classifier import HornbeamClassifier  # noqa: E402
from hornbeam.sklearn.regressor import HornbeamRegressor  # noqa: E402
from hornbeam.sklearn.transformer import HornbeamTransformer  # noqa: E402
from hornbeam.sklearn.wrappers import KerasClassifier, KerasRegressor  # noqa: E402

__all__ = ["HornbeamClassifier", "HornbeamRegressor", "HornbeamTransformer", "KerasClassifier", "KerasRegressor"]
