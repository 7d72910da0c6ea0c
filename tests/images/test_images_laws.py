"""Laws of resizing and of the layers that augment images."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.frame import Frame
from hornbeam.core.random import set_random_seed
from hornbeam.ops import image
from hornbeam.ops.noise import beta, dirichlet
from hornbeam.ops.resizing import host_resize

RNG = np.random.default_rng(3)
IMAGES = RNG.uniform(0, 255, (4, 6, 6, 3)).astype("float32")
KEY = jax.random.key(0)
# one rounding of float32 at 255 is 1.5e-5; a mean of four pixels has a few
CLOSE = {"rtol": 1e-5, "atol": 1e-3}


def augmented(layer, images=IMAGES, step=0):
    with Frame(training=True, key=(np.uint32(5), np.uint32(6), np.uint32(step))):
        return np.asarray(layer(images))


# ---- resizing


@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"])
def test_an_even_image_stays_even_at_every_size(method):
    for size in ((3, 11), (17, 2), (6, 6)):
        for antialias in (False, True):
            found = image.resize(jnp.full((2, 6, 7, 1), 9.0), size, method, antialias)
            np.testing.assert_allclose(found, 9.0, rtol=1e-5)


@pytest.mark.parametrize("method", ["bilinear", "bicubic"])
def test_a_ramp_stays_a_ramp_away_from_the_edges(method):
    ramp = jnp.broadcast_to(jnp.arange(16.0)[None, :, None], (4, 16, 1))
    found = np.asarray(image.resize(ramp, (4, 32), method))[0, 6:-6, 0]
    np.testing.assert_allclose(np.diff(found), 0.5, atol=1e-4)


@pytest.mark.parametrize("words", [{}, {"crop": True}, {"pad": True}], ids=str)
@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos3"])
def test_resizing_on_the_host_and_on_the_device_agree(method, words):
    picture = IMAGES[0][:, :5]
    device = {f"{word}_to_aspect_ratio": value for word, value in words.items()}
    for size in ((4, 9), (8, 3)):
        np.testing.assert_allclose(
            host_resize(picture, size, method, **words), image.resize(picture, size, method, **device), **CLOSE
        )


def test_area_averages_what_falls_together():
    found = host_resize(IMAGES[0], (3, 2), "area")
    np.testing.assert_allclose(found, IMAGES[0].reshape(3, 2, 2, 3, 3).mean((1, 3)), **CLOSE)
    np.testing.assert_allclose(host_resize(IMAGES[0], (4, 5), "area").mean((0, 1)), IMAGES[0].mean((0, 1)), rtol=1e-5)


def test_hsv_and_back_is_the_same_colour():
    np.testing.assert_allclose(image.hsv_to_rgb(image.rgb_to_hsv(IMAGES / 255)), IMAGES / 255, atol=1e-6)


def test_patches_laid_out_again_are_the_image():
    patches = image.extract_patches(IMAGES, 2)
    again = np.asarray(patches).reshape(4, 3, 3, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(IMAGES.shape)
    np.testing.assert_array_equal(again, IMAGES)


# ---- motion


def test_flips_give_each_image_one_of_its_mirror_images_and_twice_is_none():
    both = augmented(layers.RandomFlip(), np.repeat(IMAGES[:1], 64, 0))
    kinds = {tuple(kind.ravel()) for kind in (IMAGES[0], IMAGES[0][::-1], IMAGES[0][:, ::-1], IMAGES[0][::-1, ::-1])}
    assert {tuple(each.ravel()) for each in both} == kinds
    layer = layers.RandomFlip("horizontal")
    np.testing.assert_array_equal(augmented(layer, augmented(layer)), IMAGES)


@pytest.mark.parametrize("turns", [1, 2, 3, -1])
@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_quarter_turns_are_exact_and_counter_clockwise(turns, method):
    layer = layers.RandomRotation((turns / 4, turns / 4), interpolation=method)
    np.testing.assert_allclose(augmented(layer), np.rot90(IMAGES, turns, (1, 2)), **CLOSE)


def test_shifts_by_whole_pixels_shift():
    moved = augmented(layers.RandomTranslation((1 / 6, 1 / 6), (-2 / 6, -2 / 6), fill_mode="constant", fill_value=7))
    np.testing.assert_allclose(moved[:, 1:, :-2], IMAGES[:, :-1, 2:], **CLOSE)
    np.testing.assert_allclose(moved[:, :1], 7, **CLOSE)
    wrapped = augmented(layers.RandomTranslation((0.5, 0.5), (0, 0), fill_mode="wrap"))
    np.testing.assert_allclose(wrapped, np.roll(IMAGES, 3, 1), **CLOSE)


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomRotation(0),
        layers.RandomZoom(0, 0),
        layers.RandomTranslation(0, 0),
        layers.RandomShear(0, 0),
        layers.RandomPerspective(scale=0),
        layers.RandomBrightness(0),
        layers.RandomContrast(0),
        layers.RandomSaturation((0.5, 0.5)),
        layers.RandomHue(0),
        layers.RandomSharpness((0.5, 0.5)),
        layers.RandomColorDegeneration(0),
        layers.RandomPosterization((8, 8)),
        layers.RandomInvert(0),
        layers.RandomErasing(0),
        layers.RandomGaussianBlur(0),
        layers.RandomGrayscale(0),
        layers.RandomColorJitter(),
        layers.RandAugment(num_ops=0),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_factor_that_says_nothing_changes_nothing(layer):
    found, expected = augmented(layer), np.floor(IMAGES) if isinstance(layer, layers.RandomPosterization) else IMAGES
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-3)


def test_zooming_to_twice_the_view_puts_every_second_place_in_the_middle():
    ramp = np.broadcast_to(np.arange(8, dtype="float32")[None, None, :, None], (1, 8, 8, 1))
    zoomed = augmented(layers.RandomZoom((0, 0), (1, 1), fill_mode="constant", fill_value=-1.0), ramp)
    np.testing.assert_allclose(zoomed[0, 0, 2:6, 0], [0.5, 2.5, 4.5, 6.5], atol=1e-5)
    assert (zoomed[0, :, [0, 7]] == -1).all()


def test_a_crop_is_a_window_of_the_images_the_same_in_a_batch():
    layer = layers.RandomCrop(4, 6, seed=1)
    places = set()
    for step in range(12):
        found = augmented(layer, step=step)
        fits = [top for top in range(3) if (found == IMAGES[:, top : top + 4]).all()]
        assert len(fits) == 1
        places.add(fits[0])
    assert places == {0, 1, 2}
    assert layer(IMAGES, training=False).shape == (4, 4, 6, 3)


# ---- light and colour


def test_brightness_and_contrast_follow_their_formulas():
    layer = layers.RandomBrightness(0.5)
    numbers = jnp.asarray([[0.0], [0.25], [0.5], [0.75]])
    shift = (np.asarray(numbers)[:, 0] - 0.5) * 255
    expected = np.clip(IMAGES + shift[:, None, None, None], 0, 255)
    np.testing.assert_allclose(layer.augment(jnp.asarray(IMAGES), numbers, KEY), expected, **CLOSE)
    layer = layers.RandomContrast((0.5, 0.25))
    mean, factor = IMAGES.mean((1, 2), keepdims=True), 0.5 + 0.75 * np.asarray(numbers)[:, :, None, None]
    expected = np.clip((IMAGES - mean) * factor + mean, 0, 255)
    np.testing.assert_allclose(layer.augment(jnp.asarray(IMAGES), numbers, KEY), expected, **CLOSE)


def test_solarization_turns_what_is_above_the_threshold():
    layer = layers.Solarization((0.1, 0.1), (0.5, 0.5))
    x = np.clip(IMAGES + 25.5, 0, 255)
    np.testing.assert_allclose(augmented(layer), np.where(x < 127.5, x, 255 - x), **CLOSE)


def test_equalization_gives_every_image_ranks_of_its_own():
    shades = np.arange(36, dtype="float32").reshape(1, 6, 6, 1) * 3 + 5
    found = augmented(layers.Equalization(), np.concatenate([shades, shades[:, ::-1] + 20]))
    np.testing.assert_allclose(found[0].ravel(), np.round(np.arange(36) * 255 / 35))
    np.testing.assert_allclose(found[1], found[0][::-1])


@pytest.mark.parametrize("span", [(0, 255), (0, 1), (-1, 1)], ids=str)
@pytest.mark.parametrize(
    "make",
    [
        functools.partial(layers.RandomBrightness, 0.9),
        functools.partial(layers.RandomContrast, 0.9),
        functools.partial(layers.RandomSaturation, 1.0),
        functools.partial(layers.RandomHue, 1.0),
        functools.partial(layers.RandomColorDegeneration, 1.0),
        functools.partial(layers.RandomSharpness, 1.0),
        functools.partial(layers.RandomPosterization, 4),
        functools.partial(layers.RandomInvert, 1.0),
        functools.partial(layers.Solarization, 0.5, 0.5),
        layers.AutoContrast,
        layers.Equalization,
        layers.RandomErasing,
        functools.partial(layers.RandomGaussianBlur, sigma=1.0),
        layers.RandomElasticTransform,
    ],
    ids=lambda make: getattr(make, "func", make).__name__,
)
def test_colours_stay_in_their_range(make, span):
    low, high = span
    found = augmented(make(value_range=span), IMAGES / 255 * (high - low) + low)
    slack = 1e-4 * (high - low)
    assert found.min() >= low - slack
    assert found.max() <= high + slack


# ---- mixing


def test_mixing_mixes_labels_by_the_shares_of_the_images():
    plain = np.repeat(np.arange(8, dtype="float32") * 10, 36).reshape(8, 6, 6, 1)
    labels = np.eye(8, dtype="float32")
    for layer in (layers.MixUp(1.0, seed=2), layers.CutMix(seed=2)):
        found = layer({"images": plain, "labels": labels}, training=True)
        means = np.asarray(found["images"]).mean((1, 2, 3))
        np.testing.assert_allclose(np.asarray(found["labels"]) @ (np.arange(8) * 10), means, rtol=1e-4, atol=1e-3)
        assert (np.abs(means - np.arange(8) * 10) > 1e-3).any()


@pytest.mark.parametrize(("a", "b"), [(0.2, 0.2), (1.0, 1.0), (0.5, 2.0), (3.0, 1.5)])
def test_beta_has_the_moments_of_its_distribution(a, b):
    x = np.asarray(beta(KEY, (20000,), a, b))
    assert x.min() >= 0
    assert x.max() <= 1
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    assert abs(x.mean() - a / (a + b)) < 5 * (variance / x.size) ** 0.5 + 1e-3
    assert abs(x.var() - variance) < 0.05 * variance + 1e-3


def test_dirichlet_has_even_means():
    shares = np.stack([np.asarray(dirichlet(jax.random.key(k), 3, 1.0)) for k in range(40)])
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    assert abs(shares.mean(0) - 1 / 3).max() < 5 * (1 / 18 / 40) ** 0.5


# ---- draws


CHANCES = [
    layers.RandomFlip,
    functools.partial(layers.RandomRotation, 0.3),
    functools.partial(layers.RandomZoom, 0.3),
    functools.partial(layers.RandomTranslation, 0.3, 0.3),
    functools.partial(layers.RandomBrightness, 0.3),
    functools.partial(layers.RandomContrast, 0.3),
]
chances = pytest.mark.parametrize("make", CHANCES, ids=lambda make: getattr(make, "func", make).__name__)
SAME = np.repeat(IMAGES[:1], 8, 0)


@chances
def test_each_image_of_a_batch_has_a_draw_of_its_own(make):
    found = augmented(make(), SAME)
    assert len({each.tobytes() for each in found}) > (1 if make is layers.RandomFlip else 6)


@chances
def test_the_same_seed_draws_the_same_and_the_next_step_does_not(make):
    one, two = augmented(make(seed=3), SAME), augmented(make(seed=3), SAME)
    np.testing.assert_array_equal(one, two)
    assert (augmented(make(seed=3), SAME, step=1) != one).any()
    set_random_seed(1)
    first = np.asarray(make()(SAME))
    set_random_seed(1)
    np.testing.assert_array_equal(make()(SAME), first)


@chances
def test_inference_leaves_images_alone_and_a_call_by_hand_augments(make):
    network = keras.Sequential([make()])
    np.testing.assert_array_equal(network.predict(SAME, verbose=0), SAME)
    np.testing.assert_array_equal(network(SAME, training=False), SAME)
    assert (np.asarray(network(SAME)) != SAME).any()  # as in Keras: a loop shows nine different versions
    np.testing.assert_array_equal(make()(SAME.astype("uint8"), training=False), np.floor(SAME))


def test_a_shear_is_written_as_keras_takes_it():
    config = layers.RandomShear(0.3, (0.1, 0.2)).get_config()
    assert (config["x_factor"], config["y_factor"]) == (0.3, [0.1, 0.2])
    for x_factor in (0.3, [-0.3, 0.3]):  # Keras writes two ends, which it does not take itself
        assert layers.RandomShear.from_config({**config, "x_factor": x_factor}).x_factor == (-0.3, 0.3)


def test_one_image_is_augmented_as_a_batch_of_one_is():
    layer = layers.RandomRotation((0.1, 0.1))
    np.testing.assert_allclose(layer(IMAGES[0], training=True), layer(IMAGES[:1], training=True)[0], **CLOSE)
    first = layers.RandomRotation((0.1, 0.1), data_format="channels_first")
    turned = first(np.moveaxis(IMAGES, -1, 1), training=True)
    np.testing.assert_allclose(np.moveaxis(turned, 1, -1), layer(IMAGES, training=True), **CLOSE)


def test_masks_move_with_their_images_and_stay_whole_numbers():
    masks = (IMAGES[..., :1] > 100).astype("int32")
    layer = layers.RandomRotation((0.25, 0.25))
    found = layer({"images": IMAGES, "segmentation_masks": masks}, training=True)
    np.testing.assert_array_equal(found["segmentation_masks"], np.rot90(masks, 1, (1, 2)))
    assert found["segmentation_masks"].dtype == masks.dtype


def test_augmentation_trains_inside_the_compiled_program():
    network = keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.RandomContrast(0.2),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy")
    history = network.fit(IMAGES / 255, np.arange(4) % 2, epochs=2, batch_size=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_a_network_with_operations_on_images_is_saved_and_loaded(tmp_path):
    x = keras.Input((6, 6, 3))
    half = image.resize(image.rgb_to_grayscale(x), (3, 3), interpolation="bicubic")
    moved = image.affine_transform(layers.Rescaling(1 / 255)(half), [1.0, 0, 1, 0, 1, 0, 0, 0], fill_mode="nearest")
    network = keras.Model(x, layers.RandomContrast(0.1)(moved))
    network.save(tmp_path / "a.keras")
    again = keras.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(again.predict(IMAGES, verbose=0), network.predict(IMAGES, verbose=0))
