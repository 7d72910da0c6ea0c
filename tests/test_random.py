"""Random numbers: Keras's own, distributions, seeds, steps of a program, generators, errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from golden.writer import read
from quick import in_one_program

from hornbeam import initializers, random
from hornbeam.core.config import serialize
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.core.frame import Frame
from hornbeam.core.random import set_random_seed
from hornbeam.core.variable import Variable

CASES, ARRAYS = read("random")
ROUNDING = {"rtol": 1e-6, "atol": 1e-6}  # 8 roundings of float32
COUNT = 20_000
# Means of COUNT numbers of standard deviation s stray by s / sqrt(COUNT), and by more than 5 times that once in
# two million draws; variances by about twice as much. The seeds are fixed: a failure is no accident.
STRAY = 5 / COUNT**0.5

# name -> how to draw, mean, variance, bounds
P = 0.3
TAIL = scipy.special.ndtr(-2)
CUT = 0.8796256610342398  # standard deviation of a normal number between -2 and 2
LAWS = {
    "normal": (lambda **w: random.normal((COUNT,), **w), 0, 1, (-6, 6)),
    "normal, moved": (lambda **w: random.normal((COUNT,), -3.0, 0.5, **w), -3, 0.25, (-6, 0)),
    "uniform": (lambda **w: random.uniform((COUNT,), **w), 0.5, 1 / 12, (0, 1 - 2**-24)),
    "uniform, moved": (lambda **w: random.uniform((COUNT,), -2.0, 4.0, **w), 1, 3, (-2, np.nextafter(4, 0, dtype="f"))),
    "truncated_normal": (lambda **w: random.truncated_normal((COUNT,), **w), 0, CUT**2, (-2, 2)),
    "truncated_normal, moved": (
        lambda **w: random.truncated_normal((COUNT,), 1.0, 0.1, **w), 1, (0.1 * CUT) ** 2, (0.8, 1.2)
    ),
    "randint": (lambda **w: random.randint((COUNT,), 1, 7, **w), 3.5, 35 / 12, (1, 6)),
    "gamma": (lambda **w: random.gamma((COUNT,), 2.0, **w), 2, 2, (0, 30)),
    "gamma, below 1": (lambda **w: random.gamma((COUNT,), 0.5, **w), 0.5, 0.5, (0, 30)),
    "beta": (lambda **w: random.beta((COUNT,), 2.0, 3.0, **w), 0.4, 0.04, (0, 1)),
    "binomial": (lambda **w: random.binomial((COUNT,), 10.0, P, **w), 10 * P, 10 * P * (1 - P), (0, 10)),
    "dropout": (lambda **w: random.dropout(np.ones(COUNT, "float32"), P, **w), 1, P / (1 - P), (0, 1 / (1 - P) + 1e-6)),
    "categorical": (
        lambda **w: random.categorical(np.log([[1 - P, P]]), COUNT, **w), P, P * (1 - P), (0, 1)
    ),
}  # fmt: skip


@functools.cache
def drawn():
    """COUNT numbers of every distribution."""
    found = in_one_program({name: functools.partial(law[0], seed=1) for name, law in LAWS.items()})
    return {name: np.asarray(numbers, "float64").ravel() for name, numbers in found.items()}


@functools.cache
def drawn_for_keras():
    """What our functions draw where Keras's numbers are known."""

    def draw(case):
        seed = case["seed"]
        if seed == "generator":
            seed = random.SeedGenerator(3)
            seed.next()
        return getattr(random, case["object"])(**case["config"], seed=seed)

    return in_one_program({case["case"]: functools.partial(draw, case) for case in CASES})


# ---- values


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_numbers_of_a_seed_are_keras_s_on_jax(case):
    if case["jax"].split(".")[:2] != jax.__version__.split(".")[:2]:
        pytest.skip(f"JAX {jax.__version__} may draw other numbers than {case['jax']}, whose are kept")
    found = drawn_for_keras()[case["case"]]
    wanted = ARRAYS[f"{case['case']}/value"]
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, **ROUNDING)


@pytest.mark.parametrize("name", LAWS)
def test_mean_variance_and_bounds_are_the_distribution_s(name):
    _, mean, variance, (low, high) = LAWS[name]
    numbers = drawn()[name]
    assert numbers.size == COUNT
    assert abs(numbers.mean() - mean) < STRAY * variance**0.5
    fourth = ((numbers - mean) ** 4).mean()  # a variance strays by the root of this
    assert abs(numbers.var() - variance) < STRAY * fourth**0.5
    assert low <= numbers.min()
    assert numbers.max() <= high


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("normal", lambda x: scipy.special.ndtr(x)),
        ("uniform", lambda x: x),
        ("truncated_normal", lambda x: (scipy.special.ndtr(x) - TAIL) / (1 - 2 * TAIL)),
        ("gamma", lambda x: scipy.special.gammainc(2, x)),
        ("gamma, below 1", lambda x: scipy.special.gammainc(0.5, x)),
        ("beta", lambda x: scipy.special.betainc(2, 3, x)),
    ],
)  # fmt: skip
def test_the_share_below_every_number_is_the_distribution_s(name, below):
    numbers = np.sort(drawn()[name])
    apart = np.abs(below(numbers) - (np.arange(COUNT) + 0.5) / COUNT).max()
    assert apart < 2.2 / COUNT**0.5  # Kolmogorov and Smirnov: once in eight thousand


def test_whole_numbers_are_equally_frequent():
    for name, chances in (("randint", np.full(6, 1 / 6)), ("binomial", scipy.special.comb(10, np.arange(11)))):
        numbers = drawn()[name].astype(int)
        if name == "binomial":
            chances = chances * P ** np.arange(11) * (1 - P) ** np.arange(10, -1, -1)
        counts = np.bincount(numbers - numbers.min() if name == "randint" else numbers, minlength=len(chances))
        assert np.all(np.abs(counts - COUNT * chances) < 5 * np.sqrt(COUNT * chances) + 5)


def test_a_shuffle_keeps_rows_whole():
    x = np.arange(60).reshape(20, 3)
    shuffled = np.asarray(random.shuffle(x, seed=4))
    assert not np.array_equal(shuffled, x)
    np.testing.assert_array_equal(shuffled[np.argsort(shuffled[:, 0])], x)
    columns = np.asarray(random.shuffle(x.T, axis=1, seed=4))
    np.testing.assert_array_equal(np.sort(columns[0]), x[:, 0])
    np.testing.assert_array_equal(columns[1] - columns[0], np.ones(20))


def test_a_shuffle_puts_each_entry_anywhere():
    places = np.stack([np.argmax(np.asarray(random.shuffle(np.arange(4), seed=seed)) == 0) for seed in range(400)])
    assert np.all(np.abs(np.bincount(places, minlength=4) - 100) < 5 * 100**0.5)


def test_dropout_shares_decisions_along_axes_of_length_1():
    x = np.ones((50, 4, 3), "float32")
    found = np.asarray(random.dropout(x, 0.5, noise_shape=(None, 1, 3), seed=0))
    np.testing.assert_array_equal(found, np.broadcast_to(found[:, :1], x.shape))
    assert 0 < found.mean() < 2
    np.testing.assert_array_equal(random.dropout(x, 0.0, seed=0), x)
    np.testing.assert_array_equal(random.dropout(x, 1.0, seed=0), 0 * x)
    assert bool(jnp.isfinite(jax.grad(lambda x: random.dropout(x, 1.0, seed=0).sum())(x)).all())


def test_types_and_shapes_are_those_asked_for():
    for kind in ("float16", "bfloat16", "float32"):
        for name in ("normal", "uniform", "truncated_normal"):
            assert str(getattr(random, name)((2,), dtype=kind, seed=0).dtype) == kind
    assert random.uniform(3, seed=0).shape == (3,)
    assert str(random.randint((2,), 0, 5, dtype="uint8", seed=0).dtype) == "uint8"
    assert str(random.normal((2,), dtype="float64", seed=0).dtype) == "float32"  # without JAX's 64-bit mode
    assert random.normal((2, 3), mean=np.float32([1, 2, 3]), seed=0).shape == (2, 3)
    assert float(random.uniform((1000,), dtype="float16", seed=0).max()) < 1
    assert random.dropout(Variable(np.ones(3, "float32")), 0.5, seed=0).shape == (3,)


# ---- seeds


DRAWS = {
    "normal": lambda seed: random.normal((4,), seed=seed),
    "uniform": lambda seed: random.uniform((4,), seed=seed),
    "randint": lambda seed: random.randint((4,), 0, 1000, seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(64, "float32"), 0.5, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(64), seed=seed),
}


def same(a, b):
    return np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("name", DRAWS)
def test_the_same_seed_gives_the_same_numbers_and_another_gives_others(name):
    draw = DRAWS[name]
    assert same(draw(7), draw(7))
    assert same(draw(7), draw(np.int64(7)))
    assert not same(draw(7), draw(8))
    assert not same(draw(7), draw(7 + 2**32))
    assert not same(draw(7), draw(-7))


@pytest.mark.parametrize("name", DRAWS)
def test_without_a_seed_numbers_differ_and_follow_the_process_s_seed(name):
    draw = DRAWS[name]
    set_random_seed(3)
    first, second = draw(None), draw(None)
    set_random_seed(3)
    again = draw(None)
    set_random_seed(4)
    assert not same(first, second)
    assert same(first, again)
    assert not same(first, draw(None))


@pytest.mark.parametrize("name", DRAWS)
def test_a_step_of_a_program_has_its_own_numbers(name):
    draw = DRAWS[name]

    @jax.jit
    def step(key):
        with Frame(key=key):
            return draw(None), draw(None), draw(7)

    first, second, fixed = step(np.uint32([1, 2, 0]))
    again = step(np.uint32([1, 2, 0]))
    later, _, fixed_later = step(np.uint32([1, 2, 1]))
    other, _, _ = step(np.uint32([9, 2, 0]))
    assert not same(first, second)
    assert same(first, again[0])
    assert same(second, again[1])
    assert not same(first, later)
    assert not same(first, other)
    assert same(fixed, fixed_later)  # an integer seed is the same at every step
    assert same(fixed, draw(7))


def test_without_a_seed_a_user_s_own_program_is_refused():
    with pytest.raises(ArgumentError, match="seed: expected a seed inside a function that jax.jit compiles"):
        jax.jit(lambda: random.normal((2,)))()
    key = jax.random.key(0)
    assert same(jax.jit(lambda key: random.normal((2,), seed=key))(key), random.normal((2,), seed=key))
    raw = jax.random.PRNGKey(0)
    assert same(jax.jit(lambda raw: random.normal((2,), seed=raw))(raw), random.normal((2,), seed=key))


# ---- generators


def test_a_generator_gives_another_seed_at_each_call():
    generator, twin = random.SeedGenerator(5), random.SeedGenerator(5)
    seeds = [np.asarray(generator.next()) for _ in range(3)]
    np.testing.assert_array_equal(seeds, [[5, 0], [5, 1], [5, 2]])  # as Keras's
    np.testing.assert_array_equal(generator.state, [5, 3])
    a, b = random.normal((4,), seed=twin), random.normal((4,), seed=twin)
    assert not same(a, b)
    assert same(a, random.normal((4,), seed=jnp.uint32([5, 0])))
    assert not same(random.normal((4,), seed=random.SeedGenerator()), random.normal((4,), seed=random.SeedGenerator()))


def test_a_generator_follows_the_step_and_its_seed_alone():
    def step(key, seed):
        generator = random.SeedGenerator(seed)
        with Frame(key=key):
            return random.normal((4,), seed=generator), random.normal((4,), seed=generator)

    first, second = step(np.uint32([1, 2, 0]), 5)
    assert not same(first, second)
    assert same(first, step(np.uint32([8, 9, 0]), 5)[0])
    assert not same(first, step(np.uint32([1, 2, 1]), 5)[0])
    assert not same(first, step(np.uint32([1, 2, 0]), 6)[0])


def test_a_generator_is_made_again_from_its_config():
    generator = random.SeedGenerator(5, name="mine")
    assert generator.get_config() == {"seed": 5, "name": "mine"}
    twin = random.SeedGenerator.from_config(generator.get_config())
    assert same(twin.next(), generator.next())
    assert random.SeedGenerator().get_config()["seed"] is None
    assert serialize(generator)["config"] == {"seed": 5, "name": "mine"}


def test_a_generator_seeds_initializers():
    generator = random.SeedGenerator(5)
    initializer = initializers.RandomNormal(seed=generator)
    first, second = initializer((3,)), initializer((3,))
    assert not same(first, second)
    assert same(first, initializers.RandomNormal(seed=random.SeedGenerator(5))((3,)))


# ---- errors


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: random.uniform((2,), dtype="int32"), "uniform, dtype: expected a float type; got 'int32'.*randint"),
        (lambda: random.randint((2,), 0, 5, dtype="float32"), "randint, dtype: expected an integer type.*uniform"),
        (lambda: random.normal((2,), seed="x"), "seed: expected an integer, a SeedGenerator, .* got 'x'"),
        (lambda: random.normal((2,), seed=1.5), "seed: expected an integer"),
        (lambda: random.dropout(np.ones(2), 1.5), "dropout, rate: expected a number from 0 to 1; got 1.5"),
        (lambda: random.categorical([0.0, 1.0], 3), r"categorical, logits: expected \(batch, classes\); got \(2,\)"),
        (lambda: random.SeedGenerator("a"), "SeedGenerator, seed: expected an integer or None; got 'a'"),
        (lambda: random.SeedGenerator(3, backend="x"), "SeedGenerator: expected seed and name; got backend="),
    ],
)
def test_a_mistake_is_told_in_four_parts(mistake, message):
    with pytest.raises((ArgumentError, ShapeError), match=message):
        mistake()
