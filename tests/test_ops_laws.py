"""Laws of operations: inverse pairs, orders, sums, rows of their own; control inside programs; slopes."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import QUICK, in_one_program

from hornbeam import ops
from hornbeam.core.errors import ArgumentError
from hornbeam.core.frame import Frame
from hornbeam.core.variable import Variable
from hornbeam.graph.tensor import Input
from hornbeam.models import Model
from hornbeam.ops.operation import OPERATIONS

RNG = np.random.default_rng(11)
X = RNG.normal(size=(4, 6)).astype("float32")
CUBE = RNG.normal(size=(2, 4, 5)).astype("float32")
SQUARE = RNG.normal(size=(5, 5)).astype("float32")
POSITIVE = (SQUARE @ SQUARE.T + np.eye(5)).astype("float32")
IMAGES = RNG.normal(size=(2, 3, 6, 7)).astype("float32")  # (batch, channels, height, width)
SIGNAL = RNG.normal(size=(2, 40)).astype("float32")
BLOCKS = RNG.normal(size=(2, 4, 6, 8)).astype("float32")
# a matrix of condition 100 loses two of float32's seven digits, a transform one
CLOSE = {"rtol": 1e-4, "atol": 1e-4}


def pair(x):
    return (x, np.zeros_like(x))


# ---- one side of a law and the other: there and back again

INVERSES = {
    "exp, log": lambda: (ops.log(ops.exp(X)), X),
    "exp2, log2": lambda: (ops.log2(ops.exp2(X)), X),
    "expm1, log1p": lambda: (ops.log1p(ops.expm1(X)), X),
    "square, sqrt": lambda: (ops.sqrt(ops.square(X)), ops.abs(X)),
    "sin, arcsin": lambda: (ops.arcsin(ops.sin(X / 3)), X / 3),
    "cos, arccos": lambda: (ops.arccos(ops.cos(ops.abs(X) / 3)), np.abs(X) / 3),
    "tan, arctan": lambda: (ops.arctan(ops.tan(X / 3)), X / 3),
    "sinh, arcsinh": lambda: (ops.arcsinh(ops.sinh(X)), X),
    "tanh, arctanh": lambda: (ops.arctanh(ops.tanh(X / 3)), X / 3),
    "erf, erfinv": lambda: (ops.erfinv(ops.erf(X / 2)), X / 2),
    "deg2rad, rad2deg": lambda: (ops.rad2deg(ops.deg2rad(X)), X),
    "multiply, divide": lambda: (ops.divide(ops.multiply(X, 3.0), 3.0), X),
    "divmod": lambda: (ops.floor_divide(X, 0.3) * 0.3 + ops.mod(X, 0.3), X),
    "reshape": lambda: (ops.reshape(ops.reshape(X, (3, -1)), (4, 6)), X),
    "transpose": lambda: (ops.transpose(ops.transpose(CUBE, (2, 0, 1)), (1, 2, 0)), CUBE),
    "moveaxis": lambda: (ops.moveaxis(ops.moveaxis(CUBE, 0, 2), 2, 0), CUBE),
    "flip": lambda: (ops.flip(ops.flip(X)), X),
    "rot90": lambda: (ops.rot90(ops.rot90(X), k=3), X),
    "roll": lambda: (ops.roll(ops.roll(X, 5, axis=1), -5, axis=1), X),
    "split, concatenate": lambda: (ops.concatenate(ops.split(X, [1, 4], axis=1), axis=1), X),
    "unstack, stack": lambda: (ops.stack(ops.unstack(X, axis=1), axis=1), X),
    "expand_dims, squeeze": lambda: (ops.squeeze(ops.expand_dims(X, 1), 1), X),
    "cumsum, diff": lambda: (ops.diff(ops.cumsum(ops.pad(X, ((0, 0), (1, 0))), axis=1), axis=1), X),
    "argsort, take_along_axis": lambda: (ops.take_along_axis(X, ops.argsort(X), -1), ops.sort(X)),
    "argsort of argsort": lambda: (ops.take_along_axis(ops.sort(X), ops.argsort(ops.argsort(X)), -1), X),
    "one_hot, argmax": lambda: (ops.argmax(ops.one_hot([2, 0, 1], 3), -1), np.int32([2, 0, 1])),
    "view_as_complex, view_as_real": lambda: (ops.view_as_real(ops.view_as_complex(X[:, :2])), X[:, :2]),
    "polar, abs and angle": lambda: (ops.polar(ops.abs(z := ops.view_as_complex(X[:, :2])), ops.angle(z)), z),
    "fft2, ifft2": lambda: (ops.ifft2(ops.fft2(pair(CUBE)))[0], CUBE),
    "rfft, irfft": lambda: (ops.irfft(ops.rfft(SIGNAL)), SIGNAL),
    "rfft, irfft of odd length": lambda: (ops.irfft(ops.rfft(SIGNAL[:, :7]), fft_length=7), SIGNAL[:, :7]),
    "stft, istft": lambda: (ops.istft(ops.stft(SIGNAL, 8, 4, 8), 8, 4, 8), SIGNAL),
    "stft, istft, hamming, filled up": lambda: (
        ops.istft(ops.stft(SIGNAL, 6, 2, 8, "hamming"), 6, 2, 8, length=30, window="hamming"),
        SIGNAL[:, :30],
    ),
    "stft, istft without a window": lambda: (
        ops.istft(ops.stft(SIGNAL, 8, 4, 8, None, False), 8, 4, 8, None, None, False),
        SIGNAL,
    ),
    "space_to_depth": lambda: (ops.depth_to_space(ops.space_to_depth(BLOCKS, 2), 2), BLOCKS),
    "space_to_depth, channels first": lambda: (
        ops.space_to_depth(ops.depth_to_space(BLOCKS, 2, "channels_first"), 2, "channels_first"),
        BLOCKS,
    ),
    "rearrange": lambda: (ops.rearrange(ops.rearrange(CUBE, "a b c -> c (b a)"), "c (b a) -> a b c", a=2), CUBE),
    "inv": lambda: (ops.matmul(POSITIVE, ops.inv(POSITIVE)), np.eye(5)),
    "solve": lambda: (POSITIVE @ ops.solve(POSITIVE, X.T[:5]), X.T[:5]),
    "solve_triangular": lambda: (np.tril(POSITIVE) @ ops.solve_triangular(POSITIVE, X[0, :5], lower=True), X[0, :5]),
    "cholesky": lambda: ((lambda factor: factor @ factor.T)(ops.cholesky(POSITIVE)), POSITIVE),
    "cholesky_inverse": lambda: (ops.cholesky_inverse(ops.cholesky(POSITIVE, True), True) @ POSITIVE, np.eye(5)),
    "qr": lambda: (ops.matmul(*ops.qr(X)), X),
    "svd": lambda: ((lambda u, s, v: (u * s) @ v)(*ops.svd(X, full_matrices=False)), X),
    "eigh": lambda: ((lambda s, v: (v * s) @ v.T)(*ops.eigh(POSITIVE)), POSITIVE),
    "eig": lambda: ((lambda s, v: SQUARE @ v - v * s)(*ops.eig(SQUARE)), np.zeros((5, 5))),
    "pinv": lambda: (X @ ops.pinv(X) @ X, X),
    "lstsq": lambda: (X.T @ ops.lstsq(X.T, X.T @ X[:, :2]), X.T @ X[:, :2]),
    "det": lambda: (ops.log(ops.det(POSITIVE)), ops.logdet(POSITIVE)),
}

# f(2 x - y) = 2 f(x) - f(y)
LINEAR = {
    "matmul": lambda x: ops.matmul(x, SQUARE),
    "einsum": lambda x: ops.einsum("abc,cd->dab", x, SQUARE),
    "fft": lambda x: ops.fft(pair(x))[1],
    "stft": lambda x: ops.stft(ops.reshape(x, (2, 20)), 4, 2, 8)[0],
    "segment_sum": lambda x: ops.segment_sum(x, [1, 0], num_segments=3),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "extract_sequences": lambda x: ops.extract_sequences(x, 3, 2),
    "unfold": lambda x: ops.unfold(x[None], 2, padding=1),
    "fold": lambda x: ops.fold(ops.reshape(x, (1, 4, 10)), (3, 6), 2),
    "trapezoid": lambda x: ops.trapezoid(x),
    "scatter": lambda x: ops.scatter([[0, 1], [0, 1]], x[:, 0, 0], (2, 2)),
}
# <unfold x, y> = <x, fold y>
TRANSPOSED = [{}, {"stride": 2}, {"padding": (1, 2), "dilation": (2, 1)}]
# f(x shuffled) = f(x)
BLIND = ("sum", "mean", "var", "max", "min", "median", "logsumexp", "prod", "any", "count_nonzero", "norm", "sort")


def linear(function):
    other = np.cos(CUBE)
    return function(2 * CUBE - other), 2 * function(CUBE) - function(other)


def transposed(words):
    columns = ops.unfold(IMAGES, 2, **words)
    weights = np.resize(np.float32([1, -2, 0.5, 3, -1]), columns.shape)
    return ops.sum(columns * weights), ops.sum(IMAGES * ops.fold(weights, (6, 7), 2, **words))


def blind(name):
    function = getattr(ops, name)
    return function(X[:, [3, 1, 5, 0, 4, 2]], axis=1), function(X, axis=1)


def segments(name):
    data, ids = np.resize(X, (7, 2)), np.int32([2, 0, 2, 2, 0, 4, 4])
    groups = [getattr(np, name)(data[ids == group], axis=0) for group in (0, 2, 4)]
    return getattr(ops, f"segment_{name}")(data, ids, num_segments=5)[np.int32([0, 2, 4])], np.stack(groups)


def normalisations():
    shifted = (X * 5 + 1000).T
    mean, variance = ops.moments(shifted, [0])
    found = ops.batch_normalization(shifted, mean, variance, -1, epsilon=0.0)
    return ops.layer_normalization(shifted.T, epsilon=0.0).T, found


CROSSENTROPY = {
    "categorical": lambda: ops.categorical_crossentropy(HOT, ops.softmax(X[:, :3])),
    "categorical, from logits": lambda: ops.categorical_crossentropy(HOT, X[:, :3], from_logits=True),
    "sparse": lambda: ops.sparse_categorical_crossentropy(CLASSES, ops.softmax(X[:, :3])),
    "sparse, from logits": lambda: ops.sparse_categorical_crossentropy(CLASSES[:, None], X[:, :3], from_logits=True),
}
CLASSES = np.int32([0, 2, 1, 1])
HOT = np.eye(3, dtype="float32")[CLASSES]
SURPRISE = np.log(np.exp(X[:, :3]).sum(1)) - X[np.arange(4), CLASSES]

LAWS = {
    **{f"there and back: {name}": law for name, law in INVERSES.items()},
    **{f"linear: {name}": functools.partial(linear, function) for name, function in LINEAR.items()},
    **{f"fold is the transpose of unfold: {words}": functools.partial(transposed, words) for words in TRANSPOSED},
    **{f"order does not matter: {name}": functools.partial(blind, name) for name in BLIND},
    **{f"segments are groups: {name}": functools.partial(segments, name) for name in ("sum", "prod", "max", "min")},
    **{f"surprise: {name}": lambda found=found: (found(), SURPRISE) for name, found in CROSSENTROPY.items()},
    "surprise: binary, from logits": lambda: (
        ops.binary_crossentropy(HOT, X[:, :3], from_logits=True),
        ops.binary_crossentropy(HOT, ops.sigmoid(X[:, :3])),
    ),
    "batches and layers are normalised alike": normalisations,
    "normalised: mean 0": lambda: (ops.mean(normalisations()[1], axis=0), np.zeros(4)),
    "normalised: variance 1": lambda: (ops.var(normalisations()[1], axis=0), np.ones(4)),
    "normalised: root mean square 1": lambda: (
        ops.mean(ops.square(ops.rms_normalization(X, epsilon=0.0)), axis=1),
        np.ones(4),
    ),
    "normalised: length 1": lambda: (ops.norm(ops.normalize(X), axis=1), np.ones(4)),
    "decibels": lambda: (ops.psnr(X, X + 0.1, 1.0), 20.0),
    "decibels do not depend on the scale": lambda: (ops.psnr(10 * X, 10 * X + 1, 10.0), 20.0),
    "running sums in parallel": lambda: (ops.associative_scan(jnp.add, X), np.cumsum(X, axis=0)),
    "running maxima from behind": lambda: (
        ops.associative_scan(jnp.maximum, X, reverse=True, axis=1),
        np.maximum.accumulate(X[:, ::-1], 1)[:, ::-1],
    ),
    "map": lambda: (ops.map(lambda row: ops.sum(ops.square(row)), X), (X**2).sum(1)),
    "map over a pair": lambda: (ops.map(lambda two: two[0] * two[1], (X, X)), X * X),
    "vectorized_map": lambda: (ops.vectorized_map(lambda row: ops.sum(ops.square(row)), X), (X**2).sum(1)),
    "vectorize": lambda: (
        ops.vectorize(lambda row, scale: (row * row).sum() * scale, signature="(n),()->()")(X, np.float32(2)),
        2 * (X**2).sum(1),
    ),
    "jvp": lambda: (
        ops.jvp(lambda x, y: (ops.sum(x * y), x + y), (X, X / 2), (np.ones_like(X), np.zeros_like(X)), has_aux=True),
        ((X * X / 2).sum(), X.sum() / 2, X * 1.5),
    ),
    "a constant has no slope": lambda: (jax.grad(lambda x: ops.sum(ops.stop_gradient(x) ** 2))(X), 0 * X),
}


@functools.cache
def both_sides():
    return in_one_program(LAWS)


@pytest.mark.parametrize("name", LAWS)
def test_both_sides_of_the_law_are_equal(name):
    sides = both_sides()[name]
    if isinstance(sides, Exception):
        raise sides
    for found, wanted in zip(*map(jax.tree.leaves, sides), strict=True):
        np.testing.assert_allclose(found, wanted, **CLOSE)


def test_the_factors_of_a_matrix_give_it_back():
    lu, pivots = ops.lu_factor(SQUARE)
    product = np.array((np.tril(lu, -1) + np.eye(5)) @ np.triu(lu))
    for row in reversed(range(5)):
        product[[row, pivots[row]]] = product[[pivots[row], row]]
    np.testing.assert_allclose(product, SQUARE, **CLOSE)


# ---- rows, counts, casts

ROWWISE = [function for function in OPERATIONS.values() if getattr(function, "rowwise", False)]
WHOLE = ("bitwise", "shift", "gcd", "lcm")


def rows_of_all(x):
    """Every rowwise operation on x, beside further arguments made from it."""
    given = {
        "where": (x + 1, x - 1),
        "ldexp": (jnp.round(x).astype(jnp.int32),),
        "cast": ("float16",),
        "saturate_cast": ("int8",),
        "clip": (x - 1, x / 2),
    }
    found = {}
    for function in ROWWISE:
        name = function.__name__
        first = (x * 3).astype(jnp.int32) if any(word in name for word in WHOLE) else x
        needed = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
        found[name] = function(first, *given.get(name, (first + 1,) * (len(needed) - 1)))
    return found


def test_rowwise_operations_treat_each_row_alone():
    assert len(ROWWISE) > 90
    order = RNG.permutation(4)
    program = jax.jit(rows_of_all).lower(X).compile(compiler_options=QUICK)
    straight, shuffled = program(X), program(X[order])
    for name, result in straight.items():
        assert result.shape == X.shape, name
        np.testing.assert_array_equal(np.asarray(result)[order], shuffled[name], err_msg=name)


def test_rows_that_are_counted_apart_have_one_length():
    np.testing.assert_array_equal(ops.bincount([[0, 2], [1, 1]], minlength=2), [[1, 0, 1], [0, 2, 0]])


def test_repeats_may_differ_between_entries():
    np.testing.assert_array_equal(ops.repeat(X, [0, 2, 1, 0], axis=0), np.repeat(X, [0, 2, 1, 0], axis=0))


def test_moments_of_half_precision_do_not_overflow():
    x = np.full((4, 2), 300, "float16") * np.float16([1, -1])
    mean, variance = ops.moments(x, axes=[1])
    np.testing.assert_array_equal(mean, np.zeros(4))
    np.testing.assert_array_equal(variance, np.full(4, np.finfo("float16").max))


def test_casting_saturates():
    for kind in ("int8", "uint8", "int32", "float16", "bfloat16"):
        low, high = (np.iinfo(kind).min, np.iinfo(kind).max) if "int" in kind else (None, None)
        found = ops.saturate_cast(np.float32([-1e30, 0.0, 1e30]), kind)
        assert str(found.dtype) == kind
        if low is not None:  # float32 has no 2**31 - 1: the nearest below
            np.testing.assert_allclose(np.float64(found), [low, 0, high], rtol=1e-6)
        else:
            assert bool(jnp.isfinite(found).all())


# ---- control


def test_choices_and_loops_are_python_s_inside_a_program():
    @jax.jit
    def run(n, xs):
        doubled = ops.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, x * 2), (0, jnp.float32(1)))[1]
        bounded = ops.while_loop(lambda x: x < 1000, lambda x: x * 2, jnp.float32(1), maximum_iterations=3)
        total = ops.fori_loop(0, n, lambda i, value: value + xs[i], jnp.float32(0))
        state, sums = ops.scan(lambda carry, x: (carry + x, carry * x), jnp.float32(0), xs)
        backwards = ops.scan(lambda carry, x: (carry + x, carry), jnp.float32(0), xs, reverse=True)[1]
        counted = ops.scan(lambda carry, _: (carry + 1, carry), 0, length=3)[1]
        chosen = ops.switch(n - 4, [lambda x: x, lambda x: -x, lambda x: x * 10], xs)
        taken = ops.cond(n > 3, lambda: xs, lambda: -xs)
        return doubled, bounded, total, state, sums, backwards, counted, chosen, taken

    xs = np.float32([1, 2, 3, 4, 5])
    found = run(5, xs)
    running = np.cumsum(xs)
    wanted = [32, 8, 15, 15, np.append(0, running[:-1]) * xs, 15 - running, [0, 1, 2], -xs, xs]
    for array, value in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(array, value)


def test_loops_over_symbolic_tensors_are_nodes():
    x = Input((6,))
    state, sums = ops.scan(lambda total, row: (total + row, total.sum()), np.zeros(6, "float32"), x)
    chosen = ops.switch(1, [jnp.negative, jnp.square], x)
    assert (state.shape, sums.shape, chosen.shape) == ((6,), (None,), (None, 6))
    np.testing.assert_allclose(Model(x, chosen)(X), X**2, rtol=1e-6)


def test_a_wrong_unroll_is_told():
    with pytest.raises(ArgumentError, match="scan, unroll: expected a positive integer"):
        ops.scan(lambda state, x: (state, x), 0, X, unroll=0)


def test_variables_in_loops_are_read_where_they_stand():
    v = Variable(np.float32([1, 2]), name="v")
    with Frame({v: jnp.float32([10, 20])}):
        np.testing.assert_array_equal(ops.add(v, 1), [11, 21])
        np.testing.assert_array_equal(ops.fori_loop(0, 2, lambda _, x: x * 2, v), [40, 80])
        np.testing.assert_array_equal(ops.map(lambda x: x + 1, v), [11, 21])


# ---- slopes


def test_slopes_stay_finite_at_zero():
    zeros = np.zeros((2, 3), "float32")
    functions = {
        "normalize": ops.normalize,
        "divide_no_nan": lambda x: ops.divide_no_nan(1.0, x),
        "layer_normalization": ops.layer_normalization,
    }
    slopes = {name: jax.grad(lambda x, f=function: f(x).sum()) for name, function in functions.items()}
    for name, slope in in_one_program(slopes, zeros).items():
        assert np.isfinite(slope).all(), name


def test_a_slope_of_one_s_own_replaces_the_true_one():
    @ops.custom_gradient
    def clipped_exp(x):
        """exp with a slope of at most 1."""
        y = jnp.exp(x)
        return y, lambda upstream: upstream * jnp.minimum(y, 1.0)

    assert clipped_exp.__name__ == "clipped_exp"
    np.testing.assert_allclose(jax.grad(clipped_exp)(2.0), 1.0)
    np.testing.assert_allclose(clipped_exp(Variable(np.float32(0))), 1.0)
    assert clipped_exp(Input((3,))).shape == (None, 3)
