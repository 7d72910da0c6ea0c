"""The wrappers of ``keras.wrappers``: Keras's constructor, its manners, and scikit-learn's tools around them."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hornbeam import Sequential, layers
from hornbeam.core.errors import ArgumentError, DataError, NotCompiledError
from hornbeam.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype("float32")
NAMES = np.where(X[:, 0] > 0, "right", "left")
NUMBERS = X @ np.float32([1, 2, 3]) + 4
QUIET = {"verbose": 0, "epochs": 30, "batch_size": 20}


def build(X, y, loss, units=4):
    model = Sequential([layers.Dense(units, "tanh", input_dim=X.shape[1])])
    model.add(layers.Dense(y.shape[1], "softmax" if loss == "categorical_crossentropy" else None))
    model.compile("adam", loss)
    model.optimizer.learning_rate = 0.05
    return model


@pytest.fixture(scope="module")
def classifier():
    words = {"loss": "categorical_crossentropy"}
    return SKLearnClassifier(build, model_kwargs=words, fit_kwargs=QUIET).fit(X, NAMES)


@pytest.fixture(scope="module")
def regressor():
    return SKLearnRegressor(build, model_kwargs={"loss": "mse"}, fit_kwargs=QUIET).fit(X, NUMBERS)


def test_a_classifier_names_classes_and_has_a_column_for_each(classifier):
    assert classifier.classes_.tolist() == ["left", "right"]
    assert classifier.model_.output_shape == (None, 2)
    outputs = classifier.decision_function(X)
    assert np.allclose(outputs.sum(-1), 1, atol=1e-6)
    assert (classifier.predict(X) == classifier.classes_[outputs.argmax(-1)]).all()
    assert classifier.score(X, NAMES) > 0.8
    assert len(classifier.history_.history["loss"]) == classifier.epoch_ == 30


def test_a_regressor_keeps_the_form_of_its_targets(regressor):
    assert regressor.predict(X).shape == (60,)
    assert np.array_equal(regressor.predict(X), regressor.model_.predict(X, verbose=0)[:, 0])
    columns = clone(regressor).fit(X, NUMBERS[:, None], epochs=1)
    assert columns.predict(X).shape == (60, 1)
    assert columns.epoch_ == 1


def test_a_transformer_gives_the_outputs_of_its_model(regressor):
    model = regressor.model_
    transformer = SKLearnTransformer(model, fit_kwargs={"verbose": 0, "epochs": 1})
    given = [weight.copy() for weight in model.get_weights()]
    features = transformer.fit_transform(X, NUMBERS)
    assert np.array_equal(features, transformer.model_.predict(X, verbose=0))
    assert transformer.model_ is not model
    assert all(np.array_equal(*pair) for pair in zip(given, model.get_weights(), strict=True))


def test_a_warm_start_goes_on_with_the_last_model(classifier):
    words = {"loss": "categorical_crossentropy"}
    warm = SKLearnClassifier(build, True, words, QUIET).fit(X, NAMES, epochs=1)
    model = warm.model_
    assert warm.fit(X, NAMES, epochs=2).model_ is model
    assert int(model.optimizer.iterations) == 9
    assert clone(warm).fit(X, NAMES, epochs=1).model_ is not model


def test_tools_of_scikit_learn_take_them(classifier):
    again = pickle.loads(pickle.dumps(classifier))
    assert (again.predict(X) == classifier.predict(X)).all()
    assert clone(classifier).get_params()["fit_kwargs"] == QUIET
    scores = cross_val_score(make_pipeline(StandardScaler(), clone(classifier)), X, NAMES, cv=2)
    assert scores.shape == (2,)


def test_what_they_cannot_take_is_refused(classifier):
    with pytest.raises(DataError, match="two classes or more"):
        clone(classifier).fit(X, np.zeros(60))
    with pytest.raises(DataError, match="HornbeamClassifier"):
        clone(classifier).fit(X, np.ones((60, 2)))
    with pytest.raises(ArgumentError, match="model"):
        SKLearnRegressor(None).fit(X, NUMBERS)
    with pytest.raises(NotCompiledError):
        SKLearnRegressor(Sequential([layers.Dense(1, input_dim=3)])).fit(X, NUMBERS)
    with pytest.raises(ArgumentError, match="epochs"):
        clone(classifier).fit(X, NAMES, epoch=1)
