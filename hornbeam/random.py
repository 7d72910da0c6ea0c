"""Random numbers on the device, in Keras's words.

Inside a network's ``call`` they differ at every training step and follow from the run's seed; an integer ``seed`` gives
the same numbers at every call.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import frame
from hornbeam.core.dtypes import floatx, numpy_dtype
from hornbeam.core.random import next_seed


class SeedGenerator:
    """A stream of seeds, for layers that want their own.

    Args:
        seed: an integer; None draws one from the process's sequence.

    Example:
        >>> first, second = SeedGenerator(3), SeedGenerator(3)
        >>> bool((normal((2,), seed=first) == normal((2,), seed=second)).all())
        True
    """

    def __init__(self, seed: int | None = None, name: str | None = None):
        self.seed = next_seed() if seed is None else int(seed)
        self.name = name
        self._drawn = 0

    def next(self) -> jax.Array:
        """The next key; inside a program it also follows the step."""
        self._drawn += 1
        key = jax.random.key(np.uint32(self.seed), impl="rbg")
        key = jax.random.fold_in(key, self._drawn)
        if frame.current() is None:
            return key
        step = jax.random.key_data(frame.next_key())
        return jax.random.fold_in(key, step[0] ^ step[1])

    def get_config(self) -> dict[str, Any]:
        """The seed."""
        return {"seed": self.seed}


def _key(seed: Any) -> jax.Array:
    if seed is None:
        return frame.next_key()
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, jax.Array) and jnp.issubdtype(seed.dtype, jax.dtypes.prng_key):
        return seed
    return jax.random.key(np.uint32(seed), impl="rbg")


def _float(dtype: Any) -> np.dtype:
    return numpy_dtype(dtype or floatx())


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers from the normal distribution of a mean and a standard deviation."""
    return mean + stddev * jax.random.normal(_key(seed), tuple(shape), _float(dtype))


def uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers spread evenly from ``minval`` to below ``maxval``."""
    return jax.random.uniform(_key(seed), tuple(shape), _float(dtype), minval, maxval)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Normal numbers of which those more than two standard deviations away are drawn anew."""
    return mean + stddev * jax.random.truncated_normal(_key(seed), -2.0, 2.0, tuple(shape), _float(dtype))


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Whole numbers from ``minval`` to below ``maxval``."""
    return jax.random.randint(_key(seed), tuple(shape), minval, maxval, numpy_dtype(dtype))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Class numbers drawn with probabilities softmax(logits): ``(batch, classes) -> (batch, num_samples)``."""
    logits = jnp.asarray(logits)
    drawn = jax.random.categorical(_key(seed), logits[:, None, :], axis=-1, shape=(logits.shape[0], num_samples))
    return drawn.astype(numpy_dtype(dtype))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> jax.Array:
    """Sets a fraction ``rate`` of the entries to zero and divides the others by ``1 - rate``."""
    inputs = jnp.asarray(inputs)
    kept = jax.random.bernoulli(_key(seed), 1.0 - rate, tuple(noise_shape) if noise_shape else inputs.shape)
    return jnp.where(kept, inputs / (1.0 - rate), 0).astype(inputs.dtype)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> jax.Array:
    """The array with its entries along an axis in random order."""
    return jax.random.permutation(_key(seed), jnp.asarray(x), axis)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers from the gamma distribution of shape ``alpha`` and scale 1."""
    return jax.random.gamma(_key(seed), jnp.asarray(alpha, _float(dtype)), tuple(shape), _float(dtype))


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers from the beta distribution."""
    kind = _float(dtype)
    return jax.random.beta(_key(seed), jnp.asarray(alpha, kind), jnp.asarray(beta, kind), tuple(shape), kind)


def binomial(shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of successes in ``counts`` trials."""
    kind = _float(dtype)
    return jax.random.binomial(_key(seed), jnp.asarray(counts, kind), jnp.asarray(probabilities, kind), tuple(shape), kind)
