"""The names of ``keras.backend`` that today's Keras has; older ones belong to the legacy entrance."""

from hornbeam.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from hornbeam.core.dtypes import is_float as is_float_dtype
from hornbeam.core.dtypes import is_integer as is_int_dtype
from hornbeam.core.dtypes import result_type
from hornbeam.core.dtypes import standardize as standardize_dtype
from hornbeam.core.naming import unique_name as get_uid
from hornbeam.graph.tensor import is_keras_tensor
from hornbeam.models import clear_session

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_uid",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]
