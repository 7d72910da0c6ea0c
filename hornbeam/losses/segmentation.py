"""Losses of overlap, for masks of pixels: Dice and Tversky."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornbeam.core.checks import number
from hornbeam.core.config import field
from hornbeam.core.dtypes import epsilon
from hornbeam.core.symbolic import recordable
from hornbeam.losses.loss import LOSSES, Loss, closing
from hornbeam.losses.shapes import pair


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


@LOSSES.add()
@recordable
def dice(y_true, y_pred, axis=None):
    """One minus the Dice coefficient: ``1 - (2 Σ t p + ε) / (Σ t + Σ p + ε)``.

    Args:
        y_true: pixels t, 0 or 1.
        y_pred: probabilities p.
        axis: the axes to sum over; None sums over all, the batch included.

    Shapes:
        ``(batch, …), (batch, …) -> ()``; with axes, without these.

    Example:
        >>> round(float(dice([[1.0, 0.0]], [[1.0, 1.0]])), 4)  # 1 - 2/3
        0.3333

    Reference:
        Milletari et al., 2016, V-Net: fully convolutional neural networks for volumetric medical image segmentation.
    """
    y_true, y_pred = pair("dice", y_true, y_pred)
    both = jnp.sum(y_true * y_pred, axis=_axes(axis))
    either = jnp.sum(y_true, axis=_axes(axis)) + jnp.sum(y_pred, axis=_axes(axis))
    return 1 - (2 * both + epsilon()) / (either + epsilon())


@LOSSES.add()
@recordable
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """One minus the Tversky index: ``1 - (Σ t p + ε) / (Σ t p + α Σ t (1 - p) + β Σ (1 - t) p + ε)``.

    Args:
        y_true: pixels t, 0 or 1.
        y_pred: probabilities p.
        alpha: α, the weight of false negatives, t without p.
        beta: β, the weight of false positives, p without t. ``α = β = 0.5`` gives the Dice loss.
        axis: the axes to sum over; None sums over all, the batch included.

    Shapes:
        ``(batch, …), (batch, …) -> ()``; with axes, without these.

    Example:
        >>> round(float(tversky([[1.0, 0.0]], [[1.0, 1.0]], beta=1.0)), 4)
        0.5

    Reference:
        Salehi et al., 2017, Tversky loss function for image segmentation using 3D fully convolutional deep networks;
        the paper has α at the false positives. Keras says so too, but computes what stands here.
    """
    y_true, y_pred = pair("tversky", y_true, y_pred)
    both = jnp.sum(y_true * y_pred, axis=_axes(axis))
    missed = jnp.sum(y_true * (1 - y_pred), axis=_axes(axis))
    extra = jnp.sum((1 - y_true) * y_pred, axis=_axes(axis))
    return 1 - (both + epsilon()) / (both + alpha * missed + beta * extra + epsilon())


class _Overlap(Loss):
    harmless = 0.0  # a row of zeros, in target and prediction, adds nothing to any of the sums
    axis: Any

    def _ready(self) -> None:
        super()._ready()
        axes = _axes(self.axis)
        self.rowwise = axes is not None and 0 not in (axes if isinstance(axes, tuple) else (axes,))


@LOSSES.add()
class Dice(_Overlap):
    """One minus the Dice coefficient: ``1 - (2 Σ t p + ε) / (Σ t + Σ p + ε)``.

    Args:
        reduction, name: as for ``Loss``.
        axis: the axes to sum over; None sums over all, the batch included.
        dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …)``.

    Example:
        >>> round(float(Dice()([[1.0, 0.0]], [[1.0, 1.0]])), 4)
        0.3333

    Reference:
        Milletari et al., 2016, V-Net: fully convolutional neural networks for volumetric medical image segmentation.
    """

    reduction, name = closing("dice")[:2]
    axis = field(None)
    dtype = closing(None)[2]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``dice``."""
        return dice(y_true, y_pred, self.axis)


@LOSSES.add()
class Tversky(_Overlap):
    """One minus the Tversky index: ``1 - (Σ t p + ε) / (Σ t p + α Σ t (1 - p) + β Σ (1 - t) p + ε)``.

    Args:
        alpha: α, the weight of false negatives, t without p.
        beta: β, the weight of false positives, p without t.
        reduction, name: as for ``Loss``.
        axis: the axes to sum over; None sums over all, the batch included.
        dtype: as for ``Loss``.

    Shapes:
        y_true and y_pred ``(batch, …)``.

    Example:
        >>> round(float(Tversky(beta=1.0)([[1.0, 0.0]], [[1.0, 1.0]])), 4)
        0.5

    Reference:
        Salehi et al., 2017, Tversky loss function for image segmentation using 3D fully convolutional deep networks;
        the paper has α at the false positives. Keras says so too, but computes what stands here.
    """

    alpha = field(0.5, convert=number())
    beta = field(0.5, convert=number())
    reduction, name = closing("tversky")[:2]
    axis = field(None)
    dtype = closing(None)[2]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``tversky``."""
        return tversky(y_true, y_pred, self.alpha, self.beta, self.axis)
