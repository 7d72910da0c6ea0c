"""LambdaCallback: a callback from functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.core.registry import did_you_mean
from hornbeam.training.callback import _BATCH_HOOKS, Callback


class LambdaCallback(Callback):
    """Calls the given functions at the given moments.

    Args:
        on_epoch_begin, on_epoch_end: functions ``(epoch, logs)``.
        on_train_begin, on_train_end: functions ``(logs)``.
        on_train_batch_begin, on_train_batch_end: functions ``(batch, logs)``; training then runs batch by batch.
        kwargs: functions for any other hook of ``Callback``.

    Example:
        >>> seen = []
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
        >>> callback.on_epoch_end(3)
        >>> seen
        [3]
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        known = [name for name in vars(Callback) if name.startswith("on_")]
        self._hooks = {name: hook for name, hook in hooks.items() if hook is not None}
        for name, hook in self._hooks.items():
            if name not in known:
                raise ArgumentError("LambdaCallback", "the name of a hook", repr(name), did_you_mean(name, known))
            self.__dict__[name] = _with_logs(hook, any(word in name for word in ("epoch", "batch", "chunk")))

    def wants_batches(self, kind: str = "train") -> bool:
        names = _BATCH_HOOKS if kind == "train" else (f"on_{kind}_batch_begin", f"on_{kind}_batch_end")
        return any(name in self._hooks for name in names)


def _with_logs(hook: Callable[..., Any], counted: bool) -> Callable[..., Any]:
    """Hands ``logs`` on as None when the caller gives none; a counted hook has an epoch's or batch's number first."""
    if counted:
        return lambda number, logs=None: hook(number, logs)
    return lambda logs=None: hook(logs)
