"""WAV files: whole numbers of 8, 16, 24 and 32 bits, and floats, as arrays from -1 to 1."""

from __future__ import annotations

import os
import struct
from math import gcd
from typing import Any

import numpy as np

from hornbeam.core.errors import FileError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SOURCE = "Get the file again from its source, or leave it out."


def read_wav(path: Any) -> tuple[np.ndarray, int]:
    """The samples of a WAV file, and how many there are in a second.

    The standard library's ``wave`` reads no floats, so the chunks are read here: ``fmt`` says the layout, ``data``
    holds the samples.

    Args:
        path: where the file is.

    Shapes:
        ``(time, channels)``, float32

    Raises:
        FileError: no such file, no WAV file, a truncated one, or a compressed one.
    """
    where = f"sound {os.fspath(path)!r}"
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        fix = f"Check the path; the working folder is {os.getcwd()!r}."
        raise FileError(where, "a file that exists", "none", fix) from None
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise FileError(where, "a WAV file, which begins with RIFF and WAVE", repr(content[:12]), "Convert it to WAV.")
    chunks = _chunks(content, where)
    if b"fmt " not in chunks or b"data" not in chunks or len(chunks[b"fmt "]) < 16:
        raise FileError(where, "a fmt and a data chunk", f"{[each.decode('latin1') for each in chunks]}", _SOURCE)
    layout = chunks[b"fmt "]
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", layout[:16])
    if kind == _EXTENSIBLE and len(layout) >= 26:
        kind = struct.unpack("<H", layout[24:26])[0]
    if channels == 0 or rate == 0 or block != channels * ((bits + 7) // 8):
        got = f"{channels} channels, {rate} samples a second, {block} bytes each"
        raise FileError(where, "a layout that fits together", got, _SOURCE)
    data = chunks[b"data"]
    if len(data) % block:
        raise FileError(where, f"a whole number of samples of {block} bytes", f"{len(data)} bytes", _SOURCE)
    return _samples(data, kind, bits, where).reshape(-1, channels), int(rate)


def _chunks(content: bytes, where: str) -> dict[bytes, bytes]:
    """The parts of a file by name; of several of one name the first."""
    found: dict[bytes, bytes] = {}
    place = 12
    while place + 8 <= len(content):
        name, length = content[place : place + 4], struct.unpack("<I", content[place + 4 : place + 8])[0]
        body = content[place + 8 : place + 8 + length]
        if len(body) < length:
            got = f"{len(body)} bytes: the file is truncated"
            raise FileError(where, f"{length} bytes of {name.decode('latin1')!r}", got, _SOURCE)
        found.setdefault(name, body)
        place += 8 + length + length % 2
    return found


def _samples(data: bytes, kind: int, bits: int, where: str) -> np.ndarray:
    if kind == _FLOAT and bits in (32, 64):
        return np.frombuffer(data, f"<f{bits // 8}").astype(np.float32)
    if kind == _PCM and bits == 8:  # unsigned, with the middle at 128
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    if kind == _PCM and bits == 24:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3)
        whole = np.zeros((len(parts), 4), np.uint8)
        whole[:, 1:] = parts  # the upper three bytes of 32 bits
        return (whole.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
    if kind == _PCM and bits in (16, 32):
        return (np.frombuffer(data, f"<i{bits // 8}") / 2.0 ** (bits - 1)).astype(np.float32)
    got = f"format {kind} of {bits} bits"
    raise FileError(where, "8, 16, 24 or 32 bits of whole numbers, or floats", got, "Convert it to 16-bit PCM.")


def resampled(sound: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """A sound at another number of samples per second.

    Every new sample is a sum of old ones, weighted by ``sinc`` under a Hann window of 16 zero crossings to each side,
    wider where the new rate is lower, so that no frequency above half of it is left.

    Shapes:
        ``(time, channels) -> (ceil(time * new_rate / rate), channels)``

    Example:
        >>> resampled(np.ones((800, 1), "float32"), 8000, 16000).shape
        (1600, 1)

    Reference:
        Smith (1984), A flexible sampling-rate conversion method.
    """
    if rate == new_rate or len(sound) == 0:
        return sound
    common = gcd(rate, new_rate)
    up, down = new_rate // common, rate // common
    count = -(-len(sound) * up // down)
    cut = min(1.0, up / down)  # of the old rate's band, what is kept
    reach = int(np.ceil(16 / cut))
    result = np.zeros((count, sound.shape[1]), np.float32)
    padded = np.pad(sound, ((reach, reach + 1), (0, 0)))
    offsets = np.arange(-reach, reach + 1)
    for phase in range(min(up, count)):  # samples that lie equally between old ones have equal weights
        first = phase * down
        distance = offsets - (first % up) / up
        window = np.where(np.abs(distance) <= reach, 0.5 + 0.5 * np.cos(np.pi * distance / reach), 0)
        weights = cut * np.sinc(cut * distance) * window
        weights /= weights.sum()
        places = (np.arange(phase, count, up) * down) // up
        result[phase::up] = sum(w * padded[places + reach + k] for w, k in zip(weights, offsets, strict=True))
    return result
