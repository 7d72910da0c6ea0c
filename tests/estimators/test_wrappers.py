"""The wrappers of Keras 1 and 2: what old code relies on."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV

from hornbeam import Sequential, layers
from hornbeam.core.errors import ArgumentError
from hornbeam.sklearn import HornbeamClassifier, KerasClassifier, KerasRegressor
from hornbeam.training.history import History
from hornbeam.utils import set_random_seed, to_categorical

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = np.array([3, 5, 7])[np.digitize(X[:, 0], [-0.5, 0.5])]


def create_model(units=3, loss="categorical_crossentropy"):
    model = Sequential([layers.Dense(units, activation="softmax", input_dim=4)])
    model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    return model


def create_binary(hidden_layers=1):
    model = Sequential([layers.Dense(2, input_dim=4)])
    for _ in range(hidden_layers):
        model.add(layers.Dense(2, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def create_line():
    model = Sequential([layers.Dense(1, input_dim=4)])
    model.compile(loss="mse", optimizer="adam")
    return model


def test_fit_gives_the_history_and_sets_classes():
    classifier = KerasClassifier(create_model, epochs=2, verbose=0)
    history = classifier.fit(X, Y)
    assert type(history) is History
    assert history.epoch == [0, 1]
    assert classifier.classes_.tolist() == [3, 5, 7]
    assert len(classifier.fit(X, Y, epochs=3).epoch) == 3


def test_targets_are_one_hot_for_categorical_crossentropy_and_predictions_are_classes():
    set_random_seed(0)
    classifier = KerasClassifier(create_model, verbose=0)
    classifier.fit(X, Y)
    set_random_seed(0)
    model = create_model()
    model.fit(X, to_categorical((Y - 3) // 2), verbose=0)
    by_hand = model.predict(X, verbose=0)
    np.testing.assert_array_equal(classifier.predict_proba(X), by_hand)
    np.testing.assert_array_equal(classifier.predict(X), 3 + 2 * by_hand.argmax(1))
    assert classifier.score(X, Y) == pytest.approx(model.evaluate(X, to_categorical((Y - 3) // 2), verbose=0)[1])


def test_one_hot_rows_are_taken_and_column_numbers_are_given():
    classifier = KerasClassifier(create_model, verbose=0)
    classifier.fit(X, to_categorical((Y - 3) // 2))
    assert classifier.classes_.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(classifier.predict(X), classifier.model.predict(X, verbose=0).argmax(1))
    assert classifier.score(X, to_categorical((Y - 3) // 2)) == pytest.approx(
        np.mean(classifier.predict(X) == (Y - 3) // 2)
    )


def test_one_output_has_two_columns_of_probabilities():
    classifier = KerasClassifier(create_binary, verbose=0)
    classifier.fit(X, (Y > 4).astype(int))
    p = classifier.model.predict(X, verbose=0)
    np.testing.assert_array_equal(classifier.predict_proba(X), np.hstack([1 - p, p]))
    np.testing.assert_array_equal(classifier.predict(X), (p[:, 0] > 0.5).astype(int))


def test_a_regressors_score_is_the_loss_with_its_sign_turned():
    regressor = KerasRegressor(create_line, verbose=0)
    regressor.fit(X, X[:, 0])
    predicted = regressor.model.predict(X, verbose=0)[:, 0]
    np.testing.assert_array_equal(regressor.predict(X), predicted)
    assert regressor.score(X, X[:, 0]) == pytest.approx(-np.mean((predicted - X[:, 0]) ** 2), rel=1e-5)


def test_parameters_are_those_of_fit_predict_evaluate_and_the_function():
    classifier = KerasClassifier(create_model, units=3, batch_size=16, class_weight={0: 1.0, 1: 2.0, 2: 1.0})
    assert classifier.get_params() == {"build_fn": create_model, **classifier.sk_params}
    assert clone(classifier).sk_params == classifier.sk_params
    with pytest.raises(ArgumentError, match="Did you mean 'units'"):
        KerasClassifier(create_model, unit=3)
    with pytest.raises(ArgumentError, match="HornbeamClassifier"):
        KerasClassifier(model=create_model)


def test_the_grid_of_the_deck_finds_a_number_of_layers():
    grid = GridSearchCV(KerasClassifier(create_binary, verbose=0), param_grid={"hidden_layers": [0, 1]}, cv=2)
    grid.fit(X, (Y > 4).astype(int))
    assert grid.best_params_["hidden_layers"] in (0, 1)
    assert grid.best_estimator_.model.count_params() in (13, 19)


def test_a_subclass_may_write_the_model_as_its_call():
    class Mine(KerasClassifier):
        def __call__(self, units=3):
            return create_model(units)

    assert Mine(units=3, verbose=0).fit(X, Y).epoch == [0]


def test_old_names_are_classifiers_and_regressors_of_today():
    assert is_classifier(KerasClassifier(create_model))
    assert is_regressor(KerasRegressor(create_line))
    assert isinstance(KerasClassifier(create_model), HornbeamClassifier)
