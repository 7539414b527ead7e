"""Numbers as a reader wants them."""

import pytest

from kullback.report._render import _limits, _num, _pct, _points, _some_smoothed


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 3, "\u2013"), (-0.0004, 3, "0.000"), (-0.0006, 3, "-0.001"), (1234.5, 1, "1,234.5")],
)
def test_a_number_has_its_digits_and_no_minus_before_a_zero(value, digits, text):
    assert _num(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "\u2013"), (0.0, "0.0%"), (0.0004, "< 0.1%"), (0.0006, "0.1%"), (1.0, "100.0%")]
)
def test_a_small_share_is_not_none(value, text):
    assert _pct(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "\u2013"), (77.0, "77"), (-3.0, "-3"), (77.25, "77.2")])
def test_whole_points_have_no_decimals(value, text):
    assert _points(value) == text


def test_a_smoothed_value_has_a_star():
    plain = {"value": 0.1, "lower": 0.0, "upper": 0.2}
    assert _limits(plain) == "0.100 [0.000, 0.200]"
    assert _limits(plain | {"smoothed": False}) == "0.100 [0.000, 0.200]"
    assert _limits(plain | {"smoothed": True}) == "0.100 [0.000, 0.200] *"
    assert _some_smoothed({"a": plain, "b": plain | {"smoothed": True}})
    assert not _some_smoothed({"a": plain | {"smoothed": False}, "b": {"not_run": "Few rows."}})
