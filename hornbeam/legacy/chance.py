"""``tf.random``: TensorFlow's words for random numbers."""

from __future__ import annotations

from typing import Any

from hornbeam import random
from hornbeam.core.random import set_random_seed
from hornbeam.legacy.tensors import tensor_function


def set_seed(seed: int) -> None:
    """Makes a run repeatable."""
    set_random_seed(seed)


@tensor_function
def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = "float32", seed: Any = None) -> Any:
    """Normal numbers."""
    return random.normal(tuple(shape), mean, stddev, dtype, seed)


@tensor_function
def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = "float32", seed: Any = None
) -> Any:
    """Normal numbers, none farther than two deviations from the mean."""
    return random.truncated_normal(tuple(shape), mean, stddev, dtype, seed)


@tensor_function
def uniform(shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", seed: Any = None) -> Any:
    """Numbers drawn evenly, whole ones where the type says so."""
    if str(dtype).startswith("int"):
        return random.randint(tuple(shape), minval, maxval, dtype, seed)
    return random.uniform(tuple(shape), minval, 1.0 if maxval is None else maxval, dtype, seed)


@tensor_function
def shuffle(value: Any, seed: Any = None) -> Any:
    """Rows in another order."""
    return random.shuffle(value, 0, seed)


@tensor_function
def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Class numbers drawn by logits."""
    return random.categorical(logits, num_samples, "int32", seed)


random_normal, random_uniform = normal, uniform
