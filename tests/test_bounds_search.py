"""Where a bound crosses a value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kullback.bounds import _search
from kullback.bounds._search import (
    PARAMETERS,
    BreakdownValue,
    first_reached,
    get_parameter,
    least_holding,
    quantiles,
)
from kullback.exceptions import InputError
from kullback.inference import Estimate, IntervalEstimate

COLUMNS = ("lower", "upper", "limit_lower", "limit_upper")
SCANNED = PARAMETERS["odds_ratio"].scanned


def widening(centre, speed):
    """Ends that move apart with the logarithm of the odds ratio, and how often they were asked for."""
    asked = []

    def ends(ratios):
        asked.append(len(ratios))
        return np.column_stack([centre - speed * np.log(ratios), centre + speed * np.log(ratios)])

    return ends, asked


@given(centre=st.floats(0.01, 1.0), speed=st.floats(0.2, 5.0), sign=st.sampled_from([-1, 1]))
def test_the_least_odds_ratio_is_where_the_ends_reach_the_null(centre, speed, sign):
    ends, asked = widening(sign * centre, speed)
    assert least_holding(ends, 0.0, SCANNED) == pytest.approx(np.exp(centre / speed), rel=1e-5)
    assert len(asked) <= 8


@pytest.mark.parametrize("name", ["divergence_bound", "radius_scale"])
@given(centre=st.floats(0.01, 0.9))
def test_the_least_value_of_the_others_is_where_ends_that_move_with_its_root_reach_the_null(name, centre):
    found = least_holding(lambda v: np.column_stack([centre - v**0.5, centre + v**0.5]), 0.0, PARAMETERS[name].scanned)
    assert found == pytest.approx(centre**2, rel=1e-3)


def constant(lower, upper):
    return lambda values: np.tile([lower, upper], (len(values), 1))


def test_a_null_inside_without_confounding_breaks_there():
    assert least_holding(constant(-1.0, 1.0), 0.5, SCANNED) == 1.0
    assert least_holding(constant(-1.0, 1.0), 0.5, PARAMETERS["radius_scale"].scanned) == 0.0


def test_a_null_that_no_confounding_reaches_never_breaks():
    assert least_holding(constant(1.0, 2.0), 0.0, SCANNED) == np.inf


def test_ends_that_come_back_do_not_hide_where_the_null_is_reached_first():
    """Inside from 1.3 to 5, outside beyond: the ends at 1 and at 10,000 alone would find nothing."""

    def ends(ratios):
        return np.column_stack([np.where(ratios < 5, 1.3 - ratios, 1.0), np.full(len(ratios), 2.0)])

    assert least_holding(ends, 0.0, SCANNED) == pytest.approx(1.3, rel=1e-3)


def test_a_null_that_one_end_passes_while_the_other_lags_is_found():
    """The lower end is below zero up to 1.9 only, the upper end above zero from 2.1 on: never both at once."""

    def ends(ratios):
        lower, upper = np.where(ratios < 1.9, -1.0, 0.5), np.where(ratios > 2.1, 1.0, -0.5)
        return np.column_stack([lower, upper])

    assert least_holding(ends, 0.0, SCANNED) == pytest.approx(2.1, rel=1e-3)


def test_a_breakdown_value_is_shown_to_the_digits_that_it_has():
    shown = repr(BreakdownValue(0.0, 1.571038269996275, np.inf, 0.95))
    assert shown == "BreakdownValue(odds_ratio: bounds=1.571, limits=inf, null=0, confidence_level=0.95)"


def test_an_unknown_parameter_is_told():
    with pytest.raises(InputError, match="parameter must be one of odds_ratio, divergence_bound, radius_scale; 'rho'"):
        get_parameter("rho")


@given(
    steps=st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.3]), min_size=40, max_size=40), min_size=1, max_size=3),
    wanted=st.lists(st.floats(0.0, 8.0), min_size=1, max_size=6),
    looks=st.integers(1, 7),
)
def test_the_first_point_reached_is_that_of_a_search_from_below(steps, wanted, looks):
    curves, asked = np.cumsum(steps, axis=1), []

    def at(places):
        asked.append(places.size)
        return curves[:, places]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_search, "LOOKS", looks)
        found = first_reached(at, np.tile(wanted, (len(curves), 1)), 40)
    expected = [[next((i for i, c in enumerate(curve) if c >= w), 40) for w in wanted] for curve in curves]
    np.testing.assert_array_equal(found, expected)
    assert len(asked) <= np.ceil(np.log(41) / np.log(looks + 1)) + 1


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

    found = dict(zip(COLUMNS, quantiles(cdf, points, (-10.0, 10.0), wanted, 0.95), strict=True))
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
        np.testing.assert_array_equal(found[column], expected)
    assert found["lower"].tolist() == [-10, -10, 0, 0, 1, 2]  # an atom at the least outcome is not minus infinity
    assert found["upper"].tolist() == [0, 2, 5, 5, 5, 10]
    whole = quantiles(cdf, points, (-10.0, 10.0), wanted, 0.95, "set")
    assert (whole[2] <= found["limit_lower"]).all()
    assert (whole[3] >= found["limit_upper"]).all()
