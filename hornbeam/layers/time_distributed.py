"""TimeDistributed: a layer at every step of a sequence."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.errors import ShapeError
from hornbeam.layers.layer import LAYERS
from hornbeam.layers.wrapper import Wrapper


@LAYERS.add()
class TimeDistributed(Wrapper):
    """Calls a layer on every step of a sequence: ``output[:, t] = layer(input[:, t])``, with the same weights.

    All steps are one batch of the layer, ``batch · time`` rows.

    Args:
        layer: the layer within; any.

    A mask ``(batch, time)`` goes on to the layers after this one. A mask with more axes, such as that of sentences of
    words, is cut into steps for the layer within; where that uses it up, a step counts if anything in it does.

    Shapes:
        ``(batch, time, …) -> (batch, time, …)``.

    Example:
        >>> import numpy as np
        >>> from hornbeam.layers import Dense
        >>> TimeDistributed(Dense(3))(np.ones((2, 5, 4), "float32")).shape
        (2, 5, 3)

    Differs:
        Keras calls the layer once for each step, so BatchNormalization within it moves its averages once for each step;
        here the statistics are those of all steps. And Keras hands a mask with more axes on as it is.
    """

    supports_masking = True

    def _ready(self) -> None:
        super()._ready()
        self.rowwise = self.layer.rowwise

    def build(self, input_shape: Any = None) -> None:
        nested = isinstance(input_shape, list)
        shapes = input_shape if nested else [input_shape]
        for shape in shapes:
            if len(shape) < 3:
                raise ShapeError(
                    self.where,
                    "an input with at least 3 axes, like (batch, time, features)",
                    f"shape {tuple(shape)}",
                    "Call the layer within directly; or write x[..., None] if each step is one number.",
                )
        inner = [(None, *shape[2:]) for shape in shapes]
        super().build(inner if nested else inner[0])

    def call(self, inputs: Any, mask: Any = None) -> Any:
        active = frame.current()
        assert active is not None
        batch, time = jax.tree.leaves(inputs)[0].shape[:2]
        folded = jax.tree.map(_folded, inputs)
        for x, each in zip(jax.tree.leaves(inputs), mask if isinstance(mask, list) else [mask], strict=False):
            self._check_mask(each, x)
        for x, each in zip(jax.tree.leaves(folded), self._inner_masks(mask), strict=False):
            active.set_mask(x, each)
        return jax.tree.map(lambda y: y.reshape(batch, time, *y.shape[1:]), self.layer(folded))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = self._inner_masks(mask)
        made = self.layer.compute_mask(jax.tree.map(_folded, inputs), masks if len(masks) > 1 else masks[0])
        if made is not None and made.ndim > 1:
            batch, time = jax.tree.leaves(inputs)[0].shape[:2]
            return made.reshape(batch, time, *made.shape[1:])
        given = [each for each in (mask if isinstance(mask, list) else [mask]) if each is not None]
        return jnp.any(given[0].reshape(*given[0].shape[:2], -1), axis=-1) if given else None

    def _inner_masks(self, mask: Any) -> list[Any]:
        """The mask of each input's rows for the layer within; one of whole steps only if it mixes rows."""
        masks = mask if isinstance(mask, list) else [mask]
        wanted = [each is not None and (each.ndim > 2 or not self.layer.rowwise) for each in masks]
        return [_folded(each) if want else None for each, want in zip(masks, wanted, strict=True)]

    def _check_mask(self, mask: Any, x: Any) -> None:
        if mask is not None and (mask.ndim < 2 or mask.shape[:2] != x.shape[:2]):
            raise ShapeError(
                f"{self.where}, mask",
                f"a mask that begins with the axes {x.shape[:2]}, batch and time of the input",
                f"shape {mask.shape}",
                "Give a mask that says of each step whether it counts.",
            )


def _folded(x: Any) -> Any:
    """``(batch, time, …) -> (batch · time, …)``."""
    return jnp.asarray(x).reshape(-1, *x.shape[2:])
