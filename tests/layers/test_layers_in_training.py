"""Layers inside ``fit``: what a training program must do with their weights, statistics, draws and losses."""

import numpy as np
import pytest

from hornbeam import layers
from hornbeam.core.errors import TrainingDiverged
from hornbeam.models import Model, Sequential
from hornbeam.optimizers import SGD

rng = np.random.default_rng(0)
X = (5 + 3 * rng.normal(size=(20, 4))).astype("float32")
Y = rng.normal(size=(20, 1)).astype("float32")


@pytest.fixture(autouse=True)
def _strict():
    """Programs are the training room's; it chooses how strict JAX is."""


def fitted(model, x=X, y=Y, loss="mse", rate=0.01, **words):
    model.compile(SGD(rate), loss)
    return model.fit(x, y, batch_size=8, shuffle=False, verbose=0, **words)


def test_statistics_move_batch_by_batch_the_ragged_last_one_included():
    norm = layers.BatchNormalization(momentum=0.7)
    fitted(Sequential([norm, layers.Dense(1)]), epochs=2)
    mean, variance = np.zeros(4), np.ones(4)
    for batch in [X[:8], X[8:16], X[16:]] * 2:
        mean = 0.7 * mean + 0.3 * batch.mean(0)
        variance = 0.7 * variance + 0.3 * batch.var(0)
    np.testing.assert_allclose(norm.moving_mean.numpy(), mean, rtol=1e-5)
    np.testing.assert_allclose(norm.moving_variance.numpy(), variance, rtol=1e-5)


def test_frozen_layers_and_statistics_stay_as_they_were():
    model = Sequential([layers.Normalization(), layers.BatchNormalization(), layers.PReLU(), layers.Dense(1)])
    model.layers[0].adapt(X)
    model.build((None, 4))
    model.layers[1].trainable = model.layers[2].trainable = False
    before = [layer.get_weights() for layer in model.layers]
    fitted(model)
    for layer, old in zip(model.layers[:3], before[:3], strict=True):
        for a, b in zip(layer.get_weights(), old, strict=True):
            np.testing.assert_array_equal(a, b)
    assert (model.layers[3].get_weights()[0] != before[3][0]).any()


def test_dropout_is_off_in_evaluate_and_on_in_fit():
    model = Sequential([layers.Dropout(0.5, seed=1, input_shape=(4,)), layers.Dense(1)])
    losses = fitted(model, rate=0.0, epochs=3).history["loss"]
    assert len(set(losses)) == 3
    quiet = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(quiet, np.mean((model.predict(X, verbose=0) - Y) ** 2), rtol=1e-5)


def test_a_penalty_on_activity_does_not_depend_on_the_padding_of_the_last_batch():
    model = Sequential([layers.ActivityRegularization(l2=0.1, input_shape=(4,)), layers.Dense(1)])
    loss = fitted(model, rate=0.0).history["loss"][0]
    data = np.mean((model.predict(X, verbose=0) - Y) ** 2)
    # each batch's penalty is a mean over its rows, so that weighing batches by their rows gives the mean over all
    np.testing.assert_allclose(loss, data + 0.1 * (X**2).sum() / 20, rtol=1e-5)


def test_a_number_outside_the_table_that_the_model_itself_makes_stops_training():
    # the data's own numbers are refused before: tests/training/test_bad_input.py
    entry = layers.Input((2,), dtype="int32")
    words = layers.Flatten()(layers.Embedding(5, 2)(entry * 3))
    with pytest.raises(TrainingDiverged):
        fitted(Model(entry, layers.Dense(1)(words)), np.array([[0, 1], [1, 3]]), np.zeros((2, 1), "float32"))


def test_masked_steps_leave_the_loss_alone():
    ids = np.array([[1, 2, 3], [4, 0, 0]])
    model = Sequential([layers.Embedding(5, 2, mask_zero=True, input_length=3), layers.Dense(1)])
    target = np.ones((2, 3, 1), "float32")
    loss = fitted(model, ids, target, rate=0.0).history["loss"][0]
    errors = (model.predict(ids, verbose=0) - target)[..., 0] ** 2
    np.testing.assert_allclose(loss, errors[ids > 0].mean(), rtol=1e-5)
