"""The law of weighted sums of squared normals against closed forms and Imhof's integral."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import naive
from kullback.inference import weighted_chi_square_sf

PRECISION = 1e-11
"""The rule is exact to rounding: its integrand is analytic and falls off at both ends."""


@pytest.mark.parametrize("df", [1, 2, 5, 20, 60])
def test_equal_weights_give_the_chi_square_law(df):
    for x in (1e-8, 0.1, 1.0, df, 3 * df, 200.0):
        for scale in (1e-4, 1.0):
            found = weighted_chi_square_sf(scale * x, np.full(df, scale))
            assert found == pytest.approx(stats.chi2.sf(x, df), rel=1e-9)  # also in a tail of 1e-45
    assert weighted_chi_square_sf(-1.0, np.ones(df)) == pytest.approx(1.0, abs=PRECISION)


@pytest.mark.parametrize(("m", "n", "ratio"), [(1, 1, 1.0), (2, 3, 5.0), (1, 1, 1e4), (9, 1, 0.01), (1, 19, 1.0)])
def test_weights_of_both_signs_give_the_f_law_at_zero(m, n, ratio):
    weights = np.concatenate([np.ones(m), np.full(n, -ratio)])
    assert weighted_chi_square_sf(0.0, weights) == pytest.approx(stats.f.sf(ratio * n / m, m, n), abs=PRECISION)


@pytest.mark.parametrize("x", [-30.0, -3.0, 0.0, 1e-9, 0.5, 50.0])
def test_two_pairs_of_opposite_weights_give_laplaces_law(x):
    found = weighted_chi_square_sf(x, np.array([1.0, 1.0, -1.0, -1.0]))
    assert found == pytest.approx(stats.laplace.sf(x, scale=2), abs=PRECISION, rel=1e-9)


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from([-2.0, -1.0, -0.3, 0.2, 1.0, 3.0]), min_size=4, max_size=8),
    st.floats(-10, 10),
)
def test_any_weights_give_imhofs_integral(weights, x):
    # quad stops at 1e-9 of an integrand that oscillates.
    assert weighted_chi_square_sf(x, np.array(weights)) == pytest.approx(
        naive.weighted_chi_square_sf(x, weights), abs=1e-5
    )


@given(st.lists(st.sampled_from([-2.0, -0.3, 0.2, 1.0]), min_size=1, max_size=6), st.floats(-10, 10))
def test_a_change_of_sign_turns_the_law_round(weights, x):
    weights = np.array(weights)
    assert weighted_chi_square_sf(x, weights) + weighted_chi_square_sf(-x, -weights) == pytest.approx(1, abs=1e-9)
