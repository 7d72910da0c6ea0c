"""Sampler: the loop that makes a text word by word, compiled as one program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornbeam.core import config as specs
from hornbeam.core import frame, random
from hornbeam.core.checks import number
from hornbeam.core.config import Spec, field, resolve, spec_key
from hornbeam.core.errors import ArgumentError, DataError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.registry import CustomObjectScope, Registry
from hornbeam.core.variable import Variable

SAMPLERS = Registry("sampler", "keras_hub.samplers")

Next = Callable[[Any, Any, Any], tuple[Any, Any, Any]]
State = dict[str, Any]


class Sampler(Spec):
    """Base of samplers: chooses word after word from the probabilities that a network gives.

    A sampler of your own writes ``get_next_token(self, probabilities)``; random numbers that it takes from
    ``hornbeam.random`` are other ones at each step.

    Args:
        temperature: logits are divided by it: below 1 probable words become more probable, above 1 less.

    The call takes

    - ``next``: a function ``(prompt, cache, index) -> (logits, hidden_states, cache)``: the scores of all words at
      place ``index``, from those before it, ``(batch, words)``; what contrastive search compares, or None; the cache.
    - ``prompt``: whole numbers ``(batch, length)``; what stands from ``index`` on is filled in.
    - ``cache``: arrays ``(batch, …)``, nested as you like, which ``next`` gets and gives back; None for none.
    - ``index``: the first place to fill.
    - ``mask``: True where the prompt stands and is kept, ``(batch, length)``.
    - ``stop_token_ids``: numbers that end a text. When all have ended the loop stops; what stands after an end is
      of no meaning.
    - ``hidden_states``: of the places before ``index``, ``(batch, length, size)``; for contrastive search.
    - ``model``: accepted for KerasHub's sake; which weights ``next`` reads is found out.

    and gives the prompt, filled in. The first call compiles; later calls with the same ``next`` run.

    Differs:
        KerasHub takes a stop token for an end wherever it stands in an unmasked prompt, also after ``index``.
    """

    temperature = field(1.0, kw_only=True, convert=number(0, open_low=True))

    _calls = 0

    def __call__(
        self,
        next: Next,
        prompt: Any,
        cache: Any = None,
        index: Any = 0,
        mask: Any = None,
        stop_token_ids: Any = None,
        hidden_states: Any = None,
        model: Any = None,
    ) -> Any:
        state = self._first_state(prompt, cache, index, mask, hidden_states)
        stops = tuple(int(token) for token in np.ravel(stop_token_ids)) if stop_token_ids is not None else ()
        call = Call((spec_key(self), spec_key(next), stops), self, next, stops)
        traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(state))
        if traced or frame.current() is not None:
            outer = frame.current() or Frame()
            return call.run({each: outer.read(each) for each in call.reads(state)}, state, self._key())
        return program(call)(state, self._key())

    # -- what a sampler chooses ----------------------------------------------------------------------

    def get_next_token(self, probabilities: Any) -> Any:
        """The next word of each text, ``(batch, words) -> (batch,)``."""
        raise NotImplementedError(f"{type(self).__name__} must define get_next_token(self, probabilities).")

    def compute_probabilities(self, logits: Any) -> Any:
        """``softmax(logits / temperature)``, in float32."""
        return jax.nn.softmax(logits.astype(jnp.float32) / self.temperature, axis=-1)

    # -- the loop, of which other searches replace parts ---------------------------------------------

    def begin(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        """The state before the first step."""
        return state

    def step(self, next: Next, state: State, stops: tuple[int, ...]) -> State:
        """One more word for each text."""
        logits, _, cache = next(state["prompt"], state["cache"], state["index"])
        token = self.get_next_token(self.compute_probabilities(logits))
        return {**state, "prompt": put(state, token), "cache": like(cache, state["cache"])}

    def done(self, state: State, stops: tuple[int, ...]) -> Any:
        """Whether no text needs another word."""
        return jnp.all(ended(state, stops))

    def finish(self, state: State) -> Any:
        """What the call gives."""
        return state["prompt"]

    # -- beginnings ----------------------------------------------------------------------------------

    def _key(self) -> np.ndarray:
        """Two numbers from which those of this call follow."""
        seed = getattr(self, "seed", None)
        self.__dict__["_calls"] = self._calls + 1
        source = (random.next_seed(),) if seed is None else (seed % 2**64, self._calls)
        return np.random.SeedSequence(source).generate_state(2)

    def _first_state(self, prompt: Any, cache: Any, index: Any, mask: Any, hidden_states: Any) -> State:
        kind = type(self).__name__
        prompt = jnp.asarray(prompt)
        if not jnp.issubdtype(prompt.dtype, jnp.integer):
            raise DataError(
                f"{kind}, prompt", "whole numbers, one for each word", f"type {prompt.dtype}", "Tokenize it."
            )
        if prompt.ndim != 2:
            fix = "Add a batch axis: prompt[None, :]." if prompt.ndim == 1 else "Reshape it."
            raise ShapeError(f"{kind}, prompt", "shape (batch, length)", f"shape {prompt.shape}", fix)
        mask = jnp.zeros(prompt.shape, bool) if mask is None else jnp.asarray(mask).astype(bool)
        if mask.shape != prompt.shape:
            expected = f"shape {prompt.shape}, as the prompt"
            raise ShapeError(f"{kind}, mask", expected, f"shape {mask.shape}", "Give True where the prompt is kept.")
        if not isinstance(index, jax.core.Tracer) and not 0 <= int(index) <= prompt.shape[1]:
            raise ArgumentError(f"{kind}, index", f"a place from 0 to {prompt.shape[1]}", index, "Lengthen the prompt.")
        return {
            "prompt": prompt,
            "cache": jax.tree.map(jnp.asarray, cache),
            "index": jnp.asarray(index, jnp.int32),
            "start": jnp.asarray(index, jnp.int32),
            "mask": mask,
            "hidden_states": None if hidden_states is None else jnp.asarray(hidden_states),
        }


# ---- the program


class _Watching(Frame):
    """A frame that notes which variables are read."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Variable, None] = {}

    def read(self, variable: Variable) -> Any:
        self.seen[variable] = None
        return super().read(variable)


@dataclass(frozen=True)
class Call:
    """A sampler with what it is called on; equal calls run the same program."""

    key: Any
    sampler: Sampler = attribute(compare=False)
    next: Next = attribute(compare=False)
    stops: tuple[int, ...] = attribute(compare=False)

    def reads(self, state: State) -> list[Variable]:
        """The variables, such as a model's weights, that ``next`` reads."""
        watching = _Watching()
        with watching:
            jax.eval_shape(self.next, state["prompt"], state["cache"], state["index"])
        return list(watching.seen)

    def run(self, values: dict[Variable, Any], state: State, key: Any) -> Any:
        """The loop: pure, so that it can be compiled."""
        sampler, next, stops = self.sampler, self.next, self.stops
        words = jnp.asarray(key, jnp.uint32)

        def at(place: Any) -> Frame:
            return Frame(values, key=jnp.append(words, place.astype(jnp.uint32)))

        def going(state: State) -> Any:
            room = state["index"] < state["prompt"].shape[1]
            return jnp.logical_and(room, jnp.logical_not(sampler.done(state, stops))) if stops else room

        def body(state: State) -> State:
            with at(state["index"]):
                state = sampler.step(next, state, stops)
            return {**state, "index": state["index"] + 1}

        with at(jnp.uint32(2**32 - 1)):
            state = sampler.begin(next, state, stops)
        return sampler.finish(lax.while_loop(going, body, state))


@functools.lru_cache(maxsize=8)
def program(call: Call) -> Callable[[State, Any], Any]:
    """The compiled loop; the last eight are kept. Weights enter as values, so that training goes on to be seen."""
    known: dict[Any, list[Variable]] = {}
    compiled: dict[Any, Any] = {}

    def run(state: State, key: Any) -> Any:
        shapes = jax.tree.structure(state), *(leaf.aval for leaf in jax.tree.leaves(state))
        if shapes not in known:
            known[shapes] = reads = call.reads(state)
            compiled[shapes] = jax.jit(lambda v, s, k: call.run(dict(zip(reads, v, strict=True)), s, k))
        return compiled[shapes]([each.slot for each in known[shapes]], state, key)

    return run


# ---- parts of steps


def put(state: State, token: Any) -> Any:
    """The prompt with a word at the index, where the mask does not keep what stands there."""
    prompt, index = state["prompt"], state["index"]
    given = lax.dynamic_index_in_dim(prompt, index, 1, keepdims=False)
    kept = lax.dynamic_index_in_dim(state["mask"], index, 1, keepdims=False)
    token = jnp.where(kept, given, token.astype(prompt.dtype))
    return lax.dynamic_update_slice_in_dim(prompt, token[:, None], index, axis=1)


def ended(state: State, stops: tuple[int, ...]) -> Any:
    """Which texts have a stop token among the words that were filled in, ``(batch,)``."""
    prompt = state["prompt"]
    places = jnp.arange(prompt.shape[1], dtype=jnp.int32)[None]
    made = (places >= state["start"]) & (places < state["index"]) & ~state["mask"]
    stop = functools.reduce(jnp.logical_or, (prompt == token for token in stops), jnp.zeros(prompt.shape, bool))
    return jnp.any(made & stop, axis=-1)


def like(cache: Any, old: Any) -> Any:
    """The cache that ``next`` gave back, checked to be like the one that it got."""
    shapes = [jax.tree.map(lambda leaf: (jnp.shape(leaf), leaf.dtype.name), each) for each in (old, cache)]
    if shapes[0] != shapes[1]:
        raise ShapeError(
            "next(prompt, cache, index)", f"a cache like the one it got, {shapes[0]}", shapes[1], "Return it updated."
        )
    return cache


# ---- by name


def get(identifier: Any) -> Any:
    """A sampler from its name, such as ``"top_k"``, its config, its class, or itself.

    Example:
        >>> get("top_k")
        TopKSampler()
    """
    return resolve(identifier, SAMPLERS, "sampler")


def serialize(sampler: Any) -> Any:
    """A JSON-able description of a sampler."""
    return specs.serialize(sampler)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The sampler that ``serialize`` described; ``custom_objects`` are looked up first."""
    with CustomObjectScope(custom_objects):
        return get(config)


def generate(next: Next, prompt: Any, sampler: Any = "greedy", **arguments: Any) -> Any:
    """``get(sampler)(next, prompt, **arguments)``: a text filled in word by word; see ``Sampler``.

    Example:
        >>> def next(prompt, cache, index):  # after 1 comes 2, after 2 comes 3, after 3 comes 0
        ...     return 9.0 * jax.nn.one_hot((prompt[:, index - 1] + 1) % 4, 4), None, cache
        >>> print(generate(next, np.array([[1, 0, 0, 0, 0]]), index=1))
        [[1 2 3 0 1]]
    """
    return get(sampler)(next, prompt, **arguments)
