"""Standard errors of coefficients and points: what each row does to them, whichever way it takes."""

import numpy as np
import pytest

from kullback.binning import OptimalBinner
from kullback.exceptions import KullbackWarning
from kullback.scorecard import Scorecard, _errors

CUTS = {0: [-0.5, 0.5], 1: [0.0], 2: [0.3]}


def card(**options):
    binner = OptimalBinner(prebinning=CUTS, min_bin_fraction=0, min_bin_events=0, special_values={1: [9]})
    return Scorecard(binner=binner, **options)


def rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    X[:, 1] = 0.6 * X[:, 0] + 0.8 * X[:, 1]
    X[rng.random(n) < 0.1, 1] = 9
    X[rng.random(n) < 0.1, 2] = np.nan
    y = (rng.random(n) < 1 / (1 + np.exp(1 - X[:, 0] - 0.4 * np.nan_to_num(X[:, 2])))).astype(int)
    return X, y


def estimates(fitted):
    return np.concatenate([fitted.coefficients_.value, fitted.table_["points"]])


def errors(fitted):
    return np.concatenate([fitted.coefficients_.standard_error, fitted.table_["points_se"]])


def infinitesimal_jackknife(X, y, weights, **options):
    """Root of the sum of squares of each row's weight times the change of estimates as that weight changes."""
    step = 1e-4
    total = 0.0
    for row in range(y.size):
        up, down = np.array(weights), np.array(weights)
        up[row] += step
        down[row] -= step
        change = [estimates(card(**options).fit(X, y, w)) for w in (up, down)]
        total = total + (weights[row] * (change[0] - change[1]) / (2 * step)) ** 2
    return np.sqrt(total)


@pytest.mark.parametrize("options", [{}, {"penalty": 5.0}], ids=["plain", "penalty"])
def test_the_error_is_the_infinitesimal_jackknifes(options):
    X, y = rows(130)
    found = errors(card(**options).fit(X, y))
    # the program stops within 1e-8 of its optimum, which a difference of 2e-4 in a weight turns into 1e-4
    np.testing.assert_allclose(found, infinitesimal_jackknife(X, y, np.ones(y.size), **options), rtol=1e-3)


def test_with_weights_too():
    X, y = rows(80, seed=1)
    weights = np.random.default_rng(2).choice([0.2, 1.0, 3.0], size=y.size)
    found = errors(card().fit(X, y, weights))
    np.testing.assert_allclose(found, infinitesimal_jackknife(X, y, weights), rtol=1e-3)


def test_one_feature_has_the_error_of_its_bins_log_odds():
    """b is -1 and b_0 the log-odds of all rows, whatever the rows are: what is left is ln(b_j / g_j) and ln(B / G)."""
    X, y = rows(2000)
    alone = Scorecard(binner=OptimalBinner(prebinning={0: CUTS[0]})).fit(X[:, :1], y)
    table = alone.binner_.tables_["x0"]
    expected = alone.scale_.factor * np.sqrt(1 / table.events + 1 / table.non_events)
    np.testing.assert_allclose(alone.table_["points_se"], expected, rtol=1e-6)  # as exact as the fitted b
    intercept = np.sqrt(1 / y.sum() + 1 / (1 - y).sum())
    np.testing.assert_allclose(alone.coefficients_.standard_error, [intercept, 0], rtol=1e-6, atol=1e-6)


def test_blocks_of_rows_leave_no_trace(monkeypatch):
    X, y = rows(300)
    whole = card().fit(X, y)
    monkeypatch.setattr(_errors, "BLOCK", 7)
    np.testing.assert_allclose(errors(card().fit(X, y)), errors(whole), rtol=1e-9)


def test_a_feature_given_twice_leaves_the_error_of_their_sum():
    X, y = rows(800)
    with pytest.warns(KullbackWarning, match="linearly dependent"):
        double = Scorecard(binner=OptimalBinner(prebinning={**CUTS, 3: CUTS[0]})).fit(np.column_stack([X, X[:, 0]]), y)
    single = Scorecard(binner=OptimalBinner(prebinning=CUTS)).fit(X, y).coefficients_
    total = double.coefficients_.delta(lambda b: b[[0, 1, 2, 3]] + [0, b[4], 0, 0])
    np.testing.assert_allclose(total.covariance, single.covariance, rtol=1e-4, atol=1e-8)


def test_cross_fitted_weights_are_taken_as_given():
    """Their errors would not hold what cross-fitting takes off the coefficients: -1 is far outside two of them."""
    X, y = rows(1500)
    fitted = Scorecard(binner=OptimalBinner(prebinning={0: CUTS[0]}, cv=5, random_state=0)).fit(X[:, :1], y)
    low, high = fitted.conf_int()[1]
    assert low < -1 < fitted.coefficients_.value[1] < high


def test_a_row_without_weight_adds_no_error():
    X, y = rows(400)
    more = np.vstack([X, X[:50]]), np.concatenate([y, 1 - y[:50]])
    weights = np.repeat([1.0, 0.0], [400, 50])
    with_them = errors(card().fit(*more, weights))
    np.testing.assert_allclose(with_them, errors(card().fit(X, y, np.ones(400))), rtol=1e-9)


def test_a_pure_bin_has_an_error_too():
    X, y = rows(600)
    X[:60, 2], y[:60] = 5.0, 0
    X[60:, 2] = np.minimum(X[60:, 2], 1.0)
    binner = OptimalBinner(prebinning={2: [3.0]}, min_bin_events=0)
    pure = Scorecard(binner=binner, penalty=1.0).fit(X, y)
    assert pure.binner_.tables_["x2"].smoothed
    of_points = pure.table_.query("feature == 'x2'").set_index("bin")["points_se"]
    assert of_points["[3, inf]"] > 5 * of_points["[-inf, 3)"]


def test_without_a_feature_in_the_model_the_intercepts_error_is_shared():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    with pytest.warns(KullbackWarning, match="No feature has two bins"):
        empty = Scorecard(binner=OptimalBinner(max_bins=1)).fit(rng.normal(size=(40, 2)), y)
    expected = empty.scale_.factor * empty.coefficients_.standard_error[0] / 2
    np.testing.assert_allclose(empty.table_["points_se"], expected)


def test_repeated_samples_spread_as_the_errors_say():
    """120 samples of 1500 rows, bins given: the mean error over the spread, itself known to 6.5%."""
    cuts = {0: [-0.8, 0.0, 0.8], 1: [-0.8, 0.0, 0.8]}
    rng = np.random.default_rng(1)
    found, stated = [], []
    for _ in range(120):
        X = rng.normal(size=(1500, 2))
        X[:, 1] = 0.5 * X[:, 0] + 0.8 * X[:, 1]
        y = rng.random(1500) < 1 / (1 + np.exp(1.2 - X[:, 0] - 0.5 * X[:, 1]))
        fitted = Scorecard(binner=OptimalBinner(prebinning=cuts)).fit(X, y)
        found.append(estimates(fitted))
        stated.append(errors(fitted))
    ratio = np.mean(stated, axis=0) / np.std(found, axis=0, ddof=1)
    assert ratio.min() > 0.8  # three errors of the spread
    assert ratio.max() < 1.25
