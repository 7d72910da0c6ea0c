"""Progress: a bar that rewrites its line in a terminal, one live output in a notebook, a line per epoch in a file."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from hornbeam.core.messages import is_interactive_logging_enabled, say
from hornbeam.training.callback import Callback

_WIDTH = 20
_REFRESH_SECONDS = 0.1


def default_verbose(verbose: Any) -> int:
    """0 silent, 1 a bar, 2 a line per epoch; ``"auto"`` is 1 for a reader at a terminal or notebook, else 2."""
    if verbose == "auto":
        return 1 if is_interactive_logging_enabled() and (in_notebook() or _is_terminal()) else 2
    return int(verbose)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _can_show(text: str) -> bool:
    """Whether the output's encoding has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def in_notebook() -> bool:
    """Whether the program runs in a Jupyter kernel."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return running is not None and "IPKernelApp" in running.config


def shown(name: str, value: Any) -> str:
    """``name: value`` with four decimals, or in powers of ten where those would show nothing."""
    if not isinstance(value, float):
        return f"{name}: {value}"
    return f"{name}: {value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{name}: {value:.4e}"


def duration(seconds: float) -> str:
    """A time in the unit that reads well: ``3s``, ``2:05``, ``410us``."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds >= 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return "0s"


class Progbar:
    """A bar for ``target`` steps.

    Args:
        target: how many steps there are; None when unknown.
        width: characters of the bar.
        verbose: 0 silent, 1 a bar, 2 one line at the end.
        unit_name: what a step is called.
    """

    def __init__(
        self,
        target: int | None,
        width: int = _WIDTH,
        verbose: int = 1,
        interval: float = _REFRESH_SECONDS,
        stateful_metrics: Any = None,
        unit_name: str = "step",
    ):
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self._done = 0
        self._began = self._drawn = time.perf_counter()
        self._length = 0
        self._display: Any = None
        self.label = ""  # what stands before the finished line
        self._terminal = _is_terminal()
        self._notebook = in_notebook()

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Shows that ``current`` steps are done, with names and numbers; redraws at most ten times a second."""
        now = time.perf_counter()
        finished = finalize if finalize is not None else self.target is not None and current >= self.target
        if not self.verbose or (not finished and (self.verbose == 2 or now - self._drawn < self.interval)):
            return
        self._drawn = now
        pairs = values.items() if isinstance(values, dict) else values or []
        numbers = [shown(name, value) for name, value in pairs]
        self._show(self.label + " - ".join([self._head(current, now - self._began, finished), *numbers]), finished)

    def add(self, n: int, values: Any = None) -> None:
        """Shows that n more steps are done."""
        self._done += n
        self.update(self._done, values)

    def _head(self, current: int, seconds: float, finished: bool) -> str:
        per_step = duration(seconds / max(current, 1))
        count = f"{current}/{self.target}" if self.target is not None else f"{current}/?"
        if self.verbose == 2:
            return f"{count} - {duration(seconds)} - {per_step}/{self.unit_name}"
        full, open_ = "━─" if _can_show("━─") else "=."
        if finished:
            return f"{count} {full * self.width} {duration(seconds)} {per_step}/{self.unit_name}"
        filled = int(self.width * current / self.target) if self.target else 0
        bar = full * filled + open_ * (self.width - filled)
        left = f"ETA {duration(seconds / max(current, 1) * (self.target - current))}" if self.target else per_step
        return f"{count} {bar} {left}"

    def _show(self, line: str, finished: bool) -> None:
        if not is_interactive_logging_enabled():
            if finished:
                say(line)
            return
        if self._notebook and self.verbose == 1:
            self._show_in_notebook(line)
            return
        if sys.stdout is None:  # a program without a console
            return
        if self._terminal and self.verbose == 1:
            # never wider than the terminal: a wrapped line could not be rewritten
            room = os.get_terminal_size(sys.stdout.fileno()).columns - 1 if not finished else len(line)
            line = line[: max(room, 20)]
            sys.stdout.write("\r" + line + " " * max(0, self._length - len(line)) + ("\n" if finished else ""))
            self._length = 0 if finished else len(line)
        elif finished:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _show_in_notebook(self, line: str) -> None:
        display = sys.modules["IPython"].display
        content = display.Pretty(line) if hasattr(display, "Pretty") else line
        if self._display is None:
            self._display = display.display(content, display_id=True)
        else:
            self._display.update(content)


class ProgbarLogger(Callback):
    """Shows the progress of ``fit``, ``evaluate`` and ``predict``.

    Args:
        level: 1 a bar, 2 one line per epoch.
    """

    passive = True

    def __init__(self, level: int = 1):
        super().__init__()
        self.level = level
        self._bar: Progbar | None = None
        self._training = False
        self._done = 0

    def wants_batches(self, kind: str = "train") -> bool:
        return False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._training = True

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        epochs = self.params.get("epochs")
        if self.level == 1:
            say(f"Epoch {epoch + 1}/{epochs}")
        self._label = f"Epoch {epoch + 1}/{epochs}: "
        self._start()

    def on_chunk_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        self._done = step
        if self._bar is not None and self.level == 1:
            self._bar.update(step, logs, finalize=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs, self._label if self.level == 2 else "")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._training = False

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self._training:
            self._start()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._seen(batch, logs)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._training:
            self._finish(logs)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._start()

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._seen(batch, {})

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self._finish(logs)

    def _seen(self, batch: int, logs: dict[str, Any] | None) -> None:
        if not self._training and self._bar is not None:
            self._done = batch + 1
            self._bar.update(self._done, logs, finalize=False)

    def _start(self) -> None:
        self._done = 0
        self._bar = Progbar(self.params.get("steps"), verbose=self.level)

    def _finish(self, logs: dict[str, Any] | None, label: str = "") -> None:
        if self._bar is None:
            return
        self._bar.label = label
        self._bar.target = self._done or self._bar.target
        self._bar.update(self._done, logs, finalize=True)
