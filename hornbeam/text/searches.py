"""Searches that follow several texts at once: beam search and contrastive search."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.checks import integer, number
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.ops.attention import summed_in
from hornbeam.text.sampler import SAMPLERS, Next, Sampler, State, ended, like, put

_NONE = -1e9  # the logarithm of a probability that is none; the sum of two of them is still a number


def spread(tree: Any, count: int) -> Any:
    """Every row ``count`` times, one after the other: ``(batch, …) -> (batch·count, …)``."""
    return jax.tree.map(lambda leaf: jnp.repeat(leaf, count, axis=0), tree)


def chosen(tree: Any, rows: Any) -> Any:
    """Some of the rows of every array."""
    return jax.tree.map(lambda leaf: jnp.take(leaf, rows, axis=0), tree)


@SAMPLERS.add("beam")
class BeamSampler(Sampler):
    """The most probable text that is found by following the best ``num_beams`` beginnings of each length.

    Args:
        num_beams: how many; 1 is greedy search.
        return_all_beams: whether to return all of them, best first, ``(batch, num_beams, length)``, and the
            logarithms of their probabilities ``(batch, num_beams)``.
        temperature: logits are divided by it.

    Example:
        >>> BeamSampler(num_beams=3).num_beams
        3

    Reference:
        Graves (2012), Sequence transduction with recurrent neural networks, section 2.5; Sutskever et al. (2014).

    Differs:
        A text that has ended keeps its probability and repeats the stop token, and the words of a prompt that the mask
        keeps are counted with their own probabilities. KerasHub goes on counting words after the end, and in the
        mask's place counts others. Without ``return_all_beams`` the search stops when the best text has ended.
    """

    num_beams = field(5, convert=integer(1))
    return_all_beams = field(False)

    def begin(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        batch = state["prompt"].shape[0]
        # at first all beams of a text are equal: only one of them counts
        first = jnp.where(jnp.arange(self.num_beams) == 0, 0.0, _NONE).astype(jnp.float32)
        wide = {name: spread(state[name], self.num_beams) for name in ("prompt", "mask", "cache")}
        return {**state, **wide, "log_probs": jnp.tile(first, batch)}

    def step(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        logits, _, cache = next(state["prompt"], state["cache"], state["index"])
        cache = like(cache, state["cache"])
        log_probs = self._allowed(jnp.log(self.compute_probabilities(logits)), state, stops)
        words = log_probs.shape[-1]
        totals = (state["log_probs"][:, None] + log_probs).reshape(-1, self.num_beams * words)
        if totals.shape[-1] < self.num_beams:
            raise ArgumentError("BeamSampler, num_beams", "fewer beams", self.num_beams, "Make it smaller.")
        best, places = lax.top_k(totals, self.num_beams)  # (batch, beams)
        first = jnp.arange(totals.shape[0], dtype=places.dtype)[:, None] * self.num_beams
        rows = (first + places // words).ravel()
        state = {**state, "prompt": chosen(state["prompt"], rows), "cache": chosen(cache, rows)}
        return {**state, "prompt": put(state, (places % words).ravel()), "log_probs": best.ravel()}

    def _allowed(self, log_probs: Any, state: State, stops: tuple[int, ...]) -> Any:
        """Only the given word where the mask keeps it, and only the stop token, at no cost, after an end."""
        words = jnp.arange(log_probs.shape[-1], dtype=state["prompt"].dtype)[None]
        given = lax.dynamic_index_in_dim(state["prompt"], state["index"], 1)
        kept = lax.dynamic_index_in_dim(state["mask"], state["index"], 1)
        log_probs = jnp.where(kept & (words != given), -jnp.inf, log_probs)
        if not stops:
            return log_probs
        after = jnp.where(words == stops[0], 0.0, -jnp.inf)
        return jnp.where(ended(state, stops)[:, None] & ~kept, after, log_probs)

    def done(self, state: State, stops: tuple[int, ...]) -> Any:
        over = ended(state, stops).reshape(-1, self.num_beams)
        if self.return_all_beams:
            return jnp.all(over)
        # probabilities only shrink: nothing can overtake a best text that has ended
        best = jnp.argmax(state["log_probs"].reshape(over.shape), axis=-1)
        return jnp.all(jnp.take_along_axis(over, best[:, None], axis=-1))

    def finish(self, state: State) -> Any:
        log_probs = state["log_probs"].reshape(-1, self.num_beams)
        prompts = state["prompt"].reshape(*log_probs.shape, -1)
        order = jnp.argsort(-log_probs, axis=-1, stable=True)
        prompts = jnp.take_along_axis(prompts, order[..., None], axis=1)
        if self.return_all_beams:
            return prompts, jnp.take_along_axis(log_probs, order, axis=1)
        return prompts[:, 0]


@SAMPLERS.add("contrastive")
class ContrastiveSampler(Sampler):
    """Of the k most probable words the one that is probable and unlike what was said before.

    ``score = (1 - alpha) · probability - alpha · greatest cosine`` between the network's hidden state at the candidate
    and those at all places before.

    Args:
        k: how many candidates.
        alpha: the weight of being unlike, from 0 to 1; 0 is greedy search.
        temperature: logits are divided by it.

    The call needs ``hidden_states`` ``(batch, length, size)`` of the places before ``index``, and ``next`` has to give
    those of the place that it was asked for, ``(batch, size)``. It is asked for places up to ``length``.

    Example:
        >>> ContrastiveSampler(k=4).alpha
        0.6

    Reference:
        Su et al. (2022), A contrastive framework for neural text generation, equation 5.
    """

    k = field(5, convert=integer(1))
    alpha = field(0.6, convert=number(0, 1))

    def begin(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        prompt, hidden = state["prompt"], state["hidden_states"]
        if hidden is None or hidden.ndim != 3 or hidden.shape[:2] != prompt.shape:
            raise ShapeError(
                "ContrastiveSampler, hidden_states",
                f"those of all places, ({prompt.shape[0]}, {prompt.shape[1]}, size)",
                "None" if hidden is None else f"shape {hidden.shape}",
                "Run the network on the prompt, and pad with zeros.",
            )
        logits, _, cache = next(prompt, state["cache"], state["index"])
        if logits.shape[-1] < self.k:
            expected = f"at most {logits.shape[-1]}, the number of words"
            raise ArgumentError("ContrastiveSampler, k", expected, self.k, "Make it smaller.")
        return {**state, "cache": like(cache, state["cache"]), "logits": logits}

    def step(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        batch, index = state["prompt"].shape[0], state["index"]
        probabilities, tokens = lax.top_k(self.compute_probabilities(state["logits"]), self.k)  # (batch, k)
        several = {name: spread(state[name], self.k) for name in ("prompt", "mask", "cache")}
        prompt = put({**state, **several}, tokens.ravel())
        logits, hidden, cache = next(prompt, several["cache"], index + 1)
        hidden = hidden.reshape(batch, self.k, -1).astype(state["hidden_states"].dtype)
        alike = cosines(hidden, state["hidden_states"])  # (batch, k, length)
        before = jnp.arange(alike.shape[-1], dtype=jnp.int32)[None, None] < index
        alike = jnp.max(jnp.where(before, alike, -1), axis=-1)
        best = jnp.argmax((1 - self.alpha) * probabilities - self.alpha * alike, axis=-1)
        rows = jnp.arange(batch, dtype=best.dtype) * self.k + best
        said = jnp.take_along_axis(hidden, best[:, None, None], axis=1)
        return {
            **state,
            "prompt": chosen(prompt, rows),
            "cache": chosen(like(cache, several["cache"]), rows),
            "logits": chosen(logits, rows),
            "hidden_states": lax.dynamic_update_slice_in_dim(state["hidden_states"], said, index, axis=1),
        }


def cosines(new: Any, old: Any) -> Any:
    """Cosines of the angles between vectors, ``(batch, k, size), (batch, length, size) -> (batch, k, length)``."""
    new, old = (x.astype(summed_in(x.dtype)) for x in (new, old))
    products = jnp.einsum("bkd,bld->bkl", new, old)
    lengths = jnp.linalg.norm(new, axis=-1)[:, :, None] * jnp.linalg.norm(old, axis=-1)[:, None, :]
    return products / jnp.maximum(lengths, 1e-12)
