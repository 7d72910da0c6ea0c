"""Schedules: Keras's rates, their shape, exactness far out, and use inside a program."""

import inspect
import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden.writer import read

from hornbeam import schedules
from hornbeam.core.errors import ArgumentError
from hornbeam.schedules import SCHEDULES

CASES, ARRAYS = read("schedules")
PATH = Path(__file__).with_name("golden") / "public_names.json"
NAMES = json.loads(PATH.read_text())["keras.optimizers.schedules"]

# float32 throughout, with a power or a cosine of float32 numbers: some units in the last place of the
# first rate, of which the last may be a small fraction
KERAS = {"rtol": 2e-6, "atol": 1e-7}


def made(case):
    return getattr(schedules, case["object"])(**case["config"])


def rates(schedule, steps):
    """The rates at many steps in one compiled program, the step traced."""
    return np.asarray(jax.jit(lambda steps: jax.lax.map(schedule, steps))(jnp.asarray(steps)))


def name_of(case):
    return case["case"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_rates_and_config_are_keras_s(case):
    schedule = made(case)
    np.testing.assert_allclose(rates(schedule, np.arange(25)), ARRAYS[f"{case['case']}/value"], **KERAS)
    assert schedule.get_config() == case["get_config"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_rate_is_a_float32_scalar_for_every_kind_of_step(case):
    schedule = made(case)
    expected = rates(schedule, np.arange(8))[7]
    steps = [7, 7.0, np.int32(7), jnp.float32(7), jnp.uint32(7)]
    for rate in jax.jit(lambda steps: [schedule(step) for step in steps])(steps):
        assert (rate.shape, rate.dtype) == ((), jnp.float32)
        np.testing.assert_allclose(rate, expected, **KERAS)


# ---- the shape of each


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.ExponentialDecay(0.1, 30, 0.5),
        schedules.ExponentialDecay(0.1, 30, 0.5, staircase=True),
        schedules.InverseTimeDecay(0.1, 30, 0.5),
        schedules.InverseTimeDecay(0.1, 30, 0.5, staircase=True),
        schedules.PiecewiseConstantDecay([20, 50], [0.3, 0.2, 0.1]),
        schedules.PolynomialDecay(0.1, 60, power=2.0),
        schedules.CosineDecay(0.1, 60, alpha=0.1),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_a_decay_never_rises_and_never_jumps_unless_it_is_made_of_steps(schedule):
    found = rates(schedule, np.arange(100)).astype(np.float64)
    falls = -np.diff(found)
    assert (falls >= -1e-8).all()  # one unit in the last place of 0.1
    jumps = (falls > 1e-7).sum()
    in_steps = getattr(schedule, "staircase", isinstance(schedule, schedules.PiecewiseConstantDecay))
    # a smooth one of these falls by at most 0.1 * 2 / 30 at a step
    assert (jumps <= 3) if in_steps else (falls.max() < 0.1 * 2 / 30)


def test_after_so_many_steps_the_rate_is_multiplied_by_the_factor():
    found = rates(schedules.ExponentialDecay(0.1, 10, 0.5), np.arange(40))
    np.testing.assert_allclose(found[10:], found[:-10] * 0.5, **KERAS)


def test_inverse_time_decay_is_linear_in_the_inverse_of_the_rate():
    found = rates(schedules.InverseTimeDecay(0.1, 10, 0.5), np.arange(40)).astype(np.float64)
    np.testing.assert_allclose(1 / found, 10 * (1 + 0.5 * np.arange(40) / 10), rtol=1e-6)


def test_polynomial_decay_ends_where_it_says_and_cycles_start_anew():
    ending = schedules.PolynomialDecay(0.1, 10, 0.02, power=1.5)
    np.testing.assert_allclose(rates(ending, [10, 11, 1000]), 0.02, **KERAS)
    cycling = schedules.PolynomialDecay(0.1, 10, 0.0, cycle=True)
    # at 11, 15 and 20 the period is 20, at 0 it is 10
    expected = [0.1, 0.1 * 9 / 20, 0.1 * 5 / 20, 0.0, 0.1 * 9 / 30]
    np.testing.assert_allclose(rates(cycling, [0, 11, 15, 20, 21]), expected, **KERAS)


def test_cosine_decay_is_half_a_cosine_between_its_ends():
    steps = np.arange(61)
    expected = 0.1 * (0.9 * (1 + np.cos(np.pi * steps / 60)) / 2 + 0.1)
    np.testing.assert_allclose(rates(schedules.CosineDecay(0.1, 60, alpha=0.1), steps), expected, **KERAS)


def test_the_warmup_is_a_straight_line_that_meets_the_cosine():
    schedule = schedules.CosineDecay(0.02, 10, warmup_target=0.1, warmup_steps=5)
    plain = schedules.CosineDecay(0.1, 10)
    np.testing.assert_allclose(rates(schedule, range(6)), np.linspace(0.02, 0.1, 6), **KERAS)
    np.testing.assert_allclose(rates(schedule, np.arange(5, 30)), rates(plain, np.arange(25)), **KERAS)
    without = schedules.CosineDecay(0.02, 10, warmup_target=0.1)
    np.testing.assert_allclose(rates(without, range(12)), rates(plain, range(12)), **KERAS)


@pytest.mark.parametrize(("first", "factor"), [(10, 1.0), (10, 2.0), (5, 2.0), (1000, 2.0), (7, 3.0), (4, 5.0)])
def test_restarts_come_at_their_very_step(first, factor):
    """Up to step 10 million; Keras is a step late at 81910 for (10, 2), at 40955 for (5, 2)."""
    starts, length = [0], first
    while starts[-1] + length < 1e7 and len(starts) < 200:
        starts.append(starts[-1] + length)
        length = int(length * factor)
    schedule = schedules.CosineDecayRestarts(0.5, first, factor)
    starts = np.array(starts)
    np.testing.assert_allclose(rates(schedule, starts), 0.5, rtol=1e-6)
    # one step before, the cosine is at its end: 1 - (pi / length)**2 / 4 or less, at most a tenth of 0.5
    assert rates(schedule, starts[1:] - 1).max() < 0.5 * (math.pi / (2 * first)) ** 2 + 1e-6


def test_each_period_of_restarts_is_a_cosine_decay_scaled():
    schedule = schedules.CosineDecayRestarts(0.1, 10, t_mul=2.0, m_mul=0.5, alpha=0.0)
    for period, (start, length) in enumerate([(0, 10), (10, 20), (30, 40)]):
        plain = schedules.CosineDecay(0.1 * 0.5**period, length)
        steps = np.arange(length)
        np.testing.assert_allclose(rates(schedule, start + steps), rates(plain, steps), **KERAS)


def test_boundaries_are_exact_beyond_the_integers_of_float32():
    edge = 2**24 + 1
    schedule = schedules.PiecewiseConstantDecay([edge, 2**40], [1.0, 0.5, 0.25])
    np.testing.assert_array_equal(rates(schedule, np.int32([edge - 1, edge, edge + 1, 2**31 - 1])), [1, 1, 0.5, 0.5])
    fractions = schedules.PiecewiseConstantDecay([2.5], [1.0, 0.5])
    np.testing.assert_array_equal(rates(fractions, np.int32([2, 3])), [1, 0.5])
    np.testing.assert_array_equal(schedules.PiecewiseConstantDecay([], [0.5])(3), 0.5)


# ---- names, descriptions, errors


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists_with_keras_s_signature(name):
    parameters = inspect.signature(getattr(schedules, name)).parameters.values()
    if name == "LearningRateSchedule":
        return
    bare = inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])
    assert str(bare) == NAMES[name]["signature"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_json_leads_back(case):
    description = json.loads(json.dumps(schedules.serialize(made(case))))
    assert description["module"] == "keras.optimizers.schedules"
    again = schedules.deserialize(description)
    assert type(again) is SCHEDULES.get(case["object"])
    assert again.get_config() == case["get_config"]


class Harmonic(schedules.LearningRateSchedule):
    """A user's schedule, written as in Keras's documentation, without get_config."""

    def __init__(self, initial_learning_rate):
        self.initial_learning_rate = initial_learning_rate

    def __call__(self, step):
        return self.initial_learning_rate / (step + 1)


def test_a_user_s_subclass_works_in_a_program_and_survives_json():
    np.testing.assert_allclose(rates(Harmonic(0.5), np.float32([0, 1, 4])), [0.5, 0.25, 0.1], **KERAS)
    description = json.loads(json.dumps(schedules.serialize(Harmonic(0.5))))
    again = schedules.deserialize(description, custom_objects={"Harmonic": Harmonic})
    assert again(1) == 0.25

    def own(step):
        return 0.1

    assert schedules.get(own) is own
    assert schedules.get(None) is None


def test_durations_may_be_fractions_and_whole_ones_are_integers():
    assert schedules.CosineDecay(0.1, 937.5).decay_steps == 937.5
    assert (
        repr(schedules.CosineDecay(0.1, np.float32(100))) == "CosineDecay(initial_learning_rate=0.1, decay_steps=100)"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: schedules.CosineDecay(0.1, 0), "CosineDecay, decay_steps: expected a number of steps above 0; got 0"),
        (lambda: schedules.ExponentialDecay(0.1, -5, 0.5), "ExponentialDecay, decay_steps"),
        (lambda: schedules.ExponentialDecay("fast", 5, 0.5), "initial_learning_rate"),
        (lambda: schedules.ExponentialDecay(0.1), "decay_steps, decay_rate"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "3 values for 2 boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), "increasing numbers"),
        (lambda: schedules.PiecewiseConstantDecay(5, [0.1, 0.2]), "a list of numbers"),
        (lambda: schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5), "CosineDecayRestarts, t_mul"),
        (lambda: schedules.get("cosine_decya"), "'cosine_decay'"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        wrong()


def test_the_base_class_asks_for_a_call():
    with pytest.raises(NotImplementedError, match="write __call__"):
        schedules.LearningRateSchedule()(0)
