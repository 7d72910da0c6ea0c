"""JAX by hand, a yardstick rather than a rival: one program per epoch, `lax.scan` over its batches.

The data lie on the device, each step gathers its rows by a permuted index, the optimizers are written out, dropout
draws from JAX's default generator (threefry). Rows that pad the last batch weigh nothing.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contenders import protocol
from benchmarks.workloads import Workload

Tree = Any
RATE, SMALL = 1e-3, 1e-7


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, setting: int) -> protocol.Fit:
    rng = np.random.default_rng(0)
    inputs = jnp.asarray(x)
    targets = inputs if work.reconstructs else jnp.asarray(y)
    weights = (np.arange(work.steps * work.batch) < work.rows).astype(np.float32).reshape(work.steps, work.batch)
    state = initial_state(work, rng)
    key = jax.random.key(0)
    epoch = jax.jit(partial(train_epoch, work), donate_argnums=0)

    def fit(epochs: int) -> tuple[float, float | None]:
        nonlocal state
        logs = None
        for _ in range(epochs):
            order = np.zeros(work.steps * work.batch, np.int32)
            order[: work.rows] = rng.permutation(work.rows)
            state, logs = epoch(state, inputs, targets, order.reshape(weights.shape), weights, key)
        loss, metric = np.asarray(logs) / work.rows  # waits for the device
        return float(loss), float(metric) if work.metric else None

    return fit


def initial_state(work: Workload, rng: np.random.Generator) -> Tree:
    """Glorot-uniform kernels and zero biases; first and second moments; number of steps made."""
    sizes = [work.features, *(layer.units for layer in work.layers)]
    values = []
    for rows, units in pairwise(sizes):
        limit = np.sqrt(6 / (rows + units))
        values.append((rng.uniform(-limit, limit, (rows, units)).astype(np.float32), np.zeros(units, np.float32)))
    zeros = jax.tree.map(np.zeros_like, values)
    return jax.device_put((values, zeros, jax.tree.map(np.copy, zeros), np.int32(0)))


def train_epoch(work: Workload, state: Tree, x, y, order, weights, key) -> tuple[Tree, jax.Array]:
    """All steps of an epoch; gives the new state and the sums of loss and metric over the rows."""

    def step(carry, batch):
        (values, first, second, count), totals = carry
        index, weight = batch
        inputs = x[index]  # (batch, features)
        target = inputs if work.reconstructs else y[index]

        def mean_loss(values):
            logits = forward(work, values, inputs, jax.random.fold_in(key, count))
            losses = row_losses(work, logits, target)  # (batch,)
            sums = jnp.stack([losses @ weight, row_metrics(work, logits, target) @ weight])
            return sums[0] / weight.sum(), sums

        gradients, sums = jax.grad(mean_loss, has_aux=True)(values)
        update = adam if work.optimizer == "adam" else rmsprop
        return ((*update(values, gradients, first, second, count + 1), count + 1), totals + sums), None

    (state, totals), _ = jax.lax.scan(step, (state, jnp.zeros(2)), (order, weights))
    return state, totals


def forward(work: Workload, values: Tree, x, key):
    """Logits: the last layer's activation is left to the loss."""
    for number, (layer, (kernel, bias)) in enumerate(zip(work.layers, values, strict=True)):
        x = x @ kernel + bias
        if layer.activation == "relu":
            x = jax.nn.relu(x)
        if layer.dropout:
            keep = jax.random.bernoulli(jax.random.fold_in(key, number), 1 - layer.dropout, x.shape)
            x = jnp.where(keep, x / (1 - layer.dropout), 0)
    return x


def row_losses(work: Workload, logits, y):
    match work.loss:
        case "categorical_crossentropy":
            return -(y * jax.nn.log_softmax(logits)).sum(-1)
        case "sparse_categorical_crossentropy":
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=-1)[:, 0]
        case "binary_crossentropy":
            return (jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits)))).mean(-1)
        case _:
            return jnp.abs(logits - y).mean(-1)


def row_metrics(work: Workload, logits, y):
    match work.metric, work.loss:
        case "accuracy", "categorical_crossentropy":
            return logits.argmax(-1) == y.argmax(-1)
        case "accuracy", "sparse_categorical_crossentropy":
            return logits.argmax(-1) == y
        case "accuracy", _:
            return ((logits > 0) == (y > 0.5)).mean(-1)
        case "mean_absolute_error", _:
            return jnp.abs(jax.nn.softmax(logits) - y).mean(-1)
        case "mae", _:
            return jnp.abs(logits - y).mean(-1)
        case _:
            return jnp.zeros(len(logits))


def adam(values, gradients, first, second, count):
    """Kingma and Ba (2015), the efficient form at the end of their section 2, as Keras has it."""
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    rate = RATE * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    values = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + SMALL), values, first, second)
    return values, first, second


def rmsprop(values, gradients, first, second, count):
    second = jax.tree.map(lambda v, g: 0.9 * v + 0.1 * g * g, second, gradients)
    values = jax.tree.map(lambda w, g, v: w - RATE * g / jnp.sqrt(v + SMALL), values, gradients, second)
    return values, first, second


if __name__ == "__main__":
    protocol.run(prepare, ("jax",))
