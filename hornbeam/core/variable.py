"""Variable: an array with a name, kept in one mutable slot."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.core import allowance, frame
from hornbeam.core.arithmetic import Operators
from hornbeam.core.dtypes import numpy_dtype, standardize
from hornbeam.core.errors import ShapeError


class Variable(Operators):
    """A weight, a statistic or a state.

    Reading ``value`` gives the array, inside a program the traced one; ``assign`` sets it. In
    arithmetic and in JAX's functions the variable stands for its array.

    Args:
        value: the first array; or a function ``(shape, dtype) -> array`` together with ``shape``.
        shape: lengths of the axes, needed with a function.
        dtype: name of the number type; None takes the array's own, or ``floatx()`` with a function.
        trainable: whether an optimizer may change it.
        name: last part of its path.

    Example:
        >>> v = Variable(np.zeros(2, "float32"), name="bias")
        >>> v.assign([1.0, 2.0])
        <Variable bias, shape=(2,), dtype=float32>
        >>> (v + 1).tolist()
        [2.0, 3.0]
    """

    def __init__(
        self,
        value: Any = None,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str = "variable",
    ):
        fresh = callable(value) and not isinstance(value, jax.Array)
        if fresh:
            with jax.ensure_compile_time_eval():
                value = value(tuple(shape or ()), dtype=standardize(dtype))
        if dtype is None:
            dtype = getattr(value, "dtype", None)
        self.dtype = standardize(dtype)
        # a copy: donated buffers die, and an array that the caller holds must not; but zeros that a file's numbers will
        # replace are nobody else's, and take no memory
        replaced = fresh and allowance.is_open()
        self.slot: Any = np.array(value, dtype=numpy_dtype(self.dtype), copy=None if replaced else True)
        self.shape: tuple[int, ...] = tuple(self.slot.shape)
        self.name, self.path, self.trainable = name, name, trainable
        self.autocast = True  # whether a layer that computes in another type sees it in that type
        self.made_trainable = trainable  # freezing it later moves it to no other place in files and lists
        self.lasting = False  # whether every call moves it on, as a stateful layer's states, not only those in training
        self.regularizer: Any = None
        self.constraint: Any = None

    @property
    def value(self) -> Any:
        """The array, inside a program the traced one."""
        active = frame.current()
        return self.slot if active is None else active.show(self)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    def assign(self, value: Any) -> Variable:
        """Sets the array; inside a program it is noted and set when the program ends."""
        value = value.value if isinstance(value, Variable) else value
        if tuple(np.shape(value)) != self.shape:
            raise ShapeError(
                f"{self.path} (Variable)", f"an array of shape {self.shape}", np.shape(value), "Reshape it."
            )
        active = frame.current()
        if active is None:
            self.slot = np.array(value, dtype=numpy_dtype(self.dtype))
        else:
            active.write(self, jnp.asarray(value, numpy_dtype(self.dtype)))
        return self

    def assign_add(self, value: Any) -> Variable:
        """Adds to the array."""
        return self.assign(jnp.asarray(self._stored()) + jnp.asarray(value, numpy_dtype(self.dtype)))

    def assign_sub(self, value: Any) -> Variable:
        """Subtracts from the array."""
        return self.assign(jnp.asarray(self._stored()) - jnp.asarray(value, numpy_dtype(self.dtype)))

    def _stored(self) -> Any:
        """The array in the variable's own type."""
        active = frame.current()
        return self.slot if active is None else active.read(self)

    def numpy(self) -> np.ndarray:
        """The array as NumPy's."""
        return np.asarray(self.value)

    def _operate(self, function: Callable[..., Any], *operands: Any) -> Any:
        if function is operator.getitem:
            return jnp.asarray(self.value)[operands[1]]
        return function(*(jnp.asarray(item.value) if isinstance(item, Variable) else item for item in operands))

    def __jax_array__(self) -> jax.Array:
        return jnp.asarray(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.value, dtype=dtype)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<Variable {self.path}, shape={self.shape}, dtype={self.dtype}>"


# to JAX a variable is a tree with one leaf, its array: jitted functions take it where they take arrays
jax.tree_util.register_pytree_node(Variable, lambda variable: ((variable.value,), None), lambda _, leaves: leaves[0])
