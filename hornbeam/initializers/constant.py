"""Initializers without chance: zeros, ones, a constant, the identity matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.core import checks
from hornbeam.core.config import field
from hornbeam.core.dtypes import numpy_dtype
from hornbeam.core.errors import ShapeError
from hornbeam.initializers.base import INITIALIZERS, Initializer, full_shape


@INITIALIZERS.add("zero")
class Zeros(Initializer):
    """All 0, the usual first value of a bias.

    Example:
        >>> print(Zeros()((2, 3)))
        [[0. 0. 0.]
         [0. 0. 0.]]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return np.zeros(full_shape(shape, "Zeros"), numpy_dtype(dtype))


@INITIALIZERS.add("one")
class Ones(Initializer):
    """All 1, the usual first value of a scale.

    Example:
        >>> print(Ones()(3))
        [1. 1. 1.]
    """

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        return np.ones(full_shape(shape, "Ones"), numpy_dtype(dtype))


def _constant(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float)) else np.asarray(value)


@INITIALIZERS.add()
class Constant(Initializer):
    """One value everywhere, or the given array: ready-made word vectors, for example.

    Args:
        value: a number, or an array that has the weight's shape or broadcasts to it.

    Raises:
        ShapeError: when called with a shape that the array does not fit.

    Example:
        >>> print(Constant(0.5)((2, 2)))
        [[0.5 0.5]
         [0.5 0.5]]
        >>> print(Constant([1, 2])(2))
        [1. 2.]
    """

    value = field(0.0, convert=_constant)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        shape = full_shape(shape, "Constant")
        try:
            return np.full(shape, self.value, numpy_dtype(dtype))
        except ValueError:
            own = np.shape(self.value)
            fix = f"Give a value of shape {shape}, or change the layer."
            raise ShapeError("Constant, value", f"an array of the weight's shape {shape}", own, fix) from None


@INITIALIZERS.add("IdentityInitializer")
class Identity(Initializer):
    """``gain`` on the diagonal and 0 elsewhere: a layer that passes its input on.

    Args:
        gain: the number on the diagonal.

    Shapes:
        a matrix, not necessarily square.

    Example:
        >>> print(Identity(gain=2.0)((2, 3)))
        [[2. 0. 0.]
         [0. 2. 0.]]

    Reference:
        Le, Jaitly & Hinton, 2015, A simple way to initialize recurrent networks of rectified linear units.
    """

    gain = field(1.0, convert=checks.number())

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        shape = full_shape(shape, "Identity")
        if len(shape) != 2:
            fix = "Use it for the kernel of Dense or the recurrent kernel of SimpleRNN."
            raise ShapeError("Identity", "the shape of a matrix, (rows, columns)", shape, fix)
        kind = numpy_dtype(dtype)
        return np.eye(*shape, dtype=kind) * kind.type(self.gain)
