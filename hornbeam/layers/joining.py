"""Layers that join arrays along an axis: Concatenate lays them end to end, Dot sums their products."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.layer import LAYERS, check_axis
from hornbeam.layers.merging import Merge
from hornbeam.layers.normalization import unit_length


@LAYERS.add()
class Concatenate(Merge):
    """Lays arrays end to end along an axis.

    Masks are laid end to end likewise; along the last axis a step counts if it counts in any input. An input without a
    mask counts everywhere.

    Args:
        axis: along which the lengths may differ, and add up.

    Shapes:
        ``(batch, n), (batch, m) -> (batch, n + m)``

    Example:
        >>> import numpy as np
        >>> Concatenate()([np.ones((2, 3), "float32"), np.ones((2, 4), "float32")]).shape
        (2, 7)
    """

    axis = field(-1, convert=integer())

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.rowwise = self.axis % len(input_shape[0]) != 0

    def check(self, shapes: list[tuple[int | None, ...]]) -> None:
        along = check_axis(self.where, self.axis, max(map(len, shapes)))
        rests = {len(shape): shape[:along] + shape[along + 1 :] for shape in shapes}
        others = [shape[:along] + shape[along + 1 :] for shape in shapes]
        fit = len(rests) == 1 and all(
            a == b or None in (a, b) for rest in others for a, b in zip(rest, others[0], strict=True)
        )
        if not fit:
            raise ShapeError(
                self.where,
                f"inputs of equal lengths along all axes but axis {self.axis}",
                " and ".join(map(str, shapes)),
                "Choose another axis, or bring them to one shape with Reshape, RepeatVector or cropping.",
            )

    def merge(self, arrays: list[Any], masks: list[Any]) -> Any:
        return jnp.concatenate(arrays, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = self._masks(inputs, mask)
        if all(each is None for each in masks):
            return None
        masks = [
            jnp.broadcast_to(True if each is None else each, (*x.shape[:-1], 1))
            for x, each in zip(inputs, masks, strict=True)
        ]
        return jnp.any(jnp.concatenate(masks, axis=self.axis), axis=-1)


def _axes(value: Any) -> int | tuple[int, int]:
    if not isinstance(value, (list, tuple)):
        return integer()(value)  # type: ignore[return-value]
    if len(value) != 2:
        raise Refused("an axis, or one for each of the two inputs", "Write for example axes=(2, 1).")
    return integer()(value[0]), integer()(value[1])  # type: ignore[return-value]


@LAYERS.add()
class Dot(Merge):
    """The sum of products along an axis of each of two arrays, for each sample.

    With ``axes=(2, 2)``: ``output[b, i, j] = sum_k x[b, i, k] · y[b, j, k]``.

    Args:
        axes: the axis of both, or one for each; the batch axis, 0, cannot be among them.
        normalize: whether to divide by the lengths of both, which gives the cosine of the angle between them.

    Shapes:
        ``(batch, i, k), (batch, j, k) -> (batch, i, j)``; of two vectors ``(batch, k), (batch, k) -> (batch, 1)``.

    Example:
        >>> import numpy as np
        >>> print(Dot(axes=1)([np.array([[1.0, 2.0]], "float32"), np.array([[3.0, 4.0]], "float32")]))
        [[11.]]
    """

    axes = field(convert=_axes)
    normalize = field(False)

    count = 2

    def _from_zero(self, shapes: list[tuple[int | None, ...]]) -> tuple[int, int]:
        given = self.axes if isinstance(self.axes, tuple) else (self.axes, self.axes)
        where = f"{self.where}, axes"
        return check_axis(where, given[0], len(shapes[0])), check_axis(where, given[1], len(shapes[1]))

    def check(self, shapes: list[tuple[int | None, ...]]) -> None:
        one, two = self._from_zero(shapes)
        lengths = shapes[0][one], shapes[1][two]
        batches = shapes[0][0], shapes[1][0]
        if 0 in (one, two) or (None not in lengths and lengths[0] != lengths[1]) or len(set(batches) - {None}) > 1:
            raise ShapeError(
                f"{self.where}, axes",
                "equal batches, and equal lengths along an axis of each other than 0",
                f"{shapes[0]} along axis {one} and {shapes[1]} along axis {two}",
                "Write axes=(a, b), an axis of the first input and one of the second.",
            )

    def call(self, inputs: Any, mask: Any = None) -> Any:
        shapes = self.shapes_of([tuple(x.shape) for x in inputs])
        self.check(shapes)
        one, two = self._from_zero(shapes)
        x, y = map(jnp.asarray, inputs)
        if self.normalize:
            x, y = unit_length(x, (one,)), unit_length(y, (two,))
        # b is the batch's axis, k the one that is summed over, capitals are those of y
        left = "".join("b" if axis == 0 else "k" if axis == one else chr(ord("l") + axis) for axis in range(x.ndim))
        right = "".join("b" if axis == 0 else "k" if axis == two else chr(ord("L") + axis) for axis in range(y.ndim))
        made = left.replace("k", "") + right.replace("k", "").replace("b", "")
        output = jnp.einsum(f"{left},{right}->{made}", x, y)
        return output[:, None] if output.ndim == 1 else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """``Concatenate(axis, **kwargs)(inputs)``."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """``Dot(axes, **kwargs)(inputs)``."""
    return Dot(axes, **kwargs)(inputs)
