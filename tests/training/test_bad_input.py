"""What cannot be right is refused at the door, in four parts, and the model stays exactly as it was."""

import jax
import numpy as np
import pandas as pd
import pytest

import hornbeam as keras
from hornbeam.core.errors import HornbeamError

GENERATOR = np.random.default_rng(2)
X = GENERATOR.normal(size=(40, 4)).astype("float32")
Y = GENERATOR.integers(0, 3, 40)
ONE_HOT = keras.utils.to_categorical(Y, 3)
SPARSE = "sparse_categorical_crossentropy"


def network(loss=SPARSE, **options):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", loss, **{"metrics": ["accuracy"], **options})
    return model


def two_by_two():
    a, b = keras.Input((3,), name="first"), keras.Input((1,), name="second")
    joined = keras.layers.Concatenate()([a, b])
    outputs = [keras.layers.Dense(1, name="number")(joined), keras.layers.Dense(3, name="kind")(joined)]
    model = keras.Model([a, b], outputs)
    model.compile("adam", {"number": "mse", "kind": "mse"})
    return model


def with_gap():
    x = X.copy()
    x[3, 1] = x[5, 1] = x[7, 2] = np.nan
    return x


def frame(**columns):
    return pd.DataFrame(X, columns=list("abcd")).assign(**columns)


def ending(batches):
    for start in range(batches):
        yield X[start : start + 8], Y[start : start + 8]


class Nothing(keras.utils.PyDataset):
    def __len__(self):
        return 0


NO_BATCH = ("at least one batch", "a Nothing whose length is 0", "__len__ must give at least 1")
INPUTS = [X[:, :3], X[:, :1]]
TARGETS = [X[:, 0], ONE_HOT]

# name -> (model, the call, words that the message must have)
CASES = {
    "feature count": (network, lambda m: m.fit(X[:, :3], Y), "(batch, 4)", "(batch, 3)"),
    "rank": (network, lambda m: m.fit(X[:, :, None, None], Y), "(batch, 4)", "(batch, 4, 1, 1)", "reshape(-1, 4)"),
    "one sample": (network, lambda m: m.predict(X[0]), "batch axis", "x[None"),
    "predict features": (network, lambda m: m.predict(X[:, :3]), "(batch, 4)", "(batch, 3)"),
    "evaluate features": (network, lambda m: m.evaluate(X[:, :3], Y), "(batch, 4)", "(batch, 3)"),
    "label too large": (network, lambda m: m.fit(X, Y + 1), "from 0 to 2", "from 1 to 3", "4 units"),
    "label negative": (network, lambda m: m.fit(X, Y - 1), "from 0 to 2", "-1", "Count classes from 0"),
    "validation label": (network, lambda m: m.fit(X, Y, validation_data=(X, Y + 1)), "validation_data", "from 1 to 3"),
    "one-hot, sparse loss": (network, lambda m: m.fit(X, ONE_HOT), "one-hot", "categorical_crossentropy", "argmax"),
    "labels, one-hot loss": (
        lambda: network("categorical_crossentropy"),
        lambda m: m.fit(X, Y),
        "one-hot",
        "sparse_categorical_crossentropy",
        "to_categorical(y, 3)",
    ),
    "string column": (network, lambda m: m.fit(frame(b=["x"] * 40), Y), "'b'", "get_dummies"),
    "strings": (network, lambda m: m.fit(X.astype(str).tolist()[:-1] + [["a"] * 4], Y), "numbers", "'a'"),
    "ragged list": (network, lambda m: m.fit([[1, 2, 3, 4], [1, 2]], [0, 1]), "equal length", "zeros"),
    "NaN": (network, lambda m: m.fit(with_gap(), Y), "3 NaN in 2 columns (1, 2)", "nan_to_num"),
    "NaN in a JAX array": (network, lambda m: m.fit(jax.numpy.asarray(with_gap()), Y), "3 NaN in 2 columns (1, 2)"),
    "NaN in y": (network, lambda m: m.fit(X, np.where(Y == 1, np.nan, Y)), "NaN", "fit, y"),
    "NaN in a frame": (network, lambda m: m.fit(frame(c=np.nan), Y), "40 NaN in 1 column", "'c'"),
    "NaN to predict": (network, lambda m: m.predict(with_gap()), "predict, x", "3 NaN"),
    "lengths": (network, lambda m: m.fit(X, Y[:-1]), "x has 40", "y has 39"),
    "lengths of weights": (network, lambda m: m.fit(X, Y, sample_weight=np.ones(3)), "sample_weight has 3"),
    "lengths in a batch": (network, lambda m: m.fit([(X, Y[:-1])]), "x has 40", "y has 39", "batch"),
    "empty": (network, lambda m: m.fit(X[:0], Y[:0]), "at least one row", "empty"),
    "empty to predict": (network, lambda m: m.predict(X[:0]), "at least one row", "empty"),
    "batch size 0": (network, lambda m: m.fit(X, Y, batch_size=0), "batch_size", "positive integer"),
    "batch size 2.5": (network, lambda m: m.fit(X, Y, batch_size=2.5), "batch_size", "2.5"),
    "batch size to predict": (network, lambda m: m.predict(X, batch_size=-1), "predict, batch_size", "-1"),
    "epochs": (network, lambda m: m.fit(X, Y, epochs="10"), "epochs", "'10'"),
    "steps": (network, lambda m: m.fit(X, Y, steps_per_epoch=0), "steps", "positive integer"),
    "validation steps": (
        network,
        lambda m: m.fit(X, Y, validation_data=(X, Y), validation_steps=0),
        "validation_steps",
    ),
    "validation frequency": (network, lambda m: m.fit(X, Y, validation_freq=0), "validation_freq", "after every epoch"),
    "split too large": (network, lambda m: m.fit(X, Y, validation_split=1.2), "validation_split", "1.2"),
    "split negative": (network, lambda m: m.fit(X, Y, validation_split=-0.1), "validation_split", "-0.1"),
    "split in words": (network, lambda m: m.fit(X, Y, validation_split="20%"), "validation_split", "'20%'"),
    "split leaves nothing": (network, lambda m: m.fit(X, Y, validation_split=0.99), "both sides", "40 rows"),
    "split of batches": (
        network,
        lambda m: m.fit(ending(3), validation_split=0.1),
        "validation_split",
        "validation_data",
    ),
    "loss name": (network, lambda m: m.compile("adam", "categorical_crosentropy"), "'categorical_crossentropy'"),
    "metric name": (network, lambda m: m.compile("adam", "mse", metrics=["acuracy"]), "'accuracy'", "acuracy"),
    "optimizer name": (network, lambda m: m.compile("adm", "mse"), "'adam'"),
    "activation name": (network, lambda m: keras.layers.Dense(3, activation="rleu"), "'relu'"),
    "loss of no output": (
        two_by_two,
        lambda m: (m.compile("adam", {"nmber": "mse"}), m.fit(INPUTS, TARGETS)),
        "'number'",
    ),
    "output name": (two_by_two, lambda m: m.fit(INPUTS, {"number": X[:, 0], "knd": ONE_HOT}), "'knd'", "'kind'"),
    "input missing": (two_by_two, lambda m: m.fit({"first": X[:, :3]}, TARGETS), "'second'", "first"),
    "input misspelt": (two_by_two, lambda m: m.fit({"first": X[:, :3], "secnd": X}, TARGETS), "'second'", "secnd"),
    "too many inputs": (two_by_two, lambda m: m.fit([*INPUTS, X], TARGETS), "2 arrays (first, second)", "got 3"),
    "too few inputs": (two_by_two, lambda m: m.fit(X[:, :3], TARGETS), "2 arrays (first, second)", "got 1"),
    "too many inputs for one": (network, lambda m: m.fit([X, X], Y), "1 array", "got 2"),
    "too many targets": (two_by_two, lambda m: m.fit(INPUTS, [*TARGETS, Y]), "2 arrays", "number, kind", "got 3"),
    "no target": (network, lambda m: m.fit(X), "targets", "none"),
    "class weight by name": (network, lambda m: m.fit(X, Y, class_weight={"a": 2.0}), "class_weight", "'a'"),
    "class weight, two outputs": (two_by_two, lambda m: m.fit(INPUTS, TARGETS, class_weight={0: 2.0}), "one output"),
    "callback class": (
        network,
        lambda m: m.fit(X, Y, callbacks=[keras.callbacks.EarlyStopping]),
        "EarlyStopping(…), with brackets",
    ),
    "no callback": (network, lambda m: m.fit(X, Y, callbacks=[print]), "callbacks.Callback"),
    "set_weights": (network, lambda m: m.set_weights([np.ones((4, 3))]), "2 arrays", "got 1"),
    "weights' shapes": (network, lambda m: m.set_weights([np.ones((3, 4)), np.ones(3)]), "(4, 3) from (3, 4)"),
    "empty iterator": (network, lambda m: m.fit(iter([])), "at least one batch", "empty"),
    "empty generator to evaluate": (network, lambda m: m.evaluate(iter([])), "at least one batch"),
    "no batch to fit": (network, lambda m: m.fit(Nothing()), "fit, x: ", *NO_BATCH),
    "no batch to evaluate": (network, lambda m: m.evaluate(Nothing()), "evaluate, x: ", *NO_BATCH),
    "no batch to predict": (network, lambda m: m.predict(Nothing()), "predict, x: ", *NO_BATCH),
    "no batch to validate": (
        network,
        lambda m: m.fit(X, Y, validation_data=Nothing()),
        "fit, validation_data: ",
        *NO_BATCH,
    ),
    "no data": (network, lambda m: m.fit(None, Y), "x"),
    "not data": (network, lambda m: m.fit(object(), Y), "x", "object"),
    "NaN loss": (
        lambda: network(lambda y_true, y_pred: keras.ops.log(-y_pred[:, 0])),
        lambda m: m.fit(X, Y, epochs=2),
        "finite loss",
        "nan from step 0",
        "learning rate",
    ),
}
CASES["NaN loss, watched"] = (
    CASES["NaN loss"][0],
    lambda m: m.fit(X, Y, epochs=2, callbacks=keras.callbacks.Callback()),
    *CASES["NaN loss"][2:],
)


def state(model):
    arrays = [variable.slot for variable in model.variables] + jax.tree.leaves(model.optimizer.state)
    return [np.array(array) for array in arrays]


def settings(model):
    return model.optimizer, model.loss, model.get_compile_config()


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_four_parts_and_changes_nothing(name):
    made, call, *words = CASES[name]
    model = made()
    if model.loss == SPARSE:
        model.fit(X, Y, verbose=0)  # so that there is a state to lose
    before = state(model)
    with pytest.raises(HornbeamError) as caught:
        call(model)
    error = caught.value
    assert all(str(part) for part in (error.where, error.expected, error.got, error.fix))
    assert str(error).count(error.fix) == 1
    for word in words:
        assert word in str(error), str(error)
    after = state(model)
    assert len(after) >= len(before) > 0
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=False))


@pytest.mark.parametrize("name", ["loss name", "metric name", "optimizer name"])
def test_a_compile_that_is_refused_leaves_the_old_one(name):
    model = network()
    model.fit(X, Y, verbose=0)
    before = settings(model)
    with pytest.raises(HornbeamError):
        CASES[name][1](model)
    assert settings(model) == before
    model.fit(X, Y, verbose=0)


def test_a_model_that_refused_trains_on_as_if_nothing_had_been():
    disturbed, calm = network(), network()
    calm.set_weights(disturbed.get_weights())
    for model in (disturbed, calm):
        model.fit(X, Y, shuffle=False, verbose=0)
    for name in ("feature count", "label too large", "NaN", "lengths", "validation label", "output name"):
        with pytest.raises(HornbeamError):
            CASES[name][1](disturbed)
    for model in (disturbed, calm):
        model.fit(X, Y, shuffle=False, verbose=0)
    assert all(map(np.array_equal, disturbed.get_weights(), calm.get_weights()))


def test_an_unbuilt_model_says_how_to_get_weights():
    model = keras.Sequential([keras.layers.Dense(3)])
    for call in (model.get_weights, lambda: model.set_weights([X]), lambda: model.input_shape, model.count_params):
        with pytest.raises(keras.NotBuiltError) as caught:
            call()
        assert any(word in str(caught.value) for word in ("input_shape", "build", "data"))


def test_fit_before_compile_says_to_compile():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(keras.NotCompiledError, match=r"compile\(optimizer, loss\)"):
            call(X, Y)


def test_a_generator_that_ends_early_says_when_and_keeps_what_was_learned():
    model, wanted = network(), network()
    wanted.set_weights(model.get_weights())
    with pytest.raises(keras.DataError, match=r"3 batches in epoch 2; got 2") as caught:
        model.fit(ending(5), steps_per_epoch=3, epochs=4, verbose=0)
    assert "while True" in str(caught.value)
    for batch in ending(5):
        wanted.train_on_batch(*batch)
    for one, other in zip(model.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    with pytest.raises(keras.DataError, match="epoch 2"):
        model.fit(ending(5), epochs=4, verbose=0)


def test_a_loss_that_becomes_nan_later_is_named_by_its_step_and_undone():
    """A rate of 10 makes the weights overflow after some steps; the weights from before fit come back."""
    for watched in (None, keras.callbacks.Callback()):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(10.0), "mse")
        before = model.get_weights()
        with pytest.raises(keras.TrainingDiverged, match=r"from step \d+ on") as caught:
            model.fit(X, Y, epochs=60, shuffle=False, callbacks=watched, verbose=0)
        step = int(str(caught.value).split("from step ")[1].split()[0])
        assert 5 < step < 120
        assert all(map(np.array_equal, model.get_weights(), before))
        losses = []
        for start in [0, 32] * (step // 2 + 1):
            try:
                losses.append(model.train_on_batch(X[start : start + 32], Y[start : start + 32]))
            except keras.TrainingDiverged:
                break
        assert len(losses) == step


def test_a_batch_that_diverges_leaves_weights_and_optimizer_as_they_were():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    good, huge = X[:8, :4], np.full((8, 4), 1e30, "float32")
    target = np.ones((8, 1), "float32")
    model.train_on_batch(good, target)
    weights, iterations = model.get_weights(), int(model.optimizer.iterations.numpy())
    with pytest.raises(keras.TrainingDiverged, match="train_on_batch"):
        model.train_on_batch(huge, target)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert int(model.optimizer.iterations.numpy()) == iterations
    model.train_on_batch(good, target)


WORDS, LABELS = np.array([[1, 2], [3, 12]]), np.ones((2, 1))
WITH_A_WORD_OUTSIDE = {
    "fit": lambda model: model.fit(WORDS, LABELS, verbose=0),
    "batches": lambda model: model.fit(iter([(WORDS, LABELS)]), steps_per_epoch=1, verbose=0),
    "validation": lambda model: model.fit(WORDS % 10, LABELS, validation_data=(WORDS, LABELS), verbose=0),
    "evaluate": lambda model: model.evaluate(WORDS, LABELS, verbose=0),
    "predict": lambda model: model.predict(WORDS, verbose=0),
    "predict_on_batch": lambda model: model.predict_on_batch(WORDS),
    "one batch": lambda model: model.train_on_batch(WORDS, LABELS),
}


@pytest.mark.parametrize("nested", [False, True])
def test_a_word_for_which_an_embedding_has_no_vector_is_named_with_its_row(nested):
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Embedding(10, 3, name="words"), keras.layers.Flatten()])
    entry = keras.Input((2,))
    model = keras.Model(
        entry, keras.layers.Dense(1)(inner(entry) if nested else inner.layers[-1](inner.layers[0](entry)))
    )
    model.compile("sgd", "mse")
    before = model.get_weights()
    for name, attempt in WITH_A_WORD_OUTSIDE.items():
        with pytest.raises(keras.DataError) as refusal:
            attempt(model)
        for part in ("from 0 to 9", "input_dim of words (Embedding)", "12 in row 1"):
            assert part in str(refusal.value), name
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
