"""HornbeamClassifier: a model that names classes, with scikit-learn's face."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from hornbeam.models import Model
from hornbeam.sklearn.estimator import HornbeamEstimator
from hornbeam.sklearn.networks import classifying_network
from hornbeam.sklearn.targets import LABELS, SEVERAL, Classes, as_targets, is_exclusive, scaled
from hornbeam.training.history import History


class HornbeamClassifier(ClassifierMixin, HornbeamEstimator):
    """A classifier from a model's function, a model, or the data alone.

    Args:
        model: a function that returns a model; a model, of which every fit trains a copy that starts from its weights;
            None for a network made for the data: standardised inputs, hidden layers of 64 and 32 units, sigmoid or
            softmax, Adam, at most 200 epochs with early stopping. A function that has arguments ``meta``,
            ``compile_kwargs`` or ``params`` is given what ``fit`` found out about the data (a dict), the arguments for
            ``compile``, and all parameters.
        build_fn: the older name of ``model``.
        loss, optimizer, metrics: for ``compile``. An uncompiled model needs a loss. What the function compiled is
            changed only in what is given here.
        epochs: passes over the data in ``fit``; None for 1, or with early stopping where there is no ``model``.
        batch_size: rows in a step, and in a step of ``predict``; None for 32.
        validation_split: fraction at the end of the data that is only validated on; None takes a tenth, drawn by
            chance, where the estimator makes the network and has 200 rows or more, and none elsewhere.
        verbose: 0 silent, 1 a progress bar, 2 a line per epoch.
        callbacks: a callback, a class of callbacks, or a list; every fit has copies of its own.
        shuffle: whether each epoch has its own order.
        class_weight: dict from class to the weight of its samples, or ``"balanced"``.
        warm_start: whether ``fit`` goes on with the model of the last one.
        random_state: seed of initial weights, orders and dropout: what ``set_random_seed`` would be given.
        **sk_params: words of the function or of ``fit``, ``compile``, ``predict``, or ``place__word``:
            ``model__units``, ``optimizer__learning_rate``, ``fit__batch_size``, ``callbacks__patience``.

    Attributes:
        model_: the trained model.
        history_: dict from name to a number per epoch.
        classes_: the classes; for several outputs a list of arrays.
        n_classes_: how many; likewise.
        target_type_: scikit-learn's word for the kind of targets.
        n_features_in_, feature_names_in_: number and names of the columns that ``fit`` was given.

    Example:
        >>> from hornbeam import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> x, y = load_iris(return_X_y=True)
        >>> def build(units=8):
        ...     model = Sequential([layers.Dense(units, "relu", input_dim=4), layers.Dense(3, "softmax")])
        ...     model.compile("adam", "sparse_categorical_crossentropy")
        ...     return model
        >>> classifier = HornbeamClassifier(build, units=16, epochs=60, optimizer__learning_rate=0.01, random_state=0)
        >>> bool(classifier.fit(x, y).score(x, y) > 0.9)
        True
    """

    _unrouted: ClassVar[tuple[str, ...]] = (*HornbeamEstimator._unrouted, "class_weight")

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
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        **sk_params: Any,
    ):
        self._take(locals(), sk_params)

    # -- fit ---------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **words: Any) -> Any:
        """Trains.

        Args:
            X: inputs, ``(rows, features)``, or with more axes.
            y: classes, ``(rows,)``; 0 and 1 for several labels or classes for several outputs, ``(rows, outputs)``.
            sample_weight: a weight for each row.
            **words: words of ``Model.fit`` for this call alone, such as ``epochs``.

        Returns:
            The estimator.
        """
        self._fit(X, y, sample_weight, self._goes_on(), words)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None, **words: Any) -> Any:
        """Trains for one more epoch.

        Args:
            X, y, sample_weight, **words: as in ``fit``.
            classes: all classes there will be; in the first call, unless ``y`` has them all.
        """
        self._fit(X, y, sample_weight, self.__sklearn_is_fitted__(), {"epochs": 1, **words}, classes)
        return self

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, going_on: bool, words: dict[str, Any], classes: Any = None
    ) -> History:
        x, y = self._checked("fit", X, y, reset=not going_on)
        if not going_on:
            self._note(x, y, classes)
        return self._train(x, y, sample_weight, going_on, words)

    def _note(self, x: Any, y: np.ndarray, classes: Any) -> None:
        self._classes = Classes(y, classes)
        self.classes_, self.n_classes_ = self._classes.names, self._classes.counts
        self.target_type_ = self._classes.kind
        self.n_outputs_ = y.shape[1] if y.ndim > 1 else 1
        self.X_shape_, self.X_dtype_ = x.shape, x.dtype

    def _network(self) -> Any:
        return classifying_network

    def _usual(self) -> dict[str, Any]:
        counts = self.n_classes_ if self.target_type_ == SEVERAL else [self.n_classes_]
        losses = ["sparse_categorical_crossentropy" if count > 2 else "binary_crossentropy" for count in counts]
        if self.target_type_ == LABELS:
            losses = ["binary_crossentropy"]
        several = len(losses) > 1
        metrics = [["accuracy"] for _ in losses] if several else ["accuracy"]
        return {"optimizer": "adam", "loss": losses if several else losses[0], "metrics": metrics}

    def _weights(self, sample_weight: Any, x: Any, y: Any) -> np.ndarray | None:
        weights = super()._weights(sample_weight, x, y)
        if self.get_params().get("class_weight") is None:
            return weights
        by_class = compute_sample_weight(self.get_params()["class_weight"], y)
        return by_class if weights is None else weights * by_class

    def _encoded(self, y: Any, model: Model, x: Any) -> Any:
        where = f"{type(self).__name__}, fit"
        return as_targets(self._classes.numbers(y, where), self._losses(model), self._shapes(model, x), where)

    # -- answers -----------------------------------------------------------------------------------------

    def predict(self, X: Any, **words: Any) -> np.ndarray:
        """The most probable class of each row; words of ``Model.predict`` count for this call alone."""
        outputs = self._probabilities(X, "predict", words)
        return self._classes.most_probable(outputs, is_exclusive(self._losses(self.model_)[0]))

    def predict_proba(self, X: Any, **words: Any) -> Any:
        """The probability of each class, ``(rows, classes)``; a list of such arrays for several outputs."""
        outputs = self._probabilities(X, "predict_proba", words)
        return self._classes.probabilities(outputs)

    def _probabilities(self, X: Any, where: str, words: dict[str, Any]) -> Any:
        check_is_fitted(self)
        outputs = self._outputs(X, where, words=words)
        if self.target_type_ == SEVERAL:
            return [scaled(*each) for each in zip(outputs, self._losses(self.model_), strict=True)]
        return scaled(outputs, self._losses(self.model_)[0])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy: the fraction of rows of which every label, or the class of every output, is right."""
        check_is_fitted(self)
        if self.target_type_ != SEVERAL:
            return super().score(X, y, sample_weight)
        return float(np.average((self.predict(X) == np.asarray(y)).all(axis=1), weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags
