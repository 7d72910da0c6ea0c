"""Initializers: Keras's constants, fans and spreads, the distributions themselves, seeds and descriptions."""

import inspect
import json
import math
from pathlib import Path

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import scipy.signal
import scipy.stats
from golden.writer import read

from hornbeam import initializers
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.random import set_random_seed
from hornbeam.initializers import INITIALIZERS
from hornbeam.initializers.fourier import WINDOWS, window_values
from hornbeam.initializers.scaled import FanScaled, fans

CASES, ARRAYS = read("initializers")
NAMES = json.loads(Path(__file__).with_name("golden").joinpath("public_names.json").read_text())["keras.initializers"]
EXACT = [case for case in CASES if f"{case['case']}/value" in ARRAYS]
DRAWN = [case for case in CASES if f"{case['case']}/statistics" in ARRAYS]
LARGE = (400, 300)  # the standard deviation of so many values is known to 5 / sqrt(2 * 120000) = 1 %
DEVIATIONS = 5  # how many standard errors a mean or a spread may be off: once in two million draws
RANDOM = [kind for kind in INITIALIZERS.values() if "seed" in kind._fields]


def name_of(case):
    return case["case"]


def expected_moments(case):
    """Mean, standard deviation, lower and upper bound that the configuration promises."""
    config, kind = case["config"], case["object"]
    if kind == "RandomUniform":
        low, high = config.get("minval", -0.05), config.get("maxval", 0.05)
        return (low + high) / 2, (high - low) / math.sqrt(12), low, high
    mean = config.get("mean", 0.0)
    made = case["theory"] if "theory" in case else config.get("stddev", 0.05)
    distribution = case.get("distribution", "truncated_normal" if kind == "TruncatedNormal" else "untruncated_normal")
    if distribution == "uniform":
        return 0.0, made / math.sqrt(3), -made, made
    if distribution == "truncated_normal":
        return mean, made * 0.87962566103423978, mean - 2 * made, mean + 2 * made
    return mean, made, -math.inf, math.inf


# ---- oracles


@pytest.mark.parametrize("case", EXACT, ids=name_of)
def test_values_without_chance_are_keras_s(case):
    found = getattr(initializers, case["object"])(**case["config"])(case["shape"])
    # Keras computes the STFT's angles, up to 22, in float32: an error of 22 * 2**-24 each; here they are exact
    tolerance = 3e-6 if case["object"] == "STFT" else 0
    np.testing.assert_allclose(found, ARRAYS[f"{case['case']}/value"], rtol=0, atol=tolerance)


@pytest.mark.parametrize("case", DRAWN, ids=name_of)
def test_spread_and_bounds_are_those_of_keras(case):
    shape = tuple(case["shape"])
    values = getattr(initializers, case["object"])(**case["config"], seed=11)(shape)
    mean, stddev, low, high = expected_moments(case)
    rounding = 1e-6 * max(abs(mean), stddev)
    assert values.shape == shape
    assert values.min() >= low - rounding
    assert values.max() <= high + rounding
    count = values.size
    assert abs(values.mean(dtype=np.float64) - mean) <= DEVIATIONS * stddev / math.sqrt(count)
    if count >= 1000:
        spread = values.std(dtype=np.float64)
        assert abs(spread / stddev - 1) <= DEVIATIONS / math.sqrt(2 * count)
        # and Keras's own draw, which errs as much, in the other direction at worst
        assert abs(ARRAYS[f"{case['case']}/statistics"][1] / spread - 1) <= 2 * DEVIATIONS / math.sqrt(2 * count)


@pytest.mark.parametrize("case", [case for case in CASES if "fan_in" in case], ids=name_of)
def test_fans_are_those_of_keras(case):
    axes = case["config"].get("input_axes"), case["config"].get("output_axes")
    assert fans(tuple(case["shape"]), *axes) == (case["fan_in"], case["fan_out"])


@pytest.mark.parametrize("case", [case for case in CASES if "get_config" in case], ids=name_of)
def test_the_config_is_that_of_keras(case):
    # Keras's Identity forgets its gain
    expected = {"gain": 1.0} if case["object"] == "Identity" else case["get_config"]
    assert getattr(initializers, case["object"])(**case["config"]).get_config() == expected


@pytest.mark.parametrize("case", [case for case in CASES if case["object"] == "Orthogonal"], ids=name_of)
def test_orthogonal_matrices_are_orthogonal(case):
    q = initializers.Orthogonal(**case["config"], seed=3)(case["shape"]).reshape(-1, case["shape"][-1])
    gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(gram, ARRAYS[f"{case['case']}/gram"], atol=4e-6)  # sums of products up to 4


# A Kolmogorov-Smirnov distance above 1.95 / sqrt(n) happens once in a thousand draws; the seed is fixed.
@pytest.mark.parametrize(
    ("initializer", "distribution"),
    [
        (initializers.RandomNormal(1.0, 2.0, seed=0), scipy.stats.norm(1, 2)),
        (initializers.RandomUniform(-1.0, 3.0, seed=0), scipy.stats.uniform(-1, 4)),
        (initializers.TruncatedNormal(1.0, 2.0, seed=0), scipy.stats.truncnorm(-2, 2, 1, 2)),
        (initializers.HeNormal(seed=0), scipy.stats.truncnorm(-2, 2, 0, math.sqrt(2 / 400) / 0.87962566103423978)),
    ],
    ids=["normal", "uniform", "truncated", "he"],
)
def test_the_distribution_is_the_named_one(initializer, distribution):
    values = initializer(LARGE).ravel()
    assert scipy.stats.kstest(values, distribution.cdf).statistic < 1.95 / math.sqrt(values.size)


def test_truncation_s_standard_deviation_is_the_documented_constant():
    assert scipy.stats.truncnorm(-2, 2).std() == pytest.approx(0.87962566103423978, abs=1e-12)


def test_every_orthogonal_matrix_is_equally_likely():
    """The signs of QR's R are taken into Q: without it Q[0, 0] would always have the same sign."""
    positive = sum(initializers.Orthogonal(seed=seed)((2, 2))[0, 0] > 0 for seed in range(200))
    assert abs(positive - 100) <= DEVIATIONS * math.sqrt(200) / 2


def test_the_courses_table_of_xavier_s_and_he_s_rules():
    """Deck 001: uniform in [-r, r] and normal with sigma, for n inputs and m outputs."""
    n, m = 400, 300
    xavier_r, xavier_sigma = math.sqrt(6 / (n + m)), math.sqrt(2 / (n + m))
    scaling = initializers.VarianceScaling
    table = {
        "logistic": (initializers.GlorotUniform(seed=1), initializers.GlorotNormal(seed=1), 1),
        "relu": (scaling(2.0, "fan_avg", "uniform", seed=1), scaling(2.0, "fan_avg", seed=1), math.sqrt(2)),
    }
    for uniform, normal, factor in table.values():
        r, sigma = factor * xavier_r, factor * xavier_sigma
        # the largest of 120,000 uniform values lies within r * 2 * 10 / 120000 of r, but for e**-10
        assert r * (1 - 2e-4) <= np.abs(uniform((n, m))).max() <= r
        assert normal((n, m)).std() == pytest.approx(sigma, rel=DEVIATIONS / math.sqrt(2 * n * m))


def test_he_s_rule_counts_inputs_alone_and_agrees_with_the_table_for_square_kernels():
    table = initializers.VarianceScaling(2.0, "fan_avg")
    assert initializers.HeNormal().variance((400, 300)) == 2 / 400
    assert initializers.HeNormal().variance((300, 300)) == table.variance((300, 300)) == 2 / 300


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_windows_are_those_of_scipy(name, periodic):
    for length in (1, 2, 7, 8):
        expected = scipy.signal.get_window(name, length, periodic)
        np.testing.assert_allclose(window_values(name, length, periodic), expected, atol=1e-14)


def test_the_stft_kernel_computes_numpy_s_fourier_transform():
    signal = np.random.default_rng(0).normal(size=16).astype(np.float32)
    real, imaginary = (signal @ initializers.STFT(side, window=None)((16, 1, 9))[:, 0] for side in ("real", "imag"))
    np.testing.assert_allclose(real + 1j * imaginary, np.fft.rfft(signal), atol=1e-5)  # 16 products of about 1


def test_a_window_may_be_an_array():
    window = scipy.signal.get_window(("kaiser", 8.0), 8)
    found = initializers.STFT(window=window, scaling="spectrum")((8, 1, 5))
    np.testing.assert_allclose(found[:, 0, 0], window / window.sum(), rtol=1e-6)


# ---- laws


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("kind", INITIALIZERS.values(), ids=lambda kind: kind.__name__)
def test_a_numpy_array_of_the_asked_shape_and_type_comes_back(kind, dtype):
    shape = (6, 1, 4) if kind is initializers.STFT else (6, 4)
    values = kind()(shape, dtype)
    assert type(values) is np.ndarray
    assert values.shape == shape
    assert values.dtype == (ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype))


@pytest.mark.parametrize("kind", INITIALIZERS.values(), ids=lambda kind: kind.__name__)
def test_without_a_dtype_it_is_float32(kind):
    assert kind()((6, 1, 4) if kind is initializers.STFT else (6, 4)).dtype == np.float32


@pytest.mark.parametrize("kind", RANDOM, ids=lambda kind: kind.__name__)
def test_an_integer_seed_repeats_and_none_goes_on(kind):
    seeded, free = kind(seed=5), kind()
    np.testing.assert_array_equal(seeded((4, 3)), seeded((4, 3)))
    np.testing.assert_array_equal(seeded((4, 3)), kind(seed=5)((4, 3)))
    assert (seeded((4, 3)) != kind(seed=6)((4, 3))).any()
    set_random_seed(1)
    first, second = free((4, 3)), free((4, 3))
    assert (first != second).any()
    set_random_seed(1)
    np.testing.assert_array_equal(free((4, 3)), first)
    np.testing.assert_array_equal(free((4, 3)), second)


@pytest.mark.parametrize(
    "kind", [kind for kind in RANDOM if issubclass(kind, FanScaled)], ids=lambda kind: kind.__name__
)
def test_variance_falls_as_fans_grow(kind):
    """For every shape the variance is scale over a count of at least 1, whatever the number of axes."""
    shapes = [(), (9,), (9, 9), (3, 9, 9), (3, 3, 9, 9)]
    variances = [kind().variance(shape) for shape in shapes]
    assert variances == sorted(variances, reverse=True)


def test_a_piece_of_truncated_normal_values_may_end_anywhere():
    for count in (0, 1, 2**14 - 1, 2**14, 2**14 + 1):
        values = initializers.TruncatedNormal(stddev=1.0, seed=0)((count,))
        assert np.abs(values).max(initial=0) <= 2 * (1 + 1e-6)


class Seeds:
    """Hands out seeds, as Keras's SeedGenerator does."""

    def __init__(self):
        self.count = 0

    def next(self):
        self.count += 1
        return np.array([7, self.count], np.uint32)


def test_a_seed_source_gives_new_values_at_each_call():
    one, other = initializers.RandomNormal(seed=Seeds()), initializers.RandomNormal(seed=Seeds())
    first = one((3,))
    assert (first != one((3,))).any()
    np.testing.assert_array_equal(first, other((3,)))


def test_a_negative_seed_is_a_seed():
    np.testing.assert_array_equal(initializers.RandomNormal(seed=-1)((3,)), initializers.RandomNormal(seed=-1)((3,)))


# ---- names and descriptions


@pytest.mark.parametrize("name", NAMES)
def test_the_name_exists_with_keras_s_signature(name):
    parameters = inspect.signature(getattr(initializers, name)).parameters.values()
    if name == "Initializer":
        return
    bare = inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])
    assert str(bare) == NAMES[name]["signature"]


CLASSES = [name for name in NAMES if name not in ("get", "serialize", "deserialize", "Initializer")]


@pytest.mark.parametrize("name", [*CLASSES, "zero", "one", "normal", "uniform"])
def test_get_knows_the_name_and_json_leads_back(name):
    found = initializers.get(name)
    if name in CLASSES:
        assert type(found) is getattr(initializers, name)
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(found))))
    assert type(again) is type(found)
    assert again.get_config() == found.get_config()


def test_arguments_survive_json():
    for written in (
        initializers.VarianceScaling(2.0, "fan_avg", "uniform", 3, [0], [1, 2]),
        initializers.Constant([[1.0, 2.0]]),
        initializers.STFT("imag", window=[0.5, 1.0], scaling=None),
        initializers.Orthogonal(2.0, seed=1),
    ):
        again = initializers.get(json.loads(json.dumps(initializers.serialize(written))))
        shape = (2, 1, 3) if isinstance(written, initializers.STFT) else (2, 2)
        if isinstance(written, initializers.VarianceScaling):
            shape = (4, 3, 2)
        np.testing.assert_array_equal(again(shape), written(shape))


def test_distribution_normal_means_truncated_normal():
    assert initializers.VarianceScaling(distribution="Normal").distribution == "truncated_normal"


def test_get_takes_functions_with_and_without_dtype_classes_and_arrays():
    def whole(shape, dtype=None):
        return jnp.full(shape, 2.0, dtype)

    def short(shape):
        return np.full(shape, 2)

    assert initializers.get(whole) is whole
    for function in (whole, short, lambda shape, **more: np.full(shape, 2)):
        np.testing.assert_array_equal(
            np.asarray(initializers.get(function)((2, 3), dtype="float32")), np.full((2, 3), 2)
        )
    assert initializers.get(short)((2,), "bfloat16").dtype == ml_dtypes.bfloat16
    assert initializers.get(None) is None
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal
    for array in (np.arange(3.0), jnp.arange(3.0)):
        np.testing.assert_array_equal(initializers.get(array)((3,)), [0, 1, 2])


def test_a_function_of_the_shape_alone_is_found_again_by_name():
    def ramp(shape):
        return np.arange(math.prod(shape)).reshape(shape)

    description = json.loads(json.dumps(initializers.serialize(initializers.get(ramp))))
    again = initializers.deserialize(description, custom_objects={"ramp": ramp})
    np.testing.assert_array_equal(again((2, 2)), [[0, 1], [2, 3]])


class Ramp(initializers.Initializer):
    """A user's initializer, written as for Keras."""

    def __init__(self, start=0.0, slope=1.0):
        self.start, self.slope = start, slope

    def __call__(self, shape, dtype=None, **kwargs):
        return (self.start + self.slope * np.arange(math.prod(shape))).reshape(shape).astype(dtype)

    def get_config(self):
        return {"start": self.start, "slope": self.slope}


def test_a_user_s_subclass_survives_json():
    description = json.loads(json.dumps(initializers.serialize(Ramp(1.0, slope=2.0))))
    again = initializers.deserialize(description, custom_objects={"Ramp": Ramp})
    np.testing.assert_array_equal(again((3,), "float32"), [1, 3, 5])


# ---- errors


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: initializers.get("he_nromal"), ArgumentError, "'he_normal'"),
        (lambda: initializers.get(lambda first, second: 0), ArgumentError, r"a function of \(shape, dtype=None\)"),
        (lambda: initializers.RandomNormal(seed="x"), ArgumentError, "RandomNormal, seed: .* SeedGenerator"),
        (lambda: initializers.RandomNormal(stddev=-1), ArgumentError, "RandomNormal, stddev"),
        (lambda: initializers.RandomNormal()((2, None)), ShapeError, "a shape of known lengths"),
        (lambda: initializers.RandomNormal()((2, 2), "int32"), ArgumentError, "RandomNormal: expected a float dtype"),
        (lambda: initializers.VarianceScaling(scale=0), ArgumentError, "VarianceScaling, scale"),
        (lambda: initializers.VarianceScaling(mode="fan"), ArgumentError, "'fan_in', 'fan_out', 'fan_avg'"),
        (lambda: initializers.HeNormal(input_axes=[0]), ArgumentError, "HeNormal, input_axes and output_axes"),
        (lambda: initializers.Orthogonal()((3,)), ShapeError, "Orthogonal: expected a shape of at least 2 axes"),
        (lambda: initializers.Identity()((3,)), ShapeError, "Identity: expected the shape of a matrix"),
        (lambda: initializers.Constant([1, 2])((3,)), ShapeError, r"Constant, value: .* \(3,\); got \(2,\)"),
        (lambda: initializers.STFT(window="han"), ArgumentError, "STFT, window: .*'hann'"),
        (lambda: initializers.STFT(window=[1.0])((4, 1, 3)), ArgumentError, r"an array of shape \(4,\)"),
        (lambda: initializers.STFT()((4, 3)), ShapeError, "frame length"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
