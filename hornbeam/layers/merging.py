"""Layers that make one array of several, entry by entry: Add, Subtract, Multiply, Average, Maximum, Minimum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import spread_first
from hornbeam.layers.layer import LAYERS, Layer


class Merge(Layer):
    """Base of the layers that take a list of arrays.

    Those of lower rank are spread over axes after the batch axis: ``(batch, features)`` meets
    ``(batch, time, features)`` as ``(batch, 1, features)``. The output is masked where all inputs are; an input
    without a mask counts everywhere, and then nothing is.
    """

    supports_masking = True
    rowwise = True
    count: int | None = None  # how many inputs, None for any number

    def build(self, input_shape: Any) -> None:
        self.check(self.shapes_of(input_shape))

    def shapes_of(self, shapes: Any) -> list[tuple[int | None, ...]]:
        """A list of shapes, one for each input; refuses what is no list, or of the wrong length."""
        several = isinstance(shapes, list) and all(isinstance(shape, (tuple, list)) for shape in shapes)
        if not several or (len(shapes) != self.count if self.count else not shapes):
            name = type(self).__name__
            raise ShapeError(
                self.where,
                f"a list of {self.count or 'one or more'} arrays",
                f"{len(shapes)} of them" if several else f"one array of shape {tuple(shapes)}",
                f"Write {name}()([x, y]).",
            )
        return [tuple(shape) for shape in shapes]

    def check(self, shapes: list[tuple[int | None, ...]]) -> None:
        """Refuses inputs that do not fit each other."""
        rank = max(map(len, shapes))
        spread = [(*shape[:1], *(1,) * (rank - len(shape)), *shape[1:]) for shape in shapes]
        for axis in range(rank):
            lengths = {shape[axis] for shape in spread} - ({None} if axis == 0 else {1})
            if len(lengths) > 1:
                raise ShapeError(
                    self.where,
                    "inputs of equal shapes, or of length 1 where they differ",
                    " and ".join(map(str, shapes)),
                    "Give Input a full shape." if None in lengths else f"They differ along axis {axis}.",
                )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self.check(self.shapes_of([tuple(x.shape) for x in inputs]))
        return self.merge([_aligned(x, inputs) for x in inputs], self._masks(inputs, mask))

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        """One array from arrays of equal rank and their masks, spread to that rank, None for those without."""
        raise NotImplementedError

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = self._masks(inputs, mask)
        if any(each is None for each in masks):
            return None
        joined = masks[0]
        for each in masks[1:]:
            joined = jnp.logical_or(joined, each)
        return jnp.any(joined, axis=-1)

    def _masks(self, inputs: Any, mask: Any) -> list[Any]:
        rank = max(x.ndim for x in inputs)
        masks = [None] * len(inputs) if mask is None else mask
        return [
            None if each is None else spread_first(_aligned(jnp.asarray(each, bool), inputs, rank - x.ndim), rank)
            for x, each in zip(inputs, masks, strict=True)
        ]


def _aligned(x: Any, inputs: Any, missing: int | None = None) -> Any:
    """An array with axes of length 1 after the batch axis, as many as it has less than the others."""
    missing = max(each.ndim for each in inputs) - x.ndim if missing is None else missing
    return jnp.reshape(x, (*x.shape[:1], *(1,) * missing, *x.shape[1:]))


@LAYERS.add()
class Add(Merge):
    """The sum: ``x1 + x2 + …``.

    Shapes:
        A list of arrays of equal shapes, or with length 1 where they differ; spread to the largest.

    Example:
        >>> import numpy as np
        >>> print(Add()([np.array([[1.0, 2.0]], "float32"), np.array([[10.0, 20.0]], "float32")]))
        [[11. 22.]]

    Reference:
        He et al. (2016), Deep residual learning, equation 1: the shortcut.
    """

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        total = arrays[0]
        for x in arrays[1:]:
            total = total + x
        return total


@LAYERS.add()
class Subtract(Merge):
    """The difference of two: ``x1 - x2``.

    Shapes:
        A list of two arrays of equal shapes, or with length 1 where they differ; spread to the larger.

    Example:
        >>> import numpy as np
        >>> print(Subtract()([np.array([[1.0, 2.0]], "float32"), np.array([[10.0, 20.0]], "float32")]))
        [[ -9. -18.]]
    """

    count = 2

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        return arrays[0] - arrays[1]


@LAYERS.add()
class Multiply(Merge):
    """The product: ``x1 · x2 · …``. What a mask hides counts as 1, and is 0 where all masks hide it.

    Shapes:
        A list of arrays of equal shapes, or with length 1 where they differ; spread to the largest.

    Example:
        >>> import numpy as np
        >>> print(Multiply()([np.array([[1.0, 2.0]], "float32"), np.array([[10.0, 20.0]], "float32")]))
        [[10. 40.]]
    """

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        product: Any = None
        seen: Any = None
        for x, mask in zip(arrays, masks, strict=True):
            if mask is not None:
                x = jnp.where(mask, x, 1)
                seen = mask if seen is None else jnp.logical_or(seen, mask)
            product = x if product is None else product * x
        return product if any(mask is None for mask in masks) else jnp.where(seen, product, 0)


@LAYERS.add()
class Average(Add):
    """The mean: ``(x1 + x2 + …) / n``.

    Shapes:
        A list of arrays of equal shapes, or with length 1 where they differ; spread to the largest.

    Example:
        >>> import numpy as np
        >>> print(Average()([np.array([[1.0, 2.0]], "float32"), np.array([[11.0, 20.0]], "float32")]))
        [[ 6. 11.]]
    """

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        return super().merge(arrays, masks) / len(arrays)


class Extreme(Merge):
    """The largest or smallest entry among the inputs whose masks do not hide it; where all do, the first input's."""

    def choose(self, x: Any, y: Any) -> Any:
        """The larger or the smaller."""
        raise NotImplementedError

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        best, seen = arrays[0], masks[0]
        for x, mask in zip(arrays[1:], masks[1:], strict=True):
            if mask is not None:
                x = jnp.where(mask, x, best)
            if seen is not None:
                best = jnp.where(seen, best, x)
            seen = None if seen is None or mask is None else jnp.logical_or(seen, mask)
            best = self.choose(best, x)
        return best


@LAYERS.add()
class Maximum(Extreme):
    """The largest: ``max(x1, x2, …)``. What a mask hides does not count.

    Shapes:
        A list of arrays of equal shapes, or with length 1 where they differ; spread to the largest.

    Example:
        >>> import numpy as np
        >>> print(Maximum()([np.array([[1.0, 20.0]], "float32"), np.array([[10.0, 2.0]], "float32")]))
        [[10. 20.]]
    """

    def choose(self, x: Any, y: Any) -> Any:
        return jnp.maximum(x, y)


@LAYERS.add()
class Minimum(Extreme):
    """The smallest: ``min(x1, x2, …)``. What a mask hides does not count.

    Shapes:
        A list of arrays of equal shapes, or with length 1 where they differ; spread to the largest.

    Example:
        >>> import numpy as np
        >>> print(Minimum()([np.array([[1.0, 20.0]], "float32"), np.array([[10.0, 2.0]], "float32")]))
        [[1. 2.]]
    """

    def choose(self, x: Any, y: Any) -> Any:
        return jnp.minimum(x, y)


def add(inputs: Any, **kwargs: Any) -> Any:
    """``Add(**kwargs)(inputs)``."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """``Subtract(**kwargs)(inputs)``."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """``Multiply(**kwargs)(inputs)``."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """``Average(**kwargs)(inputs)``."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """``Maximum(**kwargs)(inputs)``."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """``Minimum(**kwargs)(inputs)``."""
    return Minimum(**kwargs)(inputs)
