"""Layers that add or multiply by Gaussian noise while training, and the base of all layers that draw numbers."""

from __future__ import annotations

import math
from typing import Any

import jax

from hornbeam.core import frame
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.noise import normal


class Noisy(Layer):
    """Base of layers that draw random numbers while training and do nothing else.

    A subclass declares ``seed``. With None the numbers follow from the seed of the process and the step. With a
    number they follow from it and the step alone: step n of every ``fit`` draws the same, whatever was drawn before
    and by whom; called by hand, the layer's n-th call does.
    """

    seed: int | None
    supports_masking = True
    rowwise = True
    _calls = 0

    def next_key(self) -> jax.Array:
        """A key for the numbers of one call."""
        active = frame.current()
        if self.seed is None or active is None:
            return frame.next_key()
        stream = (self.seed % 2**64,)
        if active.keyed:
            return active.next_key(stream)
        # no step tells calls by hand apart
        self.__dict__["_calls"] = self._calls + 1
        return active.next_key((*stream, self._calls))


@LAYERS.add()
class GaussianNoise(Noisy):
    """Adds noise while training: ``output = input + stddev · z`` with a standard normal z for each number.

    Args:
        stddev: standard deviation of the noise, at least 0.
        seed: makes the noise the same in every run; see ``Dropout``.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((2, 3), "float32")
        >>> bool((GaussianNoise(0.1)(x) == x).all())
        True
        >>> bool((GaussianNoise(0.1)(x, training=True) == x).any())
        False

    Reference:
        Bishop (1995), Training with noise is equivalent to Tikhonov regularization.

    Differs:
        Keras refuses a stddev above 1, which suits no data but scaled ones.
    """

    stddev = field(convert=number(0))
    seed = field(None, convert=integer(optional=True))

    def call(self, x: Any, training: Any = False) -> Any:
        if not training or self.stddev == 0:
            return x
        return x + self.stddev * normal(self.next_key(), x.shape, x.dtype)


@LAYERS.add()
class GaussianDropout(Noisy):
    """Multiplies by noise of mean 1 while training: ``output = input · (1 + sqrt(rate / (1 - rate)) · z)``.

    The noise has the variance of ``Dropout``'s, and drops nothing entirely.

    Args:
        rate: from 0 to below 1, as in ``Dropout``.
        seed: makes the noise the same in every run; see ``Dropout``.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> GaussianDropout(0.5)(np.ones((2, 3), "float32"), training=True).shape
        (2, 3)

    Reference:
        Srivastava et al. (2014), Dropout, section 10.
    """

    rate = field(convert=number(0, 1, open_high=True))
    seed = field(None, convert=integer(optional=True))

    def call(self, x: Any, training: Any = False) -> Any:
        if not training or self.rate == 0:
            return x
        return x * (1 + math.sqrt(self.rate / (1 - self.rate)) * normal(self.next_key(), x.shape, x.dtype))
