"""Where a bound crosses a value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.bounds._search import first_reached, least_odds_ratio, quantile_frame
from kullback.inference import Estimate, IntervalEstimate


def widening(centre, speed):
    """Ends that move apart with the logarithm of the odds ratio, and how often they were asked for."""
    asked = []

    def ends(ratio):
        asked.append(ratio)
        return centre - speed * np.log(ratio), centre + speed * np.log(ratio)

    return ends, asked


@given(centre=st.floats(0.01, 1.0), speed=st.floats(0.2, 5.0), sign=st.sampled_from([-1, 1]))
def test_the_least_odds_ratio_is_where_the_ends_reach_the_null(centre, speed, sign):
    ends, asked = widening(sign * centre, speed)
    assert least_odds_ratio(ends, 0.0) == pytest.approx(np.exp(centre / speed), rel=1e-3)
    assert len(asked) < 25


def test_a_null_inside_without_confounding_breaks_at_one():
    assert least_odds_ratio(lambda ratio: (-1.0, 1.0), 0.5) == 1.0


def test_a_null_that_no_confounding_reaches_never_breaks():
    assert least_odds_ratio(lambda ratio: (1.0, 2.0), 0.0) == np.inf


@given(
    steps=st.lists(st.sampled_from([0.0, 0.1, 0.3]), min_size=1, max_size=30),
    wanted=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=6),
)
def test_the_first_point_reached_is_that_of_a_search_from_below(steps, wanted):
    curve, wanted = np.cumsum(steps), np.array(wanted)
    expected = [next((i for i, c in enumerate(curve) if c >= w), curve.size) for w in wanted]
    np.testing.assert_array_equal(first_reached(lambda at: curve[at], wanted, curve.size), expected)


def around(lower, upper, error):
    """Bounds of a CDF with a given standard error."""
    ends = [Estimate(end, np.tile([[error], [-error]], (1, end.size)) / np.sqrt(2)) for end in (lower, upper)]
    return IntervalEstimate(*ends)


def test_quantiles_are_where_a_scan_of_the_cdf_reaches_them():
    points = np.array([0.0, 1.0, 2.0, 5.0])
    low = {-np.inf: 0.0, 0.0: 0.15, 1.0: 0.2, 2.0: 0.4, 5.0: 0.6}
    wanted = np.array([0.1, 0.3, 0.41, 0.5, 0.6, 0.7])

    def cdf(t):
        lower = np.array([low[float(v)] for v in t])
        return around(lower, lower + 0.4, 0.05)

    frame = quantile_frame(cdf, points, (-10.0, 10.0), wanted, 0.95)
    places = np.append(-np.inf, points)
    bounds = cdf(places)
    limits = bounds.conf_int(0.95)
    for column, curve in (
        ("lower", bounds.upper.value),
        ("upper", bounds.lower.value),
        ("limit_lower", limits[:, 1]),
        ("limit_upper", limits[:, 0]),
    ):
        values = np.array([-10.0, *points, 10.0])
        expected = [values[next((i for i, c in enumerate(curve) if c >= w), 5)] for w in wanted]
        np.testing.assert_array_equal(frame[column], expected)
    assert frame["lower"].tolist() == [-10, -10, 0, 0, 1, 2]  # an atom at the least outcome is not minus infinity
    assert frame["upper"].tolist() == [0, 2, 5, 5, 5, 10]


def test_ends_that_come_back_do_not_hide_where_the_null_is_reached_first():
    """Inside from 1.3 to 5, outside beyond: the ends at 1 and at 10,000 alone would find nothing."""
    found = least_odds_ratio(lambda ratio: (1.3 - ratio if ratio < 5 else 1.0, 2.0), 0.0)
    assert found == pytest.approx(1.3, rel=1e-3)
