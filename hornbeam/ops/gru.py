"""A whole sequence through a GRU, of both kinds, written for speed: see `ops.recurrence`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.ops.recurrence import (
    before,
    columns,
    kept,
    none_masked,
    of_recurrent,
    ordered,
    over_steps,
    prepared,
    sigmoid_of,
    sigmoid_slope,
)


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
    scale = columns((0.5, 0.5, 1.0), units, x.dtype)
    inner = jnp.zeros((1, units), x.dtype)
    if bias is not None and reset_after:
        # z and r add both biases alike; only that of g stays inside, where r multiplies it
        inner = bias[1:, 2 * units :]
        bias = bias[0] + jnp.concatenate([bias[1, : 2 * units], jnp.zeros(units, bias.dtype)])
    z, keep = prepared(x, kernel, bias, mask, scale, backwards)
    if reset_after:
        outputs, h = _gru_after(z, h, recurrent_kernel * scale, inner, keep)
    else:
        outputs, h = _gru_before(z, h, recurrent_kernel * scale, keep)
    return ordered(outputs, [h], sequences)


def _gru_after_loop(z: Any, h: Any, u: Any, inner: Any, keep: Any, residuals: bool) -> tuple[Any, Any]:
    units = h.shape[-1]

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        product = h @ u
        t = jnp.tanh(z[:, : 2 * units] + product[:, : 2 * units])
        update, reset = jnp.split(sigmoid_of(t), 2, axis=-1)
        within = product[:, 2 * units :] + inner
        g = jnp.tanh(z[:, 2 * units :] + reset * within)
        new = kept(keep, update * h + (1 - update) * g, h)
        return new, (new, t, g, within) if residuals else new

    return over_steps(body, h, (z, keep))


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
    old = before(h, outputs)
    tz, tr = jnp.split(t, 2, axis=-1)
    update = sigmoid_of(tz)
    into_g = (1 - update) * (1 - g * g)
    factors = (
        (old - g) * sigmoid_slope(tz),
        into_g * within * sigmoid_slope(tr),
        into_g * sigmoid_of(tr),
        into_g,
    )
    if keep is not None:
        factors, update = none_masked(keep, factors), jnp.where(keep, update, 1)
    turned = u.T

    def body(slope_h: Any, now: Any) -> tuple[Any, Any]:
        above, (fz, fr, within, fg), update = now
        slope_h = slope_h + above
        slope_u = jnp.concatenate([slope_h * fz, slope_h * fr, slope_h * within], axis=-1)
        return slope_u @ turned + slope_h * update, (slope_u, slope_h * fg)

    slope_h, (slope_u, slope_g) = over_steps(body, slope_h, (slope_outputs, factors, update), reverse=True)
    units = h.shape[-1]
    slope_z = jnp.concatenate([slope_u[..., : 2 * units], slope_g], axis=-1)
    slope_inner = slope_u[..., 2 * units :].sum((0, 1))[None, :]
    return slope_z, slope_h, of_recurrent(old, slope_u), slope_inner, None


_gru_after.defvjp(_gru_after_forward, _gru_after_backward)


def _gru_before_loop(z: Any, h: Any, u: Any, keep: Any, residuals: bool) -> tuple[Any, Any]:
    units = h.shape[-1]
    u_gates, u_g = u[:, : 2 * units], u[:, 2 * units :]

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        t = jnp.tanh(z[:, : 2 * units] + h @ u_gates)
        update, reset = jnp.split(sigmoid_of(t), 2, axis=-1)
        g = jnp.tanh(z[:, 2 * units :] + (reset * h) @ u_g)
        new = kept(keep, update * h + (1 - update) * g, h)
        return new, (new, t, g) if residuals else new

    return over_steps(body, h, (z, keep))


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
    old = before(h, outputs)
    tz, tr = jnp.split(t, 2, axis=-1)
    update, reset = sigmoid_of(tz), sigmoid_of(tr)
    factors = (old - g) * sigmoid_slope(tz), old * sigmoid_slope(tr), (1 - update) * (1 - g * g)
    if keep is not None:
        factors, update = none_masked(keep, factors), jnp.where(keep, update, 1)
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
    slope_h, (slope_gates, slope_g) = over_steps(body, slope_h, now, reverse=True)
    slope_u = [of_recurrent(old, slope_gates), of_recurrent(reset * old, slope_g)]
    return jnp.concatenate([slope_gates, slope_g], axis=-1), slope_h, jnp.concatenate(slope_u, axis=-1), None


_gru_before.defvjp(_gru_before_forward, _gru_before_backward)
