"""What the estimators add to their models, and what they leave as it is."""

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hornbeam import Model, Sequential, callbacks, layers, losses, sklearn
from hornbeam.core.errors import ArgumentError, DataError, HornbeamError, NotCompiledError
from hornbeam.sklearn import HornbeamClassifier, HornbeamRegressor, HornbeamTransformer
from hornbeam.sklearn.routing import route
from hornbeam.training import cache
from hornbeam.utils import set_random_seed

ROWS = np.random.default_rng(0)
X = ROWS.normal(size=(96, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
NAMES = np.array(["no", "yes"])[Y]
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.5, 0.5])]


def build(hidden_layers=0, units=3):
    """The deck's function, small."""
    model = Sequential([layers.Input((4,))])
    for _ in range(hidden_layers):
        model.add(layers.Dense(units, "relu"))
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def build_three(loss="sparse_categorical_crossentropy", activation="softmax"):
    model = Sequential([layers.Dense(3, activation, input_dim=4)])
    model.compile("adam", loss)
    return model


def uncompiled():
    return Sequential([layers.Dense(1, "sigmoid", input_dim=4)])


@pytest.fixture(scope="module")
def fitted():
    return HornbeamClassifier(build, epochs=3, random_state=7).fit(X, NAMES)


# -- the model is the one that is trained by hand ----------------------------------------------------------------------


def test_predictions_are_those_of_the_model_trained_by_hand_with_the_same_seed(fitted):
    set_random_seed(7)
    model = build()
    model.fit(X, Y.astype("float32"), epochs=3, verbose=0)
    by_hand = model.predict(X, verbose=0)
    np.testing.assert_array_equal(fitted.predict_proba(X), np.hstack([1 - by_hand, by_hand]))
    np.testing.assert_array_equal(fitted.predict(X), np.array(["no", "yes"])[(by_hand[:, 0] > 0.5).astype(int)])


def test_a_fit_leaves_the_generators_of_the_process_where_they_were():
    set_random_seed(1)
    expected = np.random.random(), build().get_weights()[0]
    set_random_seed(1)
    HornbeamClassifier(build, random_state=7).fit(X, Y)
    assert np.random.random() == expected[0]
    np.testing.assert_array_equal(build().get_weights()[0], expected[1])


def test_without_random_state_the_seed_of_the_process_counts():
    answers = []
    for _ in range(2):
        set_random_seed(3)
        answers.append(HornbeamClassifier(build).fit(X, Y).predict_proba(X))
    np.testing.assert_array_equal(*answers)


def test_a_given_model_is_copied_with_its_weights_and_not_trained_itself():
    model = build()
    before = model.get_weights()
    untrained = HornbeamClassifier(model, epochs=0).fit(X, Y)
    trained = HornbeamClassifier(model, epochs=2).fit(X, Y)
    np.testing.assert_array_equal(untrained.model_.get_weights()[0], before[0])
    assert np.abs(trained.model_.get_weights()[0] - before[0]).max() > 0
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_weights_of_rows_count_as_repeated_rows():
    """To five digits: float32 holds seven, and one step at a time the sums are in another order."""
    few, classes, weights = X[:10], THREE[:10], np.arange(10) % 4
    settings = {"epochs": 20, "batch_size": 32, "shuffle": False, "random_state": 0}
    weighted = HornbeamClassifier(build_three, **settings).fit(few, classes, sample_weight=weights)
    repeated = HornbeamClassifier(build_three, **settings).fit(few.repeat(weights, 0), classes.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-4)


def test_class_weights_go_by_the_users_names_and_multiply_those_of_rows():
    settings = {"epochs": 3, "random_state": 0}
    by_class = HornbeamClassifier(build, class_weight={"no": 1, "yes": 5}, **settings).fit(X, NAMES, np.full(96, 2.0))
    by_row = HornbeamClassifier(build, **settings).fit(X, NAMES, sample_weight=np.where(Y == 1, 10.0, 2.0))
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))


# -- classes and numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("sparse_categorical_crossentropy", "softmax"),
        ("categorical_crossentropy", "softmax"),
        (losses.SparseCategoricalCrossentropy(from_logits=True), None),
        (losses.CategoricalCrossentropy(from_logits=True), None),
    ],
)
def test_every_way_of_writing_the_loss_gives_the_same_probabilities(loss, activation):
    settings = {"epochs": 2, "random_state": 0, "model__loss": loss, "model__activation": activation}
    probabilities = HornbeamClassifier(build_three, **settings).fit(X, THREE).predict_proba(X)
    usual = HornbeamClassifier(build_three, epochs=2, random_state=0).fit(X, THREE).predict_proba(X)
    assert probabilities.shape == (96, 3)
    np.testing.assert_allclose(probabilities, usual, atol=1e-5)


def test_several_labels_and_several_outputs_are_predicted_by_columns():
    settings = {"model__units": (), "epochs": 40, "optimizer__learning_rate": 0.1, "random_state": 0}
    labels = (X[:, :3] > 0).astype(int)
    several = HornbeamClassifier(**settings).fit(X, labels)
    assert several.predict(X).shape == several.predict_proba(X).shape == (96, 3)
    assert several.score(X, labels) > 0.8
    outputs = np.stack([Y, np.digitize(X[:, 2], [-0.5, 0.5])], axis=1)
    several = HornbeamClassifier(**settings).fit(X, outputs, sample_weight=np.ones(96))
    assert [each.shape for each in several.predict_proba(X)] == [(96, 2), (96, 3)]
    assert several.score(X, outputs) > 0.8


def test_a_regressor_made_for_the_data_speaks_in_their_unit():
    targets = 1000 + 100 * X[:, :2]
    settings = {"model__units": (), "epochs": 40, "optimizer__learning_rate": 0.1, "random_state": 0}
    assert HornbeamRegressor(**settings).fit(X, targets).score(X, targets) > 0.9
    one = HornbeamRegressor(epochs=0).fit(X, targets[:, 0])
    assert one.predict(X).shape == (96,)


def test_a_network_made_for_the_data_stops_early_where_nothing_is_gained():
    made = HornbeamClassifier(model__units=(), random_state=0).fit(np.zeros((40, 2)), np.arange(40) % 2)
    assert 10 < len(made.history_["loss"]) < 200


def test_rows_predicted_alone_and_together_agree_to_the_last_digit(fitted):
    alone = np.concatenate([fitted.predict_proba(X[n : n + 1]) for n in range(5)])
    np.testing.assert_array_equal(alone, fitted.predict_proba(X[:32])[:5])


# -- going on ----------------------------------------------------------------------------------------------------------


def test_partial_fit_and_warm_start_go_on_where_training_was():
    bits = HornbeamClassifier(build, random_state=0)
    for half in (slice(0, 48), slice(48, 96), slice(0, 48)):
        bits.partial_fit(X[half], NAMES[half], classes=["no", "yes"])
    assert len(bits.history_["loss"]) == 3
    warm = HornbeamClassifier(build, epochs=2, warm_start=True, random_state=0).fit(X, NAMES)
    first = warm.model_
    assert warm.fit(X, NAMES).model_ is first
    assert len(warm.history_["loss"]) == 4
    with pytest.raises(DataError, match="classes that the first fit saw"):
        warm.fit(X, THREE)


def test_partial_fit_may_name_classes_that_come_later():
    later = HornbeamClassifier(build_three).partial_fit(X[THREE == "a"], THREE[THREE == "a"], classes=["a", "b", "c"])
    assert later.predict_proba(X).shape == (96, 3)


# -- transformers ------------------------------------------------------------------------------------------------------


def test_a_transformer_gives_the_codes_of_an_autoencoder():
    made = HornbeamTransformer(model__codes=2, model__units=8, epochs=2, random_state=0).fit(X)
    assert made.transform(X).shape == (96, 2)
    assert list(made.get_feature_names_out()) == ["hornbeamtransformer0", "hornbeamtransformer1"]
    codes = Model(made.model_.inputs, made.model_.get_layer("codes").output).predict(X, verbose=0)
    np.testing.assert_array_equal(made.transform(X), codes)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(made)).transform(X), codes)


def test_a_transformer_gives_the_layer_that_is_named_or_the_last_hidden_one():
    def network():
        model = Sequential([layers.Dense(5, name="wide", input_dim=4), layers.Dense(2), layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        return model

    assert HornbeamTransformer(network, supervised=True).fit(X, Y).transform(X).shape == (96, 2)
    assert HornbeamTransformer(network, supervised=True, layer="wide").fit(X, Y).transform(X).shape == (96, 5)
    with pytest.raises(ArgumentError, match="targets, as supervised=True"):
        HornbeamTransformer(network, supervised=True).fit(X)


# -- in scikit-learn's company -----------------------------------------------------------------------------------------


def test_a_search_compiles_once_for_each_architecture_and_number_of_rows():
    cache.forget_programs()
    search = GridSearchCV(
        HornbeamClassifier(build, epochs=2), {"hidden_layers": [0, 1], "optimizer__learning_rate": [0.01, 0.1]}, cv=3
    )
    search.fit(X, Y)
    programs = list(cache._kept.programs.values())
    compiled = [len(each.epochs._ready) + len(each.predict._ready) for each in programs]
    assert len(programs) == 4  # to train and to predict, for two architectures
    assert sum(compiled) == 5  # and one more for the last fit, on all rows


def test_many_fits_keep_no_model_alive():
    import gc
    import weakref

    alive = []
    for _ in range(3):
        alive.append(weakref.ref(HornbeamClassifier(build, epochs=2).fit(X, Y).model_))
    cache.forget_programs()
    gc.collect()
    assert [each() for each in alive] == [None] * 3


def test_searches_pipelines_and_calibration_run():
    classifier = HornbeamClassifier(build, epochs=2, units=3, random_state=0)
    assert len(cross_val_score(classifier, X, NAMES, cv=2)) == 2
    choices = {"model__hidden_layers": [0, 1], "epochs": [1, 2]}
    alone = RandomizedSearchCV(classifier, choices, n_iter=2, cv=2, random_state=0).fit(X, NAMES)
    with parallel_config(backend="threading"):  # processes take their time to start; their way is that of pickles
        beside = RandomizedSearchCV(classifier, choices, n_iter=2, cv=2, random_state=0, n_jobs=2).fit(X, NAMES)
    np.testing.assert_array_equal(beside.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert make_pipeline(StandardScaler(), classifier).fit(X, NAMES, hornbeamclassifier__epochs=1).predict(X).shape
    assert CalibratedClassifierCV(classifier, cv=2).fit(X, NAMES).predict_proba(X).shape == (96, 2)


def test_columns_of_a_frame_keep_their_names():
    frame = pd.DataFrame(X, columns=list("abcd"))
    fitted = HornbeamClassifier(build, random_state=7, epochs=3).fit(frame, NAMES)
    assert list(fitted.feature_names_in_) == list("abcd")
    with pytest.raises(DataError, match="feature names should match"):
        fitted.predict(frame[list("dcba")])


def test_a_pickle_holds_the_bytes_of_the_models_file_and_no_code(fitted):
    state = fitted.__getstate__()
    assert state["_models"]["model_"].startswith(b"PK")
    assert b"hornbeam.models" not in pickle.dumps(state["_models"])
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.history_ == fitted.history_
    again.partial_fit(X, NAMES)
    assert len(again.history_["loss"]) == 4


def test_clones_have_all_parameters_and_no_training(fitted):
    copy = clone(HornbeamClassifier(build, hidden_layers=2, optimizer__learning_rate=0.1))
    assert copy.get_params()["hidden_layers"] == 2
    assert copy.get_params()["optimizer__learning_rate"] == 0.1
    assert "model_" not in vars(clone(fitted))


# -- parameters --------------------------------------------------------------------------------------------------------


def takes(units=1, optimizer="adam", epochs=1): ...


def takes_all(**words): ...


@pytest.mark.parametrize(
    ("given", "function", "place", "expected"),
    [
        ({"units": 3}, takes, "model", {"units": 3}),
        ({"units": 3, "model__units": 4}, takes, "model", {"units": 4}),
        ({"optimizer": "sgd"}, takes, "model", {"optimizer": "sgd"}),
        ({"optimizer": "sgd"}, takes, "compile", {}),
        ({"optimizer": "sgd"}, build, "compile", {"optimizer": "sgd"}),
        ({"epochs": 2}, takes, "model", {"epochs": 2}),
        ({"epochs": 2}, takes, "fit", {"epochs": 2}),
        ({"batch_size": 8}, build, "fit", {"batch_size": 8}),
        ({"batch_size": 8}, build, "predict", {"batch_size": 8}),
        ({"batch_size": 8}, build, "evaluate", {"batch_size": 8}),
        ({"batch_size": 8, "predict__batch_size": 9}, build, "predict", {"batch_size": 9}),
        ({"fit__batch_size": 8}, build, "predict", {}),
        ({"optimizer__learning_rate": 0.1}, build, "optimizer", {"learning_rate": 0.1}),
        ({"loss__delta": 2.0}, build, "loss", {"delta": 2.0}),
        ({"callbacks__patience": 2}, build, "callbacks", {"patience": 2}),
        ({"anything": 5}, takes_all, "model", {"anything": 5}),
        ({"epochs": 5}, takes_all, "model", {}),
        ({"compile__loss": "mse"}, None, "compile", {"loss": "mse"}),
    ],
)
def test_parameters_go_to_their_places(given, function, place, expected):
    assert route(given, function)[place] == expected


def test_a_function_that_asks_is_told_about_the_data_and_the_arguments_of_compile():
    def asking(meta, compile_kwargs, params, units=2):
        assert meta["n_classes_"] == 3
        assert meta["n_features_in_"] == 4
        assert params["units"] == units == 5
        model = Sequential([layers.Dense(units, input_dim=4), layers.Dense(meta["n_classes_"], "softmax")])
        model.compile(**compile_kwargs)
        return model

    settings = {"loss": "sparse_categorical_crossentropy", "optimizer": "sgd", "optimizer__learning_rate": 0.25}
    model = HornbeamClassifier(asking, units=5, **settings).fit(X, THREE).model_
    assert float(model.optimizer.learning_rate) == 0.25
    assert type(model.optimizer).__name__ == "SGD"


def test_words_given_change_what_the_function_compiled_and_nothing_else():
    model = HornbeamClassifier(build, optimizer__learning_rate=0.5).fit(X, Y).model_
    assert float(model.optimizer.learning_rate) == 0.5
    assert model.loss == "binary_crossentropy"
    assert HornbeamClassifier(build, loss="mse").fit(X, Y).model_.loss == "mse"
    assert HornbeamClassifier(uncompiled, loss=losses.Huber, loss__delta=2.0).fit(X, Y).model_.loss.delta == 2.0


def test_callbacks_are_copied_or_made_for_each_fit():
    given = callbacks.EarlyStopping("loss", patience=0, min_delta=10)
    stopped = HornbeamClassifier(build, epochs=9, callbacks=given).fit(X, Y)
    assert len(stopped.history_["loss"]) == 2
    assert given.stopped_epoch == 0
    settings = {"callbacks__monitor": "loss", "callbacks__patience": 2, "callbacks__min_delta": 10}
    made = HornbeamClassifier(build, epochs=9, callbacks=callbacks.EarlyStopping, **settings).fit(X, Y)
    assert len(made.history_["loss"]) == 3


def test_validation_data_are_in_the_users_classes():
    history = HornbeamClassifier(build).fit(X, NAMES, validation_data=(X, NAMES)).history_
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: HornbeamClassifier(build, hiden_layers=1), ArgumentError, "Did you mean 'hidden_layers'?"),
        (lambda: HornbeamClassifier(build, model__unit=1), ArgumentError, "Did you mean 'units'?"),
        (lambda: HornbeamClassifier(build, optimiser__learning_rate=1), ArgumentError, "Did you mean 'optimizer'?"),
        (lambda: HornbeamClassifier(build, fit__epoch=1), ArgumentError, "Did you mean 'epochs'"),
        (lambda: HornbeamClassifier(build).set_params(epoch=1), ArgumentError, "Did you mean 'epochs'"),
        (lambda: HornbeamClassifier(build).fit(X, Y, epoch=1), ArgumentError, "Did you mean 'epochs'"),
        (lambda: HornbeamClassifier(build()).set_params(units=1), ArgumentError, "got 'units'"),
        (lambda: HornbeamClassifier(build, optimizer__rate=1).fit(X, Y), ArgumentError, "got rate="),
        (lambda: HornbeamClassifier(build, loss__delta=1).fit(X, Y), ArgumentError, "Give loss= a class"),
        (lambda: HornbeamClassifier(3).fit(X, Y), ArgumentError, "got int"),
        (lambda: HornbeamClassifier(lambda: None).fit(X, Y), ArgumentError, "Write return model at its end"),
        (lambda: HornbeamClassifier(lambda: 5).fit(X, Y), ArgumentError, "Return the model itself"),
        (lambda: HornbeamClassifier(uncompiled).fit(X, Y), NotCompiledError, "an uncompiled model and no loss"),
        (lambda: HornbeamClassifier(build).fit(X, THREE), DataError, "Dense(3, activation='softmax')"),
        (lambda: HornbeamClassifier(build_three).fit(X, np.arange(96) % 4), DataError, "4 units"),
        (lambda: HornbeamClassifier(build).fit(X[:5], Y[:4]), DataError, "inconsistent numbers of samples"),
        (lambda: HornbeamClassifier(build).fit(X * np.nan, Y), DataError, "contains NaN"),
    ],
)
def test_what_is_wrong_is_said_in_four_parts(wrong, error, words):
    with pytest.raises(error) as caught:
        wrong()
    assert isinstance(caught.value, HornbeamError)
    assert words in str(caught.value)


def test_another_number_of_columns_is_refused(fitted):
    with pytest.raises(DataError, match="X has 3 features, but HornbeamClassifier is expecting 4"):
        fitted.predict(X[:, :3])


def test_without_scikit_learn_the_import_says_what_to_install(monkeypatch):
    import importlib

    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(ArgumentError, match=r"hornbeam\[sklearn\]"):
        importlib.reload(sklearn)
