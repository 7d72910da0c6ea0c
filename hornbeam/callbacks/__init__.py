"""Callbacks: what can be done between chunks, epochs and runs."""

from hornbeam.training.callback import Callback, CallbackList
from hornbeam.training.history import History

__all__ = ["Callback", "CallbackList", "History"]
