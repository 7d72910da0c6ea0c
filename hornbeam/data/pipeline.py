"""Dataset: elements that are made when they are asked for, pass after pass; and the ways to another data set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count as numbers_from
from itertools import islice
from typing import Any

import numpy as np

from hornbeam.core.checks import checked, integer
from hornbeam.core.errors import ArgumentError, DataError, UnknownLengthError
from hornbeam.core.random import next_seed
from hornbeam.data import convert, elements
from hornbeam.data.hostarray import shown


class Dataset:
    """Base of data sets that can be gone through again and again, with the methods of ``tf.data`` that courses use.

    An element is an array, or a tuple or dict of arrays; mostly a batch ``(x, y)``. A kind of data set defines
    ``walk`` and ``length``. Every pass has a number, from which all that is drawn at random follows: so a pass can be
    had again, and a run that was killed goes on as it would have. Data sets that are made of each other count their
    passes together.

    Arguments that only make ``tf.data`` faster (``num_parallel_calls``, …) are accepted and change nothing.

    Attributes:
        class_names: the classes' names, in the order of their numbers; None without labels.
        file_paths: the files that are read; None without files.
        batch_size: samples in an element; None for single ones.

    Example:
        >>> squares = Numbered(lambda numbers: numbers**2, count=5, batch_size=2)
        >>> [batch.tolist() for batch in squares], len(squares)
        ([[0, 1], [4, 9], [16]], 3)
        >>> [batch.tolist() for batch in squares.map(lambda batch: batch + 1).take(1)]
        [[1, 2]]
        >>> [batch.tolist() for batch in squares.unbatch().skip(1).batch(3)]
        [[1, 4, 9], [16]]
    """

    class_names: list[str] | None = None
    file_paths: list[str] | None = None
    batch_size: int | None = None

    def __init__(self) -> None:
        self._passes = [0]  # a list, to be shared

    def walk(self, number: int) -> Iterator[Any]:
        """The elements of pass ``number``, as they are computed with."""
        raise NotImplementedError(f"{type(self).__name__} must define walk(self, number).")

    def length(self) -> float | None:
        """How many elements a pass has: infinity without an end, None when only a pass can tell."""
        raise NotImplementedError(f"{type(self).__name__} must define length(self).")

    def next_pass(self) -> int:
        """The number of the pass that has not been yet."""
        return self._passes[0]

    def begin(self, number: int) -> Iterator[Any]:
        """``walk``, counted."""
        self._passes[0] = max(self._passes[0], number + 1)
        return self.walk(number)

    def __len__(self) -> int:
        length = self.length()
        if length is None or length == math.inf:
            got = "one without an end" if length else "one whose elements are counted only by going through it"
            fix = "Write take(count), or steps_per_epoch in fit." if length else "Write sum(1 for _ in dataset)."
            raise UnknownLengthError("len(dataset)", "a data set of known length", got, fix)
        return int(length)

    def __iter__(self) -> Pass:
        return Pass(map(shown, self.begin(self.next_pass())))

    def as_numpy_iterator(self, name: Any = None) -> Pass:
        """A pass, as ``iter`` gives it; ``next()`` gives its next element."""
        return iter(self)

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: Any = None, name: Any = None
    ) -> Dataset:
        """The elements through a function: of ``(x, y)`` it is given x and y, a dict or an array whole.

        The function is called in every pass, so that what it draws differs from pass to pass.
        """
        if not callable(map_func):
            fix = "Write dataset.map(lambda x, y: (layer(x), y))."
            raise ArgumentError("Dataset.map, map_func", "a function", repr(map_func), fix)
        return Derived(self, lambda given, _: elements.mapped(given, map_func))

    def filter(self, predicate: Callable[..., Any], name: Any = None) -> Dataset:
        """The elements of which a function, called as in ``map``, says that they are to stay."""
        if not callable(predicate):
            raise ArgumentError("Dataset.filter, predicate", "a function", repr(predicate), "Write lambda x, y: y > 0.")
        return Derived(self, lambda given, _: elements.kept(given, predicate), lambda length: None)

    def take(self, count: int, name: Any = None) -> Dataset:
        """The first elements of each pass; -1 takes all."""
        stop = _count(count, "Dataset.take, count")
        return Derived(self, lambda given, _: islice(given, stop), lambda length: min(length, _or_all(stop)))

    def skip(self, count: int, name: Any = None) -> Dataset:
        """All but the first elements of each pass; -1 skips all."""
        start = _count(count, "Dataset.skip, count")
        if start is None:
            return self.take(0)
        return Derived(self, lambda given, _: islice(given, start, None), lambda length: max(0, length - start))

    def shuffle(
        self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True, name: Any = None
    ) -> Dataset:
        """The elements in another order: each is drawn from the next ``buffer_size`` ones.

        Args:
            buffer_size: how many elements wait in memory; only with all of them every order is equally likely.
            seed: makes the orders repeatable.
            reshuffle_each_iteration: whether each pass has an order of its own.
        """
        size = checked(integer(1), buffer_size, "Dataset.shuffle, buffer_size")
        seed = next_seed() if seed is None else checked(integer(0), seed, "Dataset.shuffle, seed")

        def step(given: Iterator[Any], number: int) -> Iterator[Any]:
            draw = np.random.default_rng((seed, number if reshuffle_each_iteration else 0))
            return elements.shuffled(given, size, draw)

        return Derived(self, step)

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """So many elements at a time as one, along a new first axis; the last may have fewer, or is dropped."""
        size = checked(integer(1), batch_size, "Dataset.batch, batch_size")
        made = Derived(
            self,
            lambda given, _: elements.batched(given, size, drop_remainder),
            lambda length: length // size if drop_remainder else -(-length // size),
        )
        made.batch_size = size
        return made

    def unbatch(self, name: Any = None) -> Dataset:
        """The rows of the elements, one by one."""
        made = Derived(self, lambda given, _: elements.rows(given), lambda length: None)
        made.batch_size = None
        return made

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False, name: Any = None
    ) -> Dataset:
        """Data sets of ``size`` elements each, for ``flat_map`` to join; of ``(x, y)`` one of x and one of y.

        Args:
            size: how many elements a window has.
            shift: how many elements after a window the next one begins; ``size`` when None.
            stride: how far apart the elements of a window are.
            drop_remainder: whether the shorter windows at the end are left out.

        Example:
            >>> numbers = Numbered(lambda numbers: numbers, count=5, batch_size=None)
            >>> windows = numbers.window(3, shift=1, drop_remainder=True).flat_map(lambda window: window.batch(3))
            >>> [window.tolist() for window in windows]
            [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        """
        numbers = {"size": size, "shift": size if shift is None else shift, "stride": stride}
        size, shift, stride = (checked(integer(1), value, f"Dataset.window, {word}") for word, value in numbers.items())

        def step(given: Iterator[Any], _: int) -> Iterator[Any]:
            rows = elements.windows(given, size, shift, stride, drop_remainder)
            return (elements.in_columns(each, Listed) for each in rows)

        return Derived(self, step, lambda length: None)

    def flat_map(self, map_func: Callable[..., Any], name: Any = None) -> Dataset:
        """The elements of the data sets that a function, called as in ``map``, makes of the elements."""
        if not callable(map_func):
            fix = "Write dataset.window(3).flat_map(lambda window: window.batch(3))."
            raise ArgumentError("Dataset.flat_map, map_func", "a function", repr(map_func), fix)
        return Derived(self, lambda given, _: _joined(elements.mapped(given, map_func)), lambda length: None)

    def repeat(self, count: int | None = None, name: Any = None) -> Dataset:
        """So many passes as one; without an end when None or -1."""
        return Repeated(self, None if count is None else _count(count, "Dataset.repeat, count"))

    def cache(self, filename: str = "", name: Any = None) -> Dataset:
        """The same elements in every pass, made in the first whole one and kept in memory, where none may change them.

        Whatever is to differ from pass to pass, as shuffling and augmenting, comes after it.
        """
        return Cached(self)

    def prefetch(self, buffer_size: Any = None, name: Any = None) -> Dataset:
        """Itself: files are read ahead, in threads, without it.

        The functions of ``map`` are called in the thread that asks, so that what they draw is the same in every run.
        """
        return self


class Pass:
    """One pass through a data set: an iterator that can be asked for its ``next()``, as TensorFlow's can."""

    def __init__(self, given: Iterator[Any]):
        self._given = given

    def __iter__(self) -> Pass:
        return self

    def __next__(self) -> Any:
        return next(self._given)

    def next(self) -> Any:
        """The next element."""
        return next(self._given)


class Numbered(Dataset):
    """Batches of numbered samples.

    Args:
        read: from an array of samples' numbers to the batch of them.
        count: how many samples there are.
        batch_size: samples in a batch; None gives single ones.
        shuffle: whether each pass has an order of its own.
        seed: makes the orders repeatable.
    """

    def __init__(
        self,
        read: Callable[[np.ndarray], Any],
        count: int,
        batch_size: int | None = 32,
        shuffle: bool = False,
        seed: int | None = None,
    ):
        super().__init__()
        self._read, self._count, self.batch_size = read, count, batch_size
        self._seed = (next_seed() if seed is None else seed) if shuffle else None

    def length(self) -> float | None:
        return -(-self._count // (self.batch_size or 1))

    def walk(self, number: int) -> Iterator[Any]:
        order, size = order_of_pass(self._count, self._seed, number), self.batch_size or 1
        batches = (self._read(order[start : start + size]) for start in range(0, self._count, size))
        return elements.rows(batches) if self.batch_size is None else batches


class Listed(Dataset):
    """Elements that are there.

    Args:
        items: the elements.
    """

    def __init__(self, items: list[Any]):
        super().__init__()
        self._items = items

    def length(self) -> float | None:
        return len(self._items)

    def walk(self, number: int) -> Iterator[Any]:
        return iter(self._items)


def _joined(given: Iterator[Any]) -> Iterator[Any]:
    for made in given:
        if not isinstance(made, Dataset):
            fix = "Write lambda window: window.batch(3), or map for a function that gives an element."
            raise DataError("Dataset.flat_map, map_func", "a function that returns a data set", repr(made), fix)
        yield from made.walk(0)


class Derived(Dataset):
    """What a function makes of each pass of another data set.

    Args:
        source: the other data set.
        step: from the elements of a pass, and its number, to others.
        longer: from the source's length to this one's; the same when None.
    """

    def __init__(
        self,
        source: Dataset,
        step: Callable[[Iterator[Any], int], Iterator[Any]],
        longer: Callable[[float], float | None] = lambda length: length,
    ):
        self._source, self._step, self._longer = source, step, longer
        self._passes = source._passes
        self.class_names, self.file_paths, self.batch_size = source.class_names, source.file_paths, source.batch_size

    def length(self) -> float | None:
        length = self._source.length()
        return None if length is None else self._longer(length)

    def walk(self, number: int) -> Iterator[Any]:
        return self._step(self._source.walk(number), number)


class Repeated(Derived):
    """Several passes as one."""

    def __init__(self, source: Dataset, count: int | None):
        super().__init__(source, lambda given, _: given, lambda length: length and length * _or_all(count))
        self._count = count

    def walk(self, number: int) -> Iterator[Any]:
        # the passes of an endless one begin with its own number
        passes = (
            numbers_from(number) if self._count is None else range(number * self._count, (number + 1) * self._count)
        )
        for each in passes:
            empty = True
            for element in self._source.walk(each):
                empty = False
                yield element
            if empty:
                return


class Cached(Derived):
    """Elements that are kept when a pass has made them all."""

    def __init__(self, source: Dataset):
        super().__init__(source, lambda given, _: given)
        self._kept: list[Any] | None = None

    def walk(self, number: int) -> Iterator[Any]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Any] = []
        for element in self._source.walk(number):
            if kept:
                yield kept[-1]
            kept.append(convert.map_nested(_fixed, element))
        self._kept = kept  # before the last one is given: who knows the length asks for no more
        yield from kept[-1:]


def order_of_pass(count: int, seed: int | None, number: int) -> np.ndarray:
    """The numbers below ``count`` in the order of a pass; as they are without a seed."""
    order = np.arange(count)
    return order if seed is None else np.random.default_rng((seed, number)).permutation(order)


def _count(value: Any, where: str) -> int | None:
    """A number of elements; None for all, which is written -1."""
    found = checked(integer(-1), value, where)
    return None if found == -1 else found


def _or_all(count: int | None) -> float:
    return math.inf if count is None else count


def _fixed(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        leaf = leaf.view()
        leaf.flags.writeable = False
    return leaf
