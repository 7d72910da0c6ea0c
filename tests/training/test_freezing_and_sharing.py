"""Which weights a compiled model trains, which layers share theirs, and which models share a compiled program."""

import numpy as np
import pytest

import hornbeam as keras
from hornbeam.training import cache, kept
from hornbeam.training.program import Program

GENERATOR = np.random.default_rng(9)
X = GENERATOR.normal(size=(32, 4)).astype("float32")
Y = GENERATOR.normal(size=(32, 1)).astype("float32")


def moved(model, before):
    return [not np.array_equal(one, other) for one, other in zip(model.get_weights(), before, strict=True)]


def test_a_discriminator_frozen_inside_a_gan_goes_on_learning_by_itself():
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    discriminator.compile("adam", "binary_crossentropy")
    discriminator.trainable = False
    noise = keras.Input((3,))
    gan = keras.Model(noise, discriminator(generator(noise)))
    gan.compile("adam", "binary_crossentropy")
    z, real = GENERATOR.normal(size=(32, 3)).astype("float32"), np.ones((32, 1), "float32")
    for _ in range(2):
        before = generator.get_weights(), discriminator.get_weights()
        discriminator.train_on_batch(X, real)
        assert moved(generator, before[0]) == [False, False]
        assert moved(discriminator, before[1]) == [True, True]
        before = generator.get_weights(), discriminator.get_weights()
        gan.train_on_batch(z, real)
        assert moved(generator, before[0]) == [True, True]
        assert moved(discriminator, before[1]) == [False, False]


def test_freezing_takes_effect_at_the_next_compile():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert all(moved(model, before))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert moved(model, before) == [False, False, True, True]


def test_a_model_over_a_part_of_another_has_its_trained_weights():
    inputs = keras.Input((4,))
    encoded = keras.layers.Dense(2, name="code")(inputs)
    autoencoder = keras.Model(inputs, keras.layers.Dense(4)(encoded))
    early = keras.Model(inputs, encoded)
    autoencoder.compile("adam", "mse")
    before = early.predict(X, verbose=0)
    autoencoder.fit(X, X, epochs=3, verbose=0)
    late = keras.Model(inputs, encoded)
    kernel, bias = autoencoder.get_layer("code").get_weights()
    for model in (early, late):
        np.testing.assert_allclose(model.predict(X, verbose=0), X @ kernel + bias, rtol=1e-5, atol=1e-6)
    assert np.abs(early.predict(X, verbose=0) - before).max() > 1e-4


@pytest.fixture
def traces(monkeypatch):
    """The training steps that were traced, which is how often something was compiled anew."""
    cache.forget_programs()
    monkeypatch.setattr(kept, "_is_on", lambda: False)  # nothing comes from the disk
    seen = []
    step = Program._train_step

    def noted(self, *arguments):
        seen.append(self)
        return step(self, *arguments)

    monkeypatch.setattr(Program, "_train_step", noted)
    yield seen
    cache.forget_programs()


def linear(units=1, optimizer="sgd", loss="mse", **options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, **options)])
    model.compile(optimizer, loss)
    return model


def fitted(model, **options):
    return model.fit(X, Y, batch_size=8, verbose=0, **options)


def test_equal_specs_share_one_compiled_program(traces):
    for number in range(3):
        fitted(linear(name=f"layer_{number}"))
    first = len(traces)
    assert first > 0
    assert len(set(map(id, traces))) == 1
    fitted(linear(optimizer=keras.optimizers.SGD(0.3)))  # a rate is a value, not a part of the program
    assert len(traces) == first


@pytest.mark.parametrize(
    "other",
    [
        {"activation": "relu"},
        {"use_bias": False},
        {"optimizer": "adam"},
        {"optimizer": keras.optimizers.SGD(momentum=0.9)},
        {"loss": "mae"},
        {"kernel_regularizer": keras.regularizers.L2(0.1)},
    ],
    ids=str,
)
def test_different_specs_have_different_programs(other, traces):
    fitted(linear())
    first = len(traces)
    fitted(linear(**other))
    assert len(traces) > first
    assert len(set(map(id, traces))) == 2


def test_a_changed_learning_rate_compiles_nothing_and_is_used(traces):
    model = linear()
    fitted(model)
    first = len(traces)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    fitted(model)
    assert not any(moved(model, before))
    model.optimizer.learning_rate = 0.1
    fitted(model)
    assert all(moved(model, before))
    assert len(traces) == first


def test_more_epochs_compile_nothing(traces):
    model = linear()
    fitted(model, epochs=2)
    first = len(traces)
    fitted(model, epochs=7)
    assert len(traces) == first


def test_models_that_share_a_program_keep_their_own_values():
    one, other = linear(), linear()
    other.set_weights([np.zeros((4, 1)), np.zeros(1)])
    start = one.get_weights()
    fitted(other)
    assert not any(moved(one, start))
    learned = other.get_weights()
    fitted(one, epochs=3)
    assert not any(moved(other, learned))
