"""Nodes for products and convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.export.arithmetic import like
from hornbeam.export.builder import Builder, Handler, carried
from hornbeam.export.layout import padded
from hornbeam.export.program import Step, Varying

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _product(b: Builder, step: Step, names: Sequence[str]) -> str:
    """``dot_general``: a MatMul where one axis is summed and one stays on each side, an Einsum otherwise."""
    (sums_x, sums_y), (batch_x, batch_y) = step.params["dimension_numbers"]
    rank_x, rank_y = (len(each.shape) for each in step.inputs)
    names = [
        name if carried(each.dtype) == carried(step.outputs[0].dtype) else b.cast(name, step.outputs[0].dtype)
        for name, each in zip(names, step.inputs, strict=True)
    ]
    free_x = [axis for axis in range(rank_x) if axis not in (*sums_x, *batch_x)]
    free_y = [axis for axis in range(rank_y) if axis not in (*sums_y, *batch_y)]
    if len(sums_x) == 1 and len(free_y) == 1 and (not batch_x or len(free_x) == 1):
        x = b.transposed(names[0], [*batch_x, *free_x, *sums_x])
        y = b.transposed(names[1], [*batch_y, *sums_y, *free_y])
        return b.node("MatMul", x, y)
    letters = iter(_LETTERS)
    of_x: dict[int, str] = {axis: next(letters) for axis in range(rank_x)}
    of_y = {axis: of_x[other] for axis, other in zip((*batch_y, *sums_y), (*batch_x, *sums_x), strict=True)}
    of_y.update({axis: next(letters) for axis in free_y})
    output = [of_x[axis] for axis in (*batch_x, *free_x)] + [of_y[axis] for axis in free_y]
    words = ["".join(of[axis] for axis in range(rank)) for of, rank in ((of_x, rank_x), (of_y, rank_y))]
    return b.node("Einsum", *names, equation=f"{words[0]},{words[1]}->{''.join(output)}")


def _convolution(b: Builder, step: Step, names: Sequence[str]) -> str:
    """``conv_general_dilated``: Conv over axes in ONNX's order, batch and channels first.

    What spreads the input's entries (``lhs_dilation``) becomes zeros between them.
    """
    params = step.params
    of_x, of_kernel, of_output = (list(each) for each in params["dimension_numbers"])
    if params["batch_group_count"] != 1:
        raise b.refusal(step, "with one group of the batch")
    lengths = [step.inputs[0].shape[axis] for axis in of_x]
    pads: list[list[Any]] = [list(each) for each in params["padding"]]
    if any(isinstance(each, Varying) for pair in pads for each in pair):
        raise b.refusal(step, "whose padding is the same at any length (give the input's unknown axes a length)")
    x, kernel = b.transposed(names[0], of_x), b.transposed(names[1], of_kernel)
    spreads = [int(each) - 1 for each in params["lhs_dilation"]]
    cut = [[min(low, 0), min(high, 0)] for low, high in pads]
    if any(spreads) or any(map(any, cut)):
        if any(spread and isinstance(d, Varying) for spread, d in zip(spreads, lengths[2:], strict=True)):
            raise b.refusal(step, "that put nothing between entries along an unknown length")
        edges = [(0, 0, 0)] * 2 + [(*pair, spread) for pair, spread in zip(cut, spreads, strict=True)]
        x = padded(b, x, like(b, step, 0.0), edges, lengths)
    pads = [[max(low, 0), max(high, 0)] for low, high in pads]
    made = b.node(
        "Conv", x, kernel,
        strides=[int(each) for each in params["window_strides"]],
        pads=[low for low, _ in pads] + [high for _, high in pads],
        dilations=[int(each) for each in params["rhs_dilation"]],
        group=int(params["feature_group_count"]),
    )  # fmt: skip
    return b.transposed(made, np.argsort(of_output).tolist())


LINEAR: dict[str, Handler] = {"dot_general": _product, "conv_general_dilated": _convolution}
