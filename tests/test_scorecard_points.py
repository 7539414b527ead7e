"""Points are an affine scale of the log-odds, shared out over bins without remainder."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kullback.exceptions import InputError
from kullback.scorecard import PointScale

scales = st.builds(
    PointScale, pdo=st.floats(1, 100), base_points=st.floats(-1000, 1000), base_odds=st.floats(0.02, 100)
)


def odds(ratio):
    """Log-odds of the event at these odds of good to bad."""
    return -np.log(ratio)


@given(scales)
def test_base_odds_are_worth_the_base_points(scale):
    assert scale.of_log_odds(odds(scale.base_odds)) == pytest.approx(scale.base_points, abs=1e-9)


@given(scales, st.floats(1e-3, 1e3))
def test_doubled_odds_are_worth_pdo_points_more(scale, ratio):
    gain = scale.of_log_odds(odds(2 * ratio)) - scale.of_log_odds(odds(ratio))
    assert gain == pytest.approx(scale.pdo, rel=1e-9)


@given(scales, st.floats(-10, 10))
def test_points_and_log_odds_go_back_and_forth(scale, log_odds):
    points = scale.of_log_odds(log_odds)
    assert (scale.offset - points) / scale.factor == pytest.approx(log_odds, abs=1e-9)


def test_the_textbook_scale():
    """Siddiqi (2006), Credit Risk Scorecards: 20 points to double the odds, 600 points at 50 to 1."""
    scale = PointScale(pdo=20, base_points=600, base_odds=50)
    assert scale.factor == pytest.approx(28.8539, abs=5e-5)
    assert scale.offset == pytest.approx(487.123, abs=5e-4)


@given(
    scales,
    hnp.arrays(np.float64, (3,), elements=st.floats(-4, 4)),
    hnp.arrays(np.float64, (3,), elements=st.floats(-2, 2)),
    st.floats(-5, 5),
)
def test_the_points_of_the_bins_add_up_to_the_points_of_the_log_odds(scale, weights, coefficients, intercept):
    parts = [scale.of_bin(weights[[j]], coefficients[j], intercept, 3)[0] for j in range(3)]
    whole = scale.of_log_odds(intercept + coefficients @ weights)
    assert sum(parts) == pytest.approx(whole, abs=1e-8 * (1 + abs(scale.offset)))


@given(scales, st.floats(-2, -0.01))
def test_points_rise_with_the_weight_of_evidence_where_the_coefficient_is_negative(scale, coefficient):
    weights = np.array([-1.5, 0.0, 0.3, 2.0])
    assert (np.diff(scale.of_bin(weights, coefficient, 0.7, 4)) > 0).all()
    assert (np.diff(scale.of_bin(weights, -coefficient, 0.7, 4)) < 0).all()


def numerical_gradient(function, at):
    step = 1e-6
    return np.array([(function(at + step * e) - function(at - step * e)) / (2 * step) for e in np.eye(at.size)])


@pytest.mark.parametrize(
    "wrong",
    [{"pdo": 0}, {"pdo": -20}, {"pdo": np.nan}, {"pdo": np.inf}, {"base_odds": 0}, {"base_odds": np.nan},
     {"base_points": np.nan}, {"base_points": -np.inf}],
)  # fmt: skip
def test_a_scale_without_meaning_is_told(wrong):
    with pytest.raises(InputError, match="pdo and base_odds must be positive and base_points finite"):
        PointScale(**{"pdo": 20, "base_points": 600, "base_odds": 50} | wrong)


def test_a_scale_cannot_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PointScale(20, 600, 50).pdo = 40
