"""Standard errors of points: what each row does to them, whichever way it takes."""

import numpy as np
import pytest

from kullback.binning import OptimalBinner
from kullback.exceptions import KullbackWarning
from kullback.scorecard import Scorecard

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


def infinitesimal_jackknife(X, y, weights, **options):
    """Root of the sum of squares of each row's weight times the change of the points as that weight changes."""
    step = 1e-4
    total = 0.0
    for row in range(y.size):
        up, down = np.array(weights), np.array(weights)
        up[row] += step
        down[row] -= step
        change = [card(**options).fit(X, y, w).table_["points"].to_numpy() for w in (up, down)]
        total = total + (weights[row] * (change[0] - change[1]) / (2 * step)) ** 2
    return np.sqrt(total)


@pytest.mark.parametrize("options", [{}, {"penalty": 5.0}], ids=["plain", "penalty"])
def test_the_error_is_the_infinitesimal_jackknifes(options):
    X, y = rows(130)
    found = card(**options).fit(X, y).table_["points_se"]
    # the program stops within 1e-8 of its optimum, which a difference of 2e-4 in a weight turns into 1e-4
    np.testing.assert_allclose(found, infinitesimal_jackknife(X, y, np.ones(y.size), **options), rtol=1e-3)


def test_with_weights_too():
    X, y = rows(80, seed=1)
    weights = np.random.default_rng(2).choice([0.2, 1.0, 3.0], size=y.size)
    found = card().fit(X, y, weights).table_["points_se"]
    np.testing.assert_allclose(found, infinitesimal_jackknife(X, y, weights), rtol=1e-3)


def test_one_feature_has_the_error_of_its_bins_log_odds():
    """b is -1 and b_0 the log-odds of all rows, whatever the rows are: what is left is ln(b_j / g_j)."""
    X, y = rows(2000)
    alone = Scorecard(binner=OptimalBinner(prebinning={0: CUTS[0]})).fit(X[:, :1], y)
    table = alone.binner_.tables_["x0"]
    expected = alone.scale_.factor * np.sqrt(1 / table.events + 1 / table.non_events)
    np.testing.assert_allclose(alone.table_["points_se"], expected, rtol=1e-6)  # as exact as the fitted b


def test_a_row_without_weight_adds_no_error():
    X, y = rows(400)
    more = np.vstack([X, X[:50]]), np.concatenate([y, 1 - y[:50]])
    weights = np.repeat([1.0, 0.0], [400, 50])
    with_them = card().fit(*more, weights).table_["points_se"]
    np.testing.assert_allclose(with_them, card().fit(X, y, np.ones(400)).table_["points_se"], rtol=1e-9)


def test_a_pure_bin_has_an_error_too():
    X, y = rows(600)
    X[:60, 2], y[:60] = 5.0, 0
    X[60:, 2] = np.minimum(X[60:, 2], 1.0)
    binner = OptimalBinner(prebinning={2: [3.0]}, min_bin_events=0)
    pure = Scorecard(binner=binner, penalty=1.0).fit(X, y)
    assert pure.binner_.tables_["x2"].smoothed
    errors = pure.table_.query("feature == 'x2'").set_index("bin")["points_se"]
    assert errors["[3, inf]"] > 5 * errors["[-inf, 3)"]


def test_without_a_feature_in_the_model_the_intercepts_error_is_shared():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    with pytest.warns(KullbackWarning, match="No feature has two bins"):
        empty = Scorecard(binner=OptimalBinner(max_bins=1)).fit(rng.normal(size=(40, 2)), y)
    expected = empty.scale_.factor * empty.coefficients_.standard_error[0] / 2
    np.testing.assert_allclose(empty.table_["points_se"], expected)


def test_repeated_samples_spread_as_the_errors_say():
    """120 samples of 1500 rows, bins given: the mean error over the spread of the points, itself known to 6.5%."""
    cuts = {0: [-0.8, 0.0, 0.8], 1: [-0.8, 0.0, 0.8]}
    rng = np.random.default_rng(1)
    points, errors = [], []
    for _ in range(120):
        X = rng.normal(size=(1500, 2))
        X[:, 1] = 0.5 * X[:, 0] + 0.8 * X[:, 1]
        y = rng.random(1500) < 1 / (1 + np.exp(1.2 - X[:, 0] - 0.5 * X[:, 1]))
        table = Scorecard(binner=OptimalBinner(prebinning=cuts)).fit(X, y).table_
        points.append(table["points"])
        errors.append(table["points_se"])
    ratio = np.mean(errors, axis=0) / np.std(points, axis=0, ddof=1)
    assert ratio.min() > 0.8  # three errors of the spread
    assert ratio.max() < 1.25
