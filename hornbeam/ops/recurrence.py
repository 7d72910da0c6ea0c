"""Loops over time: any cell step by step, and what the loops of LSTM, GRU and the simple recurrent network share.

The whole-sequence functions, `ops.lstm`, `ops.gru` and `ops.simple_rnn`, are written for speed. The input's part of
every sum is one matrix product over all steps, outside the loop, whose body does one product with the recurrent kernel
and the gates. Their gradients are written by hand: everything that does not depend on the step after is computed for
all steps at once; the loop backwards then carries the slopes of the states through one product per step, and the
gradients of all weights are single products over all steps after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.engine import target
from hornbeam.ops.products import product, sum_of_outer

Step = Callable[[Any, Any], tuple[Any, Any]]


def spread_over(mask: Any, x: Any) -> Any:
    """A mask over the first axes of an array, with length 1 along the others."""
    return mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))


def time_first(x: Any) -> Any:
    """``(batch, time, …) -> (time, batch, …)``, and back."""
    return jnp.swapaxes(x, 0, 1)


def scan_cell(
    step: Step,
    x: Any,
    states: Any,
    first: Any,
    mask: Any = None,
    *,
    sequences: bool = True,
    backwards: bool = False,
    unroll: bool = False,
    zero_output: bool = False,
) -> tuple[Any, Any]:
    """Runs a cell over the time axis: ``output[t], states = step(x[t], states)``.

    A step under a mask keeps the states, and its output is that of the step before, or zeros.

    Args:
        step: ``(x of one step, states) -> (output, new states)``.
        x: the inputs.
        states: the first states, arrays ``(batch, …)`` in lists.
        first: what stands for the output before the first step, an array of an output's shape and type.
        mask: true where a step counts; None where all do.
        sequences: whether all outputs are returned, or only the last.
        backwards: from the last step to the first; outputs come in the order in which they were made.
        unroll: a loop in Python, which makes a copy of the step for each time.
        zero_output: whether outputs under the mask are zeros.

    Shapes:
        x ``(batch, time, …)``, mask ``(batch, time)`` -> outputs ``(batch, time, …)``, or ``(batch, …)`` of the last
        step; states as they came.

    Example:
        >>> add = lambda x, total: (total + x, total + x)
        >>> scan_cell(add, jnp.array([[1.0, 2.0, 3.0]]), jnp.zeros(1), jnp.zeros(1))[0].tolist()
        [[1.0, 3.0, 6.0]]
    """
    inputs = (time_first(x), None if mask is None else time_first(mask))
    if backwards:
        inputs = jax.tree.map(lambda leaf: jnp.flip(leaf, 0), inputs)

    def body(carry: Any, now: Any) -> tuple[Any, Any]:
        states, before = carry
        x, keep = now
        output, new = step(x, states)
        if keep is not None:
            absent = jnp.zeros_like(output) if zero_output else before
            output = jnp.where(spread_over(keep, output), output, absent)
            new = jax.tree.map(lambda a, b: jnp.where(spread_over(keep, a), a, b), new, states)
        return (new, output), output if sequences else None

    if unroll:
        carry, made = (states, first), []
        for number in range(x.shape[1]):
            carry, output = body(carry, jax.tree.map(lambda leaf, n=number: leaf[n], inputs))
            made.append(output)
        (states, last), outputs = carry, jnp.stack(made, 1) if sequences else None
        return outputs if sequences else last, states
    (states, last), outputs = lax.scan(body, (states, first), inputs)
    return time_first(outputs) if sequences else last, states


# -- whole sequences -------------------------------------------------------------------------------------------------


def over_steps(body: Step, carry: Any, inputs: Any, reverse: bool = False) -> tuple[Any, Any]:
    """``lax.scan``, with four steps to each turn of the loop on a GPU, where a turn costs as much as a step's kernels.

    On an H200 a training step of an LSTM with 64 units, 100 steps and batch 32 takes 1.73 ms with one step to a turn,
    1.02 with four and 0.97 with ten; its first call 3.1, 4.7 and 6.0 s. On a CPU nothing is gained.
    """
    return lax.scan(body, carry, inputs, reverse=reverse, unroll=4 if target() == "gpu" else 1)


def columns(values: tuple[float, ...], units: int, dtype: Any) -> Any:
    """A row with each value for as many columns as there are units."""
    return jnp.repeat(jnp.asarray(values, dtype), units)[None, :]


def prepared(x: Any, kernel: Any, bias: Any, mask: Any, scale: Any, backwards: bool) -> tuple[Any, Any]:
    """``x · kernel + bias`` for all steps, time first and in the order of the loop; the mask ``(time, batch, 1)``."""
    if scale is not None:
        kernel, bias = kernel * scale, None if bias is None else bias * scale[0]
    x = time_first(x)
    keep = None if mask is None else time_first(mask)[:, :, None]
    if backwards:
        x, keep = jnp.flip(x, 0), None if keep is None else jnp.flip(keep, 0)
    time, batch, features = x.shape
    z = product(x.reshape(time * batch, features), kernel)
    if bias is not None:
        z = z + bias[None, :]
    return z.reshape(time, batch, -1), keep


def ordered(outputs: Any, states: Any, sequences: bool) -> tuple[Any, Any]:
    return time_first(outputs) if sequences else states[0], list(states)


def kept(keep: Any, new: Any, old: Any) -> Any:
    return new if keep is None else jnp.where(keep, new, old)


def none_masked(keep: Any, factors: Any) -> Any:
    """Factors of slopes, 0 where the step does not count."""
    return tuple(jnp.where(keep, factor, 0) for factor in factors)


def before(first: Any, made: Any) -> Any:
    """What the state was before each step, from what it was after."""
    return jnp.concatenate([first[None], made[:-1]])


def of_recurrent(states: Any, slopes: Any) -> Any:
    """The gradient of a recurrent kernel, one product over all steps: ``sum_t states[t]ᵀ · slopes[t]``."""
    return sum_of_outer(states.reshape(-1, states.shape[-1]), slopes.reshape(-1, slopes.shape[-1]))


def sigmoid_of(t: Any) -> Any:
    """``sigmoid(z)`` from ``t = tanh(½ z)``."""
    return 0.5 * t + 0.5


def sigmoid_slope(t: Any) -> Any:
    """The slope of ``sigmoid(z)`` along ``½ z``, from ``t = tanh(½ z)``."""
    return 0.5 - 0.5 * t * t
