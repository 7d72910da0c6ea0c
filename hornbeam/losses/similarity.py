"""Losses for embeddings: the circle loss."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, Loss, closing
from hornbeam.losses.shapes import floats, whole


@LOSSES.add()
@recordable
def circle(y_true, y_pred, ref_labels=None, ref_embeddings=None, remove_diagonal=True, gamma=80, margin=0.4):
    """Circle loss: embeddings of one class come close, those of others go apart.

    With distances ``d_ij = max(1 - e_i · r_j, 0)`` between embeddings e and references r, for each i:
    ``softplus(log Σ_same exp(γ (d + m) (d - m)) + log Σ_other exp(γ (1 + m - d)₊ (1 - m - d)))``, m the margin.

    Args:
        y_true: class indices.
        y_pred: embeddings of length 1.
        ref_labels: class indices of the references; None takes y_true.
        ref_embeddings: the references; None takes y_pred.
        remove_diagonal: whether embedding i is not compared with reference i, which is itself.
        gamma: γ, the scale.
        margin: m, how much slack a pair is given.

    Shapes:
        ``(batch,), (batch, features) -> (batch,)``

    Example:
        >>> circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).tolist()[2]  # class 1 has nothing to compare with
        0.0

    Reference:
        Sun et al., 2020, Circle loss: a unified perspective of pair similarity optimization, eq. 6.
    """
    return _circle(y_true, y_pred, ref_labels, ref_embeddings, remove_diagonal, gamma, margin, None)


def _circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any,
    ref_embeddings: Any,
    remove_diagonal: bool,
    gamma: float,
    margin: float,
    present: jax.Array | None,
) -> jax.Array:
    y_true, y_pred = whole(y_true).reshape(-1), floats(y_pred)
    labels = y_true if ref_labels is None else whole(ref_labels).reshape(-1)
    references = y_pred if ref_embeddings is None else floats(ref_embeddings)
    same = y_true[:, None] == labels[None, :]  # (batch, references)
    other = ~same
    if remove_diagonal:
        same = same & ~jnp.eye(same.shape[0], same.shape[1], dtype=bool)
    if present is not None and ref_labels is None:
        same, other = same & present[None, :], other & present[None, :]
    distance = jnp.maximum(1 - y_pred @ references.T, 0)
    close = _log_sum(gamma * jnp.maximum(distance + margin, 0) * (distance - margin), same)
    apart = _log_sum(gamma * jnp.maximum(1 + margin - distance, 0) * (1 - margin - distance), other)
    return jax.nn.softplus(close + apart)


def _log_sum(terms: jax.Array, chosen: jax.Array) -> jax.Array:
    """log Σ exp over the chosen terms of each row; about -10³⁸ where there are none."""
    return jax.nn.logsumexp(jnp.where(chosen, terms, jnp.finfo(terms.dtype).min), axis=1)


@LOSSES.add()
class Circle(Loss):
    """Circle loss over all pairs of a batch: embeddings of one class come close, those of others go apart.

    The mean runs over the embeddings whose loss is above 0, as far as ``reduction`` is a mean.

    Args:
        gamma: the scale.
        margin: how much slack a pair is given.
        remove_diagonal: whether an embedding is not compared with itself.
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true class indices ``(batch,)``, y_pred embeddings of length 1 ``(batch, features)``.

    Example:
        >>> far = Circle()([0, 0, 1, 1], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
        >>> near = Circle()([0, 0, 1, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
        >>> bool(far > 100 > 1 > near)
        True

    Reference:
        Sun et al., 2020, Circle loss: a unified perspective of pair similarity optimization, eq. 6.
    """

    takes_indices = True
    gamma = field(80.0, convert=number())
    margin = field(0.4, convert=number())
    remove_diagonal = field(True)
    reduction, name, dtype = closing("circle")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``circle``."""
        return circle(y_true, y_pred, remove_diagonal=self.remove_diagonal, gamma=self.gamma, margin=self.margin)

    def counted(self, y_true: Any, values: Any) -> Any:
        """Embeddings that still have something to learn."""
        return values > 0

    def _values(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        return _circle(y_true, y_pred, None, None, self.remove_diagonal, self.gamma, self.margin, mask)
