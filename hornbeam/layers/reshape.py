"""Layers that move numbers about: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import Refused, integer
from hornbeam.core.config import field
from hornbeam.core.errors import ShapeError
from hornbeam.layers.axes import data_format
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer


@LAYERS.add()
class Flatten(Layer):
    """Lays the axes of each sample end to end.

    Args:
        data_format: ``"channels_first"`` moves axis 1 to the end before, so that the order of the numbers is that
            of ``"channels_last"``; None takes the default of the configuration.

    Shapes:
        ``(batch, a, b, …) -> (batch, a·b·…)``; ``(batch,) -> (batch, 1)``.

    Example:
        >>> import numpy as np
        >>> Flatten()(np.ones((2, 28, 28), "float32")).shape
        (2, 784)
    """

    data_format = field(None, convert=data_format)

    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, x: Any) -> Any:
        if self.data_format == "channels_first" and x.ndim > 2:
            x = jnp.moveaxis(x, 1, -1)
        return jnp.reshape(x, (x.shape[0], math.prod(x.shape[1:])))


def _target(value: Any) -> tuple[int, ...]:
    kind = "a shape without the batch axis, of lengths of at least 0 and at most one -1"
    try:
        lengths = tuple(integer()(length) for length in ([value] if isinstance(value, int) else value))
    except (TypeError, Refused):
        raise Refused(kind, "Write for example target_shape=(28, 28).") from None
    if any(length < -1 for length in lengths) or lengths.count(-1) > 1:  # type: ignore[operator]
        raise Refused(kind, "Only one length can follow from the others.")
    return lengths  # type: ignore[return-value]


@LAYERS.add()
class Reshape(Layer):
    """Gives each sample another shape, its numbers in the same order.

    Args:
        target_shape: lengths without the batch axis; one of them may be -1, what is left.

    Shapes:
        ``(batch, …) -> (batch, *target_shape)``, with as many numbers.

    Example:
        >>> import numpy as np
        >>> Reshape((-1, 2))(np.ones((5, 6), "float32")).shape
        (5, 3, 2)
    """

    target_shape = field(convert=_target)

    rowwise = True

    def build(self, input_shape: Any) -> None:
        known = all(length is not None for length in input_shape[1:])
        if known:
            self._check(input_shape[1:])
        elif -1 not in self.target_shape:
            raise ShapeError(
                self.where,
                f"an input of known lengths, or a -1 in target_shape {self.target_shape}",
                f"shape {tuple(input_shape)}",
                "Give Input a full shape, or write -1 for the axis that varies.",
            )

    def _check(self, shape: Any) -> None:
        """Refuses samples that have not the right number of numbers."""
        size, wanted = math.prod(shape), math.prod(length for length in self.target_shape if length != -1)
        free = -1 in self.target_shape
        if size != wanted if not free else (wanted == 0 or size % wanted):
            raise ShapeError(
                f"{self.where}, target_shape",
                f"a shape for the {size} numbers of each sample of shape {tuple(shape)}",
                f"{self.target_shape}, which needs {'a multiple of ' * free}{wanted}",
                "Write -1 for the length that follows from the others."
                if not free
                else "Choose lengths that divide it.",
            )

    def call(self, x: Any) -> Any:
        self._check(x.shape[1:])
        return jnp.reshape(x, (x.shape[0], *self.target_shape))


def _dims(value: Any) -> tuple[int, ...]:
    try:
        dims = tuple(integer(1)(dim) for dim in value)
    except (TypeError, Refused):
        dims = ()
    if not dims or sorted(dims) != list(range(1, len(dims) + 1)):  # type: ignore[type-var]
        raise Refused("each axis of a sample once, counted from 1", "Write for example dims=(2, 1).")
    return dims  # type: ignore[return-value]


@LAYERS.add()
class Permute(Layer):
    """Puts the axes of each sample in another order.

    Args:
        dims: for each axis of the output the number of the input's axis, counted from 1, as the batch axis is 0.

    Shapes:
        ``(batch, a, b) -> (batch, b, a)`` with ``dims=(2, 1)``.

    Example:
        >>> import numpy as np
        >>> Permute((2, 1))(np.ones((3, 10, 64), "float32")).shape
        (3, 64, 10)
    """

    dims = field(convert=_dims)

    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, x: Any) -> Any:
        return jnp.transpose(x, (0, *self.dims))


@LAYERS.add()
class RepeatVector(Layer):
    """Makes a sequence that says the same at each step.

    Args:
        n: number of steps.

    Shapes:
        ``(batch, features) -> (batch, n, features)``

    Example:
        >>> import numpy as np
        >>> RepeatVector(3)(np.ones((2, 4), "float32")).shape
        (2, 3, 4)
    """

    n = field(convert=integer(1))

    rowwise = True

    def _ready(self) -> None:
        super()._ready()
        self.input_spec = InputSpec(ndim=2)

    def call(self, x: Any) -> Any:
        return jnp.broadcast_to(x[:, None, :], (x.shape[0], self.n, x.shape[1]))
