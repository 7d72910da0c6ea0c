"""Sums and means, of plain values and of what a function of targets and predictions gives."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core import frame
from hornbeam.core.config import field
from hornbeam.losses.shapes import same_rank
from hornbeam.metrics.metric import METRICS, Metric, closing, weighed, without_rubbish


@METRICS.add()
class Sum(Metric):
    """``Σ wᵢ vᵢ`` over all values seen.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = Sum()
        >>> metric.update_state([1.0, 2.0])
        >>> float(metric.result())
        3.0
    """

    name, dtype = closing("sum")
    rowwise = True

    def _start(self) -> None:
        self.total = self.add_weight(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = jnp.asarray(values, self.float)
        if sample_weight is not None:
            weight = weighed(sample_weight, values, self.float)
            values = without_rubbish(values, weight) * weight
        self.total.assign_add(jnp.sum(values))

    def result(self) -> Any:
        return self.total.value


@METRICS.add()
class Mean(Metric):
    """``Σ wᵢ vᵢ / Σ wᵢ`` over all values seen, 0 before the first.

    Args:
        name: its name in the logs.
        dtype: float type.

    Example:
        >>> metric = Mean()
        >>> metric.update_state([1.0, 3.0], sample_weight=[1.0, 0.0])
        >>> float(metric.result())
        1.0
    """

    name, dtype = closing("mean")
    rowwise = True

    def _start(self) -> None:
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = jnp.asarray(values, self.float)
        if sample_weight is None:
            self.total.assign_add(jnp.sum(values))
            self.count.assign_add(jnp.asarray(values.size, self.float))
            return
        weight = weighed(sample_weight, values, self.float)
        self.total.assign_add(jnp.sum(without_rubbish(values, weight) * weight))
        self.count.assign_add(jnp.sum(weight))

    def result(self) -> Any:
        count = jnp.asarray(self.count.value)
        return jnp.where(count == 0, 0, self.total.value / jnp.where(count == 0, 1, count))


class MeanOf(Mean):
    """Base of the metrics that are means of a function of targets and predictions.

    A subclass writes ``values(y_true, y_pred)``, one number per sample or step.
    """

    def values(self, y_true: Any, y_pred: Any) -> Any:
        """One number for each sample, or each of its steps."""
        raise NotImplementedError

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        active = frame.current()
        mask = None if active is None else active.mask_of(y_pred)
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        if sample_weight is not None and jnp.ndim(sample_weight) == 1 and y_pred.ndim:
            # rows of weight 0 may hold anything; a function that looks at the whole batch must not meet it
            y_true, y_pred = _emptied(y_true, sample_weight), _emptied(y_pred, sample_weight)
        values = self.values(*same_rank(y_true, y_pred))
        if mask is not None and mask.ndim <= values.ndim:
            valid = weighed(mask, values, self.float)
            sample_weight = valid if sample_weight is None else weighed(sample_weight, values, self.float) * valid
        super().update_state(values, sample_weight)


def _emptied(array: Any, weight: Any) -> Any:
    """The array with rows of weight 0 set to 0."""
    if array.shape[:1] != jnp.shape(weight):
        return array
    return jnp.where(jnp.reshape(weight, (-1,) + (1,) * (array.ndim - 1)) == 0, 0, array)


@METRICS.add()
class MeanMetricWrapper(MeanOf):
    """The mean of what a function gives.

    Args:
        fn: function ``(y_true, y_pred, **kwargs)`` that gives one number per sample.
        name: its name in the logs; the function's when None.
        dtype: float type.
        kwargs: further arguments of ``fn``.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred: jnp.abs(y_true - y_pred)[:, 0], name="gap")
        >>> metric.update_state([[1.0]], [[3.0]])
        >>> float(metric.result())
        2.0
    """

    fn = field()
    name, dtype = closing(None)
    kwargs = field(None, kw_only=True)
    rowwise = False

    def _bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in kwargs.items() if name in self._fields}
        more = {name: value for name, value in kwargs.items() if name not in self._fields}
        own["kwargs"] = {**(own.get("kwargs") or {}), **more} or None
        return super()._bind(args, own)

    def _ready(self) -> None:
        self.name = self.name or getattr(self.fn, "__name__", None)
        super()._ready()
        # a built-in function gives each row its own value; a user's may look at the whole batch
        self.rowwise = METRICS.holds(self.fn)

    def values(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(y_true, y_pred, **(self.kwargs or {}))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**{key: value for key, value in config.items() if key != "kwargs"}, **(config["kwargs"] or {})}
