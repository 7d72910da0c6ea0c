"""Laws of the layers that draw numbers: shares, moments, and which draws are the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hornbeam import layers
from hornbeam.core.frame import Frame
from hornbeam.core.random import set_random_seed
from hornbeam.ops.noise import chance, normal, random_words

ONES = np.ones((200, 500), "float32")
# The mean of n independent draws is off by more than 5 standard deviations once in 1.7 million times.
SIGMAS = 5


def in_step(layer, x, step=0, seed=(7, 8)):
    with Frame(training=True, key=(np.uint32(seed[0]), np.uint32(seed[1]), np.uint32(step))):
        return np.asarray(layer(x))


# ---- random words


def test_words_are_even_in_every_byte():
    words = np.stack([np.asarray(random_words(jax.random.key(seed), (1 << 14,))) for seed in range(50)])
    for byte in range(4):
        counts = np.bincount((words >> (8 * byte) & 255).ravel(), minlength=256)
        expected = words.size / 256
        chi = ((counts - expected) ** 2 / expected).sum()  # mean 255, variance 510
        assert abs(chi - 255) < SIGMAS * 510**0.5


def test_words_of_neighbouring_places_steps_and_draws_have_nothing_in_common():
    def signs(step, draw):
        with Frame(key=(np.uint32(0), np.uint32(0), np.uint32(step))) as frame:
            for _ in range(draw):
                key = frame.next_key()
        return np.where(np.asarray(chance(key, (64, 512), 0.5)), 1.0, -1.0)

    steps, draws = [np.stack([signs(n, 1) for n in range(40)]), np.stack([signs(0, n) for n in range(1, 41)])]
    for values in (steps, draws):
        for pair in (values[1:] * values[:-1], values[:, 1:] * values[:, :-1], values[..., 1:] * values[..., :-1]):
            assert abs(pair.sum()) < SIGMAS * pair.size**0.5
    # ranks: the largest eigenvalue of random signs' covariance, by Marchenko and Pastur
    rows = steps.reshape(-1, 512)
    largest = np.linalg.eigvalsh(rows.T @ rows / len(rows))[-1]
    assert largest < 1.1 * (1 + (512 / len(rows)) ** 0.5) ** 2


@pytest.mark.parametrize("probability", [0.0, 0.001, 0.3, 0.999, 1.0])
def test_chance_has_the_probability_asked_for(probability):
    found = np.asarray(chance(jax.random.key(3), (1 << 20,), probability)).mean()
    assert abs(found - probability) <= SIGMAS * (probability * (1 - probability) / 2**20) ** 0.5


def test_normal_numbers_have_the_moments_and_tails_of_the_normal_distribution():
    z = np.asarray(normal(jax.random.key(1), (1 << 20,), "float32"), "float64")
    n = z.size
    assert abs(z.mean()) < SIGMAS / n**0.5
    assert abs(z.var() - 1) < SIGMAS * (2 / n) ** 0.5
    assert abs((z**3).mean()) < SIGMAS * (15 / n) ** 0.5
    assert abs((z**4).mean() - 3) < SIGMAS * (96 / n) ** 0.5
    assert abs((np.abs(z) > 3).mean() - 0.0026998) < SIGMAS * (0.0027 / n) ** 0.5


# ---- Dropout


@pytest.mark.parametrize("rate", [0.004, 0.1, 0.5, 0.75])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    y = in_step(layers.Dropout(rate), ONES)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / (1 - rate))}
    assert abs((y == 0).mean() - rate) < SIGMAS * (rate * (1 - rate) / y.size) ** 0.5
    assert abs(y.mean() - 1) < SIGMAS * (rate / (1 - rate) / y.size) ** 0.5


def test_dropout_does_nothing_at_rate_0_and_at_inference_and_everything_at_rate_1():
    assert (in_step(layers.Dropout(0), ONES) == ONES).all()
    assert layers.Dropout(0.5)(ONES) is not None
    np.testing.assert_array_equal(layers.Dropout(0.5)(ONES), ONES)
    np.testing.assert_array_equal(in_step(layers.Dropout(1.0), ONES), 0 * ONES)


def test_dropout_at_inference_adds_nothing_to_the_program():
    text = jax.jit(lambda x: layers.Dropout(0.5)(x)).lower(ONES).as_text()
    assert "xor" not in text


def test_dropout_passes_slopes_to_what_it_kept_alone():
    layer = layers.Dropout(0.3)
    key = (np.uint32(1), np.uint32(2), np.uint32(3))

    def total(x):
        with Frame(training=True, key=key):
            return jnp.sum(layer(x))

    slope = np.asarray(jax.grad(total)(ONES))
    np.testing.assert_array_equal(slope, in_step(layer, ONES, 3, (1, 2)))


def test_units_share_decisions_along_axes_of_the_noise_shape_that_are_1():
    x = np.ones((50, 7, 40), "float32")
    y = in_step(layers.Dropout(0.5, noise_shape=(None, 1, 40)), x)
    assert (y == y[:, :1]).all()
    assert 0.3 < (y[:, 0] == 0).mean() < 0.7
    y = in_step(layers.Dropout(0.5, noise_shape=(1, None, None)), x)
    assert (y == y[:1]).all()


@pytest.mark.parametrize(
    ("layer", "shape", "channel"),
    [
        (layers.SpatialDropout1D(0.5), (60, 5, 40), 2),
        (layers.SpatialDropout2D(0.5), (60, 3, 4, 40), 3),
        (layers.SpatialDropout2D(0.5, data_format="channels_first"), (60, 40, 3, 4), 1),
        (layers.SpatialDropout3D(0.5), (60, 2, 3, 2, 40), 4),
    ],
    ids=str,
)
def test_spatial_dropout_drops_whole_channels(layer, shape, channel):
    y = np.moveaxis(in_step(layer, np.ones(shape, "float32")), channel, 1).reshape(60, 40, -1)
    assert (y == y[..., :1]).all()
    assert abs((y[..., 0] == 0).mean() - 0.5) < SIGMAS * 0.5 / 2400**0.5


# ---- the other noises


def test_alpha_dropout_keeps_mean_and_variance_of_selu_s_inputs():
    x = np.random.default_rng(0).normal(size=(400, 500)).astype("float32")
    for rate in (0.1, 0.5):
        y = in_step(layers.AlphaDropout(rate), x)
        assert abs(y.mean()) < 0.02
        assert abs(y.var() - 1) < 0.02
        assert len(np.unique(y)) <= (1 - rate + 0.01) * y.size


def test_gaussian_noise_has_its_deviation():
    y = in_step(layers.GaussianNoise(0.3), ONES)
    assert abs(y.mean() - 1) < SIGMAS * 0.3 / y.size**0.5
    assert abs(y.std() - 0.3) < SIGMAS * 0.3 / (2 * y.size) ** 0.5


def test_gaussian_dropout_has_the_moments_of_dropout():
    y = in_step(layers.GaussianDropout(0.2), ONES)
    assert abs(y.mean() - 1) < SIGMAS * 0.5 / y.size**0.5
    assert abs(y.std() - 0.5) < SIGMAS * 0.5 / (2 * y.size) ** 0.5


# ---- which draws are the same

NOISY = [
    lambda **words: layers.Dropout(0.5, **words),
    lambda **words: layers.AlphaDropout(0.5, **words),
    lambda **words: layers.GaussianDropout(0.5, **words),
    lambda **words: layers.GaussianNoise(0.5, **words),
]
noisy = pytest.mark.parametrize("make", NOISY, ids=["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"])
SMALL = np.ones((8, 16), "float32")


def same(a, b):
    return bool((np.asarray(a) == np.asarray(b)).all())


@noisy
def test_the_same_step_of_the_same_run_draws_the_same_and_another_does_not(make):
    layer = make()
    assert same(in_step(layer, SMALL, 4), in_step(layer, SMALL, 4))
    assert not same(in_step(layer, SMALL, 4), in_step(layer, SMALL, 5))
    assert not same(in_step(layer, SMALL, 4), in_step(layer, SMALL, 4, seed=(7, 9)))


@noisy
def test_two_layers_in_one_step_draw_differently(make):
    for words in ({}, {"seed": 5}):
        one, two = make(**words), make(**words)
        with Frame(training=True, key=(np.uint32(1), np.uint32(2), np.uint32(3))):
            assert not same(one(SMALL), two(SMALL))


@noisy
def test_a_seed_makes_draws_the_same_in_every_run_whatever_else_is_drawn(make):
    seeded, other = make(seed=5), make()
    alone = in_step(seeded, SMALL, 9, seed=(1, 1))
    with Frame(training=True, key=(np.uint32(2), np.uint32(2), np.uint32(9))):
        other(SMALL)
        assert same(make(seed=5)(SMALL), alone)
    assert not same(in_step(make(seed=6), SMALL, 9), alone)
    assert not same(in_step(seeded, SMALL, 10), alone)
    assert make(seed=-1)(SMALL, training=True).shape == SMALL.shape


@noisy
def test_called_by_hand_a_seeded_layer_has_a_stream_of_its_own(make):
    one, two = make(seed=5), make(seed=5)
    first, second = one(SMALL, training=True), one(SMALL, training=True)
    assert not same(first, second)
    assert same(two(SMALL, training=True), first)
    assert same(two(SMALL, training=True), second)


@noisy
def test_called_by_hand_an_unseeded_layer_follows_the_process_s_seed(make):
    set_random_seed(11)
    first, second = make()(SMALL, training=True), make()(SMALL, training=True)
    assert not same(first, second)
    set_random_seed(11)
    assert same(make()(SMALL, training=True), first)
