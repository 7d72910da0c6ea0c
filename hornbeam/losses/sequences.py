"""Losses for sequences whose labels are not aligned with their steps: CTC."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornbeam.core.errors import ShapeError
from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, Loss, closing
from hornbeam.losses.shapes import floats, one_hot, whole


@LOSSES.add()
@recordable
def ctc(y_true, y_pred):
    """Connectionist temporal classification: ``-log P(labels | logits)``, summed over all alignments.

    An alignment names a label or the blank, class 0, at every step; labels come in order, each for one step or more,
    with blanks between them at will, and at least one between two equal labels.

    Args:
        y_true: class indices, from 1; rows are filled up with 0 at their end.
        y_pred: logits.

    Shapes:
        ``(batch, labels), (batch, time, classes) -> (batch,)``

    Raises:
        ShapeError: the numbers of axes are others.

    Example:
        >>> import numpy as np
        >>> round(float(ctc([[1]], np.zeros((1, 2, 2)))[0]), 4)  # 3 of 4 alignments: 01, 10, 11
        0.2877

    Reference:
        Graves et al., 2006, Connectionist temporal classification, section 4.1.
    """
    labels, logits = whole(y_true).astype(jnp.int32), floats(y_pred)
    if labels.ndim != 2 or logits.ndim != 3:
        raise ShapeError(
            "ctc",
            "y_true of shape (batch, labels) and y_pred of shape (batch, time, classes)",
            f"{labels.shape} and {logits.shape}",
            "Pad the labels to one length, and let the model return its sequence.",
        )
    chances = jax.nn.log_softmax(logits).swapaxes(0, 1)  # (time, batch, classes)
    hot = one_hot(labels, logits.shape[-1]).astype(logits.dtype)  # (batch, labels, classes)
    emitted = jnp.einsum("tbc,blc->tbl", chances, hot)
    return -_alignments(chances[:, :, :1], emitted, labels[:, 1:] == labels[:, :-1], jnp.sum(labels != 0, axis=1))


@jax.jit  # called on arrays, a scan would be compiled at every call
def _alignments(blank: jax.Array, emitted: jax.Array, repeated: jax.Array, lengths: jax.Array) -> jax.Array:
    """Logarithm of the summed probabilities of all alignments.

    Args:
        blank: log-probabilities of the blank, ``(time, batch, 1)``.
        emitted: log-probabilities of each label, ``(time, batch, labels)``.
        repeated: whether a label equals the one before it, ``(batch, labels - 1)``.
        lengths: how many labels each row has, ``(batch,)``.
    """
    never = jnp.asarray(-1e5, emitted.dtype)  # finite, so that no difference of two of them is NaN
    _, batch, labels = emitted.shape
    start = jnp.full((batch, 1), 0, emitted.dtype)
    # waiting[n]: the last step was a blank after n labels; saying[n]: it was label n
    waiting = jnp.concatenate([start, jnp.full((batch, labels), never)], axis=1)
    saying = jnp.full((batch, labels), never)
    gate = jnp.where(repeated, never, 0)

    def step(state: tuple[jax.Array, jax.Array], chance: tuple[jax.Array, jax.Array]) -> Any:
        waiting, saying = state
        blank, emitted = chance
        stay = jnp.concatenate([jnp.full((batch, 1), never), saying], axis=1)
        leap = jnp.concatenate([jnp.full((batch, 1), never), saying[:, :-1] + gate], axis=1)
        said = jnp.logaddexp(jnp.logaddexp(saying, waiting[:, :-1]), leap) + emitted
        return (jnp.logaddexp(waiting, stay) + blank, said), None

    (waiting, saying), _ = lax.scan(step, (waiting, saying), (blank, emitted))
    # row by row the states after the last label: read through a one-hot mask
    waited = jnp.sum(jnp.where(one_hot(lengths, labels + 1), waiting, 0), axis=1)
    said = jnp.sum(jnp.where(one_hot(lengths - 1, labels), saying, 0), axis=1)
    return jnp.where(lengths > 0, jnp.logaddexp(waited, said), waited)


@LOSSES.add()
class CTC(Loss):
    """Connectionist temporal classification: ``-log P(labels | logits)``, summed over all alignments.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true class indices from 1, filled up with 0, ``(batch, labels)``;
        y_pred logits ``(batch, time, classes)``, class 0 the blank.

    Example:
        >>> import numpy as np
        >>> round(float(CTC()([[1]], np.zeros((1, 2, 2)))), 4)
        0.2877

    Reference:
        Graves et al., 2006, Connectionist temporal classification, section 4.1.
    """

    rowwise = takes_indices = True
    reduction, name, dtype = closing("ctc")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``ctc``."""
        return ctc(y_true, y_pred)
