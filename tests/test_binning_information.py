"""How much each row moves what features say of a target: derivatives, for every kind of target."""

import numpy as np
import pandas as pd
import pytest

from kullback.binning import OptimalBinner
from kullback.binning._information import _EXPLAINED, _influence
from kullback.binning._target import read_target

KINDS = ["binary", "multiclass", "continuous", "count"]


def drawn(kind, n=60, seed=3):
    """A feature of three bins, of which each has rows of all classes."""
    rng = np.random.default_rng(seed)
    x = np.arange(n) % 3 + 0.5
    if kind == "binary":
        return x, (np.arange(n) // 3 + (x > 1) * (rng.random(n) < 0.3)).astype(int) % 2
    if kind == "multiclass":
        return x, np.array(["a", "b", "c"])[(np.arange(n) // 3 + (rng.random(n) < 0.3 * (x > 1))) % 3]
    if kind == "continuous":
        return x, 5 + x + rng.normal(0, 1 + x, n)
    return x, rng.poisson(x + 0.5)


def fitted(kind, x, y, weights=None):
    binner = OptimalBinner(prebinning={"x": [1.0, 2.0]}, min_bin_events=0, target_type=kind)
    return binner.fit(pd.DataFrame({"x": x}), y, sample_weight=weights)


@pytest.mark.parametrize("kind", KINDS)
def test_the_influence_of_a_row_is_the_derivative_by_its_weight(kind):
    x, y = drawn(kind)
    found = _EXPLAINED[kind](fitted(kind, x, y)._fits["x"])
    target = read_target(y, kind)
    psi = _influence(found.cells, (x // 1).astype(int), target.codes, target.values)
    step = 1e-5
    for row in range(0, y.size, 7):
        values = []
        for sign in (1, -1):
            weights = np.ones(y.size)
            weights[row] += sign * step
            values.append(fitted(kind, x, y, weights).tables_["x"].explained)
        derivative = (values[0] - values[1]) / (2 * step)
        assert psi[row] == pytest.approx(derivative, rel=1e-5, abs=1e-9)
    assert psi.sum() == pytest.approx(0, abs=1e-10)  # twice the rows say the same


@pytest.mark.parametrize("kind", KINDS)
def test_the_variance_is_that_of_the_jackknife(kind):
    x, y = drawn(kind, n=300)
    binner = fitted(kind, x, y)
    found = _EXPLAINED[kind](binner._fits["x"])
    target = read_target(y, kind)
    psi = _influence(found.cells, (x // 1).astype(int), target.codes, target.values)
    table, codes = binner.tables_["x"], (x // 1).astype(int)
    left_out = np.empty(y.size)
    for row in range(y.size):
        kept = np.delete(np.arange(y.size), row)
        part = target.take(kept)
        left_out[row] = target.table(table.rule, part.tabulate(codes[kept], None, 3), "none").explained
    jackknife = (y.size - 1) * left_out.var()
    assert np.square(psi).sum() == pytest.approx(jackknife, rel=0.05)  # of second order in 1 / rows


@pytest.mark.parametrize("kind", ["multiclass", "continuous", "count"])
def test_a_feature_of_one_bin_explains_nothing_exactly(kind):
    _, y = drawn(kind)
    with pytest.warns(UserWarning, match="constant"):
        binner = OptimalBinner(target_type=kind).fit(pd.DataFrame({"x": np.ones(y.size)}), y)
    assert binner._found.value[0] == 0
    np.testing.assert_array_equal(binner._found.conf_int(), [[0.0, 0.0]])


@pytest.mark.parametrize("kind", ["multiclass", "continuous", "count"])
def test_a_feature_given_twice_is_perfectly_correlated_with_itself(kind):
    x, y = drawn(kind)
    found = OptimalBinner(target_type=kind, min_bin_events=0).fit(pd.DataFrame({"a": x, "b": x}), y)._found
    covariance = found.covariance
    assert covariance[0, 1] == pytest.approx(np.sqrt(covariance[0, 0] * covariance[1, 1]), rel=1e-9)
