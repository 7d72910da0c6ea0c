"""Callbacks that write the logs somewhere: a CSV file, or a web address."""

from __future__ import annotations

import csv
import json
import os
import urllib.error
import urllib.parse
import urllib.request
import warnings
from typing import Any

import numpy as np

from hornbeam.training.callback import Callback


class CSVLogger(Callback):
    """Writes a row per epoch.

    Args:
        filename: file to write.
        separator: between the columns.
        append: whether to go on in an existing file.

    Differs:
        Keras has columns full of ``NA`` for validation where there is none.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._names: list[str] | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        goes_on = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._names = self._existing_names() if goes_on else None
        with open(self.filename, "a" if self.append else "w"):
            pass  # a file that cannot be written is refused before training

    def _existing_names(self) -> list[str]:
        with open(self.filename, newline="") as file:
            return next(csv.reader(file, delimiter=self.separator))[1:]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        with open(self.filename, "a", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator)
            if self._names is None:
                self._names = self._columns(sorted(logs))
                writer.writerow(["epoch", *self._names])
            writer.writerow([epoch, *(_cell(logs.get(name, "NA")) for name in self._names)])

    def _columns(self, names: list[str]) -> list[str]:
        """The names, with those of a validation that is due later."""
        if self.params.get("validates") and not any(name.startswith("val_") for name in names):
            names += [f"val_{name}" for name in names]
        return names


def _cell(value: Any) -> Any:
    return f'"[{", ".join(map(str, np.ravel(value)))}]"' if np.ndim(value) else value


class RemoteMonitor(Callback):
    """Sends each epoch's logs to a web address by POST.

    Args:
        root: address of the server.
        path: added to it.
        field: name of the form field that holds the JSON text.
        headers: dict of HTTP headers.
        send_as_json: whether the body is the JSON itself.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ):
        super().__init__()
        self.root, self.path, self.field, self.headers = root, path, field, dict(headers or {})
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        numbers = {name: np.asarray(value).tolist() for name, value in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **numbers})
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.root + self.path, body.encode(), {"Content-Type": kind, **self.headers}, method="POST"
        )
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (urllib.error.URLError, TimeoutError) as error:
            warnings.warn(
                f"RemoteMonitor: expected a server at {self.root}; got {error}. Training goes on without it.",
                stacklevel=2,
            )
