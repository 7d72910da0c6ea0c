"""TensorBoard: the logs as event files that TensorBoard reads, written without it.

An event file is a row of records ``length (8 bytes), checksum of the length (4), event, checksum of the event (4)``;
checksums are masked CRC-32C; events are protocol-buffer messages, of which a handful of fields is needed.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.training.callback import Callback


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)  # Castagnoli's polynomial, reversed
        table.append(value)
    return table


_TABLE = _crc_table()


def masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and shifted by a constant as the format of records asks.

    Example:
        >>> hex(masked_crc(b"123456789"))
        '0xc78ab0e5'
    """
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes_field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def event(wall_time: float, step: int = 0, version: str | None = None, summary: bytes | None = None) -> bytes:
    """An Event message: wall_time = 1, step = 2, file_version = 3, summary = 5."""
    message = _varint(1 << 3 | 1) + struct.pack("<d", wall_time) + _varint(2 << 3) + _varint(step)
    if version is not None:
        message += _bytes_field(3, version.encode())
    return message + (_bytes_field(5, summary) if summary is not None else b"")


def scalar(tag: str, value: float) -> bytes:
    """A Summary with one value: tag = 1, simple_value = 2."""
    content = _bytes_field(1, tag.encode()) + _varint(2 << 3 | 5) + struct.pack("<f", value)
    return _bytes_field(1, content)


def histogram(tag: str, values: np.ndarray, bins: int = 30) -> bytes:
    """A Summary with one histogram (histo = 5): min, max, num, sum, sum_squares, bucket_limit, bucket."""
    values = np.ravel(values).astype(np.float64)
    counts, edges = np.histogram(values, bins=bins)
    numbers = (values.min(), values.max(), values.size, values.sum(), (values**2).sum())
    content = b"".join(_varint(n << 3 | 1) + struct.pack("<d", x) for n, x in enumerate(numbers, start=1))
    content += _bytes_field(6, edges[1:].astype("<f8").tobytes()) + _bytes_field(7, counts.astype("<f8").tobytes())
    return _bytes_field(1, _bytes_field(1, tag.encode()) + _bytes_field(5, content))


class EventFile:
    """One event file in a folder."""

    def __init__(self, folder: str):
        os.makedirs(folder, exist_ok=True)
        tail = f"{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{time.monotonic_ns() % 10**9}"
        self.path = os.path.join(folder, f"events.out.tfevents.{tail}")
        self.write([event(time.time(), version="brain.Event:2")])

    def write(self, messages: Iterable[bytes]) -> None:
        """Appends records."""
        with open(self.path, "ab") as file:
            for message in messages:
                length = struct.pack("<Q", len(message))
                file.write(length + struct.pack("<I", masked_crc(length)))
                file.write(message + struct.pack("<I", masked_crc(message)))


class TensorBoard(Callback):
    """Writes the logs for TensorBoard: ``tensorboard --logdir logs``.

    Args:
        log_dir: folder; training goes to ``train`` in it, validation to ``validation``.
        histogram_freq: every how many epochs the weights' histograms are written; 0 never.
        write_graph, write_images, profile_batch, embeddings_freq, embeddings_metadata: accepted for Keras's sake.
        write_steps_per_second: whether the speed is written too.
        update_freq: ``"epoch"``, ``"batch"``, or a number of batches (training then runs batch by batch).
    """

    kept = ("_batches",)

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        super().__init__()
        self.log_dir, self.histogram_freq = os.fspath(log_dir), histogram_freq
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._files: dict[str, EventFile] = {}
        self._batches = self._evaluations = 0
        self._training = False

    def wants_batches(self, kind: str = "train") -> bool:
        return kind == "train" and self.update_freq != "epoch"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._training, self._batches = True, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._began, self._first = time.perf_counter(), self.model.run_state.step

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._batches += 1
        if self.update_freq != "epoch" and self._batches % self.update_freq == 0:
            self._write("train", self._batches, (scalar(f"batch_{n}", float(v)) for n, v in (logs or {}).items()))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        numbers = {name: float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}
        if self.write_steps_per_second:
            steps = self.model.run_state.step - self._first
            numbers["steps_per_second"] = steps / (time.perf_counter() - self._began)
        train = {name: value for name, value in numbers.items() if not name.startswith("val_")}
        check = {name[4:]: value for name, value in numbers.items() if name.startswith("val_")}
        self._write("train", epoch, (scalar(f"epoch_{name}", value) for name, value in train.items()))
        if check:
            self._write("validation", epoch, (scalar(f"epoch_{name}", value) for name, value in check.items()))
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write("train", epoch, (histogram(w.path, w.numpy()) for w in self.model.weights))

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._training:
            self._evaluations += 1
            rows = (scalar(f"evaluation_{name}", float(value)) for name, value in (logs or {}).items())
            self._write("validation", self._evaluations, rows)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._training = False
        self._files = {}

    def _write(self, part: str, step: int, summaries: Iterable[bytes]) -> None:
        if part not in self._files:
            self._files[part] = EventFile(os.path.join(self.log_dir, part))
        self._files[part].write(event(time.time(), step, summary=summary) for summary in summaries)
