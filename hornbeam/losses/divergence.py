"""Losses for rates and distributions: Poisson and Kullback-Leibler."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.dtypes import epsilon
from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, Loss, closing
from hornbeam.losses.regression import Averaged
from hornbeam.losses.shapes import pair


@LOSSES.add()
@recordable
def poisson(y_true, y_pred):
    """Poisson loss for counts: ``mean(y_pred - y_true · log(y_pred + ε))``.

    It is -log of the Poisson probability of the counts, without the term that holds targets only.

    Args:
        y_true: counts.
        y_pred: expected counts, at least 0.

    Shapes:
        ``(batch, …, features), (batch, …, features) -> (batch, …)``

    Example:
        >>> round(float(poisson([[2.0]], [[1.0]])[0]), 3)
        1.0
    """
    y_true, y_pred = pair("poisson", y_true, y_pred)
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + epsilon()), axis=-1)


@LOSSES.add("kld", "KLD")
@recordable
def kl_divergence(y_true, y_pred):
    """Kullback-Leibler divergence: ``Σ y_true · log(y_true / y_pred)`` over the last axis.

    Args:
        y_true: probabilities; below ε = 1e-7 they count as ε, above 1 as 1.
        y_pred: probabilities, likewise.

    Shapes:
        ``(batch, …, classes), (batch, …, classes) -> (batch, …)``

    Example:
        >>> round(float(kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])[0]), 4)
        0.1438

    Reference:
        Kullback & Leibler, 1951, On information and sufficiency.
    """
    y_true, y_pred = pair("kl_divergence", y_true, y_pred)
    y_true, y_pred = jnp.clip(y_true, epsilon(), 1.0), jnp.clip(y_pred, epsilon(), 1.0)
    return jnp.sum(y_true * jnp.log(y_true / y_pred), axis=-1)


@LOSSES.add()
class Poisson(Averaged):
    """Poisson loss for counts: ``mean(y_pred - y_true · log(y_pred + 1e-7))``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, features)``.

    Example:
        >>> round(float(Poisson()([[2.0]], [[1.0]])), 3)
        1.0
    """

    reduction, name, dtype = closing("poisson")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``poisson``."""
        return poisson(y_true, y_pred)


@LOSSES.add()
class KLDivergence(Loss):
    """Kullback-Leibler divergence: ``Σ y_true · log(y_true / y_pred)``.

    Args:
        reduction, name, dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …, classes)``.

    Example:
        >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
        0.1438
    """

    rowwise = True
    reduction, name, dtype = closing("kl_divergence")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``kl_divergence``."""
        return kl_divergence(y_true, y_pred)
