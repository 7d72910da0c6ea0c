"""KerasClassifier and KerasRegressor as ``keras.wrappers.scikit_learn`` had them until 2023."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from hornbeam.core.errors import ArgumentError
from hornbeam.models import Model
from hornbeam.sklearn.classifier import HornbeamClassifier
from hornbeam.sklearn.estimator import HornbeamEstimator
from hornbeam.sklearn.regressor import HornbeamRegressor
from hornbeam.sklearn.routing import Words
from hornbeam.sklearn.targets import LABELS
from hornbeam.training.history import History


class _Wrapper(HornbeamEstimator):
    """The old constructor and its manners: plain parameters, ``fit`` starts anew and gives the History.

    A subclass may define ``__call__`` in place of ``build_fn``.
    """

    _unrouted: ClassVar[tuple[str, ...]] = ("build_fn",)
    _talks = "auto"

    def __init__(self, build_fn: Any = None, **sk_params: Any):
        self.build_fn = build_fn
        if "model" in sk_params and "model" not in Words(self._function()):
            today = "HornbeamClassifier" if issubclass(type(self), HornbeamClassifier) else "HornbeamRegressor"
            raise ArgumentError(
                type(self).__name__,
                "build_fn=…, the word of keras.wrappers.scikit_learn",
                "model=…, the word of scikeras",
                f"Write {today}(model=…), which takes scikeras's words.",
            )
        self._take({}, sk_params)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return ["build_fn"]

    def _source(self) -> Any:
        return self.__call__ if self.build_fn is None and callable(self) else super()._source()

    @property
    def model(self) -> Model:
        """The trained model, under its old name."""
        return self.model_

    def _weights(self, sample_weight: Any, x: Any, y: Any) -> np.ndarray | None:
        return HornbeamEstimator._weights(self, sample_weight, x, y)  # class_weight is a word of fit here

    def _evaluated(self, x: Any, y: Any, sample_weight: Any, words: dict[str, Any]) -> dict[str, float]:
        """What ``Model.evaluate`` says, by name."""
        check_is_fitted(self)
        x, y = self._checked("score", x, y, reset=False)
        words = {"verbose": 0, **self._routed()["evaluate"], **words, "return_dict": True}
        return self.model_.evaluate(x, self._encoded(y, self.model_, x), sample_weight=sample_weight, **words)


class KerasClassifier(_Wrapper, HornbeamClassifier):
    """The classifier of ``keras.wrappers.scikit_learn``; new code is better served by ``HornbeamClassifier``.

    Args:
        build_fn: function that gives a compiled model.
        **sk_params: words of the function, or of ``fit``, ``predict`` or ``evaluate``.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> def create_model(units=8):
        ...     model = Sequential([layers.Dense(units, "relu", input_dim=4), layers.Dense(3, "softmax")])
        ...     model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        ...     return model
        >>> history = KerasClassifier(create_model, units=16, epochs=3, verbose=0).fit(x, y)
        >>> len(history.history["accuracy"])
        3
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> History:
        """Trains a fresh model; words of ``Model.fit`` count for this call alone. Returns the History."""
        return self._fit(X, y, sample_weight, False, kwargs)

    def predict(self, X: Any, **kwargs: Any) -> np.ndarray:
        """The most probable class of each row; the number of the column where ``fit`` was given one-hot rows."""
        check_is_fitted(self)
        if self.target_type_ == LABELS:
            return self.predict_proba(X, **kwargs).argmax(-1)
        return super().predict(X, **kwargs)

    def score(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> float:
        """The accuracy: for classes the fraction that is right, for columns of 0 and 1 the model's own metric.

        Raises:
            ArgumentError: ``y`` has columns, and the model was compiled without the metric accuracy.
        """
        if np.ndim(y) < 2:  # the metric's number, without a second program that measures it
            return float(accuracy_score(y, self.predict(X, **kwargs), sample_weight=sample_weight))
        found = self._evaluated(X, y, sample_weight, kwargs)
        for name in ("accuracy", "acc"):
            if name in found:
                return found[name]
        raise ArgumentError(
            f"{type(self).__name__}, score",
            "a model with the metric accuracy",
            f"one with {', '.join(found)}",
            "Compile it with metrics=['accuracy'].",
        )


class KerasRegressor(_Wrapper, HornbeamRegressor):
    """The regressor of ``keras.wrappers.scikit_learn``; its score is the loss, negative, and not R².

    Args:
        build_fn: function that gives a compiled model.
        **sk_params: words of the function, or of ``fit``, ``predict`` or ``evaluate``.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> History:
        """Trains a fresh model; words of ``Model.fit`` count for this call alone. Returns the History."""
        return self._fit(X, y, sample_weight, False, kwargs)

    def predict(self, X: Any, **kwargs: Any) -> np.ndarray:
        """The numbers for each row, ``(rows,)`` where there is one."""
        outputs = super().predict(X, **kwargs)
        return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def score(self, X: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> float:
        """The model's loss with its sign turned, so that more is better."""
        return -self._evaluated(X, y, sample_weight, kwargs)["loss"]
