"""The loop: epochs of blocks of chunks, with the values back in their variables after every chunk."""

from __future__ import annotations

import functools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from hornbeam.core.engine import target
from hornbeam.core.variable import Variable
from hornbeam.data.source import Block
from hornbeam.training.meters import Meters
from hornbeam.training.program import EPOCHS_AT_ONCE, Program, Values

LITTLE = 2**16  # bytes
CHUNK_SECONDS = 0.1  # bars and Ctrl-C stay alive when no program call takes much longer


@dataclass
class Run:
    """The state of one ``fit`` that is neither a weight nor an optimizer's: what a restart needs.

    Attributes:
        seed: from it and the epoch's number follow the shuffles, from it and the step's number the keys.
        epoch: the epoch that runs, from 0.
        step: steps done since the first epoch.
        done: batches of this epoch that are done.
        sums: what the losses and metrics have added up in them.
    """

    seed: int
    epoch: int = 0
    step: int = 0
    done: int = 0
    sums: list[Any] | None = None

    @property
    def key(self) -> np.ndarray:
        """Two 32-bit words for the programs' random numbers."""
        return _words(self.seed)

    def shuffler(self, number: int) -> np.random.Generator:
        """The generator of the order of epoch ``number``."""
        return np.random.default_rng((self.seed, number))


class _Chunk(NamedTuple):
    """A call of the program that may not have ended yet."""

    done: int  # batches of the epoch that are done with it
    steps: int
    began: float
    logs: Any


@dataclass
class Looper:
    """Runs blocks through a program, with one model's values.

    Args:
        program: whose functions run.
        trained, others: the model's variables, in the places of the program's.
        meters: the model's metrics.
        loss_names: names of the losses in the logs, ``loss`` first.
        optimizer: whose state is trained; None for evaluation.
        keeps: whether the arrays that a call takes stay alive, so that they can be put back.
    """

    program: Program
    trained: list[Variable]
    others: list[Variable]
    meters: Meters
    loss_names: list[str]
    optimizer: Any = None
    keeps: bool = False
    seconds_per_step: float = 0.0
    epochs_at_once: int = 1
    _seconds_per_epoch: float = 0.0
    _totals: Any = None
    _bad: Any = None
    _start: list[Any] = field(default_factory=list)
    _under_way: _Chunk | None = None
    _ended: float = 0.0  # when the last chunk that was read had ended

    def __post_init__(self) -> None:
        self.meters.reset()
        self._start = [np.array(variable.slot) for variable in self.meters.variables]
        self.reset()

    def reset(self, sums: list[Any] | None = None) -> None:
        """Sets metrics and totals to their beginning, or to the sums that a restored run has."""
        self._totals, *states = sums or [np.zeros(len(self.loss_names) + 1, np.float32), *self._start]
        self._bad = np.int32(-1)
        for variable, state in zip(self.meters.variables, states, strict=True):
            variable.slot = state

    def train(
        self, block: Block, run: Run, rate: Any, begin: Any = None, skip: int = 0
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Trains on a block, chunk by chunk; gives how many batches of the epoch are done, and the logs then.

        One chunk is always under way while the logs of the one before it are read, so that the device never waits for
        Python; ``rest`` gives the last one's. Weights are never behind: their slots hold what the chunk under way
        will have made of them.

        Args:
            block: the batches.
            run: counts the steps.
            rate: gives the learning rate at each chunk's start.
            begin: called with each batch's number before it; chunks are single batches then, and none is under way.
            skip: batches at the block's beginning that are left out.
        """
        first = block.first + skip
        call = self.program.train_keeping if self.keeps else self.program.train
        while first < block.steps:
            if begin is not None:
                begin(run.done)
            stop = min(block.steps, first + (self._chunk() if begin is None else 1))
            began = time.perf_counter()
            with interrupts_wait():
                values, logs = call(
                    self._values(run.step), rate(), run.key, block.data, block.index, _count(block.rows),
                    np.asarray([first, stop], np.int32), size=block.size,
                )  # fmt: skip
                self._put_back(values)
                run.step += stop - first
                run.done += stop - first
                run.sums = [self._totals, *(variable.slot for variable in self.meters.variables)]
                before, self._under_way = self._under_way, _Chunk(run.done, stop - first, began, logs)
            first = stop
            if before is not None:
                yield self._read(before)
            if begin is not None:
                yield from self.rest()

    def rest(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Waits for the chunk under way, if there is one, and gives its logs."""
        last, self._under_way = self._under_way, None
        if last is not None:
            yield self._read(last)

    def _read(self, chunk: _Chunk) -> tuple[int, dict[str, Any]]:
        named = self._named(chunk.logs)
        now = time.perf_counter()
        self._timed((now - max(chunk.began, self._ended)) / chunk.steps)
        self._ended = now
        return chunk.done, named

    def epochs(self, block: Block, check: Block | None, run: Run, orders: Any, rate: Any) -> list[dict[str, Any]]:
        """Trains several whole epochs in one program call; gives the logs of each.

        Args:
            block: all rows of the training data.
            check: all rows of the validation data, or None.
            run: counts the steps.
            orders: the rows' orders, one per epoch; None leaves them as they lie.
            rate: gives the learning rate.
        """
        count = len(orders)
        table = None
        if orders[0] is not None:
            table = np.zeros((EPOCHS_AT_ONCE, len(jax.tree.leaves(block.data)[0])), np.int32)
            for row, order in zip(table, orders, strict=False):
                row[: len(order)] = order
        with interrupts_wait():
            values, rows = self.program.epochs(
                self._values(run.step), self._start, rate(), run.key, block.data, table, _count(block.rows),
                None if check is None else (check.data, _count(check.rows), np.int32(check.steps)),
                np.int32(block.steps), np.int32(count),
                size=block.size, check_size=None if check is None else check.size,
            )  # fmt: skip
            self._put_back(values)
            rows = np.asarray(rows)[:count]
            run.step += count * block.steps
        names = [*self.loss_names, *self.meters.names]
        width = len(names) + 1
        self.bad_step = int(rows[-1, width - 1])
        logs = [dict(zip(names, map(float, row), strict=False)) for row in rows]
        if check is not None:
            for log, row in zip(logs, rows, strict=True):
                log |= dict(zip((f"val_{name}" for name in names), map(float, row[width:]), strict=False))
        return logs

    def test(self, block: Block) -> dict[str, Any]:
        """Measures a block, chunk by chunk; gives the logs so far."""
        trained, others = [v.slot for v in self.trained], [v.slot for v in self.others]
        named: dict[str, Any] = {}
        first = block.first
        while first < block.steps:
            # states of stateful layers go from batch to batch within one call
            stop = block.steps if self.program.lasting else min(block.steps, first + self._chunk())
            began = time.perf_counter()
            states = [variable.slot for variable in self.meters.variables]
            values, logs = self.program.test(
                Values([], [], states, None, self._totals, np.int32(0), self._bad),
                trained, others, block.data, block.index, _count(block.rows),
                np.asarray([first, stop], np.int32), size=block.size,
            )  # fmt: skip
            self._put_back(values)
            named = self._named(logs)
            self._timed((time.perf_counter() - began) / (stop - first))
            first = stop
        return named

    def epochs_took(self, count: int, seconds: float) -> None:
        """Learns from a call of ``epochs`` how many fit into the next."""
        self._seconds_per_epoch = min(self._seconds_per_epoch or seconds, seconds / count)
        self.epochs_at_once = max(1, min(EPOCHS_AT_ONCE, int(CHUNK_SECONDS / self._seconds_per_epoch)))

    def _chunk(self) -> int:
        """Batches in a chunk; the first chunk of all is one epoch or 64 batches, until a step's time is known."""
        if not self.seconds_per_step:
            return 64
        return max(1, int(CHUNK_SECONDS / self.seconds_per_step))

    def _timed(self, seconds: float) -> None:
        # the first call compiles: the time of a step is the least seen
        self.seconds_per_step = min(self.seconds_per_step or seconds, seconds)

    def _values(self, step: int) -> Values:
        values = Values(
            [variable.slot for variable in self.trained],
            [variable.slot for variable in self.others],
            [variable.slot for variable in self.meters.variables],
            self.optimizer.state,
            self._totals,
            np.int32(step),
            self._bad,
        )
        return _distinct(values)

    def _put_back(self, values: Values) -> None:
        for variable, array in zip(self.trained, values.trained, strict=False):
            variable.slot = array
        for variable, array in zip(self.others, values.others, strict=False):
            variable.slot = array
        for variable, array in zip(self.meters.variables, values.meters, strict=True):
            variable.slot = array
        if self.optimizer is not None:
            self.optimizer.state = values.optimizer
        self._totals, self._bad = values.totals, values.bad_step

    def _named(self, logs: tuple[Any, list[Any]]) -> dict[str, Any]:
        flat, results = np.asarray(logs[0]), logs[1]
        names = [*self.loss_names, *self.meters.names]
        named: dict[str, Any] = {name: float(value) for name, value in zip(names, flat, strict=False)}
        for name, result in zip(self.meters.names, results, strict=True):
            if result.ndim:
                named[name] = np.asarray(result)
        self.bad_step = int(flat[-1])
        return named


def remembered(variables: list[Variable], optimizer: Any) -> Callable[[], None]:
    """Keeps the values as they are now; the function that it returns puts them back."""

    def safe(leaf: Any) -> Any:
        # JAX's arrays as copies, since programs use up what they are given: of a device's memory there, and of a large
        # array on a CPU too, as NumPy holds on to what it has seen, and a program would copy that (BERT-small 893 MiB
        # in place of 1,022). For small ones NumPy is quicker: 1.6 of 14.8 µs a step of iris.
        if isinstance(leaf, np.ndarray):
            return leaf
        return np.array(leaf) if leaf.nbytes < LITTLE and target() == "cpu" else jax.device_put(leaf, may_alias=False)

    values, state = [safe(variable.slot) for variable in variables], jax.tree.map(safe, optimizer.state)

    def put_back() -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.slot = value
        optimizer.state = state

    return put_back


@functools.lru_cache(maxsize=256)
def _words(seed: int) -> np.ndarray:
    return np.random.SeedSequence(seed).generate_state(2)


def _distinct(values: Values) -> Values:
    """The values with every array an object of its own.

    A program gives results that are equal by construction (two metrics that count the same) as one array, and one
    array cannot be donated twice.
    """
    leaves, structure = jax.tree.flatten(values)
    if len(set(map(id, leaves))) == len(leaves):
        return values
    seen: set[int] = set()
    for place, leaf in enumerate(leaves):
        if id(leaf) in seen:
            leaves[place] = np.array(leaf)
        seen.add(id(leaf))
    return jax.tree.unflatten(structure, leaves)


def _count(rows: int | None) -> Any:
    return None if rows is None else np.int32(rows)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C waits until the block is left, so that no chunk is lost halfway and no value is out of place."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came and callable(before):
        before(*came[0])


def predicted(program: Any, trained: list[Any], others: list[Any], data: Any, index: Any, steps: int, size: int) -> Any:
    """The outputs for all rows; the states of stateful layers move on to what the data left in them."""
    arrays = [variable.slot for variable in trained], [variable.slot for variable in others]
    outputs, states = program.predict(*arrays, data, index, np.int32(steps), size=size)
    for variable, state in zip((each for each in others if each.lasting), states, strict=True):
        variable.slot = state
    return outputs
