"""STFT: convolution kernels that compute the short-time Fourier transform, and their windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core import checks
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.registry import did_you_mean
from hornbeam.initializers.base import INITIALIZERS, Initializer, full_shape

# w(t) = a0 - a1 cos(2 pi t / n) + a2 cos(4 pi t / n) - …; Harris, 1978, table 1, and for nuttall and
# flattop the coefficients that SciPy and MATLAB use
COSINE_WINDOWS = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}
WINDOWS = (*COSINE_WINDOWS, "bartlett", "cosine", "triang")


def window_values(name: str, length: int, periodic: bool = False) -> np.ndarray:
    """The values of a window by SciPy's name.

    Args:
        name: one of ``WINDOWS``.
        length: how many values.
        periodic: the first ``length`` values of the window that is one longer, as spectra want it;
            otherwise symmetric.

    Example:
        >>> print(window_values("hann", 5))
        [0.  0.5 1.  0.5 0. ]
        >>> print(window_values("hann", 4, periodic=True))
        [0.  0.5 1.  0.5]
    """
    if length <= 1:
        return np.ones(length)
    whole = length + 1 if periodic else length
    time = np.arange(length)
    if name in COSINE_WINDOWS:
        angle = 2 * np.pi * time / (whole - 1)
        return sum((-1) ** k * a * np.cos(k * angle) for k, a in enumerate(COSINE_WINDOWS[name]))  # type: ignore
    if name == "cosine":
        return np.sin(np.pi * (time + 0.5) / whole)
    middle = (whole - 1) / 2
    half = middle if name == "bartlett" else (whole + whole % 2) / 2
    return 1 - np.abs(time - middle) / half


def _window(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value in WINDOWS):
        return value
    if isinstance(value, str):
        fix = f"{did_you_mean(value, list(WINDOWS))} For another, give scipy.signal.get_window(…)'s values."
        raise checks.Refused("the name of a window", fix)
    return np.asarray(value, float)


@INITIALIZERS.add("STFTInitializer")
class STFT(Initializer):
    """Kernels with which ``Conv1D`` computes one side of the short-time Fourier transform.

    ``kernel[t, 0, k] = w_t cos(2 pi t k / N) / s`` for the real side and ``-w_t sin(2 pi t k / N) / s``
    for the imaginary one, with frame length T, t from 0 to T - 1, and k from 0 to N / 2.

    Args:
        side: ``"real"`` or ``"imag"``.
        window: w: a name (hann, hamming, blackman, …), an array of T values, or None for all 1 and s = 1.
        scaling: s: ``"density"`` is ``sqrt(sum(w**2))``, ``"spectrum"`` is ``sum(|w|)``, None is 1.
        periodic: whether a window given by name is the periodic one.

    Shapes:
        ``(frame length, 1, N // 2 + 1)``

    Example:
        >>> print(STFT(window=None)((4, 1, 3))[:, 0].round(3) + 0.0)
        [[ 1.  1.  1.]
         [ 1.  0. -1.]
         [ 1. -1.  1.]
         [ 1.  0. -1.]]

    Reference:
        Harris, 1978, On the use of windows for harmonic analysis.

    Differs:
        Keras takes every window of SciPy by name; here ten have names, and others are given as arrays.
    """

    side = field("real", convert=checks.one_of("real", "imag"))
    window = field("hann", convert=_window)
    scaling = field("density", convert=checks.one_of("density", "spectrum", None))
    periodic = field(False)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        shape = full_shape(shape, "STFT")
        if len(shape) != 3 or shape[1] != 1:
            fix = "It is made for the kernel of STFTSpectrogram."
            raise ShapeError("STFT", "a shape (frame length, 1, N // 2 + 1)", shape, fix)
        length, _, bands = shape
        # t * k modulo N in whole numbers first: the angle stays small and keeps all its digits
        turns = np.outer(np.arange(length), np.arange(bands)) % max(2 * bands - 2, 1) / max(2 * bands - 2, 1)
        kernel = np.cos(2 * np.pi * turns) if self.side == "real" else -np.sin(2 * np.pi * turns)
        kernel *= self._window_over_scale(length)[:, None]
        return kernel.reshape(shape).astype(numpy_dtype(dtype))

    def _window_over_scale(self, length: int) -> np.ndarray:
        if self.window is None:
            return np.ones(length)
        by_name = isinstance(self.window, str)
        window = window_values(self.window, length, self.periodic) if by_name else self.window
        if window.shape != (length,):
            fix = f"Give {length} values, the frame length."
            raise ArgumentError("STFT, window", f"an array of shape ({length},)", window.shape, fix)
        scales = {"density": np.sqrt(np.square(window).sum()), "spectrum": np.abs(window).sum(), None: 1.0}
        return window / scales[self.scaling]
