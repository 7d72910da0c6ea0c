"""Regularizers: Keras's values and gradients, and how a penalty scales."""

import inspect
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read

from hornbeam import regularizers
from hornbeam.core.errors import ArgumentError, ShapeError

CASES, ARRAYS = read("regularizers")
NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())["keras.regularizers"]
CLASSES = [name for name in NAMES if name not in ("get", "serialize", "deserialize", "Regularizer")]
MATRIX = jnp.asarray(ARRAYS["inputs/weights/matrix"])

# sums of 20 numbers of one sign in float32, added in an order that the compiler chooses: a relative
# error of at most 20 * 2**-24 = 1.2e-6
SUMS = {"rtol": 2e-6, "atol": 1e-7}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_value_gradient_and_config_are_keras_s(case):
    regularizer = getattr(regularizers, case["object"])(**case["config"])
    value, gradient = jax.jit(jax.value_and_grad(regularizer))(MATRIX)
    np.testing.assert_allclose(value, ARRAYS[f"{case['case']}/value"], **SUMS)
    np.testing.assert_allclose(gradient, ARRAYS[f"{case['case']}/gradient"], **SUMS)
    config = regularizer.get_config()
    # Keras rounds some of its strengths to float32
    expected = {key: pytest.approx(v, rel=1e-7) if isinstance(v, float) else v for key, v in case["get_config"].items()}
    assert config == expected


def test_values_are_the_formulas_in_float64():
    x = np.asarray(MATRIX, np.float64)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    pairs = [abs(unit[i] @ unit[j]) for i in range(4) for j in range(i)]
    np.testing.assert_allclose(regularizers.L1(0.3)(MATRIX), 0.3 * np.abs(x).sum(), **SUMS)
    np.testing.assert_allclose(regularizers.L2(0.3)(MATRIX), 0.3 * (x**2).sum(), **SUMS)
    found = regularizers.L1L2(0.1, 0.2)(MATRIX)
    np.testing.assert_allclose(found, 0.1 * np.abs(x).sum() + 0.2 * (x**2).sum(), **SUMS)
    np.testing.assert_allclose(regularizers.OrthogonalRegularizer(0.5)(MATRIX), 0.5 * np.mean(pairs), **SUMS)


@pytest.mark.parametrize("factor", [-3.0, 0.0, 0.5, 4.0])
def test_l1_grows_with_the_weights_and_l2_with_their_square(factor):
    np.testing.assert_allclose(regularizers.L1()(factor * MATRIX), abs(factor) * regularizers.L1()(MATRIX), **SUMS)
    np.testing.assert_allclose(regularizers.L2()(factor * MATRIX), factor**2 * regularizers.L2()(MATRIX), **SUMS)


def test_l1l2_is_the_sum_of_both():
    both = regularizers.L1(0.1)(MATRIX) + regularizers.L2(0.2)(MATRIX)
    np.testing.assert_allclose(regularizers.L1L2(0.1, 0.2)(MATRIX), both, **SUMS)
    assert regularizers.L1L2()(MATRIX) == 0


def test_the_orthogonal_penalty_knows_directions_only():
    penalty = regularizers.OrthogonalRegularizer(1.0)
    lengths = jnp.array([[0.1], [2.0], [-3.0], [40.0]])
    np.testing.assert_allclose(penalty(lengths * MATRIX), penalty(MATRIX), **SUMS)
    columns = regularizers.OrthogonalRegularizer(1.0, "columns")
    np.testing.assert_allclose(columns(MATRIX.T), penalty(MATRIX), **SUMS)
    turned = jnp.array([[3.0, 4.0], [-4.0, 3.0]])
    assert penalty(turned) < 1e-7  # two products of 12, over 25
    np.testing.assert_allclose(penalty(jnp.array([[1.0, 2.0], [-2.0, -4.0]])), 1, **SUMS)


def test_the_orthogonal_penalty_is_finite_for_a_row_of_zeros_and_for_one_row():
    both = jax.jit(jax.value_and_grad(regularizers.OrthogonalRegularizer(1.0)))
    with_zeros = np.array(MATRIX)
    with_zeros[1] = 0
    for x in (with_zeros, with_zeros[:1], with_zeros.astype(np.float16)):
        value, gradient = both(x)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("kind", regularizers.REGULARIZERS.values(), ids=lambda kind: kind.__name__)
def test_it_is_a_scalar_of_the_weight_s_number_type(kind):
    regularizer = kind()
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        found = jax.eval_shape(regularizer, jax.ShapeDtypeStruct((4, 5), dtype))
        assert (found.shape, found.dtype) == ((), dtype)


# ---- names, descriptions, errors


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists_with_keras_s_signature(name):
    parameters = inspect.signature(getattr(regularizers, name)).parameters.values()
    if name == "Regularizer":
        return
    bare = inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])
    assert str(bare) == NAMES[name]["signature"]


@pytest.mark.parametrize("name", [*CLASSES, "l1l2"])
def test_get_knows_the_name_and_json_leads_back(name):
    found = regularizers.get(name)
    again = regularizers.deserialize(json.loads(json.dumps(regularizers.serialize(found))))
    assert type(again) is type(found)
    assert again.get_config() == found.get_config()


def test_strengths_survive_json_and_none_is_the_default():
    written = regularizers.l1_l2(l1=1e-5, l2=0.3)
    again = regularizers.get(json.loads(json.dumps(regularizers.serialize(written))))
    assert again.get_config() == {"l1": 1e-5, "l2": 0.3}
    assert regularizers.l2(0.5).l2 == 0.5
    assert (regularizers.L1(None).l1, regularizers.L1L2(None, None).l2) == (0.01, 0.0)


class Tail(regularizers.Regularizer):
    """A user's regularizer, written as for Keras."""

    def __init__(self, strength=0.1):
        self.strength = strength

    def __call__(self, x):
        return self.strength * jnp.sum(jnp.maximum(jnp.abs(x) - 1, 0))

    def get_config(self):
        return {"strength": self.strength}


def test_a_user_s_subclass_survives_json_and_a_function_is_taken_as_it_is():
    description = json.loads(json.dumps(regularizers.serialize(Tail(0.5))))
    again = regularizers.deserialize(description, custom_objects={"Tail": Tail})
    assert again(jnp.array([3.0, 0.5])) == 1
    assert regularizers.get(jnp.sum) is jnp.sum
    assert regularizers.get(None) is None
    assert type(regularizers.get(regularizers.L2)) is regularizers.L2


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: regularizers.L1(-1), ArgumentError, "L1, l1: expected a number of at least 0.*; got -1"),
        (lambda: regularizers.L2(float("nan")), ArgumentError, "L2, l2"),
        (lambda: regularizers.L2(float("inf")), ArgumentError, "a finite number"),
        (lambda: regularizers.L1L2(l2="0.1"), ArgumentError, "L1L2, l2"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), ArgumentError, "'rows', 'columns'"),
        (lambda: regularizers.OrthogonalRegularizer()(jnp.ones(3)), ShapeError, "a matrix"),
        (lambda: regularizers.get("l3"), ArgumentError, "Known names: l1, l1_l2"),
        (lambda: regularizers.L1(l3=1), ArgumentError, "l3="),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
