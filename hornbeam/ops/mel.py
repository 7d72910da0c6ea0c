"""The mel scale, on which equal steps sound equally far apart, and decibels."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def mel(hertz: Any) -> Any:
    """``1127 log(1 + hertz / 700)``, as HTK writes it.

    Reference:
        O'Shaughnessy (1987), Speech communication, page 150; Young et al. (2006), The HTK book, section 5.4.
    """
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def mel_matrix(pitches: int, bands: int, sampling_rate: int, lowest: float, highest: float) -> np.ndarray:
    """Weights that sum the bands of a spectrum to pitches: triangles, evenly wide on the mel scale, half overlapping.

    Args:
        pitches: how many triangles.
        bands: frequencies of the spectrum, evenly from 0 to half the sampling rate; the first has weight 0.
        sampling_rate: samples per second.
        lowest, highest: where the first triangle begins and the last one ends, in hertz.

    Shapes:
        ``(bands, pitches)``

    Example:
        >>> print(mel_matrix(2, 5, 8000, 0.0, 4000.0).round(2))
        [[0.   0.  ]
         [0.6  0.4 ]
         [0.   0.87]
         [0.   0.38]
         [0.   0.  ]]
    """
    place = mel(np.linspace(0.0, sampling_rate / 2, bands))[:, None]
    edges = np.linspace(mel(lowest), mel(highest), pitches + 2)
    begin, middle, end = edges[None, :-2], edges[None, 1:-1], edges[None, 2:]
    weights = np.maximum(0, np.minimum((place - begin) / (middle - begin), (end - place) / (end - middle)))
    weights[0] = 0
    return weights


def decibels(power: jax.Array, reference: float, least: float, range_of: float) -> jax.Array:
    """``10 log10(power / reference)``, for each ``(…, time, pitches)`` at most ``range_of`` below its loudest.

    Args:
        power: at least 0.
        reference: the power of 0 decibels.
        least: smaller numbers are raised to it.
        range_of: decibels between the loudest and what is shown of the rest.
    """
    loud = 10 * jnp.log10(jnp.maximum(power, least)) - 10 * float(np.log10(max(abs(reference), least)))
    return jnp.maximum(loud, loud.max((-2, -1), keepdims=True) - range_of)
