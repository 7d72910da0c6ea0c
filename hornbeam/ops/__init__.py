"""Operations: pure array mathematics in Keras's words, on arrays, Variables and symbolic tensors.

On symbolic tensors a call becomes a node of the graph. Activations live in ``hornbeam.activations`` and are found
here too. Images have a room of their own to come; attention and CTC are not here yet.
here too, those on images in ``hornbeam.ops.image``; convolutions, pooling, attention and CTC are not here yet.
here too. Images have a room of their own to come; convolutions, pooling and CTC are not here yet.
"""

from __future__ import annotations

import importlib
from typing import Any

from hornbeam.ops import (
    attention,
    blocks,
    control,
    convert,
    convolution,
    create,
    crossentropy,
    decompose,
    elementwise,
    fourier,
    layout,
    linear,
    order,
    pairwise,
    places,
    pooling,
    reduce,
    scaling,
)
from hornbeam.ops import moments as _file  # noqa: F401  (called like an operation: loaded first, the name stays free)
from hornbeam.ops.attention import *  # noqa: F403
from hornbeam.ops.blocks import *  # noqa: F403
from hornbeam.ops.control import *  # noqa: F403
from hornbeam.ops.convert import *  # noqa: F403
from hornbeam.ops.convolution import *  # noqa: F403
from hornbeam.ops.create import *  # noqa: F403
from hornbeam.ops.crossentropy import *  # noqa: F403
from hornbeam.ops.decompose import *  # noqa: F403
from hornbeam.ops.elementwise import *  # noqa: F403
from hornbeam.ops.fourier import *  # noqa: F403
from hornbeam.ops.layout import *  # noqa: F403
from hornbeam.ops.linear import *  # noqa: F403
from hornbeam.ops.operation import OPERATIONS
from hornbeam.ops.order import *  # noqa: F403
from hornbeam.ops.pairwise import *  # noqa: F403
from hornbeam.ops.places import *  # noqa: F403
from hornbeam.ops.pooling import *  # noqa: F403
from hornbeam.ops.reduce import *  # noqa: F403
from hornbeam.ops.scaling import *  # noqa: F403

for _name, _class in (
    ("batch_normalization", "BatchNorm"),
    ("layer_normalization", "LayerNorm"),
    ("rms_normalization", "RMSNorm"),
):
    OPERATIONS.alias(_class, OPERATIONS.get(_name))  # Keras's classes, which files name

# formulas that live in hornbeam.activations; fetched at first use, since that room stands above this one
_ACTIVATIONS = (
    "celu", "elu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu",
    "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
    "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
)  # fmt: skip

# faces of Keras's submodules
_MODULES = ("image", "linalg", "nn", "numpy")

# Keras has them, Hornbeam not yet: they come with the layers that need them
ABSENT = ("ctc_decode", "ctc_loss")

__all__ = [*_ACTIVATIONS, *_MODULES]
__all__ += attention.__all__
__all__ += blocks.__all__
__all__ += control.__all__
__all__ += convert.__all__
__all__ += convolution.__all__
__all__ += create.__all__
__all__ += crossentropy.__all__
__all__ += decompose.__all__
__all__ += elementwise.__all__
__all__ += fourier.__all__
__all__ += layout.__all__
__all__ += linear.__all__
__all__ += order.__all__
__all__ += pairwise.__all__
__all__ += places.__all__
__all__ += pooling.__all__
__all__ += reduce.__all__
__all__ += scaling.__all__


def __getattr__(name: str) -> Any:
    if name in _ACTIVATIONS:
        value = getattr(importlib.import_module("hornbeam.activations"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"hornbeam.ops.{name}")
    if name in ABSENT:
        raise AttributeError(f"hornbeam.ops has no {name!r} yet: use the layer that needs it, or jax.lax")
    raise AttributeError(f"module 'hornbeam.ops' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
