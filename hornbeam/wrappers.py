"""A face, because Keras has it: scikit-learn's estimators around models, with the constructors of Keras 3."""

from hornbeam.sklearn.around import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]
