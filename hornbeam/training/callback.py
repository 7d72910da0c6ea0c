"""Callback: what can be done between steps, epochs and runs; CallbackList calls several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hornbeam.core.errors import ArgumentError

_BATCH_HOOKS = (
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_batch_begin",
    "on_batch_end",
)


class Callback:
    """Base of callbacks; override the hooks you need.

    Overriding a hook of a training batch makes ``fit`` run one program per batch instead of one per chunk:
    small networks then train several times slower.

    Attributes:
        model: the model that trains.
        params: dict with ``verbose``, ``epochs`` and ``steps``.
        passive: whether it only reads the logs. If all are, short epochs run several at a time, and each hook of an
            epoch is called after them; a callback that looks at the model must leave this False.
        last: whether its hooks are called after those of all callbacks that are not last.
        kept: names of the attributes that a run which is restored from a backup needs: numbers, strings, nested lists
            and dicts of them, or a list of arrays.
    """

    passive = False
    last = False
    kept: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._model: Any = None
        self.params: dict[str, Any] = {}

    @property
    def model(self) -> Any:
        """The model that trains."""
        return self.__dict__.get("_model")

    @model.setter
    def model(self, model: Any) -> None:
        self._model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Receives ``params`` before training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receives the model before training."""
        self._model = model

    def set_companions(self, callbacks: list[Any]) -> None:
        """Receives all callbacks of the run before training."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before the first epoch of ``fit``."""

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """After the last epoch of ``fit``."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Before an epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """After an epoch and its validation; ``logs`` holds both's numbers."""

    def on_chunk_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        """After a chunk of batches that one program call trained; ``step`` batches of the epoch are done."""

    def on_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Old name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Old name of ``on_train_batch_end``."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a training batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a training batch."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before evaluation or validation."""

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """After evaluation or validation."""

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a batch of evaluation."""

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a batch of evaluation."""

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Before prediction."""

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        """After prediction."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Before a batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """After a batch of prediction."""

    def wants_batches(self, kind: str = "train") -> bool:
        """Whether it overrides a hook of batches of this kind: train, test or predict."""
        names = _BATCH_HOOKS if kind == "train" else (f"on_{kind}_batch_begin", f"on_{kind}_batch_end")
        return any(getattr(type(self), name, None) is not getattr(Callback, name) for name in names)


class CallbackList(Callback):
    """Calls the same hook of several callbacks, in order; those that want to be last after the others.

    Args:
        callbacks: callbacks, a single one or nested lists of them.
        model: handed to each.
        params: handed to each.
    """

    def __init__(self, callbacks: Iterable[Any] | None = None, model: Any = None, **params: Any):
        super().__init__()
        self.callbacks = _flat(callbacks)
        self.set_model(model)
        self.set_params(params)

    @property
    def passive(self) -> bool:  # type: ignore[override]
        """Whether all of them only read the logs."""
        return all(callback.passive for callback in self.callbacks)

    def append(self, callback: Any) -> None:
        """Adds one at the end."""
        self.callbacks.append(callback)

    def set_model(self, model: Any) -> None:
        self._model = model
        self.callbacks.sort(key=lambda callback: callback.last)
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_companions(self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def wants_batches(self, kind: str = "train") -> bool:
        return any(callback.wants_batches(kind) for callback in self.callbacks)


def _calling(name: str) -> Any:
    def call(self: CallbackList, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args)

    call.__name__ = name
    call.__doc__ = f"Calls ``{name}`` of each callback."
    return call


for _name in [name for name in vars(Callback) if name.startswith("on_")]:
    setattr(CallbackList, _name, _calling(_name))


def _flat(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
    items = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    flat = [inner for item in items for inner in (_flat(item) if isinstance(item, (list, tuple)) else [item])]
    wrong = [item for item in flat if not isinstance(item, Callback)]
    if wrong:
        raise ArgumentError(
            "callbacks",
            "objects of classes derived from Callback",
            repr(wrong[0]),
            f"Write {wrong[0].__name__}(…), with brackets."
            if isinstance(wrong[0], type)
            else "Derive its class from hornbeam.callbacks.Callback.",
        )
    return flat
