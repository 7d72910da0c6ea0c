"""Fourier transforms. Complex numbers go in and out as pairs of arrays, (real, imaginary), as in Keras."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.operation import floats, operation

__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]


def _joined(where: str, x: Any) -> jax.Array:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ArgumentError(where, "a pair (real, imaginary)", type(x).__name__, "Write (x, zeros_like(x)).")
    return jax.lax.complex(*(floats(part) for part in x))


def _parted(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.real(x), jnp.imag(x)


@operation
def fft(x):
    """Fourier transform along the last axis: ``X[k] = sum_n x[n] * exp(-2j * pi * k * n / N)``.

    Args:
        x: a pair (real, imaginary).

    Example:
        >>> real, imaginary = fft(([1.0, 2.0], [0.0, 0.0]))
        >>> print(real, imaginary)
        [ 3. -1.] [0. 0.]
    """
    return _parted(jnp.fft.fft(_joined("fft", x)))


@operation
def fft2(x):
    """Fourier transform along the last two axes, of a pair (real, imaginary).

    Example:
        >>> real, imaginary = fft2(([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]))
        >>> print(real)
        [[10. -2.]
         [-4.  0.]]
    """
    return _parted(jnp.fft.fft2(_joined("fft2", x)))


@operation
def ifft2(x):
    """What ``fft2`` was applied to: its inverse.

    Example:
        >>> real, imaginary = ifft2(([[10.0, -2.0], [-4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]))
        >>> print(real)
        [[1. 2.]
         [3. 4.]]
    """
    return _parted(jnp.fft.ifft2(_joined("ifft2", x)))


@operation
def rfft(x, fft_length=None):
    """Fourier transform of real numbers along the last axis; only frequencies from 0 up, the others mirror them.

    Args:
        x: an array of real numbers.
        fft_length: x is cut or filled with zeros to this length; its own when None.

    Shapes:
        ``(…, time) -> (…, fft_length // 2 + 1)``, twice

    Example:
        >>> real, imaginary = rfft([1.0, 2.0, 3.0, 4.0])
        >>> print(real, imaginary)
        [10. -2. -2.] [0. 2. 0.]
    """
    return _parted(jnp.fft.rfft(floats(x), fft_length))


@operation
def irfft(x, fft_length=None):
    """What ``rfft`` was applied to: its inverse.

    Args:
        x: a pair (real, imaginary).
        fft_length: length of the result, ``2 * (frequencies - 1)`` when None.

    Example:
        >>> print(irfft(([10.0, -2.0, -2.0], [0.0, 2.0, 0.0])))
        [1. 2. 3. 4.]
    """
    return jnp.fft.irfft(_joined("irfft", x), fft_length)


# ---- windows of a signal


@operation
def extract_sequences(x, sequence_length, sequence_stride):
    """Windows of a signal: ``result[…, i, j] = x[…, i * sequence_stride + j]``.

    Args:
        x: signals along the last axis.
        sequence_length: entries of a window.
        sequence_stride: steps from one window's start to the next.

    Example:
        >>> print(extract_sequences([1, 2, 3, 4, 5], 3, 2))
        [[1 2 3]
         [3 4 5]]
    """
    x = jnp.asarray(x)
    return x[..., _places(x.shape[-1], sequence_length, sequence_stride)]


def _places(time: int, length: int, stride: int) -> np.ndarray:
    if time < length:
        raise ShapeError(
            "extract_sequences", f"at least {length} entries in the last axis", time, "Use shorter windows."
        )
    return np.arange(0, time - length + 1, stride)[:, None] + np.arange(length)


def _window(window: Any, length: int, fft_length: int, dtype: Any) -> jax.Array:
    """The window in the middle of ``fft_length`` entries, zeros around it; with None ones everywhere."""
    if window is None:
        return jnp.ones(fft_length, dtype)
    if isinstance(window, str):
        heights = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}
        if window not in heights:
            raise ArgumentError("window", "'hann', 'hamming', an array or None", repr(window), "Choose one of them.")
        mean, swing = heights[window]
        window = mean - swing * np.cos(2 * np.pi * np.arange(length) / length)
    window = jnp.asarray(window, dtype)
    if window.shape != (length,):
        raise ShapeError(
            "window", f"shape ({length},), as sequence_length says", window.shape, "Give one weight an entry."
        )
    before = (fft_length - length) // 2
    return jnp.pad(window, (before, fft_length - length - before))


def _check(where: str, sequence_length: int, sequence_stride: int, fft_length: int) -> None:
    if not isinstance(sequence_stride, int) or sequence_stride < 1:
        raise ArgumentError(
            f"{where}, sequence_stride", "a positive integer", repr(sequence_stride), "Write 1 or more."
        )
    if fft_length < sequence_length:
        raise ArgumentError(
            f"{where}, fft_length", f"at least sequence_length, {sequence_length}", fft_length, "Raise it."
        )


@operation
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """Short-time Fourier transform: ``rfft`` of weighted windows of a signal.

    Args:
        x: signals along the last axis, floats.
        sequence_length: entries of a window.
        sequence_stride: steps from one window's start to the next.
        fft_length: length of each transform; windows are filled with zeros on both sides.
        window: ``"hann"``, ``"hamming"``, weights of shape ``(sequence_length,)``, or None for no weights.
        center: mirror the signal at its ends by half a window, so that window i is centred at ``i * sequence_stride``.

    Shapes:
        ``(…, time) -> (…, windows, fft_length // 2 + 1)``, twice: real and imaginary

    Example:
        >>> real, imaginary = stft(jnp.ones(8), 4, 2, 4)
        >>> print(real[0], imaginary.shape)
        [ 2. -1.  0.] (5, 3)
    """
    _check("stft", sequence_length, sequence_stride, fft_length)
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise ArgumentError("stft, x", "floats", f"type {x.dtype}", "Write cast(x, 'float32').")
    if center:
        sides = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
        x = jnp.pad(x, sides, "reflect")
    windows = x[..., _places(x.shape[-1], fft_length, sequence_stride)]
    weights = _window(window, sequence_length, fft_length, x.dtype)
    return _parted(jnp.fft.rfft(windows * weights.reshape((1,) * (windows.ndim - 1) + weights.shape)))


@operation
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """The signal of a ``stft``: windows are weighted again, added up, and divided by the sum of squared weights.

    Args:
        x: a pair (real, imaginary).
        sequence_length, sequence_stride, fft_length, window, center: those of the ``stft``.
        length: entries of the result; as many as the windows cover when None.

    Shapes:
        ``(…, windows, fft_length // 2 + 1) -> (…, time)``

    Example:
        >>> parts = stft(jnp.arange(8.0), 4, 2, 4)
        >>> print(f"{istft(parts, 4, 2, 4)[3]:.3f}")
        3.000
    """
    _check("istft", sequence_length, sequence_stride, fft_length)
    x = _joined("istft", x)
    if x.ndim < 2:
        raise ShapeError("istft", "(…, windows, frequencies)", x.shape, "Write x[None, :] for one window.")
    windows = jnp.fft.irfft(x, fft_length)
    weights = _window(window, sequence_length, fft_length, windows.dtype)
    time = fft_length + sequence_stride * (x.shape[-2] - 1)
    places = _places(time, fft_length, sequence_stride)
    signal = jnp.zeros((*x.shape[:-2], time), windows.dtype).at[..., places].add(windows * weights)
    total = jnp.zeros(time, windows.dtype).at[places].add(jnp.square(weights))
    signal = signal / jnp.where(total > 1e-10, total, 1.0)  # scipy.signal.istft's bound
    start = fft_length // 2 if center else 0
    end = start + length if length is not None else time - start
    return signal[..., start:end]
