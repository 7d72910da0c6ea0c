"""scikit-learn's own checks of estimators, on the smallest networks, compiled without XLA's costlier passes."""

import jax
import pytest
from networks import classifying, regressing, reproducing
from sklearn.utils.estimator_checks import parametrize_with_checks

from hornbeam.optimizers import Adam
from hornbeam.sklearn import HornbeamClassifier, HornbeamRegressor, HornbeamTransformer

SETTINGS = {"epochs": 60, "optimizer": Adam(0.1)}
# Both compare to seven digits, which float32 does not hold; scikit-learn exempts its own stochastic estimators, such as
# SGDClassifier, from them. test_weights_of_rows.py has the law to five digits.
FLOAT32 = {
    "check_sample_weight_equivalence_on_dense_data": "compares to the last digit of float64",
    "check_sample_weight_equivalence_on_sparse_data": "compares to the last digit of float64",
}


@pytest.fixture(autouse=True, scope="module")
def _quickly_compiled():
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@parametrize_with_checks(
    [
        HornbeamClassifier(classifying, **SETTINGS),
        HornbeamRegressor(regressing, **SETTINGS),
        HornbeamTransformer(reproducing, **SETTINGS),
    ],
    expected_failed_checks=lambda estimator: FLOAT32,
)
def test_scikit_learns_checks_pass(estimator, check):
    check(estimator)
