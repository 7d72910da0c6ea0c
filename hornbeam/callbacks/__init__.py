"""Callbacks: what can be done between chunks, epochs and runs."""

from hornbeam.callbacks.averages import SwapEMAWeights
from hornbeam.callbacks.backup import BackupAndRestore
from hornbeam.callbacks.checkpoint import ModelCheckpoint
from hornbeam.callbacks.early_stopping import EarlyStopping
from hornbeam.callbacks.finite import TerminateOnNaN
from hornbeam.callbacks.lambda_callback import LambdaCallback
from hornbeam.callbacks.monitor import Monitor
from hornbeam.callbacks.progress import Progbar, ProgbarLogger
from hornbeam.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from hornbeam.callbacks.records import CSVLogger, RemoteMonitor
from hornbeam.callbacks.tensorboard import TensorBoard
from hornbeam.training.callback import Callback, CallbackList
from hornbeam.training.history import History

MonitorCallback = Monitor

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "Monitor",
    "MonitorCallback",
    "Progbar",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]
