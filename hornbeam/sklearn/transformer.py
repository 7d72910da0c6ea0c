"""HornbeamTransformer: what a model's inner layer says, as features for other estimators."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from hornbeam.core.errors import ArgumentError
from hornbeam.models import Model
from hornbeam.sklearn.estimator import HornbeamEstimator
from hornbeam.sklearn.networks import autoencoder
from hornbeam.sklearn.targets import Classes, as_targets


class HornbeamTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, HornbeamEstimator):
    """Features from an inner layer of a trained model: the codes of an autoencoder, or a network's last hidden layer.

    Args:
        model: as for ``HornbeamClassifier``; None for an autoencoder made for the data. ``model__codes`` says how many
            features it gives; half of those it gets when left out, at most 32.
        layer: name of the layer whose outputs are the features. None for the narrowest layer of an autoencoder, for
            the last but one of a supervised model.
        supervised: whether the model learns ``y``, else its own inputs.
        build_fn, loss, optimizer, metrics, epochs, batch_size, validation_split, verbose, callbacks, shuffle,
            warm_start, random_state, **sk_params: as there.

    Attributes:
        model_, history_, n_features_in_, feature_names_in_: as there.
        encoder_: the model from the inputs to the features; it shares the weights of ``model_``.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> x, _ = load_iris(return_X_y=True)
        >>> codes = HornbeamTransformer(model__codes=2, epochs=20, random_state=0).fit_transform(x)
        >>> codes.shape
        (150, 2)
    """

    _unrouted: ClassVar[tuple[str, ...]] = (*HornbeamEstimator._unrouted, "layer", "supervised")

    def __init__(
        self,
        model: Any = None,
        *,
        layer: str | None = None,
        supervised: bool = False,
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

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **words: Any) -> Any:
        """Trains the model.

        Args:
            X: inputs, ``(rows, features)``, or with more axes.
            y: targets of a supervised model; not looked at otherwise.
            sample_weight: a weight for each row.
            **words: words of ``Model.fit`` for this call alone, such as ``epochs``.

        Returns:
            The estimator.
        """
        return self._fit(X, y, sample_weight, self._goes_on(), words)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, **words: Any) -> Any:
        """Trains for one more epoch; arguments as in ``fit``."""
        return self._fit(X, y, sample_weight, self.__sklearn_is_fitted__(), {"epochs": 1, **words})

    def _fit(self, X: Any, y: Any, sample_weight: Any, going_on: bool, words: dict[str, Any]) -> Any:
        if not self.supervised:
            x = self._checked("fit", X, reset=not going_on)
            x = y = x if isinstance(x, np.ndarray) else x.toarray()
        elif y is None:
            raise ArgumentError("HornbeamTransformer, fit, y", "targets, as supervised=True", "None", "Give y.")
        elif self._source() is self._network():
            raise ArgumentError(
                "HornbeamTransformer, model", "a model that learns y, as supervised=True", "None", "Give a model."
            )
        else:
            x, y = self._checked("fit", X, y, reset=not going_on)
        if not going_on:
            self.X_shape_, self.X_dtype_ = x.shape, x.dtype
            # numbers with a fraction are learnt as they are, all else as classes
            self._classes = Classes(y) if self.supervised and (y.dtype.kind != "f" or not (y % 1).any()) else None
        self._train(x, y, sample_weight, going_on, words)
        self.encoder_ = self._encoder()
        self._n_features_out = int(np.prod(self.encoder_.output_shape[1:]))
        return self

    def _network(self) -> Any:
        return autoencoder

    def _in_unit(self, x: Any, y: Any) -> Any:
        return x

    def _encoded(self, y: Any, model: Model, x: Any) -> Any:
        if not self.supervised:
            return x
        if self._classes is None:
            return y
        where = "HornbeamTransformer, fit"
        return as_targets(self._classes.numbers(y, where), self._losses(model), self._shapes(model, x), where)

    def _encoder(self) -> Model:
        """The part of the model up to the layer of the features."""
        layers = [layer for layer in self.model_.layers if layer.name != "input"]
        if self.layer is not None:
            chosen = self.model_.get_layer(self.layer)
        elif self.supervised:
            chosen = layers[-2] if len(layers) > 1 else layers[-1]
        else:
            chosen = min(layers, key=lambda layer: np.prod([length or 1 for length in layer.output.shape[1:]]))
        return Model(self.model_.inputs, chosen.output)

    def transform(self, X: Any, **words: Any) -> np.ndarray:
        """The layer's outputs, ``(rows, features)``; words of ``Model.predict`` count for this call alone."""
        check_is_fitted(self)
        outputs = self._outputs(X, "transform", self.encoder_, words)
        return self._as_wide(outputs.reshape(len(outputs), -1), X)

    def __sklearn_is_fitted__(self) -> bool:
        return "encoder_" in vars(self)

    def __getstate__(self) -> dict[str, Any]:
        # the encoder is a part of the model, and shares its weights again afterwards
        return {name: value for name, value in super().__getstate__().items() if name != "encoder_"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in vars(self):
            self.encoder_ = self._encoder()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.supervised
        return tags
