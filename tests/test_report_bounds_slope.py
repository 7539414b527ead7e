"""A calibration slope has an error where it has a meaning, and repeated rows in clusters add nothing to it."""

import numpy as np
import pytest

from kullback.report._bounds_slope import slope_limits


def drawn(n=400, slope=1.0):
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=n)
    return 1 / (1 + np.exp(-log_odds)), rng.random(n) < 1 / (1 + np.exp(-slope * log_odds))


def test_limits_hold_one_where_chances_are_right_and_not_where_they_are_too_extreme():
    right, extreme = (slope_limits(*drawn(slope=slope), None) for slope in (1.0, 0.4))
    assert right["calibration_slope_lower"] < 1 < right["calibration_slope_upper"]
    assert extreme["calibration_slope_upper"] < 1


def test_rows_repeated_in_clusters_have_the_error_of_the_rows_alone():
    share, inside = drawn()
    alone, repeated = (np.tile(np.arange(share.size), k) for k in (1, 4))
    one = slope_limits(share[alone], inside[alone], alone.astype(str))
    four = slope_limits(share[repeated], inside[repeated], repeated.astype(str))
    assert four["calibration_slope_se"] == pytest.approx(one["calibration_slope_se"], rel=0.01)  # n / (n - 2)
    naive = slope_limits(share[repeated], inside[repeated], None)
    assert naive["calibration_slope_se"] < 0.6 * four["calibration_slope_se"]


def test_weights_are_repeated_rows_that_depend_on_each_other_fully():
    share, inside = drawn()
    weights = np.random.default_rng(1).integers(1, 4, share.size)
    place = np.repeat(np.arange(share.size), weights)
    expected = slope_limits(share[place], inside[place], place.astype(str))
    found = slope_limits(share, inside, None, weights.astype(float))
    assert found == pytest.approx(expected, rel=1e-9)
    assert slope_limits(share, inside, None, 7.0 * weights) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("share", "inside"),
    [
        (np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])),
        (np.array([0.5, 0.5, 0.5]), np.array([False, True, True])),
        (np.array([0.2, 0.5]), np.array([True, True])),
        (np.array([0.0, 1.0]), np.array([False, True])),
    ],
)
def test_a_slope_without_a_meaning_has_no_error(share, inside):
    assert set(slope_limits(share, inside, None).values()) == {None}
