"""The frame: while a program is traced, which array stands for which variable, and what the call changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import random

if TYPE_CHECKING:
    from hornbeam.core.variable import Variable

_current: ContextVar[Frame | None] = ContextVar("frame", default=None)


class Frame:
    """One run of layers: reads and writes of variables, added losses, masks and random keys.

    Args:
        values: arrays that stand for variables; a variable not among them shows its own slot.
        training: what layers see as ``training`` when their caller says nothing; None where a user calls a layer by
            hand and says nothing either: then each layer's own default stands.
        key: three unsigned 32-bit numbers, ``(seed, seed, step)``; drawn when None and needed.
    """

    def __init__(self, values: Mapping[Variable, Any] | None = None, training: bool | None = False, key: Any = None):
        self.values: dict[Variable, Any] = dict(values or {})
        self.written: dict[Variable, Any] = {}
        self.training = training
        self.compute: np.dtype | None = None  # the type in which the running layer sees its weights, None for their own
        self.losses: list[Any] = []
        self.keyed = key is not None
        self.inferring = False  # whether only shapes are asked for, and unknown lengths have stand-ins
        self.naming = False  # whether the trace notes which layer each step belongs to
        self._key, self._draws = key, Counter[Any]()
        self._masks: dict[int, tuple[Any, Any]] = {}
        self._logits: dict[tuple[int, str], tuple[Any, Any]] = {}

    def __enter__(self) -> Frame:
        self._token = _current.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _current.reset(self._token)

    def read(self, variable: Variable) -> Any:
        """The array that stands for the variable here."""
        if variable in self.values:
            return self.values[variable]
        return variable.slot

    def show(self, variable: Variable) -> Any:
        """The array that stands for the variable, in the compute type of the layer that runs now."""
        array = self.read(variable)
        if self.compute is None or not variable.autocast or not jnp.issubdtype(array.dtype, jnp.floating):
            return array
        return jnp.asarray(array, self.compute)

    def write(self, variable: Variable, value: Any) -> None:
        """Notes a new value; it is read from now on, and handed out in ``written``."""
        self.values[variable] = self.written[variable] = value

    def mask_of(self, array: Any) -> Any:
        """The mask that the layer which made this array gave it; None without one."""
        return self._masks.get(id(array), (None, None))[1]

    def set_mask(self, array: Any, mask: Any) -> None:
        """Gives an array its mask; the array is kept alive, so that its id stays its own."""
        self._masks[id(array)] = (array, mask)

    def logits_of(self, array: Any, kind: str) -> Any:
        """What softmax or sigmoid, as ``kind`` says, was applied to when it gave this array; None when unknown."""
        return self._logits.get((id(array), kind), (None, None))[1]

    def set_logits(self, array: Any, logits: Any, kind: str) -> None:
        """Notes that an array is a function of ``logits``, for losses that want those.

        Args:
            array: what the function gave.
            logits: what it was applied to.
            kind: ``"softmax"`` (over the last axis) or ``"sigmoid"``.
        """
        self._logits[id(array), kind] = (array, logits)

    def next_key(self, stream: Any = None) -> jax.Array:
        """A key for random numbers, another one at each call, the same for the same step and draw.

        The generator is Philox, counted from zero under a key of 64 bits: one half mixes the seed with
        the number of the draw, the other is the step, so that no two draws of a run share a key.

        Args:
            stream: whole numbers that seed a stream of their own, the same in every run; None for the run's.
        """
        if self._key is None:
            self._key = np.asarray([random.next_seed(), random.next_seed(), 0], np.uint32)
        self._draws[stream] += 1
        seed = jnp.asarray(self._key, jnp.uint32)
        first, second, step = seed[0], seed[1], seed[2]
        if stream is not None:
            first, second = jnp.asarray(np.random.SeedSequence(stream).generate_state(2))
        draw = np.uint32(self._draws[stream] * 0x9E3779B9 & 0xFFFFFFFF)
        mixed = (first ^ draw) * np.uint32(0x85EBCA6B)
        mixed = mixed ^ (mixed >> np.uint32(15))
        zero = np.uint32(0)
        words = jnp.stack([mixed, second + step, jnp.asarray(zero), jnp.asarray(zero)])
        return jax.random.wrap_key_data(words, impl="rbg")

    def branch(self) -> tuple[Any, Any, Any]:
        """The key of a frame within this one, such as a loop's body, whose draws are none of this one's."""
        words = jax.random.key_data(self.next_key())
        return words[0], words[1], self._key[2]


def current() -> Frame | None:
    """The frame in whose run we are, None outside."""
    return _current.get()


def next_key() -> jax.Array:
    """A key for random numbers from the frame, or from the process's seed outside of one."""
    return (current() or Frame()).next_key()
