"""Activations: Keras's values and slopes, formulas in float64, and what each must obey."""

import functools
import inspect
import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from golden.writer import read

from hornbeam import activations
from hornbeam.activations import ACTIVATIONS
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.symbolic import Symbolic
from hornbeam.core.variable import Variable

CASES, ARRAYS = read("activations")
NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())["keras.activations"]
FUNCTIONS = [function.__name__ for function in ACTIVATIONS.values()]
NEEDED = {"threshold": (0.5, -1.0)}  # arguments without defaults
GRID = np.float32([-100, -30, -6, -3, -1.5, -1, -0.5, -0.01, 0, 0.01, 0.5, 1, 1.5, 3, 6, 80])

# Against Keras: both run JAX in float32, perhaps fused in another order: 8 units in the last place for
# values, ten times that for slopes, which are sums of products. Against NumPy in float64: float32 has
# seven digits, and a formula loses up to one of them by cancellation.
KERAS_VALUE = {"rtol": 1e-6, "atol": 1e-7}
KERAS_SLOPE = {"rtol": 1e-5, "atol": 1e-6}
FLOAT64 = {"rtol": 2e-6, "atol": 1e-6}


def function(name):
    found = getattr(activations, name)
    return (lambda x: found(x, *NEEDED[name])) if name in NEEDED else found


SPREAD = np.linspace(-20, 20, 10000, dtype=np.float32)
MIXING = {"softmax", "log_softmax", "sparsemax", "glu"}  # their numbers depend on one another


@functools.cache
def all_values():
    """Every activation on GRID and, where possible, SPREAD, in one program: compiling each would take long."""

    def run(grid, points):
        return {name: function(name)(grid if name in MIXING else points) for name in FUNCTIONS}

    return jax.jit(run)(GRID, np.concatenate([GRID, SPREAD]))


# ---- oracles


@functools.cache
def golden_found():
    """Value and slope of every golden case."""

    def run(inputs):
        found = {}
        for case in CASES:
            call = functools.partial(getattr(activations, case["object"]), **case["config"])
            value, pull_back = jax.vjp(call, inputs[case["input"]])
            cotangent = jnp.ones_like(value)
            if case["input"] == "rows":
                rows, columns = value.shape
                cotangent = jnp.asarray(ARRAYS[f"inputs/rows/cotangent_{rows}x{columns}"], jnp.float32)
            found[case["case"]] = value, pull_back(cotangent)[0]
        return found

    return jax.jit(run)({name: ARRAYS[f"inputs/{name}/x"] for name in ("grid", "rows")})


@pytest.mark.parametrize("case", [case["case"] for case in CASES if case["object"] != "sparsemax"])
def test_value_and_slope_are_keras_s(case):
    value, slope = golden_found()[case]
    np.testing.assert_allclose(value, ARRAYS[f"{case}/value"], **KERAS_VALUE)
    np.testing.assert_allclose(slope, ARRAYS[f"{case}/gradient"], **KERAS_SLOPE)


FORMULAS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x >= 0, x, 0.2 * x),
    "threshold": lambda x: np.where(x > 0.5, x, -1.0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
    "celu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "exponential": lambda x: np.exp(x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "squareplus": lambda x: 2 / (np.sqrt(x * x + 4) - x),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
    "silu": lambda x: x * scipy.special.expit(x),
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "gelu_approximate": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
    "sigmoid": scipy.special.expit,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_sigmoid_of_keras_2": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "log_sigmoid": lambda x: -np.logaddexp(-x, 0),
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "softmax": scipy.special.softmax,
    "log_softmax": scipy.special.log_softmax,
    "sparsemax": lambda x: nearest_on_simplex(x),
    "glu": lambda x: x[:8] * scipy.special.expit(x[8:]),
}


def nearest_on_simplex(x):
    """Bisection on the shift tau for which ``max(x - tau, 0)`` sums to 1."""
    low, high = x.max() - 1, x.max()
    for _ in range(80):
        tau = (low + high) / 2
        low, high = (tau, high) if np.maximum(x - tau, 0).sum() > 1 else (low, tau)
    return np.maximum(x - tau, 0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_is_the_formula_in_float64(name):
    expected = FORMULAS[name](GRID.astype(np.float64))
    # squareplus at -100 is 0.01, the difference of two numbers of 100: an absolute error of 100 * 2**-23
    tolerance = FLOAT64 if name != "squareplus" else {"rtol": 2e-6, "atol": 1.2e-5}
    np.testing.assert_allclose(all_values()[name][:16], expected, **tolerance)


def test_relu_with_all_arguments_is_the_piecewise_formula():
    x = np.linspace(-4, 4, 41, dtype=np.float32)
    for slope, cap, turn in [(0.1, 3.0, 0.5), (0.0, 2.0, 1.0), (0.2, None, -1.0), (0.0, None, 1.0), (0.5, 1.0, 0.0)]:
        above = x if cap is None else np.minimum(x, cap)
        expected = np.where(x > turn, above, slope * (x.astype(np.float64) - turn))
        np.testing.assert_allclose(activations.relu(x, slope, cap, turn), expected, **FLOAT64)


def test_the_rows_of_sparsemax_are_the_nearest_points_of_the_simplex():
    rows = np.random.default_rng(0).normal(0, 2, (50, 7)).astype(np.float32)
    expected = np.stack([nearest_on_simplex(row) for row in rows.astype(np.float64)])
    by_rows, by_columns = jax.jit(lambda x: (activations.sparsemax(x), activations.sparsemax(x.T, axis=0)))(rows)
    np.testing.assert_allclose(by_rows, expected, **FLOAT64)
    np.testing.assert_allclose(by_columns, expected.T, **FLOAT64)


def test_keras_s_sparsemax_does_not_sum_to_one():
    """Why the golden sparsemax is not an oracle; when this fails, Keras was repaired: take it back in."""
    sums = ARRAYS["sparsemax/value"].sum(-1)
    assert np.abs(sums - 1).max() > 0.1


def test_the_slope_of_sparsemax_is_that_of_its_piecewise_formula():
    """Within the support S the derivative is ``v_i - mean_S(v)``, outside 0 (Martins & Astudillo, eq. 14)."""
    x, v = jnp.array([0.9, 0.5, -0.2, -3.0]), jnp.array([1.0, -2.0, 0.5, 4.0])
    found, along_v = jax.jit(lambda x, v: jax.jvp(activations.sparsemax, (x,), (v,)))(x, v)
    expected = np.where(found > 0, v - np.asarray(v)[found > 0].mean(), 0)
    np.testing.assert_allclose(along_v, expected, **FLOAT64)


# ---- laws

BOUNDS = {
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "elu": (-1, math.inf),
    "selu": (-1.7581, math.inf),
    "celu": (-1, math.inf),
    "exponential": (0, math.inf),
    "softplus": (0, math.inf),
    "squareplus": (0, math.inf),
    "sparse_plus": (0, math.inf),
    "silu": (-0.2785, math.inf),
    "hard_silu": (-0.375, math.inf),
    "gelu": (-0.17, math.inf),
    "gelu_approximate": (-0.1701, math.inf),
    "mish": (-0.3088, math.inf),
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "sparse_sigmoid": (0, 1),
    "log_sigmoid": (-math.inf, 0),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
    "softmax": (0, 1),
    "log_softmax": (-math.inf, 0),
    "sparsemax": (0, 1),
}
NOT_MONOTONE = {"silu", "hard_silu", "gelu", "gelu_approximate", "mish"}


@pytest.mark.parametrize("name", BOUNDS)
def test_the_range_is_the_documented_one(name):
    # 1e-4: the documented bounds are rounded to four digits
    low, high = BOUNDS[name]
    values = np.asarray(all_values()[name])
    assert values.min() >= low - 1e-4
    assert values.max() <= high + 1e-4


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in MIXING | NOT_MONOTONE])
def test_a_larger_input_never_gives_a_smaller_output(name):
    values = np.asarray(all_values()[name][16:], np.float64)
    # one unit in the last place of numbers up to 20 or of the value itself
    assert (np.diff(values) >= -1.2e-7 * np.maximum(np.abs(values[1:]), 20)).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jit_agrees_and_the_number_type_stays(name):
    np.testing.assert_allclose(function(name)(GRID), all_values()[name][:16], **KERAS_VALUE)
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        assert jax.eval_shape(function(name), jax.ShapeDtypeStruct((16,), dtype)).dtype == dtype


def test_slopes_are_finite_far_out_and_at_kinks():
    def slope_of(name):
        return jax.grad(lambda x: function(name)(x).sum())

    slopes = jax.jit(lambda x: {name: slope_of(name)(x) for name in FUNCTIONS})(GRID)
    assert not [name for name, slope in slopes.items() if not np.isfinite(slope).all()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lists_integers_and_variables_are_accepted(name):
    x = np.arange(-8, 8)
    expected = function(name)(x.astype(np.float32))
    for same in (x, x.tolist(), Variable(x.astype(np.float32))):
        np.testing.assert_array_equal(np.asarray(function(name)(same)), expected)


def test_the_slope_of_relu_at_zero_is_zero():
    assert jax.grad(activations.relu)(0.0) == 0


def test_relu_of_default_arguments_is_one_maximum():
    lowered = jax.jit(activations.relu).lower(jnp.ones(3)).as_text()
    assert lowered.count("stablehlo.maximum") == 1
    assert "select" not in lowered


@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
def test_probabilities_sum_to_one_and_a_shift_changes_nothing(name):
    x = np.random.default_rng(1).normal(0, 3, (20, 5)).astype(np.float32)
    found, shifted = jax.jit(lambda x: (function(name)(x), function(name)(x + 100)))(x)
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-6)
    # logits near 100 carry an error of 4e-6 each
    np.testing.assert_allclose(shifted, found, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax"])
def test_permuting_the_classes_permutes_the_output(name):
    x = np.random.default_rng(2).normal(size=(6, 5)).astype(np.float32)
    order = [3, 1, 4, 0, 2]
    call = jax.jit(function(name))
    np.testing.assert_allclose(call(x[:, order]), np.asarray(call(x))[:, order], **KERAS_VALUE)


def test_identities_between_activations():
    x = GRID
    np.testing.assert_allclose(activations.sigmoid(-x), 1 - activations.sigmoid(x), **FLOAT64)
    np.testing.assert_allclose(activations.tanh(x), 2 * activations.sigmoid(2 * x) - 1, **FLOAT64)
    np.testing.assert_allclose(activations.softplus(x) - activations.softplus(-x), x, **FLOAT64)
    np.testing.assert_allclose(activations.silu(x), x * activations.sigmoid(x), **FLOAT64)
    np.testing.assert_allclose(activations.relu(x) - activations.relu(-x), x)
    np.testing.assert_allclose(activations.softmax(np.stack([x, 0 * x], -1))[:, 0], activations.sigmoid(x), **FLOAT64)
    slopes = jax.vmap(jax.grad(activations.sparse_plus))(jnp.asarray(x))
    np.testing.assert_allclose(slopes, activations.sparse_sigmoid(x), **FLOAT64)


def test_approximate_gelu_is_within_the_documented_distance():
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    assert np.abs(activations.gelu(x) - activations.gelu(x, approximate=True)).max() <= 0.0005


# ---- frames and symbolic tensors


def test_a_frame_learns_the_logits_of_softmax_and_sigmoid():
    x = jnp.ones((2, 3))
    with Frame() as frame:
        for output in (activations.softmax(x), activations.softmax(x, axis=1)):
            assert frame.logits_of(output, "softmax") is x
            assert frame.logits_of(output, "sigmoid") is None
        assert frame.logits_of(activations.sigmoid(x), "sigmoid") is x
        assert frame.logits_of(activations.softmax(x, axis=0), "softmax") is None
        assert frame.logits_of(activations.tanh(x), "sigmoid") is None


class Recorder(Symbolic):
    shape, dtype = (None, 3), "float32"

    def record(self, operation, args, kwargs):
        return operation, args, kwargs


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_on_a_symbolic_tensor_is_recorded(name):
    symbol = Recorder()
    found, args, kwargs = getattr(activations, name)(symbol, *NEEDED.get(name, ()))
    assert found is getattr(activations, name)
    assert args == (symbol, *NEEDED.get(name, ()))
    assert not kwargs


# ---- errors and warnings


def test_softmax_over_a_single_class_warns_that_every_output_is_one():
    with pytest.warns(UserWarning, match=r"softmax: expected several classes .* use sigmoid"):
        activations.softmax(np.ones((4, 1), np.float32))


def test_glu_of_an_odd_length_is_refused():
    with pytest.raises(ShapeError, match=r"glu: expected an even length along axis -1; got \(4, 3\)"):
        activations.glu(np.ones((4, 3), np.float32))


# ---- names and descriptions


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists_with_keras_s_signature(name):
    parameters = inspect.signature(getattr(activations, name)).parameters.values()
    bare = inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])
    assert str(bare) == NAMES[name]["signature"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("get", "serialize", "deserialize")])
def test_get_knows_the_name_and_the_description_leads_back(name):
    found = activations.get(name)
    assert found is getattr(activations, name)
    assert activations.serialize(found) == found.__name__
    assert activations.deserialize(activations.serialize(found)) is found


def test_get_takes_none_functions_objects_and_configs():
    def own(x):
        return 2 * x

    config = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "relu"}
    assert activations.get(None) is activations.linear
    assert activations.get(own) is own
    assert activations.get(config) is activations.relu


def test_an_own_function_is_found_among_custom_objects():
    def double(x):
        return 2 * x

    description = json.loads(json.dumps(activations.serialize(double)))
    assert activations.deserialize(description, custom_objects={"double": double}) is double
    assert activations.deserialize("double", custom_objects={"double": double}) is double


@pytest.mark.parametrize(("wrong", "message"), [("rleu", "'relu'"), ("Softmax", "'softmax'"), (3, "a function")])
def test_what_is_no_activation_is_refused_with_a_hint(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        activations.get(wrong)
