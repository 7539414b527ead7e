"""Each row's bounds and scores come from folds that do not hold it."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesRegressor

from bounds_cases import sample
from kullback.bounds import _folds
from kullback.bounds._folds import CrossFitted
from kullback.bounds._model import Block, Model
from kullback.bounds._nuisance import Nuisances, Rows
from kullback.bounds._support import Functional, outcome_functional

TREES = ExtraTreesRegressor(5, min_samples_leaf=10, random_state=0)
MODELS = [Model((name,), None, None, False, False, False, 2) for name in ("kl", "tv")]
WEIGHTS = np.tile([1.0, 2.0, 0.5], 50)


@pytest.fixture(scope="module")
def rows():
    X, y, treatment = sample(150)
    return Rows(X.to_numpy(), y, treatment, np.array([0, 1]), WEIGHTS)


@pytest.fixture(scope="module")
def folds():
    order = np.random.default_rng(0).permutation(150)
    return [(np.setdiff1d(order, test), np.sort(test)) for test in np.array_split(order, 3)]


@pytest.fixture(scope="module")
def cross_fitted(rows, folds):
    return CrossFitted.fit(rows, folds, MODELS[0].arm_sets(), None, TREES, 0)


def test_bounds_are_those_of_each_fold_alone(cross_fitted, rows, folds):
    functional = outcome_functional(rows.y, (0, 1), None)
    jobs = [(model, functional, arm) for model in MODELS for arm in (0, 1)]
    found = cross_fitted.bounds(jobs)
    for train, test in folds:
        nuisances = Nuisances.fit(rows.take(train), MODELS[0].arm_sets(), None, TREES, 0)
        np.testing.assert_array_equal(cross_fitted.propensity()[test], nuisances.shares(rows.X[test]))
        block = Block(nuisances, rows.X[test], rows.y[test], rows.arm[test])
        for (model, _, arm), ends in zip(jobs, found, strict=True):
            np.testing.assert_array_equal(ends.stacked()[:, test], model.bounds(block, functional, arm).stacked())


ASSUMED = [
    Model(("worst_case",), None, None, False, True, True, 2),
    Model(("kl", "js"), None, None, False, True, False, 2),
    Model(("worst_case",), 2.0, None, False, False, True, 2),
    Model(("chi2",), None, None, False, False, False, 2, 0.4),
    Model(("kl",), None, 0.2, False, False, False, 2),
]


@pytest.mark.parametrize("model", ASSUMED, ids=Model.words)
def test_a_cdf_at_many_thresholds_is_the_mean_of_an_indicator_at_each(rows, folds, model, monkeypatch):
    monkeypatch.setattr(_folds, "AT_ONCE", 2)
    fit = CrossFitted.fit(rows, folds, model.arm_sets(), None, TREES, 0)
    thresholds = np.array([-np.inf, *np.quantile(rows.y, [0.0, 0.4, 0.8]), 2.0])
    for arm in (0, 1):
        alone = fit.bounds([(model, Functional.at_most(t), arm) for t in thresholds])
        for found, expected in zip(fit.cdf(model, thresholds, arm), alone, strict=True):
            np.testing.assert_allclose(found.stacked(), expected.stacked(), atol=1e-6)


def test_a_row_does_not_move_its_own_bounds(cross_fitted, rows, folds):
    functional = outcome_functional(rows.y, (0, 1), None)
    y = rows.y.copy()
    y[7] = 0.999
    moved = CrossFitted.fit(
        Rows(rows.X, y, rows.arm, rows.levels, WEIGHTS), folds, MODELS[0].arm_sets(), None, TREES, 0
    )
    job = [(MODELS[0], functional, int(rows.arm[7]))]
    before, after = (fit.bounds(job)[0].stacked() for fit in (cross_fitted, moved))
    np.testing.assert_array_equal(before[:2, 7], after[:2, 7])
    assert not np.array_equal(before[2:, 7], after[2:, 7])
    assert not np.array_equal(before[:2], after[:2])


def test_without_a_covariate_the_propensity_is_that_of_the_others(cross_fitted, rows, folds):
    left = Rows(np.delete(rows.X, 1, axis=1), rows.y, rows.arm, rows.levels, WEIGHTS)
    expected = CrossFitted.fit(left, folds, MODELS[0].arm_sets(), None, TREES, 0).propensity()
    np.testing.assert_array_equal(cross_fitted.propensity_without([1], None), expected)


def test_without_the_only_covariate_the_propensity_is_the_share(rows, folds):
    one = CrossFitted(Rows(rows.X[:, :1], rows.y, rows.arm, rows.levels), folds, [])
    shares = one.propensity_without([0], DummyClassifier())
    for train, test in folds:
        np.testing.assert_allclose(shares[test, 1], rows.arm[train].mean())
