"""SKLearnClassifier, SKLearnRegressor and SKLearnTransformer as ``keras.wrappers`` has them since Keras 3.8."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from hornbeam.core.errors import DataError
from hornbeam.models import Model
from hornbeam.sklearn.building import Routed
from hornbeam.sklearn.estimator import HornbeamEstimator
from hornbeam.sklearn.routing import PLACES
from hornbeam.training.history import History


class _Around(HornbeamEstimator):
    """The constructor of Keras 3 and its manners: a function is called with the data, ``history_`` is the History."""

    _unrouted: ClassVar[tuple[str, ...]] = ("model", "warm_start", "model_kwargs", "fit_kwargs")
    _talks = "auto"

    def __init__(self, model: Any, warm_start: bool = False, model_kwargs: Any = None, fit_kwargs: Any = None):
        self.model, self.warm_start = model, warm_start
        self.model_kwargs, self.fit_kwargs = model_kwargs, fit_kwargs

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:
        """Trains.

        Args:
            X: inputs, ``(rows, features)``.
            y: targets, ``(rows,)`` or ``(rows, outputs)``.
            **kwargs: words of ``Model.fit``, for this call alone; they win over ``fit_kwargs``.

        Returns:
            The estimator.
        """
        going_on = self._goes_on()
        x, y = self._checked("fit", X, y, reset=not going_on)
        if not going_on:
            self._note(y)
        else:
            self.history_ = self.history_.history  # type: ignore[attr-defined]
        self._data = {"X": x, "y": self._columns(y)}
        try:
            history = self._train(x, y, kwargs.pop("sample_weight", None), going_on, kwargs)
        finally:
            del self._data
        history.set_model(None)  # it is model_; a pickle holds it once, as its file
        self.history_ = history  # type: ignore[assignment]
        return self

    def predict(self, X: Any) -> np.ndarray:
        """What the model says of each row, in the form in which ``fit`` was given targets."""
        check_is_fitted(self)
        return self._named(self._outputs(X, "predict"))

    @property
    def epoch_(self) -> int:
        """How many epochs the last ``fit`` has trained."""
        history: History | None = vars(self).get("history_")
        return len(history.epoch) if history is not None else 0

    def _routed(self) -> Routed:
        super()._routed()  # its checks
        routed: Routed = {place: {} for place in PLACES}
        routed["fit"] = dict(self.fit_kwargs or {})
        if not isinstance(self.model, Model):
            routed["model"] = {**vars(self).get("_data", {}), **(self.model_kwargs or {})}
        return routed

    def _network(self) -> Any:
        return None

    def _note(self, y: np.ndarray) -> None:
        self._axes = y.ndim

    def _columns(self, y: np.ndarray) -> np.ndarray:
        """Targets with two axes."""
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def _encoded(self, y: Any, model: Model, x: Any) -> Any:
        return self._columns(y)

    def _named(self, outputs: np.ndarray) -> np.ndarray:
        return outputs[:, 0] if self._axes == 1 and outputs.ndim == 2 and outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


class SKLearnClassifier(ClassifierMixin, _Around):
    """A classifier around a model whose outputs are one column for each class, two for two classes.

    ``HornbeamClassifier`` takes any loss, and routes parameters for a search of them.

    Args:
        model: a compiled model, of which ``fit`` trains a copy that starts from its weights; or a function of ``X``,
            ``y`` (the targets as one-hot rows) and ``model_kwargs`` that returns one.
        warm_start: whether ``fit`` goes on with the model of the last one.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of ``Model.fit``.

    Attributes:
        model_: the trained model.
        history_: what its ``fit`` has returned, a ``History``.
        classes_: the classes.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> def build(X, y, units=8):
        ...     hidden = layers.Dense(units, "relu", input_dim=X.shape[1])
        ...     model = Sequential([hidden, layers.Dense(y.shape[1], "softmax")])
        ...     model.compile("adam", "categorical_crossentropy")
        ...     return model
        >>> classifier = SKLearnClassifier(build, model_kwargs={"units": 16}, fit_kwargs={"verbose": 0})
        >>> classifier.fit(x, y, epochs=2).predict(x).shape
        (150,)

    Differs:
        Keras starts a given model from new weights.
    """

    classes_: np.ndarray

    def decision_function(self, X: Any) -> np.ndarray:
        """The model's outputs, ``(rows, classes)``."""
        check_is_fitted(self)
        outputs: np.ndarray = self._outputs(X, "decision_function")
        return outputs

    def _note(self, y: np.ndarray) -> None:
        super()._note(y)
        kind = type_of_target(y)
        self.classes_ = np.unique(y)
        if kind not in ("binary", "multiclass") or len(self.classes_) < 2:
            raise DataError(
                "SKLearnClassifier, fit, y", "one class for each row, of two classes or more",
                f"{kind} targets of {len(self.classes_)} values", "Write HornbeamClassifier(model) for other targets.",
            )  # fmt: skip

    def _columns(self, y: np.ndarray) -> np.ndarray:
        """One-hot rows, ``(rows, classes)``."""
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise DataError("SKLearnClassifier, fit, y", f"the classes {self.classes_}", unknown, "Start anew.")
        return (y.reshape(-1, 1) == self.classes_).astype(np.float64)

    def _named(self, outputs: np.ndarray) -> np.ndarray:
        return self.classes_[outputs.argmax(-1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Around):
    """A regressor around a model; its score is R².

    Args:
        model, warm_start, model_kwargs, fit_kwargs: as for ``SKLearnClassifier``; the function's ``y`` has a column
            for each output.

    Attributes:
        model_, history_: as there.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Around):
    """A transformer whose features are the outputs of a model that has learnt ``y``.

    ``HornbeamTransformer`` gives those of an inner layer, and learns without ``y`` too.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: as for ``SKLearnRegressor``.

    Attributes:
        model_, history_: as there.
    """

    def transform(self, X: Any) -> np.ndarray:
        """The model's outputs for each row."""
        check_is_fitted(self)
        outputs: np.ndarray = self._outputs(X, "transform")
        return outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = []
        return tags
