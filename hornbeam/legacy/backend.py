"""``keras.backend``: the functions of K, over today's operations. They take arrays, Variables and symbolic tensors."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from hornbeam import activations, config, initializers, ops, random
from hornbeam.activations import hard_sigmoid_of_keras_2 as hard_sigmoid  # noqa: F401
from hornbeam.backend import (  # noqa: F401
    backend,
    epsilon,
    floatx,
    get_uid,
    image_data_format,
    is_keras_tensor,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    standardize_dtype,
)
from hornbeam.core import frame
from hornbeam.core.errors import ArgumentError
from hornbeam.core.naming import reset_names as reset_uids  # noqa: F401  (a name of K)
from hornbeam.core.symbolic import recordable
from hornbeam.core.variable import Variable
from hornbeam.graph.tensor import Input, SymbolicTensor
from hornbeam.legacy.graphs import function, gradients, learning_phase, set_learning_phase  # noqa: F401
from hornbeam.models import clear_session as _clear_session

# the same under the same name
abs, all, any, arange, argmax = ops.abs, ops.all, ops.any, ops.arange, ops.argmax
argmin, clip, cos, cumprod, cumsum = ops.argmin, ops.clip, ops.cos, ops.cumprod, ops.cumsum
dot, equal, exp, eye, greater = ops.dot, ops.equal, ops.exp, ops.eye, ops.greater
greater_equal, less, less_equal, log, logsumexp = ops.greater_equal, ops.less, ops.less_equal, ops.log, ops.logsumexp
max, maximum, mean, min, minimum = ops.max, ops.maximum, ops.mean, ops.min, ops.minimum
not_equal, ones_like, prod, round, sign = ops.not_equal, ops.ones_like, ops.prod, ops.round, ops.sign
sin, square, stack, std, stop_gradient = ops.sin, ops.square, ops.stack, ops.std, ops.stop_gradient
sum, tile, var, zeros_like = ops.sum, ops.tile, ops.var, ops.zeros_like

# -- numbers and settings --------------------------------------------------------------------------------------------


def cast_to_floatx(x: Any) -> Any:
    """The array in the configuration's float type."""
    return np.asarray(x, dtype=config.floatx())


def image_dim_ordering() -> str:
    """``"tf"`` or ``"th"``: Keras 1's words for channels last and first."""
    return "tf" if config.image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Sets the data format in Keras 1's words, ``"tf"`` or ``"th"``."""
    if dim_ordering not in ("tf", "th"):
        raise ArgumentError("set_image_dim_ordering", "'tf' or 'th'", repr(dim_ordering), "Write 'tf'.")
    config.set_image_data_format("channels_last" if dim_ordering == "tf" else "channels_first")


def _accepted(*args: Any, **kwargs: Any) -> None:
    """Nothing: there are no sessions and no graphs to set."""


set_session = manual_variable_initialization = _accepted


class get_session:
    """A session that there is not: its ``run`` gives the values of Variables."""

    graph = None

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        """Values of Variables and arrays."""
        return jax.tree.map(np.asarray, fetches, is_leaf=lambda leaf: isinstance(leaf, Variable))


def clear_session() -> None:
    """Starts automatic names anew."""
    _clear_session()


@contextlib.contextmanager
def name_scope(name: str, *args: Any) -> Iterator[None]:
    """Nothing: names of tensors are their layers'."""
    yield


# -- variables -------------------------------------------------------------------------------------------------------


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A Variable with this first value."""
    made = Variable(np.asarray(value, dtype or config.floatx()), name=name or "variable")
    made.constraint = constraint
    return made


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """An array, filled with one number when a shape is given."""
    array = np.asarray(value, dtype or config.floatx())
    return jnp.asarray(array if shape is None else np.broadcast_to(array, shape))


def placeholder(shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False, name: Any = None):
    """A symbolic tensor, of a shape that includes the batch axis."""
    if shape is None:
        if ndim is None:
            raise ArgumentError("K.placeholder", "a shape, or ndim", "neither", "Write K.placeholder((None, 3)).")
        shape = (None,) * ndim
    return Input(batch_shape=tuple(shape), dtype=dtype, name=name)


def get_value(x: Any) -> np.ndarray:
    """The array of a Variable."""
    return np.asarray(x)


eval = get_value


def batch_get_value(tensors: Any) -> list[np.ndarray]:
    """The arrays of Variables."""
    return [get_value(tensor) for tensor in tensors]


def set_value(x: Any, value: Any) -> None:
    """Sets a Variable, such as ``model.optimizer.lr``."""
    x.assign(value)


def batch_set_value(tuples: Any) -> None:
    """Sets Variables, from pairs of one and its new array."""
    for x, value in tuples:
        set_value(x, value)


def update(x: Variable, new_x: Any) -> Variable:
    """Sets a Variable and returns it."""
    return x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Variable:
    """Adds to a Variable and returns it."""
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: Any) -> Variable:
    """Subtracts from a Variable and returns it."""
    return x.assign_sub(decrement)


# -- shapes ----------------------------------------------------------------------------------------------------------


def int_shape(x: Any) -> tuple[int | None, ...]:
    """The shape, None for unknown lengths."""
    return tuple(x.shape)


def shape(x: Any) -> Any:
    """The shape: of a symbolic tensor as it is known."""
    return tuple(x.shape)


def ndim(x: Any) -> int:
    """Number of axes."""
    return len(x.shape)


def dtype(x: Any) -> str:
    """Name of the number type."""
    return str(x.dtype)


def count_params(x: Any) -> int:
    """Number of entries."""
    return int(np.prod(x.shape))


def is_sparse(tensor: Any) -> bool:
    """False: tensors are dense."""
    return False


def cast(x: Any, dtype: Any) -> Any:
    """The numbers in another type."""
    return ops.cast(x, dtype)


def reshape(x: Any, shape: Any) -> Any:
    """The entries in another shape; -1 and None are found."""
    return ops.reshape(x, tuple(-1 if length is None else length for length in shape))


def permute_dimensions(x: Any, pattern: Any) -> Any:
    """The axes in another order."""
    return ops.transpose(x, tuple(pattern))


def transpose(x: Any) -> Any:
    """The axes in the reverse order."""
    return ops.transpose(x)


def expand_dims(x: Any, axis: int = -1) -> Any:
    """With one more axis, of length 1."""
    return ops.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Any:
    """Without an axis of length 1."""
    return ops.squeeze(x, axis)


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """End to end along an axis."""
    return ops.concatenate(list(tensors), axis)


def flatten(x: Any) -> Any:
    """All entries along one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x: Any) -> Any:
    """The entries of each row along one axis."""
    return ops.reshape(x, (-1, int(np.prod(x.shape[1:]))))


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Each entry along an axis several times."""
    return ops.repeat(x, rep, axis)


def repeat(x: Any, n: int) -> Any:
    """``(batch, features) -> (batch, n, features)``."""
    return ops.repeat(ops.expand_dims(x, 1), n, 1)


def reverse(x: Any, axes: Any) -> Any:
    """Turned round along axes."""
    return ops.flip(x, axes)


def gather(reference: Any, indices: Any) -> Any:
    """Rows by their numbers."""
    return ops.take(reference, ops.cast(indices, "int32"), 0)


def one_hot(indices: Any, num_classes: int) -> Any:
    """A row of 0 and one 1 for each class number."""
    return ops.one_hot(indices, num_classes)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Zeros before and after axis 1."""
    return ops.pad(x, ((0, 0), tuple(padding), (0, 0)))


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: Any = None) -> Any:
    """Zeros around images."""
    around = tuple(tuple(side) for side in padding)
    first = (data_format or config.image_data_format()) == "channels_first"
    return ops.pad(x, ((0, 0), (0, 0), *around) if first else ((0, 0), *around, (0, 0)))


# -- making ----------------------------------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A Variable of zeros."""
    return variable(np.zeros(shape), dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """A Variable of ones."""
    return variable(np.ones(shape), dtype, name)


def random_uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers drawn evenly between two."""
    return random.uniform(tuple(shape), minval, maxval, dtype, seed)


def random_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers drawn from a normal distribution."""
    return random.normal(_lengths(shape), mean, stddev, dtype, seed)


def truncated_normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normal numbers, none farther than two deviations from the mean."""
    return random.truncated_normal(_lengths(shape), mean, stddev, dtype, seed)


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> Any:
    """1 with probability p, else 0."""
    return ops.cast(random.uniform(_lengths(shape), seed=seed) < p, dtype or config.floatx())


random_bernoulli = random_binomial


def random_uniform_variable(shape: Any, low: float, high: float, dtype: Any = None, name: Any = None, seed: Any = None):
    """A Variable of numbers drawn evenly."""
    return variable(initializers.RandomUniform(low, high, seed=seed)(tuple(shape)), dtype, name)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: Any = None, seed: Any = None
):
    """A Variable of normal numbers."""
    return variable(initializers.RandomNormal(mean, scale, seed=seed)(tuple(shape)), dtype, name)


def _lengths(shape: Any) -> tuple[int, ...]:
    return tuple(int(length) for length in shape)


# -- arithmetic ------------------------------------------------------------------------------------------------------


def sqrt(x: Any) -> Any:
    """The root; of negative numbers 0."""
    return ops.sqrt(ops.maximum(x, 0.0))


def pow(x: Any, a: Any) -> Any:
    """x to the power a."""
    return ops.power(x, a)


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Products of the rows of two batches, summed along an axis of each; the last of x and the last but one of y."""
    if axes is None:
        axes = (len(x.shape) - 1, 1 if len(y.shape) == 2 else len(y.shape) - 2)
    one, two = (axes, axes) if isinstance(axes, int) else axes
    letters = "abcdefghijklmnop"
    left = "z" + letters[: len(x.shape) - 1]
    right = "z" + letters[8 : 8 + len(y.shape) - 1]
    right = right[:two] + left[one] + right[two + 1 :]
    kept = [name for name in left[1:] if name != left[one]] + [name for name in right[1:] if name != left[one]]
    product = ops.einsum(f"{left},{right}->z{''.join(kept)}", x, y)
    return ops.expand_dims(product, 1) if not kept else product


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """Brought to length 1 along an axis."""
    return x / ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), 1e-12))


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target is among the k largest predictions."""
    return ops.in_top_k(targets, predictions, k)


def bias_add(x: Any, bias: Any, data_format: Any = None) -> Any:
    """A number added to each channel."""
    first = (data_format or config.image_data_format()) == "channels_first" and len(x.shape) > 2
    return x + ops.reshape(bias, (1, -1) + (1,) * (len(x.shape) - 2) if first else (1,) * (len(x.shape) - 1) + (-1,))


# -- activations and losses ------------------------------------------------------------------------------------------


def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """``x`` above 0, ``alpha · x`` below, at most ``max_value``."""
    return activations.relu(x, alpha, max_value, threshold)


elu, softmax, softplus = activations.elu, activations.softmax, activations.softplus
softsign, sigmoid, tanh = activations.softsign, activations.sigmoid, activations.tanh


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """A share of the entries set to 0, the others made larger."""
    return recordable(functools.partial(_dropped, level=level, noise_shape=noise_shape, seed=seed))(x)


def _dropped(x: Any, level: float, noise_shape: Any, seed: Any) -> Any:
    return random.dropout(x, level, noise_shape, seed)


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """The crossentropy of rows of probabilities."""
    return ops.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """The crossentropy of class numbers."""
    return ops.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The crossentropy of single probabilities."""
    return ops.binary_crossentropy(target, output, from_logits=from_logits)


@recordable
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """``-log P(labels | probabilities)`` of each row, ``(batch, 1)``; the blank is the last class.

    Args:
        y_true: class numbers, ``(batch, labels)``.
        y_pred: probabilities, ``(batch, time, classes)``.
        input_length, label_length: how many steps and labels of each row count, ``(batch, 1)``.
    """
    y_true, y_pred = jnp.asarray(y_true, "int32"), jnp.asarray(y_pred)
    steps = jnp.arange(y_pred.shape[1])[None] >= jnp.asarray(input_length, "int32")
    labels = jnp.arange(y_true.shape[1])[None] >= jnp.asarray(label_length, "int32")
    logits = jnp.log(jnp.maximum(y_pred, 1e-7))
    cost = optax.ctc_loss(
        logits, steps.astype(y_pred.dtype), y_true, labels.astype(y_pred.dtype), blank_id=y_pred.shape[-1] - 1
    )
    return cost[:, None]


# -- training or not -------------------------------------------------------------------------------------------------


def _trains(training: Any) -> bool:
    if training is not None:
        return bool(training)
    active = frame.current()
    return bool(learning_phase()) if active is None or active.training is None else bool(active.training)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """x in training, alt otherwise; either may be a function that gives it."""
    chosen = x if _trains(training) else alt
    return chosen() if callable(chosen) and not isinstance(chosen, (SymbolicTensor, Variable, jax.Array)) else chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """alt in training, x otherwise."""
    return in_train_phase(alt, x, training)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two by a condition; either may be a function that gives it."""
    one, two = (value() if callable(value) else value for value in (then_expression, else_expression))
    return ops.where(condition, one, two)


def map_fn(fn: Any, elems: Any, name: Any = None, dtype: Any = None) -> Any:
    """A function of each row."""
    return ops.map(fn, elems)


def foldl(fn: Any, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """A function of what came before and each row, from the first on."""
    rows = list(elems)
    return functools.reduce(fn, rows) if initializer is None else functools.reduce(fn, rows, initializer)


def foldr(fn: Any, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """A function of what came after and each row, from the last on."""
    return foldl(fn, list(elems)[::-1], initializer)
