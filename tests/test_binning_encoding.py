"""Lines between bins in place of steps."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold

from kullback.binning import OptimalBinner
from kullback.exceptions import InputError


def drawn(kind="binary", n=3000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    X = pd.DataFrame({"x": x, "grade": rng.choice(list("abc"), n), "owner": rng.random(n) < 0.5})
    X.loc[rng.random(n) < 0.1, "x"] = np.nan
    X.loc[rng.random(n) < 0.1, "x"] = -9.0
    risk = x + (X["grade"] == "a") - 1.5
    if kind == "binary":
        return X, (rng.random(n) < 1 / (1 + np.exp(-risk))).astype(int)
    if kind == "multiclass":
        return X, np.array(["l", "m", "h"])[np.digitize(risk + rng.logistic(size=n), [-2, 0])]
    return X, (rng.poisson(np.exp(risk / 2)) if kind == "count" else risk + rng.normal(size=n))


def fitted(kind="binary", **parameters):
    X, y = drawn(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        binner = OptimalBinner(
            encode="piecewise", target_type=kind, special_values={"x": [-9]}, random_state=0, **parameters
        )
        return binner.fit(X, y), X, y


@pytest.mark.parametrize("kind", ["binary", "multiclass", "continuous", "count"])
def test_lines_go_through_the_mean_and_the_code_of_each_bin(kind):
    binner, X, _ = fitted(kind)
    table = binner.tables_["x"]
    regular = table.rule.n_regular
    where = table.lookup(X["x"])
    centres = [X["x"][where == label].mean() for label in table.labels[:regular]]
    np.testing.assert_allclose(table.rule.centres, centres, rtol=1e-12)
    codes = table.mean[:, None] if kind in ("continuous", "count") else np.reshape(table.woe, (len(table.labels), -1))
    values = np.concatenate([centres, [-np.inf, np.inf, (centres[0] + centres[1]) / 2, np.nan, -9.0]])
    new = pd.DataFrame({"x": values, "grade": "a", "owner": True})
    found = binner.transform(new)[:, : codes.shape[1]]
    expected = [*codes[:regular], codes[0], codes[regular - 1], codes[:2].mean(axis=0), codes[-1], codes[-2]]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_lines_are_monotone_and_continuous_where_steps_are_monotone():
    binner, _, _ = fitted()
    values = np.linspace(-5, 5, 20_001)
    found = binner.transform(pd.DataFrame({"x": values, "grade": "a", "owner": True}))[:, 0]
    assert binner.tables_["x"].trend == "ascending"
    steps = np.diff(found)
    assert (steps <= 0).all()  # a higher event rate is a lower weight of evidence
    slope = np.max(np.abs(np.diff(binner.tables_["x"].woe[:-2]) / np.diff(binner.tables_["x"].rule.centres)))
    assert np.abs(steps).max() <= slope * 5.01e-4  # no jump


def test_levels_and_booleans_keep_their_steps():
    binner, X, _ = fitted()
    steps = clone(binner).set_params(encode="woe").fit(*drawn())
    np.testing.assert_array_equal(binner.transform(X)[:, 1:], steps.transform(X)[:, 1:])
    assert binner.get_feature_names_out().tolist() == ["x", "grade", "owner"]


def test_lines_say_more_of_new_rows_than_steps_where_the_law_is_smooth():
    binner, _, y = fitted()
    new, truth = drawn(n=20_000, seed=1)
    inside = ~(new["x"].isna() | (new["x"] == -9))
    errors = []
    for encode in ("piecewise", "woe"):
        woe = binner.set_params(encode=encode).transform(new)[inside, 0]
        p = 1 / (1 + np.exp(woe - np.log(y.mean() / (1 - y.mean()))))
        errors.append(np.mean((truth[inside] - p) ** 2))
    assert errors[0] < errors[1]


def test_a_bin_without_rows_is_no_corner_and_stays_neutral():
    X = pd.DataFrame({"x": np.r_[np.full(100, 1.0), np.full(100, 5.0)]})
    y = np.r_[np.arange(100) % 2, np.arange(100) % 4 == 0].astype(int)
    with pytest.warns(UserWarning, match="leave no row"):
        binner = OptimalBinner(encode="piecewise", prebinning={"x": [2, 3, 4]}).fit(X, y)
    woe = binner.tables_["x"].woe
    with pytest.warns(UserWarning, match="2 in 'x'"):
        found = binner.transform(pd.DataFrame({"x": [1.0, 1.5, 2.0, 3.0, 4.5]}))[:, 0]
    lines = np.interp([1.0, 1.5, 4.5], [1, 5], woe[[0, 3]])
    np.testing.assert_allclose(found, [lines[0], lines[1], 0, 0, lines[2]], atol=1e-12)


def test_infinite_and_huge_values_have_a_place():
    values = np.r_[np.full(60, -np.inf), np.linspace(0, 1, 100), np.full(60, 1e308), np.full(60, np.inf)]
    y = (np.arange(values.size) % 7 < 2 + 3 * (values > 0.5)).astype(int)
    binner = OptimalBinner(encode="piecewise", prebinning={"x": [0.0, 0.5, 2.0]}).fit(pd.DataFrame({"x": values}), y)
    centres = binner.tables_["x"].rule.centres
    np.testing.assert_allclose(centres[1:], [values[(values >= 0) & (values < 0.5)].mean(), 0.7525, 1e308], rtol=0.02)
    assert centres[0] == 0.0  # no finite value: its cut
    found = binner.transform(pd.DataFrame({"x": values}))
    assert np.isfinite(found).all()


def test_weights_move_the_corners():
    X, y = pd.DataFrame({"x": [0.0, 1.0, 5.0, 6.0] * 50}), [0, 1, 1, 1] * 25 + [0, 0, 1, 0] * 25
    weights = [3.0, 1.0, 1.0, 1.0] * 50
    binner = OptimalBinner(encode="piecewise", prebinning={"x": [3.0]}).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(binner.tables_["x"].rule.centres, [0.25, 5.5])


def test_out_of_fold_codes_lie_on_the_lines_of_the_other_rows():
    binner, X, y = fitted(cv=KFold(3))
    encoded = binner.fit_transform(X, y)
    train, test = next(iter(KFold(3).split(X)))
    other = clone(binner).set_params(cv=None).fit(X.iloc[train], y[train])
    np.testing.assert_array_equal(encoded[test], other.transform(X.iloc[test]))


def test_lines_cannot_be_inverted():
    binner, X, _ = fitted()
    with pytest.raises(InputError, match="cannot be inverted"):
        binner.inverse_transform(binner.transform(X))


def test_bins_without_their_mean_values_are_told():
    binner, X, _ = fitted()
    table = binner.tables_["x"]
    binner.tables_["x"] = replace(table, rule=replace(table.rule, centres=np.empty(0)))
    with pytest.raises(InputError, match="needs the mean value of each bin of 'x'"):
        binner.transform(X)
