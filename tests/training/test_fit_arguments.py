"""What fit's arguments mean: inputs and outputs by name, validation, weights, batches and steps.

The oracle is plain NumPy: one linear unit trained by gradient descent on the mean square, a few lines below.
"""

import numpy as np
import pytest

import hornbeam as keras

GENERATOR = np.random.default_rng(5)
ROWS = 50
X = GENERATOR.normal(size=(ROWS, 4)).astype("float32")
Y = GENERATOR.normal(size=(ROWS, 1)).astype("float32")
W = GENERATOR.normal(size=(4, 1)).astype("float32")
RATE = 0.05


class Same(keras.layers.Layer):
    """A user's layer that does nothing; Hornbeam cannot know that, and pads no batch of its models."""

    def call(self, x):
        return x


def linear(*middle, loss="mse", **options):
    model = keras.Sequential([keras.Input((4,)), *middle, keras.layers.Dense(1, use_bias=False)])
    model.set_weights([W])
    model.compile(keras.optimizers.SGD(RATE), loss, **options)
    return model


def descended(x, y, size, epochs=1, weights=None, w=W):
    """Gradient descent in float64 on mean(weight * (x w - y)^2), batch by batch; weights and each epoch's mean loss."""
    w, losses = w.astype("float64"), []
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, "float64")
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), size):
            cut = slice(start, start + size)
            error = x[cut].astype("float64") @ w - y[cut]
            scale = weights[cut, None]
            total += (scale * error**2).mean() * len(error)
            w = w - RATE * 2 * x[cut].T @ (scale * error) / len(error)
        losses.append(total / len(x))
    return w, losses


def close(got, wanted, rtol=2e-5):
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("size", [1, 7, 16, 25, 50, 64])
@pytest.mark.parametrize("middle", [(), (Same,)], ids=["padded", "exact"])
def test_the_last_smaller_batch_counts_with_its_own_size(size, middle):
    model = linear(*(layer() for layer in middle))
    history = model.fit(X, Y, batch_size=size, epochs=2, shuffle=False, verbose=0)
    w, losses = descended(X, Y, size, epochs=2)
    close(model.get_weights()[0], w)
    close(history.history["loss"], losses)


@pytest.mark.parametrize("size", [16, 64])
def test_padding_a_batch_changes_nothing_for_other_losses_and_metrics(size):
    for loss in ("mae", keras.losses.MeanSquaredError(reduction="sum")):
        padded, exact = linear(loss=loss, metrics=["mae"]), linear(Same(), loss=loss, metrics=["mae"])
        assert padded.is_rowwise
        assert not exact.is_rowwise
        one = padded.fit(X, Y, batch_size=size, epochs=2, shuffle=False, verbose=0).history
        other = exact.fit(X, Y, batch_size=size, epochs=2, shuffle=False, verbose=0).history
        close(padded.get_weights()[0], exact.get_weights()[0])
        for name in other:
            close(one[name], other[name])
        close(padded.evaluate(X, Y, size, verbose=0), exact.evaluate(X, Y, size, verbose=0))
        close(padded.predict(X, size, verbose=0), exact.predict(X, size, verbose=0))


def test_one_row_trains_and_is_predicted():
    model = linear()
    model.fit(X[:1], Y[:1], verbose=0)
    close(model.get_weights()[0], descended(X[:1], Y[:1], 1)[0])
    assert model.predict(X[:1], verbose=0).shape == (1, 1)


def test_the_default_batch_has_32_rows():
    model = linear()
    model.fit(X, Y, shuffle=False, verbose=0)
    close(model.get_weights()[0], descended(X, Y, 32)[0])


# -- inputs and outputs -------------------------------------------------------------------------------


def two_by_two(dict_inputs=False, dict_outputs=False):
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    number = keras.layers.Dense(1, name="number", kernel_initializer="ones")(joined)
    kind = keras.layers.Dense(3, activation="softmax", name="kind", kernel_initializer="zeros")(joined)
    outputs = {"number": number, "kind": kind} if dict_outputs else [number, kind]
    model = keras.Model({"a": a, "b": b} if dict_inputs else [a, b], outputs)
    losses = {"number": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile(keras.optimizers.SGD(0.1), losses, loss_weights={"number": 0.5}, metrics={"kind": ["accuracy"]})
    return model


A, B = GENERATOR.normal(size=(20, 3)).astype("float32"), GENERATOR.normal(size=(20, 2)).astype("float32")
NUMBER, KIND = GENERATOR.normal(size=20).astype("float32"), GENERATOR.integers(0, 3, 20)


@pytest.mark.parametrize("dict_outputs", [False, True])
@pytest.mark.parametrize("dict_inputs", [False, True])
def test_inputs_and_targets_may_be_lists_or_dicts(dict_inputs, dict_outputs):
    wanted = None
    targets = [{"kind": KIND, "number": NUMBER}]
    if not dict_outputs:
        targets.append([NUMBER, KIND])
    for x in ({"b": B, "a": A}, [A, B], (A, B)):
        if dict_inputs and not isinstance(x, dict):
            continue
        for y in targets:
            model = two_by_two(dict_inputs, dict_outputs)
            history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
            assert set(history) == {"loss", "number_loss", "kind_loss", "kind_accuracy"}
            got = {layer: model.get_layer(layer).get_weights()[0] for layer in ("number", "kind")}
            wanted = wanted or got
            for layer, kernel in got.items():
                close(kernel, wanted[layer])
    close(history["loss"], np.add(np.multiply(history["number_loss"], 0.5), history["kind_loss"]))
    predicted = model.predict({"a": A, "b": B}, verbose=0)
    assert isinstance(predicted, dict if dict_outputs else list)
    number = predicted["number"] if dict_outputs else predicted[0]
    assert number.shape == (20, 1)


def test_both_outputs_learn_as_they_would_alone():
    model = two_by_two()
    model.fit([A, B], [NUMBER, KIND], batch_size=8, epochs=2, shuffle=False, verbose=0)
    rows = np.concatenate([A, B], 1)
    x, ones = keras.Input((5,)), keras.initializers.Ones()
    alone = keras.Model(x, keras.layers.Dense(1, kernel_initializer=ones)(x))
    alone.compile(keras.optimizers.SGD(0.05), "mse")
    alone.fit(rows, NUMBER, batch_size=8, epochs=2, shuffle=False, verbose=0)
    close(model.get_layer("number").get_weights()[0], alone.get_weights()[0])


def test_an_output_without_a_loss_needs_no_target():
    x = keras.Input((4,))
    hidden = keras.layers.Dense(2, name="hidden")(x)
    model = keras.Model(x, {"hidden": hidden, "y": keras.layers.Dense(1, name="y")(hidden)})
    model.compile("sgd", {"y": "mse"})
    history = model.fit(X, {"y": Y}, verbose=0).history
    assert np.isfinite(history["loss"]).all()


# -- validation ---------------------------------------------------------------------------------------


def test_the_validation_split_is_the_end_of_the_data_before_shuffling():
    """The last tenth are outliers: the loss on them is huge, and the weights never hear of them."""
    y = Y.copy()
    y[45:] = 1000
    model = linear()
    history = model.fit(X, y, batch_size=9, epochs=3, validation_split=0.1, shuffle=True, verbose=0).history
    assert min(history["val_loss"]) > 9e5
    assert max(history["loss"]) < 100
    plain = linear()
    val = plain.fit(X, y, batch_size=9, validation_split=0.1, shuffle=False, verbose=0).history["val_loss"]
    w, _ = descended(X[:45], y[:45], 9)
    close(plain.get_weights()[0], w)
    close(val[0], ((X[45:] @ w - y[45:]) ** 2).mean())


def test_validation_data_are_measured_with_their_weights():
    weights = np.linspace(0, 2, 10).astype("float32")
    model = linear(weighted_metrics=["mae"])
    history = model.fit(
        X, Y, validation_data=(X[:10], Y[:10], weights), validation_batch_size=4, shuffle=False, verbose=0
    )
    w, _ = descended(X, Y, 32)
    error = (X[:10] @ w - Y[:10])[:, 0]
    close(history.history["val_loss"][0], (weights * error**2).mean())
    close(history.history["val_mae"][0], (weights * abs(error)).sum() / weights.sum())


def test_validation_data_may_be_batches():
    model = linear()
    batches = [(X[:6], Y[:6]), (X[6:10], Y[6:10])]
    history = model.fit(X, Y, validation_data=batches, epochs=2, shuffle=False, verbose=0).history
    close(history["val_loss"][1], model.evaluate(X[:10], Y[:10], verbose=0))


def test_validation_leaves_no_trace_in_training():
    with_validation, without = linear(), linear()
    with_validation.fit(X, Y, epochs=3, shuffle=False, validation_data=(X[:10], Y[:10]), verbose=0)
    without.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    close(with_validation.get_weights()[0], without.get_weights()[0])


@pytest.mark.parametrize(
    ("frequency", "epochs"), [(1, [0, 1, 2, 3, 4]), (2, [1, 3]), ([1, 4], [0, 3]), (np.int64(5), [4])]
)
def test_validation_frequency_says_after_which_epochs(frequency, epochs):
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: "val_loss" in logs and seen.append(epoch))
    data = {"validation_data": (X[:10], Y[:10]), "validation_freq": frequency, "epochs": 5, "verbose": 0}
    history = linear().fit(X, Y, callbacks=watch, **data).history
    assert seen == epochs
    assert len(history["val_loss"]) == len(linear().fit(X, Y, **data).history["val_loss"]) == len(epochs)


def test_validation_steps_take_the_first_batches():
    model = linear()
    history = model.fit(X, Y, validation_data=(X, Y), validation_batch_size=5, validation_steps=2, epochs=2, verbose=0)
    close(history.history["val_loss"][1], model.evaluate(X[:10], Y[:10], verbose=0))
    close(model.evaluate(X, Y, batch_size=5, steps=2, verbose=0), model.evaluate(X[:10], Y[:10], verbose=0))
    assert model.predict(X, batch_size=5, steps=3, verbose=0).shape == (15, 1)


# -- weights ------------------------------------------------------------------------------------------


def test_sample_weights_scale_each_row_of_the_loss():
    weights = GENERATOR.random(ROWS)
    for given in (weights, weights[:, None], weights.tolist()):
        model = linear()
        history = model.fit(X, Y, batch_size=16, shuffle=False, sample_weight=given, verbose=0).history
        w, losses = descended(X, Y, 16, weights=weights)
        close(model.get_weights()[0], w)
        close(history["loss"], losses)


def test_time_steps_can_have_weights_of_their_own():
    x = GENERATOR.normal(size=(12, 5, 4)).astype("float32")
    y = GENERATOR.normal(size=(12, 5, 1)).astype("float32")
    weights = GENERATOR.random((12, 5)).astype("float32")
    inputs = keras.Input((5, 4))
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(inputs))
    model.set_weights([W])
    model.compile(keras.optimizers.SGD(RATE), "mse")
    model.fit(x, y, batch_size=12, sample_weight=weights, shuffle=False, verbose=0)
    w, _ = descended(x.reshape(-1, 4), y.reshape(-1, 1), 60, weights=weights.reshape(-1))
    close(model.get_weights()[0], w)
    ragged = keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(inputs))
    ragged.set_weights([W])
    ragged.compile(keras.optimizers.SGD(RATE), "mse")
    ragged.fit(x, y, batch_size=8, sample_weight=weights, shuffle=False, verbose=0)
    w, _ = descended(x.reshape(-1, 4), y.reshape(-1, 1), 40, weights=weights.reshape(-1))
    close(ragged.get_weights()[0], w)


def classifier():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, activation="softmax", kernel_initializer="ones")]
    )
    return model


@pytest.mark.parametrize("one_hot", [False, True])
def test_class_weights_are_sample_weights_by_class(one_hot):
    labels = GENERATOR.integers(0, 3, ROWS)
    y = keras.utils.to_categorical(labels, 3) if one_hot else labels
    loss = "categorical_crossentropy" if one_hot else "sparse_categorical_crossentropy"
    by_class = {0: 0.5, 2: 3.0}
    by_row = np.where(labels == 0, 0.5, np.where(labels == 2, 3.0, 1.0))
    found = []
    for options in (
        {"class_weight": by_class},
        {"sample_weight": by_row},
        {"class_weight": by_class, "batch_size": ROWS},
    ):
        model = classifier()
        model.compile("sgd", loss)
        model.fit(X, y, **{"batch_size": 16, **options}, epochs=2, shuffle=False, verbose=0)
        found.append(model.get_weights()[0])
    close(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 1e-4  # the comparison can fail


def test_class_weights_and_sample_weights_multiply():
    labels = GENERATOR.integers(0, 2, ROWS)
    weights = GENERATOR.random(ROWS)
    found = []
    for options in (
        {"class_weight": {1: 3.0}, "sample_weight": weights},
        {"sample_weight": weights * np.where(labels == 1, 3, 1)},
    ):
        model = classifier()
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(X, labels, **options, shuffle=False, verbose=0)
        found.append(model.get_weights()[0])
    close(*found)


# -- steps and epochs ---------------------------------------------------------------------------------


def test_steps_per_epoch_go_through_arrays_again_and_again():
    """Ten batches of 5; three an epoch: the fourth epoch has the last one and the first two."""
    model = linear()
    seen = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, model.get_weights()[0].copy()))
    )
    model.fit(X, Y, batch_size=5, epochs=4, steps_per_epoch=3, shuffle=False, verbose=0, callbacks=[watch])
    rows = np.concatenate([X, X]), np.concatenate([Y, Y])
    for epoch, w in seen:
        end = 15 * (epoch + 1)
        close(w, descended(rows[0][:end], rows[1][:end], 5)[0])


@pytest.mark.parametrize("form", ["arrays", "batches"])
@pytest.mark.parametrize("steps", [1, 4, 7, 10, 13, 25])
def test_steps_per_epoch_may_be_fewer_or_more_than_the_data_have(steps, form):
    model = linear()
    x = (X, Y) if form == "arrays" else ([(X[s : s + 5], Y[s : s + 5]) for s in range(0, 50, 5)], None)
    model.fit(*x, batch_size=5, epochs=3, steps_per_epoch=steps, shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == 3 * steps
    rows = np.concatenate([X] * 8)[: 15 * steps], np.concatenate([Y] * 8)[: 15 * steps]
    close(model.get_weights()[0], descended(*rows, 5)[0])


def test_steps_per_epoch_with_shuffling_see_every_row_once_in_a_pass():
    """Weights that count rows: the gradient of sum(x w) with respect to w is sum(x), and x says which row it is."""
    rows = np.eye(40, dtype="float32")
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(1.0), lambda y_true, y_pred: -4 * y_pred)
    model.fit(rows, np.zeros((40, 1)), batch_size=4, epochs=5, steps_per_epoch=4, verbose=0)
    assert model.get_weights()[0].ravel().tolist() == [2.0] * 40


def test_initial_epoch_counts_on():
    model = linear()
    history = model.fit(X, Y, initial_epoch=3, epochs=5, verbose=0)
    assert history.epoch == [3, 4]
    assert model.fit(X, Y, initial_epoch=5, epochs=5, verbose=0).history == {}
    assert int(model.optimizer.iterations) == 4


def test_every_row_is_seen_once_in_each_shuffled_epoch():
    rows = np.eye(37, dtype="float32")
    for size in (1, 8, 37, 50):
        for watched in ([], [keras.callbacks.Callback()]):  # several epochs a call, or one
            model = keras.Sequential(
                [keras.Input((37,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
            )
            loss = keras.losses.FunctionLoss(lambda y_true, y_pred: -y_pred, reduction="sum")
            model.compile(keras.optimizers.SGD(1.0), loss)
            model.fit(rows, np.zeros((37, 1)), batch_size=size, epochs=3, callbacks=watched, verbose=0)
            assert model.get_weights()[0].ravel().tolist() == [3.0] * 37


def test_shuffling_gives_each_epoch_another_order():
    order = []

    def noting(y_true, y_pred):
        return y_pred[:, 0] * y_true[:, 0]

    model = linear(loss=noting)
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: order.append(logs["loss"]))
    model.optimizer.learning_rate = 0.0
    model.fit(X, Y, batch_size=1, epochs=2, verbose=0, callbacks=watch)
    first, second = np.diff(order[:ROWS]), np.diff(order[ROWS:])
    assert not np.allclose(first, second)
    close(order[ROWS - 1], order[-1], rtol=1e-4)  # the same rows, so the same mean


def test_under_float16_the_loss_is_scaled_unless_compile_is_told_not_to():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        models = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]) for _ in range(3)]
    finally:
        keras.config.set_dtype_policy(before)
    plain, scaled, own = models
    plain.compile("sgd", "mse", auto_scale_loss=False)
    scaled.compile("sgd", "mse")
    own.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), "mse")
    kinds = [type(model.optimizer).__name__ for model in models]
    assert kinds == ["SGD", "LossScaleOptimizer", "LossScaleOptimizer"]
    assert type(own.optimizer.inner_optimizer).__name__ == "SGD"
    # gradients of 1e-8, which float16 does not know, move the weights all the same
    x, y = np.full((8, 4), 1e-4, "float32"), np.full((8, 1), 1e-4, "float32")
    scaled.set_weights([np.zeros((4, 1), "float32"), np.zeros(1, "float32")])
    scaled.optimizer.learning_rate = 1.0
    scaled.fit(x, y, epochs=1, batch_size=8, verbose=0)
    close(scaled.get_weights()[0], np.full((4, 1), 2e-8), rtol=0.01)
