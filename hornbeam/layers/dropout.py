"""Layers that drop units while training: Dropout, SpatialDropout1D to 3D, AlphaDropout."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer, number
from hornbeam.core.config import field
from hornbeam.core.dtypes import as_policy
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.noise import Noisy
from hornbeam.ops.noise import chance


def _noise_shape(value: Any) -> tuple[int | None, ...] | None:
    if value is None:
        return None
    try:
        return tuple(integer(1, optional=True)(length) for length in value)
    except (TypeError, Refused):
        raise Refused("a tuple of positive lengths and None", "Write for example noise_shape=(None, 1, 64).") from None


class Dropping(Noisy):
    """What layers that drop units share: which are kept, and the shape of that decision."""

    rate: float
    noise_shape: tuple[int | None, ...] | None = None

    def call(self, x: Any, training: Any = False) -> Any:
        if not training or self.rate == 0:
            return x
        return self.drop(x, chance(self.next_key(), self.decisions(x.shape), 1 - self.rate))

    def drop(self, x: Any, kept: Any) -> Any:
        """The units that are kept, larger by ``1 / (1 - rate)``, and 0 for the others."""
        if self.rate == 1:
            return jnp.zeros_like(x)
        return jnp.where(kept, x * (1 / (1 - self.rate)), 0)

    def decisions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """One decision for each of these; 1 along axes whose entries share theirs."""
        if self.noise_shape is None:
            return shape
        noise = self.noise_shape
        if len(noise) == len(shape):
            noise = tuple(b if a is None else a for a, b in zip(noise, shape, strict=True))
            if all(a in (1, b) for a, b in zip(noise, shape, strict=True)):
                return noise  # type: ignore[return-value]
        raise ShapeError(
            f"{self.where}, noise_shape",
            f"for each axis of the input {shape} its length, 1 or None",
            self.noise_shape,
            "Write None where every entry is to have its own decision, the batch axis above all.",
        )


@LAYERS.add()
class Dropout(Dropping):
    """Sets each unit to 0 with probability ``rate`` while training, and makes the others larger by ``1 / (1 - rate)``.

    So the mean of each unit stays what it was; at inference nothing happens.

    Args:
        rate: the share that is dropped, from 0 to 1.
        noise_shape: the shape of the decisions, when units are to be dropped together: ``(None, 1, features)``
            drops a feature at all time steps of a sample. None has one decision for each unit.
        seed: makes the decisions the same in every run: those of step n of ``fit`` follow from the seed and n. None
            takes the process's seed, ``set_random_seed``.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> x = np.ones((1000, 10), "float32")
        >>> y = Dropout(0.2, seed=1)(x, training=True)
        >>> print(np.unique(y))
        [0.   1.25]
        >>> bool((Dropout(0.2)(x) == x).all())
        True

    Reference:
        Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting.
    """

    rate = field(convert=number(0, 1))
    noise_shape = field(None, convert=_noise_shape)
    seed = field(None, convert=integer(optional=True))


@LAYERS.add()
class AlphaDropout(Dropping):
    """Dropout for selu: dropped units get selu's lower limit, and mean and variance stay 0 and 1.

    ``output = a · (input or -1.7581) + b``, where a and b undo what the dropped units do to mean and variance.

    Args:
        rate: the share that is dropped, from 0 to below 1.
        noise_shape: as in ``Dropout``.
        seed: as in ``Dropout``.

    Shapes:
        Any, and kept.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(1000, 100)).astype("float32")
        >>> y = AlphaDropout(0.3)(x, training=True)
        >>> bool(abs(y.mean()) < 0.02 and abs(y.std() - 1) < 0.02)
        True

    Reference:
        Klambauer et al. (2017), Self-normalizing neural networks, section "New dropout technique".
    """

    rate = field(convert=number(0, 1, open_high=True))
    noise_shape = field(None, convert=_noise_shape)
    seed = field(None, convert=integer(optional=True))

    def drop(self, x: Any, kept: Any) -> Any:
        # selu(x) = scale · alpha · (exp(x) - 1) below 0: its limit is -scale · alpha
        limit = -1.0507009873554805 * 1.6732632423543772
        a = 1 / math.sqrt((1 - self.rate) * (1 + self.rate * limit**2))
        b = -a * limit * self.rate
        return jnp.where(kept, a * x + b, a * limit + b)


class SpatialDropping(Dropping):
    """Dropout of whole feature maps: one decision for each sample and channel."""

    ndim: int
    data_format = "channels_last"
    only_named = True

    def _ready(self) -> None:
        super()._ready()
        self.input_spec = InputSpec(ndim=self.ndim)

    def decisions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channel = 1 if self.data_format == "channels_first" else len(shape) - 1
        return tuple(length if axis in (0, channel) else 1 for axis, length in enumerate(shape))


@LAYERS.add()
class SpatialDropout1D(SpatialDropping):
    """Drops whole channels of sequences while training, at all time steps of a sample together.

    Neighbours in time say nearly the same, so dropping single numbers would hide nothing.

    Args:
        rate: the share of channels that is dropped, from 0 to 1.
        seed: as in ``Dropout``.
        name: how summaries, files and errors call it.
        dtype: number type or policy.

    Shapes:
        ``(batch, time, channels)``, kept.

    Example:
        >>> import numpy as np
        >>> y = SpatialDropout1D(0.5)(np.ones((2, 7, 3), "float32"), training=True)
        >>> bool((y == y[:, :1]).all())
        True

    Reference:
        Tompson et al. (2015), Efficient object localization using convolutional networks, section 3.2.
    """

    rate = field(convert=number(0, 1))
    seed = field(None, convert=integer(optional=True))
    name = field(None, key=False)
    dtype = field(None, convert=as_policy)

    ndim = 3


@LAYERS.add()
class SpatialDropout2D(SpatialDropping):
    """Drops whole channels of images while training, at all places of a sample together.

    Args:
        rate: the share of channels that is dropped, from 0 to 1.
        data_format: where the channels are; None takes the default of the configuration.
        seed: as in ``Dropout``.
        name: how summaries, files and errors call it.
        dtype: number type or policy.

    Shapes:
        ``(batch, height, width, channels)`` or ``(batch, channels, height, width)``, kept.

    Example:
        >>> import numpy as np
        >>> y = SpatialDropout2D(0.5)(np.ones((2, 4, 4, 3), "float32"), training=True)
        >>> bool((y == y[:, :1, :1]).all())
        True

    Reference:
        Tompson et al. (2015), section 3.2.
    """

    rate = field(convert=number(0, 1))
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))
    name = field(None, key=False)
    dtype = field(None, convert=as_policy)

    ndim = 4


@LAYERS.add()
class SpatialDropout3D(SpatialDropping):
    """Drops whole channels of volumes while training, at all places of a sample together.

    Args:
        rate: the share of channels that is dropped, from 0 to 1.
        data_format: where the channels are; None takes the default of the configuration.
        seed: as in ``Dropout``.
        name: how summaries, files and errors call it.
        dtype: number type or policy.

    Shapes:
        ``(batch, depth, height, width, channels)`` or ``(batch, channels, depth, height, width)``, kept.

    Example:
        >>> import numpy as np
        >>> SpatialDropout3D(0.5)(np.ones((2, 4, 4, 4, 3), "float32"), training=True).shape
        (2, 4, 4, 4, 3)

    Reference:
        Tompson et al. (2015), section 3.2.
    """

    rate = field(convert=number(0, 1))
    data_format = field(None, convert=data_format)
    seed = field(None, convert=integer(optional=True))
    name = field(None, key=False)
    dtype = field(None, convert=as_policy)

    ndim = 5
