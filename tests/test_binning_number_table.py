"""Tables of bins of numbers and counts, against numpy and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kullback.binning import OptimalBinner


def drawn(n=400, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, n) + 0.5
    return pd.DataFrame({"x": x}), 100 + x * rng.normal(1, 1, n), rng.uniform(0.5, 3, n)


def table_of(X, y, weights=None, **parameters):
    return OptimalBinner(prebinning={"x": [1, 2, 3]}, **parameters).fit(X, y, sample_weight=weights).tables_["x"]


def test_means_and_standard_errors_are_those_of_numpy():
    X, y, _ = drawn()
    table = table_of(X, y)
    parts = [y[X["x"] == x] for x in (0.5, 1.5, 2.5, 3.5)]
    np.testing.assert_allclose(table.mean, [part.mean() for part in parts], rtol=1e-13)
    np.testing.assert_allclose(
        table.standard_error, [part.std(ddof=1) / np.sqrt(part.size) for part in parts], rtol=1e-9
    )
    assert table.overall == pytest.approx(y.mean(), rel=1e-13)
    fitted = sm.OLS(y, sm.add_constant(pd.get_dummies(X["x"], drop_first=True, dtype=float).to_numpy())).fit()
    assert table.explained == pytest.approx(fitted.rsquared, rel=1e-9)


def test_weights_are_those_of_statsmodels():
    X, y, weights = drawn()
    table = table_of(X, y, weights)
    dummies = pd.get_dummies(X["x"], dtype=float).to_numpy()
    fitted = sm.WLS(y, dummies, weights=weights).fit(cov_type="HC0")
    rows = [np.square(w.sum()) / np.square(w).sum() for w in (weights[X["x"] == x] for x in (0.5, 1.5, 2.5, 3.5))]
    np.testing.assert_allclose(table.mean, fitted.params, rtol=1e-12)
    few = np.sqrt(np.array(rows) / (np.array(rows) - 1))
    np.testing.assert_allclose(table.standard_error, fitted.bse * few, rtol=1e-8)
    assert table.explained == pytest.approx(fitted.rsquared, rel=1e-9)


def test_counts_are_explained_by_half_the_deviance_an_event():
    X, _, exposure = drawn()
    events = np.random.default_rng(1).poisson(exposure * X["x"])
    table = table_of(X, events / exposure, exposure, target_type="count")
    dummies = pd.get_dummies(X["x"], dtype=float).to_numpy()
    fitted = sm.GLM(events, dummies, sm.families.Poisson(), exposure=exposure).fit()
    np.testing.assert_allclose(table.mean, np.exp(fitted.params), rtol=1e-9)
    expected = (fitted.null_deviance - fitted.deviance) / 2 / events.sum()
    assert table.explained == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(table.count * table.mean, [events[X["x"] == x].sum() for x in (0.5, 1.5, 2.5, 3.5)])


def test_a_bin_without_rows_is_told_and_has_the_overall_mean():
    X, y, _ = drawn()
    with pytest.warns(UserWarning, match=r"leave no row in \[9, inf\]: it gets the overall mean"):
        binner = OptimalBinner(prebinning={"x": [2, 9]}).fit(X, y)
    table = binner.tables_["x"]
    assert np.isnan(table.mean[2])
    assert np.isnan(table.standard_error[2])
    assert table.contribution[2] == 0
    with pytest.warns(UserWarning, match="fit did not see"):
        assert binner.transform(pd.DataFrame({"x": [10.0]}))[0, 0] == table.overall


def test_a_bin_without_events_adds_nothing_and_one_row_has_no_error():
    X = pd.DataFrame({"x": [0.5, 1.5, 1.5, 2.5, 2.5, 3.5]})
    table = table_of(X, [0, 1, 2, 3, 1, 4], target_type="count", min_bin_events=0, min_bin_fraction=0)
    assert table.contribution[0] == 0
    assert np.isnan(table.standard_error[[0, 3]]).all()
    assert np.isfinite(table.standard_error[1:3]).all()


@pytest.mark.parametrize(("kind", "told"), [("continuous", "Share of variance"), ("count", "Divergence of events")])
def test_the_table_says_what_it_shows(kind, told):
    X, y, _ = drawn()
    table = table_of(X, np.rint(y), target_type=kind)
    assert told in repr(table)
    assert "cross-fitted" in repr(table)
    assert list(table.to_frame().columns) == ["bin", "role", "count", "share", "mean", "mean_se", "explained"]
    assert table.to_frame()["explained"].sum() == pytest.approx(table.explained)
