"""CDFs and quantiles that estimation error would take out of bounds; their figures are in test_bounds_causal.py."""

import numpy as np
import pytest

from bounds_cases import fitted
from kullback.bounds._distribution import _quantile_table
from kullback.exceptions import InputError, KullbackWarning


def test_a_cdf_lies_between_zero_and_one_and_says_so():
    bounds = fitted(200, estimand="cdf", at=[0.01, 0.5], divergence="hellinger")
    with pytest.warns(KullbackWarning, match="beyond what is possible"):
        found = bounds.average_bounds()
    limits = found.conf_int()
    assert found.clipped[0]
    assert ((limits >= 0) & (limits <= 1)).all()
    assert ((found.lower.value >= 0) & (found.upper.value <= 1)).all()


@pytest.mark.parametrize("at", [["a"], None, [np.nan], []])
def test_thresholds_are_numbers(at):
    bounds = fitted(100)
    with pytest.raises(InputError, match="at must hold one number at least"):
        bounds.cdf_bounds(at)


def test_thresholds_close_to_each_other_have_names_of_their_own():
    assert fitted(100).cdf_bounds([0.5, 0.50000001]).names == ("P(Y <= 0.5)", "P(Y <= 0.50000001)")


def test_quantiles_that_cross_are_told_of():
    ends = np.array([[1.0, 3.0], [2.0, 2.0], [0.0, 1.0], [3.0, 4.0]])
    with pytest.warns(KullbackWarning, match="Estimated bounds of 1 of 2 quantiles cross"):
        table = _quantile_table(ends, np.array([0.25, 0.5]), "Quantile bounds", "note")
    assert "at 0.5." in str(table)
    assert "Limits cross" not in str(table)
