"""What is learned of propensities and laws, and what is refused."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bounds_cases import sample
from kullback.bounds._nuisance import Nuisances, Rows, fit_propensity
from kullback.exceptions import InputError

TREES = ExtraTreesRegressor(5, min_samples_leaf=10, random_state=0)
WEIGHTS = np.tile([1.0, 3.0], 60)


@pytest.fixture(scope="module")
def rows():
    X, y, treatment = sample(120)
    return Rows(X.to_numpy(), y, treatment, np.array(["no", "yes"]), WEIGHTS, np.arange(120) // 2)


def test_some_rows_keep_what_belongs_to_them(rows):
    chosen = np.array([5, 3])
    part = rows.take(chosen)
    assert len(part) == 2
    for name in ("X", "y", "arm", "weights", "clusters"):
        np.testing.assert_array_equal(getattr(part, name), getattr(rows, name)[chosen])
    bare = Rows(rows.X, rows.y, rows.arm, rows.levels).take(chosen)
    assert bare.weights is None
    assert bare.clusters is None


def test_weights_are_repeated_rows(rows):
    X, arm = np.repeat(rows.X, WEIGHTS.astype(int), axis=0), np.repeat(rows.arm, WEIGHTS.astype(int))
    for classifier in (LogisticRegression(), make_pipeline(LogisticRegression())):
        weighted = fit_propensity(classifier, rows.X, rows.arm, WEIGHTS).predict_proba(rows.X)
        repeated = fit_propensity(classifier, X, arm, None).predict_proba(rows.X)
        np.testing.assert_allclose(weighted, repeated, atol=1e-4)
        assert not hasattr(classifier, "classes_")  # a clone was fitted


def test_the_default_is_a_logistic_regression_of_standardised_covariates(rows):
    expected = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows.X, rows.arm).predict_proba(rows.X)
    np.testing.assert_allclose(fit_propensity(None, rows.X, rows.arm, None).predict_proba(rows.X), expected)
    in_units = fit_propensity(None, rows.X * 1000, rows.arm, None).predict_proba(rows.X * 1000)
    np.testing.assert_allclose(in_units, expected, atol=1e-6)


def test_each_set_of_arms_has_the_law_of_its_own_rows(rows):
    sets = [frozenset([0]), frozenset([1]), frozenset([0, 1])]
    learned = Nuisances.fit(rows, sets, None, TREES, 0).learned
    assert set(learned) == set(sets)
    for arms, forest in learned.items():
        inside = np.isin(rows.arm, list(arms))
        np.testing.assert_array_equal(forest.distinct, np.unique(rows.y[inside]))
        np.testing.assert_array_equal(forest.weights, WEIGHTS[inside])


def test_a_treatment_that_is_not_there_is_named(rows):
    with pytest.raises(InputError, match=r"every treatment; 'yes' is missing from one\. Use fewer folds"):
        Nuisances.fit(rows.take(np.flatnonzero(rows.arm == 0)), [frozenset([0])], None, TREES, 0)


class Odd(DummyClassifier):
    """A classifier whose probabilities are what it was told to return."""

    def __init__(self, returned=None):
        super().__init__()
        self.returned = returned

    def predict_proba(self, X):
        return np.asarray(self.returned)


@pytest.mark.parametrize("returned", [np.ones((120, 3)), np.ones(120), np.full((120, 2), np.nan)])
def test_probabilities_must_be_finite_and_one_a_treatment(rows, returned):
    nuisances = Nuisances.fit(rows, [frozenset([0])], Odd(returned), TREES, 0)
    with pytest.raises(InputError, match="finite probabilities of 2 treatments"):
        nuisances.shares(rows.X)


@pytest.mark.parametrize("first", [[0.5, 0.5 + 2e-6], [1.1, -0.1], [0.5, 0.4]])
def test_probabilities_lie_between_zero_and_one_and_have_the_sum_one(rows, first):
    returned = np.vstack([first, np.full((119, 2), 0.5)])
    fitted = fit_propensity(Odd(returned), rows.X, rows.arm, None)
    with pytest.raises(InputError, match=r"from 0 to 1 and of sum 1 in each row; in 1 of 120 rows"):
        fitted.predict_proba(rows.X)


def test_the_rounding_of_32_bits_is_no_error(rows):
    returned = np.tile([0.5, 0.5 + 1e-7], (120, 1))
    np.testing.assert_array_equal(fit_propensity(Odd(returned), rows.X, rows.arm, None).predict_proba(rows.X), returned)
