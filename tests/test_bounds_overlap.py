"""Overlap: columns against their definitions."""

import numpy as np
import pytest
from scipy import special

from kullback.bounds._overlap import odds_factors, overlap_table


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(0)
    share = special.expit(rng.normal(0, 1.5, 4000))
    return share, (rng.random(4000) < share).astype(np.int64)


def table(share, arm):
    return overlap_table(np.column_stack([1 - share, share]), arm, np.array(["no", "yes"]))


def test_columns_are_their_definitions(drawn):
    share, arm = drawn
    row = table(share, arm).loc["yes"]
    inverse = 1 / share[arm == 1]
    assert row["rows"] == arm.sum()
    assert (row["least"], row["greatest"]) == (share.min(), share.max())
    np.testing.assert_allclose(row[["1%", "50%", "99%"]].astype(float), np.quantile(share, [0.01, 0.5, 0.99]))
    assert row["below 0.05"] == (share < 0.05).sum()
    assert row["effective_rows"] == pytest.approx(inverse.sum() ** 2 / (inverse**2).sum())


def test_the_calibration_slope_finds_shrunk_and_extreme_propensities(drawn):
    share, arm = drawn
    log_odds = special.logit(share)
    for factor in (0.5, 1.0, 2.0):
        slopes = table(special.expit(factor * log_odds), arm)["calibration_slope"]
        np.testing.assert_allclose(slopes, 1 / factor, atol=0.15 / factor)


def test_where_no_slope_can_be_there_is_none():
    arm = np.array([0, 0, 1, 1])
    assert np.isnan(table(np.full(4, 0.5), arm)["calibration_slope"]).all()
    assert np.isnan(table(np.array([0.0, 1.0, 0.3, 0.4]), arm)["calibration_slope"]).all()  # one arm inside (0, 1)
    assert np.isnan(table(np.array([0.0, 1.0, 0.0, 1.0]), arm)["calibration_slope"]).all()
    assert (table(np.array([0.1, 0.2, 0.3, 0.4]), arm)["calibration_slope"] == np.inf).all()
    assert (table(np.array([0.4, 0.3, 0.2, 0.1]), arm)["calibration_slope"] == -np.inf).all()


def test_a_propensity_of_zero_in_the_arm_leaves_no_effective_row():
    rows = table(np.array([0.5, 0.5, 0.0, 0.5]), np.array([0, 0, 1, 1]))
    assert rows.loc["yes", "effective_rows"] == 0
    assert rows.loc["no", "effective_rows"] == pytest.approx(2)


def test_odds_factors_are_ratios_of_odds_turned_upwards():
    share = np.linspace(0.5, 0.9, 100)
    share[::2] = 1 - share[::2]
    odds = np.sort(np.maximum(share / (1 - share), (1 - share) / share))
    found = odds_factors(np.column_stack([1 - share, share]), np.full((100, 2), 0.5))
    np.testing.assert_allclose(found, odds[[49, 89, 98, 99]])


def test_certainty_with_and_without_a_covariate_is_no_change():
    certain = np.array([[0.0, 1.0], [0.5, 0.5]])
    assert odds_factors(certain, certain) == [1.0] * 4
    assert odds_factors(certain, np.full((2, 2), 0.5))[-1] == np.inf


def test_a_whole_weight_counts_as_so_many_rows():
    rng = np.random.default_rng(3)
    share = rng.uniform(0.1, 0.9, 60)
    arm, weights, levels = (rng.random(60) < share).astype(int), rng.integers(1, 4, 60), np.array([0, 1])
    weighted = overlap_table(np.column_stack([1 - share, share]), arm, levels, 1, weights.astype(float))
    often = np.repeat(share, weights)
    repeated = overlap_table(np.column_stack([1 - often, often]), np.repeat(arm, weights), levels, 1)
    assert weighted["calibration_slope"].tolist() == pytest.approx(repeated["calibration_slope"].tolist())
    np.testing.assert_allclose(weighted[["1%", "50%", "99%"]], repeated[["1%", "50%", "99%"]], atol=0.05)
    assert weighted["rows"].sum() == 60


def test_weights_count_in_effective_rows():
    share, weights = np.array([0.2, 0.5, 0.4, 0.5]), np.array([1.0, 3.0, 1.0, 1.0])
    table = overlap_table(np.column_stack([1 - share, share]), np.array([1, 1, 0, 0]), np.array([0, 1]), 1, weights)
    assert table["effective_rows"][1] == pytest.approx((1 / 0.2 + 3 / 0.5) ** 2 / ((1 / 0.2) ** 2 + (3 / 0.5) ** 2))
