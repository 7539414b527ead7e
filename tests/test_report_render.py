"""Numbers as a reader wants them."""

import pytest

from kullback.report._render import _num, _pct, _points


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
