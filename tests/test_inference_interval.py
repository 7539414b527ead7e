"""Limits from the non-central chi-square law against scipy's law and a search for roots."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import naive
from kullback.inference import noncentral_cdf, noncentrality_interval

SEARCH = 1e-6
"""scipy inverts its law to a relative 1e-8 or so; the search's own tolerance is 1e-9."""

FAR = {1: 1e-9, 2: 1e-4, 5: 3e-4, 20: 1e-3, 50: 2.5e-3}
"""By degrees of freedom: error of the limits above a statistic of 3000, as a share of the width.
The root of the law is normal there with a variance of 1 + (df - 1) / (2 nc); the limits take the 1."""

DF = sorted(FAR)
TAILS = [0.005, 0.025, 0.1]


def interval(statistic, df, tail):
    lower, upper = noncentrality_interval(np.array([statistic]), np.array([float(df)]), tail)
    return lower[0], upper[0]


@pytest.mark.parametrize("df", DF)
@pytest.mark.parametrize("tail", TAILS)
def test_limits_are_the_roots(df, tail):
    for statistic in (1e-6, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 2999.9):
        expected = [naive.noncentrality(statistic, df, probability) for probability in (1 - tail, tail)]
        np.testing.assert_allclose(interval(statistic, df, tail), expected, rtol=SEARCH, atol=SEARCH)


@pytest.mark.parametrize("df", DF)
@pytest.mark.parametrize("tail", TAILS)
def test_limits_leave_zero_at_the_central_quantiles(df, tail):
    low, high = stats.chi2.ppf([tail, 1 - tail], df)
    assert interval(0.999 * low, df, tail) == (0.0, 0.0)
    lower, upper = interval(1.001 * low, df, tail)
    assert lower == 0 < upper < 0.01 * (low + 1)
    assert interval(0.999 * high, df, tail)[0] == 0.0
    just_above = interval(1.001 * high, df, tail)[0]
    assert just_above == pytest.approx(naive.noncentrality(1.001 * high, df, 1 - tail), rel=1e-4)


@pytest.mark.parametrize("df", DF)
@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("statistic", [3000.1, 5000.0, 20000.0])
def test_the_normal_limits_far_out_are_near_the_roots(df, tail, statistic):
    expected = [naive.noncentrality(statistic, df, probability) for probability in (1 - tail, tail)]
    width = expected[1] - expected[0]
    np.testing.assert_allclose(interval(statistic, df, tail), expected, atol=FAR[df] * width)


def test_nothing_is_known_from_a_statistic_of_zero():
    assert interval(0.0, 3, 0.025) == (0.0, 0.0)


@given(st.floats(0, 5000), st.floats(0, 5000), st.sampled_from(DF))
def test_limits_rise_with_the_statistic(one, other, df):
    small, large = sorted((one, other))
    if large > 3000 >= small:  # the two methods meet within the error stated above
        return
    low, high = interval(small, df, 0.025), interval(large, df, 0.025)
    assert low[0] <= high[0] * (1 + SEARCH) + SEARCH
    assert low[1] <= high[1] * (1 + SEARCH) + SEARCH


@given(st.floats(0, 4000), st.sampled_from(DF))
def test_more_confidence_is_a_wider_interval(statistic, df):
    narrow, wide = interval(statistic, df, 0.05), interval(statistic, df, 0.01)
    assert wide[0] <= narrow[0] * (1 + SEARCH)
    assert wide[1] >= narrow[1] * (1 - SEARCH) or wide[1] == narrow[1] == 0


def test_many_statistics_at_once_are_each_on_its_own():
    x, df = np.array([0.0, 5.0, 50.0, 4000.0]), np.array([1.0, 2.0, 3.0, 4.0])
    together = np.column_stack(noncentrality_interval(x, df, 0.025))
    np.testing.assert_array_equal(together, [interval(a, b, 0.025) for a, b in zip(x, df, strict=True)])


@pytest.mark.parametrize("df", DF)
def test_distribution_function_is_scipys(df):
    x, nc = np.meshgrid([0.0, 0.5, 3.0, 20.0, 200.0, 2500.0], [0.0, 0.1, 2.0, 30.0, 300.0, 2900.0])
    expected = np.where(nc > 0, stats.ncx2.cdf(x, df, np.maximum(nc, 1e-9)), stats.chi2.cdf(x, df))
    np.testing.assert_allclose(noncentral_cdf(x, df, nc), expected, rtol=1e-7, atol=1e-12)  # two series for one law


@pytest.mark.parametrize("df", DF)
def test_distribution_function_far_out(df):
    nc = np.array([3100.0, 5000.0, 20000.0])
    for z in (-2.0, 0.0, 2.0):
        x = nc + df + 2 * z * np.sqrt(nc)
        # FAR in standard deviations (the widest of the intervals spans 5), times the density.
        np.testing.assert_allclose(noncentral_cdf(x, df, nc), stats.ncx2.cdf(x, df, nc), atol=5 * 0.4 * FAR[df] + 1e-9)


@pytest.mark.parametrize(("df", "statistic"), [(2900.0, 3281.0), (5000.0, 5100.0)])
def test_many_degrees_of_freedom_keep_the_law(df, statistic):
    lower, upper = noncentrality_interval(np.array([statistic]), np.array([df]), 0.025)
    assert stats.ncx2(df, upper[0]).cdf(statistic) == pytest.approx(0.025, rel=1e-4)
    if lower[0] > 0:
        assert stats.ncx2(df, lower[0]).cdf(statistic) == pytest.approx(0.975, rel=1e-4)
    found = noncentral_cdf(np.array([statistic]), np.array([df]), np.array([200.0]))
    assert found[0] == pytest.approx(stats.ncx2(df, 200.0).cdf(statistic), rel=1e-6)
