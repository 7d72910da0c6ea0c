"""Metric: a number about a model that is gathered batch by batch."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam import initializers
from hornbeam.core.config import field, own_fields_first
from hornbeam.core.dtypes import as_policy, floatx, numpy_dtype
from hornbeam.core.errors import ArgumentError
from hornbeam.core.frame import Frame, current
from hornbeam.core.holder import Holder
from hornbeam.core.registry import Registry
from hornbeam.core.variable import Variable

METRICS = Registry("metric", "keras.metrics")


def float_name(value: Any) -> str | None:
    """Converter of ``dtype``: a float type's name, None for ``floatx()``."""
    return None if value is None else as_policy(value).compute_dtype


def closing(name: str | None) -> tuple[Any, Any]:
    """The fields that end most metrics' constructors: name, dtype."""
    return field(name, key=False), field(None, convert=float_name)


class Metric(Holder):
    """Base of metrics, ours and the user's.

    State lives in variables; ``update_state`` adds a batch to it, ``result`` reads it. Both are traced into the
    training program, so they compute with ``jax.numpy`` or ``hornbeam.ops`` and do not branch on numbers.

    Args:
        dtype: float type of state and result; ``floatx()`` when None.
        name: its name in the logs; made from the class's name when None.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest", **kwargs):
        ...         super().__init__(name=name, **kwargs)
        ...         self.largest = self.add_weight(name="largest", initializer="zeros")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(jnp.maximum(self.largest.value, jnp.max(y_pred)))
        ...     def result(self):
        ...         return self.largest.value
        >>> metric = Largest()
        >>> metric.update_state(None, jnp.array([1.0, 3.0]))
        >>> float(metric.result())
        3.0
    """

    dtype = field(None, convert=float_name)
    name = field(None, key=False)

    # whether rows of weight 0 leave no trace, whatever stands in them
    rowwise = False

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        own_fields_first(cls)

    def _ready(self) -> None:
        super()._ready()
        self._start()

    def _start(self) -> None:
        """Makes the variables whose shapes are known without data."""

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Makes the variables whose shapes depend on the data's; called before the first update."""

    @property
    def float(self) -> np.dtype:
        """The float type of state and result."""
        return numpy_dtype(self.dtype or floatx())

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None, **ignored: Any
    ) -> Variable:
        """Makes a variable of the state; ``add_weight("total", initializer="zeros")`` works as well."""
        if isinstance(shape, str):
            shape, name = ((), shape) if not isinstance(initializer, (tuple, list)) else (initializer, shape)
            initializer = None if isinstance(initializer, (tuple, list)) else initializer
        return self.add_variable(shape, initializer, dtype, name=name)

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = False,
        name: str | None = None,
        **ignored: Any,
    ) -> Variable:
        """Makes a variable of the state; the initializer may be a name, zeros when None."""
        first = initializers.get(initializer or "zeros")
        return super().add_variable(shape, first, dtype or self.dtype, trainable, name)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Adds a batch: ``update_state(y_true, y_pred, sample_weight=None)``."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state(self, y_true, y_pred, …).")

    def result(self) -> Any:
        """The number for all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} must define result(self).")

    def reset_state(self) -> None:
        """Forgets all batches: every variable becomes zero."""
        for variable in self.variables:
            if current() is None:
                variable.slot = np.zeros(variable.shape, numpy_dtype(variable.dtype))
            else:
                variable.assign(jnp.zeros(variable.shape, numpy_dtype(variable.dtype)))

    def reset_states(self) -> None:
        """Old name of ``reset_state``."""
        self.reset_state()

    def merge_state(self, metrics: Any) -> None:
        """Adds the batches that other metrics of the same kind have seen: their variables are summed."""
        for other in metrics:
            if [v.shape for v in other.variables] != [v.shape for v in self.variables]:
                raise ArgumentError(
                    f"{self.where}, merge_state", "metrics with equal settings", repr(other), "Make them alike."
                )
            for mine, theirs in zip(self.variables, other.variables, strict=True):
                mine.assign_add(theirs.value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if current() is not None:
            self.update_state(*args, **kwargs)
            return self.result()
        with Frame() as active:
            self.update_state(*args, **kwargs)
            result = self.result()
        for variable, value in active.written.items():
            variable.slot = value
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Metric:
        copy = type(self).from_config(self.get_config())
        memo[id(self)] = copy
        return copy


def weighed(weight: Any, values: Any, dtype: Any) -> Any:
    """Weights with as many axes as the values, aligned with their leading axes and stretched to their shape."""
    weight = jnp.asarray(weight, dtype)
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    if weight.ndim < values.ndim:
        weight = weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
    return jnp.broadcast_to(weight, values.shape)


def without_rubbish(values: Any, weight: Any) -> Any:
    """The values with 0 where the weight is 0: NaN times 0 would be NaN."""
    return values if weight is None else jnp.where(weight == 0, 0, values)
