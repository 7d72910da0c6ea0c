"""Source: data as blocks of batches, ready for a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

BLOCK_BYTES = 16 * 2**20  # of what is read from files or comes in batches: about six blocks are in memory at a time

Shuffler = Callable[[int], np.random.Generator]  # from an epoch's number to the generator of its order


class Block(NamedTuple):
    """Rows for one or more steps.

    Attributes:
        data: ``(x, y, weights)`` with rows along axis 0.
        index: order of the rows, padded to a multiple of ``size``; None when they lie in order.
        rows: number of real rows when the last batch is padded, None when all are real.
        steps: number of the batch before which the block ends.
        size: rows in a batch.
        first: number of the batch with which it begins.
    """

    data: Any
    index: Any
    rows: int | None
    steps: int
    size: int
    first: int = 0


class Source:
    """Base of sources: ``epoch(number, shuffler)`` gives the blocks of one epoch."""

    steps: int | None = None  # batches in an epoch, None when unknown
    is_small: bool = False  # whether whole epochs of it, and several at once, are work for one program call

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        """Blocks of epoch ``number``, in the order that the shuffler's generator draws; as they lie when None.

        A source may ask for the next epoch's generator too, and prepare its beginning during this one.
        """
        raise NotImplementedError

    def example(self) -> Any:
        """``(x, y, weights)`` with a few rows, from which shapes and types can be read."""
        raise NotImplementedError

    def finish(self) -> None:
        """Called when an epoch has ended."""

    def close(self) -> None:
        """Called when the source is not needed any more."""


def filled(data: Any, rows: int) -> Any:
    """The block with zero rows appended up to a fixed length, so that one compiled program serves all blocks."""
    return jax.tree.map(lambda leaf: padded(leaf, rows), data)


def padded(leaf: Any, length: int) -> Any:
    """The array with zero rows appended up to a length."""
    missing = length - leaf.shape[0]
    if missing <= 0:
        return leaf
    return np.concatenate([np.asarray(leaf), np.zeros((missing, *leaf.shape[1:]), leaf.dtype)])
