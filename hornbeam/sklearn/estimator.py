"""What the three estimators share: parameters, checks of the data, training of a fresh model, pickles."""

from __future__ import annotations

import contextlib
import numbers
import os
import tempfile
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import jax
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, validate_data

from hornbeam.callbacks import EarlyStopping
from hornbeam.core.errors import ArgumentError, DataError
from hornbeam.core.random import generator, seeded
from hornbeam.core.registry import did_you_mean
from hornbeam.models import Model, load_model
from hornbeam.sklearn.building import Routed, build_model, fresh_callbacks
from hornbeam.sklearn.networks import EPOCHS, HELD_FROM, LEAST_GAIN, PATIENCE, standardise
from hornbeam.sklearn.routing import METHODS, Words, check_names, route
from hornbeam.training.history import History
from hornbeam.training.objective import per_output

BATCH = 32  # Keras's


class HornbeamEstimator(BaseEstimator):
    """A model with scikit-learn's face; the base of classifier, regressor and transformer.

    A parameter is one of the constructor's words, or any that the model's function or ``compile``, ``fit``,
    ``predict`` or ``evaluate`` take, or ``place__word`` (see ``routing``).
    """

    sk_params: Mapping[str, Any] = MappingProxyType({})  # those beyond the constructor's words
    _unrouted: ClassVar[tuple[str, ...]] = ("model", "build_fn", "warm_start", "random_state")
    _talks: Any = 0  # how much ``fit`` says, unless told
    model_: Model
    history_: dict[str, list[Any]]

    # -- parameters ------------------------------------------------------------------------------------

    def _take(self, words: Mapping[str, Any], sk_params: Mapping[str, Any]) -> None:
        """Stores the arguments of a constructor (its ``locals()``) as they are; refuses parameters that go nowhere."""
        for name in words.keys() - {"self", "sk_params", "__class__"}:
            setattr(self, name, words[name])
        if sk_params:
            self._check_at_the_door(sk_params)
            self.sk_params = dict(sk_params)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """The words of the constructor, and of those that a subclass's constructor calls."""
        constructors = [vars(each)["__init__"] for each in cls.__mro__[:-1] if "__init__" in vars(each)]
        return sorted({name for each in constructors for name in Words(each).named} - {"self"})

    def _check_at_the_door(self, names: Mapping[str, Any]) -> None:
        # tools that read the constructor's signature take the name of ** for a parameter: it is refused in fit
        self._check_names(names.keys() - {"sk_params"})

    def _check_names(self, names: Any) -> None:
        check_names(type(self).__name__, names, self._function(), self._get_param_names())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name, the routed ones among them."""
        return {name: getattr(self, name) for name in self._get_param_names()} | dict(self.sk_params)

    def set_params(self, **params: Any) -> Any:
        """Sets parameters, under the names that the constructor takes; returns the estimator."""
        own = set(self._get_param_names())
        for name in own & set(params):
            setattr(self, name, params[name])
        others = {name: value for name, value in params.items() if name not in own}
        if others:
            self._check_at_the_door(others)
            self.sk_params = {**self.sk_params, **others}
        return self

    def _source(self) -> Any:
        """What makes the model: what was given, or the function of a network for the data."""
        params = self.get_params()
        given = params.get("model")
        given = params.get("build_fn") if given is None else given
        return self._network() if given is None else given

    def _function(self) -> Callable[..., Any] | None:
        source = self._source()
        return source if callable(source) and not isinstance(source, Model) else None

    def _network(self) -> Callable[..., Any]:
        raise NotImplementedError

    def _routed(self) -> Routed:
        """The parameters by place; what the constructor let pass, as scikit-learn wants, is refused here."""
        source = self._source()
        if not isinstance(source, Model) and not callable(source):
            raise ArgumentError(
                f"{type(self).__name__}, model",
                "a function that returns a model, a Hornbeam model, or None",
                type(source).__name__,
                "Write model=build, where build() returns a compiled model.",
            )
        self._check_names(self.sk_params)
        words = {name: getattr(self, name) for name in self._get_param_names() if name not in self._unrouted}
        given = {name: value for name, value in words.items() if value is not None}
        return route({**given, **self.sk_params}, self._function())

    # -- the data --------------------------------------------------------------------------------------

    def _checked(self, where: str, X: Any, y: Any = "no_validation", reset: bool = True, **words: Any) -> Any:
        """Inputs, and targets where they are given, as arrays; scikit-learn's findings in Hornbeam's words."""
        if not isinstance(y, str):
            words["multi_output"] = True
        try:
            return validate_data(self, X, y, reset=reset, accept_sparse="csr", allow_nd=True, **words)
        except ValueError as error:
            raise DataError(
                f"{type(self).__name__}, {where}, data",
                "finite numbers, a row for each sample, and the columns that fit was given",
                str(error).strip().rstrip("."),
                "Correct the data.",
            ) from error

    def _weights(self, sample_weight: Any, x: Any, y: Any) -> np.ndarray | None:
        return None if sample_weight is None else _check_sample_weight(sample_weight, x)

    def _encoded(self, y: Any, model: Model, x: Any) -> Any:
        """Targets as the model's losses take them."""
        raise NotImplementedError

    def _meta(self) -> dict[str, Any]:
        """What a model's function is told that asks for ``meta``: the attributes that the data have set."""
        return {name: value for name, value in vars(self).items() if name.endswith("_") and name[0] != "_"}

    # -- training --------------------------------------------------------------------------------------

    def _train(self, x: Any, y: Any, sample_weight: Any, going_on: bool, words: Mapping[str, Any]) -> History:
        """Trains a fresh model, or goes on with the one there is; the data are checked already."""
        where = type(self).__name__
        for name in words:
            if name not in METHODS["fit"]:
                raise ArgumentError(f"{where}, fit", "words of fit", repr(name), did_you_mean(name, [*METHODS["fit"]]))
        routed = self._routed()
        fit_words = {**routed["fit"], **words}
        weights = self._weights(sample_weight, x, y)
        own = self._source() is self._network()
        if own and weights is not None and weights.any():
            weights = weights / weights.mean()
        seed = self._seed(going_on)
        if fit_words.get("validation_split") is None:
            fit_words.pop("validation_split", None)
        with contextlib.nullcontext() if seed is None else seeded(seed):
            model = self.model_ if going_on else self._built(routed, own)
            model.build_for(x if isinstance(x, np.ndarray) else x[:1].toarray(), f"{where}, fit")
            if own and not going_on:
                standardise(model, x, self._in_unit(x, y), weights)
            callbacks = fresh_callbacks(fit_words.pop("callbacks", None), routed["callbacks"])
            if own and "epochs" not in fit_words:
                fit_words["epochs"] = EPOCHS
                if x.shape[0] >= HELD_FROM and not {"validation_split", "validation_data"} & {*fit_words}:
                    fit_words["validation_split"] = 0.1
                    order = generator().permutation(x.shape[0])
                    x, y, weights = x[order], y[order], None if weights is None else weights[order]
                callbacks.append(self._early_stopping(model, fit_words, "loss" in routed["compile"]))
            if fit_words.get("validation_data") is not None:
                fit_words["validation_data"] = self._validation(fit_words["validation_data"], model)
            history = model.fit(
                x,
                self._encoded(y, model, x),
                sample_weight=_for_each(model, weights),
                callbacks=callbacks,
                **{"verbose": self._talks, **fit_words},
            )
        self.model_ = model
        past = self.history_ if going_on else {}
        names = [*past, *(name for name in history.history if name not in past)]
        self.history_ = {name: [*past.get(name, []), *history.history.get(name, [])] for name in names}
        return history

    def _built(self, routed: Routed, own: bool) -> Model:
        if own:
            routed["compile"] = {**self._usual(), **routed["compile"]}
        asked = {"meta": self._meta(), "params": self.get_params()}
        return build_model(type(self).__name__, self._source(), routed, asked)

    def _usual(self) -> dict[str, Any]:
        """How a network that the estimator makes itself is compiled."""
        return {"optimizer": "adam", "loss": "mse"}

    def _in_unit(self, x: Any, y: Any) -> Any:
        """The targets in the unit of the network's layer ``unit``, None where it has none."""
        return None

    def _early_stopping(self, model: Model, words: Mapping[str, Any], own_loss: bool) -> EarlyStopping:
        """Ends training when the loss has gained less than 0.0001 (of the targets' variance) for ten epochs."""
        validates = words.get("validation_split") or words.get("validation_data") is not None
        made: list[Any] = [layer for layer in model.layers if layer.name == "unit"]
        unit = [float(np.mean(layer.variance.numpy())) for layer in made]
        least = 0.0 if own_loss else LEAST_GAIN * (unit[0] if unit else 1.0)
        monitor = "val_loss" if validates else "loss"
        return EarlyStopping(monitor, min_delta=least, patience=PATIENCE, restore_best_weights=bool(validates))

    def _seed(self, going_on: bool) -> int | None:
        if self.get_params().get("random_state") is None:
            return None
        given = self.get_params()["random_state"]
        seed = int(given) if isinstance(given, numbers.Integral) else int(check_random_state(given).randint(2**31))
        if going_on:  # other orders of the rows than those before
            done = len(self.history_.get("loss", []))
            seed = int(np.random.SeedSequence((seed, done)).generate_state(1)[0])
        return seed

    def _validation(self, data: Any, model: Model) -> Any:
        x, y = self._checked("fit, validation_data", data[0], data[1], reset=False)
        return x, self._encoded(y, model, x), *data[2:]

    def _goes_on(self) -> bool:
        return bool(self.get_params().get("warm_start")) and self.__sklearn_is_fitted__()

    # -- answers ---------------------------------------------------------------------------------------

    def _outputs(
        self, X: Any, where: str, model: Model | None = None, words: Mapping[str, Any] = MappingProxyType({})
    ) -> Any:
        """The outputs of the fitted model, or of a part of it, for the rows of X."""
        model = self.model_ if model is None else model
        words = {"verbose": 0, **self._routed()["predict"], **words}
        words.pop("callbacks", None)
        x = self._checked(where, X, reset=False)
        rows, size = x.shape[0], words.get("batch_size") or BATCH
        if rows < size and model.is_rowwise:
            # to a whole batch: the same program whatever their number, and the same last digits
            x = x if isinstance(x, np.ndarray) else x.toarray()
            x = np.concatenate([x, np.repeat(x[-1:], size - rows, axis=0)])
        outputs = model.predict(x, **words)
        return jax.tree.map(lambda leaf: leaf[:rows], outputs)

    def _as_wide(self, outputs: np.ndarray, X: Any) -> np.ndarray:
        """In float64, as scikit-learn has it, unless X is in float32."""
        return outputs if getattr(X, "dtype", None) == np.float32 else outputs.astype(np.float64)

    def _shapes(self, model: Model, x: Any) -> list[Any]:
        return model.output_shapes_for(x if isinstance(x, np.ndarray) else x[:1].toarray())

    def _losses(self, model: Model) -> list[Any]:
        return per_output(model.loss, model.output_names, "compile, loss", broadcast=True)

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # -- pickles: a model travels as the bytes of its file, which hold no code ---------------------------

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        models = {name: value for name, value in state.items() if isinstance(value, Model)}
        return {**state, **{name: None for name in models}, "_models": {n: as_bytes(m) for n, m in models.items()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        files = state.pop("_models")
        super().__setstate__({**state, **{name: from_bytes(data) for name, data in files.items()}})


def as_bytes(model: Model) -> bytes:
    """The bytes of the model's ``.keras`` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return file.read()


def from_bytes(data: bytes) -> Model:
    """The model of such bytes. Classes and functions of the user's in it must be registered."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(data)
        return load_model(path)


def _for_each(model: Model, weights: Any) -> Any:
    """One array of weights for each of the model's outputs."""
    several = len(model.output_names) > 1 and weights is not None
    return [weights] * len(model.output_names) if several else weights
