"""A whole sequence through the simple recurrent network: see `ops.recurrence`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.ops.recurrence import (
    before,
    kept,
    of_recurrent,
    ordered,
    over_steps,
    prepared,
)


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
    z, keep = prepared(x, kernel, bias, mask, None, backwards)
    outputs, h = _simple(z, h, recurrent_kernel, keep)
    return ordered(outputs, [h], sequences)


@jax.custom_vjp
def _simple(z: Any, h: Any, u: Any, keep: Any) -> tuple[Any, Any]:
    """All h and the last; z ``(time, batch, units)``."""

    def body(h: Any, now: Any) -> tuple[Any, Any]:
        z, keep = now
        new = kept(keep, jnp.tanh(z + h @ u), h)
        return new, new

    last, outputs = over_steps(body, h, (z, keep))
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

    slope_h, slope_z = over_steps(body, slope_h, (slope_outputs, factor, keep), reverse=True)
    return slope_z, slope_h, of_recurrent(before(h, outputs), slope_z), None


_simple.defvjp(_simple_forward, _simple_backward)
