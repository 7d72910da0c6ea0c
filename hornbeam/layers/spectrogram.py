"""Layers that make pictures of sounds: STFTSpectrogram and MelSpectrogram."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import initializers
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon, numpy_dtype
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.image_layer import name_of
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.fourier import stft
from hornbeam.ops.mel import decibels, mel_matrix

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def _scaling(value: Any) -> str | None:
    return None if value is None else name_of("density", "spectrum")(value)


@LAYERS.add()
class STFTSpectrogram(Layer):
    """How strong each frequency is in each short frame of a sound.

    Frame by frame, ``real[k] = sum_t w_t x_t cos(2 pi t k / N) / s`` and ``imag[k] = -sum_t w_t x_t sin(2 pi t k / N) /
    s``, by kernels that are weights and may be trained.

    Args:
        mode: ``"log"`` of the magnitude; ``"magnitude"``, ``sqrt(real² + imag²)``; ``"psd"``, power, doubled but for
            the first and the last frequency; ``"real"``, ``"imag"``; ``"angle"``; ``"stft"``, real and imaginary parts.
        frame_length: samples in a frame.
        frame_step: samples from one frame to the next; half a frame when None.
        fft_length: N, at least ``frame_length``; the next power of two when None.
        window: w, by name or as an array; None for all 1 and s = 1.
        periodic: whether a window given by name is the periodic one.
        scaling: s: ``"density"`` is ``sqrt(sum(w²))``, ``"spectrum"`` is ``sum(|w|)``, None is 1.
        padding: ``"valid"`` takes frames inside the sound, ``"same"`` fills with zeros at both ends.
        expand_dims: give each channel of the sound its own picture.
        data_format: where the channels are; None takes ``image_data_format()``.

    Shapes:
        ``(batch, time, channels) -> (batch, frames, channels * (N // 2 + 1))``; with ``expand_dims``
        ``(batch, frames, N // 2 + 1, channels)``. With ``"channels_first"`` ``(batch, channels, time) -> (batch,
        channels * (N // 2 + 1), frames)`` or ``(batch, channels, frames, N // 2 + 1)``.

    Example:
        >>> time = np.arange(512) / 512
        >>> sound = np.sin(2 * np.pi * 64 * time).astype("float32")[None, :, None]
        >>> picture = STFTSpectrogram("magnitude", frame_length=128)(sound)
        >>> print(picture.shape, picture[0].argmax(-1))
        (1, 7, 65) [16 16 16 16 16 16 16]

    Reference:
        Allen (1977), Short term spectral analysis, synthesis, and modification by discrete Fourier transform.
    """

    mode = field("log", convert=name_of(*MODES))
    frame_length = field(256, convert=integer(1))
    frame_step = field(None, convert=integer(1, optional=True))
    fft_length = field(None, convert=integer(1, optional=True))
    window = field("hann")
    periodic = field(False)
    scaling = field("density", convert=_scaling)
    padding = field("valid", convert=name_of("valid", "same"))
    expand_dims = field(False)
    data_format = field(None, convert=data_format)

    rowwise = True
    real_kernel: Any
    imag_kernel: Any

    def _ready(self) -> None:
        super()._ready()
        self._step = self.frame_step or max(1, self.frame_length // 2)
        self._fft = self.fft_length or 1 << (self.frame_length - 1).bit_length()
        if self._step > self.frame_length:
            expected = f"at most frame_length, {self.frame_length}, so that no sample is left out"
            raise ArgumentError(f"{self.where}, frame_step", expected, self._step, "Lower it.")
        if self._fft < self.frame_length:
            expected = f"at least frame_length, {self.frame_length}"
            raise ArgumentError(f"{self.where}, fft_length", expected, self._fft, "Leave it out.")
        # refuses a window that it does not know, now rather than when the layer is built
        self._kernels = {
            side: initializers.STFT(side, self.window, self.scaling, bool(self.periodic)) for side in ("real", "imag")
        }

    def build(self, input_shape: Any) -> None:
        shape = (self.frame_length, 1, self._fft // 2 + 1)
        if self.mode != "imag":
            self.real_kernel = self.add_weight(shape, self._kernels["real"], name="real_kernel")
        if self.mode != "real":
            self.imag_kernel = self.add_weight(shape, self._kernels["imag"], name="imag_kernel")
        self.input_spec = InputSpec(ndim=3)

    def call(self, x: Any) -> Any:
        last = self.data_format == "channels_last"
        frames = self._frames(jnp.swapaxes(x, 1, 2) if last else x)  # (batch, channels, frames, frame_length)
        kernels = {
            "real": (self.real_kernel,) if self.mode == "real" else (),
            "imag": (self.imag_kernel,) if self.mode == "imag" else (),
        }.get(self.mode) or (self.real_kernel, self.imag_kernel)
        picture = self._seen_as_mode([jnp.matmul(frames, jnp.asarray(kernel)[:, 0]) for kernel in kernels])
        batch, channels, count, bands = picture.shape
        if self.expand_dims:
            return jnp.moveaxis(picture, 1, -1) if last else picture
        joined = jnp.swapaxes(picture, 1, 2).reshape(batch, count, channels * bands)
        return joined if last else jnp.swapaxes(joined, 1, 2)

    def _frames(self, x: Any) -> Any:
        time, length = x.shape[-1], self.frame_length
        if self.padding == "same":
            missing = max((-(-time // self._step) - 1) * self._step + length - time, 0)
            x = jnp.pad(x, [(0, 0), (0, 0), (missing // 2, missing - missing // 2)])
        elif time < length:
            expected = f"sounds of at least frame_length, {length} samples"
            raise ShapeError(self.where, expected, time, "Shorten the frames, or write padding='same'.")
        starts = np.arange(0, x.shape[-1] - length + 1, self._step)
        return x[..., starts[:, None] + np.arange(length)]

    def _seen_as_mode(self, sides: list[Any]) -> Any:
        if len(sides) == 1:
            return sides[0]
        real, imag = sides
        if self.mode == "angle":
            return jnp.arctan2(imag, real)
        if self.mode == "stft":
            return jnp.concatenate(sides, -1)
        power = jnp.square(real) + jnp.square(imag)
        if self.mode == "psd":
            inner = (np.arange(power.shape[-1]) % (power.shape[-1] - 1)) > 0
            return power * jnp.asarray(np.where(inner, 2, 1), power.dtype)
        magnitude = jnp.sqrt(jnp.maximum(power, epsilon()))
        return magnitude if self.mode == "magnitude" else jnp.log(jnp.maximum(magnitude, epsilon()))


@LAYERS.add()
class MelSpectrogram(Layer):
    """How strong each pitch is in each short frame of a sound, on the scale by which people hear.

    Short-time Fourier transform, magnitudes to the power ``mag_exp``, summed by triangles that are evenly wide on the
    mel scale ``1127 log(1 + f / 700)``, and in decibels ``10 log10(x / ref_power)``.

    Args:
        fft_length: samples of each transform.
        sequence_stride: samples from one frame to the next.
        sequence_length: samples in a frame; ``fft_length`` when None.
        window: ``"hann"``, ``"hamming"``, weights of a frame, or None for no weights.
        sampling_rate: samples per second.
        num_mel_bins: number of pitches.
        min_freq, max_freq: the lowest and the highest, in hertz; half the sampling rate when None.
        power_to_db: whether the result is in decibels.
        top_db: what is further than this below the loudest of a sound is raised to it.
        mag_exp: 1 for magnitudes, 2 for power.
        min_power: what is below is raised to it, before the logarithm.
        ref_power: what has 0 decibels.

    Shapes:
        ``(…, time) -> (…, num_mel_bins, time // sequence_stride + 1)``

    Example:
        >>> MelSpectrogram(fft_length=256, sequence_stride=128, num_mel_bins=40)(np.ones((2, 1000), "float32")).shape
        (2, 40, 8)

    Reference:
        Davis and Mermelstein (1980), Comparison of parametric representations for monosyllabic word recognition.

    Differs:
        Keras measures ``top_db`` from the loudest of the whole batch, so that a sound's picture depends on the others.
    """

    fft_length = field(2048, convert=integer(2))
    sequence_stride = field(512, convert=integer(1))
    sequence_length = field(None, convert=integer(1, optional=True))
    window = field("hann")
    sampling_rate = field(16000, convert=integer(1))
    num_mel_bins = field(128, convert=integer(1))
    min_freq = field(20.0, convert=number(0))
    max_freq = field(None, convert=number(0, optional=True))
    power_to_db = field(True)
    top_db = field(80.0, convert=number(0))
    mag_exp = field(2.0, convert=number(0))
    min_power = field(1e-10, convert=number(0))
    ref_power = field(1.0, convert=number())

    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        self._length = self.sequence_length or self.fft_length
        self._highest = self.max_freq or int(self.sampling_rate / 2)
        if self._length > self.fft_length:
            expected = f"at most fft_length, {self.fft_length}"
            raise ArgumentError(f"{self.where}, sequence_length", expected, self._length, "Raise fft_length.")
        if self._highest <= self.min_freq:
            expected = f"a frequency above min_freq, {self.min_freq} Hz"
            raise ArgumentError(f"{self.where}, max_freq", expected, self._highest, "Leave both out.")

    def call(self, x: Any) -> Any:
        compute = numpy_dtype(self.dtype.compute_dtype)
        x = jnp.asarray(x)
        fine = x.astype(compute if compute.itemsize >= 4 else jnp.float32)  # transforms need 32 bits
        if fine.ndim < 1 or fine.shape[-1] <= self.fft_length // 2:
            expected = f"sounds of more than fft_length // 2, {self.fft_length // 2} samples in the last axis"
            raise ShapeError(self.where, expected, f"shape {x.shape}", "Give a smaller fft_length, or longer sounds.")
        real, imag = stft(fine, self._length, self.sequence_stride, self.fft_length, self.window, True)
        power = jnp.square(real) + jnp.square(imag)
        strength = power if self.mag_exp == 2 else jnp.power(jnp.sqrt(power), self.mag_exp)
        matrix = mel_matrix(
            self.num_mel_bins, self.fft_length // 2 + 1, self.sampling_rate, self.min_freq, self._highest
        )
        picture = jnp.matmul(strength, jnp.asarray(matrix, fine.dtype))
        if self.power_to_db:
            picture = decibels(picture, self.ref_power, self.min_power, self.top_db)
        return jnp.swapaxes(picture, -1, -2).astype(compute)
