"""What a network thought at each step: the most probable next words, with their probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core.checks import integer
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.text.sampler import Next, Sampler, State, like, put


@dataclass(frozen=True)
class Step:
    """One step: the words so far, and the most probable next ones with their probabilities, best first."""

    said: tuple[str, ...]
    candidates: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        lines = [f"  {word} ({100 * probability:.2f}%)" for word, probability in self.candidates]
        return "\n".join([" ".join(self.said), *lines])


@dataclass(frozen=True)
class DecodingTrace:
    """The steps by which a text was made, always going on with the most probable word. Printed, it shows them all.

    Attributes:
        steps: one for each word.
        words: the whole text, as words.
        token_ids: the same as numbers.
    """

    steps: tuple[Step, ...]
    words: tuple[str, ...]
    token_ids: np.ndarray

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, place: int) -> Step:
        return self.steps[place]


class Recording(Sampler):
    """Greedy search that keeps the ``count`` most probable words of each place."""

    count = field(5, convert=integer(1))

    def begin(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        shape = (*state["prompt"].shape, self.count)
        return {**state, "tokens": jnp.zeros(shape, jnp.int32), "shares": jnp.zeros(shape, jnp.float32)}

    def step(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        logits, _, cache = next(state["prompt"], state["cache"], state["index"])
        if logits.shape[-1] < self.count:
            expected = f"at most {logits.shape[-1]}, the number of words"
            raise ArgumentError("most_probable, n", expected, self.count, "Make it smaller.")
        shares, tokens = lax.top_k(self.compute_probabilities(logits), self.count)
        kept = {
            name: lax.dynamic_update_slice_in_dim(
                state[name], row[:, None].astype(state[name].dtype), state["index"], 1
            )
            for name, row in (("tokens", tokens), ("shares", shares))
        }
        return {**state, **kept, "prompt": put(state, tokens[:, 0]), "cache": like(cache, state["cache"])}

    def finish(self, state: State) -> Any:
        return state["prompt"], state["tokens"], state["shares"], state["index"]


def most_probable(
    next: Next,
    prompt: Any,
    words: Any = None,
    n: int = 5,
    cache: Any = None,
    index: int = 1,
    stop_token_ids: Any = None,
) -> DecodingTrace:
    """Makes a text word by word, always going on with the most probable one, and shows the n most probable each time.

    Args:
        next: a function ``(prompt, cache, index) -> (logits, hidden_states, cache)``; see ``Sampler``.
        prompt: whole numbers ``(length,)`` or ``(1, length)``: one text, of which the first ``index`` are given.
        words: what the numbers mean: a list, a dict or a function of the number, such as a tokenizer's
            ``id_to_token``; None shows the numbers.
        n: how many candidates are shown.
        cache: what ``next`` keeps from step to step, for a batch of 1.
        index: the first place to fill.
        stop_token_ids: numbers that end the text.

    Example:
        >>> def next(prompt, cache, index):
        ...     table = jnp.log(jnp.array([[0.01, 0.74, 0.25], [0.01, 0.1, 0.89], [0.97, 0.01, 0.02]]))
        ...     return table[prompt[:, index - 1]], None, cache
        >>> print(most_probable(next, [0, 0, 0, 0], ["[start]", "salut", "monde"], n=2, stop_token_ids=[2]))
        [start]
          salut (74.00%)
          monde (25.00%)
        [start] salut
          monde (89.00%)
          salut (10.00%)
    """
    given = np.asarray(prompt)
    given = given[None] if given.ndim == 1 else given
    if given.ndim != 2 or given.shape[0] != 1:
        raise ShapeError(
            "most_probable, prompt", "one text, shape (length,)", f"shape {np.shape(prompt)}", "Call it for each text."
        )
    found = Recording(count=n)(next, given, cache=cache, index=index, stop_token_ids=stop_token_ids)
    texts, tokens, shares, end = map(np.asarray, found)
    name = _naming(words)
    said = [name(int(token)) for token in texts[0, : int(end)]]
    steps = (
        Step(
            tuple(said[:place]),
            tuple((name(int(t)), float(s)) for t, s in zip(tokens[0, place], shares[0, place], strict=True)),
        )
        for place in range(index, int(end))
    )
    return DecodingTrace(tuple(steps), tuple(said), texts[0, : int(end)])


def _naming(words: Any) -> Callable[[int], str]:
    if words is None:
        return str
    if callable(words):
        return lambda number: str(words(number))
    known = words if isinstance(words, dict) else dict(enumerate(words))
    return lambda number: str(known.get(number, f"[{number}]"))
