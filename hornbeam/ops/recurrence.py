"""Loops over time: any cell step by step, and whole sequences through LSTM, GRU and the simple recurrent network.

The whole-sequence functions are written for speed. The input's part of every sum is one matrix product over all steps,
outside the loop, whose body does one product with the recurrent kernel and the gates. Their gradients are written by
hand: everything that does not depend on the step after is computed for all steps at once; the loop backwards then
carries the slopes of the states through one product per step, and the gradients of all weights are single products
over all steps after it.

A step of an LSTM with 64 units (64 features, 100 steps, batch 32) takes 7.4 ms on two cores with AVX-512, 2.1 in the
loop forward and 2.5 in the loop backward, whose products run on one core; PyTorch's takes 6.9 to 8.1. What gained
nothing: batch and units turned around, gates side by side for one product of slopes, all factors inside a loop or in
one array (3.4 and 3.9 for 2.6 ms backward), unrolling, halves of the batch in one batched product or in two loops,
which XLA:CPU runs one after the other.
On a GPU the same loops are used for now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

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


def lstm(
    x: Any,
    states: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    sequences: bool = True,
    backwards: bool = False,
) -> tuple[Any, Any]:
    """A whole sequence through an LSTM with tanh and sigmoid.

    ``i, f, g, o = x[t] · kernel + h · recurrent_kernel + bias``;
    ``c = sigmoid(f) · c + sigmoid(i) · tanh(g)``; ``h = sigmoid(o) · tanh(c)``, which is the output.

    Args:
        x: the inputs.
        states: the first h and c.
        kernel, recurrent_kernel, bias: the weights, gates in the order i, f, g, o; bias may be None.
        mask: true where a step counts; another keeps h and c.
        sequences, backwards: as in ``scan_cell``.

    Shapes:
        x ``(batch, time, features)``, states ``(batch, units)``, kernel ``(features, 4 · units)``, recurrent kernel
        ``(units, 4 · units)``, bias ``(4 · units,)``, mask ``(batch, time)`` -> outputs ``(batch, time, units)`` or the
        last h, and the last h and c.

    Reference:
        Hochreiter & Schmidhuber (1997), Long short-term memory; the forget gate: Gers, Schmidhuber & Cummins (2000).
    """
    h, c = states
    units = h.shape[-1]
    # sigmoid(z) = ½ tanh(½ z) + ½, so that all four gates are one tanh; the inner ½ goes into the weights, which is
    # exact: the forward loop then takes 1.1 ms instead of 3.3
    scale = _columns((0.5, 0.5, 1.0, 0.5), units, x.dtype)
    z, keep = _prepared(x, kernel, bias, mask, scale, backwards)
    return _ordered(*_lstm(z, h, c, recurrent_kernel * scale, keep), sequences)


def gru(
    x: Any,
    states: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    reset_after: bool = True,
    sequences: bool = True,
    backwards: bool = False,
) -> tuple[Any, Any]:
    """A whole sequence through a GRU with tanh and sigmoid.

    ``z = sigmoid(…)``, ``r = sigmoid(…)`` of ``x[t] · kernel + h · recurrent_kernel + bias``, and
    ``g = tanh(x[t] · kernel + r · (h · recurrent_kernel + bias[1]))``, or ``… + (r · h) · recurrent_kernel`` where the
    reset comes before the product; ``h = z · h + (1 - z) · g``, which is the output.

    Args:
        x: the inputs.
        states: the first h, in a list.
        kernel, recurrent_kernel, bias: the weights, gates in the order z, r, g; bias may be None.
        mask: true where a step counts; another keeps h.
        reset_after: whether r multiplies after the product with the recurrent kernel.
        sequences, backwards: as in ``scan_cell``.

    Shapes:
        x ``(batch, time, features)``, h ``(batch, units)``, kernel ``(features, 3 · units)``, recurrent kernel
        ``(units, 3 · units)``, bias ``(2, 3 · units)``, or ``(3 · units,)`` for the reset before, mask
        ``(batch, time)`` -> outputs ``(batch, time, units)`` or the last h, and the last h in a list.

    Reference:
        Cho et al. (2014), Learning phrase representations using RNN encoder-decoder, section 2.3.
    """
    (h,) = states
    units = h.shape[-1]
    scale = _columns((0.5, 0.5, 1.0), units, x.dtype)
    inner = jnp.zeros((1, units), x.dtype)
    if bias is not None and reset_after:
        # z and r add both biases alike; only that of g stays inside, where r multiplies it
        inner = bias[1:, 2 * units :]
        bias = bias[0] + jnp.concatenate([bias[1, : 2 * units], jnp.zeros(units, bias.dtype)])
    z, keep = _prepared(x, kernel, bias, mask, scale, backwards)
    if reset_after:
        outputs, h = _gru_after(z, h, recurrent_kernel * scale, inner, keep)
    else:
        outputs, h = _gru_before(z, h, recurrent_kernel * scale, keep)
    return _ordered(outputs, [h], sequences)


def simple_rnn(
    x: Any,
    states: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    *,
    sequences: bool = True,
    backwards: bool = False,
) -> tuple[Any, Any]:
    """A whole sequence through a simple recurrent network: ``h = tanh(x[t] · kernel + h · recurrent_kernel + bias)``.

    The arguments and shapes are those of ``gru``, with ``units`` columns in the weights.

    Reference:
        Elman (1990), Finding structure in time.
    """
    (h,) = states
    z, keep = _prepared(x, kernel, bias, mask, None, backwards)
    outputs, h = _simple(z, h, recurrent_kernel, keep)
    return _ordered(outputs, [h], sequences)


def _columns(values: tuple[float, ...], units: int, dtype: Any) -> Any:
    """A row with each value for as many columns as there are units."""
    return jnp.repeat(jnp.asarray(values, dtype), units)[None, :]


def _prepared(x: Any, kernel: Any, bias: Any, mask: Any, scale: Any, backwards: bool) -> tuple[Any, Any]:
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


def _ordered(outputs: Any, states: Any, sequences: bool) -> tuple[Any, Any]:
    return time_first(outputs) if sequences else states[0], list(states)


def _kept(keep: Any, new: Any, old: Any) -> Any:
    return new if keep is None else jnp.where(keep, new, old)


def _none_masked(keep: Any, factors: Any) -> Any:
    """Factors of slopes, 0 where the step does not count."""
    return tuple(jnp.where(keep, factor, 0) for factor in factors)


def _before(first: Any, made: Any) -> Any:
    """What the state was before each step, from what it was after."""
    return jnp.concatenate([first[None], made[:-1]])


def _of_recurrent(states: Any, slopes: Any) -> Any:
    """The gradient of a recurrent kernel, one product over all steps: ``sum_t states[t]ᵀ · slopes[t]``."""
    return sum_of_outer(states.reshape(-1, states.shape[-1]), slopes.reshape(-1, slopes.shape[-1]))


def _sigmoid_of(t: Any) -> Any:
    """``sigmoid(z)`` from ``t = tanh(½ z)``."""
    return 0.5 * t + 0.5


def _sigmoid_slope(t: Any) -> Any:
    """The slope of ``sigmoid(z)`` along ``½ z``, from ``t = tanh(½ z)``."""
    return 0.5 - 0.5 * t * t


# -- LSTM ------------------------------------------------------------------------------------------------------------


def _lstm_loop(z: Any, h: Any, c: Any, u: Any, keep: Any, residuals: bool) -> tuple[Any, Any]:
    units = h.shape[-1]
    scale = _columns((0.5, 0.5, 1.0, 0.5), units, z.dtype)
    offset = _columns((0.5, 0.5, 0.0, 0.5), units, z.dtype)

    def body(carry: Any, now: Any) -> tuple[Any, Any]:
        h, c = carry
        z, keep = now
        t = jnp.tanh(z + h @ u)
        i, f, g, o = jnp.split(t * scale + offset, 4, axis=-1)
        new_c = f * c + i * g
        new_h = o * jnp.tanh(new_c)
        carry = _kept(keep, new_h, h), _kept(keep, new_c, c)
        return carry, (carry[0], t, carry[1]) if residuals else carry[0]

    return lax.scan(body, (h, c), (z, keep))


@jax.custom_vjp
def _lstm(z: Any, h: Any, c: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    """All h, and the last h and c; z ``(time, batch, 4 · units)`` and u are halved for i, f and o."""
    states, outputs = _lstm_loop(z, h, c, u, keep, residuals=False)
    return outputs, states


def _lstm_forward(z: Any, h: Any, c: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    states, (outputs, t, made) = _lstm_loop(z, h, c, u, keep, residuals=True)
    return (outputs, states), (outputs, t, made, h, c, u, keep)


def _lstm_backward(saved: Any, slopes: Any) -> tuple[Any, ...]:
    outputs, t, made, h, c, u, keep = saved
    slope_outputs, (slope_h, slope_c) = slopes
    ti, tf, g, to = jnp.split(t, 4, axis=-1)
    i, f, o = _sigmoid_of(ti), _sigmoid_of(tf), _sigmoid_of(to)
    tanh_c = jnp.tanh(made)
    old_c = _before(c, made)
    # what the slopes of c and h are multiplied with, for all steps at once
    factors = g * _sigmoid_slope(ti), old_c * _sigmoid_slope(tf), i * (1 - g * g), tanh_c * _sigmoid_slope(to)
    into_c = o * (1 - tanh_c * tanh_c)
    if keep is not None:
        factors = _none_masked(keep, factors)
        into_c, f = jnp.where(keep, into_c, 0), jnp.where(keep, f, 1)
    turned = u.T

    def body(carry: Any, now: Any) -> tuple[Any, Any]:
        slope_h, slope_c = carry
        above, (fi, ff, fg, fo), into_c, f, keep = now
        slope_h = slope_h + above
        slope_c = slope_c + slope_h * into_c
        slope_z = jnp.concatenate([slope_c * fi, slope_c * ff, slope_c * fg, slope_h * fo], axis=-1)
        down = slope_z @ turned
        if keep is not None:
            down = down + jnp.where(keep, 0, slope_h)
        return (down, slope_c * f), slope_z

    now = slope_outputs, factors, into_c, f, keep
    (slope_h, slope_c), slope_z = lax.scan(body, (slope_h, slope_c), now, reverse=True)
    return slope_z, slope_h, slope_c, _of_recurrent(_before(h, outputs), slope_z), None


_lstm.defvjp(_lstm_forward, _lstm_backward)


# -- GRU -------------------------------------------------------------------------------------------------------------


def _gru_after_loop(z: Any, h: Any, u: Any, inner: Any, keep: Any, residuals: bool) -> tuple[Any, Any]:
    units = h.shape[-1]

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        product = h @ u
        t = jnp.tanh(z[:, : 2 * units] + product[:, : 2 * units])
        update, reset = jnp.split(_sigmoid_of(t), 2, axis=-1)
        within = product[:, 2 * units :] + inner
        g = jnp.tanh(z[:, 2 * units :] + reset * within)
        new = _kept(keep, update * h + (1 - update) * g, h)
        return new, (new, t, g, within) if residuals else new

    return lax.scan(body, h, (z, keep))


@jax.custom_vjp
def _gru_after(z: Any, h: Any, u: Any, inner: Any, keep: Any) -> tuple[Any, Any]:
    """All h and the last; z ``(time, batch, 3 · units)`` and u are halved for z and r, inner is the bias within."""
    last, outputs = _gru_after_loop(z, h, u, inner, keep, residuals=False)
    return outputs, last


def _gru_after_forward(z: Any, h: Any, u: Any, inner: Any, keep: Any) -> tuple[Any, Any]:
    last, (outputs, *made) = _gru_after_loop(z, h, u, inner, keep, residuals=True)
    return (outputs, last), (outputs, *made, h, u, keep)


def _gru_after_backward(saved: Any, slopes: Any) -> tuple[Any, ...]:
    outputs, t, g, within, h, u, keep = saved
    slope_outputs, slope_h = slopes
    old = _before(h, outputs)
    tz, tr = jnp.split(t, 2, axis=-1)
    update = _sigmoid_of(tz)
    into_g = (1 - update) * (1 - g * g)
    factors = (
        (old - g) * _sigmoid_slope(tz),
        into_g * within * _sigmoid_slope(tr),
        into_g * _sigmoid_of(tr),
        into_g,
    )
    if keep is not None:
        factors, update = _none_masked(keep, factors), jnp.where(keep, update, 1)
    turned = u.T

    def body(slope_h: Any, now: Any) -> tuple[Any, Any]:
        above, (fz, fr, within, fg), update = now
        slope_h = slope_h + above
        slope_u = jnp.concatenate([slope_h * fz, slope_h * fr, slope_h * within], axis=-1)
        return slope_u @ turned + slope_h * update, (slope_u, slope_h * fg)

    slope_h, (slope_u, slope_g) = lax.scan(body, slope_h, (slope_outputs, factors, update), reverse=True)
    units = h.shape[-1]
    slope_z = jnp.concatenate([slope_u[..., : 2 * units], slope_g], axis=-1)
    slope_inner = slope_u[..., 2 * units :].sum((0, 1))[None, :]
    return slope_z, slope_h, _of_recurrent(old, slope_u), slope_inner, None


_gru_after.defvjp(_gru_after_forward, _gru_after_backward)


def _gru_before_loop(z: Any, h: Any, u: Any, keep: Any, residuals: bool) -> tuple[Any, Any]:
    units = h.shape[-1]
    u_gates, u_g = u[:, : 2 * units], u[:, 2 * units :]

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        t = jnp.tanh(z[:, : 2 * units] + h @ u_gates)
        update, reset = jnp.split(_sigmoid_of(t), 2, axis=-1)
        g = jnp.tanh(z[:, 2 * units :] + (reset * h) @ u_g)
        new = _kept(keep, update * h + (1 - update) * g, h)
        return new, (new, t, g) if residuals else new

    return lax.scan(body, h, (z, keep))


@jax.custom_vjp
def _gru_before(z: Any, h: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    """All h and the last; z ``(time, batch, 3 · units)`` and u are halved for z and r."""
    last, outputs = _gru_before_loop(z, h, u, keep, residuals=False)
    return outputs, last


def _gru_before_forward(z: Any, h: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    last, (outputs, *made) = _gru_before_loop(z, h, u, keep, residuals=True)
    return (outputs, last), (outputs, *made, h, u, keep)


def _gru_before_backward(saved: Any, slopes: Any) -> tuple[Any, ...]:
    outputs, t, g, h, u, keep = saved
    slope_outputs, slope_h = slopes
    units = h.shape[-1]
    old = _before(h, outputs)
    tz, tr = jnp.split(t, 2, axis=-1)
    update, reset = _sigmoid_of(tz), _sigmoid_of(tr)
    factors = (old - g) * _sigmoid_slope(tz), old * _sigmoid_slope(tr), (1 - update) * (1 - g * g)
    if keep is not None:
        factors, update = _none_masked(keep, factors), jnp.where(keep, update, 1)
    turned_gates, turned_g = u[:, : 2 * units].T, u[:, 2 * units :].T

    def body(slope_h: Any, now: Any) -> tuple[Any, Any]:
        above, (fz, fr, fg), update, reset = now
        slope_h = slope_h + above
        slope_g = slope_h * fg
        slope_reset = slope_g @ turned_g  # of reset · h
        slope_gates = jnp.concatenate([slope_h * fz, slope_reset * fr], axis=-1)
        down = slope_gates @ turned_gates + slope_h * update + slope_reset * reset
        return down, (slope_gates, slope_g)

    now = slope_outputs, factors, update, reset
    slope_h, (slope_gates, slope_g) = lax.scan(body, slope_h, now, reverse=True)
    slope_u = [_of_recurrent(old, slope_gates), _of_recurrent(reset * old, slope_g)]
    return jnp.concatenate([slope_gates, slope_g], axis=-1), slope_h, jnp.concatenate(slope_u, axis=-1), None


_gru_before.defvjp(_gru_before_forward, _gru_before_backward)


# -- simple recurrent network ----------------------------------------------------------------------------------------


@jax.custom_vjp
def _simple(z: Any, h: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    """All h and the last; z ``(time, batch, units)``."""

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        new = _kept(keep, jnp.tanh(z + h @ u), h)
        return new, new

    last, outputs = lax.scan(body, h, (z, keep))
    return outputs, last


def _simple_forward(z: Any, h: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    outputs, last = _simple(z, h, u, keep)
    return (outputs, last), (outputs, h, u, keep)


def _simple_backward(saved: Any, slopes: Any) -> tuple[Any, ...]:
    outputs, h, u, keep = saved
    slope_outputs, slope_h = slopes
    factor = 1 - outputs * outputs
    if keep is not None:
        factor = jnp.where(keep, factor, 0)
    turned = u.T

    def body(slope_h: Any, now: Any) -> tuple[Any, Any]:
        above, factor, keep = now
        slope_h = slope_h + above
        slope_z = slope_h * factor
        down = slope_z @ turned
        return down if keep is None else down + jnp.where(keep, 0, slope_h), slope_z

    slope_h, slope_z = lax.scan(body, slope_h, (slope_outputs, factor, keep), reverse=True)
    return slope_z, slope_h, _of_recurrent(_before(h, outputs), slope_z), None


_simple.defvjp(_simple_forward, _simple_backward)
