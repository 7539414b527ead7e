"""The paper's estimator inside CausalBounds: its folds, its scores, and what it refuses."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from bounds_cases import fitted, sample, small
from kullback.bounds._balls import BALLS
from kullback.bounds._dual import LEARNABLE
from kullback.bounds._dual_folds import DualFolds, LearnedPoints, learned_rule
from kullback.bounds._laws import LocalLaws
from kullback.bounds._nuisance import Rows, fit_propensity
from kullback.bounds._rules import ArmRows
from kullback.bounds._support import outcome_functional
from kullback.exceptions import InputError
from kullback.information import DIVERGENCES

FIVE = list(LEARNABLE)


def dual(n=200, seed=1, fit=None, **parameters):
    return fitted(n, seed, fit, **({"method": "dual", "divergence": "kl"} | parameters))


def logistic(part):
    return fit_propensity(None, part.X, part.arm, part.weights)


def test_predicted_bounds_are_the_papers_mean_over_folds():
    X, y, treatment = sample()
    estimator = small(method="dual", divergence="chi2", estimand="mean").fit(X, y, treatment=treatment)
    folds = estimator._nuisances.duals.folds
    functional = outcome_functional(y, (0, 1), None)
    rows = np.asarray(X)
    top, expected = np.ones(len(y)), []
    for fold, functions in zip(folds, _learned(estimator._nuisances.duals, functional), strict=True):
        u, k, moment = functions.at(rows, top)
        share = fold.propensity.predict_proba(rows)[:, 1]
        expected.append(np.clip(u + k * ((1 / share - 1) / 2 + moment), 0, 1))
    np.testing.assert_allclose(estimator.predict_bounds(X)[:, 1], np.mean(expected, axis=0))


def _learned(duals, functional):
    return [duals._learn(fold, BALLS["chi2"], functional, 1, mirrored=False) for fold in duals.folds]


def test_a_fold_learns_its_propensity_from_the_other_and_its_duals_from_its_own_rows():
    X, y, treatment = sample()
    rows = Rows(np.asarray(X), y, treatment, np.array([0, 1]))
    one, other = DualFolds.fit(rows, logistic, 0).folds
    assert len(one.rows) + len(other.rows) == len(y)
    np.testing.assert_allclose(one.shares(rows.X), logistic(other.rows).predict_proba(rows.X))


@pytest.mark.parametrize("name", FIVE)
def test_lower_bounds_are_upper_bounds_of_minus_the_outcome(name):
    X, y, treatment = sample()
    ends = [
        small(method="dual", divergence=name, estimand="mean", outcome_bounds=support)
        .fit(X, sign * y, treatment=treatment)
        .predict_bounds(X)
        for sign, support in ((1, (0, 1)), (-1, (-1, 0)))
    ]
    np.testing.assert_allclose(ends[0], -ends[1][:, ::-1], atol=1e-10)


def test_the_score_of_a_row_owes_nothing_to_outcomes_of_its_fold():
    X, y, treatment = sample()
    first = small(method="dual", divergence="js").fit(X, y, treatment=treatment)
    _, test = first._sample.folds[0]
    row = test[0]
    changed = y.copy()
    changed[row] = 1 - y[row]
    second = small(method="dual", divergence="js").fit(X, changed, treatment=treatment)
    same = test[1:]
    for arm in (0, 1):
        np.testing.assert_array_equal(first._found[arm].upper_score[same], second._found[arm].upper_score[same])
    assert first._found[treatment[row]].upper_score[row] != second._found[treatment[row]].upper_score[row]


@pytest.mark.parametrize("name", FIVE)
def test_the_mean_of_a_score_is_on_the_safe_side_whatever_was_learned(name):
    """At the exact propensity; where the dual is a power mean at a wrong one too."""
    rng = np.random.default_rng(3)
    ball, y, share = BALLS[name], rng.uniform(size=40), 0.3
    law = LocalLaws.of_sample(y)
    exact = ball.solve(law, np.array([share]), np.ones(1)).bound[0]
    n = y.size
    laws = LocalLaws(np.tile(law.values, n + 1), np.tile(law.weights, n + 1), n * np.arange(n + 2))
    for stated in (share, 0.6) if ball.power is not None else (share,):
        for _ in range(20):
            u, k = 1 + rng.exponential(0.2), rng.exponential(0.5)
            moment = rng.uniform(*ball.psi_conjugate(np.array([u / k, (u - 1) / k])))
            ones = np.ones(n + 1)
            points = LearnedPoints(ones, u * ones, k * ones, moment * ones)
            inside = np.arange(n + 1) < n
            rows = ArmRows(np.append(law.values, 0.0), inside, stated * ones, ones, 0 * ones, laws)
            _, score = learned_rule(ball, lambda points=points: points)(rows)
            assert share * score[:n].mean() + (1 - share) * score[n] > exact - 1e-9  # rounding


def test_average_bounds_hold_the_populations_and_have_errors():
    interval = dual(1000).average_bounds()
    lower, upper = interval.lower, interval.upper
    truth = np.array([-0.5567, 0.5285])  # make_confounded's law, average_bounds("kl")
    errors = np.array([lower.standard_error[0], upper.standard_error[0]])
    assert (errors > 0).all()
    assert (np.abs([lower.value[0], upper.value[0]] - truth) < 4 * errors).all()


def test_several_balls_are_aggregated():
    X, _, _ = sample()
    alone = np.array([dual(divergence=name).predict_bounds(X)[:, 1] for name in ("chi2", "tv")])
    both = dual(divergence=["chi2", "tv"]).predict_bounds(X)[:, 1]
    assert (both <= alone.min(axis=0) + 1e-12).all()
    assert (
        dual(divergence=["chi2", "tv"], aggregation="kth").predict_bounds(X)[:, 1] <= alone.max(axis=0) + 1e-9
    ).all()


@pytest.mark.filterwarnings("ignore:.*beyond what is possible:kullback.exceptions.KullbackWarning")
def test_a_cdf_is_bounded_whatever_the_support():
    found = dual(estimand="cdf", at=[0.3, 0.6], outcome_bounds=None).average_bounds()
    assert (found.lower.value < found.upper.value).all()
    assert (np.diff(found.lower.value) > 0).all()


def test_what_is_no_ball_is_left_to_the_forest():
    estimator = dual()
    forest = fitted(divergence="kl")
    ours, theirs = (found.sensitivity_frontier([1.5]).to_numpy() for found in (estimator, forest))
    np.testing.assert_array_equal(ours, theirs)


def test_a_pickled_estimator_learns_the_same_again():
    X, _, _ = sample()
    estimator = dual()
    estimator.cdf_bounds([0.5])  # of a function that cannot be pickled
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict_bounds(X), estimator.predict_bounds(X))


def test_halves_keep_clusters_whole():
    clusters = np.arange(200) // 4
    estimator = dual(fit={"clusters": clusters})
    one, other = (set(fold.rows.clusters) for fold in estimator._nuisances.duals.folds)
    assert not one & other


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"divergence": "worst_case"}, "'worst_case' is none of"),
        ({"divergence": ["kl", "worst_case"]}, "'worst_case' is none of"),
        ({"divergence": replace(DIVERGENCES["chi2"], name="own")}, "is none of"),
        ({"divergence": replace(DIVERGENCES["chi2"], name="kl")}, "is none of"),  # a name alone is no ball
        ({"odds_ratio_bound": 2.0}, "a limit on confounding takes"),
        ({"divergence": "kl", "divergence_bound": 0.1}, "a limit on confounding takes"),
    ],
)
def test_what_has_no_dual_to_learn_is_refused(parameters, words):
    with pytest.raises(InputError, match=words):
        dual(**parameters)


def test_a_treatment_missing_from_a_half_is_named():
    X, y, treatment = sample()
    rows = Rows(np.asarray(X), y, np.where(np.arange(len(y)) == 0, 2, treatment), np.array([0, 1, 2]))
    with pytest.raises(InputError, match="2 is missing from one"), pytest.warns(UserWarning, match="least populated"):
        DualFolds.fit(rows, logistic, 0)
