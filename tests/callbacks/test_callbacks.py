"""Every callback in real trainings: what it sees, what it does, what it leaves behind."""

import csv
import http.server
import json
import os
import threading
import warnings

import numpy as np
import pytest

import hornbeam as keras

GENERATOR = np.random.default_rng(4)
X = GENERATOR.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


def network(optimizer="adam", **options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", **{"metrics": ["accuracy"], **options})
    return model


def fitted(model, callbacks, **options):
    options = {"epochs": 3, "batch_size": 16, "verbose": 0, **options}
    return model.fit(X, Y, callbacks=callbacks, **options)


# -- hooks ------------------------------------------------------------------------------------------------


def test_hooks_are_called_in_keras_order_with_keras_logs():
    calls = []

    class Notes(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls.append("train begin")

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(f"epoch {epoch} begin")

        def on_train_batch_begin(self, batch, logs=None):
            calls.append(f"batch {batch} begin")

        def on_train_batch_end(self, batch, logs=None):
            calls.append(f"batch {batch} end {sorted(logs)}")

        def on_test_begin(self, logs=None):
            calls.append("test begin")

        def on_test_end(self, logs=None):
            calls.append(f"test end {sorted(logs)}")

        def on_epoch_end(self, epoch, logs=None):
            calls.append(f"epoch {epoch} end {sorted(logs)}")

        def on_train_end(self, logs=None):
            calls.append(f"train end {sorted(logs)}")

    fitted(network(), [Notes()], epochs=1, batch_size=32, validation_data=(X, Y))
    both = ["accuracy", "loss"]
    everything = ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert calls == [
        "train begin",
        "epoch 0 begin",
        "batch 0 begin",
        f"batch 0 end {both}",
        "batch 1 begin",
        f"batch 1 end {both}",
        "test begin",
        f"test end {both}",
        f"epoch 0 end {everything}",
        f"train end {everything}",
    ]


def test_old_names_of_the_batch_hooks_still_work():
    seen = []

    class Old(keras.callbacks.Callback):
        def set_model(self, model):
            self.model = model

        def on_batch_end(self, batch, logs=None):
            seen.append((batch, self.model.name))

    model = network()
    fitted(model, Old(), epochs=1)
    assert seen == [(number, model.name) for number in range(4)]


def test_a_callback_sees_the_latest_weights():
    """Plain gradient descent: each epoch's weights follow from the epoch's before."""
    kernels = []

    class Looks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            kernels.append(self.model.layers[0].kernel.numpy())

    model = network("sgd")
    start = model.get_weights()[0]
    fitted(model, Looks(), epochs=4)
    assert np.array_equal(kernels[-1], model.get_weights()[0])
    moves = [np.abs(b - a).max() for a, b in zip([start, *kernels], kernels, strict=False)]
    assert min(moves) > 1e-6


def test_stop_training_ends_after_the_epoch_or_the_batch():
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.stop_training = True

    model = network()
    history = fitted(model, Stops())
    assert history.epoch == [0]
    assert int(model.optimizer.iterations) == 3
    assert fitted(model, None).epoch == [0, 1, 2]


def test_lambda_callback_calls_functions_and_knows_its_hooks():
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: seen.append("begin"),
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
        on_train_end=lambda logs: seen.append("end"),
    )
    fitted(network(), callback, epochs=2)
    assert seen == ["begin", (0, ["accuracy", "loss"]), (1, ["accuracy", "loss"]), "end"]
    with pytest.raises(keras.ArgumentError, match="on_epoch_end"):
        keras.callbacks.LambdaCallback(on_epoch_ends=print)


# -- monitors -----------------------------------------------------------------------------------------------


def test_early_stopping_ends_training_and_restores_the_best_weights():
    kept = {}
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.update({epoch: model.get_weights()}))
    model = network(keras.optimizers.SGD(30.0))
    stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    history = fitted(model, [watch, stop], epochs=60, validation_data=(X, Y))
    losses = history.history["val_loss"]
    assert len(losses) < 60
    assert stop.best_epoch == int(np.argmin(losses))
    assert len(losses) == stop.best_epoch + 4
    assert all(map(np.array_equal, model.get_weights(), kept[stop.best_epoch]))


@pytest.mark.parametrize("monitor", ["val_acc", "val_accuracy", "acc"])
def test_acc_and_accuracy_are_the_same_to_a_monitor(monitor, recwarn):
    stop = keras.callbacks.EarlyStopping(monitor, patience=50)
    fitted(network(), stop, validation_data=(X, Y))
    assert 0 <= stop.best <= 1
    assert stop.larger_is_better
    assert not recwarn.list


def test_a_misspelt_monitor_warns_with_the_nearest_names():
    with pytest.warns(UserWarning, match="'val_acuracy'.*Did you mean 'val_accuracy'"):
        fitted(network(), keras.callbacks.EarlyStopping("val_acuracy"), epochs=1, validation_data=(X, Y))


def test_the_learning_rate_is_set_used_and_recorded():
    model = network(keras.optimizers.SGD(0.5))
    history = fitted(model, keras.callbacks.LearningRateScheduler(lambda epoch: [0.5, 0.0, 0.25][epoch]))
    assert history.history["learning_rate"] == [0.5, 0.0, 0.25]
    frozen = network(keras.optimizers.SGD(0.5))
    before = frozen.get_weights()
    fitted(frozen, keras.callbacks.LearningRateScheduler(lambda epoch: 0.0))
    assert all(map(np.array_equal, frozen.get_weights(), before))
    with pytest.raises(keras.ArgumentError, match="returns a number"):
        fitted(network(), keras.callbacks.LearningRateScheduler(lambda epoch: None))


def test_reduce_on_plateau_is_seen_in_the_history():
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10)
    history = fitted(network(keras.optimizers.SGD(0.5)), plateau, epochs=4)
    assert history.history["learning_rate"] == [0.5, 0.5, 0.25, 0.125]
    with pytest.raises(keras.ArgumentError, match="below 1"):
        keras.callbacks.ReduceLROnPlateau(factor=1.0)


def test_checkpoints_are_named_by_epoch_and_logs(tmp_path):
    path = tmp_path / "sub" / "{epoch:02d}-{val_acc:.1f}.weights.h5"
    model = network()
    fitted(model, keras.callbacks.ModelCheckpoint(path, save_weights_only=True), epochs=2, validation_data=(X, Y))
    names = sorted(os.listdir(tmp_path / "sub"))
    assert [name[:3] for name in names] == ["01-", "02-"]
    other = network()
    other.load_weights(tmp_path / "sub" / names[-1])
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


def test_checkpoints_can_be_written_every_so_many_batches(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(
        tmp_path / "{epoch}-{batch}.weights.h5", save_weights_only=True, save_freq=3
    )
    fitted(network(), checkpoint, epochs=2)  # eight batches
    assert sorted(os.listdir(tmp_path)) == ["1-3.weights.h5", "2-2.weights.h5"]


def test_a_checkpoint_refuses_names_it_cannot_fill_or_use(tmp_path):
    with pytest.raises(keras.ArgumentError, match=r"\.keras"):
        keras.callbacks.ModelCheckpoint(tmp_path / "model")
    with pytest.raises(keras.ArgumentError, match=r"val_los"):
        fitted(network(), keras.callbacks.ModelCheckpoint(tmp_path / "{val_los}.keras"))


# -- NaN ----------------------------------------------------------------------------------------------------


def diverging():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(10.0), "mse")
    return model


def test_terminate_on_nan_stops_without_an_error(capsys):
    model = diverging()
    history = fitted(model, keras.callbacks.TerminateOnNaN(), epochs=60)
    assert len(history.epoch) < 60
    assert np.isnan(history.history["loss"][-1])
    assert "training stops" in capsys.readouterr().out


def test_terminate_on_nan_can_keep_the_last_finite_weights():
    model = diverging()
    fitted(model, keras.callbacks.TerminateOnNaN(keep_finite_weights=True), epochs=60)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert np.abs(model.get_weights()[0]).max() > 10  # those of a late epoch, not the first ones


def test_terminate_on_nan_can_raise():
    with pytest.raises(keras.TrainingDiverged):
        fitted(diverging(), keras.callbacks.TerminateOnNaN(raise_error=True), epochs=60)


# -- averages -----------------------------------------------------------------------------------------------


def averaged(swap_on_epoch):
    """The weights at each epoch's end and in each validation, and the model after training."""
    at_end, at_test = [], []
    model = network(keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9))
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: at_end.append(model.get_weights()[0]),
        on_test_begin=lambda logs: at_test.append(model.get_weights()[0]),
    )
    model.set_weights([np.full((4, 2), 0.5, "float32"), np.zeros(2, "float32")])
    fitted(model, [keras.callbacks.SwapEMAWeights(swap_on_epoch), watch], shuffle=False, validation_data=(X, Y))
    return at_end, at_test, model


def test_averages_are_swapped_in_for_validation_and_out_for_training():
    raw, average, model = averaged(False)
    swapped, again, other = averaged(True)
    for one, two in zip(average, again, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)
    for one, two in zip(average, swapped, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6)
    assert all(np.abs(one - two).max() > 1e-4 for one, two in zip(raw, average, strict=True))
    for done in (model, other):  # training ends with the averages, as Keras's does
        np.testing.assert_allclose(done.get_weights()[0], average[-1], rtol=1e-6)


def test_averages_follow_the_recurrence():
    kernels = []
    model = network(keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9))
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: kernels.append(model.get_weights()[0])
    )
    fitted(model, watch, epochs=2)
    average = kernels[0]
    for kernel in kernels[1:]:
        average = 0.9 * average + 0.1 * kernel
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-5)


def test_averages_need_an_optimizer_that_keeps_them():
    with pytest.raises(keras.ArgumentError, match="use_ema=True"):
        fitted(network(), keras.callbacks.SwapEMAWeights())


# -- records ------------------------------------------------------------------------------------------------


def test_a_csv_log_of_a_training_can_be_read_back(tmp_path):
    path = tmp_path / "log.csv"
    history = fitted(network(), keras.callbacks.CSVLogger(path), validation_split=0.25, validation_freq=2)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [row["val_loss"] for row in rows][::2] == ["NA", "NA"]
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    fitted(network(), keras.callbacks.CSVLogger(path), epochs=1)
    assert path.read_text().splitlines()[0] == "epoch,accuracy,loss"


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, self.headers["Content-Type"], self.headers.get("X-Key"), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_a_remote_monitor_posts_every_epoch():
    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        history = fitted(
            network(),
            [
                keras.callbacks.RemoteMonitor(root, send_as_json=True, headers={"X-Key": "k"}),
                keras.callbacks.RemoteMonitor(root, path="/form/"),
            ],
            epochs=2,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [path for path, *_ in server.seen] == ["/publish/epoch/end/", "/form/"] * 2
    path, kind, key, body = server.seen[0]
    assert (kind, key) == ("application/json", "k")
    assert json.loads(body) == {"epoch": 0, **{name: values[0] for name, values in history.history.items()}}
    assert server.seen[1][3].startswith("data=%7B%22epoch%22")


def test_a_remote_monitor_without_a_server_warns_and_trains_on():
    monitor = keras.callbacks.RemoteMonitor("http://127.0.0.1:9")
    with pytest.warns(UserWarning, match="Training goes on"):
        history = fitted(network(), monitor, epochs=2)
    assert history.epoch == [0, 1]


def test_a_history_answers_to_both_spellings_and_draws_its_curves(tmp_path):
    history = fitted(network(), None, epochs=4, validation_data=(X, Y), validation_freq=2)
    assert history.history["acc"] == history.history["accuracy"]
    assert len(history.history["val_loss"]) == 2
    frame = history.to_frame()
    assert list(frame.index) == [0, 1, 2, 3]
    assert frame["val_loss"].isna().tolist() == [True, False, True, False]
    figure = history.plot(str(tmp_path / "curves.png"))
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    training, validation = figure.axes[0].lines
    assert training.get_xdata().tolist() == [1, 2, 3, 4]
    assert validation.get_xdata().tolist() == [2, 4]
    assert [axis.get_ylabel() for axis in figure.axes] == ["loss", "accuracy"]
    with pytest.raises(keras.ArgumentError, match="at least one epoch"):
        fitted(network(), None, epochs=0).plot()


def test_callbacks_can_be_nested_and_are_all_called():
    counts = []
    one, two = (
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs, name=name: counts.append(name)) for name in "ab"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(network(), [one, [two]], epochs=1)
        fitted(network(), keras.callbacks.CallbackList([two, one]), epochs=1)
    assert counts == ["a", "b", "b", "a"]
