"""Program: the pure, compiled functions that train, test and predict a chunk of batches.

Nothing here holds values or talks to a user. A program is built from handles (model, objective, meters,
optimizer) that serve only to be traced; afterwards any model with an equal spec hands in its values.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.frame import Frame


class Values(NamedTuple):
    """All that a program changes.

    Attributes:
        trained: arrays of the trainable weights.
        others: arrays of the other variables: statistics, frozen weights.
        meters: arrays of the metrics' variables.
        optimizer: the optimizer's state.
        totals: sums over rows since the last reset: ``[loss, single losses …, rows]``.
        step: steps done since ``fit`` began.
        bad_step: the first step whose loss was not finite, -1 while there is none.
    """

    trained: list[Any]
    others: list[Any]
    meters: list[Any]
    optimizer: Any
    totals: Any
    step: Any
    bad_step: Any


class Batch(NamedTuple):
    """One batch: inputs, targets by output, weights by output, and 1 / 0 for real and padding rows."""

    x: Any
    y: list[Any]
    weights: list[Any]
    rows: Any
    count: Any


class Program:
    """The compiled functions for one kind of model, objective, meters and optimizer.

    Args:
        model: called as ``model(x)`` inside a frame.
        objective: the losses; None for a program that only predicts.
        meters: the metrics; None likewise.
        optimizer: the optimizer; None for a program that does not train.
    """

    def __init__(self, model: Any, objective: Any = None, meters: Any = None, optimizer: Any = None):
        self.model, self.objective, self.meters, self.optimizer = model, objective, meters, optimizer
        self.trained = list(model.trained_variables)
        self.others = list(model.other_variables)
        self.measured = list(meters.variables) if meters is not None else []
        static = ("size",)
        self.train = jax.jit(self._train, static_argnames=static, donate_argnums=0)
        self.train_keeping = jax.jit(self._train, static_argnames=static)
        self.test = jax.jit(self._test, static_argnames=static, donate_argnums=0)
        self.predict = jax.jit(self._predict, static_argnames=static)

    # -- the three programs --------------------------------------------------------------------------

    def _train(
        self, values: Values, rate: Any, seed: Any, data: Any, index: Any, rows: Any, span: Any, *, size: int
    ) -> tuple[Values, Any]:
        """Trains on batches ``span[0]`` to ``span[1]`` of the data; returns values and logs."""

        def body(number: Any, values: Values) -> Values:
            return self._train_step(values, rate, seed, fetch(data, index, rows, number, size))

        values = lax.fori_loop(span[0], span[1], body, values)
        return values, self._logs(values)

    def _test(
        self, values: Values, trained: Any, others: Any, data: Any, index: Any, rows: Any, span: Any, *, size: int
    ) -> tuple[Values, Any]:
        """Measures batches ``span[0]`` to ``span[1]``; only meters and totals change."""

        def body(number: Any, values: Values) -> Values:
            batch = fetch(data, index, rows, number, size)
            full = values._replace(others=others)
            with self._frame(full, trained, None, training=False) as frame:
                loss, single, outputs = self._forward(frame, batch)
                self.meters.update(batch.y, outputs, batch.weights, batch.rows)
                return self._noted(full, frame, loss, single, batch.count)._replace(others=[])

        values = lax.fori_loop(span[0], span[1], body, values)
        return values, self._logs(values._replace(trained=trained, others=others))

    def _predict(self, trained: list[Any], others: list[Any], data: Any, steps: Any = None, *, size: int) -> Any:
        """Outputs for all rows, batch by batch, stacked along the batch axis."""

        def one(x: Any) -> Any:
            with Frame(self._bound(trained, others), training=False):
                return self.model(x)

        length = jax.tree.leaves(data)[0].shape[0]
        if length == size:
            return one(data)
        batched = jax.tree.map(lambda leaf: leaf.reshape(length // size, size, *leaf.shape[1:]), data)
        outputs = lax.map(one, batched)
        return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), outputs)

    # -- their parts ---------------------------------------------------------------------------------

    def _train_step(self, values: Values, rate: Any, seed: Any, batch: Batch) -> Values:
        key = (seed[0], seed[1], values.step.astype(jnp.uint32))

        def loss_of(trained: list[Any]) -> tuple[Any, Any]:
            with self._frame(values, trained, key, training=True) as frame:
                loss, single, outputs = self._forward(frame, batch)
                scale = self.optimizer.loss_scale_factor
                objective = loss if scale is None else loss * scale
                return objective, (loss, single, outputs, dict(frame.written))

        gradients, (loss, single, outputs, written) = jax.grad(loss_of, has_aux=True)(values.trained)
        trained, state = self.optimizer.step(
            values.trained, gradients, values.optimizer, rate, variables=self.trained
        )
        finite = jnp.isfinite(loss)
        bad_step = jnp.where(finite | (values.bad_step >= 0), values.bad_step, values.step)
        values = values._replace(trained=trained, optimizer=state, step=values.step + 1, bad_step=bad_step)
        with self._frame(values, trained, None, training=True) as frame:
            for variable, array in written.items():
                frame.write(variable, array)
            self.meters.update(batch.y, outputs, batch.weights, batch.rows)
            return self._noted(values, frame, loss, single, batch.count)

    def _forward(self, frame: Frame, batch: Batch) -> tuple[Any, list[Any], list[Any]]:
        outputs = self.model.flat_outputs(self.model(batch.x))
        loss, single = self.objective(batch.y, outputs, batch.weights, batch.rows)
        for extra in (*frame.losses, *self.model.penalties()):
            loss = loss + jnp.sum(jnp.asarray(extra, loss.dtype))
        return loss, single, outputs

    def _bound(self, trained: list[Any], others: list[Any]) -> dict[Any, Any]:
        return dict(zip([*self.trained, *self.others], [*trained, *others], strict=True))

    def _frame(self, values: Values, trained: list[Any], key: Any, training: bool) -> Frame:
        bound = self._bound(trained, values.others)
        bound.update(zip(self.measured, values.meters, strict=True))
        return Frame(bound, training=training, key=key)

    def _noted(self, values: Values, frame: Frame, loss: Any, single: list[Any], count: Any) -> Values:
        """The values after one batch: what the frame wrote, and the losses added up by rows."""
        parts = (loss, *single) if len(self.objective.names) > 1 else (loss,)
        numbers = jnp.stack([*(jnp.asarray(one, jnp.float32) for one in parts), jnp.float32(1)])
        return values._replace(
            others=[frame.written.get(v, array) for v, array in zip(self.others, values.others, strict=True)],
            meters=[frame.written.get(v, array) for v, array in zip(self.measured, values.meters, strict=True)],
            totals=values.totals + numbers * jnp.asarray(count, jnp.float32),
        )

    def _logs(self, values: Values) -> Any:
        """One vector: mean losses, metrics' results, and the first bad step."""
        with self._frame(values, values.trained, None, training=False):
            results = self.meters.results()
        means = values.totals[:-1] / jnp.maximum(values.totals[-1], 1.0)
        flat = [jnp.mean(jnp.asarray(result, jnp.float32)) for result in results]
        return jnp.concatenate([means, jnp.stack([*flat, values.bad_step.astype(jnp.float32)])]), results


def fetch(data: tuple[Any, list[Any], list[Any]], index: Any, rows: Any, number: Any, size: int) -> Batch:
    """Batch ``number`` of ``size`` rows.

    Args:
        data: inputs, targets and weights with the rows along axis 0.
        index: row numbers in the order of training, a multiple of ``size`` long; None takes rows as they lie.
        rows: how many of the rows are real, when the last batch is padded; None when all are.
        number: which batch.
        size: rows in a batch.
    """
    start = number * size
    if index is None:
        take = partial(lax.dynamic_slice_in_dim, start_index=start, slice_size=size)
    else:
        chosen = lax.dynamic_slice_in_dim(index, start, size)

        def take(leaf: Any) -> Any:
            return leaf.at[chosen].get(mode="promise_in_bounds")

    x, y, weights = jax.tree.map(take, data)
    if rows is None:
        return Batch(x, y, weights, None, size)
    real = (start + jnp.arange(size) < rows).astype(jnp.float32)
    return Batch(x, y, weights, real, jnp.minimum(rows - start, size))
