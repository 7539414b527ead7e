"""Dual functions learned by empirical risk against the solution of the dual, and what units cannot change."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from kullback.bounds._balls import BALLS
from kullback.bounds._dual import LEARNABLE, DualFunctions, DualRows, _Risk
from kullback.bounds._dual_basis import SplineBasis
from kullback.bounds._laws import LocalLaws
from kullback.bounds._rules import ROOM


def rows_of(n=300, seed=0, constant=False):
    rng = np.random.default_rng(seed)
    X = np.zeros((n, 1)) if constant else rng.normal(size=(n, 2))
    share = np.full(n, 0.4) if constant else 0.2 + 0.6 / (1 + np.exp(-X[:, 0]))
    phi = np.clip(0.5 + 0.1 * X[:, 0] + 0.2 * rng.normal(size=n), 0, 1)
    return DualRows(X, phi, rng.random(n) < share, share, np.full(n, 1.2), rng.uniform(0.5, 1.5, n))


def bound(functions, ball, rows):
    u, k, moment = functions.at(rows.X, rows.top)
    return u + k * (ball.psi(rows.share) + moment)


@pytest.mark.parametrize("name", LEARNABLE)
def test_without_covariates_the_bound_is_that_of_the_law_of_the_arm(name):
    rows, ball = rows_of(constant=True), BALLS[name]
    found = bound(DualFunctions.learn(ball, rows, SplineBasis.fit(rows.X), debiased=False), ball, rows)
    law = LocalLaws.of_sample(rows.phi[rows.inside], rows.weights[rows.inside])
    exact = ball.solve(law, np.array([0.4]), np.array([1.2])).bound[0]
    assert np.ptp(found) == 0
    # u is kept off the top by ROOM of the range, which costs at most as much; the optimiser stops at 1e-5 or so
    assert -1e-4 < found[0] - exact < ROOM * 1.2


@pytest.mark.parametrize("debiased", [True, False])
@pytest.mark.parametrize("name", LEARNABLE)
def test_the_gradient_is_that_of_the_risk(name, debiased):
    rows = rows_of(60)
    features = SplineBasis.fit(rows.X).at(rows.X)
    risk = _Risk.of(BALLS[name], rows, features, debiased=debiased)
    start = np.array([-0.5, -3.0])
    at = 0.3 * np.random.default_rng(1).normal(size=2 * features.shape[1])
    numeric = optimize.approx_fprime(at, lambda x: risk(x, start)[0], 1e-7)
    np.testing.assert_allclose(risk(at, start)[1], numeric, atol=1e-6)  # of forward differences


def test_the_correction_has_mean_zero_at_the_exact_propensity():
    """Over both arms at each row the debiased risk and the other are the same."""
    rows = rows_of(80)
    features = SplineBasis.fit(rows.X).at(rows.X)
    totals = []
    for inside in (np.ones(80, dtype=bool), np.zeros(80, dtype=bool)):
        share = rows.share
        slope = BALLS["kl"].psi_derivative(share)
        totals.append(np.where(inside, share, 1 - share) * share * slope * (inside - share))
    np.testing.assert_allclose(sum(totals), 0.0, atol=1e-15)
    risk = _Risk.of(BALLS["kl"], rows, features, debiased=True)
    inside = rows.inside
    weights = rows.weights / rows.weights[inside].sum()
    expected = weights * rows.share * BALLS["kl"].psi_derivative(rows.share) * (inside - rows.share)
    np.testing.assert_allclose(risk.correction, expected)


@pytest.mark.parametrize("name", LEARNABLE)
def test_units_of_the_outcome_and_of_covariates_move_bounds_as_they_must(name):
    rows, ball = rows_of(), BALLS[name]
    moved = replace(rows, phi=1000 * rows.phi - 50, top=1000 * rows.top - 50, X=rows.X * [1e-3, -40.0] + [5.0, 1.0])
    ours = bound(DualFunctions.learn(ball, rows, SplineBasis.fit(rows.X)), ball, rows)
    theirs = bound(DualFunctions.learn(ball, moved, SplineBasis.fit(moved.X)), ball, moved)
    np.testing.assert_allclose((theirs + 50) / 1000, ours, atol=2e-3)  # where the optimiser stops


def test_a_mean_is_kept_where_it_can_lie():
    rows, ball = rows_of(), BALLS["chi2"]
    functions = DualFunctions.learn(ball, rows, SplineBasis.fit(rows.X))
    regression = functions.regression.copy()
    regression[0] += 50
    wild = replace(functions, regression=regression)
    u, k, moment = wild.at(rows.X, rows.top)
    np.testing.assert_allclose(moment, ball.psi_conjugate((u - rows.top) / k))


def test_outcomes_all_at_the_top_are_bounded_by_it():
    rows = rows_of(constant=True)
    rows = replace(rows, phi=rows.top.copy())
    for name in LEARNABLE:
        found = bound(
            DualFunctions.learn(BALLS[name], rows, SplineBasis.fit(rows.X), debiased=False), BALLS[name], rows
        )
        np.testing.assert_allclose(found, 1.2, atol=2e-3)  # ROOM
