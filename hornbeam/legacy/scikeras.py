"""scikeras's estimators, whose ``fit`` gives the estimator: Hornbeam's, under the names they have there."""

from hornbeam.sklearn import HornbeamClassifier as KerasClassifier
from hornbeam.sklearn import HornbeamRegressor as KerasRegressor

__all__ = ["KerasClassifier", "KerasRegressor"]
