"""TensorFlow's functions of tensors, as far as lessons on Keras use them, over today's operations.

What they give outside of models is NumPy's array with ``numpy()``, as TensorFlow's tensors have it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam import activations, ops
from hornbeam.core.symbolic import Symbolic
from hornbeam.core.variable import Variable as _Variable
from hornbeam.data.hostarray import shown

_DTYPES = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    "bfloat16",
)


def shown_result(value: Any) -> Any:
    """An array that is there as NumPy's with ``numpy()``; traced and symbolic ones as they are."""
    if isinstance(value, jax.core.Tracer) or not isinstance(value, (jax.Array, np.ndarray, np.generic)):
        return value
    return shown(np.asarray(value))


def tensor_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the result as TensorFlow's users expect it."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("name", None)
        return shown_result(function(*args, **kwargs))

    return call


@tensor_function
def constant(value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """An array."""
    array = np.asarray(value, dtype or _type_of(value))
    return array if shape is None else np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)


def _type_of(value: Any) -> Any:
    """TensorFlow's types for Python's numbers: 32 bits."""
    if isinstance(value, (np.ndarray, jax.Array, np.generic)):
        return value.dtype
    kind = np.asarray(value).dtype.kind
    return {"f": "float32", "i": "int32"}.get(kind)


@tensor_function
def convert_to_tensor(value: Any, dtype: Any = None) -> Any:
    """An array; symbolic tensors as they are."""
    if isinstance(value, Symbolic):
        return value if dtype is None else ops.cast(value, dtype)
    return constant(np.asarray(value) if isinstance(value, _Variable) else value, dtype)


@tensor_function
def cast(x: Any, dtype: Any) -> Any:
    """The numbers in another type."""
    return ops.cast(x, dtype)


@tensor_function
def shape(x: Any) -> Any:
    """The shape; of a symbolic tensor as it is known."""
    return tuple(x.shape) if isinstance(x, Symbolic) else np.asarray(np.shape(x), "int32")


def _reducing(operation: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, **old: Any) -> Any:
        axis = old.get("reduction_indices", axis)
        axis = tuple(axis) if isinstance(axis, list) else axis
        return operation(input_tensor, axis=axis, keepdims=old.get("keep_dims", keepdims))

    reduce.__name__ = f"reduce_{operation.__name__}"
    return tensor_function(reduce)


reduce_mean, reduce_sum, reduce_prod = _reducing(ops.mean), _reducing(ops.sum), _reducing(ops.prod)
reduce_max, reduce_min, reduce_std = _reducing(ops.max), _reducing(ops.min), _reducing(ops.std)
reduce_variance, reduce_all, reduce_any = _reducing(ops.var), _reducing(ops.all), _reducing(ops.any)
reduce_logsumexp = _reducing(ops.logsumexp)


@tensor_function
def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    """The product of matrices."""
    a = ops.swapaxes(a, -1, -2) if transpose_a else a
    return ops.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b else b)


@tensor_function
def size(input: Any, out_type: Any = "int32") -> Any:
    """The number of entries."""
    return ops.cast(ops.size(input), out_type)


@tensor_function
def concat(values: Any, axis: int) -> Any:
    """End to end along an axis."""
    return ops.concatenate(list(values), axis)


@tensor_function
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any) -> Any:
    """Brought between two bounds."""
    return ops.clip(t, clip_value_min, clip_value_max)


@tensor_function
def argmax(input: Any, axis: int = 0, output_type: Any = "int64", **old: Any) -> Any:
    """Where the largest entry stands; along axis 0 unless another is given."""
    return ops.argmax(input, axis=old.get("dimension", axis))


@tensor_function
def argmin(input: Any, axis: int = 0, output_type: Any = "int64") -> Any:
    """Where the smallest entry stands."""
    return ops.argmin(input, axis=axis)


@tensor_function
def gather(params: Any, indices: Any, axis: int = 0) -> Any:
    """Entries by their numbers along an axis."""
    return ops.take(params, indices, axis)


@tensor_function
def one_hot(indices: Any, depth: int, dtype: Any = "float32") -> Any:
    """Rows of 0 and one 1."""
    return ops.one_hot(indices, depth, dtype=dtype)


@tensor_function
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """Brought to length 1 along an axis."""
    return x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), epsilon))


@tensor_function
def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1) -> Any:
    """The crossentropy of rows of logits."""
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


@tensor_function
def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any) -> Any:
    """The crossentropy of class numbers and logits."""
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


@tensor_function
def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any) -> Any:
    """The crossentropy of each entry."""
    return ops.maximum(logits, 0.0) - logits * labels + ops.log1p(ops.exp(-ops.abs(logits)))


def _plain(operation: Callable[..., Any]) -> Callable[..., Any]:
    return tensor_function(operation)


@tensor_function
def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = None) -> Any:
    """Numbers from a start to before a limit, or from 0 to before the start alone."""
    return ops.arange(0 if limit is None else start, start if limit is None else limit, delta, dtype)


abs, exp, log, log1p, sqrt, square = map(_plain, (ops.abs, ops.exp, ops.log, ops.log1p, ops.sqrt, ops.square))
add, subtract, multiply, divide = map(_plain, (ops.add, ops.subtract, ops.multiply, ops.divide))
maximum, minimum, pow, round, sign = map(_plain, (ops.maximum, ops.minimum, ops.power, ops.round, ops.sign))
sin, cos, floor, ceil = map(_plain, (ops.sin, ops.cos, ops.floor, ops.ceil))
equal, not_equal, greater, less = map(_plain, (ops.equal, ops.not_equal, ops.greater, ops.less))
greater_equal, less_equal = _plain(ops.greater_equal), _plain(ops.less_equal)
logical_and, logical_or, logical_not = map(_plain, (ops.logical_and, ops.logical_or, ops.logical_not))
reshape, transpose, stack, tile, where = map(_plain, (ops.reshape, ops.transpose, ops.stack, ops.tile, ops.where))
expand_dims, squeeze, pad, split = map(_plain, (ops.expand_dims, ops.squeeze, ops.pad, ops.split))
zeros, ones, eye, linspace = map(_plain, (ops.zeros, ops.ones, ops.eye, ops.linspace))
zeros_like, ones_like, cumsum, einsum = map(_plain, (ops.zeros_like, ops.ones_like, ops.cumsum, ops.einsum))
tensordot, top_k, erf = map(_plain, (ops.tensordot, ops.top_k, ops.erf))
relu, elu, softmax, sigmoid = map(_plain, (activations.relu, activations.elu, activations.softmax, activations.sigmoid))
tanh, softplus, selu, leaky_relu = map(
    _plain, (activations.tanh, activations.softplus, activations.selu, activations.leaky_relu)
)
