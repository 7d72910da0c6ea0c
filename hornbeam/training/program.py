"""Program: the pure, compiled functions that train, test and predict a chunk of batches.

Nothing here holds values or talks to a user. A program is built from handles (model, objective, meters,
optimizer) that serve only to be traced; afterwards any model with an equal spec hands in its values.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.frame import Frame
from hornbeam.data.memory import Lent, Same
from hornbeam.training.kept import KeptFunction, text_of

NARROW = 64  # a last axis below this is short
EPOCHS_AT_ONCE = 32  # at most, in one call; a constant, so that one compiled program serves any number of epochs


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
        key: what all this follows from, so that compiled functions can be kept between processes.
    """

    def __init__(self, model: Any, objective: Any = None, meters: Any = None, optimizer: Any = None, key: Any = None):
        self.model, self.objective, self.meters, self.optimizer = model, objective, meters, optimizer
        self.trained = list(model.trained_variables)
        self.others = list(model.other_variables)
        self.measured = list(meters.variables) if meters is not None else []
        self.lasting = [place for place, variable in enumerate(self.others) if variable.lasting]
        text = None if key is None else text_of(key)
        self.train = KeptFunction(self._train, ("size",), text, donated=True)
        self.train_keeping = KeptFunction(self._train, ("size",), text)  # what it is given stays alive
        self.test = KeptFunction(self._test, ("size",), text, donated=True)
        self.epochs = KeptFunction(self._epochs, ("size", "check_size"), text, donated=True)
        self.predict = KeptFunction(self._predict, ("size",), text)

    @functools.cached_property
    def gives_numbers(self) -> bool:
        """Whether every metric's result is a single number."""

        def results(arrays: list[Any]) -> list[Any]:
            with Frame(dict(zip(self.measured, arrays, strict=True))):
                return self.meters.results()

        shapes = jax.eval_shape(results, [jax.ShapeDtypeStruct(v.shape, v.slot.dtype) for v in self.measured])
        return all(shape.ndim == 0 for shape in shapes)

    # -- the programs --------------------------------------------------------------------------

    def _train(
        self, values: Values, rate: Any, seed: Any, data: Any, index: Any, rows: Any, span: Any, *, size: int
    ) -> tuple[Values, Any]:
        """Trains on batches ``span[0]`` to ``span[1]`` of the data; returns values and logs."""

        narrow = self._narrow(values.trained)
        shapes = [leaf.shape for leaf in values.trained]

        def body(number: Any, values: Values) -> Values:
            return self._train_step(values, shapes, narrow, rate, seed, fetch(data, index, rows, number, size))

        before = values
        values = values._replace(
            trained=[packed(leaf, narrow) for leaf in values.trained],
            optimizer=jax.tree.map(lambda leaf: packed(leaf, narrow), values.optimizer),
        )
        values = lax.fori_loop(span[0], span[1], body, values)
        values = jax.tree.map(lambda now, old: unpacked(now, old.shape, narrow), values, before)
        return values, self._logs(values)

    def _narrow(self, trained: list[Any]) -> set[tuple[int, ...]]:
        """Shapes of the weights that travel through the loop in another form than their own."""
        if not self.optimizer.entrywise or any(variable.constraint is not None for variable in self.trained):
            return set()
        return {leaf.shape for leaf in trained if leaf.ndim > 1 and leaf.shape[-1] < NARROW}

    def _test(
        self, values: Values, trained: Any, others: Any, data: Any, index: Any, rows: Any, span: Any, *, size: int
    ) -> tuple[Values, Any]:
        """Measures batches ``span[0]`` to ``span[1]``; only meters and totals change.

        States last from batch to batch, and are in the end what they were before.
        """
        values = values._replace(others=self._states(others))

        def body(number: Any, values: Values) -> Values:
            batch = fetch(data, index, rows, number, size)
            full = values._replace(others=self._with_states(others, values.others))
            with self._frame(full, trained, None, training=False) as frame:
                loss, single, outputs = self._forward(frame, batch)
                self.meters.update(batch.y, outputs, batch.weights, batch.rows)
                noted = self._noted(full, frame, loss, single, batch.count)
                return noted._replace(others=self._states(noted.others))

        values = lax.fori_loop(span[0], span[1], body, values)._replace(others=[])
        return values, self._logs(values._replace(trained=trained, others=others))

    def _epochs(
        self,
        values: Values,
        fresh: list[Any],
        rate: Any,
        seed: Any,
        data: Any,
        orders: Any,
        rows: Any,
        check: Any,
        steps: Any,
        count: Any,
        *,
        size: int,
        check_size: Any,
    ) -> tuple[Values, Any]:
        """Trains, and validates, ``count`` whole epochs; returns values and a row of logs for each.

        Args:
            values: as they are before.
            fresh: the meters' variables at the beginning of an epoch.
            rate, seed: learning rate and words for random numbers.
            data: all rows of the training data, in order.
            orders: one order of the rows per epoch, ``(epochs, rows)``; None takes them as they lie.
            rows: as in ``fetch``.
            check: ``(data, rows, steps)`` of the validation, or None.
            steps: batches of an epoch.
            count: how many epochs.
            size, check_size: rows in a batch.
        """

        def epoch(number: Any, carried: tuple[Values, Any]) -> tuple[Values, Any]:
            values, logs = carried
            mine = data
            if orders is not None:
                order = lax.dynamic_index_in_dim(orders, number, keepdims=False)
                mine = jax.tree.map(lambda leaf: leaf.at[order].get(mode="promise_in_bounds"), data)
            values = values._replace(meters=list(fresh), totals=jnp.zeros_like(values.totals))
            values, _ = self._train(values, rate, seed, mine, None, rows, (0, steps), size=size)
            row = self._logs(values)[0]
            if check is not None:
                start = values._replace(
                    trained=[], others=[], optimizer=None, meters=list(fresh), totals=jnp.zeros_like(values.totals)
                )
                measured, (checked, _) = self._test(
                    start, values.trained, values.others, check[0], None, check[1], (0, check[2]), size=check_size
                )
                row = jnp.concatenate([row, checked])
            return values, lax.dynamic_update_index_in_dim(logs, row, number, 0)

        width = (len(self.meters.names) + values.totals.shape[0]) * (1 if check is None else 2)
        values, logs = lax.fori_loop(0, count, epoch, (values, jnp.zeros((EPOCHS_AT_ONCE, width), jnp.float32)))
        return values, logs

    def _predict(
        self, trained: list[Any], others: list[Any], data: Any, index: Any, steps: Any, *, size: int
    ) -> tuple[Any, list[Any]]:
        """Outputs for the rows of the first ``steps`` batches, stacked, zeros after them; and the states then."""
        batches = (jax.tree.leaves(data)[0] if index is None else index).shape[0] // size

        def one(states: list[Any], number: Any) -> tuple[list[Any], Any]:
            now = self._with_states(others, states)
            with Frame(self._bound(trained, now), training=False) as frame:
                outputs = self.model(taken(data, index, number, size))
            after = [frame.written.get(v, array) for v, array in zip(self.others, now, strict=True)]
            return self._states(after), outputs

        states = self._states(others)
        if batches == 1:
            states, outputs = one(states, 0)
            return outputs, states
        _, shapes = jax.eval_shape(one, states, 0)
        room = jax.tree.map(lambda leaf: jnp.zeros((batches, *leaf.shape), leaf.dtype), shapes)

        def body(number: Any, carried: Any) -> Any:
            states, outputs = carried
            states, now = one(states, number)
            write = functools.partial(lax.dynamic_update_index_in_dim, index=number, axis=0)
            return states, jax.tree.map(write, outputs, now)

        states, outputs = lax.fori_loop(0, steps, body, (states, room))
        return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), outputs), states

    # -- their parts ---------------------------------------------------------------------------------

    def _train_step(self, values: Values, shapes: list[Any], narrow: Any, rate: Any, seed: Any, batch: Batch) -> Values:
        """One step on packed values; ``shapes`` are the weights' own, ``narrow`` those of the packed ones."""
        key = (seed[0], seed[1], values.step.astype(jnp.uint32))
        changed: list[Any] = []  # the variables that the forward pass wrote; JAX would sort them as keys of a dict

        def loss_of(trained: list[Any]) -> tuple[Any, Any]:
            trained = [unpacked(leaf, shape, narrow) for leaf, shape in zip(trained, shapes, strict=True)]
            with self._frame(values, trained, key, training=True) as frame:
                loss, single, outputs = self._forward(frame, batch)
                scale = self.optimizer.loss_scale(values.optimizer)
                objective = loss if scale is None else loss * scale
                changed[:] = frame.written
                return objective, (loss, single, outputs, list(frame.written.values()))

        gradients, (loss, single, outputs, written) = jax.grad(loss_of, has_aux=True)(values.trained)
        trained, state = self.optimizer.step(values.trained, gradients, values.optimizer, rate, variables=self.trained)
        finite = jnp.isfinite(loss)
        bad_step = jnp.where(finite | (values.bad_step >= 0), values.bad_step, values.step)
        values = values._replace(trained=trained, optimizer=state, step=values.step + 1, bad_step=bad_step)
        with self._frame(values, [], None, training=True) as frame:
            for variable, array in zip(changed, written, strict=True):
                frame.write(variable, array)
            self.meters.update(batch.y, outputs, batch.weights, batch.rows)
            return self._noted(values, frame, loss, single, batch.count)

    def _forward(self, frame: Frame, batch: Batch) -> tuple[Any, list[Any], list[Any]]:
        outputs = self.model.flat_outputs(self.model(batch.x))
        loss, single = self.objective(batch.y, outputs, batch.weights, batch.rows)
        for extra in (*frame.losses, *self.model.penalties()):
            loss = loss + jnp.sum(jnp.asarray(extra, loss.dtype))
        return loss, single, outputs

    def _states(self, others: list[Any]) -> list[Any]:
        """Those of the other variables' arrays that every call moves on."""
        return [others[place] for place in self.lasting]

    def _with_states(self, others: list[Any], states: list[Any]) -> list[Any]:
        """The other variables' arrays, with these states."""
        now = dict(zip(self.lasting, states, strict=True))
        return [now.get(place, array) for place, array in enumerate(others)]

    def _bound(self, trained: list[Any], others: list[Any]) -> dict[Any, Any]:
        return dict(zip([*self.trained, *self.others], [*trained, *others], strict=True))

    def _frame(self, values: Values, trained: list[Any], key: Any, training: bool) -> Frame:
        bound = self._bound(trained or [None] * len(self.trained), values.others)
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


def taken(data: Any, index: Any, number: Any, size: int) -> Any:
    """The rows of batch ``number``, from arrays or what is lent of them; arguments as of ``fetch``."""
    chosen = None if index is None else lax.dynamic_slice_in_dim(index, number * size, size)

    def take(leaf: Any) -> Any:
        if isinstance(leaf, Lent):
            return leaf.take(chosen)
        if chosen is None:
            return lax.dynamic_slice_in_dim(leaf, number * size, size)
        return leaf.at[chosen].get(mode="promise_in_bounds")

    return jax.tree.map(take, data, is_leaf=lambda leaf: isinstance(leaf, Lent))


def packed(leaf: Any, narrow: set[tuple[int, ...]]) -> Any:
    """A narrow weight, or what an optimizer keeps beside it, with its long axis last: ``(…, units) -> (units, rest)``.

    XLA:CPU walks an array along its last axis, and a short one costs it most of the time: Adam on (784, 10) takes
    22 µs a step, on the same numbers with the long axis last 6. The matrix product likes it as well, and turns it back
    at no cost: a softmax step on 784-10 takes 164 µs as it is, 124 as a vector, 94 like this.
    """
    return leaf.reshape(-1, leaf.shape[-1]).T if leaf.shape in narrow else leaf


def unpacked(leaf: Any, shape: tuple[int, ...], narrow: set[tuple[int, ...]]) -> Any:
    """A weight in its own shape again."""
    return leaf.T.reshape(shape) if shape in narrow else leaf


def fetch(data: tuple[Any, list[Any], list[Any]], index: Any, rows: Any, number: Any, size: int) -> Batch:
    """Batch ``number`` of ``size`` rows.

    Args:
        data: inputs, targets and weights with the rows along axis 0.
        index: row numbers in the order of training, a multiple of ``size`` long; None takes rows as they lie.
        rows: how many of the rows are real, when the last batch is padded; None when all are.
        number: which batch.
        size: rows in a batch.
    """
    x, y, weights = taken(data, index, number, size)
    if any(isinstance(target, Same) for target in y):  # fit(x, x): the rows are read once
        inputs = jax.tree.leaves(x)
        y = [inputs[target.input] if isinstance(target, Same) else target for target in y]
    if rows is None:
        return Batch(x, y, weights, None, size)
    start = number * size
    real = (start + jnp.arange(size) < rows).astype(jnp.float32)
    return Batch(x, y, weights, real, jnp.minimum(rows - start, size))
