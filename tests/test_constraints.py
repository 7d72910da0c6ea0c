"""Constraints: Keras's values, and that a weight which obeys stays where it is."""

import inspect
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read

from hornbeam import constraints
from hornbeam.core.errors import ArgumentError

CASES, ARRAYS = read("constraints")
NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())["keras.constraints"]
CLASSES = [name for name in NAMES if name not in ("get", "serialize", "deserialize", "Constraint")]
FULL_RATE = [case for case in CASES if case["config"].get("rate", 1.0) == 1]

# a root of a sum of up to 12 squares, a quotient and a product: a few units in the last place, 2**-23 each
KERAS = {"rtol": 1e-6, "atol": 1e-7}
# the 1e-7 in the denominator shortens vectors that are long enough; the norms here are above 0.3
ONCE_MORE = {"rtol": 1e-6, "atol": 1e-7}


def made(case):
    weight = jnp.asarray(ARRAYS[f"inputs/weights/{case['input']}"])
    return getattr(constraints, case["object"])(**case["config"]), weight


def name_of(case):
    return case["case"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_value_and_config_are_keras_s(case):
    constraint, weight = made(case)
    np.testing.assert_allclose(constraint(weight), ARRAYS[f"{case['case']}/value"], **KERAS)
    assert constraint.get_config() == case["get_config"]


@pytest.mark.parametrize("case", FULL_RATE, ids=name_of)
def test_a_second_time_changes_nothing(case):
    constraint, weight = made(case)
    once = constraint(weight)
    np.testing.assert_allclose(constraint(once), once, **ONCE_MORE)


@pytest.mark.parametrize("case", [case for case in FULL_RATE if case["object"] != "NonNeg"], ids=name_of)
def test_norms_lie_where_the_constraint_says(case):
    constraint, weight = made(case)
    norms = np.sqrt(np.square(np.asarray(constraint(weight), np.float64)).sum(constraint.axis))
    before = np.sqrt(np.square(np.asarray(weight, np.float64)).sum(constraint.axis))
    low = {"MinMaxNorm": case["config"].get("min_value", 0.0), "UnitNorm": 1.0}.get(case["object"], 0.0)
    high = 1.0 if case["object"] == "UnitNorm" else constraint.max_value
    assert (norms[before > 0] >= low * (1 - 1e-6)).all()
    assert (norms <= high * (1 + 1e-6)).all()
    obeyed = (before >= low) & (before <= high)
    np.testing.assert_allclose(norms[obeyed], before[obeyed], rtol=1e-6)


def test_directions_stay():
    weight = jnp.asarray(ARRAYS["inputs/weights/matrix"])[:, 1:]
    for constraint in (constraints.MaxNorm(0.5), constraints.UnitNorm(), constraints.MinMaxNorm(0.5, 0.7, rate=0.3)):
        found = np.asarray(constraint(weight), np.float64)
        cosines = (found * weight).sum(0) / np.linalg.norm(found, axis=0) / np.linalg.norm(weight, axis=0)
        np.testing.assert_allclose(cosines, 1, rtol=1e-6)


def test_a_rate_goes_that_part_of_the_way():
    weight = jnp.array([[3.0], [4.0]])
    for rate in (0.0, 0.25, 1.0):
        found = constraints.MinMaxNorm(0.0, 1.0, rate)(weight)
        np.testing.assert_allclose(np.linalg.norm(found), 5 - 4 * rate, rtol=1e-6)


@pytest.mark.parametrize("kind", constraints.CONSTRAINTS.values(), ids=lambda kind: kind.__name__)
def test_zeros_stay_zeros_and_the_number_type_stays(kind):
    constraint = kind()
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        found = jax.jit(constraint)(jnp.zeros((3, 2), dtype))
        assert found.dtype == dtype
        assert not found.any()


# ---- names, descriptions, errors


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists_with_keras_s_signature(name):
    parameters = inspect.signature(getattr(constraints, name)).parameters.values()
    if name == "Constraint":
        return
    bare = inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])
    assert str(bare) == NAMES[name]["signature"]


@pytest.mark.parametrize("name", CLASSES)
def test_get_knows_the_name_and_json_leads_back(name):
    found = constraints.get(name)
    again = constraints.deserialize(json.loads(json.dumps(constraints.serialize(found))))
    assert type(again) is getattr(constraints, name)
    assert again.get_config() == found.get_config()


def test_arguments_survive_json():
    written = constraints.MinMaxNorm(0.5, 2, rate=0.5, axis=(0, 1, 2))
    again = constraints.get(json.loads(json.dumps(constraints.serialize(written))))
    kernel = jnp.asarray(ARRAYS["inputs/weights/kernel"])
    np.testing.assert_array_equal(again(kernel), written(kernel))


class Rounded(constraints.Constraint):
    """A user's constraint, written as for Keras."""

    def __init__(self, step=1.0):
        self.step = step

    def __call__(self, w):
        return self.step * jnp.round(w / self.step)

    def get_config(self):
        return {"step": self.step}


def test_a_user_s_subclass_survives_json_and_a_function_is_taken_as_it_is():
    description = json.loads(json.dumps(constraints.serialize(Rounded(0.5))))
    again = constraints.deserialize(description, custom_objects={"Rounded": Rounded})
    np.testing.assert_array_equal(again(jnp.array([0.3, 0.9])), [0.5, 1.0])
    assert constraints.get(jnp.abs) is jnp.abs
    assert constraints.get(None) is None
    assert constraints.Constraint()(3) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: constraints.MaxNorm(-1), "MaxNorm, max_value"),
        (lambda: constraints.MaxNorm(axis=0.5), "MaxNorm, axis"),
        (lambda: constraints.MinMaxNorm(rate=2), "MinMaxNorm, rate"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), "min_value to be at most max_value"),
        (lambda: constraints.get("maxnorm"), "'max_norm'"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        wrong()
