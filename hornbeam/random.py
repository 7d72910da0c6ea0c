"""Random numbers on the device, in Keras's words.

Inside a network's ``call`` they differ at every training step and follow from the run's seed; an integer ``seed`` gives
the same numbers at every call, on every device.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import frame
from hornbeam.core.dtypes import floatx
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.naming import unique_name
from hornbeam.core.random import next_seed
from hornbeam.ops.noise import chance
from hornbeam.ops.operation import array, dims, floats, number_type

_WORD = 2**32


class SeedGenerator:
    """A stream of seeds, for layers that want their own: the n-th of them is ``(seed, n)``.

    Inside a program of ``fit`` the numbers follow from the seed and the step, the same in every run.

    Args:
        seed: an integer; None draws one from the process's sequence.
        name: what to call it; made up when None.

    Example:
        >>> first, second = SeedGenerator(3), SeedGenerator(3)
        >>> bool((normal((2,), seed=first) == normal((2,), seed=second)).all())
        True
        >>> bool((normal((2,), seed=first) == normal((2,), seed=3)).any())
        False
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if kwargs:
            fix = "Write SeedGenerator(seed, name)."
            raise ArgumentError("SeedGenerator", "seed and name", ", ".join(f"{each}=" for each in kwargs), fix)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer))):
            raise ArgumentError("SeedGenerator, seed", "an integer or None", repr(seed), "Write SeedGenerator(0).")
        self.name = name or unique_name("seed_generator")
        self._given = None if seed is None else int(seed)
        self.seed = next_seed() if seed is None else int(seed)
        self._drawn = 0

    @property
    def state(self) -> np.ndarray:
        """What ``next`` gives next: ``(seed, number of seeds given)``."""
        return np.asarray([self.seed % _WORD, self._drawn % _WORD], np.uint32)

    def next(self, ordered: bool = True) -> jax.Array:
        """Two 32-bit words, other ones at each call; inside a program they follow the step.

        ``ordered`` is accepted for Keras's sake.
        """
        active = frame.current()
        if active is not None and active.keyed:
            return _words(active.next_key((self.seed % 2**64,)))
        words = jnp.asarray(self.state)
        self._drawn += 1
        return words

    def get_config(self) -> dict[str, Any]:
        """The seed that was given, and the name."""
        return {"seed": self._given, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """Builds the generator that ``get_config`` described."""
        return cls(**config)


def _words(key: jax.Array) -> jax.Array:
    return jax.random.key_data(key).ravel()[:2]


def _key(seed: Any) -> jax.Array:
    """A Threefry key: beside XLA's own generator a few times faster on a CPU, and the same on every device."""
    if isinstance(seed, jax.Array) and jnp.issubdtype(seed.dtype, jax.dtypes.prng_key):
        return seed
    if seed is None:
        _no_constant()
        words = _words(frame.next_key())
    elif isinstance(seed, SeedGenerator):
        words = seed.next()
    elif isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        words = jnp.asarray([int(seed) % _WORD, int(seed) // _WORD % _WORD], jnp.uint32)
    elif isinstance(seed, (jax.Array, np.ndarray)) and seed.shape == (2,):
        words = jnp.asarray(seed, jnp.uint32)
    else:
        fix = "Write seed=0, or make a SeedGenerator once and pass it."
        raise ArgumentError("seed", "an integer, a SeedGenerator, a key of jax.random or None", repr(seed), fix)
    return jax.random.wrap_key_data(words, impl="threefry2x32")


def _no_constant() -> None:
    """Refuses to draw without a seed where the numbers would be drawn once, while the user's program is traced."""
    if frame.current() is None and isinstance(jnp.zeros(()), jax.core.Tracer):
        raise ArgumentError(
            "seed",
            "a seed inside a function that jax.jit compiles",
            "None, which would give the same numbers at every call",
            "Pass a key of jax.random to the function, and on to seed=.",
        )


def _float(where: str, dtype: Any) -> np.dtype:
    kind = number_type(dtype or floatx())
    if not jnp.issubdtype(kind, jnp.floating):
        raise ArgumentError(f"{where}, dtype", "a float type", repr(str(kind)), "For whole numbers use randint.")
    return kind


def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers from the normal distribution of a mean and a standard deviation.

    Args:
        shape: shape of the result.
        mean, stddev: numbers, or arrays that broadcast against the shape.
        dtype: a float type, ``floatx()`` when None.
        seed: an integer, a ``SeedGenerator`` or a key of ``jax.random``; None follows the run.

    Example:
        >>> normal((2, 3), seed=0).shape
        (2, 3)
    """
    kind = _float("normal", dtype)
    return (mean + stddev * jax.random.normal(_key(seed), dims(shape), kind)).astype(kind)


def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers spread evenly from ``minval`` to below ``maxval``; the other arguments are those of ``normal``.

    Example:
        >>> x = uniform((100,), 2.0, 3.0, seed=0)
        >>> bool((x >= 2).all() and (x < 3).all())
        True
    """
    kind = _float("uniform", dtype)
    drawn = jax.random.uniform(_key(seed), dims(shape), kind, minval, maxval)
    # rounding may reach the upper bound
    return jnp.minimum(drawn, jnp.nextafter(jnp.asarray(maxval, kind), jnp.asarray(minval, kind)))


def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Normal numbers of which those more than two standard deviations away are drawn anew; arguments as in ``normal``.

    Example:
        >>> bool((abs(truncated_normal((100,), seed=0)) <= 2).all())
        True
    """
    kind = _float("truncated_normal", dtype)
    return (mean + stddev * jax.random.truncated_normal(_key(seed), -2.0, 2.0, dims(shape), kind)).astype(kind)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Whole numbers from ``minval`` to below ``maxval``.

    Args:
        shape: shape of the result.
        minval, maxval: whole numbers.
        dtype: an integer type.
        seed: as in ``normal``.

    Example:
        >>> x = randint((100,), 1, 7, seed=0)
        >>> int(x.min()), int(x.max())
        (1, 6)
    """
    kind = number_type(dtype or "int32")
    if not jnp.issubdtype(kind, jnp.integer):
        raise ArgumentError("randint, dtype", "an integer type", repr(str(kind)), "For floats use uniform.")
    return jax.random.randint(_key(seed), dims(shape), minval, maxval, kind)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Class numbers drawn with probabilities softmax(logits).

    Args:
        logits: one row for each distribution.
        num_samples: how many to draw from each.
        dtype: an integer type.
        seed: as in ``normal``.

    Shapes:
        ``(batch, classes) -> (batch, num_samples)``

    Example:
        >>> print(categorical([[0.0, 1000.0]], 3, seed=0))
        [[1 1 1]]
    """
    logits = floats(logits)
    if logits.ndim != 2:
        raise ShapeError("categorical, logits", "(batch, classes)", logits.shape, "Write logits[None, :] for one row.")
    drawn = jax.random.categorical(_key(seed), logits[..., None], axis=1, shape=(logits.shape[0], num_samples))
    return drawn.astype(number_type(dtype or "int32"))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> jax.Array:
    """Sets a fraction ``rate`` of the entries to zero and divides the others by ``1 - rate``.

    Args:
        inputs: an array.
        rate: from 0 to 1.
        noise_shape: shape of the decisions, 1 along axes whose entries share theirs, None for the input's length.
        seed: as in ``normal``.

    Example:
        >>> sorted(set(dropout(np.ones(100, "float32"), 0.5, seed=0).tolist()))
        [0.0, 2.0]
    """
    inputs = array(inputs)
    if not 0 <= rate <= 1:
        raise ArgumentError("dropout, rate", "a number from 0 to 1", repr(rate), "Write for example rate=0.5.")
    if rate == 0:
        return inputs
    if rate == 1:
        return jnp.zeros_like(inputs)
    lengths = inputs.shape
    if noise_shape is not None:
        lengths = tuple(n if noise is None else noise for n, noise in zip(lengths, noise_shape, strict=True))
    kept = chance(_key(seed), lengths, 1 - rate)
    return jnp.where(kept, inputs / (1 - rate), 0).astype(inputs.dtype)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> jax.Array:
    """The array with its entries along an axis in random order; what belongs to one entry stays together.

    Args:
        x: an array.
        axis: the axis.
        seed: as in ``normal``.

    Example:
        >>> sorted(shuffle([3, 1, 2], seed=0).tolist())
        [1, 2, 3]

    Differs:
        Keras on JAX has another order in every column of a matrix; on TensorFlow and PyTorch it is as here.
    """
    return jax.random.permutation(_key(seed), array(x), axis)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of the density ``x**(alpha - 1) * exp(-x) / gamma(alpha)``, of mean and variance alpha.

    Args:
        shape: shape of the result.
        alpha: a positive number, or an array that broadcasts against the shape.
        dtype: a float type, ``floatx()`` when None.
        seed: as in ``normal``.

    Example:
        >>> bool((gamma((100,), 2.0, seed=0) > 0).all())
        True
    """
    kind = _float("gamma", dtype)
    return jax.random.gamma(_key(seed), jnp.asarray(alpha, kind), dims(shape), kind)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of the density proportional to ``x**(alpha - 1) * (1 - x)**(beta - 1)`` between 0 and 1.

    Args:
        shape: shape of the result.
        alpha, beta: positive numbers, or arrays that broadcast against the shape; the mean is alpha / (alpha + beta).
        dtype: a float type, ``floatx()`` when None.
        seed: as in ``normal``.

    Example:
        >>> x = beta((100,), 2.0, 3.0, seed=0)
        >>> bool((x > 0).all() and (x < 1).all())
        True
    """
    kind = _float("beta", dtype)
    return jax.random.beta(_key(seed), jnp.asarray(alpha, kind), jnp.asarray(beta, kind), dims(shape), kind)


def binomial(shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of successes in ``counts`` trials, as floats.

    Args:
        shape: shape of the result.
        counts: how many trials; a number, or an array that broadcasts against the shape.
        probabilities: the chance of success of each, likewise.
        dtype: a float type, ``floatx()`` when None.
        seed: as in ``normal``.

    Example:
        >>> print(binomial((3,), 5, 1.0, seed=0))
        [5. 5. 5.]
    """
    kind = _float("binomial", dtype)
    counts, chances = jnp.asarray(counts, kind), jnp.asarray(probabilities, kind)
    return jax.random.binomial(_key(seed), counts, chances, dims(shape), kind)
