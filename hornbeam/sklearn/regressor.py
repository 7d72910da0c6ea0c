"""HornbeamRegressor: a model that predicts numbers, with scikit-learn's face."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from hornbeam.models import Model
from hornbeam.sklearn.estimator import HornbeamEstimator
from hornbeam.sklearn.networks import regression_network
from hornbeam.training.history import History


class HornbeamRegressor(RegressorMixin, HornbeamEstimator):
    """A regressor from a model's function, a model, or the data alone; its score is R².

    Args:
        model: as for ``HornbeamClassifier``. The network for the data has a linear end and brings inputs and targets
            to one scale by itself.
        build_fn, loss, optimizer, metrics, epochs, batch_size, validation_split, verbose, callbacks, shuffle,
            warm_start, random_state, **sk_params: as there.

    Attributes:
        model_, history_, n_features_in_, feature_names_in_: as there.
        n_outputs_: how many numbers belong to a row.

    Example:
        >>> from sklearn.datasets import make_regression
        >>> x, y = make_regression(100, 5, random_state=0)
        >>> bool(HornbeamRegressor(model__units=16, random_state=0).fit(x, y).score(x, y) > 0.9)
        True
    """

    def __init__(
        self,
        model: Any = None,
        *,
        build_fn: Any = None,
        loss: Any = None,
        optimizer: Any = None,
        metrics: Any = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        validation_split: float | None = None,
        verbose: Any = 0,
        callbacks: Any = None,
        shuffle: Any = True,
        warm_start: bool = False,
        random_state: Any = None,
        **sk_params: Any,
    ):
        self._take(locals(), sk_params)

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **words: Any) -> Any:
        """Trains.

        Args:
            X: inputs, ``(rows, features)``, or with more axes.
            y: numbers, ``(rows,)`` or ``(rows, outputs)``.
            sample_weight: a weight for each row.
            **words: words of ``Model.fit`` for this call alone, such as ``epochs``.

        Returns:
            The estimator.
        """
        self._fit(X, y, sample_weight, self._goes_on(), words)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, **words: Any) -> Any:
        """Trains for one more epoch; arguments as in ``fit``."""
        self._fit(X, y, sample_weight, self.__sklearn_is_fitted__(), {"epochs": 1, **words})
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any, going_on: bool, words: dict[str, Any]) -> History:
        x, y = self._checked("fit", X, y, reset=not going_on, y_numeric=True)
        if not going_on:
            self._axes, self.n_outputs_ = y.ndim, y.shape[1] if y.ndim > 1 else 1
            self.target_type_ = "continuous-multioutput" if self.n_outputs_ > 1 else "continuous"
            self.X_shape_, self.X_dtype_ = x.shape, x.dtype
        return self._train(x, y, sample_weight, going_on, words)

    def _network(self) -> Any:
        return regression_network

    def _in_unit(self, x: Any, y: Any) -> Any:
        return y.reshape(len(y), -1)

    def _encoded(self, y: Any, model: Model, x: Any) -> Any:
        columns = y.reshape(len(y), -1)
        names = model.output_names
        return columns if len(names) == 1 else list(columns.T)

    def predict(self, X: Any, **words: Any) -> np.ndarray:
        """The numbers for each row, ``(rows,)``, or ``(rows, outputs)`` where ``fit`` was given such targets."""
        check_is_fitted(self)
        outputs = self._outputs(X, "predict", words=words)
        if isinstance(outputs, list):
            outputs = np.hstack([each.reshape(len(each), -1) for each in outputs])
        outputs = self._as_wide(outputs, X)
        return outputs[:, 0] if self._axes == 1 and outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
