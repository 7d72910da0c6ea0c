"""Arrays that stay in files, or sparse, as a source."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from hornbeam.data import convert
from hornbeam.data.source import BLOCK_BYTES, Block, Shuffler, Source, filled


class ChunkSource(Source):
    """Arrays that stay in files, or sparse: read in chunks of batches, one chunk ahead.

    Args:
        data: ``(x, y, weights)``, nested arrays, memmaps, HDF5 datasets or sparse matrices.
        size: rows in a batch.
        pad: whether the last, smaller batch may be padded.
        first, rows: which rows belong to the source (a validation split is the end of the same file).
    """

    def __init__(self, data: Any, size: int, pad: bool, first: int = 0, rows: int | None = None):
        self._leaves, self._structure = jax.tree.flatten(data, is_leaf=convert.is_sparse)
        self.first = first
        self.rows = int(self._leaves[0].shape[0]) - first if rows is None else rows
        self.size = min(size, self.rows)
        self.pad = pad and self.rows % self.size > 0
        self.steps: int = -(-self.rows // self.size)
        row_bytes = sum(int(np.prod(leaf.shape[1:])) * 4 for leaf in self._leaves)
        self.block = max(1, min(self.steps, BLOCK_BYTES // max(1, row_bytes * self.size))) * self.size

    def example(self) -> Any:
        return self._read(np.arange(self.first, self.first + min(self.size, self.rows)))

    def epoch(self, number: int = 0, shuffler: Shuffler | None = None) -> Iterator[Block]:
        order = np.arange(self.rows) if shuffler is None else shuffler(number).permutation(self.rows)
        order = order + self.first
        cuts = [order[start : start + self.block] for start in range(0, self.rows, self.block)]
        with ThreadPoolExecutor(1) as reader:
            coming = reader.submit(self._read, cuts[0])
            for number in range(len(cuts)):
                data = coming.result()
                if number + 1 < len(cuts):
                    coming = reader.submit(self._read, cuts[number + 1])
                yield from self._blocks(data, len(cuts[number]))

    def _blocks(self, data: Any, rows: int) -> Iterator[Block]:
        full, rest = divmod(rows, self.size)
        if self.pad:
            yield Block(filled(data, self.block), None, rows, full + (rest > 0), self.size)
            return
        if full:
            cut = jax.tree.map(lambda leaf: leaf[: full * self.size], data) if rest else data
            yield Block(filled(cut, self.block), None, None, full, self.size)
        if rest:
            yield Block(jax.tree.map(lambda leaf: leaf[full * self.size :], data), None, None, 1, rest)

    def _read(self, rows: np.ndarray) -> Any:
        """Rows of every leaf; files are read in the order in which they lie, then put in the wanted order."""
        ranks = np.argsort(rows, kind="stable")
        sorted_rows = rows[ranks]
        contiguous = sorted_rows[-1] - sorted_rows[0] + 1 == len(rows)
        chosen = slice(int(sorted_rows[0]), int(sorted_rows[-1]) + 1) if contiguous else sorted_rows
        back = None if np.array_equal(rows, sorted_rows) else np.argsort(ranks)
        found = []
        for leaf in self._leaves:
            part = leaf[chosen]
            part = part.toarray() if convert.is_sparse(leaf) else part
            if back is not None:
                part = part[back]
            elif isinstance(part, np.memmap):
                part = np.array(part)  # a view would be read by the program's thread, not by this one
            part = convert.narrow(part, "data on disk")
            convert.check_numbers(part, "data on disk")
            found.append(part)
        return jax.tree.unflatten(self._structure, found)
