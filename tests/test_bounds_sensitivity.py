"""Words and limits of frontiers and breakdown values; their figures are in test_bounds_causal.py."""

import numpy as np
import pytest

from bounds_cases import fitted
from kullback.bounds import CausalBounds, under_assumptions
from kullback.exceptions import InputError, KullbackWarning


@pytest.fixture(scope="module")
def bounds():
    return fitted(200)


@pytest.mark.parametrize("null", [1.5, -1.0001])
def test_an_effect_that_the_support_makes_impossible_has_no_breakdown_value(bounds, null):
    found = bounds.breakdown_value(null)
    assert found.bounds == found.limits == np.inf


@pytest.mark.parametrize("null", [np.nan, np.inf, "a", [0.0]])
def test_the_null_of_a_breakdown_value_is_a_finite_number(bounds, null):
    with pytest.raises(InputError, match="null must be a finite number"):
        bounds.breakdown_value(null)


@pytest.mark.parametrize("grid", [["a"], [], [np.nan], None])
def test_a_grid_holds_numbers(bounds, grid):
    with pytest.raises(InputError, match="grid must hold one number at least"):
        bounds.sensitivity_frontier(grid)


def test_an_odds_ratio_knows_no_divergence(bounds):
    with pytest.raises(InputError, match="knows no divergence; 'kl' came"):
        bounds.sensitivity_frontier([2], divergence="kl")


def test_a_frontier_has_one_divergence(bounds):
    with pytest.raises(InputError, match=r"one name or FDivergence; \['kl'\] came"):
        bounds.sensitivity_frontier([0.1], parameter="divergence_bound", divergence=["kl"])


def test_a_frontier_ends_where_the_worst_case_does_and_says_so():
    own = fitted(200, odds_ratio_bound=1.0)
    with pytest.warns(KullbackWarning, match="beyond what is possible"):
        frontier = own.sensitivity_frontier([1.0, 1e4])
    worst = fitted(200).average_bounds().to_frame()
    columns = ["lower", "upper", "lower_se", "upper_se", "limit_lower", "limit_upper"]
    np.testing.assert_allclose(frontier[columns].to_numpy()[1], worst[columns].to_numpy()[0])


@pytest.fixture(scope="module")
def heavy():
    rng = np.random.default_rng(0)
    X, treatment = rng.normal(size=(400, 2)), np.arange(400) % 2
    bounds = CausalBounds(odds_ratio_bound=1.0, cv=2, random_state=0)
    return bounds.fit(X, rng.standard_t(2.1, size=400), treatment=treatment)


def test_extremes_are_told_of_along_a_frontier(heavy):
    with pytest.warns(KullbackWarning, match="sample's extremes"):
        heavy.sensitivity_frontier([0.05, 0.5], parameter="divergence_bound", divergence="kl")


def test_extremes_are_told_of_under_other_assumptions(heavy):
    with pytest.warns(KullbackWarning, match="sample's extremes"):
        under_assumptions(heavy, odds_ratio_bound=None, divergence="kl", divergence_bound=0.5).average_bounds()


def test_a_cdf_has_no_extremes(heavy):
    cdf = {"estimand": "cdf", "at": [0.0]}
    other = under_assumptions(heavy, odds_ratio_bound=None, divergence="kl", divergence_bound=0.5, **cdf)
    assert (other.average_bounds().width >= 0).all()
