"""scikit-learn's own checks of estimators, on the smallest networks."""

import pytest
from networks import classifying, regressing, reproducing
from sklearn.utils.estimator_checks import estimator_checks_generator

from hornbeam.optimizers import Adam
from hornbeam.sklearn import HornbeamClassifier, HornbeamRegressor, HornbeamTransformer

# Both compare to seven digits, which float32 does not hold; scikit-learn exempts its own stochastic estimators, such as
# SGDClassifier, from them. test_estimators.py has the law to four digits.
FLOAT32 = {
    "check_sample_weight_equivalence_on_dense_data": "compares to the last digits of float64",
    "check_sample_weight_equivalence_on_sparse_data": "compares to the last digits of float64",
}
TRAINED = {"epochs": 60, "optimizer": Adam(0.1)}


def checks_of(estimator):
    """From a check's name to the check, of all that scikit-learn has for such an estimator."""
    found = estimator_checks_generator(estimator, expected_failed_checks=FLOAT32, mark=None)
    return {str(check.func.__name__) + str(check.keywords or ""): (estimator, check) for estimator, check in found}


def all_checks():
    """Every check of the three; what the classifier's have in common with the others' is trained once.

    A program is compiled for every shape of data in them: the checks of manners run on untrained networks for the other
    two.
    """
    common = checks_of(HornbeamClassifier(classifying, **TRAINED))
    yield from common.items()
    for kind, function in ((HornbeamRegressor, regressing), (HornbeamTransformer, reproducing)):
        untrained, trained = checks_of(kind(function, epochs=0)), checks_of(kind(function, **TRAINED))
        yield from ((name, untrained[name] if name in common else trained[name]) for name in trained)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [pytest.param(*pair, id=f"{type(pair[0]).__name__}-{name}") for name, pair in all_checks() if name not in FLOAT32],
)
def test_scikit_learns_check_passes(estimator, check):
    check(estimator)
