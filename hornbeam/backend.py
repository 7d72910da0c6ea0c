"""The names of ``keras.backend`` that today's Keras has; older ones belong to the legacy entrance."""

from hornbeam.config import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from hornbeam.core.dtypes import standardize as standardize_dtype
from hornbeam.core.naming import unique_name as get_uid
from hornbeam.graph.tensor import is_keras_tensor
from hornbeam.models import clear_session


def backend() -> str:
    """The engine's name: ``"jax"``."""
    return "jax"


__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_keras_tensor",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
