"""Samplers that choose from the probabilities of the next word: greedy, random, top-k, top-p."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError
from hornbeam.text.sampler import SAMPLERS, Sampler


@SAMPLERS.add("greedy")
class GreedySampler(Sampler):
    """The most probable word every time.

    Args:
        temperature: without effect on the choice.

    Example:
        >>> GreedySampler().get_next_token(jnp.array([[0.2, 0.7, 0.1]])).tolist()
        [1]
    """

    def get_next_token(self, probabilities: Any) -> Any:
        return jnp.argmax(probabilities, axis=-1)


def draw(probabilities: Any) -> Any:
    """A place along the last axis, as probable as the number there; these need no sum of 1."""
    return jax.random.categorical(frame.next_key(), jnp.log(probabilities), axis=-1)


def _at(table: Any, places: Any) -> Any:
    """One entry of each row."""
    return jnp.take_along_axis(table, places[:, None], axis=-1)[:, 0]


def _best(sampler: Sampler, probabilities: Any, k: int) -> tuple[Any, Any]:
    """The k greatest probabilities of each row in order, and whose they are."""
    words = probabilities.shape[-1]
    if k > words:
        where = f"{type(sampler).__name__}, k"
        raise ArgumentError(where, f"at most {words}, the number of words", k, "Make it smaller.")
    best, tokens = jax.lax.top_k(probabilities, k)
    return best, tokens


@SAMPLERS.add("random")
class RandomSampler(Sampler):
    """Each word as often as it is probable.

    Args:
        seed: makes the n-th call of the sampler the same in every run; None takes the process's seed.
        temperature: logits are divided by it.

    Example:
        >>> def next(prompt, cache, index):
        ...     return jnp.zeros((prompt.shape[0], 3)), None, cache
        >>> RandomSampler(seed=1)(next, jnp.zeros((1, 4), int)).shape
        (1, 4)
    """

    seed = field(None, convert=integer(optional=True), key=False)

    def get_next_token(self, probabilities: Any) -> Any:
        return draw(probabilities)


@SAMPLERS.add("top_k")
class TopKSampler(Sampler):
    """One of the k most probable words, each as often as it is probable.

    Args:
        k: how many.
        seed: as in ``RandomSampler``.
        temperature: logits are divided by it.

    Example:
        >>> TopKSampler(k=1).get_next_token(jnp.array([[0.2, 0.7, 0.1]])).tolist()
        [1]

    Reference:
        Fan, Lewis & Dauphin (2018), Hierarchical neural story generation, section 5.4.
    """

    k = field(5, convert=integer(1))
    seed = field(None, convert=integer(optional=True), key=False)

    def get_next_token(self, probabilities: Any) -> Any:
        best, tokens = _best(self, probabilities, self.k)
        return _at(tokens, draw(best))


@SAMPLERS.add("top_p")
class TopPSampler(Sampler):
    """One of the fewest words whose probabilities sum to more than p ("nucleus"), each as often as it is probable.

    Args:
        p: the sum, from 0 to 1; at 0 it is the most probable word.
        k: at most so many words; None for any number. With it nothing else has to be sorted.
        seed: as in ``RandomSampler``.
        temperature: logits are divided by it.

    Example:
        >>> TopPSampler(p=0.5).get_next_token(jnp.array([[0.2, 0.7, 0.1]])).tolist()
        [1]

    Reference:
        Holtzman et al. (2020), The curious case of neural text degeneration, section 3.1.
    """

    p = field(0.1, convert=number(0, 1))
    k = field(None, convert=integer(1, optional=True))
    seed = field(None, convert=integer(optional=True), key=False)

    def get_next_token(self, probabilities: Any) -> Any:
        best, tokens = _best(self, probabilities, self.k or probabilities.shape[-1])
        before = jnp.cumsum(best, axis=-1) - best
        # the sum before the first may round to less than nothing
        inside = (before <= self.p).at[:, 0].set(True)
        return _at(tokens, draw(jnp.where(inside, best, 0)))
